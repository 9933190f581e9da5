//! Taking beats in: numbering what they name, recognising what is known, counting what is new.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension, params};

use super::mirror::Mirror;
use super::segment::Packed;
use super::{StoreError, beats};
use crate::domain::facts::Beat;
use crate::domain::heartbeat::{Item, ItemClass};
use crate::domain::id::{AgentId, FileId};
use crate::domain::time::Ts;

/// A heartbeat on its way into the mirror: its items still carry their texts.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub agent: AgentId,
    /// Without items; they are numbered here.
    pub beat: Beat,
    /// Each with the hash it is found by.
    pub items: Vec<(ItemClass, Item, i64)>,
}

/// A beat as it is kept, and with its task where changes are listed.
type Incoming = (Packed, Option<Beat>);

/// Whether arrivals may be in the mirror already, under another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognise {
    /// The file went on where it was left: everything is new.
    No,
    /// A new file or a new generation of one: what is known keeps its place in time and is not new activity.
    Known,
}

impl Mirror {
    /// Adds what was read of a file. Rows at or behind `settled` are provisional: the next reading gives them again. How many
    /// were recognised comes back.
    pub fn add(
        &mut self,
        arrivals: Vec<Arrival>,
        folder: &str,
        recognise: Recognise,
        settled: u64,
    ) -> Result<usize, StoreError> {
        let known = recognise == Recognise::Known && self.may_know(&arrivals)?;
        let mut hours: BTreeMap<(i64, i64), Vec<Incoming>> = BTreeMap::new();
        for arrival in arrivals {
            let (agent, packed, listed) = self.pack(arrival, folder)?;
            let hour = (agent, packed.beat.at.hour_index());
            if known {
                hours.entry(hour).or_default().push((packed, listed));
            } else {
                self.keep(agent, packed, listed, settled)?;
            }
        }
        let mut recognised = 0;
        for ((agent, hour), arrived) in hours {
            recognised += self.recognise(agent, hour, arrived, settled)?;
        }
        Ok(recognised)
    }

    /// One seek per agent tells whether any of its beats lies in the time of these.
    fn may_know(&mut self, arrivals: &[Arrival]) -> Result<bool, StoreError> {
        let mut spans: HashMap<&AgentId, (Ts, Ts)> = HashMap::new();
        // Records of one agent mostly stand together.
        for group in arrivals.chunk_by(|a, b| a.agent == b.agent) {
            let times = || group.iter().map(|arrival| arrival.beat.at);
            let (Some(from), Some(to)) = (times().min(), times().max()) else {
                continue;
            };
            let span = spans.entry(&group[0].agent).or_insert((from, to));
            *span = (span.0.min(from), span.1.max(to));
        }
        for (agent, (from, to)) in spans {
            let Some(id) = self.agents.get(agent) else {
                continue;
            };
            let waiting = self
                .pending
                .range((*id, from.hour_index())..=(*id, to.hour_index()))
                .next()
                .is_some();
            if waiting || beats::any(&self.connection, *id, from, to)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Numbers what a record names. The beat with its task comes back where changes are listed.
    fn pack(
        &mut self,
        arrival: Arrival,
        folder: &str,
    ) -> Result<(i64, Packed, Option<Beat>), StoreError> {
        let Arrival {
            agent,
            mut beat,
            items,
        } = arrival;
        let agent = self.agent(&agent, folder)?;
        let task = beat.task.clone().map(|task| self.task(&task)).transpose()?;
        let model = self.model(&beat)?;
        beat.items.reserve_exact(items.len());
        for (class, item, hash) in items {
            let id = self.interner.intern(&self.connection, &item, hash)?;
            beat.items.push((class, id));
            if self.listing {
                self.changes.items.insert(id, item);
            }
        }
        let listed = self.listing.then(|| beat.clone());
        beat.task = None;
        Ok((
            agent,
            Packed {
                beat,
                task: task.unwrap_or(0),
                model,
            },
            listed,
        ))
    }

    fn keep(
        &mut self,
        agent: i64,
        packed: Packed,
        listed: Option<Beat>,
        settled: u64,
    ) -> Result<(), StoreError> {
        let hour = (agent, packed.beat.at.hour_index());
        self.count(agent, &packed, listed, settled)?;
        self.pending.entry(hour).or_default().push(packed);
        Ok(())
    }

    /// What a beat means beside its row.
    fn count(
        &mut self,
        agent: i64,
        packed: &Packed,
        listed: Option<Beat>,
        settled: u64,
    ) -> Result<(), StoreError> {
        let beat = &packed.beat;
        if beat.locus.offset >= settled {
            let mut mark = self.connection.prepare_cached(
                "INSERT OR IGNORE INTO provisional(file, agent, at, offset) VALUES(?1, ?2, ?3, ?4)",
            )?;
            mark.execute(params![
                beat.locus.file.0,
                agent,
                beat.at.0,
                beat.locus.offset as i64
            ])?;
        }
        self.gained
            .entry((agent, beat.at.hour_index()))
            .or_default()
            .add(beat, packed.task);
        self.changes.agents.insert(agent);
        if let Some(listed) = listed {
            self.changes.added.push((agent, listed));
        }
        Ok(())
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
        self.write_hour(agent, hour)?;
        let mut stored = beats::hour(&self.connection, agent, hour)?;
        let (mut moved, mut recognised) = (false, 0);
        for (mut packed, mut listed) in arrived {
            let file = packed.beat.locus.file;
            let same = stored.iter().position(|known| {
                known.beat.locus.file != file && beats::same_content(known, &packed)
            });
            if let Some(at) = same {
                recognised += 1;
                if self.is_live(stored[at].beat.locus.file)? {
                    continue;
                }
                let known = stored.swap_remove(at);
                packed.beat.seen = known.beat.seen;
                if let Some(listed) = &mut listed {
                    listed.seen = known.beat.seen;
                }
                self.removed(agent, known.beat);
                moved = true;
            }
            self.count(agent, &packed, listed, settled)?;
            stored.push(packed);
        }
        if moved {
            stored.sort_by_key(|p| (p.beat.at, p.beat.locus));
        }
        beats::replace_hour(&self.connection, agent, hour, &stored)?;
        Ok(recognised)
    }

    fn write_hour(&mut self, agent: i64, hour: i64) -> Result<(), StoreError> {
        match self.pending.remove(&(agent, hour)) {
            Some(more) => beats::append(&self.connection, agent, hour, &more),
            None => Ok(()),
        }
    }

    pub(super) fn write_pending(&mut self) -> Result<(), StoreError> {
        for ((agent, hour), more) in std::mem::take(&mut self.pending) {
            beats::append(&self.connection, agent, hour, &more)?;
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
