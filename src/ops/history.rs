//! What was done before: how often a task was asked for, when it may be again, and what can be taken back.

use super::change::Refusal;
use super::desk::Desk;
use super::scene::{Landed, Past};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::TaskId;
use crate::domain::time::{Span, Ts};
use crate::domain::verb::Verb;

/// Between a failure and the next attempt.
const BACKOFF: [Span; 3] = [Span::MINUTE, Span::mins(5), Span::mins(25)];
/// After this many a person has to look.
pub(super) const ATTEMPTS: usize = 3;

/// It took effect, as far as anybody knows, and was not taken back.
pub(super) fn stands(past: &[Past], one: &Past) -> bool {
    let effect = match one.landed {
        Landed::Done | Landed::Unknown | Landed::Open => true,
        Landed::NotApplied | Landed::Conflicted => false,
    };
    let undone = past
        .iter()
        .any(|later| later.undoes.as_ref() == Some(&one.op) && later.landed == Landed::Done);
    effect && !undone
}

/// Operations of one verb on a task since it last went well or was released.
pub(super) fn since_last_good<'a>(desk: &Desk<'a>, task: &TaskId, verb: Verb) -> Vec<&'a Past> {
    let past = desk.scene.past;
    let mine = |one: &&Past| one.task.as_ref() == Some(task) && stands(past, one);
    if !past.iter().any(|one| one.verb == verb && mine(&one)) {
        return Vec::new();
    }
    let released = past
        .iter()
        .filter(mine)
        .filter(|one| one.verb == Verb::Release)
        .map(|one| one.at)
        .max();
    let beats = desk.scene.facts.beats.iter();
    let good = beats
        .filter(|beat| beat.task.as_ref() == Some(task) && beat.status == RunStatus::Ok)
        .map(|beat| beat.at)
        .filter(|&at| at <= desk.now)
        .max();
    let from = released.max(good);
    past.iter()
        .filter(mine)
        .filter(|one| one.verb == verb && Some(one.at) > from)
        .collect()
}

/// Which attempt this would be, from 1.
///
/// # Errors
/// Where it comes too early, or once too often.
pub(super) fn attempt(
    desk: &Desk<'_>,
    task: &TaskId,
    failed: Option<Ts>,
) -> Result<usize, Refusal> {
    let before = since_last_good(desk, task, Verb::Retry);
    let made = before.len();
    let Some(wait) = BACKOFF.get(made) else {
        let why = format!("quarantined: {made} attempts were made and none went well");
        return Err(Refusal::new(why)
            .but("look why, then hold it (`hold`) and release it (`release`): a release counts anew; or `skip`"));
    };
    let last = before.last().map(|one| one.at).max(failed);
    if let Some(last) = last.filter(|&last| last <= desk.now && desk.now - last < *wait) {
        let why = format!(
            "attempt {} of {ATTEMPTS} has to wait {wait} after the last",
            made + 1
        );
        return Err(Refusal::new(why).but(format!("possible at {}", desk.when(last + *wait))));
    }
    Ok(made + 1)
}
