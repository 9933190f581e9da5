//! What the operator ordered for a task, as rounds wrote it into the plan, and whether it still speaks.
//!
//! An order is about what was known when it was given: a run that begins later speaks again for itself.

use super::judgement::Judgement;
use super::plan_word;
use super::runs::Run;
use super::task_state::SlotCase;
use crate::domain::fleet::TaskState;
use crate::domain::id::TaskId;
use crate::domain::task::TaskStatus;
use crate::domain::time::Ts;

/// Since when the agent is asked to take the task up, where no run of it began since.
pub fn asked(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Ts> {
    let at = given(of, one, &["reclaim", "retry", "release", "run"])?;
    let waits = plan_word::status(of, one) == TaskStatus::Pending;
    let task = one.slot.task;
    (waits && task.held.is_none() && task.enabled).then_some(at)
}

/// The operator's last word stands over what the log said before it.
pub fn closed(of: &Judgement<'_>, one: &SlotCase<'_>, run: Option<&Run<'_>>) -> bool {
    let Some(at) = given(of, one, &["skip", "done"]) else {
        return false;
    };
    run.is_none_or(|run| run.last.at <= at)
}

/// When the last order was one of these, and no run began after it.
fn given(of: &Judgement<'_>, one: &SlotCase<'_>, verbs: &[&str]) -> Option<Ts> {
    let op = one.slot.task.last_op.as_ref()?;
    let at = op.at.filter(|&at| at <= of.case.now)?;
    let began = of
        .runs_of(one.slot.task.id.as_str())
        .any(|run| run.begun() >= at);
    (one.current && verbs.contains(&op.verb.exact()) && !began).then_some(at)
}

/// What is wrong with its last run was answered: the task waits for its agent, or the operator closed it.
pub fn answered(of: &Judgement<'_>, task: Option<&TaskId>) -> bool {
    let Some(task) = task else {
        return false;
    };
    let mine = of.slots.iter().filter(|one| one.slot.task.id == *task);
    mine.filter(|one| one.current).any(|one| {
        let run = one.last_run().map(|at| of.runs[at]);
        one.state == TaskState::AwaitingAgent || closed(of, one, run.as_ref())
    })
}
