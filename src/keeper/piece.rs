//! Reading what is new in a file, a piece at a time: memory is bounded by the piece, not by the file.

use std::fs::File;
use std::io;

use super::arrival::{Kept, Sighting, keep};
use super::tracked::Tracked;
use crate::domain::facts::StepFact;
use crate::domain::id::Locus;
use crate::domain::text::decode;
use crate::domain::time::{Ts, Zone};
use crate::parse::vocabulary::Vocabulary;
use crate::parse::{self, Body, Carry, Chunk, Context, Diagnostic, Parsed};
use crate::store::files::FileRow;
use crate::store::intake::{Arrival, Recognise};
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

/// One piece of a file, ready for the mirror.
#[derive(Debug)]
pub struct Piece {
    pub arrivals: Vec<Arrival>,
    pub steps: Vec<StepFact>,
    /// Sentences for the timeline.
    pub notes: Vec<(Locus, String)>,
    /// The file's row after this piece.
    pub row: FileRow,
    /// Records at or behind are given again by the next reading.
    pub settled: u64,
    pub recognise: Recognise,
    /// The file has no more.
    pub last: bool,
}

/// Reads the next piece behind `row.offset`. `buffer` is reused from piece to piece.
pub fn next(
    file: &File,
    stat: &Stat,
    tracked: &Tracked,
    row: &FileRow,
    reading: &Reading<'_>,
    buffer: &mut Vec<u8>,
) -> io::Result<Piece> {
    let left = stat.size.saturating_sub(row.offset);
    buffer.resize(left.min(PIECE as u64) as usize, 0);
    let got = read_into(file, row.offset, buffer)?;
    buffer.truncate(got);
    let end = row.offset + got as u64 >= stat.size;
    if row.carry == OVERSIZE || (!end && memchr::memchr(b'\n', buffer).is_none()) {
        return pass_over(file, stat, tracked, row);
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
    let parsed = parse::log(tracked.reader, chunk, &context);
    if parsed.consumed == 0 && !end {
        return pass_over(file, stat, tracked, row);
    }
    let mut piece = sort_out(parsed, tracked, row, reading);
    piece.last = end;
    remember(file, stat, &mut piece.row)?;
    if !end {
        // Unread bytes follow: this look at the file is not over.
        piece.row.size = piece.row.offset;
    }
    Ok(piece)
}

fn sort_out(parsed: Parsed, tracked: &Tracked, row: &FileRow, reading: &Reading<'_>) -> Piece {
    let mut row = row.clone();
    let settled = row.offset + parsed.consumed as u64;
    let (mut arrivals, mut steps) = (Vec::with_capacity(parsed.records.len()), Vec::new());
    let damaged = parsed.diagnostics.iter().any(|d| d.kind.is_damage());
    let times = if damaged {
        times(&parsed.records)
    } else {
        Vec::new()
    };
    for record in parsed.records {
        match keep(record, &tracked.agent, row.id, &reading.sighting) {
            Kept::Beat(arrival) => arrivals.push(arrival),
            Kept::Step(step) => steps.push(step),
            Kept::Nothing => {}
        }
    }
    // Damage behind the settled end is read again, and counted then.
    let damage = parsed
        .diagnostics
        .iter()
        .filter(|d| d.kind.is_damage() && d.offset < settled);
    let mut notes = Vec::new();
    for diagnostic in damage {
        row.damaged += 1;
        let written = written_at(&times, diagnostic.offset, &reading.sighting);
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
    row.line = parsed.next_line;
    row.carry = parsed.carry.0;
    let recognise = if tracked.may_be_known {
        Recognise::Known
    } else {
        Recognise::No
    };
    Piece {
        arrivals,
        steps,
        notes,
        row,
        settled,
        recognise,
        last: true,
    }
}

/// Where records stand, and when they were written.
fn times(records: &[parse::Record]) -> Vec<(u64, Ts)> {
    let written = |record: &parse::Record| match &record.body {
        Body::Beat(beat) => beat.at.at,
        Body::Step(step) => step.at.at,
        Body::Insight(insight) => insight.at.at,
    };
    records
        .iter()
        .map(|record| (record.offset, written(record)))
        .collect()
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
        arrivals: Vec::new(),
        steps: Vec::new(),
        notes,
        row,
        settled,
        recognise,
        last,
    })
}
