//! Hold and release: one task, or all of an agent.

use super::{Draft, reasoned, refuse_state};
use crate::domain::act::ActKind;
use crate::domain::fleet::TaskState;
use crate::domain::id::TaskId;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::verb::Verb;
use crate::ops::change::{Change, EditTask, Plan, Refusal};
use crate::ops::desk::{Desk, Route, Target, is_running};
use crate::ops::edit::{Member, TaskEdit, Write};
use crate::ops::history::stands;
use crate::ops::reach::BlastRadius;
use crate::ops::tiers::{Barrier, Clearance, Level, clear};

pub(in super::super) fn hold(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let Some(id) = &desk.request.task else {
        return hold_agent(desk);
    };
    let route = desk.route()?;
    let Route::File(target) = &route else {
        let sentence = format!("runs your own command to hold {id}");
        return by_command(desk, ActKind::Hold, Some(id), sentence);
    };
    if target.task.held.is_some() {
        return Err(Refusal::new(format!("{id} is held already")).but("release it: `release`"));
    }
    let state = target.view.state;
    if matches!(state, TaskState::Done | TaskState::Off | TaskState::Blind) {
        return Err(refuse_state(desk, state, ""));
    }
    let runs_on = if is_running(state) {
        "; the run that is on goes on"
    } else {
        ""
    };
    let sentence = format!("holds {id} until it is released{runs_on}");
    let edit = held(desk, target);
    Ok(Draft::new(sentence).change(Change::Edit(edit)).done(desk))
}

fn held(desk: &Desk<'_>, target: &Target<'_>) -> EditTask {
    let why = desk.request.reason().unwrap_or("held by the operator");
    let value = serde_json::json!({"since": desk.stamp(desk.now), "why": why});
    let edit = TaskEdit::default().set(Member::Held, &value);
    target.edit(desk.signed(edit, &[]))
}

/// Every task of the agent's plan that could still run.
fn hold_agent(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let (targets, refusals) = targets(desk);
    if targets.is_empty() && refusals.is_empty() {
        let sentence = format!("runs your own command to hold {}", desk.request.agent);
        return by_command(desk, ActKind::Hold, None, sentence);
    }
    let open = |target: &&Target<'_>| {
        let state = target.view.state;
        let never = matches!(state, TaskState::Off | TaskState::Blind);
        let over = state == TaskState::Done && !crate::plan::expand::recurs(target.task);
        !(never || over) && target.task.held.is_none()
    };
    let edits: Vec<EditTask> = targets
        .iter()
        .filter(open)
        .map(|target| held(desk, target))
        .collect();
    if edits.is_empty() {
        return Err(refusals.into_iter().next().unwrap_or_else(|| {
            Refusal::new(format!("no task of {} could still run", desk.request.agent))
        }));
    }
    let running = targets
        .iter()
        .filter(|target| is_running(target.view.state))
        .count();
    let runs_on = match running {
        0 => String::new(),
        1 => "; 1 run that is on goes on".to_owned(),
        n => format!("; {n} runs that are on go on"),
    };
    let rest = left(refusals.len());
    let sentence = format!(
        "holds {}: {} until they are released{runs_on}{rest}",
        desk.request.agent,
        tasks(edits.len())
    );
    let mut draft = Draft::new(sentence).level(Level::Yes);
    draft.changes = edits.into_iter().map(Change::Edit).collect();
    Ok(draft.done(desk))
}

fn tasks(n: usize) -> String {
    if n == 1 {
        "1 task".to_owned()
    } else {
        format!("{n} tasks")
    }
}

fn left(n: usize) -> String {
    match n {
        0 => String::new(),
        n => format!("; {} cannot be written and stay as they are", tasks(n)),
    }
}

/// The tasks of an agent that can be written, each once, and why the others cannot.
fn targets<'a>(desk: &Desk<'a>) -> (Vec<Target<'a>>, Vec<Refusal>) {
    let mut ids: Vec<&TaskId> = desk.scene.view.every_task().map(|view| &view.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let (mut targets, mut refusals) = (Vec::new(), Vec::new());
    for id in ids {
        match desk.route_to(id) {
            Ok(Route::File(target)) => targets.push(target),
            Ok(Route::Command { .. }) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    (targets, refusals)
}

fn by_command(
    desk: &Desk<'_>,
    kind: ActKind,
    task: Option<&TaskId>,
    sentence: String,
) -> Result<Plan, Refusal> {
    Ok(Draft::new(sentence)
        .level(Level::Yes)
        .change(Change::Act(desk.act(kind, task)?))
        .never("a command cannot be taken back; its counterpart can be ordered")
        .done(desk))
}

pub(in super::super) fn release(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let Some(id) = &desk.request.task else {
        return release_agent(desk);
    };
    let route = desk.route()?;
    let Route::File(target) = &route else {
        let sentence = format!("runs your own command to release {id}");
        return by_command(desk, ActKind::Release, Some(id), sentence);
    };
    if target.task.held.is_none() {
        return Err(Refusal::new(format!("{id} is not held")));
    }
    let cleared = clearance(desk, target)?;
    let level = cleared
        .as_ref()
        .map_or(Level::Yes, |cleared| cleared.level.max(Level::Yes));
    reasoned(desk, level)?;
    let steps = cleared
        .as_ref()
        .map(|cleared| cleared.steps.clone())
        .unwrap_or_default();
    let blast = cleared.map_or_else(BlastRadius::nothing, |cleared| cleared.blast);
    let sentence = if blast.asked.is_empty() {
        format!("releases {id}: it is due again by its plan")
    } else {
        format!(
            "releases {id}, and so asks for what was open: {}",
            blast.sentence
        )
    };
    Ok(Draft::new(sentence)
        .level(level)
        .blast(blast)
        .change(Change::Edit(released(desk, target, &steps)))
        .done(desk))
}

fn released(desk: &Desk<'_>, target: &Target<'_>, steps: &[String]) -> EditTask {
    let edit = TaskEdit::default().with(Member::Held, Write::Remove);
    target.edit(desk.signed(edit, steps))
}

/// A task that rounds itself held when it took it from a run has open work: letting it go is asking for it again.
fn clearance(desk: &Desk<'_>, target: &Target<'_>) -> Result<Option<Clearance>, Refusal> {
    if !has_open_work(desk, target) {
        return Ok(None);
    }
    match clear(desk, &target.id, Some(target.view), Some(target)) {
        Ok(clearance) => Ok(Some(clearance)),
        Err(barrier @ (Barrier::Present(_) | Barrier::Refused(_))) => Err(barrier.refusal()),
    }
}

fn has_open_work(desk: &Desk<'_>, target: &Target<'_>) -> bool {
    let pending = |task: &Task| matches!(task.status, TaskStatus::Pending);
    let past = desk.scene.past;
    let taken = past.iter().any(|one| {
        one.verb == Verb::Reclaim && one.task.as_ref() == Some(&target.id) && stands(past, one)
    });
    let begun = desk
        .scene
        .facts
        .steps
        .iter()
        .any(|fact| fact.step.task.as_ref() == Some(&target.id));
    pending(target.task)
        && (taken
            || begun
            || target
                .task
                .last_op
                .as_ref()
                .is_some_and(|op| op.verb.exact() == "reclaim"))
}

fn release_agent(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let (targets, refusals) = targets(desk);
    if targets.is_empty() && refusals.is_empty() {
        let sentence = format!("runs your own command to release {}", desk.request.agent);
        return by_command(desk, ActKind::Release, None, sentence);
    }
    let held: Vec<&Target<'_>> = targets
        .iter()
        .filter(|target| target.task.held.is_some())
        .collect();
    if held.is_empty() {
        return Err(Refusal::new(format!(
            "no task of {} is held",
            desk.request.agent
        )));
    }
    let (open, free): (Vec<_>, Vec<_>) = held
        .into_iter()
        .partition(|target| has_open_work(desk, target));
    if free.is_empty() {
        let why = format!("what is held of {} has open work", desk.request.agent);
        return Err(Refusal::new(why).but("release each task by itself"));
    }
    let rest = match open.len() {
        0 => String::new(),
        n => format!(
            "; {} with open work stay held: release each by itself",
            tasks(n)
        ),
    };
    let sentence = format!(
        "releases {} of {}{rest}",
        tasks(free.len()),
        desk.request.agent
    );
    let mut draft = Draft::new(sentence).level(Level::Yes);
    draft.changes = free
        .iter()
        .map(|target| Change::Edit(released(desk, target, &[])))
        .collect();
    Ok(draft.done(desk))
}
