//! Beats of one agent's hour, packed: up to [`MOST`] in one row of the mirror.
//!
//! A row per beat costs 246 bytes with its columns and its place in the tree; packed it is about 50, and the mirror of a
//! million beats is written with 36,000 insertions. A record follows the one before it in its file most of the time, so
//! that its place costs nothing.

use super::pack::{Numbers, put, unzigzag, zigzag};
use super::rollup::{class_code, class_of};
use crate::domain::facts::{Beat, Extra};
use crate::domain::heartbeat::{Cost, RunStatus, Surety};
use crate::domain::id::{FileId, ItemId, Locus, RunId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

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

/// Writes records one after another.
#[derive(Debug, Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
    place: Place,
}

impl Writer {
    /// For an hour that starts at `start`.
    pub fn new(start: Ts) -> Self {
        Self {
            bytes: Vec::new(),
            place: Place {
                at: start.0,
                locus: Locus::default(),
            },
        }
    }

    pub fn put(&mut self, packed: &Packed) {
        let beat = &packed.beat;
        let extra = bare_extra(beat);
        let flags = self.flags(packed, extra.is_some());
        let out = &mut self.bytes;
        put(out, flags);
        let since = beat.at.0 - self.place.at;
        put(
            out,
            zigzag(if flags & flag::SECONDS != 0 {
                since / 1_000
            } else {
                since
            }),
        );
        put(out, u64::from(beat.locus.len));
        if flags & flag::NEXT_LINE == 0 {
            put(out, u64::from(beat.locus.file.0));
            put(out, beat.locus.offset);
            put(out, u64::from(beat.locus.line));
        }
        put_bytes(out, beat.run.as_ref().map(|run| run.as_str().as_bytes()));
        put_some(out, (packed.task != 0).then_some(packed.task as u64));
        let from_at = |t: Option<Ts>| t.map(|t| zigzag((t - beat.at).0));
        put_some(out, from_at(beat.due));
        put_some(out, from_at(beat.started));
        put_some(out, beat.duration.map(|d| zigzag(d.0)));
        put_some(out, from_at(beat.next));
        put_some(out, beat.epoch);
        if flags & flag::COUNTS != 0 {
            for n in [beat.did, beat.skipped, beat.failed] {
                put(out, u64::from(n));
            }
        }
        if flags & flag::ITEMS != 0 {
            put(out, beat.items.len() as u64);
            for (class, id) in &beat.items {
                put(out, class_code(*class) | (id.0 as u64) << 2);
            }
        }
        put_some(out, from_at(beat.seen));
        if let Some(cost) = cost(beat) {
            put(out, packed.model as u64);
            put(out, cost.tokens_in.map_or(0, |n| n.saturating_add(1)));
            put(out, cost.tokens_out.map_or(0, |n| n.saturating_add(1)));
            put_usd(out, cost.usd);
        }
        put_bytes(out, extra.as_deref());
        self.place = Place {
            at: beat.at.0,
            locus: beat.locus,
        };
    }

    fn flags(&self, packed: &Packed, has_extra: bool) -> u64 {
        let beat = &packed.beat;
        let when = |yes: bool, flag: u64| if yes { flag } else { 0 };
        status_code(beat.status)
            | surety_code(beat.surety) << 3
            | when(beat.clock_off, flag::CLOCK_OFF)
            | when(beat.acts, flag::ACTS)
            | when(self.place.is_followed_by(&beat.locus), flag::NEXT_LINE)
            | when(beat.run.is_some(), flag::RUN)
            | when(packed.task != 0, flag::TASK)
            | when(beat.due.is_some(), flag::DUE)
            | when(beat.started.is_some(), flag::STARTED)
            | when(beat.duration.is_some(), flag::DURATION)
            | when(beat.next.is_some(), flag::NEXT)
            | when(beat.epoch.is_some(), flag::EPOCH)
            | when(
                listed(beat) != (beat.did, beat.skipped, beat.failed),
                flag::COUNTS,
            )
            | when(!beat.items.is_empty(), flag::ITEMS)
            | when(beat.seen.is_some(), flag::SEEN)
            | when(has_extra, flag::EXTRA)
            | when(cost(beat).is_some(), flag::COST)
            | when((beat.at.0 - self.place.at) % 1_000 == 0, flag::SECONDS)
    }
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

/// Counts of the listed items by class.
fn listed(beat: &Beat) -> (u32, u32, u32) {
    let mut counts = [0u32; 4];
    for (class, _) in &beat.items {
        counts[class_code(*class) as usize] += 1;
    }
    (counts[0], counts[1], counts[2])
}

fn cost(beat: &Beat) -> Option<&Cost> {
    beat.extra.as_ref()?.cost.as_ref()
}

/// What has no place of its own; absent most of the time.
fn bare_extra(beat: &Beat) -> Option<Vec<u8>> {
    let extra = beat.extra.as_ref()?;
    let Extra {
        word,
        resources,
        process,
        error_type,
        cost: _,
    } = &**extra;
    if word.is_none() && resources.is_empty() && process.is_none() && error_type.is_none() {
        return None;
    }
    let bare = Extra {
        cost: None,
        ..(**extra).clone()
    };
    postcard::to_allocvec(&bare).ok()
}

/// Reads records one after another; a row that is cut off ends early. Models are looked up by `model`.
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

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.bytes.next()? as usize;
        let (bytes, rest) = self.bytes.0.split_at_checked(len)?;
        self.bytes.0 = rest;
        Some(bytes)
    }

    /// The outer `None`: the bytes end here.
    #[expect(
        clippy::option_option,
        reason = "torn, absent and there are three things"
    )]
    fn some(&mut self, flags: u64, flag: u64) -> Option<Option<u64>> {
        if flags & flag == 0 {
            Some(None)
        } else {
            self.bytes.next().map(Some)
        }
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

    fn read(&mut self) -> Option<Packed> {
        let flags = self.bytes.next()?;
        let since = unzigzag(self.bytes.next()?);
        let unit = if flags & flag::SECONDS != 0 { 1_000 } else { 1 };
        let at = Ts(self.place.at.saturating_add(since.saturating_mul(unit)));
        let locus = self.locus(flags)?;
        self.place = Place { at: at.0, locus };
        let run = if flags & flag::RUN != 0 {
            Some(RunId::from(std::str::from_utf8(self.bytes()?).ok()?))
        } else {
            None
        };
        let task = self.some(flags, flag::TASK)?.unwrap_or(0) as i64;
        let from_at = |n: Option<u64>| n.map(|n| at + Span(unzigzag(n)));
        let mut beat = Beat {
            at,
            surety: surety_of(flags >> 3 & 7),
            clock_off: flags & flag::CLOCK_OFF != 0,
            acts: flags & flag::ACTS != 0,
            status: status_of(flags & 7),
            run,
            locus,
            due: from_at(self.some(flags, flag::DUE)?),
            started: from_at(self.some(flags, flag::STARTED)?),
            duration: self.some(flags, flag::DURATION)?.map(|n| Span(unzigzag(n))),
            next: from_at(self.some(flags, flag::NEXT)?),
            epoch: self.some(flags, flag::EPOCH)?,
            ..Beat::default()
        };
        let counts = if flags & flag::COUNTS != 0 {
            Some((
                self.bytes.next()? as u32,
                self.bytes.next()? as u32,
                self.bytes.next()? as u32,
            ))
        } else {
            None
        };
        if flags & flag::ITEMS != 0 {
            let count = self.bytes.next()? as usize;
            beat.items.reserve_exact(count.min(1_024));
            for _ in 0..count {
                let n = self.bytes.next()?;
                beat.items.push((class_of(n & 3), ItemId((n >> 2) as i64)));
            }
        }
        (beat.did, beat.skipped, beat.failed) = counts.unwrap_or_else(|| listed(&beat));
        beat.seen = from_at(self.some(flags, flag::SEEN)?);
        let (cost, model) = self.cost(flags)?;
        let bare = if flags & flag::EXTRA != 0 {
            postcard::from_bytes(self.bytes()?).ok()
        } else {
            None
        };
        if cost.is_some() || bare.is_some() {
            beat.extra = Some(Box::new(Extra {
                cost,
                ..bare.unwrap_or_default()
            }));
        }
        Some(Packed { beat, task, model })
    }

    fn cost(&mut self, flags: u64) -> Option<(Option<Cost>, i64)> {
        if flags & flag::COST == 0 {
            return Some((None, 0));
        }
        let model = self.bytes.next()? as i64;
        let mut number = || self.bytes.next().map(|n| n.checked_sub(1));
        let (tokens_in, tokens_out) = (number()?, number()?);
        let usd = self.usd()?;
        Some((
            Some(Cost {
                model: None,
                tokens_in,
                tokens_out,
                usd,
            }),
            model,
        ))
    }
}

impl Reader<'_> {
    /// The outer `None`: the bytes end here.
    #[expect(
        clippy::option_option,
        reason = "torn, absent and there are three things"
    )]
    fn usd(&mut self) -> Option<Option<f64>> {
        Some(match self.bytes.next()? {
            0 => None,
            1 => Some(f64::from_bits(self.bytes.next()?)),
            n => Some((n >> 1).saturating_sub(1) as f64 / 1e6),
        })
    }
}

impl Iterator for Reader<'_> {
    type Item = Packed;

    fn next(&mut self) -> Option<Packed> {
        self.read()
    }
}

/// A model's name as it is interned: in the table of task names, apart from them.
pub fn model_name(model: &Untrusted) -> String {
    format!("\u{1}model:{}", model.exact())
}

/// Puts a model's name back.
pub fn set_model(beat: &mut Beat, interned: Option<&str>) {
    let name = interned.and_then(|name| name.strip_prefix("\u{1}model:"));
    if let Some(cost) = beat.extra.as_mut().and_then(|extra| extra.cost.as_mut()) {
        cost.model = name.map(Untrusted::from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::heartbeat::ItemClass;
    use proptest::prelude::*;

    fn beat() -> impl Strategy<Value = Packed> {
        let times = (
            0i64..3_600_000,
            any::<Option<i32>>(),
            any::<Option<i32>>(),
            any::<Option<u32>>(),
        );
        let place = (0u32..5, 0u64..1 << 40, 0u32..100_000, 1u32..1_000_000);
        let counts = (
            0u32..5,
            0u32..5,
            any::<u32>(),
            proptest::collection::vec((0u64..4, 0i64..1 << 40), 0..5),
        );
        (
            times,
            place,
            counts,
            any::<Option<u64>>(),
            proptest::option::of("[ -~]{0,30}"),
            0i64..9,
            any::<Option<f64>>(),
        )
            .prop_map(
                |(
                    (ms, due, started, duration),
                    (file, offset, len, line),
                    (did, skipped, failed, items),
                    epoch,
                    run,
                    task,
                    usd,
                )| {
                    let at = Ts(1_774_594_800_000 + ms);
                    let cost = usd.filter(|usd| usd.is_finite()).map(|usd| Cost {
                        usd: Some(usd),
                        tokens_in: epoch.map(|e| e >> 1),
                        ..Cost::default()
                    });
                    let beat = Beat {
                        at,
                        status: status_of(u64::from(did)),
                        run: run.map(|run| RunId::from(run.as_str())),
                        due: due.map(|n| at + Span(i64::from(n))),
                        started: started.map(|n| at + Span(i64::from(n))),
                        duration: duration.map(|n| Span(i64::from(n))),
                        epoch,
                        did,
                        skipped,
                        failed,
                        items: items
                            .into_iter()
                            .map(|(class, id)| (class_of(class), ItemId(id)))
                            .collect(),
                        extra: cost.map(|cost| {
                            Box::new(Extra {
                                cost: Some(cost),
                                ..Extra::default()
                            })
                        }),
                        locus: Locus {
                            file: FileId(file),
                            offset,
                            len,
                            line,
                        },
                        ..Beat::default()
                    };
                    Packed {
                        beat,
                        task,
                        model: 0,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(beats in proptest::collection::vec(beat(), 0..20)) {
            let start = Ts(1_774_594_800_000);
            let mut writer = Writer::new(start);
            for packed in &beats {
                writer.put(packed);
            }
            prop_assert_eq!(Reader::new(start, &writer.bytes).collect::<Vec<_>>(), beats);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Reader::new(Ts(0), &bytes).count() <= bytes.len());
        }
    }

    #[test]
    fn lines_that_follow_each_other_are_small() {
        let mut writer = Writer::new(Ts(0));
        for n in 0..100u32 {
            let locus = Locus {
                file: FileId(3),
                offset: u64::from(n) * 401 + 9_000_000,
                len: 400,
                line: n + 20_000,
            };
            let items = vec![
                (ItemClass::Did, ItemId(90_000)),
                (ItemClass::Message, ItemId(12)),
            ];
            let beat = Beat {
                at: Ts(i64::from(n) * 30_000),
                status: RunStatus::Ok,
                did: 1,
                items,
                locus,
                ..Beat::default()
            };
            writer.put(&Packed {
                beat,
                task: 4,
                model: 0,
            });
        }
        assert!(
            writer.bytes.len() < 100 * 15,
            "{} bytes",
            writer.bytes.len()
        );
    }
}
