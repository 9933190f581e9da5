//! Mark done: where the proof is there, and only there.

use super::{Draft, refuse_state};
use crate::domain::fleet::TaskState;
use crate::domain::task::TaskStatus;
use crate::domain::text::shown;
use crate::ops::change::{Ask, Change, Plan, Refusal};
use crate::ops::desk::{Desk, Route, Target, is_running};
use crate::ops::edit::{Member, TaskEdit};
use crate::ops::reach::LastOutcome;
use crate::ops::scene::Outcome;
use crate::ops::tiers::{self, Level};
use crate::ops::work::work;

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let route = desk.route()?;
    let id = desk.task_id()?;
    let Route::File(target) = &route else {
        return Err(Refusal::new(format!(
            "{id} has no plan file that rounds may write to"
        )));
    };
    let state = target.view.state;
    if is_running(state) || matches!(state, TaskState::Done | TaskState::Off | TaskState::Blind) {
        return Err(refuse_state(desk, state, ""));
    }
    let proof = proof(desk, target)?;
    let mut edit = TaskEdit::default().set(Member::Status, &target.status_word(TaskStatus::Done));
    let claim = target.task.claim.as_ref();
    if let Some(freed) = target
        .freed()
        .filter(|_| claim.is_some_and(|claim| claim.by.is_some() || claim.run.is_some()))
    {
        edit = edit.with(Member::Claim, freed);
    }
    if target.task.held.is_some() {
        edit = edit.with(Member::Held, crate::ops::edit::Write::Remove);
    }
    let sentence = format!("sets {id} to done; proof: {proof}");
    Ok(Draft::new(sentence)
        .level(Level::Yes)
        .change(Change::Edit(target.edit(desk.signed(edit, &[]))))
        .done(desk))
}

/// What shows that all of it is done: a record, or what the pre-check says.
fn proof(desk: &Desk<'_>, target: &Target<'_>) -> Result<String, Refusal> {
    let work = work(desk, &target.id, Some(target.view), Some(target));
    let mut proofs = Vec::new();
    for reach in &work.asked {
        let checked = desk.scene.checked.iter().rev().find(|checked| {
            checked.key == reach.id
                && (desk.now - checked.at).abs() <= crate::ops::scene::CHECK_HOLDS
        });
        let done = reach
            .hits
            .iter()
            .rev()
            .find(|hit| hit.outcome == LastOutcome::Done);
        match (checked, done) {
            (Some(checked), _) if checked.found == Outcome::Present => {
                proofs.push(shown(&checked.proof).into_owned());
            }
            (_, Some(hit)) if reach.last == LastOutcome::Done => proofs.push(format!(
                "{}:{}, {}",
                hit.file.shown_within(40),
                hit.locus.line,
                desk.when(hit.at)
            )),
            (None, _)
                if !tiers::looks(desk, &target.id, Some(target.view), Some(target)).is_empty() =>
            {
                let why = format!("{} has to be looked up first", reach.name());
                return Err(Refusal::new(why).asking(Ask::Check));
            }
            (_, _) => {
                let why = format!("nothing shows that {} was done", reach.name());
                return Err(Refusal::new(why).but(
                    "possible where a record or the pre-check shows it; else `skip` with a reason",
                ));
            }
        }
    }
    Ok(proofs.join("; "))
}
