//! What one agent leaves for verdicts across agents: failures, deeds, touched resources, claims, dependencies.

use std::sync::Arc;

use super::ahead::Taking;
use super::blast::Reach;
use super::checks::failed::{cause, streaks};
use super::checks::locks;
use super::checks::unaccounted::plan_line;
use super::deeds::{self, Deed};
use super::judgement::Judgement;
use super::needs::{self, Ended, Need};
use crate::domain::action::Tier;
use crate::domain::finding::Evidence;
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::Process;
use crate::domain::id::{AgentId, FileId, TaskId};
use crate::domain::lock::LockView;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts, Zone};
use crate::plan::quick::hash_of;

/// As far back as deeds and touches are compared.
pub(super) const REACH: Span = Span::hours(26);

/// A task that keeps failing.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    pub task: Option<TaskId>,
    /// The cause with numbers and ids masked; empty where none is named.
    pub cause: String,
    pub shown: String,
    pub count: usize,
    pub first: Ts,
    pub newest: Ts,
    pub evidence: Evidence,
}

/// A run that changed a resource, or may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Touch {
    pub resource: Untrusted,
    /// The resource as a number, for a comparison with those of all agents.
    pub number: u64,
    pub task: Option<TaskId>,
    pub start: Ts,
    pub end: Ts,
    /// Declared by the plan or by config.
    pub spacing: Option<Span>,
    pub evidence: Evidence,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HeldTask {
    pub task: TaskId,
    pub at: Ts,
    pub by: Option<AgentId>,
    /// The agent completed runs of a task of this name before: the name is its own.
    pub own_name: bool,
    pub evidence: Evidence,
}

/// A slot of the last day that passed without its run, and the resources it would have touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    pub task: TaskId,
    pub slot: Ts,
    pub resources: Vec<Untrusted>,
    pub evidence: Evidence,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    pub zone: Option<Zone>,
    pub failing: Vec<Failing>,
    pub deeds: Vec<Deed>,
    /// The key of each deed as a number: what is compared with those of all agents lies close together.
    pub done: Vec<u64>,
    pub touches: Vec<Touch>,
    /// The resources it touched, each once, as the touches number them.
    pub touched: Vec<u64>,
    pub held: Vec<HeldTask>,
    pub ended: Vec<Ended>,
    pub needs: Vec<Need>,
    /// The files in which runs that ended stand, as people know them.
    pub logs: Vec<(FileId, Untrusted)>,
    /// Slots that fell into a recorded sleep, and where they are planned.
    pub asleep: Vec<(Ts, Evidence)>,
    /// What it takes of today and tomorrow.
    pub taking: Taking,
    pub locks: Vec<LockView>,
    pub wants: Vec<Want>,
    /// Processes that open claims, open runs and locks name so that one can be told from another that has its number: with
    /// host and start. Whether they still run is asked of the machine.
    pub processes: Vec<Process>,
    pub reach: Arc<Reach>,
}

impl Trace {
    pub fn of(of: &Judgement<'_>) -> Self {
        let (deeds, touches) = (deeds::of(of), touches(of));
        let done = deeds.iter().map(|deed| hash_of(deed.key.exact()));
        Self {
            zone: Some(of.case.zone.value),
            failing: failing(of),
            done: done.collect(),
            deeds,
            touched: each_once(touches.iter().map(|touch| touch.number)),
            touches,
            held: held(of),
            ended: needs::ended(of),
            needs: needs::of(of),
            logs: needs::logs(of),
            asleep: asleep(of),
            taking: Taking::of(of.case, &of.ahead),
            locks: locks::views(of),
            wants: wants(of),
            processes: processes(of),
            reach: Arc::clone(&of.reach),
        }
    }
}

fn failing(of: &Judgement<'_>) -> Vec<Failing> {
    streaks(of)
        .into_iter()
        .map(|streak| {
            let why = cause(of, streak.newest());
            Failing {
                task: streak.task.cloned(),
                cause: why
                    .as_ref()
                    .map_or_else(String::new, |why| masked(why.exact())),
                shown: why.map_or_else(|| "failed".to_owned(), |why| why.shown_within(60)),
                count: streak.runs.len(),
                first: streak.first().at,
                newest: streak.newest().at,
                evidence: of.case.evidence_of(streak.newest()),
            }
        })
        .collect()
}

/// Numbers and ids masked, so that equal causes are equal. A status code stays: 429 is not 500.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code_follows = false;
    for word in text.split_whitespace().take(24) {
        if !out.is_empty() {
            out.push(' ');
        }
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        let is_code = bare.len() == 3 && digits == 3;
        if digits == 0 || (is_code && code_follows) {
            out.push_str(&word.to_lowercase());
        } else {
            out.push('#');
        }
        let lower = bare.to_lowercase();
        code_follows = ["http", "status", "code", "error", "exit"].contains(&lower.as_str());
    }
    out
}

fn touches(of: &Judgement<'_>) -> Vec<Touch> {
    let oldest = of.case.now - REACH;
    let id = &of.case.facts.id;
    let set = of.case.policy.pick(id, |own| own.spacing);
    let mut touches = Vec::new();
    let plans_some = of
        .slots
        .iter()
        .any(|one| !one.slot.task.resources.is_empty());
    for run in of.runs.iter().rev().take_while(|run| run.last.at >= oldest) {
        let extra = run.first().extra.as_ref().or(run.last.extra.as_ref());
        let written = extra.map_or(&[][..], |extra| &extra.resources);
        if written.is_empty() && !plans_some {
            continue;
        }
        let plan = of.declared(run.task(), run.begun());
        let task = plan.map(|one| one.slot.task);
        if task.is_some_and(|task| task.shared || task.tier == Some(Tier::ReadOnly)) {
            continue;
        }
        let planned = task.map_or(&[][..], |task| &task.resources);
        let resources = if written.is_empty() { planned } else { written };
        let spacing = set
            .map(|set| set.value)
            .or_else(|| plan.and_then(|one| one.slot.plan.plan.spacing));
        for resource in resources {
            touches.push(Touch {
                resource: resource.clone(),
                number: hash_of(resource.exact()),
                task: run.task().cloned(),
                start: run.begun(),
                end: run.ended().unwrap_or(run.last.at),
                spacing,
                evidence: of.case.evidence_of(run.last),
            });
        }
    }
    touches
}

pub(super) fn each_once(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn held(of: &Judgement<'_>) -> Vec<HeldTask> {
    of.slots
        .iter()
        .filter(|one| one.hold.as_ref().is_some_and(|hold| hold.claimed))
        .map(|one| {
            let claim = one.slot.task.claim.as_ref();
            let at = claim
                .and_then(|claim| claim.at)
                .unwrap_or(one.slot.plan.known);
            HeldTask {
                task: one.slot.task.id.clone(),
                at,
                by: claim.and_then(|claim| claim.by.clone()),
                own_name: of
                    .runs_of(one.slot.task.id.as_str())
                    .any(|run| run.ended().is_some_and(|end| end < at)),
                evidence: plan_line(of, one),
            }
        })
        .collect()
}

fn wants(of: &Judgement<'_>) -> Vec<Want> {
    let open = |state| matches!(state, TaskState::Missed | TaskState::SkippedSilently);
    let passed = of.slots.iter().filter(|one| open(one.state));
    let naming = passed.filter(|one| !one.slot.task.resources.is_empty() && !one.slot.task.shared);
    naming
        .filter_map(|one| {
            let slot = one.slot.at.filter(|&at| at >= of.case.yesterday)?;
            Some(Want {
                task: one.slot.task.id.clone(),
                slot,
                resources: one.slot.task.resources.clone(),
                evidence: plan_line(of, one),
            })
        })
        .collect()
}

fn processes(of: &Judgement<'_>) -> Vec<Process> {
    let claims = of.slots.iter().filter(|one| one.hold.is_some());
    let claims = claims.filter_map(|one| one.slot.task.claim.as_ref()?.process());
    let recent = of.runs.iter().rev();
    let recent = recent.take_while(|run| of.case.now - run.last.at <= Span::days(2));
    let open = recent.filter(|run| run.is_open());
    let runs = open.filter_map(|run| run.opening?.extra.as_ref()?.process.clone());
    let locks = of.case.facts.locks.iter();
    let locks = locks.filter_map(|fact| fact.lock.process.clone());
    let mut named: Vec<Process> = claims.chain(runs).chain(locks).collect();
    named.retain(|process| process.started.is_some() && process.host.is_some());
    named.sort_by_key(|process| (process.pid, process.started));
    named.dedup();
    named
}

fn asleep(of: &Judgement<'_>) -> Vec<(Ts, Evidence)> {
    if of.case.sight.sleeps.is_empty() {
        return Vec::new();
    }
    let slept = |at: Ts| {
        let sleeps = &of.case.sight.sleeps;
        sleeps.iter().any(|&(from, to)| from <= at && at < to)
    };
    of.slots
        .iter()
        .filter(|one| one.state == TaskState::Held)
        .filter_map(|one| Some((one.slot.at.filter(|&at| slept(at))?, plan_line(of, one))))
        .collect()
}
