//! What the plan says about a slot, and where the log says otherwise.

use super::judgement::Judgement;
use super::orders;
use super::runs::Run;
use super::task_state::SlotCase;
use crate::domain::heartbeat::RunStatus;
use crate::domain::task::TaskStatus;
use crate::domain::time::{Span, Ts};
use crate::plan::expand::recurs;

/// How long the plan may lag behind the log before they contradict each other.
const SETTLE: Span = Span::secs(60);

/// Why plan and log do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The log's final word is another than the plan's.
    Contradiction { log: RunStatus, plan: TaskStatus },
    /// The plan says done, the log has no word of it.
    NoWord,
}

/// The status the plan gives to this slot; a word about another slot, or about what comes later, is no word.
pub fn status(of: &Judgement<'_>, one: &SlotCase<'_>) -> TaskStatus {
    let task = one.slot.task;
    if !one.current {
        return TaskStatus::Pending;
    }
    let claimed_later = task
        .claim
        .as_ref()
        .and_then(|claim| claim.at)
        .is_some_and(|at| at > of.case.now);
    if claimed_later {
        return TaskStatus::Pending;
    }
    let is_final = matches!(
        task.status,
        TaskStatus::Done | TaskStatus::Skipped | TaskStatus::Failed
    );
    // While history is read for the first time a file shows how a day ended, not how it stood at a moment.
    let ahead = one.slot.at.is_some_and(|at| at - one.jitter > of.case.now);
    let hindsight = of.case.sight.began > of.case.now;
    if is_final && ahead && hindsight {
        return TaskStatus::Pending;
    }
    // A recurring task's last word may be about the slot before.
    let stale = recurs(task)
        && one
            .slot
            .at
            .is_some_and(|at| one.slot.plan.known < at - one.jitter);
    if is_final && stale {
        return TaskStatus::Pending;
    }
    task.status
}

/// Where plan and log do not agree, and since when.
pub fn drift(of: &Judgement<'_>, one: &SlotCase<'_>, run: Option<&Run<'_>>) -> Option<(Drift, Ts)> {
    let unlike = unlike(of, one, run)?;
    (of.case.now > unlike.until).then_some((unlike.drift, unlike.since))
}

/// What plan and log have to settle, and until when.
pub struct Unlike {
    drift: Drift,
    since: Ts,
    pub until: Ts,
}

/// Where plan and log differ, whether or not their time to agree is over.
pub fn unlike(of: &Judgement<'_>, one: &SlotCase<'_>, run: Option<&Run<'_>>) -> Option<Unlike> {
    if of.case.is_plan_only() || recurs(one.slot.task) {
        return None;
    }
    let plan = status(of, one);
    if let Some(run) = run {
        let ended = run.ended()?;
        let log = run.status();
        let contradicts = match plan {
            TaskStatus::Done => matches!(log, RunStatus::Failed | RunStatus::Skipped),
            TaskStatus::Failed => matches!(log, RunStatus::Ok | RunStatus::Skipped),
            TaskStatus::Skipped => matches!(log, RunStatus::Ok | RunStatus::Failed),
            TaskStatus::Pending
            | TaskStatus::Claimed
            | TaskStatus::Running
            | TaskStatus::Review
            | TaskStatus::Blocked
            | TaskStatus::Off
            | TaskStatus::Unknown => false,
        };
        let ordered = one.slot.task.flag.is_some() || orders::closed(of, one, Some(run));
        return (contradicts && !ordered).then_some(Unlike {
            drift: Drift::Contradiction { log, plan },
            since: ended,
            until: ended + SETTLE,
        });
    }
    if plan != TaskStatus::Done || one.slot.task.last_op.is_some() {
        return None;
    }
    let limit = wordless_limit(of, one)?;
    Some(Unlike {
        drift: Drift::NoWord,
        since: limit,
        until: limit,
    })
}

/// Until when the log may still bring the word of a task that the plan calls done.
pub fn wordless_limit(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Ts> {
    let claim = one.slot.task.claim.as_ref();
    let claimed_by = claim.and_then(|claim| claim.run.as_ref());
    if let Some(id) = claimed_by
        && let Some(run) = of.run_named(id)
    {
        return Some(run.ended()? + SETTLE);
    }
    if let Some(at) = claim.and_then(|claim| claim.at) {
        return Some(at + one.lease.value.max(one.longest.value) + SETTLE);
    }
    one.deadline()
}
