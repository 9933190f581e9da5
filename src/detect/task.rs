//! From judged slots to the tasks that screens show and orders are about.

use std::collections::BTreeSet;

use super::checks::unfinished;
use super::events;
use super::judgement::Judgement;
use super::task_state::SlotCase;
use crate::domain::facts::PlanVersion;
use crate::domain::fleet::{Declared, TaskState, TaskView};
use crate::domain::id::Locus;
use crate::domain::policy::{Source, Sourced};
use crate::domain::task::{Claim, Task, TaskStatus};
use crate::domain::time::{Day, Span};
use crate::plan::quick::Names;

pub(super) fn is_today(of: &Judgement<'_>, one: &SlotCase<'_>) -> bool {
    one.slot.at.is_none_or(|at| of.case.today.holds(at))
}

/// Today's slots, in the order they are due.
pub(super) fn today(of: &Judgement<'_>) -> Vec<TaskView> {
    views(of, of.slots.iter().filter(|one| is_today(of, one)))
}

/// What yesterday left open, and once each task that is due on other days only.
pub(super) fn other_days(of: &Judgement<'_>) -> Vec<TaskView> {
    let mut open: Vec<&SlotCase<'_>> = Vec::new();
    let mut newest: Vec<&SlotCase<'_>> = Vec::new();
    // Tasks with slots of which none is told.
    let mut untold: Vec<&str> = Vec::new();
    // Slots come by task, then time.
    for mine in of.slots.chunk_by(|a, b| a.slot.task.id == b.slot.task.id) {
        let before = open.len();
        let away = mine.iter().filter(|one| !is_today(of, one));
        open.extend(away.clone().filter(|one| is_left_open(of, one)));
        let is_told = open.len() > before || mine.iter().any(|one| is_today(of, one));
        let last = || away.rev().find(|one| stands(one.slot.plan.plan.date, of));
        let last = if is_told { None } else { last() };
        newest.extend(last);
        if !is_told && last.is_none() {
            untold.push(mine[0].slot.task.id.as_str());
        }
    }
    let mut found = views(of, open.into_iter());
    found.extend(views(of, newest.into_iter().rev()));
    if untold.is_empty() && of.is_all_due() {
        return found;
    }
    let mut once: Names<'_> = Names::default();
    for version in newest_versions(of) {
        for task in &version.plan.tasks {
            let name = task.id.as_str();
            let told = of.has_slots(name) && !untold.contains(&name);
            if !told && once.insert(name) {
                found.push(without_slot(version, task));
            }
        }
    }
    found
}

/// A plan without a date, or of a day that is not over for long.
fn stands(date: Option<Day>, of: &Judgement<'_>) -> bool {
    let zone = of.case.zone.value;
    date.is_none_or(|day| zone.start_of(day) >= of.case.yesterday)
}

/// The last version of each plan that stands.
fn newest_versions<'a>(of: &Judgement<'a>) -> Vec<&'a PlanVersion> {
    let mut seen = BTreeSet::new();
    let known = of.case.facts.plans.iter().rev();
    known
        .filter(|version| version.known <= of.case.now && seen.insert(version.file))
        .filter(|version| stands(version.plan.date, of))
        .collect()
}

fn is_left_open(of: &Judgement<'_>, one: &SlotCase<'_>) -> bool {
    let lately = one.slot.at.is_some_and(|at| at >= of.case.yesterday);
    (lately || one.current) && one.state.is_open() && one.state != TaskState::Upcoming
}

fn views<'s, 'a: 's>(
    of: &Judgement<'_>,
    slots: impl Iterator<Item = &'s SlotCase<'a>>,
) -> Vec<TaskView> {
    let mut mine: Vec<&SlotCase<'_>> = Vec::with_capacity(of.slots.len());
    mine.extend(slots);
    mine.sort_by_key(|one| (one.slot.at.is_none(), one.slot.at));
    if mine.is_empty() {
        return Vec::new();
    }
    let dead = unfinished::unfinished(of);
    let view = |one: &SlotCase<'_>| {
        let task = one.slot.task;
        let run = one.last_run().map(|at| {
            let run = &of.runs[at];
            let is_dead = dead.iter().any(|(other, ..)| std::ptr::eq(*other, run));
            events::view(run, is_dead)
        });
        TaskView {
            slot: one.slot.at,
            jitter: one.jitter,
            grace: one.grace,
            state: one.state,
            since: one.since,
            run,
            why: one.why.clone(),
            ..as_declared(
                one.slot.plan,
                task,
                task.claim.as_deref().filter(|_| one.current),
            )
        }
    };
    mine.into_iter().map(view).collect()
}

/// The task as its plan has it: none of its slots is judged.
fn without_slot(version: &PlanVersion, task: &Task) -> TaskView {
    TaskView {
        state: as_planned(task),
        ..as_declared(version, task, task.claim.as_deref())
    }
}

/// What the plan alone says of a task; its state is told by whoever asks.
fn as_declared(version: &PlanVersion, task: &Task, claim: Option<&Claim>) -> TaskView {
    TaskView {
        id: task.id.clone(),
        title: task.title.clone(),
        slot: None,
        jitter: task.jitter,
        grace: Sourced::new(Span::ZERO, Source::Default),
        state: TaskState::Upcoming,
        since: version.known,
        run: None,
        claim: claim.cloned().map(Box::new),
        tier: task.tier,
        reversible: task.reversible,
        why: None,
        plan: Locus {
            file: version.file,
            offset: task.offset,
            len: 0,
            line: task.line,
        },
        declared: Declared::of(&version.plan, task),
    }
}

fn as_planned(task: &Task) -> TaskState {
    if !task.enabled {
        return TaskState::Off;
    }
    if task.held.is_some() {
        return TaskState::Held;
    }
    match task.status {
        TaskStatus::Pending | TaskStatus::Blocked | TaskStatus::Unknown => TaskState::Upcoming,
        TaskStatus::Claimed => TaskState::Claimed,
        TaskStatus::Running => TaskState::Running,
        TaskStatus::Review => TaskState::Review,
        TaskStatus::Done => TaskState::Done,
        TaskStatus::Skipped => TaskState::Skipped,
        TaskStatus::Failed => TaskState::Failed,
        TaskStatus::Off => TaskState::Off,
    }
}
