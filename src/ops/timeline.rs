//! The last that is known of a task, in order: what an operator looks at before saying yes.

use super::desk::Desk;
use super::scene::{Landed, Scene};
use crate::domain::action::StepStatus;
use crate::domain::id::TaskId;
use crate::domain::text::shown;
use crate::domain::time::Ts;

/// Events of a preview.
const MOST: usize = 4;

/// The last events of the task that an order is about, oldest first: `05:31 failed (run 01JQE2)`. Words of rounds, ids and
/// keys only.
pub(super) fn of(desk: &Desk<'_>) -> Vec<String> {
    let Some(task) = &desk.request.task else {
        return Vec::new();
    };
    let mut events = slots(desk.scene, task, desk.now);
    events.extend(beats(desk.scene, task));
    events.extend(steps(desk.scene, task));
    events.extend(orders(desk.scene, task));
    events.sort_by_key(|(at, _)| *at);
    events.dedup();
    let begin = events.len().saturating_sub(MOST);
    events[begin..]
        .iter()
        .map(|(at, what)| format!("{} {what}", desk.when(*at)))
        .collect()
}

fn slots(scene: &Scene<'_>, task: &TaskId, now: Ts) -> Vec<(Ts, String)> {
    let mut events = Vec::new();
    for view in scene.view.tasks.iter().filter(|view| view.id == *task) {
        events.extend(
            view.slot
                .filter(|at| *at <= now)
                .map(|at| (at, "due".to_owned())),
        );
        let Some(claim) = view.claim.as_ref() else {
            continue;
        };
        if let (Some(by), Some(at)) = (&claim.by, claim.at) {
            events.push((at, format!("claimed by {by}, epoch {}", claim.epoch)));
        }
    }
    events
}

fn beats(scene: &Scene<'_>, task: &TaskId) -> Vec<(Ts, String)> {
    let mine = scene.facts.beats.iter();
    mine.filter(|beat| beat.task.as_ref() == Some(task))
        .map(|beat| {
            let run = beat.run.as_ref();
            let run = run.map_or_else(String::new, |run| format!(" (run {run})"));
            (beat.at, format!("{}{run}", beat.status.word()))
        })
        .collect()
}

fn steps(scene: &Scene<'_>, task: &TaskId) -> Vec<(Ts, String)> {
    let mine = scene.facts.steps.iter();
    mine.filter(|fact| fact.step.task.as_ref() == Some(task))
        .filter_map(|fact| {
            let step = &fact.step;
            let name = step.step.as_ref().or(step.key.as_ref())?;
            let said = format!("step {} {}", name.shown_within(40), status(step.status));
            Some((step.at.at, said))
        })
        .collect()
}

fn status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Intended => "intended",
        StepStatus::Ready => "ready",
        StepStatus::Done => "done",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
        StepStatus::Unknown => "unknown",
    }
}

fn orders(scene: &Scene<'_>, task: &TaskId) -> Vec<(Ts, String)> {
    let mine = scene.past.iter();
    mine.filter(|past| past.task.as_ref() == Some(task) && past.landed == Landed::Done)
        .map(|past| {
            let tty = past.operator.tty.as_deref();
            let tty = tty.map_or_else(String::new, |tty| format!(" on {}", shown(tty)));
            let by = past.operator.uid;
            (past.at, format!("{} by uid {by}{tty}", past.verb.past()))
        })
        .collect()
}
