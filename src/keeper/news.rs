//! Telling what may be a new source from what only comes and goes.

use std::path::Path;

use super::tracked::Tracked;
use crate::domain::facts::FileState;
use crate::parse::Reader;
use crate::parse::classify::reader_for;
use crate::parse::vocabulary::Vocabulary;
use crate::store::foreign::with_log;
use crate::sys::file::{Kind, open_beneath, read_at, stat};

/// Whether a path nobody follows is worth a look around: a folder, or a file that some reader takes. Temporary files come
/// and go by the thousand.
pub fn may_be_new(path: &Path, vocabulary: &Vocabulary) -> bool {
    match stat(path).map(|s| s.kind) {
        Ok(Kind::Folder) => true,
        Ok(Kind::Regular) => {
            let (Some(folder), Some(name)) =
                (path.parent(), path.file_name().and_then(|n| n.to_str()))
            else {
                return false;
            };
            let head = open_beneath(folder, name).and_then(|file| read_at(&file, 0, 8_192));
            head.is_ok_and(|head| reader_for(name, &head, vocabulary).is_some())
        }
        Ok(Kind::Special) | Err(_) => false,
    }
}

/// Whether a file is not as it was read last.
pub fn is_stale(tracked: &Tracked) -> bool {
    match stat(&tracked.path) {
        Ok(stat) => !tracked.is_unchanged(&with_log(&tracked.path, stat)),
        Err(_) => {
            !matches!(
                tracked.state,
                FileState::Gone { .. } | FileState::Unreadable { .. }
            ) || tracked.reader == Reader::Lock
        }
    }
}
