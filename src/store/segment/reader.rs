//! Reading packed records.

use super::super::pack::{Numbers, unzigzag};
use super::super::rollup::class_of;
use super::{Line, Packed, Place, Spent, Writer, flag, listed, status_of, surety_of};
use crate::domain::fleet::Counts;
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::{FileId, ItemId, Locus};
use crate::domain::time::{Span, Ts};

/// Reads records one after another; a row that is cut off ends early.
pub struct Reader<'a> {
    bytes: Numbers<'a>,
    place: Place,
}

impl<'a> Reader<'a> {
    /// Of an hour that starts at `start`.
    pub fn new(start: Ts, bytes: &'a [u8]) -> Self {
        Self {
            bytes: Numbers(bytes),
            place: Place {
                at: start.0,
                locus: Locus::default(),
            },
        }
    }

    /// A writer that goes on behind the last whole record, and how many there are.
    pub fn resume(start: Ts, bytes: &[u8]) -> (Writer, usize) {
        let (mut whole, mut count, mut items) = (0, 0, Vec::new());
        let mut reader = Reader::new(start, bytes);
        let mut place = reader.place;
        while reader.line(&mut items).is_some() {
            whole = bytes.len() - reader.bytes.0.len();
            place = reader.place;
            count += 1;
        }
        (Writer::resume(bytes[..whole].to_vec(), place), count)
    }

    /// The next record; its items take the place of those in `items`.
    pub fn line(&mut self, items: &mut Vec<(ItemClass, ItemId)>) -> Option<Line<'a>> {
        items.clear();
        let flags = self.bytes.next()?;
        let since = unzigzag(self.bytes.next()?);
        let unit = if flags & flag::SECONDS != 0 { 1_000 } else { 1 };
        let at = Ts(self.place.at.saturating_add(since.saturating_mul(unit)));
        let locus = self.locus(flags)?;
        self.place = Place { at: at.0, locus };
        let from_at = |n: Option<u64>| n.map(|n| at + Span(unzigzag(n)));
        let mut line = Line {
            at,
            surety: surety_of(flags >> 3 & 7),
            clock_off: flags & flag::CLOCK_OFF != 0,
            acts: flags & flag::ACTS != 0,
            status: status_of(flags & 7),
            run: self.text(flags, flag::RUN)?,
            task: self.some(flags, flag::TASK)?.unwrap_or(0) as i64,
            due: from_at(self.some(flags, flag::DUE)?),
            started: from_at(self.some(flags, flag::STARTED)?),
            duration: self.some(flags, flag::DURATION)?.map(|n| Span(unzigzag(n))),
            next: from_at(self.some(flags, flag::NEXT)?),
            epoch: self.some(flags, flag::EPOCH)?,
            locus,
            ..Line::default()
        };
        let counts = self.counts(flags)?;
        self.items(flags, items)?;
        line.counts = counts.unwrap_or_else(|| listed(items));
        line.seen = from_at(self.some(flags, flag::SEEN)?);
        line.spent = self.spent(flags)?;
        line.extra = self.bytes(flags, flag::EXTRA)?;
        Some(line)
    }

    fn locus(&mut self, flags: u64) -> Option<Locus> {
        let len = self.bytes.next()? as u32;
        let before = self.place.locus;
        if flags & flag::NEXT_LINE != 0 {
            let offset = before.offset.saturating_add(u64::from(before.len) + 1);
            return Some(Locus {
                file: before.file,
                offset,
                len,
                line: before.line.saturating_add(1),
            });
        }
        Some(Locus {
            file: FileId(self.bytes.next()? as u32),
            offset: self.bytes.next()?,
            line: self.bytes.next()? as u32,
            len,
        })
    }

    fn items(&mut self, flags: u64, items: &mut Vec<(ItemClass, ItemId)>) -> Option<()> {
        if flags & flag::ITEMS == 0 {
            return Some(());
        }
        for _ in 0..self.bytes.next()? {
            let n = self.bytes.next()?;
            items.push((class_of(n & 3), ItemId((n >> 2) as i64)));
        }
        Some(())
    }
}

/// Where the outer `None` says that the bytes end here.
#[expect(
    clippy::option_option,
    reason = "torn, absent and there are three things"
)]
impl<'a> Reader<'a> {
    fn some(&mut self, flags: u64, flag: u64) -> Option<Option<u64>> {
        if flags & flag == 0 {
            Some(None)
        } else {
            self.bytes.next().map(Some)
        }
    }

    fn bytes(&mut self, flags: u64, flag: u64) -> Option<Option<&'a [u8]>> {
        let Some(len) = self.some(flags, flag)? else {
            return Some(None);
        };
        let (bytes, rest) = self.bytes.0.split_at_checked(len as usize)?;
        self.bytes.0 = rest;
        Some(Some(bytes))
    }

    fn text(&mut self, flags: u64, flag: u64) -> Option<Option<&'a str>> {
        match self.bytes(flags, flag)? {
            Some(bytes) => std::str::from_utf8(bytes).ok().map(Some),
            None => Some(None),
        }
    }

    fn counts(&mut self, flags: u64) -> Option<Option<Counts>> {
        if flags & flag::COUNTS == 0 {
            return Some(None);
        }
        Some(Some(Counts {
            did: self.bytes.next()? as u32,
            skipped: self.bytes.next()? as u32,
            failed: self.bytes.next()? as u32,
        }))
    }

    fn spent(&mut self, flags: u64) -> Option<Option<Spent>> {
        if flags & flag::COST == 0 {
            return Some(None);
        }
        let model = self.bytes.next()? as i64;
        let mut number = || self.bytes.next().map(|n| n.checked_sub(1));
        let (tokens_in, tokens_out) = (number()?, number()?);
        let usd = match self.bytes.next()? {
            0 => None,
            1 => Some(f64::from_bits(self.bytes.next()?)),
            n => Some((n >> 1).saturating_sub(1) as f64 / 1e6),
        };
        Some(Some(Spent {
            model,
            tokens_in,
            tokens_out,
            usd,
        }))
    }
}

impl Iterator for Reader<'_> {
    type Item = Packed;

    fn next(&mut self) -> Option<Packed> {
        let mut items = Vec::new();
        let line = self.line(&mut items)?;
        Some(line.keep(&items))
    }
}
