//! The state of each slot: first match wins, in the order of `docs/rules.md`.

use super::claims::{self, Hold};
use super::judgement::Judgement;
use super::matching::{self, Served};
use super::orders;
use super::plan_word::{self, Drift};
use super::runs::Run;
use super::thresholds;
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::policy::Sourced;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::plan::Slot;
use crate::plan::expand::recurs;

/// One slot with its limits and its verdict.
#[derive(Clone, Debug)]
pub struct SlotCase<'a> {
    pub slot: Slot<'a>,
    /// The runs that served it, oldest first, as indices.
    pub runs: Served,
    pub jitter: Span,
    pub grace: Sourced<Span>,
    pub longest: Sourced<Span>,
    pub lease: Sourced<Span>,
    /// What the plan's status speaks of.
    pub current: bool,
    pub state: TaskState,
    /// When the state began.
    pub since: Ts,
    pub why: Option<Untrusted>,
    /// Only the plan says so.
    pub unproven: bool,
    pub drift: Option<Drift>,
    /// The claim and its signs of life, where the task is claimed or running.
    pub hold: Option<Box<Hold>>,
    /// The completed run that shows the agent went on without this slot.
    pub witness: Option<usize>,
    /// When the state can change without new facts.
    pub changes_at: Option<Ts>,
}

impl SlotCase<'_> {
    pub fn task(&self) -> &Task {
        self.slot.task
    }

    /// S + J + W: after it the slot is unaccounted for.
    pub fn deadline(&self) -> Option<Ts> {
        Some(self.slot.at? + self.jitter + self.grace.value)
    }

    pub fn last_run(&self) -> Option<usize> {
        self.runs.last().map(|&at| at as usize)
    }
}

/// What the first matching rule says.
struct Verdict {
    state: TaskState,
    since: Ts,
    why: Option<Untrusted>,
    changes_at: Option<Ts>,
}

impl Verdict {
    fn new(state: TaskState, since: Ts) -> Self {
        Self {
            state,
            since,
            why: None,
            changes_at: None,
        }
    }

    fn because(mut self, why: Option<Untrusted>) -> Self {
        self.why = why;
        self
    }

    fn until(mut self, at: Ts) -> Self {
        self.changes_at = Some(at);
        self
    }
}

/// Judges every slot. They come by task, then time, with the runs that served them.
pub fn judge<'a>(
    of: &Judgement<'a>,
    slots: Vec<Slot<'a>>,
    served: Vec<Served>,
    unjudged: bool,
) -> Vec<SlotCase<'a>> {
    let current = current_slots(of, &slots);
    let mut limit: Option<(&Task, Sourced<Span>)> = None;
    let mut judged = Vec::with_capacity(slots.len());
    for (i, (slot, runs)) in slots.into_iter().zip(served).enumerate() {
        let longest = match limit {
            Some((of, longest)) if is_as_long(of, slot.task) => longest,
            _ => {
                let name = slot.task.id.as_str();
                let lengths = thresholds::lengths_of(name, &of.by_task, &of.runs);
                of.thresholds.longest_run(Some(slot.task), &lengths)
            }
        };
        limit = Some((slot.task, longest));
        let grace = of.thresholds.grace(&slot, longest.value);
        let lease = of.thresholds.lease(slot.task.claim.as_deref(), longest);
        judged.push(SlotCase {
            jitter: matching::jitter(&slot),
            slot,
            runs,
            grace,
            longest,
            lease,
            current: current[i],
            state: TaskState::Upcoming,
            since: slot.at.unwrap_or(slot.plan.known),
            why: None,
            unproven: false,
            drift: None,
            hold: None,
            witness: None,
            changes_at: None,
        });
        if let Some(one) = judged.last_mut() {
            settle(of, one, unjudged);
        }
    }
    judged
}

/// Whether T of one is T of the other. Each day's plan may declare a task anew.
fn is_as_long(one: &Task, other: &Task) -> bool {
    std::ptr::eq(one, other)
        || one.id == other.id && one.tier == other.tier && one.estimate == other.estimate
}

/// For each slot whether the plan's status speaks of it: the newest that has begun, else the first.
fn current_slots(of: &Judgement<'_>, slots: &[Slot<'_>]) -> Vec<bool> {
    let mut current = vec![false; slots.len()];
    let mut begin = 0;
    while begin < slots.len() {
        let task = &slots[begin].task.id;
        let end = begin
            + slots[begin..]
                .iter()
                .take_while(|slot| slot.task.id == *task)
                .count();
        if recurs(slots[begin].task) {
            let begun = slots[begin..end].partition_point(|slot| {
                slot.at
                    .is_none_or(|at| at - matching::jitter(slot) <= of.case.now)
            });
            current[begin + begun.max(1) - 1] = true;
        } else {
            current[begin..end].fill(true);
        }
        begin = end;
    }
    current
}

fn settle(of: &Judgement<'_>, one: &mut SlotCase<'_>, unjudged: bool) {
    let verdict = first_match(of, one, unjudged);
    one.state = verdict.state;
    one.since = verdict.since;
    one.why = verdict.why;
    one.changes_at = verdict.changes_at;
}

fn first_match(of: &Judgement<'_>, one: &mut SlotCase<'_>, unjudged: bool) -> Verdict {
    let case = of.case;
    let known = one.slot.at.unwrap_or(one.slot.plan.known);
    if let Some(since) = case.blind {
        return Verdict::new(TaskState::Blind, since);
    }
    let run = deciding(of, one);
    if let Some(zombie) = zombie_of(of, one) {
        return Verdict::new(TaskState::Conflicted, zombie);
    }
    let drift = plan_word::drift(of, one, run.as_ref()).filter(|_| !unjudged);
    if let Some((drift, since)) = drift {
        one.drift = Some(drift);
        return Verdict::new(TaskState::Conflicted, since);
    }
    if let Some(verdict) = closed_by_the_operator(of, one, run.as_ref()) {
        return verdict;
    }
    if let Some(hold) = claims::asked_or_in_review(of, one, run.as_ref()) {
        let mut verdict = Verdict::new(hold.state, hold.since);
        verdict.changes_at = hold.changes_at;
        one.hold = Some(Box::new(hold));
        return verdict;
    }
    if let Some(verdict) = by_the_log(of, run.as_ref()) {
        return verdict;
    }
    if let Some(verdict) = by_the_plan(of, one, known) {
        return verdict;
    }
    if let Some(verdict) = off_or_held(of, one, known) {
        return verdict;
    }
    if unjudged {
        return Verdict::new(TaskState::Unjudged, known);
    }
    if let Some(hold) = claims::hold(of, one, run.as_ref()) {
        let mut verdict = Verdict::new(hold.state, hold.since);
        verdict.changes_at = hold.changes_at;
        one.hold = Some(Box::new(hold));
        return verdict;
    }
    if run.is_some() {
        // It ran, and what became of it is not known for sure.
        return Verdict::new(TaskState::Unjudged, known);
    }
    by_the_clock(of, one)
}

/// The last run of a slot decides about it; but one that only skipped takes back nothing that was done before.
pub(super) fn deciding<'a>(of: &Judgement<'a>, one: &SlotCase<'_>) -> Option<Run<'a>> {
    let last = of.runs[one.last_run()?];
    if last.status() != RunStatus::Skipped {
        return Some(last);
    }
    let done = one.runs.iter().rev().map(|&at| of.runs[at as usize]);
    let mut done = done.filter(|run| run.status() == RunStatus::Ok);
    Some(done.next().unwrap_or(last))
}

/// A write under a claim that was taken away freezes the task.
fn zombie_of(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Ts> {
    if !one.current {
        return None;
    }
    of.zombies
        .iter()
        .filter(|zombie| zombie.task.as_ref() == Some(&one.slot.task.id))
        .find(|zombie| one.slot.at.is_none_or(|at| zombie.at >= at - one.jitter))
        .map(|zombie| zombie.at)
}

/// What the operator skipped or marked done since the log's last word stands over it.
fn closed_by_the_operator(
    of: &Judgement<'_>,
    one: &SlotCase<'_>,
    run: Option<&Run<'_>>,
) -> Option<Verdict> {
    if !orders::closed(of, one, run) {
        return None;
    }
    let since = one.slot.task.last_op.as_ref()?.at?;
    let state = match plan_word::status(of, one) {
        TaskStatus::Skipped => TaskState::Skipped,
        TaskStatus::Done => TaskState::Done,
        TaskStatus::Pending
        | TaskStatus::Claimed
        | TaskStatus::Running
        | TaskStatus::Review
        | TaskStatus::Failed
        | TaskStatus::Blocked
        | TaskStatus::Off
        | TaskStatus::Unknown => return None,
    };
    let flag = one.slot.task.flag.as_ref();
    Some(Verdict::new(state, since).because(flag.and_then(|flag| flag.why.clone())))
}

fn by_the_log(of: &Judgement<'_>, run: Option<&Run<'_>>) -> Option<Verdict> {
    let run = run?;
    let closing = run.closing?;
    let state = match closing.status {
        RunStatus::Ok => TaskState::Done,
        RunStatus::Partial | RunStatus::Failed => TaskState::Failed,
        RunStatus::Skipped => TaskState::Skipped,
        RunStatus::Blocked => TaskState::Held,
        RunStatus::Running | RunStatus::Unknown => return None,
    };
    let class = match state {
        TaskState::Skipped => ItemClass::Skipped,
        _ => ItemClass::Failed,
    };
    let why = (state != TaskState::Done)
        .then(|| {
            of.case
                .say(closing, class)
                .or_else(|| of.case.message(closing))
        })
        .flatten();
    Some(Verdict::new(state, closing.at).because(why))
}

/// Where the log is silent the plan's final word stands, marked as unproven.
fn by_the_plan(of: &Judgement<'_>, one: &mut SlotCase<'_>, known: Ts) -> Option<Verdict> {
    let state = match plan_word::status(of, one) {
        TaskStatus::Done => TaskState::Done,
        TaskStatus::Skipped => TaskState::Skipped,
        TaskStatus::Failed => TaskState::Failed,
        TaskStatus::Pending
        | TaskStatus::Claimed
        | TaskStatus::Running
        | TaskStatus::Review
        | TaskStatus::Blocked
        | TaskStatus::Off
        | TaskStatus::Unknown => return None,
    };
    if !one.runs.is_empty() {
        return None;
    }
    one.unproven = true;
    let flag = one
        .slot
        .task
        .flag
        .as_ref()
        .and_then(|flag| flag.why.clone());
    let mut verdict = Verdict::new(state, one.slot.plan.known.max(known).min(of.case.now));
    verdict.changes_at = plan_word::wordless_limit(of, one).map(|limit| limit + Span(1));
    Some(verdict.because(flag))
}

fn off_or_held(of: &Judgement<'_>, one: &SlotCase<'_>, known: Ts) -> Option<Verdict> {
    let task = one.slot.task;
    if !task.enabled || task.on_demand || task.status == TaskStatus::Off {
        return Some(Verdict::new(TaskState::Off, known));
    }
    if let Some(held) = &task.held {
        let since = held.since.unwrap_or(known);
        if since <= of.case.now {
            return Some(Verdict::new(TaskState::Held, since).because(held.why.clone()));
        }
    }
    if one.slot.quiet {
        let why = Untrusted::from("quiet hours");
        return Some(Verdict::new(TaskState::Held, known).because(Some(why)));
    }
    if one.current && task.status == TaskStatus::Blocked {
        return Some(Verdict::new(TaskState::Held, known).because(task.word.clone()));
    }
    let at = one.slot.at?;
    let asleep = of
        .case
        .sight
        .sleeps
        .iter()
        .any(|&(from, to)| from <= at && at < to);
    if asleep && one.runs.is_empty() && at <= of.case.now {
        let why = Untrusted::from("the machine was asleep");
        return Some(Verdict::new(TaskState::Held, at).because(Some(why)));
    }
    None
}

/// Nothing began: upcoming, due, late, missed or skipped silently.
fn by_the_clock(of: &Judgement<'_>, one: &mut SlotCase<'_>) -> Verdict {
    let now = of.case.now;
    let (Some(at), Some(deadline)) = (one.slot.at, one.deadline()) else {
        return Verdict::new(TaskState::Upcoming, one.slot.plan.known);
    };
    let (opens, closes) = (at - one.jitter, at + one.jitter);
    if now < opens {
        return Verdict::new(TaskState::Upcoming, at).until(opens);
    }
    if now <= closes {
        return Verdict::new(TaskState::Due, at).until(closes + Span(1));
    }
    if let Some(since) = of.case.unread {
        return Verdict::new(TaskState::Blind, since);
    }
    if now <= deadline {
        return Verdict::new(TaskState::Late, at).until(deadline + Span(1));
    }
    let could_serve = !is_job_store(of, one);
    let witness = if could_serve {
        matching::witness(&of.runs, at, one.jitter, deadline)
    } else {
        None
    };
    one.witness = witness;
    let state = match witness {
        Some(_) => TaskState::SkippedSilently,
        None => TaskState::Missed,
    };
    Verdict::new(state, at)
}

/// In a store with one job per run another job's run says nothing about this one.
fn is_job_store(of: &Judgement<'_>, one: &SlotCase<'_>) -> bool {
    let Some(file) = of.case.facts.file(one.slot.plan.file) else {
        return false;
    };
    is_store(file.path.exact())
}

/// A file in which a scheduler keeps its jobs and their state: nobody else writes into it.
pub fn is_store(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("jobs") || name == "scheduled_tasks.json"
}
