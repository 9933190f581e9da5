//! Old files are kept for a day in rounds' own folder. A write into one of them is an agent that had it open all the time.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::place::{MOST_BYTES, ROUNDS};
use super::resolve::parts;
use super::round::{BACK, short};
use crate::domain::id::OpId;
use crate::ops::CopyKind;
use crate::sys::file::{age_of, changed_age};
use crate::sys::folder::Folder;
use crate::sys::gate::{Call, Gate};

/// How long an old file is kept.
pub const KEPT: Duration = Duration::from_hours(24);

/// A write into a file that had lost its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Late {
    pub op: OpId,
    /// In [`ROUNDS`].
    pub name: String,
}

/// A file that an operation left in rounds' own folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub op: OpId,
    pub name: String,
    pub kind: CopyKind,
    pub age: Duration,
    pub bytes: Vec<u8>,
    /// The beginning of the hash of what it was made from.
    pub base: String,
}

/// Everything that is kept in an agent's folder, the newest last. Nothing is removed.
///
/// # Errors
/// The folder cannot be read.
pub fn list(gate: &mut Gate, agent: &Path) -> io::Result<Vec<Left>> {
    let opened = gate.through(Call::FolderOpen, || Folder::open(&agent.join(ROUNDS)));
    let own = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut all = Vec::new();
    for name in gate.through(Call::FolderOpen, || own.names())? {
        let Some((op, base, new)) = parts(&name) else {
            continue;
        };
        let file = match own.open_file(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        let bytes = gate.read_whole(Call::TempRead, &file, MOST_BYTES)?;
        let hash = short(&bytes);
        let kind = match (name.ends_with(BACK), hash == base) {
            (true, _) => CopyKind::PutBack,
            (false, true) => CopyKind::Displaced,
            // A new file that never took its place is of no use to anybody.
            (false, false) if hash == new => continue,
            (false, false) => CopyKind::Late,
        };
        all.push(Left {
            op: OpId::new(op),
            kind,
            age: age_of(&file)?.min(changed_age(&file)?),
            base: base.to_owned(),
            bytes,
            name,
        });
    }
    all.sort_by_key(|left| std::cmp::Reverse(left.age));
    Ok(all)
}

/// Looks at what is kept in an agent's folder: old files past their day are removed, late writes come back.
///
/// Nothing is kept where rounds changed nothing.
///
/// # Errors
/// The folder cannot be read.
pub fn look(gate: &mut Gate, agent: &Path) -> io::Result<Vec<Late>> {
    let opened = gate.through(Call::FolderOpen, || Folder::open(&agent.join(ROUNDS)));
    let own = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut late = Vec::new();
    for name in gate.through(Call::FolderOpen, || own.names())? {
        let kept = parts(&name);
        if kept.is_none() && !name.contains(".lock") {
            continue;
        }
        let file = match own.open_file(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        if is_past(&file)? {
            gate.through(Call::TempRemove, || own.remove_file(&name))?;
            continue;
        }
        let Some((op, base, new)) = kept else {
            continue;
        };
        let bytes = gate.read_whole(Call::TempRead, &file, MOST_BYTES)?;
        let hash = short(&bytes);
        if hash != base && hash != new {
            late.push(Late {
                op: OpId::new(op),
                name,
            });
        }
    }
    Ok(late)
}

/// It lost its name, or was written, more than a day ago.
fn is_past(file: &std::fs::File) -> io::Result<bool> {
    let written = age_of(file)?;
    let changed = changed_age(file)?;
    Ok(written >= KEPT && changed >= KEPT)
}
