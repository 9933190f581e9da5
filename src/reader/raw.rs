//! The raw line behind a fact, and a copy of its file for an editor.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::domain::finding::Lost;
use crate::domain::id::Locus;
use crate::domain::page::{Compared, Page, Present, RawLine};
use crate::domain::redact::redact;
use crate::domain::text::{Untrusted, clean, decode, strip_styles};
use crate::store::StoreError;
use crate::store::files::{self, FileRow};
use crate::store::versions::Versions;
use crate::sys::file::{open_beneath, read_at, stat_open};
use crate::watch::generation::{Continuity, continuity};

/// Lines shown before and after the record.
const AROUND: usize = 20;
/// Bytes looked through for them on either side.
const REACH: u64 = 64 << 10;
/// Most of a line that is shown.
const MOST_LINE: usize = 64 << 10;
/// Most of a file that is copied.
const MOST_COPY: u64 = 32 << 20;

/// Folders of copies that an editor may still look at.
#[derive(Debug, Default)]
pub struct Copies(Vec<TempDir>);

fn row_of(connection: &Connection, locus: Locus) -> Result<Option<FileRow>, StoreError> {
    files::one(connection, locus.file)
}

fn open(row: &FileRow) -> Result<(File, Option<String>), String> {
    let path = Path::new(&*row.root).join(&row.relative);
    let file = open_beneath(Path::new(&*row.root), &row.relative).map_err(|error| {
        format!(
            "{}: {}",
            path.display(),
            crate::watch::discover::explain(&error)
        )
    })?;
    let same = stat_open(&file).and_then(|stat| continuity(&file, &stat, row));
    let moved = match same {
        Ok(Continuity::Same) if row.live => None,
        _ if row.hash.is_empty() => Some(
            "the file was rotated or rewritten since: this is what stands there now".to_owned(),
        ),
        _ => None,
    };
    Ok((file, moved))
}

/// The record and the lines around it.
pub fn line(connection: &Connection, locus: Locus, roots: &[PathBuf]) -> Result<Page, StoreError> {
    let Some(row) = row_of(connection, locus)? else {
        return Ok(Page::Failed(
            "the file of this record is not known any more".to_owned(),
        ));
    };
    let path = Path::new(&*row.root).join(&row.relative);
    let (file, moved) = match open(&row) {
        Ok(opened) => opened,
        Err(why) => return Ok(Page::Failed(why)),
    };
    let from = locus.offset.saturating_sub(REACH);
    let before = read_at(&file, from, (locus.offset - from) as usize).unwrap_or_default();
    let after =
        read_at(&file, locus.offset, (u64::from(locus.len) + REACH) as usize).unwrap_or_default();
    let mut lines = Vec::new();
    let mut earlier: Vec<&[u8]> = before.split(|b| *b == b'\n').collect();
    // What stands before the record ends with its line end, so that the last piece is empty.
    earlier.pop();
    let take = earlier
        .len()
        .min(AROUND)
        .min(locus.line.saturating_sub(1) as usize);
    for (i, bytes) in earlier[earlier.len() - take..].iter().enumerate() {
        lines.push((locus.line - (take - i) as u32, shown_line(bytes)));
    }
    for (i, bytes) in after.split(|b| *b == b'\n').take(AROUND + 1).enumerate() {
        lines.push((locus.line + i as u32, shown_line(bytes)));
    }
    if after.ends_with(b"\n") && lines.last().is_some_and(|(_, text)| text.is_empty()) {
        lines.pop();
    }
    let shown = roots
        .iter()
        .find_map(|root| path.strip_prefix(root).ok())
        .unwrap_or(&path)
        .display()
        .to_string();
    Ok(Page::Raw(RawLine {
        locus,
        file: Untrusted::from(shown),
        path,
        lines,
        moved,
    }))
}

fn shown_line(bytes: &[u8]) -> Untrusted {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.len() > MOST_LINE {
        let text = decode(&bytes[..MOST_LINE]).into_owned();
        return Untrusted::from(format!("{text}… ({} bytes in all)", bytes.len()));
    }
    Untrusted::from(decode(bytes).into_owned())
}

/// A version that was overwritten, and what its file holds now; where that cannot be read, what replaced it then.
pub fn lost(connection: &Connection, lost: &Lost, kept: &Versions) -> Result<Page, StoreError> {
    let Ok(bytes) = kept.read(&lost.name) else {
        return Ok(Page::Failed(
            "the version that was lost is not kept any more".to_owned(),
        ));
    };
    let row = row_of(connection, lost.locus)?;
    let file = row.and_then(|row| {
        let (file, _) = open(&row).ok()?;
        let size = stat_open(&file).ok()?.size;
        read_at(&file, 0, MOST_COPY.min(size) as usize).ok()
    });
    let replaced = || kept.read(lost.replaced.as_deref()?).ok();
    let now = match file {
        Some(bytes) => Present::File(bytes),
        None => replaced().map_or(Present::Nothing, Present::Replaced),
    };
    Ok(Page::Lost(Box::new(Compared {
        of: lost.clone(),
        lost: bytes,
        now,
    })))
}

/// A sanitised read-only copy of the file, and the line of the record in it.
pub fn copy(connection: &Connection, locus: Locus, kept: &mut Copies) -> Result<Page, StoreError> {
    let Some(row) = row_of(connection, locus)? else {
        return Ok(Page::Failed(
            "the file of this record is not known any more".to_owned(),
        ));
    };
    let (file, _) = match open(&row) {
        Ok(opened) => opened,
        Err(why) => return Ok(Page::Failed(why)),
    };
    let size = stat_open(&file).map_or(0, |stat| stat.size);
    let (from, line) = if size > MOST_COPY {
        (locus.offset, 2)
    } else {
        (0, locus.line.max(1))
    };
    let bytes = match read_at(&file, from, MOST_COPY.min(size - from) as usize) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Page::Failed(format!("{}: {error}", row.relative))),
    };
    match write_copy(&row, from, &bytes) {
        Ok((folder, path)) => {
            kept.0.push(folder);
            Ok(Page::Copy { path, line })
        }
        Err(error) => Ok(Page::Failed(format!("cannot write a copy: {error}"))),
    }
}

fn write_copy(row: &FileRow, from: u64, bytes: &[u8]) -> std::io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("rounds-copy-").tempdir()?;
    let name = Path::new(&row.relative).file_name().map_or_else(
        || "copy".into(),
        |name| clean(&name.to_string_lossy()).replace('/', "_"),
    );
    let path = folder.path().join(name);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(&path)?;
    let mut text = String::with_capacity(bytes.len() + 128);
    if from > 0 {
        text.push_str("(a large file: the copy begins here)\n");
    }
    for line in decode(bytes).split_inclusive('\n') {
        let body = line.strip_suffix('\n').unwrap_or(line);
        text.push_str(&clean(&redact(&strip_styles(body))));
        if body.len() < line.len() {
            text.push('\n');
        }
    }
    file.write_all(text.as_bytes())?;
    Ok((folder, path))
}
