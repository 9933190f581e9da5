//! Beats of one agent's hour, packed: up to [`MOST`] in one row of the mirror.
//!
//! A row per beat costs 246 bytes with its columns and its place in the tree; packed it is about 50, and the mirror of a
//! million beats is written with 36,000 insertions. A record follows the one before it in its file most of the time, so
//! that its place costs nothing.

mod reader;
mod writer;

#[cfg(test)]
mod tests;

use super::rollup::class_code;
use crate::domain::facts::{Beat, Extra};
use crate::domain::fleet::Counts;
use crate::domain::heartbeat::{Cost, ItemClass, RunStatus, Surety};
use crate::domain::id::{ItemId, Locus, RunId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

pub use reader::Reader;
pub use writer::Writer;

/// Beats in one row: a burst of thousands in an hour fills several rows, and an append rewrites about 12 KB at most.
pub const MOST: usize = 256;

/// A beat as it is kept: its task and its model by the mirror's number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    /// Without its task.
    pub beat: Beat,
    /// 0: none.
    pub task: i64,
    /// 0: none.
    pub model: i64,
}

/// One record where it is packed: what costs an allocation stays in the bytes. Its items stand beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line<'a> {
    pub at: Ts,
    pub surety: Surety,
    pub clock_off: bool,
    pub acts: bool,
    pub status: RunStatus,
    pub run: Option<&'a str>,
    /// 0: none.
    pub task: i64,
    pub due: Option<Ts>,
    pub started: Option<Ts>,
    pub duration: Option<Span>,
    pub next: Option<Ts>,
    pub epoch: Option<u64>,
    pub counts: Counts,
    pub seen: Option<Ts>,
    pub spent: Option<Spent>,
    /// [`Extra`] without its cost.
    pub extra: Option<&'a [u8]>,
    pub locus: Locus,
}

/// What a run cost, its model by the mirror's number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// 0: none.
    pub model: i64,
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
    pub usd: Option<f64>,
}

/// Items of one record, in the order written.
pub type Items = [(ItemClass, ItemId)];

impl<'a> Line<'a> {
    /// As it is packed. `extra` is [`bare_extra`] of it.
    pub fn of(packed: &'a Packed, extra: Option<&'a [u8]>) -> Self {
        let beat = &packed.beat;
        let cost = beat.extra.as_ref().and_then(|extra| extra.cost.as_ref());
        Self {
            at: beat.at,
            surety: beat.surety,
            clock_off: beat.clock_off,
            acts: beat.acts,
            status: beat.status,
            run: beat.run.as_ref().map(RunId::as_str),
            task: packed.task,
            due: beat.due,
            started: beat.started,
            duration: beat.duration,
            next: beat.next,
            epoch: beat.epoch,
            counts: Counts {
                did: beat.did,
                skipped: beat.skipped,
                failed: beat.failed,
            },
            seen: beat.seen,
            spent: cost.map(|cost| Spent {
                model: packed.model,
                tokens_in: cost.tokens_in,
                tokens_out: cost.tokens_out,
                usd: cost.usd,
            }),
            extra,
            locus: beat.locus,
        }
    }

    /// A beat of its own. Its task and its model are still numbers.
    pub fn keep(&self, items: &Items) -> Packed {
        let cost = self.spent.map(|spent| Cost {
            model: None,
            tokens_in: spent.tokens_in,
            tokens_out: spent.tokens_out,
            usd: spent.usd,
        });
        let bare = self.extra.and_then(|bare| postcard::from_bytes(bare).ok());
        let extra = (cost.is_some() || bare.is_some()).then(|| {
            Box::new(Extra {
                cost,
                ..bare.unwrap_or_default()
            })
        });
        Packed {
            beat: Beat {
                at: self.at,
                surety: self.surety,
                clock_off: self.clock_off,
                seen: self.seen,
                status: self.status,
                run: self.run.map(RunId::from),
                task: None,
                due: self.due,
                started: self.started,
                duration: self.duration,
                next: self.next,
                epoch: self.epoch,
                did: self.counts.did,
                skipped: self.counts.skipped,
                failed: self.counts.failed,
                items: items.to_vec(),
                extra,
                acts: self.acts,
                locus: self.locus,
            },
            task: self.task,
            model: self.spent.map_or(0, |spent| spent.model),
        }
    }
}

/// What has no place of its own; absent most of the time.
pub fn bare_extra(extra: &Extra) -> Option<Vec<u8>> {
    let Extra {
        word,
        resources,
        process,
        error_type,
        cost: _,
    } = extra;
    if word.is_none() && resources.is_empty() && process.is_none() && error_type.is_none() {
        return None;
    }
    let bare = Extra {
        cost: None,
        ..extra.clone()
    };
    postcard::to_allocvec(&bare).ok()
}

/// Counts of the listed items by class.
fn listed(items: &Items) -> Counts {
    let mut counts = [0u32; 4];
    for (class, _) in items {
        counts[class_code(*class) as usize] += 1;
    }
    Counts {
        did: counts[0],
        skipped: counts[1],
        failed: counts[2],
    }
}

mod flag {
    pub const CLOCK_OFF: u64 = 1 << 6;
    /// Right behind the record before, in the same file.
    pub const NEXT_LINE: u64 = 1 << 7;
    pub const RUN: u64 = 1 << 8;
    pub const TASK: u64 = 1 << 9;
    pub const DUE: u64 = 1 << 10;
    pub const STARTED: u64 = 1 << 11;
    pub const DURATION: u64 = 1 << 12;
    pub const NEXT: u64 = 1 << 13;
    pub const EPOCH: u64 = 1 << 14;
    /// The counts are not those of the listed items.
    pub const COUNTS: u64 = 1 << 15;
    pub const ITEMS: u64 = 1 << 16;
    pub const SEEN: u64 = 1 << 17;
    pub const EXTRA: u64 = 1 << 18;
    pub const COST: u64 = 1 << 19;
    /// The time is whole seconds.
    pub const SECONDS: u64 = 1 << 20;
    pub const ACTS: u64 = 1 << 21;
}

fn status_code(status: RunStatus) -> u64 {
    match status {
        RunStatus::Unknown => 0,
        RunStatus::Running => 1,
        RunStatus::Ok => 2,
        RunStatus::Partial => 3,
        RunStatus::Skipped => 4,
        RunStatus::Failed => 5,
        RunStatus::Blocked => 6,
    }
}

fn status_of(code: u64) -> RunStatus {
    match code {
        1 => RunStatus::Running,
        2 => RunStatus::Ok,
        3 => RunStatus::Partial,
        4 => RunStatus::Skipped,
        5 => RunStatus::Failed,
        6 => RunStatus::Blocked,
        _ => RunStatus::Unknown,
    }
}

fn surety_code(surety: Surety) -> u64 {
    match surety {
        Surety::Exact => 0,
        Surety::AssumedZone => 1,
        Surety::DayOnly => 2,
        Surety::About => 3,
        Surety::FileTime => 4,
    }
}

fn surety_of(code: u64) -> Surety {
    match code {
        1 => Surety::AssumedZone,
        2 => Surety::DayOnly,
        3 => Surety::About,
        4 => Surety::FileTime,
        _ => Surety::Exact,
    }
}

/// Where the next record is expected.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    at: i64,
    locus: Locus,
}

impl Place {
    fn is_followed_by(&self, locus: &Locus) -> bool {
        self.locus.line > 0
            && self.locus.file == locus.file
            && locus.offset == self.locus.offset + u64::from(self.locus.len) + 1
            && locus.line == self.locus.line + 1
    }
}

/// A model's name as it is interned: in the table of task names, apart from them.
pub fn model_name(model: &str) -> String {
    format!("\u{1}model:{model}")
}

/// Puts a model's name back.
pub fn set_model(beat: &mut Beat, interned: Option<&str>) {
    let name = interned.and_then(|name| name.strip_prefix("\u{1}model:"));
    if let Some(cost) = beat.extra.as_mut().and_then(|extra| extra.cost.as_mut()) {
        cost.model = name.map(Untrusted::from);
    }
}
