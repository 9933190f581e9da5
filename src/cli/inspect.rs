//! One file, read from its first byte to its last, to say what a reader makes of it.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::domain::heartbeat::RunStatus;
use crate::domain::task::TaskStatus;
use crate::domain::text::{Lent, Untrusted};
use crate::domain::time::{Span, Ts, Zone};
use crate::keeper::copied;
use crate::parse::vocabulary::Vocabulary;
use crate::parse::{self, Body, Carry, Chunk, Context, Diagnostic, DiagnosticKind, Parsed, Reader};
use crate::sys::file::{open_beneath, read_at, stat_open};

/// Bytes read at a time; a longer record is read with a larger piece, up to [`LARGEST_PIECE`].
const PIECE: usize = 1024 * 1024;
/// A record that is longer is passed over, as it is everywhere in rounds.
const LARGEST_PIECE: usize = 16 * 1024 * 1024;
/// A file that is read whole is at most this long.
pub const LARGEST_WHOLE: u64 = 64 * 1024 * 1024;

/// What a fleet's keeper reads of a file that is rewritten and not appended to, in bytes; its doctor says no other.
const MOST_WHOLE: u64 = parse::MOST_PLAN as u64;

/// A record that is this much later than its file was written by a clock that is wrong.
const CLOCK_DOUBT: Span = Span::hours(48);

/// What a reader made of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    pub bytes: u64,
    pub records: u64,
    /// Places where something was lost.
    pub damaged: u64,
    /// Status words that are in no list, each once, made safe to show; the first twenty.
    pub unknown_words: Vec<String>,
    pub assumed_zones: u64,
    /// Records that claim to be written more than two days after the file was.
    pub wrong_clocks: u64,
    /// The file's modification time.
    modified: Ts,
    /// The first damage, else the first doubt.
    pub first: Option<Diagnostic>,
}

/// What is needed besides the file.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub zone: Zone,
    pub vocabulary: &'a Vocabulary,
}

impl Frame<'_> {
    fn context<'a>(&'a self, path: &'a str, modified: Ts) -> Context<'a> {
        Context {
            path,
            zone: self.zone,
            modified,
            vocabulary: self.vocabulary,
        }
    }
}

/// Reads a file of an agent with a reader.
///
/// # Errors
/// What the system says where it cannot be opened or read; a pipe or device is never opened.
pub fn inspect(
    folder: &Path,
    relative: &str,
    reader: Reader,
    frame: &Frame<'_>,
) -> io::Result<Inspection> {
    let file = open_beneath(folder, relative)?;
    let stat = stat_open(&file)?;
    let context = frame.context(relative, stat.modified());
    let mut found = Inspection {
        bytes: stat.size,
        modified: stat.modified(),
        ..Inspection::default()
    };
    match reader {
        Reader::LifeSign | Reader::Tracking | Reader::Document => {}
        Reader::Json | Reader::Wal | Reader::Text => {
            stream(&file, stat.size, reader, &context, &mut found)?;
        }
        Reader::Plan
        | Reader::CronStore
        | Reader::Lock
        | Reader::Snapshot
        | Reader::Markdown
        | Reader::Insights => {
            // A live database is never read in place; its copy goes with the look.
            let bytes = match copied(folder, relative, &std::env::temp_dir()) {
                Some(copy) => copy?,
                None if stat.size > MOST_WHOLE => return Err(too_long(stat.size)),
                None => read_whole(&file, stat.size)?,
            };
            whole(&bytes, reader, &context, &mut found);
        }
    }
    Ok(found)
}

fn too_long(size: u64) -> io::Error {
    let (has, most) = (size >> 20, MOST_WHOLE >> 20);
    let text = format!(
        "{has} MiB, more than the {most} MiB that are read whole: begin a new file each day"
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// The bytes of a file of bounded size.
///
/// # Errors
/// As the system says, or that the file is too large.
pub fn read_whole(file: &File, size: u64) -> io::Result<Vec<u8>> {
    if size > LARGEST_WHOLE {
        let text = format!("{size} bytes; files of this kind are read up to {LARGEST_WHOLE}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    read_at(file, 0, size as usize)
}

fn stream(
    file: &File,
    size: u64,
    reader: Reader,
    context: &Context<'_>,
    found: &mut Inspection,
) -> io::Result<()> {
    let (mut offset, mut line, mut piece, mut carry) = (0_u64, 1_u32, PIECE, Carry::default());
    while offset < size {
        let bytes = read_at(file, offset, piece)?;
        if bytes.is_empty() {
            break;
        }
        let end = offset + bytes.len() as u64 >= size;
        let chunk = Chunk {
            bytes: &bytes,
            offset,
            line,
            end,
            carry: &carry,
        };
        let parsed = parse::log(reader, chunk, context);
        let stuck = parsed.consumed == 0 && !end;
        if stuck && piece < LARGEST_PIECE {
            piece *= 4;
            continue;
        }
        found.take(&parsed, offset, end);
        offset += if stuck { bytes.len() } else { parsed.consumed } as u64;
        line = parsed.next_line.max(line);
        carry = parsed.carry;
        piece = PIECE;
        if end {
            break;
        }
    }
    Ok(())
}

fn whole(bytes: &[u8], reader: Reader, context: &Context<'_>, found: &mut Inspection) {
    match reader {
        Reader::Plan => {
            let (plan, diagnostics) = parse::plan(bytes, context);
            let known = |record: &&parse::Record<'_>| {
                let Body::Beat(beat) = &record.body else {
                    return false;
                };
                let task = beat.task.as_ref().map(Lent::exact);
                !plan.tasks.iter().any(|t| Some(t.id.as_str()) == task)
            };
            let done = parse::done(bytes, context);
            let more = done.iter().filter(known).count();
            found.records = (plan.tasks.len() + more) as u64;
            let strange = plan
                .tasks
                .iter()
                .filter(|task| task.status == TaskStatus::Unknown);
            found.words(strange.filter_map(|task| task.word.as_ref()));
            found.doubts(&diagnostics);
        }
        Reader::CronStore => {
            let (store, diagnostics) = parse::store(bytes, context);
            let tasks = || store.plans.iter().flat_map(|plan| &plan.tasks);
            let known = |record: &&parse::Record<'_>| {
                let Body::Beat(beat) = &record.body else {
                    return false;
                };
                let task = beat.task.as_ref().map(Lent::exact);
                !tasks().any(|t| Some(t.id.as_str()) == task)
            };
            let more = store.records.iter().filter(known).count();
            found.records = (tasks().count() + more) as u64;
            found.doubts(&diagnostics);
        }
        Reader::Lock => {
            let (lock, diagnostics) = parse::lock(bytes, context);
            found.records = u64::from(lock.is_some());
            found.doubts(&diagnostics);
        }
        Reader::Json
        | Reader::Wal
        | Reader::Snapshot
        | Reader::Text
        | Reader::Markdown
        | Reader::Insights
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => {
            let chunk = Chunk::whole(bytes);
            found.take(&parse::log(reader, chunk, context), 0, true);
        }
    }
}

impl Inspection {
    /// Counts what is final: records behind what was consumed come again with the next piece.
    fn take(&mut self, parsed: &Parsed, offset: u64, end: bool) {
        let until = offset + parsed.consumed as u64;
        let is_final = |at: u64| end || at < until;
        for record in parsed
            .records
            .iter()
            .filter(|record| is_final(record.offset))
        {
            self.records += 1;
            if let Body::Beat(beat) = &record.body {
                let late = beat.at.at > self.modified + CLOCK_DOUBT;
                self.wrong_clocks += u64::from(late);
                let foreign = |_: &&_| beat.status == RunStatus::Unknown;
                if let Some(word) = beat.word.as_ref().filter(foreign) {
                    self.word(&word.keep());
                }
            }
        }
        for one in parsed.diagnostics.iter().filter(|one| is_final(one.offset)) {
            self.doubt(one);
        }
    }

    fn words<'a>(&mut self, words: impl Iterator<Item = &'a Untrusted>) {
        words.for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &Untrusted) {
        let shown = word.shown_within(40);
        if self.unknown_words.len() < 20 && !self.unknown_words.contains(&shown) {
            self.unknown_words.push(shown);
        }
    }

    fn doubts(&mut self, diagnostics: &[Diagnostic]) {
        for one in diagnostics {
            self.doubt(one);
        }
    }

    fn doubt(&mut self, one: &Diagnostic) {
        let damage = one.kind.is_damage();
        self.damaged += u64::from(damage);
        self.assumed_zones += u64::from(one.kind == DiagnosticKind::AssumedZone);
        let worse = match &self.first {
            None => true,
            Some(first) => damage && !first.kind.is_damage(),
        };
        if worse {
            self.first = Some(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn look(name: &str, bytes: &[u8], reader: Reader) -> io::Result<Inspection> {
        let tmp = tempfile::tempdir().expect("a folder");
        fs::write(tmp.path().join(name), bytes).expect("written");
        let vocabulary = Vocabulary::default();
        let frame = Frame {
            zone: Zone::UTC,
            vocabulary: &vocabulary,
        };
        inspect(tmp.path(), name, reader, &frame)
    }

    #[test]
    fn counts_records_over_pieces_exactly_once() {
        let line = "{\"ts\":\"2026-03-28T10:15:07Z\",\"status\":\"ok\",\"task\":\"t\",\"msg\":\"a line of some length\"}\n";
        let lines = PIECE * 3 / line.len();
        let found = look(
            "heartbeat.jsonl",
            line.repeat(lines).as_bytes(),
            Reader::Json,
        )
        .expect("read");
        assert_eq!((found.records, found.damaged), (lines as u64, 0));
    }

    #[test]
    fn damage_and_doubts_are_counted_apart() {
        let text = "{\"ts\":\"2026-03-28T10:15:07Z\",\"status\":\"ok\"}\n{\"ts\":\"2026-03-28T10:\n\
                    {\"ts\":\"2026-03-28T10:15:07Z\",\"status\":\"frobnicated\"}\n";
        let found = look("heartbeat.jsonl", text.as_bytes(), Reader::Json).expect("read");
        assert_eq!(found.records, 2);
        assert!(found.damaged > 0);
        assert_eq!(found.unknown_words, ["frobnicated"]);
        assert!(found.first.is_some_and(|first| first.kind.is_damage()));
    }

    #[test]
    fn a_pipe_is_never_opened() {
        let tmp = tempfile::tempdir().expect("a folder");
        let made = std::process::Command::new("mkfifo")
            .arg(tmp.path().join("wal.jsonl"))
            .status();
        assert!(made.is_ok_and(|status| status.success()));
        let vocabulary = Vocabulary::default();
        let frame = Frame {
            zone: Zone::UTC,
            vocabulary: &vocabulary,
        };
        assert!(inspect(tmp.path(), "wal.jsonl", Reader::Wal, &frame).is_err());
    }
}
