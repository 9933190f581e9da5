//! What the operator can order, planned before anything is touched.
//!
//! An order is a [`Request`]. From it and from what is known ([`Scene`]) comes a [`Plan`]: one sentence, how far it
//! reaches, the exact change, how it must be confirmed; or a [`Refusal`], which says what would make it possible. All of
//! it is pure: nothing here reads a file, a clock or the config, and nothing here changes anything.
//!
//! [`splice`](splice::splice) turns the change of a task into bytes, and leaves every other byte of the file alone.

pub mod base;
pub mod bulk;
pub mod change;
pub mod confirm;
pub mod copy;
mod desk;
pub mod difference;
pub mod draft;
mod edit;
mod history;
pub mod merge;
mod possible;
mod preview;
pub mod reach;
pub mod request;
pub mod scene;
pub mod splice;
pub mod storm;
mod tiers;
mod timeline;
mod verbs;
mod work;

pub use crate::domain::verb::{Subject, Verb};
pub use base::Base;
pub use change::{
    Act, Append, AppendTo, Ask, Change, EditTask, FileRef, Plan, Refusal, Rewrite, Undoing, Word,
};
pub use confirm::{Answer, Code, Confirm};
pub use copy::{Copy, CopyKind};
pub use draft::{Begin, Drafted, Wanted};
pub use edit::{Cut, DiffLine, Member, Raw, Sign, TaskEdit, Touched, Wording, Write};
pub use possible::{impossible, possible};
pub use preview::preview;
pub use reach::{BlastRadius, Hit, LastOutcome, Reach, Risk};
pub use request::{Letter, LetterKind, Operator, Request};
pub use scene::{Check, Checked, How, Landed, Mode, Outcome, Past, Scene, TouchedTask};
pub use splice::{NotSpliceable, Spliced, splice};
pub use verbs::edit::editable;

use crate::domain::time::Ts;
use desk::Desk;

/// What an order would do.
///
/// # Errors
/// Why not, and what would make it possible. Where it asks for something ([`Refusal::asks`]), the same order with that
/// may be possible.
pub fn plan(request: &Request, scene: &Scene<'_>, now: Ts) -> Result<Plan, Refusal> {
    desk::allowed(request, scene)?;
    let desk = Desk::new(request, scene, now);
    decide(&desk).map_err(|refusal| match desk.who_was_faster() {
        Some(who) if refusal.asks.is_none() => Refusal {
            why: format!("{} ({who})", refusal.why),
            ..refusal
        },
        Some(_) | None => refusal,
    })
}

fn decide(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    match desk.request.verb {
        Verb::Reclaim => verbs::reclaim::plan(desk),
        Verb::Retry => verbs::retry::plan(desk),
        Verb::Skip => verbs::skip::plan(desk),
        Verb::Hold => verbs::hold::hold(desk),
        Verb::Release => verbs::hold::release(desk),
        Verb::Run => verbs::start::run(desk),
        Verb::Stop => verbs::start::stop(desk),
        Verb::Approve => verbs::approve::plan(desk),
        Verb::Done => verbs::done::plan(desk),
        Verb::Acknowledge => verbs::say::acknowledge(desk),
        Verb::Snooze => verbs::say::snooze(desk),
        Verb::Note => verbs::tell::note(desk),
        Verb::Handoff => verbs::tell::handoff(desk),
        Verb::Merge => verbs::merge::plan(desk),
        Verb::Edit => verbs::edit::plan(desk),
        Verb::Undo => verbs::undo::plan(desk),
    }
}

/// What has to be looked up before [`plan`] can decide; its answers go into [`Scene::checked`]. Empty where nothing has.
pub fn checks(request: &Request, scene: &Scene<'_>, now: Ts) -> Vec<Check> {
    let asks = match request.verb {
        Verb::Retry | Verb::Reclaim | Verb::Run | Verb::Release | Verb::Done => true,
        Verb::Skip
        | Verb::Hold
        | Verb::Stop
        | Verb::Approve
        | Verb::Acknowledge
        | Verb::Snooze
        | Verb::Note
        | Verb::Handoff
        | Verb::Merge
        | Verb::Edit
        | Verb::Undo => false,
    };
    let desk = Desk::new(request, scene, now);
    let (true, Some(id)) = (asks && desk::allowed(request, scene).is_ok(), &request.task) else {
        return Vec::new();
    };
    match desk.route() {
        Ok(desk::Route::File(target)) => tiers::looks(&desk, id, Some(target.view), Some(&target)),
        Ok(desk::Route::Command { view, .. }) => tiers::looks(&desk, id, view, None),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
