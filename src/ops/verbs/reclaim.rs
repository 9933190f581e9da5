//! Reclaim: a task is taken from a run that is gone.
//!
//! It is never a way around the table of tiers: where something that changes the world may have been done, the task is
//! freed *and held*, so that nothing is done again before somebody looked.

use super::retry::{Attempt, requeue};
use super::{Draft, refuse_state};
use crate::domain::act::ActKind;
use crate::domain::fleet::TaskState;
use crate::domain::verb::Verb;
use crate::ops::change::{Ask, Change, Plan, Refusal};
use crate::ops::desk::{Desk, Route, Target};
use crate::ops::edit::{Member, TaskEdit};
use crate::ops::history::since_last_good;
use crate::ops::reach::{BlastRadius, LastOutcome, Reach};
use crate::ops::tiers::{Barrier, Level, clear};

/// From this reclaim on a task is held: it loses every run it is given.
const QUARANTINE: usize = 3;

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let id = desk.task_id()?;
    let route = desk.route()?;
    let Some(view) = route.view() else {
        return Err(Refusal::new(format!("nobody holds {id}")));
    };
    let level = match view.state {
        TaskState::Orphaned | TaskState::PhantomClaim => Level::Yes,
        TaskState::Silent => Level::Code,
        TaskState::Running | TaskState::Claimed | TaskState::Stuck => {
            let possible = "stop the run first: `stop`, or wait until its lease is over";
            return Err(refuse_state(desk, view.state, possible));
        }
        TaskState::Conflicted => {
            return Err(refuse_state(
                desk,
                view.state,
                "look at both versions first",
            ));
        }
        TaskState::Failed
        | TaskState::Skipped
        | TaskState::SkippedSilently
        | TaskState::Missed
        | TaskState::Unjudged => {
            let possible = "no run holds it: ask for it again: `retry`, or set it aside: `skip`";
            return Err(refuse_state(desk, view.state, possible));
        }
        TaskState::Held => return Err(refuse_state(desk, view.state, "release it: `release`")),
        TaskState::Blind
        | TaskState::Done
        | TaskState::Off
        | TaskState::AwaitingAgent
        | TaskState::Review
        | TaskState::Late
        | TaskState::Due
        | TaskState::Upcoming => return Err(refuse_state(desk, view.state, "")),
    };
    match &route {
        Route::File(target) => by_file(desk, target, level),
        Route::Command { .. } => {
            let act = desk.act(ActKind::Reclaim, Some(id))?;
            let sentence = format!("runs your own command to take {id} from its run");
            Ok(Draft::new(sentence)
                .level(level)
                .change(Change::Act(act))
                .never("a command cannot be taken back")
                .done(desk))
        }
    }
}

fn by_file(desk: &Desk<'_>, target: &Target<'_>, level: Level) -> Result<Plan, Refusal> {
    let id = &target.id;
    let claim = target.task.claim.as_ref();
    let epoch = claim.map_or(0, |claim| claim.epoch);
    let nth = since_last_good(desk, id, Verb::Reclaim).len() + 1;
    let cleared = clear(desk, id, Some(target.view), Some(target));
    let held = match &cleared {
        Ok(clearance) => begun_irreversible(&clearance.blast),
        Err(Barrier::Refused(refusal)) if refusal.asks == Some(Ask::Check) => {
            return Err(refusal.clone());
        }
        Err(Barrier::Refused(refusal)) => Some(refusal.why.clone()),
        Err(Barrier::Present(proof)) => Some(format!("it is done already ({proof}): mark it done")),
    };
    let held = if nth >= QUARANTINE {
        Some(format!("quarantined: reclaimed {nth} times"))
    } else {
        held
    };
    let steps = cleared
        .as_ref()
        .map(|clearance| clearance.steps.clone())
        .unwrap_or_default();
    let mut edit = TaskEdit::default();
    if let Some(why) = &held {
        edit = edit.set(
            Member::Held,
            &serde_json::json!({"since": desk.stamp(desk.now), "why": why}),
        );
    }
    edit.0
        .extend(requeue(desk, target, &steps, Attempt::Uncounted).0);
    let then = match &held {
        Some(why) => format!("and holds it: {why}"),
        None => "and lets its agent take it again".to_owned(),
    };
    let sentence = format!(
        "reclaims {id}: pending, epoch {epoch} → {}, {then}",
        epoch + 1
    );
    let mut draft = Draft::new(sentence)
        .level(level)
        .change(Change::Edit(target.edit(edit)));
    if let Ok(clearance) = cleared {
        draft = draft.blast(clearance.blast);
    }
    draft.undo = crate::ops::change::Undoing::Possible(format!(
        "`undo` gives the claim back under epoch {}",
        epoch + 2
    ));
    Ok(draft.done(desk))
}

/// What may have been done already, and cannot be taken back if it is done twice.
fn begun_irreversible(blast: &BlastRadius) -> Option<String> {
    let begun =
        |reach: &&Reach| reach.risk.is_irreversible() && reach.last != LastOutcome::NotStarted;
    let first = blast.asked.iter().find(begun)?;
    Some(format!(
        "{} may have been done, and may not be done twice",
        first.name()
    ))
}
