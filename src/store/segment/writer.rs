//! Packing records.

use super::super::pack::{put, zigzag};
use super::super::rollup::class_code;
use super::{
    Items, Line, Packed, Place, Spent, bare_extra, flag, listed, status_code, surety_code,
};
use crate::domain::id::Locus;
use crate::domain::time::Ts;

/// Writes records one after another.
#[derive(Debug, Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
    place: Place,
}

impl Writer {
    /// For an hour that starts at `start`.
    pub fn new(start: Ts) -> Self {
        Self::with_room(start, 0)
    }

    /// The same with memory for about so many bytes.
    pub fn with_room(start: Ts, bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            place: Place {
                at: start.0,
                locus: Locus::default(),
            },
        }
    }

    /// Goes on behind records that are packed already.
    pub(super) fn resume(bytes: Vec<u8>, place: Place) -> Self {
        Self { bytes, place }
    }

    /// Packs a beat of its own.
    pub fn put_packed(&mut self, packed: &Packed) {
        let extra = packed.beat.extra.as_ref().and_then(|e| bare_extra(e));
        self.put(&Line::of(packed, extra.as_deref()), &packed.beat.items);
    }

    pub fn put(&mut self, line: &Line<'_>, items: &Items) {
        let flags = self.flags(line, items);
        let out = &mut self.bytes;
        put(out, flags);
        let since = line.at.0 - self.place.at;
        put(
            out,
            zigzag(if flags & flag::SECONDS != 0 {
                since / 1_000
            } else {
                since
            }),
        );
        put(out, u64::from(line.locus.len));
        if flags & flag::NEXT_LINE == 0 {
            put(out, u64::from(line.locus.file.0));
            put(out, line.locus.offset);
            put(out, u64::from(line.locus.line));
        }
        put_bytes(out, line.run.map(str::as_bytes));
        put_some(out, (line.task != 0).then_some(line.task as u64));
        let from_at = |t: Option<Ts>| t.map(|t| zigzag((t - line.at).0));
        put_some(out, from_at(line.due));
        put_some(out, from_at(line.started));
        put_some(out, line.duration.map(|d| zigzag(d.0)));
        put_some(out, from_at(line.next));
        put_some(out, line.epoch);
        if flags & flag::COUNTS != 0 {
            for n in [line.counts.did, line.counts.skipped, line.counts.failed] {
                put(out, u64::from(n));
            }
        }
        if flags & flag::ITEMS != 0 {
            put(out, items.len() as u64);
            for (class, id) in items {
                put(out, class_code(*class) | (id.0 as u64) << 2);
            }
        }
        put_some(out, from_at(line.seen));
        if let Some(spent) = &line.spent {
            put_spent(out, spent);
        }
        put_bytes(out, line.extra);
        self.place = Place {
            at: line.at.0,
            locus: line.locus,
        };
    }

    fn flags(&self, line: &Line<'_>, items: &Items) -> u64 {
        let when = |yes: bool, flag: u64| if yes { flag } else { 0 };
        status_code(line.status)
            | surety_code(line.surety) << 3
            | when(line.clock_off, flag::CLOCK_OFF)
            | when(line.acts, flag::ACTS)
            | when(self.place.is_followed_by(&line.locus), flag::NEXT_LINE)
            | when(line.run.is_some(), flag::RUN)
            | when(line.task != 0, flag::TASK)
            | when(line.due.is_some(), flag::DUE)
            | when(line.started.is_some(), flag::STARTED)
            | when(line.duration.is_some(), flag::DURATION)
            | when(line.next.is_some(), flag::NEXT)
            | when(line.epoch.is_some(), flag::EPOCH)
            | when(listed(items) != line.counts, flag::COUNTS)
            | when(!items.is_empty(), flag::ITEMS)
            | when(line.seen.is_some(), flag::SEEN)
            | when(line.extra.is_some(), flag::EXTRA)
            | when(line.spent.is_some(), flag::COST)
            | when((line.at.0 - self.place.at) % 1_000 == 0, flag::SECONDS)
    }
}

fn put_spent(out: &mut Vec<u8>, spent: &Spent) {
    put(out, spent.model as u64);
    put(out, spent.tokens_in.map_or(0, |n| n.saturating_add(1)));
    put(out, spent.tokens_out.map_or(0, |n| n.saturating_add(1)));
    put_usd(out, spent.usd);
}

/// Millionths of a dollar where that is exact, else all bits.
#[expect(
    clippy::float_cmp,
    reason = "exact is what is asked: only then nothing is lost"
)]
fn put_usd(out: &mut Vec<u8>, usd: Option<f64>) {
    let Some(usd) = usd else { return put(out, 0) };
    let millionths = (usd * 1e6).round();
    if (0.0..1e15).contains(&millionths) && millionths / 1e6 == usd {
        put(out, (millionths as u64 + 1) << 1);
    } else {
        put(out, 1);
        put(out, usd.to_bits());
    }
}

fn put_some(out: &mut Vec<u8>, n: Option<u64>) {
    if let Some(n) = n {
        put(out, n);
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    if let Some(bytes) = bytes {
        put(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
}
