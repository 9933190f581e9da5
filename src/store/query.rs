//! Reading the mirror: an agent's facts at a moment, counts since a mark, folded items.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::names::task_name;
use super::numbered::Numbered;
use super::rollup::{self, Folded, Hour, OneFolded, Sum};
use super::segment::{Packed, set_model};
use super::window::{self, PER_TASK, PLAN_DAYS, WINDOW, prune_plans, quoted};
use super::{StoreError, beats, evidence, hindsight, item};
use crate::domain::action::Step;
use crate::domain::facts::{AgentFacts, Beat, LockFact, PlanVersion, StepFact};
use crate::domain::fleet::{Counts, RunTally};
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::{AgentId, FileId, ItemId, Locus, TaskId};
use crate::domain::kept::{Question, TrackedChange};
use crate::domain::page::{FoldedItem, Items, Which};
use crate::domain::schedule::Plan;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// Before every record.
pub const DAWN: Ts = Ts(i64::MIN / 4);

/// Rows older than the window that are looked through for the last of each task.
const MOST_OLDER: usize = 2_000;

/// Task names by number, so that a scan asks for each once.
#[derive(Debug, Default)]
pub struct TaskNames(Numbered<i64, Option<TaskId>>);

impl TaskNames {
    pub fn get(
        &mut self,
        connection: &Connection,
        id: Option<i64>,
    ) -> Result<Option<TaskId>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(name) = self.0.get(&id) {
            return Ok(name.clone());
        }
        let name = task_name(connection, id)?;
        self.0.insert(id, name.clone());
        Ok(name)
    }
}

/// Everything known about an agent up to `until`, in the window of `now`. For a past moment both are that moment; live,
/// `until` is past every record.
pub fn facts(
    connection: &Connection,
    agent: i64,
    name: &AgentId,
    folder: &str,
    now: Ts,
    until: Ts,
) -> Result<AgentFacts, StoreError> {
    let mut facts = AgentFacts::new(name.clone(), Untrusted::from(folder));
    facts.plans = plans(connection, agent, now, until)?;
    facts.beats = beats_until(connection, agent, now, until)?;
    if until <= now {
        let older =
            hindsight::shown_by_the_log(connection, agent, &facts.plans, &facts.beats, until)?;
        facts.plans.extend(older);
        facts
            .plans
            .sort_by(|a, b| (a.known, &a.hash).cmp(&(b.known, &b.hash)));
        hindsight::as_then(connection, agent, &mut facts.plans, until)?;
    }
    window::prune_beats(&mut facts.beats, &window::planned(&facts.plans), now);
    facts.first_beat = beats::first(connection, agent)?;
    facts.steps = steps(connection, agent, now - Span::hours(48), until)?;
    facts.locks = locks(connection, agent)?;
    facts.questions = questions(connection, agent)?;
    facts.tracked = tracked(connection, agent, now - Span::days(2), until)?;
    facts.last_change = facts.beats.last().map(|beat| beat.at);
    let wanted: Vec<ItemId> = quoted(&facts.beats).collect();
    for id in wanted {
        if !facts.items.contains_key(&id)
            && let Some(item) = item::get(connection, id)?
        {
            facts.items.insert(id, item);
        }
    }
    evidence::gather(connection, agent, &mut facts, now, until)?;
    Ok(facts)
}

/// A beat with the names of its task and model.
pub fn with_names(
    connection: &Connection,
    names: &mut TaskNames,
    mut packed: Packed,
) -> Result<Beat, StoreError> {
    let task = names.get(connection, (packed.task != 0).then_some(packed.task))?;
    if packed.model != 0 {
        let model = names.get(connection, Some(packed.model))?;
        set_model(&mut packed.beat, model.as_ref().map(TaskId::as_str));
    }
    Ok(Beat {
        task,
        ..packed.beat
    })
}

fn beats_until(
    connection: &Connection,
    agent: i64,
    now: Ts,
    until: Ts,
) -> Result<Vec<Beat>, StoreError> {
    let (mut kept, mut of_task, mut older) = (Vec::new(), HashMap::new(), 0);
    beats::backward(connection, agent, DAWN, until, |packed| {
        let count: &mut usize = of_task.entry(packed.task).or_default();
        *count += 1;
        if packed.beat.at <= now - WINDOW {
            older += 1;
            if *count > PER_TASK {
                let enough = older > MOST_OLDER || of_task.values().all(|n| *n > PER_TASK);
                return if enough {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                };
            }
        }
        kept.push(packed);
        ControlFlow::Continue(())
    })?;
    kept.reverse();
    let mut names = TaskNames::default();
    kept.into_iter()
        .map(|packed| {
            let mut beat = with_names(connection, &mut names, packed)?;
            window::lean(&mut beat);
            Ok(beat)
        })
        .collect()
}

fn steps(
    connection: &Connection,
    agent: i64,
    from: Ts,
    until: Ts,
) -> Result<Vec<StepFact>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT file, offset, len, line, body FROM step WHERE agent = ?1 AND at > ?2 AND at <= ?3 ORDER BY at, file, offset")?;
    let rows = query.query_map(params![agent, from.0, until.0], |row| {
        let locus = Locus {
            file: FileId(row.get(0)?),
            offset: row.get::<_, i64>(1)? as u64,
            len: row.get(2)?,
            line: row.get(3)?,
        };
        Ok((locus, row.get::<_, Vec<u8>>(4)?))
    })?;
    let mut steps = Vec::new();
    for row in rows {
        let (locus, body) = row?;
        if let Ok(step) = postcard::from_bytes::<Step>(&body) {
            steps.push(StepFact { step, locus });
        }
    }
    Ok(steps)
}

/// The newest version of each generation of a plan, and the newest few of all.
const PLANS: &str = "
SELECT max(known), hash, file, body FROM plan WHERE agent = ?1 AND known <= ?2 AND (known > ?3 OR day IS NULL) GROUP BY file, day, generated
UNION
SELECT * FROM (SELECT known, hash, file, body FROM plan WHERE agent = ?1 AND known <= ?2 ORDER BY known DESC LIMIT 8)";

fn plans(
    connection: &Connection,
    agent: i64,
    now: Ts,
    until: Ts,
) -> Result<Vec<PlanVersion>, StoreError> {
    let mut query = connection.prepare_cached(PLANS)?;
    let rows = query.query_map(
        params![agent, until.0, (now - Span::days(PLAN_DAYS)).0],
        |row| {
            Ok((
                Ts(row.get(0)?),
                row.get::<_, String>(1)?,
                FileId(row.get(2)?),
                row.get::<_, Vec<u8>>(3)?,
            ))
        },
    )?;
    let mut versions = Vec::new();
    for row in rows {
        let (known, hash, file, body) = row?;
        if let Ok(plan) = postcard::from_bytes::<Plan>(&body) {
            versions.push(PlanVersion {
                plan: Arc::new(plan),
                file,
                known,
                hash,
            });
        }
    }
    prune_plans(&mut versions, now);
    Ok(versions)
}

fn questions(connection: &Connection, agent: i64) -> Result<Vec<Question>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT body FROM asked WHERE agent = ?1 ORDER BY file")?;
    let rows = query.query_map([agent], |row| row.get::<_, Vec<u8>>(0))?;
    let mut questions = Vec::new();
    for body in rows {
        let asked: Option<Vec<Question>> = postcard::from_bytes(&body?).ok();
        questions.extend(asked.into_iter().flatten());
    }
    Ok(questions)
}

fn tracked(
    connection: &Connection,
    agent: i64,
    from: Ts,
    until: Ts,
) -> Result<Vec<TrackedChange>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT body FROM tracked WHERE agent = ?1 AND at > ?2 AND at <= ?3 ORDER BY at",
    )?;
    let rows = query.query_map(params![agent, from.0, until.0], |row| {
        row.get::<_, Vec<u8>>(0)
    })?;
    let mut changes = Vec::new();
    for body in rows {
        changes.extend(postcard::from_bytes::<TrackedChange>(&body?).ok());
    }
    Ok(changes)
}

fn locks(connection: &Connection, agent: i64) -> Result<Vec<LockFact>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT body FROM lock WHERE agent = ?1 ORDER BY file")?;
    let rows = query.query_map([agent], |row| row.get::<_, String>(0))?;
    let mut locks = Vec::new();
    for body in rows {
        locks.extend(serde_json::from_str::<LockFact>(&body?).ok());
    }
    Ok(locks)
}

/// Beats of one agent in [from, to), in order.
pub fn between(
    connection: &Connection,
    agent: i64,
    from: Ts,
    to: Ts,
    mut each: impl FnMut(&Packed),
) -> Result<(), StoreError> {
    if from >= to {
        return Ok(());
    }
    beats::forward(connection, agent, from, to - Span(1), |packed| {
        each(&packed);
        ControlFlow::Continue(())
    })
}

/// One hour folded from its rows.
pub fn fold_hour(connection: &Connection, agent: i64, hour: i64) -> Result<Hour, StoreError> {
    let mut whole = Hour::default();
    for packed in beats::hour(connection, agent, hour)? {
        add(&mut whole, &packed);
    }
    Ok(whole)
}

fn add(hour: &mut Hour, packed: &Packed) {
    let beat = &packed.beat;
    let counts = Counts {
        did: beat.did,
        skipped: beat.skipped,
        failed: beat.failed,
    };
    hour.add(beat.at, beat.status, counts, packed.task, &beat.items);
    let cost = beat.extra.as_ref().and_then(|extra| extra.cost.as_ref());
    hour.spend(cost.and_then(|cost| cost.usd));
}

/// The whole hours between two moments, and the pieces at both ends.
pub struct Pieces {
    pub hours: (i64, i64),
    pub ends: Vec<(Ts, Ts)>,
}

/// Takes a stretch of time apart.
pub fn pieces(from: Ts, until: Ts) -> Pieces {
    let first = (from.0 + Span::HOUR.0 - 1).div_euclid(Span::HOUR.0);
    let last = until.hour_index();
    if first >= last {
        return Pieces {
            hours: (0, 0),
            ends: vec![(from, until)],
        };
    }
    let (start, end) = (Ts(first * Span::HOUR.0), Ts(last * Span::HOUR.0));
    Pieces {
        hours: (first, last),
        ends: vec![(from, start), (end, until)],
    }
}

/// What an agent did in [since, until): from whole hours, and from rows at the ends.
pub fn counts(
    connection: &Connection,
    agent: i64,
    since: Ts,
    until: Ts,
) -> Result<(Counts, RunTally), StoreError> {
    let pieces = pieces(since, until);
    let (mut counts, mut runs) = rollup::tally(connection, agent, pieces.hours.0, pieces.hours.1)?;
    for piece in pieces.ends {
        let part = counts_of_rows(connection, agent, piece)?;
        rollup::add_counts(&mut counts, part.0);
        rollup::add_runs(&mut runs, part.1);
    }
    Ok((counts, runs))
}

/// What an agent did in [from, to), row by row.
pub fn counts_of_rows(
    connection: &Connection,
    agent: i64,
    (from, to): (Ts, Ts),
) -> Result<(Counts, RunTally), StoreError> {
    let mut part = Hour::default();
    between(connection, agent, from, to, |packed| {
        add(&mut part, packed);
    })?;
    Ok((part.counts, part.runs))
}

/// The items of an agent in [since, until), folded, the latest first.
pub fn items(
    connection: &Connection,
    agent: i64,
    since: Ts,
    until: Ts,
    which: Which,
) -> Result<Items, StoreError> {
    let mut folded = folded(connection, agent, (since, until), |_, _| true)?.folded();
    let mut different = Counts::default();
    for ((class, _), _) in &folded {
        match class {
            ItemClass::Did => different.did += 1,
            ItemClass::Skipped => different.skipped += 1,
            ItemClass::Failed => different.failed += 1,
            ItemClass::Message => {}
        }
    }
    if let Which::Latest(most) = which {
        folded = latest(&folded, most);
    }
    let list = named(connection, folded)?.into_iter().map(|(_, item)| item);
    Ok(Items {
        list: list.collect(),
        different,
    })
}

/// The latest so many of each class.
fn latest(folded: &[OneFolded], most: usize) -> Vec<OneFolded> {
    let mut all = Vec::new();
    for class in [ItemClass::Did, ItemClass::Skipped, ItemClass::Failed] {
        let of_class = folded.iter().filter(|((its, _), _)| *its == class);
        let mut of_class: Vec<OneFolded> = of_class.copied().collect();
        if of_class.len() > most {
            of_class.select_nth_unstable_by_key(most, latest_first);
            of_class.truncate(most);
        }
        all.extend(of_class);
    }
    all
}

fn latest_first(((class, id), fold): &OneFolded) -> (std::cmp::Reverse<Ts>, ItemClass, ItemId) {
    (std::cmp::Reverse(fold.at), *class, *id)
}

/// Of what an agent did in [since, until) the items that are wanted, with their numbers, folded, the latest first.
pub fn wanted_items(
    connection: &Connection,
    agent: i64,
    (since, until): (Ts, Ts),
    wanted: impl Fn(ItemClass, ItemId) -> bool,
) -> Result<Vec<(ItemId, FoldedItem)>, StoreError> {
    let folded = folded(connection, agent, (since, until), wanted)?;
    named(connection, folded.folded())
}

fn folded(
    connection: &Connection,
    agent: i64,
    (since, until): (Ts, Ts),
    wanted: impl Fn(ItemClass, ItemId) -> bool,
) -> Result<Sum, StoreError> {
    let pieces = pieces(since, until);
    let mut folded = rollup::items(connection, agent, pieces.hours, &wanted)?;
    for (from, to) in pieces.ends {
        between(connection, agent, from, to, |packed| {
            for (class, id) in &packed.beat.items {
                if *class != ItemClass::Message && wanted(*class, *id) {
                    let fold = Folded {
                        at: packed.beat.at,
                        task: packed.task,
                        count: 1,
                    };
                    folded.add((*class, *id), fold);
                }
            }
        })?;
    }
    Ok(folded)
}

/// With the texts of the items, the latest first.
fn named(
    connection: &Connection,
    mut folded: Vec<OneFolded>,
) -> Result<Vec<(ItemId, FoldedItem)>, StoreError> {
    folded.sort_unstable_by_key(latest_first);
    let mut names = TaskNames::default();
    let mut items = Vec::with_capacity(folded.len());
    for ((class, id), fold) in folded {
        let text = item::get(connection, id)?.unwrap_or_default();
        let task = names.get(connection, Some(fold.task).filter(|task| *task != 0))?;
        let item = FoldedItem {
            class,
            what: text.what,
            why: text.why,
            task,
            at: fold.at,
            count: fold.count,
        };
        items.push((id, item));
    }
    Ok(items)
}

/// Revision of every agent, for a follower that looks what changed.
pub fn revisions(connection: &Connection) -> Result<BTreeMap<i64, i64>, StoreError> {
    let mut query = connection.prepare_cached("SELECT id, rev FROM agent")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The owner of the mirror, as the process that last took it wrote itself down.
pub fn owner(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT value FROM meta WHERE key = 'owner'")?;
    Ok(query.query_row([], |row| row.get(0)).optional()?)
}
