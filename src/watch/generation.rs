//! Whether a file is still the one that was read, and can be gone on with where it was left.

use std::fs::File;
use std::io;

use xxhash_rust::xxh3::xxh3_64;

use crate::store::files::FileRow;
use crate::sys::file::{Stat, read_at};

/// Bytes of the head that are compared.
const HEAD: usize = 1_024;
/// Bytes before the offset that are compared: the tail anchor.
const ANCHOR: usize = 64;

/// What a look at a file said about going on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// Same file, longer or as it was: read on from the offset.
    Same,
    /// Another file stands under the name.
    Replaced,
    /// The same file, but shorter than what was read, or with other content before the offset.
    Rewritten,
}

/// Compares an open file with what is known of it.
pub fn continuity(file: &File, stat: &Stat, row: &FileRow) -> io::Result<Continuity> {
    if (stat.dev, stat.ino) != (row.dev, row.ino)
        || matches!((stat.born, row.born), (Some(a), Some(b)) if a != b)
    {
        return Ok(Continuity::Replaced);
    }
    if stat.size < row.offset {
        return Ok(Continuity::Rewritten);
    }
    let head = read_at(file, 0, row.head_len as usize)?;
    if head.len() != row.head_len as usize || hash(&head) != row.head_hash {
        return Ok(Continuity::Rewritten);
    }
    let anchor = read_at(
        file,
        row.offset - u64::from(row.anchor_len),
        row.anchor_len as usize,
    )?;
    if anchor.len() != row.anchor_len as usize || hash(&anchor) != row.anchor_hash {
        return Ok(Continuity::Rewritten);
    }
    Ok(Continuity::Same)
}

/// Makes a row describe the file as it is now, read up to `row.offset`.
pub fn remember(file: &File, stat: &Stat, row: &mut FileRow) -> io::Result<()> {
    row.dev = stat.dev;
    row.ino = stat.ino;
    row.born = stat.born;
    row.size = stat.size;
    row.modified_ns = stat.modified_ns;
    row.changed_ns = stat.changed_ns;
    if (row.head_len as usize) < HEAD && u64::from(row.head_len) < row.offset {
        let head = read_at(file, 0, HEAD.min(row.offset as usize))?;
        row.head_len = head.len() as u32;
        row.head_hash = hash(&head);
    }
    let len = row.offset.min(ANCHOR as u64);
    let anchor = read_at(file, row.offset - len, len as usize)?;
    row.anchor_len = anchor.len() as u32;
    row.anchor_hash = hash(&anchor);
    Ok(())
}

fn hash(bytes: &[u8]) -> i64 {
    xxh3_64(bytes) as i64
}
