//! A week of the fleet: from the folds of days, the boards of midnights, and what the operator said.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rusqlite::Connection;

use super::{Source, learned, past};
use crate::detect::trace::masked;
use crate::domain::finding::Severity;
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::AgentId;
use crate::domain::page::FoldedItem;
use crate::domain::retro::{
    AgentDay, AgentWeek, Cause, Delay, TREND, Tally, Topic, Trouble, Week, WeekFacts,
};
use crate::domain::text::Untrusted;
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::domain::told::Event;
use crate::store::days::{self, HourOf};
use crate::store::names::agent_rows;
use crate::store::numbered::Numbered;
use crate::store::reckoned::{Entry, Grounds, Reckoned};
use crate::store::rollup::{add_counts, add_runs};
use crate::store::told::Place;
use crate::store::{StoreError, item, query};

/// Causes and topics that are kept of one agent.
const MOST: usize = 12;

/// Everything known about a week, as of a moment. The day that runs at that moment is left out where its board is at hand
/// elsewhere.
pub fn facts(
    connection: &Connection,
    source: &Source,
    (week, at): (Week, Ts),
    running: RunningDay,
) -> Result<WeekFacts, StoreError> {
    let zone = source.policy.zone.value;
    let until = week.to.min(at + Span(1));
    let said = source.ledger.retro(Ts(i64::MAX))?;
    let mut learned = learned::learned(connection, source, week)?;
    let mut agents: Vec<AgentWeek> = Vec::new();
    let mut place: Numbered<i64, usize> = Numbered::default();
    for (id, name, _, _) in agent_rows(connection)? {
        let mut one = AgentWeek::new(name);
        if let Some(learned) = learned.remove(&id) {
            one.learned = learned;
            one.learned.read = said.read.contains(&one.learned.version);
        }
        place.insert(id, agents.len());
        agents.push(one);
    }
    counted(connection, (week, until, zone), &place, &mut agents)?;
    worked(connection, (week.from, until), &place, &mut agents)?;
    reckoned(connection, source, (week, at), running, &mut agents)?;
    told(source, (week.from, until), &mut agents)?;
    if running == RunningDay::Judged {
        agents.retain(|one| !one.is_empty());
    }
    agents.sort_by(|a, b| a.agent.cmp(&b.agent));
    Ok(WeekFacts {
        week,
        zone,
        at,
        agents,
        said,
    })
}

pub use crate::domain::page::RunningDay;

/// Counts of the week and of those before it, hour by hour.
fn counted(
    connection: &Connection,
    (week, until, zone): (Week, Ts, Zone),
    place: &Numbered<i64, usize>,
    agents: &mut [AgentWeek],
) -> Result<(), StoreError> {
    let first = week.plus(1 - TREND as i64, zone).from;
    let before = week.plus(-1, zone);
    let hours = (first.hour_index(), until.hour_index() + 1);
    days::hours(connection, hours, |one| {
        if let Some(agent) = place.get(&one.agent).and_then(|at| agents.get_mut(*at)) {
            add_hour(agent, &one, (week, before, zone));
        }
    })?;
    // To the millisecond, where a week does not begin on an hour of UTC or has not ended.
    for (of, (from, to)) in [
        (TREND - 1, (week.from, until)),
        (TREND - 2, (before.from, before.to)),
    ] {
        let exact = days::tallies(connection, (from, to))?;
        for (id, at) in place {
            agents[*at].trend[of] = exact.get(id).copied().unwrap_or_default();
        }
    }
    for agent in agents {
        (agent.before, agent.week) = (agent.trend[TREND - 2], agent.trend[TREND - 1]);
    }
    Ok(())
}

fn add_hour(agent: &mut AgentWeek, one: &HourOf, (week, before, zone): (Week, Week, Zone)) {
    let at = days::start_of(one.hour);
    let back = ((week.to - at).0.max(1) - 1) / (7 * Span::DAY.0);
    if let Some(trend) = TREND.checked_sub(back as usize + 1) {
        add(&mut agent.trend[trend], &one.tally);
    }
    let runs = &one.tally.runs;
    if runs.failed + runs.partial > 0 {
        (agent.trust.well, agent.trust.failed) = (0, Some(at));
    } else {
        agent.trust.well += runs.ok;
    }
    if at >= week.from {
        let (weekday, clock) = (zone.day_of(at).weekday(), zone.clock_of(at).0 / 3_600);
        let cell = &mut agent.heat[weekday as usize % 7][clock as usize % 24];
        add(cell, &one.tally);
        agent.cost.week += one.cost;
    } else if at >= before.from {
        agent.cost.before += one.cost;
    }
}

fn add(tally: &mut Tally, more: &Tally) {
    add_counts(&mut tally.counts, more.counts);
    add_runs(&mut tally.runs, more.runs);
}

/// Why it failed, and what it worked on. Of all that was done only what has a topic is looked at.
fn worked(
    connection: &Connection,
    within: (Ts, Ts),
    place: &Numbered<i64, usize>,
    agents: &mut [AgentWeek],
) -> Result<(), StoreError> {
    let topics = item::topics(connection)?;
    for (id, at) in place {
        let agent = &mut agents[*at];
        if agent.week == Tally::default() {
            continue;
        }
        let wanted = |class: ItemClass, id| {
            class == ItemClass::Failed || class == ItemClass::Did && topics.contains_key(&id)
        };
        let items = query::wanted_items(connection, *id, within, |class, id| wanted(class, id.0))?;
        let known: Vec<(&FoldedItem, &[Untrusted])> = items
            .iter()
            .map(|(id, item)| (item, topics.get(&id.0).map_or(&[][..], Vec::as_slice)))
            .collect();
        agent.causes = causes(known.iter().map(|(item, _)| *item));
        agent.topics = by_topic(&known);
    }
    Ok(())
}

/// Failures by what is left of their reason when numbers are masked; shown in the words of the latest.
fn causes<'a>(items: impl Iterator<Item = &'a FoldedItem>) -> Vec<Cause> {
    let mut found: BTreeMap<String, Cause> = BTreeMap::new();
    for item in items.filter(|item| item.class == ItemClass::Failed) {
        let what = item.why.as_ref().unwrap_or(&item.what);
        let cause = found.entry(masked(what.exact())).or_insert_with(|| Cause {
            what: what.clone(),
            count: 0,
        });
        cause.count += item.count;
    }
    let mut all: Vec<Cause> = found.into_values().collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.cmp(&b.what)));
    all.truncate(MOST);
    all
}

fn by_topic(items: &[(&FoldedItem, &[Untrusted])]) -> Vec<Topic> {
    let mut found: BTreeMap<&Untrusted, Topic> = BTreeMap::new();
    for (item, topics) in items {
        for what in *topics {
            let topic = found.entry(what).or_insert_with(|| Topic {
                what: what.clone(),
                did: 0,
                failed: 0,
            });
            match item.class {
                ItemClass::Did => topic.did += item.count,
                ItemClass::Failed => topic.failed += item.count,
                ItemClass::Skipped | ItemClass::Message => {}
            }
        }
    }
    let mut all: Vec<Topic> = found.into_values().collect();
    let key = |topic: &Topic| std::cmp::Reverse(topic.did + topic.failed);
    all.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.what.cmp(&b.what)));
    all.truncate(MOST);
    all
}

/// What became of the slots, and what was wrong, day by day: of days that are over as it was kept, where it still holds.
fn reckoned(
    connection: &Connection,
    source: &Source,
    (week, at): (Week, Ts),
    running: RunningDay,
    agents: &mut [AgentWeek],
) -> Result<(), StoreError> {
    let zone = source.policy.zone.value;
    let grounds = Grounds::read(connection, (week.from, week.to))?;
    let names = agent_rows(connection)?;
    for day in (0..7).map(|n| week.monday.plus(n)) {
        let (from, to) = (zone.start_of(day), zone.end_of(day));
        if from > at {
            break;
        }
        if to > at {
            if running == RunningDay::Judged {
                let board = past::board(connection, source, at, Some(from))?;
                for one in agents.iter_mut() {
                    one.add_day(&AgentDay::of(&board, &one.agent));
                }
            }
            break;
        }
        let known = (&grounds, names.as_slice());
        let entries = day_over(connection, source, known, (day, from, to))?;
        for one in agents.iter_mut() {
            if let Some(entry) = entries.get(&one.agent) {
                one.add_day(&entry.day);
            }
        }
    }
    Ok(())
}

/// Number, name, folder and revision of an agent.
type Name = (i64, AgentId, String, i64);

fn day_over(
    connection: &Connection,
    source: &Source,
    (grounds, names): (&Grounds, &[Name]),
    (day, from, to): (Day, Ts, Ts),
) -> Result<HashMap<AgentId, Entry>, StoreError> {
    let state = source.mirror.parent().unwrap_or_else(|| Path::new("."));
    let reckoned = Reckoned::in_state(state);
    let seen = source.seen.gaps(from - Span::days(40))?;
    let gaps = |all: &[(Ts, Ts)]| -> Vec<(Ts, Ts)> {
        let began = all.iter().filter(|(from, _)| *from < to);
        began
            .map(|(from, until)| (*from, (*until).min(to)))
            .collect()
    };
    let known = format!(
        "{:?}{:?}{:?}{:?}",
        source.policy.zone,
        (&source.policy.fleet, &source.policy.agents),
        gaps(&seen.gaps),
        gaps(&seen.sleeps)
    );
    let marks = grounds.marks(connection, (from, to), &known)?;
    let kept = reckoned.read(day);
    let mark = |id: &i64| marks.get(id).copied().unwrap_or_default();
    let holds = names
        .iter()
        .all(|(id, name, ..)| kept.get(name).is_some_and(|entry| entry.mark == mark(id)));
    if holds {
        return Ok(kept);
    }
    let board = past::board(connection, source, to - Span(1), Some(from))?;
    let entries: Vec<Entry> = names
        .iter()
        .map(|(id, name, ..)| Entry {
            agent: name.clone(),
            mark: mark(id),
            day: AgentDay::of(&board, name),
        })
        .collect();
    if let Err(error) = reckoned.keep(day, &entries) {
        tracing::warn!(%error, "a day of the retro was not kept");
    }
    Ok(entries
        .into_iter()
        .map(|entry| (entry.agent.clone(), entry))
        .collect())
}

/// What was told within the week, and how long after it began.
fn told(source: &Source, (from, to): (Ts, Ts), agents: &mut [AgentWeek]) -> Result<(), StoreError> {
    let mut seen = std::collections::HashSet::new();
    for event in source.told.since(Place::default())?.events {
        let Event::Raised { at, finding } = event else {
            continue;
        };
        // A case that became worse is told again; the first time counts.
        if !seen.insert(finding.id()) || at < from || at >= to {
            continue;
        }
        let agent = agents.iter_mut().find(|one| one.agent == finding.agent);
        let Some(agent) = agent.filter(|_| finding.severity > Severity::Info) else {
            continue;
        };
        agent.delays.push(Delay {
            kind: finding.kind,
            task: finding.task.clone(),
            since: finding.since,
            told: at,
        });
        agent.add_day(&AgentDay {
            slots: Vec::new(),
            troubles: vec![Trouble::of(&finding)],
        });
    }
    Ok(())
}
