//! What needs a person, one line for each cause: by severity, blast radius and age. Behind it what waits on agents, and what
//! the operator has set aside.
//!
//! Findings of one cause share a line: what is wrong with one task, what an agent left open when it fell silent, and the
//! same about a kind of file wherever it lies.

mod detail;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::finding::{Blast, Finding, FindingKind, Severity};
use crate::domain::fleet::{AgentView, Fleet, TaskState, TaskView};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts};
use crate::domain::told::{Said, Told};

use super::{Mark, digest};

pub use detail::{about, about_task, waiting_for};

/// What a line of the queue is about. It stays the same while the case lasts, whatever else is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// What one agent left open when it fell silent.
    Silence(AgentId),
    Task(AgentId, TaskId),
    Agent(AgentId, FindingKind),
    /// The same in many places: files that cannot be read, insights that nobody writes.
    Everywhere(FindingKind),
}

/// The cases of one cause, worst first.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    pub cause: Cause,
    pub cases: Vec<&'a Told>,
}

impl<'a> Group<'a> {
    /// What speaks for it.
    pub fn lead(&self) -> &'a Finding {
        &self.cases[0].finding
    }

    /// The task that a command on this line is about.
    pub fn task(&self) -> Option<&'a TaskId> {
        self.cases
            .iter()
            .find_map(|told| told.finding.task.as_ref())
    }
}

/// A task that an order was given for and that its agent has not begun.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    pub agent: &'a AgentView,
    pub task: &'a TaskView,
}

/// The three sections.
#[derive(Clone, Debug, Default)]
pub struct Queue<'a> {
    pub calls: Vec<Group<'a>>,
    pub waiting: Vec<Waiting<'a>>,
    /// Acknowledged, snoozed or under maintenance: visible, and counted no more.
    pub aside: Vec<Group<'a>>,
}

pub fn queue(fleet: &Fleet, now: Ts) -> Queue<'_> {
    let silent = silent(fleet);
    let urgent = fleet
        .told
        .iter()
        .filter(|told| told.finding.severity > Severity::Info);
    let (calls, aside): (Vec<&Told>, Vec<&Told>) = urgent.partition(|told| told.counts(now));
    let waiting = fleet.agents.iter().flat_map(|agent| {
        let open = agent
            .tasks
            .iter()
            .filter(|task| task.state == TaskState::AwaitingAgent);
        open.map(|task| Waiting { agent, task })
    });
    let mut waiting: Vec<Waiting<'_>> = waiting.collect();
    waiting.sort_by_key(|waiting| waiting.task.since);
    Queue {
        calls: grouped(calls, &silent),
        waiting,
        aside: grouped(aside, &silent),
    }
}

/// How many lines ask for a person: the number of the header.
pub fn count(fleet: &Fleet, now: Ts) -> usize {
    let silent = silent(fleet);
    let counted = fleet.told.iter().filter(|told| told.counts(now));
    let causes: HashSet<Cause> = counted.map(|told| cause(&told.finding, &silent)).collect();
    causes.len()
}

fn silent(fleet: &Fleet) -> HashSet<&AgentId> {
    let told = fleet.told.iter().map(|told| &told.finding);
    let gone =
        told.filter(|found| matches!(found.kind, FindingKind::AgentStale | FindingKind::AgentDown));
    gone.map(|found| &found.agent).collect()
}

fn grouped<'a>(told: Vec<&'a Told>, silent: &HashSet<&AgentId>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: HashMap<Cause, usize> = HashMap::new();
    let mut told = told;
    told.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));
    for one in told {
        let cause = cause(&one.finding, silent);
        let at = *places.entry(cause.clone()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.cases.push(one),
            None => groups.push(Group {
                cause,
                cases: vec![one],
            }),
        }
    }
    groups
}

/// Critical before warning, then what reaches furthest, then what lasts longest.
pub fn order(
    found: &Finding,
) -> (
    Reverse<Severity>,
    Reverse<Blast>,
    Ts,
    &AgentId,
    Option<&TaskId>,
) {
    (
        Reverse(found.severity),
        Reverse(found.blast),
        found.since,
        &found.agent,
        found.task.as_ref(),
    )
}

fn cause(found: &Finding, silent: &HashSet<&AgentId>) -> Cause {
    let agent = found.agent.clone();
    match scope(found.kind) {
        Scope::Everywhere => Cause::Everywhere(found.kind),
        Scope::Silence if silent.contains(&found.agent) => Cause::Silence(agent),
        Scope::Silence | Scope::Work => match &found.task {
            Some(task) => Cause::Task(agent, task.clone()),
            None => Cause::Agent(agent, root(found.kind)),
        },
    }
}

/// What an agent skips again and again because it thinks it already did is one cause with what shows that it did not.
fn root(kind: FindingKind) -> FindingKind {
    if kind == FindingKind::SkipStreak {
        FindingKind::UnprovenDone
    } else {
        kind
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Work,
    /// Follows from an agent's silence where there is one.
    Silence,
    Everywhere,
}

fn scope(kind: FindingKind) -> Scope {
    match kind {
        FindingKind::AgentStale
        | FindingKind::AgentDown
        | FindingKind::Missed
        | FindingKind::UnfinishedRun
        | FindingKind::PhantomClaim
        | FindingKind::Orphaned
        | FindingKind::Silent
        | FindingKind::Stuck
        | FindingKind::WalIncomplete
        | FindingKind::Lock
        | FindingKind::StalePlan => Scope::Silence,
        FindingKind::DamagedFile
        | FindingKind::Unreadable
        | FindingKind::Clock
        | FindingKind::PlanLint
        | FindingKind::StaleInsights => Scope::Everywhere,
        FindingKind::SkippedSilently
        | FindingKind::Late
        | FindingKind::AgentLate
        | FindingKind::Failed
        | FindingKind::NeedsHuman
        | FindingKind::Conflicted
        | FindingKind::Drift
        | FindingKind::ZombieWrite
        | FindingKind::DoubleClaim
        | FindingKind::FailureStreak
        | FindingKind::SkippedNoReason
        | FindingKind::SkipStreak
        | FindingKind::UnprovenDone
        | FindingKind::Approval
        | FindingKind::NotPickedUp
        | FindingKind::ReviewWaiting
        | FindingKind::HandoffMissing
        | FindingKind::DependencyBroken
        | FindingKind::QuietShrink
        | FindingKind::SameTargets
        | FindingKind::EmptySuccess
        | FindingKind::RunLength
        | FindingKind::DuplicateAction
        | FindingKind::Collision
        | FindingKind::LostUpdate
        | FindingKind::OverCapacity
        | FindingKind::Vanished
        | FindingKind::Outage
        | FindingKind::Asleep
        | FindingKind::Flagged
        | FindingKind::Blind => Scope::Work,
    }
}

/// One line, every cell as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub mark: Mark,
    /// `publisher/newsletter`
    pub subject: String,
    pub what: String,
    /// `+2` where more than one case shares the line.
    pub more: String,
    pub blast: &'static str,
    pub age: String,
}

pub fn row(group: &Group<'_>, fleet: &Fleet, now: Ts) -> Row {
    let lead = group.lead();
    let told = group.cases[0];
    let state = fleet.agent(&lead.agent).map(|agent| agent.row);
    let said = said(told, fleet, now).map(|said| format!("{said}: "));
    let flaps = if told.flaps { "comes and goes: " } else { "" };
    let more = group.cases.len() - 1;
    Row {
        mark: digest::mark(lead, state),
        subject: subject(group),
        what: format!("{}{flaps}{}", said.unwrap_or_default(), short(lead)),
        more: if more > 0 {
            format!("+{more}")
        } else {
            String::new()
        },
        blast: lead.blast.word(),
        age: Age::at(now, lead.since).to_string(),
    }
}

/// `… requeued 07:04, awaiting agent`
pub fn waiting_row(waiting: &Waiting<'_>, fleet: &Fleet, now: Ts) -> Row {
    let task = waiting.task;
    let since = fleet.zone().told(task.since, now);
    Row {
        mark: Mark::Wait,
        subject: format!("{}/{}", waiting.agent.id, task.name()),
        what: format!("asked for {since}, awaiting agent"),
        more: String::new(),
        blast: Blast::of(task.tier, task.reversible).word(),
        age: Age::at(now, task.since).to_string(),
    }
}

/// `publisher/newsletter`, `mail-bot`, `audit, social`, `3 agents`.
pub fn subject(group: &Group<'_>) -> String {
    let agents = group.cases.iter().map(|told| &told.finding.agent);
    let agents: BTreeSet<&AgentId> = agents.collect();
    let lead = group.lead();
    match (&group.cause, agents.len()) {
        (Cause::Everywhere(_), 2) => {
            let names: Vec<String> = agents.iter().map(ToString::to_string).collect();
            names.join(", ")
        }
        (Cause::Everywhere(_), 3..) => format!("{} agents", agents.len()),
        (Cause::Silence(agent), _) => agent.to_string(),
        _ => match &lead.task {
            Some(task) => format!("{}/{task}", lead.agent),
            None => lead.agent.to_string(),
        },
    }
}

/// The sentence without the name that stands before it.
fn short(found: &Finding) -> String {
    let text = clean(&found.sentence);
    let names = [
        found.task.as_ref().map(ToString::to_string),
        Some(found.agent.to_string()),
    ];
    for name in names.into_iter().flatten() {
        if let Some(rest) = text.strip_prefix(&name)
            && let Some(rest) = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' '))
        {
            return rest.to_owned();
        }
    }
    text.into_owned()
}

/// What the operator said about it, and until when that holds.
pub fn said(told: &Told, fleet: &Fleet, now: Ts) -> Option<String> {
    let Some(said) = told.said else {
        return maintained(told, fleet, now);
    };
    match said {
        Said::Acknowledged => Some("acknowledged".to_owned()),
        Said::SnoozedUntil(until) if now < until => {
            let until = fleet.zone().told(until, now);
            Some(format!("snoozed until {until}"))
        }
        Said::SnoozedUntil(_) => None,
    }
}

/// Its agent is under maintenance.
fn maintained(told: &Told, fleet: &Fleet, now: Ts) -> Option<String> {
    let until = told.maintained.filter(|until| now < *until)?;
    let until = fleet.zone().told(until, now);
    Some(format!("under maintenance until {until}"))
}

#[cfg(test)]
mod tests;
