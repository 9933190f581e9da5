//! Taking beats in: numbering what they name, recognising what is known, counting what is new.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, params};

use super::batch::{Batch, Numbers};
use super::beats::Parts;
use super::mirror::Mirror;
use super::rollup::Hour;
use super::segment::{Items, Line, Packed, bare_extra};
use super::{StoreError, beats, days, rollup};
use crate::domain::facts::Beat;
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::{AgentId, FileId, ItemId};
use crate::domain::time::Ts;

/// A beat as it is kept, and with its names where changes are listed.
type Incoming = (Packed, Option<Beat>);

/// Whether arrivals may be in the mirror already, under another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognise {
    /// The file went on where it was left: everything is new.
    No,
    /// A new file or a new generation of one: what is known keeps its place in time and is not new activity.
    Known,
}

/// What a record of a file says, wherever it stands in it.
#[derive(PartialEq, Eq, Hash)]
struct Told {
    file: FileId,
    at: Ts,
    task: i64,
    started: Option<Ts>,
    items: Vec<(ItemClass, ItemId)>,
}

impl Told {
    fn by(packed: &Packed) -> Self {
        let beat = &packed.beat;
        Self {
            file: beat.locus.file,
            at: beat.at,
            task: packed.task,
            started: beat.started,
            items: beat.items.clone(),
        }
    }
}

/// What one hour of an agent gained in this transaction.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Records that are not written yet.
    parts: Option<Parts>,
    gained: Hour,
}

impl Waiting {
    fn put(&mut self, line: &Line<'_>, items: &Items) {
        let begun = || Parts::of(line.at.hour_index());
        self.parts.get_or_insert_with(begun).put(line, items);
    }
}

/// What a record is that says the same as an earlier one of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Another run.
    Count,
    /// A copy: what a program prints may reach its log twice, once by itself and once by whoever started it.
    AreCopies,
}

/// How the records of one piece of a file are taken in.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Of agents that are new.
    pub folder: &'a str,
    pub recognise: Recognise,
    pub repeats: Repeats,
    /// Records at or behind are provisional: the next reading gives them again.
    pub settled: u64,
}

impl Mirror {
    /// Adds what was read of a file. How many records were recognised comes back. `numbers` are those of the reader that
    /// made the batch.
    pub fn add(
        &mut self,
        batch: &Batch,
        numbers: &mut Numbers,
        terms: &Terms<'_>,
    ) -> Result<usize, StoreError> {
        self.number(batch, numbers)?;
        let known = terms.recognise == Recognise::Known && self.may_know(batch)?;
        let by_hour = known || terms.repeats == Repeats::AreCopies;
        let mut hours: BTreeMap<(i64, i64), Vec<Incoming>> = BTreeMap::new();
        let (mut items, mut records) = (Vec::new(), batch.records());
        let mut current: Option<(&AgentId, i64)> = None;
        while let Some((name, mut line)) = records.next(&mut items) {
            let agent = match current {
                Some((known, id)) if std::ptr::eq(known, name) => id,
                Some(_) | None => self.agent(name, terms.folder)?,
            };
            current = Some((name, agent));
            let local = line;
            numbers.translate(&mut line, &mut items);
            let listed = self
                .listing
                .then(|| numbers.names.named(local.keep(&items)));
            if by_hour {
                let hour = hours.entry((agent, line.at.hour_index())).or_default();
                hour.push((line.keep(&items), listed));
            } else {
                let waiting = self.count(agent, &line, &items, listed, terms.settled)?;
                waiting.put(&line, &items);
            }
        }
        let mut recognised = 0;
        for ((agent, hour), mut arrived) in hours {
            self.write_hour(agent, hour)?;
            if terms.repeats == Repeats::AreCopies {
                self.drop_copies(agent, &mut arrived)?;
            }
            recognised += if known {
                self.recognise(agent, hour, arrived, terms.settled)?
            } else {
                self.keep(agent, arrived, terms.settled)?
            };
        }
        Ok(recognised)
    }

    /// Lets go what says the same as an earlier record of the same file: same task, start, moment and text.
    fn drop_copies(&self, agent: i64, arrived: &mut Vec<Incoming>) -> Result<(), StoreError> {
        let times = || arrived.iter().map(|(packed, _)| packed.beat.at);
        let (Some(from), Some(to)) = (times().min(), times().max()) else {
            return Ok(());
        };
        let mut told = HashSet::new();
        beats::forward(&self.connection, agent, from, to, |packed| {
            told.insert(Told::by(&packed));
            ControlFlow::Continue(())
        })?;
        arrived.retain(|(packed, _)| told.insert(Told::by(packed)));
        Ok(())
    }

    fn keep(
        &mut self,
        agent: i64,
        arrived: Vec<Incoming>,
        settled: u64,
    ) -> Result<usize, StoreError> {
        for (packed, listed) in arrived {
            let extra = packed.beat.extra.as_ref().and_then(|e| bare_extra(e));
            let line = Line::of(&packed, extra.as_deref());
            let items = &packed.beat.items;
            self.count(agent, &line, items, listed, settled)?
                .put(&line, items);
        }
        Ok(0)
    }

    /// Finds the mirror's numbers of the items and names that a batch brings, giving numbers to what is new.
    fn number(&mut self, batch: &Batch, numbers: &mut Numbers) -> Result<(), StoreError> {
        numbers.begin(batch);
        for (hash, item) in &batch.items {
            // A reader that knows every item there is knows one that it never met to be new.
            let all_known = numbers.items.len() == self.interner.count();
            let id = if all_known {
                self.interner.add(&self.connection, item, *hash)?
            } else {
                self.interner.intern(&self.connection, item, *hash)?
            };
            numbers.items.push(id);
            if self.listing {
                self.changes.items.insert(id, item.clone());
            }
        }
        for name in &batch.names {
            let id = self.task(name)?;
            numbers.tasks.push(id);
        }
        Ok(())
    }

    /// One seek per agent tells whether any of its beats lies in the time of these.
    fn may_know(&mut self, batch: &Batch) -> Result<bool, StoreError> {
        for group in batch.groups() {
            let Some(id) = self.agents.get(&group.agent) else {
                continue;
            };
            let hours = (*id, group.from.hour_index())..=(*id, group.to.hour_index());
            if self.pending.range(hours).next().is_some()
                || beats::any(&self.connection, *id, group.from, group.to)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a beat means beside its row. The hour it belongs to comes back.
    fn count(
        &mut self,
        agent: i64,
        line: &Line<'_>,
        items: &Items,
        listed: Option<Beat>,
        settled: u64,
    ) -> Result<&mut Waiting, StoreError> {
        if line.locus.offset >= settled {
            let mut mark = self.connection.prepare_cached(
                "INSERT OR IGNORE INTO provisional(file, agent, at, offset) VALUES(?1, ?2, ?3, ?4)",
            )?;
            mark.execute(params![
                line.locus.file.0,
                agent,
                line.at.0,
                line.locus.offset as i64
            ])?;
        }
        self.changes.agents.insert(agent);
        if let Some(listed) = listed {
            self.changes.added.push((agent, listed));
        }
        let hour = (agent, line.at.hour_index());
        let waiting = self.pending.entry(hour).or_default();
        waiting
            .gained
            .add(line.at, line.status, line.counts, line.task, items);
        waiting.gained.spend(line.spent.and_then(|spent| spent.usd));
        Ok(waiting)
    }

    /// Adds beats of an hour of which some may be known from another file. What stands in a file that lives on is left
    /// there; what stood in one that is gone gets its new place: not new activity, and its text can be opened again.
    fn recognise(
        &mut self,
        agent: i64,
        hour: i64,
        arrived: Vec<Incoming>,
        settled: u64,
    ) -> Result<usize, StoreError> {
        let Some(file) = arrived.first().map(|(first, _)| first.beat.locus.file) else {
            return Ok(0);
        };
        // By moment: a file of many lines in one second is not compared with itself line by line.
        let mut elsewhere: HashMap<Ts, Vec<Packed>> = HashMap::new();
        let mut stored = Vec::new();
        for known in beats::hour(&self.connection, agent, hour)? {
            if known.beat.locus.file == file {
                stored.push(known);
            } else {
                elsewhere.entry(known.beat.at).or_default().push(known);
            }
        }
        let mut recognised = 0;
        for (mut packed, mut listed) in arrived {
            let others = elsewhere.entry(packed.beat.at).or_default();
            let same = others
                .iter()
                .position(|known| beats::same_content(known, &packed));
            if let Some(at) = same {
                recognised += 1;
                if self.is_live(others[at].beat.locus.file)? {
                    continue;
                }
                let known = others.swap_remove(at);
                packed.beat.seen = known.beat.seen;
                if let Some(listed) = &mut listed {
                    listed.seen = known.beat.seen;
                }
                self.removed(agent, known.beat);
            }
            let line = Line::of(&packed, None);
            self.count(agent, &line, &packed.beat.items, listed, settled)?;
            stored.push(packed);
        }
        stored.extend(elsewhere.into_values().flatten());
        stored.sort_by_key(|p| (p.beat.at, p.beat.locus));
        beats::replace_hour(&self.connection, agent, hour, &stored)?;
        Ok(recognised)
    }

    /// Writes what waits of one hour, so that its rows can be read.
    fn write_hour(&mut self, agent: i64, hour: i64) -> Result<(), StoreError> {
        let waiting = self.pending.get_mut(&(agent, hour));
        match waiting.and_then(|waiting| waiting.parts.take()) {
            Some(parts) => beats::append(&self.connection, agent, hour, &parts),
            None => Ok(()),
        }
    }

    /// Writes what waits, and folds it into the hours that need not be folded anew.
    pub(super) fn write_pending(&mut self) -> Result<(), StoreError> {
        let mut last: Option<(i64, Option<i64>)> = None;
        let mut days = BTreeSet::new();
        for ((agent, hour), waiting) in std::mem::take(&mut self.pending) {
            days.insert((agent, days::day_of(hour)));
            let newest = match last {
                Some((of, newest)) if of == agent => newest,
                Some(_) | None => beats::last_hour(&self.connection, agent)?,
            };
            let stale = self.stale.contains(&(agent, hour));
            // Behind everything that is there nothing needs to be looked for.
            if beats::is_behind(hour, newest) {
                if let Some(parts) = waiting.parts {
                    beats::begin(&self.connection, agent, hour, &parts)?;
                    last = Some((agent, beats::last_hour_of(hour)));
                }
                if !stale {
                    rollup::replace(&self.connection, agent, hour, waiting.gained)?;
                }
                continue;
            }
            last = Some((agent, newest));
            if let Some(parts) = waiting.parts {
                beats::append(&self.connection, agent, hour, &parts)?;
            }
            if !stale {
                rollup::merge(&self.connection, agent, hour, waiting.gained)?;
            }
        }
        // What is folded anew after this folds its day anew, too.
        for (agent, day) in days {
            days::refold(&self.connection, agent, day)?;
        }
        Ok(())
    }

    fn is_live(&self, file: FileId) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT live FROM file WHERE id = ?1")?;
        Ok(query
            .query_row([file.0], |row| row.get(0))
            .optional()?
            .unwrap_or(false))
    }

    pub(super) fn removed(&mut self, agent: i64, beat: Beat) {
        self.stale.insert((agent, beat.at.hour_index()));
        self.changes.agents.insert(agent);
        self.changes.removed.push((agent, beat));
    }

    /// Takes a file's provisional rows away, before they are read again.
    pub fn drop_provisional(&mut self, file: FileId) -> Result<(), StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT agent, at, offset FROM provisional WHERE file = ?1")?;
        let rows = query.query_map([file.0], |row| {
            Ok((row.get(0)?, Ts(row.get(1)?), row.get::<_, i64>(2)? as u64))
        })?;
        let marked: Vec<(i64, Ts, u64)> = rows.collect::<Result<_, _>>()?;
        drop(query);
        if marked.is_empty() {
            return Ok(());
        }
        for (agent, at, offset) in marked {
            let mut beat = Beat {
                at,
                ..Beat::default()
            };
            beat.locus.file = file;
            beat.locus.offset = offset;
            self.write_hour(agent, at.hour_index())?;
            beats::remove(&self.connection, agent, at, file, offset)?;
            self.removed(agent, beat);
        }
        self.connection
            .prepare_cached("DELETE FROM provisional WHERE file = ?1")?
            .execute([file.0])?;
        Ok(())
    }
}
