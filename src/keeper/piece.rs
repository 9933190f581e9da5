//! Reading what is new in a file, a piece at a time: memory is bounded by the piece, not by the file.

use std::fs::File;
use std::io;

use super::arrival::{Origin, Sighting, keep};
use super::tracked::Tracked;
use crate::domain::facts::StepFact;
use crate::domain::id::Locus;
use crate::domain::text::decode;
use crate::domain::time::{Ts, Zone};
use crate::parse::vocabulary::Vocabulary;
use crate::parse::{self, Body, Carry, Chunk, Context, Diagnostic, Reader, Rest};
use crate::store::batch::{Batch, Packer};
use crate::store::files::FileRow;
use crate::store::intake::{Recognise, Repeats};
use crate::sys::file::{Stat, read_at, read_into};
use crate::watch::generation::remember;

/// Bytes read at once. A record longer than this is passed over, shown by its beginning and counted as damage.
pub const PIECE: usize = 1 << 20;
/// What of an oversize record is shown.
const SHOWN: usize = 200;
/// Notes of damage that one piece may put on the timeline; the count goes on.
const MOST_NOTES: usize = 3;
/// Carried over while an oversize line has no end yet.
const OVERSIZE: &str = "\u{1}oversize";

/// What parsing needs from outside the file.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub vocabulary: &'a Vocabulary,
    pub zone: Zone,
    pub sighting: Sighting,
}

/// What is used again from piece to piece: the bytes' memory, and the numbers of what they name.
#[derive(Debug)]
pub struct Desk {
    buffer: Vec<u8>,
    packer: Packer,
}

impl Desk {
    /// `seed` is [`Mirror::item_seed`](crate::store::Mirror::item_seed).
    pub fn new(seed: u64) -> Self {
        Self {
            buffer: Vec::new(),
            packer: Packer::new(seed),
        }
    }
}

/// One piece of a file, ready for the mirror. Its batch must get there: the next one builds on it.
#[derive(Debug)]
pub struct Piece {
    pub batch: Batch,
    pub steps: Vec<StepFact>,
    /// Sentences for the timeline.
    pub notes: Vec<(Locus, String)>,
    /// The file's row after this piece.
    pub row: FileRow,
    /// Records at or behind are given again by the next reading.
    pub settled: u64,
    pub recognise: Recognise,
    pub repeats: Repeats,
    /// The file has no more.
    pub last: bool,
}

/// Reads the next piece behind `row.offset`.
pub fn next(
    file: &File,
    stat: &Stat,
    tracked: &Tracked,
    row: &FileRow,
    reading: &Reading<'_>,
    desk: &mut Desk,
) -> io::Result<Piece> {
    let piece = read(file, stat, tracked, row, reading, desk);
    match piece {
        Ok(Some(piece)) => Ok(Piece {
            batch: desk.packer.finish(),
            ..piece
        }),
        Ok(None) => {
            desk.packer.discard();
            Ok(Piece {
                batch: desk.packer.finish(),
                ..pass_over(file, stat, tracked, row)?
            })
        }
        Err(error) => {
            desk.packer.discard();
            Err(error)
        }
    }
}

/// The next piece, what it says still in the packer; none where it begins a record that is longer than a piece.
fn read(
    file: &File,
    stat: &Stat,
    tracked: &Tracked,
    row: &FileRow,
    reading: &Reading<'_>,
    desk: &mut Desk,
) -> io::Result<Option<Piece>> {
    let buffer = &mut desk.buffer;
    let left = stat.size.saturating_sub(row.offset);
    buffer.resize(left.min(PIECE as u64) as usize, 0);
    let got = read_into(file, row.offset, buffer)?;
    buffer.truncate(got);
    let end = row.offset + got as u64 >= stat.size;
    if row.carry == OVERSIZE || (!end && memchr::memchr(b'\n', buffer).is_none()) {
        return Ok(None);
    }
    let carry = Carry(row.carry.clone());
    let chunk = Chunk {
        bytes: buffer,
        offset: row.offset,
        line: row.line,
        end,
        carry: &carry,
    };
    let context = Context {
        path: &row.relative,
        zone: reading.zone,
        modified: reading.sighting.modified,
        vocabulary: reading.vocabulary,
    };
    let origin = Origin {
        agent: &tracked.agent,
        file: row.id,
        sighting: &reading.sighting,
    };
    let (packer, mut steps) = (&mut desk.packer, Vec::new());
    let mut times = Vec::new();
    let rest = parse::each(tracked.reader, chunk, &context, |record| {
        if !reading.sighting.live {
            times.push((record.offset, written(&record)));
        }
        keep(record, &origin, packer, &mut steps);
    });
    if rest.consumed == 0 && !end {
        return Ok(None);
    }
    let mut piece = sort_out(rest, &times, tracked, row, reading);
    piece.steps = steps;
    piece.last = end;
    remember(file, stat, &mut piece.row)?;
    if !end {
        // Unread bytes follow: this look at the file is not over.
        piece.row.size = piece.row.offset;
    }
    Ok(Some(piece))
}

fn sort_out(
    rest: Rest,
    times: &[(u64, Ts)],
    tracked: &Tracked,
    row: &FileRow,
    reading: &Reading<'_>,
) -> Piece {
    let mut row = row.clone();
    let settled = row.offset + rest.consumed as u64;
    // Damage behind the settled end is read again, and counted then.
    let damage = rest
        .diagnostics
        .iter()
        .filter(|d| d.kind.is_damage() && d.offset < settled);
    let mut notes = Vec::new();
    for diagnostic in damage {
        row.damaged += 1;
        let written = written_at(times, diagnostic.offset, &reading.sighting);
        row.damage_at = row.damage_at.max(Some(written.0));
        let sentence = damage_sentence(diagnostic);
        row.damage = Some(sentence.clone());
        if notes.len() < MOST_NOTES {
            let locus = Locus {
                file: row.id,
                offset: diagnostic.offset,
                len: 0,
                line: diagnostic.line,
            };
            notes.push((locus, sentence));
        }
    }
    row.offset = settled;
    row.line = rest.next_line;
    row.carry = rest.carry.0;
    let recognise = if tracked.may_be_known {
        Recognise::Known
    } else {
        Recognise::No
    };
    Piece {
        batch: Batch::default(),
        steps: Vec::new(),
        notes,
        row,
        settled,
        recognise,
        repeats: repeats(tracked.reader),
        last: true,
    }
}

/// When a record was written.
fn written(record: &parse::Record<'_>) -> Ts {
    match &record.body {
        Body::Beat(beat) => beat.at.at,
        Body::Step(step) => step.at.at,
        Body::Insight(insight) => insight.at.at,
    }
}

/// When damage came: when we saw it; in history it was there when the next record was written, else after the last.
fn written_at(times: &[(u64, Ts)], offset: u64, sighting: &Sighting) -> Ts {
    if sighting.live {
        return sighting.modified;
    }
    let next = times.partition_point(|(at, _)| *at <= offset);
    let near = times.get(next).or_else(|| times.last());
    near.map_or(sighting.modified, |(_, at)| (*at).min(sighting.modified))
}

/// A text log may be written twice over, by a program and by the shell around it. Whoever writes JSON does so once.
fn repeats(reader: Reader) -> Repeats {
    match reader {
        Reader::Text => Repeats::AreCopies,
        Reader::Json
        | Reader::Wal
        | Reader::Plan
        | Reader::CronStore
        | Reader::Snapshot
        | Reader::Markdown
        | Reader::Insights
        | Reader::Lock
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => Repeats::Count,
    }
}

/// A diagnostic as one sentence.
pub fn damage_sentence(diagnostic: &Diagnostic) -> String {
    format!(
        "line {}: {}, expected {}: {}",
        diagnostic.line,
        diagnostic.kind.word(),
        diagnostic.expected,
        diagnostic.found.shown_within(80)
    )
}

/// Passes over a record that is longer than a piece, to the next line end or to the end of the file.
fn pass_over(file: &File, stat: &Stat, tracked: &Tracked, row: &FileRow) -> io::Result<Piece> {
    let mut row = row.clone();
    let mut notes = Vec::new();
    let start = row.offset;
    if row.carry != OVERSIZE {
        let head = read_at(file, start, SHOWN)?;
        let sentence = format!(
            "line {}: a record of more than {} KiB was passed over: {}",
            row.line,
            PIECE / 1_024,
            crate::domain::text::clean_within(&decode(&head), 80)
        );
        row.damaged += 1;
        row.damage = Some(sentence.clone());
        notes.push((
            Locus {
                file: row.id,
                offset: start,
                len: SHOWN as u32,
                line: row.line,
            },
            sentence,
        ));
    }
    OVERSIZE.clone_into(&mut row.carry);
    let mut step = vec![0; PIECE];
    loop {
        let got = read_into(file, row.offset, &mut step)?;
        if let Some(at) = memchr::memchr(b'\n', &step[..got]) {
            row.offset += at as u64 + 1;
            row.line += 1;
            row.carry.clear();
            break;
        }
        row.offset += got as u64;
        if got < step.len() {
            break;
        }
    }
    let settled = row.offset;
    let last = row.offset >= stat.size;
    remember(file, stat, &mut row)?;
    if !last {
        row.size = row.offset;
    }
    let recognise = if tracked.may_be_known {
        Recognise::Known
    } else {
        Recognise::No
    };
    Ok(Piece {
        batch: Batch::default(),
        steps: Vec::new(),
        notes,
        row,
        settled,
        recognise,
        repeats: repeats(tracked.reader),
        last,
    })
}
