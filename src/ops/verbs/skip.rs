//! Skip and flag: not this time, and somebody should know.

use super::{Draft, refuse_state};
use crate::domain::fleet::TaskState;
use crate::domain::task::TaskStatus;
use crate::ops::change::{Change, Plan, Refusal};
use crate::ops::desk::{Desk, Route};
use crate::ops::edit::{Member, TaskEdit};
use crate::ops::tiers::Level;

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let route = desk.route()?;
    let id = desk.task_id()?;
    let Route::File(target) = &route else {
        let why = format!("{id} has no plan file that rounds may write to");
        return Err(Refusal::new(why).but("acknowledge the finding instead: `ack`"));
    };
    let state = target.view.state;
    match state {
        TaskState::Running | TaskState::Claimed | TaskState::Stuck => {
            return Err(refuse_state(desk, state, "stop the run first: `stop`"));
        }
        TaskState::Done | TaskState::Off | TaskState::Blind => {
            return Err(refuse_state(desk, state, ""));
        }
        TaskState::Skipped if target.task.flag.is_some() => {
            return Err(Refusal::new(format!("{id} is skipped and flagged already")));
        }
        TaskState::Skipped
        | TaskState::Conflicted
        | TaskState::Failed
        | TaskState::Held
        | TaskState::PhantomClaim
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::AwaitingAgent
        | TaskState::Review
        | TaskState::SkippedSilently
        | TaskState::Missed
        | TaskState::Late
        | TaskState::Due
        | TaskState::Upcoming
        | TaskState::Unjudged => {}
    }
    let reason = desk.reason()?;
    let mut edit =
        TaskEdit::default().set(Member::Status, &target.status_word(TaskStatus::Skipped));
    let holder = target
        .task
        .claim
        .as_ref()
        .is_some_and(|claim| claim.by.is_some() || claim.run.is_some());
    if let Some(freed) = target.freed().filter(|_| holder) {
        edit = edit.with(Member::Claim, freed);
    }
    edit = edit.set(
        Member::Flag,
        &serde_json::json!({
            "why": reason,
            "by": desk.who(),
            "at": desk.stamp(desk.now),
            "op": desk.request.op.as_str(),
        }),
    );
    let sentence = format!(
        "sets {id} to skipped and flags it; it stays in the queue until it is acknowledged"
    );
    Ok(Draft::new(sentence)
        .level(Level::Yes)
        .change(Change::Edit(target.edit(desk.signed(edit, &[]))))
        .done(desk))
}
