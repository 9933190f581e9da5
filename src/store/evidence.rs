//! What verdicts ask of the whole history: where a deed stands that a skip calls done, the last success of a task that only
//! skips, what was worked on by day, when something was learned.
//!
//! Asked when an agent's facts are read, and only for agents about which it matters: most cost one look at what is at
//! hand anyhow.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};
use xxhash_rust::xxh3::xxh3_64;

use super::past::back;
use super::{StoreError, beats, idle, item, rollup};
use crate::domain::action::{Step, StepStatus};
use crate::domain::facts::{AgentFacts, Beat, Success, TargetDay};
use crate::domain::heartbeat::{Item, ItemClass, RunStatus};
use crate::domain::id::{FileId, ItemId, Locus, TaskId};
use crate::domain::proof::{self, Asked, Deed, Done, EverRan, History, Proof, ProvenBy};
use crate::domain::time::{Day, Span, Ts, Zone};

/// Different deeds looked through for a proof.
const MOST_DEEDS: usize = 20_000;
/// An agent whose newest deeds, this many different ones, name no target has none.
const NAMELESS: usize = 48;
/// Days compared with as many before.
const DAYS: i64 = 14;
/// So few targets are too few, where there were so many before.
const FEW: usize = 3;
const MANY: usize = 6;

/// Fills in what the window of beats cannot tell.
pub fn gather(
    connection: &Connection,
    agent: i64,
    facts: &mut AgentFacts,
    now: Ts,
    until: Ts,
) -> Result<(), StoreError> {
    facts.insights_changed = learned(connection, agent, until)?;
    facts.successes = successes(connection, agent, facts, until)?;
    facts.idled = idle::idled(connection, agent, facts)?;
    facts.targets = targets(connection, agent, zone_of(facts), now, until)?;
    facts.proofs = proofs(connection, agent, facts, now, until)?;
    Ok(())
}

/// What one new beat adds.
pub fn observe(facts: &mut AgentFacts, beat: &Beat) {
    if beat.did == 0 {
        return;
    }
    let mut successes = facts.successes.iter_mut();
    if let Some(known) = successes.find(|success| success.task == beat.task && success.at < beat.at)
    {
        (known.at, known.locus) = (beat.at, beat.locus);
    }
    if facts.targets.is_empty() {
        return;
    }
    let new: BTreeSet<u64> = deeds(beat)
        .filter_map(|id| target(facts.items.get(&id)?))
        .collect();
    let day = zone_of(facts).day_of(beat.at);
    match facts.targets.iter_mut().find(|known| known.day == day) {
        Some(known) => known.targets.extend(new),
        None if !new.is_empty() => facts.targets.push(TargetDay { day, targets: new }),
        None => {}
    }
}

/// Whether a new beat asks for a proof that only the whole history can give.
#[expect(
    clippy::implicit_hasher,
    reason = "there is one hasher in this program"
)]
pub fn asks(beat: &Beat, items: &HashMap<ItemId, Item>) -> bool {
    beat.items.iter().any(|(class, id)| {
        *class == ItemClass::Skipped && items.get(id).is_some_and(proof::says_done)
    })
}

fn zone_of(facts: &AgentFacts) -> Zone {
    let declared = facts
        .plans
        .iter()
        .rev()
        .find_map(|version| version.plan.zone);
    declared.unwrap_or(Zone::UTC)
}

fn deeds(beat: &Beat) -> impl Iterator<Item = ItemId> + '_ {
    let did = beat
        .items
        .iter()
        .filter(|(class, _)| *class == ItemClass::Did);
    did.map(|(_, id)| *id)
}

fn target(item: &Item) -> Option<u64> {
    Some(xxh3_64(item.target.as_ref()?.exact().as_bytes()))
}

fn learned(connection: &Connection, agent: i64, until: Ts) -> Result<Option<Ts>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT max(at) FROM learned WHERE agent = ?1 AND at <= ?2")?;
    let at: Option<i64> = query
        .query_row(params![agent, until.0], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(at.map(Ts))
}

/// The last success of each task that now only skips, where what is at hand holds none.
fn successes(
    connection: &Connection,
    agent: i64,
    facts: &AgentFacts,
    until: Ts,
) -> Result<Vec<Success>, StoreError> {
    let mut newest: BTreeMap<&TaskId, RunStatus> = BTreeMap::new();
    let mut done: BTreeSet<&TaskId> = BTreeSet::new();
    for beat in facts.beats.iter().rev() {
        let Some(task) = &beat.task else { continue };
        if beat.status != RunStatus::Running {
            newest.entry(task).or_insert(beat.status);
        }
        if beat.did > 0 {
            done.insert(task);
        }
    }
    newest.retain(|task, status| *status == RunStatus::Skipped && !done.contains(task));
    let mut wanted: BTreeSet<TaskId> = newest.into_keys().cloned().collect();
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let did = |beat: &Beat| beat.did > 0;
    back(connection, agent, until, did, |task, beat| {
        if task.as_ref().is_some_and(|task| wanted.remove(task)) {
            found.push(Success {
                task,
                at: beat.at,
                locus: beat.locus,
            });
        }
        !wanted.is_empty()
    })?;
    Ok(found)
}

/// Targets by day, as far as they can tell of too few: nothing where the last days had many, or none at all.
fn targets(
    connection: &Connection,
    agent: i64,
    zone: Zone,
    now: Ts,
    until: Ts,
) -> Result<Vec<TargetDay>, StoreError> {
    let now = now.min(until);
    let today = zone.day_of(now);
    let (middle, begin) = (today.plus(-DAYS), zone.start_of(today.plus(1 - 2 * DAYS)));
    let mut found = Targets::default();
    let mut last = now.hour_index();
    while last >= begin.hour_index() {
        // A day at a time, newest first.
        let from = (last - 23).max(begin.hour_index());
        for ((class, id), fold) in
            rollup::items(connection, agent, (from, last + 1), |_, _| true)?.folded()
        {
            if class == ItemClass::Did && fold.at <= now && fold.at >= begin {
                found.take(connection, id, zone.day_of(fold.at), middle)?;
            }
        }
        if found.are_many() {
            return Ok(Vec::new());
        }
        let past_middle = zone.day_of(Ts(from * Span::HOUR.0)) <= middle;
        if past_middle && (found.recent.is_empty() || found.before.len() >= MANY) {
            break;
        }
        last = from - 1;
    }
    found.days.sort_by_key(|known| known.day);
    Ok(found.days)
}

/// Targets as they are gathered.
#[derive(Default)]
struct Targets {
    known: HashMap<ItemId, Option<u64>>,
    days: Vec<TargetDay>,
    recent: BTreeSet<u64>,
    before: BTreeSet<u64>,
}

impl Targets {
    fn take(
        &mut self,
        connection: &Connection,
        id: ItemId,
        day: Day,
        middle: Day,
    ) -> Result<(), StoreError> {
        if self.are_many() {
            return Ok(());
        }
        let Some(target) = self.target_of(connection, id)? else {
            return Ok(());
        };
        let of = if day > middle {
            &mut self.recent
        } else {
            &mut self.before
        };
        of.insert(target);
        match self.days.iter_mut().find(|known| known.day == day) {
            Some(known) => {
                known.targets.insert(target);
            }
            None => self.days.push(TargetDay {
                day,
                targets: [target].into(),
            }),
        }
        Ok(())
    }

    fn target_of(
        &mut self,
        connection: &Connection,
        id: ItemId,
    ) -> Result<Option<u64>, StoreError> {
        if let Some(target) = self.known.get(&id) {
            return Ok(*target);
        }
        let read = item::get(connection, id)?;
        Ok(*self
            .known
            .entry(id)
            .or_insert(read.as_ref().and_then(target)))
    }

    /// Enough to say that there are not too few, or that none are named.
    fn are_many(&self) -> bool {
        self.recent.len() > FEW || (self.known.len() >= NAMELESS && self.days.is_empty())
    }
}

/// For each item of the last day that calls itself done: whether anything in the whole history shows the doing. Nothing
/// where all of the history is at hand: then the verdict looks itself.
fn proofs(
    connection: &Connection,
    agent: i64,
    facts: &AgentFacts,
    now: Ts,
    until: Ts,
) -> Result<Option<BTreeMap<ItemId, Proof>>, StoreError> {
    let now = now.min(until);
    let asked: Vec<(&Beat, ItemId)> = facts
        .beats
        .iter()
        .filter(|beat| beat.at >= now - Span::hours(48))
        .flat_map(|beat| {
            beat.items
                .iter()
                .map(move |(class, id)| (beat, *class, *id))
        })
        .filter(|(_, class, id)| {
            let item = facts.items.get(id);
            *class == ItemClass::Skipped && item.is_some_and(proof::says_done)
        })
        .map(|(beat, _, id)| (beat, id))
        .collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let past = past(connection, agent, until)?;
    let mut history = past.history();
    // Of the last hours the moments are known exactly.
    for beat in &facts.beats {
        history.deeds.extend(deeds(beat).filter_map(|id| {
            Some(Deed {
                at: beat.at,
                id,
                item: facts.items.get(&id)?,
                place: Some((beat.locus, beat.run.as_ref())),
            })
        }));
    }
    let mut proven = BTreeMap::new();
    for (beat, id) in asked {
        let Some(item) = facts.items.get(&id) else {
            continue;
        };
        let asked = Asked {
            item,
            at: beat.at,
            ever: ever_ran(connection, agent, beat)?,
        };
        let proof = match asked.shown_by(&history) {
            Some(proof) => Some(placed(connection, agent, proof)?),
            None => tracked(connection, agent, &asked)?,
        };
        proven.extend(proof.map(|proof| (id, proof)));
    }
    Ok(Some(proven))
}

/// The line and the run of a report that is only known from the folds of hours.
fn placed(connection: &Connection, agent: i64, mut proof: Proof) -> Result<Proof, StoreError> {
    let (Some(at), Some(item), None) = (proof.at, proof.item, proof.locus) else {
        return Ok(proof);
    };
    beats::backward(connection, agent, at, at, |packed| {
        if !deeds(&packed.beat).any(|done| done == item) {
            return ControlFlow::Continue(());
        }
        proof.locus = Some(packed.beat.locus);
        proof.run = packed.beat.run;
        ControlFlow::Break(())
    })?;
    Ok(proof)
}

/// The entry of a tracking file that was there before.
fn tracked(
    connection: &Connection,
    agent: i64,
    asked: &Asked<'_>,
) -> Result<Option<Proof>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT at FROM entry WHERE agent = ?1 AND name = ?2 AND at < ?3")?;
    for name in asked.names() {
        let at: Option<i64> = query
            .query_row(params![agent, name, asked.at.0], |row| row.get(0))
            .optional()?;
        if let Some(at) = at {
            return Ok(Some(Proof {
                at: Some(Ts(at)).filter(|at| *at > Ts(0)),
                ..Proof::bare(ProvenBy::Entry)
            }));
        }
    }
    Ok(None)
}

/// Everything an agent ever did: each deed once, in the first hour that names it.
#[derive(Default)]
struct Past {
    deeds: Vec<(Ts, ItemId, Item)>,
    steps: Vec<(Locus, Step)>,
}

impl Past {
    fn history(&self) -> History<'_> {
        let deeds = self.deeds.iter().map(|(at, id, item)| Deed {
            at: *at,
            id: *id,
            item,
            place: None,
        });
        let steps = self.steps.iter().map(|(locus, step)| Done {
            step,
            locus: *locus,
        });
        History {
            deeds: deeds.collect(),
            steps: steps.collect(),
        }
    }
}

fn past(connection: &Connection, agent: i64, until: Ts) -> Result<Past, StoreError> {
    let mut past = Past::default();
    for (id, at) in rollup::first_done(connection, agent, until)? {
        if past.deeds.len() >= MOST_DEEDS {
            break;
        }
        if let Some(done) = item::get(connection, id)? {
            past.deeds.push((at, id, done));
        }
    }
    let mut query = connection.prepare_cached(
        "SELECT file, offset, len, line, body FROM step WHERE agent = ?1 AND at <= ?2 ORDER BY at",
    )?;
    let mut rows = query.query(params![agent, until.0])?;
    while let Some(row) = rows.next()? {
        let locus = Locus {
            file: FileId(row.get(0)?),
            offset: row.get::<_, i64>(1)? as u64,
            len: row.get(2)?,
            line: row.get(3)?,
        };
        let body: Vec<u8> = row.get(4)?;
        if let Ok(step) = postcard::from_bytes::<Step>(&body)
            && step.status == StepStatus::Done
        {
            past.steps.push((locus, step));
        }
    }
    Ok(past)
}

/// Whether any run of the task that skipped it ended well before.
fn ever_ran(connection: &Connection, agent: i64, skip: &Beat) -> Result<EverRan, StoreError> {
    let mut found = false;
    let good = |beat: &Beat| matches!(beat.status, RunStatus::Ok | RunStatus::Partial);
    let until = skip.at - Span(1);
    back(connection, agent, until, good, |task, _| {
        found = task == skip.task;
        !found
    })?;
    Ok(if found { EverRan::Yes } else { EverRan::No })
}
