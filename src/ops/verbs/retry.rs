//! Retry: the agent is asked to do it again, as far as the table of tiers allows.

use super::{Draft, reasoned, refuse_state};
use crate::domain::act::ActKind;
use crate::domain::fleet::{TaskState, TaskView};
use crate::domain::task::TaskStatus;
use crate::ops::change::{Change, Plan, Refusal};
use crate::ops::desk::{Desk, Route, Target};
use crate::ops::edit::{Member, TaskEdit};
use crate::ops::history::{ATTEMPTS, attempt};
use crate::ops::tiers::{Barrier, clear};

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let route = desk.route()?;
    if let Some(view) = route.view() {
        retryable(desk, view)?;
        in_time(desk, view)?;
    }
    let id = desk.task_id()?;
    let failed = route
        .view()
        .filter(|view| ran(view.state))
        .map(|view| view.since);
    let n = attempt(desk, id, failed)?;
    let target = match &route {
        Route::File(target) => Some(target),
        Route::Command { .. } => None,
    };
    let clearance = clear(desk, id, route.view(), target).map_err(Barrier::refusal)?;
    reasoned(desk, clearance.level)?;
    let again = match desk.request.due {
        Some(at) => format!("{id} at {}", desk.when(at)),
        None => format!("{id} again"),
    };
    let sentence = format!(
        "asks {} for {again} (attempt {n} of {ATTEMPTS}): {}",
        desk.request.agent, clearance.blast.sentence
    );
    let draft = Draft::new(sentence)
        .level(clearance.level)
        .blast(clearance.blast);
    Ok(match target {
        Some(target) => draft.change(Change::Edit(target.edit(requeue(
            desk,
            target,
            &clearance.steps,
            Attempt::Counted,
        )))),
        None if desk.request.due.is_some() => {
            let why = format!("no plan file says when {id} is due");
            return Err(Refusal::new(why).but("start it when it is time: `run`"));
        }
        None => draft
            .level(crate::ops::tiers::Level::Yes)
            .change(Change::Act(desk.act(ActKind::Retry, Some(id))?))
            .never("a command cannot be taken back"),
    }
    .done(desk))
}

/// Whether a requeue counts as an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    Counted,
    Uncounted,
}

/// Pending again, under the next epoch where there is a claim, with the steps that are asked for.
pub(super) fn requeue(
    desk: &Desk<'_>,
    target: &Target<'_>,
    steps: &[String],
    attempt: Attempt,
) -> TaskEdit {
    let mut edit =
        TaskEdit::default().set(Member::Status, &target.status_word(TaskStatus::Pending));
    if let Some(freed) = target.freed() {
        edit = edit.with(Member::Claim, freed);
    }
    if let Some(at) = desk.request.due {
        edit = edit.set(Member::Due, &desk.stamp(at));
    }
    if attempt == Attempt::Counted {
        let made = target.task.attempt.unwrap_or(1);
        edit = edit.set(Member::Attempt, &made.saturating_add(1));
    }
    desk.signed(edit, steps)
}

fn ran(state: TaskState) -> bool {
    matches!(state, TaskState::Failed | TaskState::Skipped)
}

/// Another time must lie ahead, and only a task that has one of its own can be given another.
fn in_time(desk: &Desk<'_>, view: &TaskView) -> Result<(), Refusal> {
    let Some(at) = desk.request.due else {
        return Ok(());
    };
    if at <= desk.now {
        let why = format!("{} is over", desk.when(at));
        return Err(Refusal::new(why).but("a later time, or none"));
    }
    let own = view.declared.task().is_some_and(|task| task.due.is_some());
    if own {
        return Ok(());
    }
    let why = format!("a rule of its plan says when {} is due", view.id);
    Err(Refusal::new(why).but("without a time it is asked for at once"))
}

/// Only what is over and did not go well; with another time also what has not begun.
fn retryable(desk: &Desk<'_>, view: &TaskView) -> Result<(), Refusal> {
    let waits = matches!(view.state, TaskState::Late | TaskState::Due);
    if waits && desk.request.due.is_some() {
        return Ok(());
    }
    let possible = match view.state {
        TaskState::Failed
        | TaskState::Skipped
        | TaskState::Missed
        | TaskState::SkippedSilently
        | TaskState::Unjudged => return Ok(()),
        TaskState::Orphaned | TaskState::PhantomClaim | TaskState::Silent => {
            "reclaim it first: `reclaim`"
        }
        TaskState::Running | TaskState::Claimed | TaskState::Stuck => "stop the run first: `stop`",
        TaskState::Held => "release it: `release`",
        TaskState::Late | TaskState::Due | TaskState::Upcoming => "start it now: `run`",
        TaskState::Conflicted => {
            "look at both versions; retries are frozen until the conflict is gone"
        }
        TaskState::Off => "switch it on in its plan",
        TaskState::Blind => "possible once the files can be seen again",
        TaskState::Done | TaskState::AwaitingAgent | TaskState::Review => "",
    };
    // A run that is over and never said how may be asked for again, though its task is not red yet.
    let open = view.run.as_ref().is_some_and(|run| run.unfinished);
    if open && matches!(view.state, TaskState::Late | TaskState::Due) {
        return Ok(());
    }
    Err(refuse_state(desk, view.state, possible))
}
