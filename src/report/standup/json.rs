//! `rounds.standup/1`.

use std::borrow::Cow;

use serde::Serialize;

use super::{Totals, is_complete, of_class};
use crate::domain::fleet::{AgentView, Counts, Fleet, RunTally, TaskTally};
use crate::domain::heartbeat::ItemClass;
use crate::domain::page::{FoldedItem, Items};
use crate::domain::text::clean;
use crate::report::Board;
use crate::report::wire::{self, WireFinding};

/// One JSON document and a line end.
pub fn json(board: &Board<'_>) -> String {
    let mut out = wire::line(&Standup::of(board));
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Standup<'a> {
    schema: &'static str,
    at: String,
    since: String,
    complete: bool,
    blind: Vec<Cow<'a, str>>,
    totals: Totals,
    agents: Vec<Agent<'a>>,
    findings: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct Agent<'a> {
    #[serde(rename = "agent")]
    name: String,
    state: &'static str,
    row: &'static str,
    since: Option<String>,
    last_beat: Option<String>,
    next_due: Option<String>,
    cadence_s: Option<i64>,
    cadence_source: Option<&'static str>,
    headline: Cow<'a, str>,
    runs: Runs,
    counts: ItemCounts,
    did: Vec<Item<'a>>,
    skipped: Vec<ItemWithReason<'a>>,
    failed: Vec<ItemWithReason<'a>>,
    tasks: Tasks,
}

#[derive(Serialize)]
struct Item<'a> {
    what: Cow<'a, str>,
    at: String,
    task: Option<String>,
    count: u32,
}

#[derive(Serialize)]
struct ItemWithReason<'a> {
    what: Cow<'a, str>,
    why: Option<Cow<'a, str>>,
    at: String,
    task: Option<String>,
    count: u32,
}

#[derive(Serialize)]
struct ItemCounts {
    did: u32,
    skipped: u32,
    failed: u32,
}

#[derive(Serialize)]
struct Runs {
    ok: u32,
    partial: u32,
    failed: u32,
    skipped: u32,
    running: u32,
    unfinished: u32,
    unknown: u32,
}

#[derive(Serialize)]
struct Tasks {
    planned: u32,
    upcoming: u32,
    due: u32,
    running: u32,
    review: u32,
    held: u32,
    done: u32,
    skipped: u32,
    failed: u32,
    unaccounted: u32,
    late: u32,
    missed: u32,
    skipped_silently: u32,
    unjudged: u32,
}

impl<'a> Standup<'a> {
    fn of(board: &Board<'a>) -> Self {
        let fleet: &'a Fleet = board.fleet;
        let agents = fleet.agents.iter().enumerate();
        Self {
            schema: "rounds.standup/1",
            at: fleet.at.rfc3339(),
            since: fleet.since.rfc3339(),
            complete: is_complete(fleet),
            blind: fleet.health.blind.iter().map(|name| clean(name)).collect(),
            totals: Totals::of(fleet),
            agents: agents
                .map(|(n, agent)| Agent::of(agent, board.items_of(n)))
                .collect(),
            findings: wire::findings(fleet, |_| true),
        }
    }
}

impl<'a> Agent<'a> {
    fn of(agent: &'a AgentView, items: &'a Items) -> Self {
        Self {
            name: agent.id.to_string(),
            state: agent.state.word(),
            row: agent.row.word(),
            since: wire::moment(agent.since),
            last_beat: wire::moment(agent.last_beat),
            next_due: wire::moment(agent.next_due),
            cadence_s: agent.cadence.map(|cadence| cadence.every.0 / 1_000),
            cadence_source: agent.cadence.map(|cadence| cadence.source.word()),
            headline: clean(&agent.headline),
            runs: agent.runs.into(),
            counts: agent.counts.into(),
            did: of_class(items, ItemClass::Did).map(Into::into).collect(),
            skipped: of_class(items, ItemClass::Skipped)
                .map(Into::into)
                .collect(),
            failed: of_class(items, ItemClass::Failed).map(Into::into).collect(),
            tasks: agent.tally.into(),
        }
    }
}

impl<'a> From<&'a FoldedItem> for Item<'a> {
    fn from(item: &'a FoldedItem) -> Self {
        Self {
            what: item.what.shown(),
            at: item.at.rfc3339(),
            task: item.task.as_ref().map(ToString::to_string),
            count: item.count,
        }
    }
}

impl<'a> From<&'a FoldedItem> for ItemWithReason<'a> {
    fn from(item: &'a FoldedItem) -> Self {
        Self {
            what: item.what.shown(),
            why: item.why.as_ref().map(|why| why.shown()),
            at: item.at.rfc3339(),
            task: item.task.as_ref().map(ToString::to_string),
            count: item.count,
        }
    }
}

impl From<Counts> for ItemCounts {
    fn from(counts: Counts) -> Self {
        let Counts {
            did,
            skipped,
            failed,
        } = counts;
        Self {
            did,
            skipped,
            failed,
        }
    }
}

impl From<RunTally> for Runs {
    fn from(runs: RunTally) -> Self {
        Self {
            ok: runs.ok,
            partial: runs.partial,
            failed: runs.failed,
            skipped: runs.skipped,
            running: runs.running,
            unfinished: runs.unfinished,
            unknown: runs.unknown,
        }
    }
}

impl From<TaskTally> for Tasks {
    fn from(tally: TaskTally) -> Self {
        Self {
            planned: tally.planned,
            upcoming: tally.upcoming,
            due: tally.due,
            running: tally.running,
            review: tally.review,
            held: tally.held,
            done: tally.done,
            skipped: tally.skipped,
            failed: tally.failed,
            unaccounted: tally.unaccounted,
            late: tally.late,
            missed: tally.missed,
            skipped_silently: tally.skipped_silently,
            unjudged: tally.unjudged,
        }
    }
}
