//! Run and stop: the operator's own commands, from the config.

use super::{Draft, reasoned, refuse_state};
use crate::domain::act::ActKind;
use crate::domain::fleet::{RunView, TaskState};
use crate::domain::id::TaskId;
use crate::domain::text::shown;
use crate::ops::change::{Change, Plan, Refusal};
use crate::ops::desk::{Desk, Route, fill};
use crate::ops::edit::TaskEdit;
use crate::ops::tiers::{Barrier, Level, clear};

pub(in super::super) fn run(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let Some(id) = &desk.request.task else {
        return run_agent(desk);
    };
    let act = desk.act(ActKind::Run, Some(id))?;
    let route = desk.route()?;
    if let Some(view) = route.view() {
        startable(desk, view.state)?;
    }
    let target = match &route {
        Route::File(target) => Some(target),
        Route::Command { .. } => None,
    };
    let cleared = clear(desk, id, route.view(), target).map_err(Barrier::refusal)?;
    reasoned(desk, cleared.level)?;
    let sentence = format!(
        "starts {id} by `{}`: {}",
        shown(&act.argv.join(" ")),
        cleared.blast.sentence
    );
    let mut draft = Draft::new(sentence)
        .level(Level::Yes)
        .level(cleared.level)
        .blast(cleared.blast)
        .never("a started run cannot be taken back; it can be stopped");
    if let Some(target) = target {
        // The row waits for the run that this starts.
        let edit = super::retry::requeue(
            desk,
            target,
            &cleared.steps,
            super::retry::Attempt::Uncounted,
        );
        let open = target.task.status == crate::domain::task::TaskStatus::Pending;
        let edit = if open {
            desk.signed(TaskEdit::default(), &cleared.steps)
        } else {
            edit
        };
        draft = draft.change(Change::Edit(target.edit(edit)));
    }
    Ok(draft.change(Change::Act(act)).done(desk))
}

/// What a started run might do is bounded by the worst that the agent's tasks may do.
fn run_agent(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let act = desk.act(ActKind::Run, None)?;
    let views = desk.scene.view.every_task();
    let on = views
        .clone()
        .find(|view| crate::ops::desk::is_running(view.state));
    if let Some(view) = on {
        let why = format!("{} runs already: {}", desk.request.agent, view.id);
        return Err(Refusal::new(why).but("stop it first: `stop`"));
    }
    let risks = views.map(|view| crate::ops::reach::Risk::of(view.tier, view.reversible));
    let worst = risks.max().unwrap_or(crate::ops::reach::Risk::Undeclared);
    let level = if worst.is_irreversible() {
        Level::Code
    } else {
        Level::Yes
    };
    reasoned(desk, level)?;
    let sentence = format!(
        "starts {} by `{}`; the worst its tasks may do is {}",
        desk.request.agent,
        shown(&act.argv.join(" ")),
        worst.word()
    );
    Ok(Draft::new(sentence)
        .level(level)
        .change(Change::Act(act))
        .never("a started run cannot be taken back; it can be stopped")
        .done(desk))
}

fn startable(desk: &Desk<'_>, state: TaskState) -> Result<(), Refusal> {
    let possible = match state {
        TaskState::Failed
        | TaskState::Skipped
        | TaskState::Missed
        | TaskState::SkippedSilently
        | TaskState::Late
        | TaskState::Due
        | TaskState::Upcoming
        | TaskState::Unjudged
        | TaskState::AwaitingAgent => return Ok(()),
        TaskState::Running | TaskState::Claimed | TaskState::Stuck => "stop the run first: `stop`",
        TaskState::Orphaned | TaskState::PhantomClaim | TaskState::Silent => {
            "reclaim it first: `reclaim`"
        }
        TaskState::Held => "release it first: `release`",
        TaskState::Conflicted => "look at both versions first",
        TaskState::Off => "switch it on in its plan",
        TaskState::Blind => "possible once the files can be seen again",
        TaskState::Done | TaskState::Review => "",
    };
    Err(refuse_state(desk, state, possible))
}

pub(in super::super) fn stop(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let on = running(desk)?;
    let agent = &desk.scene.facts.id;
    let task = desk.request.task.as_ref().or(on.task);
    let Some(command) = desk.scene.acts.command(agent, ActKind::Stop) else {
        return Err(desk.no_act(ActKind::Stop));
    };
    let mut names = desk.names(task);
    if let Some(pid) = on.pid {
        names.push(("pid", pid.to_string()));
    }
    if let Some(run) = on.run.and_then(|run| run.id.as_ref()) {
        names.push(("run", run.as_str().to_owned()));
    }
    let argv = fill(command, &names)?;
    let pid = on
        .pid
        .map_or_else(|| "no pid is known".to_owned(), |pid| format!("pid {pid}"));
    let what = task.map_or_else(|| agent.to_string(), ToString::to_string);
    let sentence = format!("stops {what} ({pid}) by `{}`", shown(&argv.join(" ")));
    let act = crate::ops::change::Act {
        kind: ActKind::Stop,
        argv,
        timeout: command.timeout,
    };
    Ok(Draft::new(sentence)
        .level(Level::Yes)
        .change(Change::Act(act))
        .never("a stopped run cannot be taken back")
        .done(desk))
}

struct On<'a> {
    task: Option<&'a TaskId>,
    run: Option<&'a RunView>,
    pid: Option<u32>,
}

/// What there is to stop.
fn running<'a>(desk: &Desk<'a>) -> Result<On<'a>, Refusal> {
    let on = |state: TaskState| {
        matches!(
            state,
            TaskState::Running
                | TaskState::Claimed
                | TaskState::Stuck
                | TaskState::Silent
                | TaskState::Orphaned
        )
    };
    let wanted = desk.request.task.as_ref();
    let views = desk.scene.view.every_task();
    let view = views
        .filter(|view| wanted.is_none_or(|id| view.id == *id))
        .find(|view| on(view.state));
    let Some(view) = view else {
        let what = wanted.map_or_else(|| desk.request.agent.to_string(), ToString::to_string);
        return Err(Refusal::new(format!("no run of {what} is on")));
    };
    let by_claim = view.claim.as_ref().and_then(|claim| claim.pid);
    let run = view.run.as_ref();
    let by_run = || {
        let id = run?.id.as_ref()?;
        let beats = desk.scene.facts.beats.iter().rev();
        beats
            .filter(|beat| beat.run.as_ref() == Some(id))
            .find_map(|beat| Some(beat.extra.as_ref()?.process.as_ref()?.pid))
    };
    Ok(On {
        task: Some(&view.id),
        run,
        pid: by_claim.or_else(by_run),
    })
}
