//! Where a log went when another file took its name.

use std::path::{Path, PathBuf};

use crate::sys::file::{Kind, stat};

/// Entries of a folder that are looked at for the old file.
const MOST_SIBLINGS: usize = 10_000;

/// The file with this identity among the siblings of `path` (`.1`, dated, any name).
pub fn moved_to(path: &Path, dev: u64, ino: u64) -> Option<PathBuf> {
    let folder = path.parent()?;
    let entries = std::fs::read_dir(folder).ok()?.take(MOST_SIBLINGS);
    let mut siblings = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|sibling| sibling != path);
    siblings.find(|sibling| {
        stat(sibling).is_ok_and(|s| s.kind == Kind::Regular && (s.dev, s.ino) == (dev, ino))
    })
}
