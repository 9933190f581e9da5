//! What an agent did in one hour, folded: counts by status, and its items with their counts.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::numbered::Numbered;
use super::pack::{Numbers, put, unzigzag, zigzag};
use crate::domain::fleet::{Counts, RunTally};
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::id::ItemId;
use crate::domain::time::{Span, Ts};

/// One item of an hour: how often, when last, for which task last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    pub count: u32,
    /// Milliseconds into the hour.
    pub last: u32,
    /// The mirror's number of the task; 0 is none.
    pub task: i64,
}

/// One agent's hour.
#[derive(Clone, Debug, Default)]
pub struct Hour {
    pub counts: Counts,
    /// Only final and unknown ones: an open run is judged from facts, not counted.
    pub runs: RunTally,
    /// What the runs say they cost, in millionths of a dollar; 0 where nothing is said.
    pub cost: u64,
    /// In the order of their keys up to `settled`, behind that in the order they came.
    folds: Vec<(i64, Fold)>,
    settled: usize,
}

/// Folds that may lie unsettled, beside as many as are settled.
const UNSETTLED: usize = 1_024;

/// Class and number of an item as one number.
fn key_of(class: ItemClass, id: ItemId) -> i64 {
    (class_code(class) | (id.0 as u64) << 2) as i64
}

impl Hour {
    /// Adds one beat. `task` is the mirror's number of its task, 0 for none.
    pub fn add(
        &mut self,
        at: Ts,
        status: RunStatus,
        counts: Counts,
        task: i64,
        items: &[(ItemClass, ItemId)],
    ) {
        add_counts(&mut self.counts, counts);
        count_status(&mut self.runs, status);
        let last = at.0.rem_euclid(Span::HOUR.0) as u32;
        let fold = Fold {
            count: 1,
            last,
            task,
        };
        let counted = items
            .iter()
            .filter(|(class, _)| *class != ItemClass::Message);
        self.folds
            .extend(counted.map(|(class, id)| (key_of(*class, *id), fold)));
        if self.folds.len() > self.settled * 2 + UNSETTLED {
            self.settle();
        }
    }

    /// Adds what a run says it cost.
    pub fn spend(&mut self, usd: Option<f64>) {
        let micros = usd.filter(|usd| usd.is_finite() && *usd > 0.0);
        let micros = micros.map_or(0, |usd| (usd * 1e6) as u64);
        self.cost = self.cost.saturating_add(micros);
    }

    /// Makes one fold of those of one item. Of two at the same moment the later comer stands.
    fn settle(&mut self) {
        self.folds.sort_by_key(|(key, _)| *key);
        self.folds.dedup_by(|(theirs, more), (ours, fold)| {
            if ours != theirs {
                return false;
            }
            fold.count += more.count;
            if more.last >= fold.last {
                fold.last = more.last;
                fold.task = more.task;
            }
            true
        });
        self.settled = self.folds.len();
    }

    fn merge(&mut self, other: Self) {
        add_counts(&mut self.counts, other.counts);
        add_runs(&mut self.runs, other.runs);
        self.cost = self.cost.saturating_add(other.cost);
        self.folds.extend(other.folds);
    }

    fn pack(&mut self) -> (Vec<u8>, Vec<u8>) {
        self.settle();
        let (mut tally, mut items) = (
            Vec::with_capacity(10),
            Vec::with_capacity(self.folds.len() * 8),
        );
        let RunTally {
            ok,
            partial,
            failed,
            skipped,
            unknown,
            ..
        } = self.runs;
        for n in [
            self.counts.did,
            self.counts.skipped,
            self.counts.failed,
            ok,
            partial,
            failed,
            skipped,
            unknown,
        ] {
            put(&mut tally, u64::from(n));
        }
        put(&mut tally, self.cost);
        // In the order of their keys, so that the way from one to the next is short.
        let mut before = 0;
        for (key, fold) in &self.folds {
            put(&mut items, zigzag(key - before));
            put(&mut items, u64::from(fold.count));
            put(&mut items, pack_last(fold.last));
            put(&mut items, fold.task as u64);
            before = *key;
        }
        (tally, items)
    }

    /// Reads what `pack` wrote of the counts.
    pub fn unpack_tally(&mut self, bytes: &[u8]) {
        let mut numbers = Numbers(bytes);
        let mut next = || numbers.next().unwrap_or(0) as u32;
        self.counts = Counts {
            did: next(),
            skipped: next(),
            failed: next(),
        };
        self.runs = RunTally {
            ok: next(),
            partial: next(),
            failed: next(),
            skipped: next(),
            unknown: next(),
            running: 0,
            unfinished: 0,
        };
        self.cost = numbers.next().unwrap_or(0);
    }

    fn unpack_items(&mut self, bytes: &[u8]) {
        self.folds.extend(Folds::of(bytes));
    }
}

/// Reads the folds of an hour, in their order.
struct Folds<'a> {
    numbers: Numbers<'a>,
    key: i64,
}

impl<'a> Folds<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self {
            numbers: Numbers(bytes),
            key: 0,
        }
    }
}

impl Iterator for Folds<'_> {
    type Item = (i64, Fold);

    fn next(&mut self) -> Option<Self::Item> {
        self.key = self.key.wrapping_add(unzigzag(self.numbers.next()?));
        let fold = Fold {
            count: self.numbers.next()? as u32,
            last: unpack_last(self.numbers.next()?),
            task: self.numbers.next()? as i64,
        };
        Some((self.key, fold))
    }
}

/// Whole seconds, as most times are, take two bytes.
fn pack_last(ms: u32) -> u64 {
    if ms.is_multiple_of(1_000) {
        u64::from(ms / 1_000) << 1
    } else {
        u64::from(ms) << 1 | 1
    }
}

fn unpack_last(n: u64) -> u32 {
    let value = (n >> 1) as u32;
    if n & 1 == 0 {
        value.saturating_mul(1_000)
    } else {
        value
    }
}

/// Two bits for the class of an item.
pub fn class_code(class: ItemClass) -> u64 {
    match class {
        ItemClass::Did => 0,
        ItemClass::Skipped => 1,
        ItemClass::Failed => 2,
        ItemClass::Message => 3,
    }
}

pub fn class_of(code: u64) -> ItemClass {
    match code {
        0 => ItemClass::Did,
        1 => ItemClass::Skipped,
        2 => ItemClass::Failed,
        _ => ItemClass::Message,
    }
}

/// Counts a record by its status; one that only opens a run is not counted yet.
pub fn count_status(runs: &mut RunTally, status: RunStatus) {
    match status {
        RunStatus::Ok => runs.ok += 1,
        RunStatus::Partial => runs.partial += 1,
        RunStatus::Failed => runs.failed += 1,
        RunStatus::Skipped => runs.skipped += 1,
        RunStatus::Unknown | RunStatus::Blocked => runs.unknown += 1,
        RunStatus::Running => {}
    }
}

/// Adds counts; an agent that claims four billion things done gets no further.
pub fn add_counts(to: &mut Counts, from: Counts) {
    to.did = to.did.saturating_add(from.did);
    to.skipped = to.skipped.saturating_add(from.skipped);
    to.failed = to.failed.saturating_add(from.failed);
}

pub fn add_runs(to: &mut RunTally, from: RunTally) {
    *to += from;
}

fn read(connection: &Connection, agent: i64, hour: i64) -> Result<Option<Hour>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT tally, items FROM hour WHERE agent = ?1 AND hour = ?2")?;
    let found = query
        .query_row([agent, hour], |row| {
            let mut hour = Hour::default();
            hour.unpack_tally(row.get_ref(0)?.as_blob()?);
            hour.unpack_items(row.get_ref(1)?.as_blob()?);
            Ok(hour)
        })
        .optional()?;
    Ok(found)
}

/// Adds to an agent's hour.
pub fn merge(connection: &Connection, agent: i64, hour: i64, more: Hour) -> Result<(), StoreError> {
    let whole = match read(connection, agent, hour)? {
        Some(mut stored) => {
            stored.merge(more);
            stored
        }
        None => more,
    };
    replace(connection, agent, hour, whole)
}

/// Sets an agent's hour.
pub fn replace(
    connection: &Connection,
    agent: i64,
    hour: i64,
    mut whole: Hour,
) -> Result<(), StoreError> {
    let (tally, items) = whole.pack();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO hour(agent, hour, tally, items) VALUES(?1, ?2, ?3, ?4)",
        )?
        .execute(params![agent, hour, tally, items])?;
    Ok(())
}

/// Counts of whole hours in [from, to).
pub fn tally(
    connection: &Connection,
    agent: i64,
    from: i64,
    to: i64,
) -> Result<(Counts, RunTally), StoreError> {
    let mut sums = (Counts::default(), RunTally::default());
    let mut query = connection
        .prepare_cached("SELECT tally FROM hour WHERE agent = ?1 AND hour >= ?2 AND hour < ?3")?;
    let mut rows = query.query([agent, from, to])?;
    while let Some(row) = rows.next()? {
        let mut hour = Hour::default();
        hour.unpack_tally(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        add_counts(&mut sums.0, hour.counts);
        add_runs(&mut sums.1, hour.runs);
    }
    Ok(sums)
}

/// What an agent did up to a moment: each item once, with its last time in the first hour that has it.
pub fn first_done(
    connection: &Connection,
    agent: i64,
    until: Ts,
) -> Result<Vec<(ItemId, Ts)>, StoreError> {
    let mut seen: HashSet<ItemId> = HashSet::new();
    let mut found = Vec::new();
    let mut query = connection.prepare_cached(
        "SELECT hour, items FROM hour WHERE agent = ?1 AND hour <= ?2 ORDER BY hour",
    )?;
    let mut rows = query.query([agent, until.hour_index()])?;
    while let Some(row) = rows.next()? {
        let start = Ts(row.get::<_, i64>(0)? * Span::HOUR.0);
        for (key, fold) in Folds::of(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) {
            let (class, id) = (class_of((key & 3) as u64), ItemId(key >> 2));
            if class == ItemClass::Did && seen.insert(id) {
                found.push((id, start + Span(i64::from(fold.last))));
            }
        }
    }
    Ok(found)
}

/// An item over several hours: when it was last done, for which task, how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    pub at: Ts,
    pub task: i64,
    pub count: u32,
}

pub type OneFolded = ((ItemClass, ItemId), Folded);

/// Items with what several hours make of them.
#[derive(Debug, Default)]
pub struct Sum(Numbered<i64, Folded>);

impl Sum {
    /// Counts add up, the latest time and its task stand.
    pub fn add(&mut self, (class, id): (ItemClass, ItemId), more: Folded) {
        self.fold(id.0 << 2 | class_code(class) as i64, more);
    }

    fn fold(&mut self, key: i64, more: Folded) {
        let entry = self.0.entry(key).or_insert(Folded { count: 0, ..more });
        entry.count = entry.count.saturating_add(more.count);
        if more.at >= entry.at {
            entry.at = more.at;
            entry.task = more.task;
        }
    }

    /// In no order.
    pub fn folded(self) -> Vec<OneFolded> {
        let parts = |key: i64| (class_of((key & 3) as u64), ItemId(key >> 2));
        self.0
            .into_iter()
            .map(|(key, fold)| (parts(key), fold))
            .collect()
    }
}

/// Items of whole hours in [from, to), those that are wanted.
pub fn items(
    connection: &Connection,
    agent: i64,
    (from, to): (i64, i64),
    wanted: impl Fn(ItemClass, ItemId) -> bool,
) -> Result<Sum, StoreError> {
    let mut sum = Sum::default();
    let mut query = connection.prepare_cached(
        "SELECT hour, items FROM hour WHERE agent = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
    )?;
    let mut rows = query.query([agent, from, to])?;
    while let Some(row) = rows.next()? {
        let start = Ts(row.get::<_, i64>(0)? * Span::HOUR.0);
        for (key, fold) in Folds::of(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) {
            if !wanted(class_of((key & 3) as u64), ItemId(key >> 2)) {
                continue;
            }
            let at = start + Span(i64::from(fold.last));
            let (task, count) = (fold.task, fold.count);
            sum.fold(key, Folded { at, task, count });
        }
    }
    Ok(sum)
}
