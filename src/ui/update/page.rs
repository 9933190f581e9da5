//! The page of an agent and of a task: what is on it, and where its lines lead.

use std::sync::Arc;

use crate::domain::id::{AgentId, TaskId};
use crate::domain::log::LogKey;
use crate::domain::page::TaskVersion;
use crate::reader::Query;
use crate::ui::effect::Effect;
use crate::ui::model::{Built, Model, Pane};
use crate::view::agent::{self, Known, Line, Target};

use super::history;

pub fn rebuild(model: &mut Model) {
    let agent = model
        .selected_agent()
        .and_then(|id| model.agent(id))
        .cloned();
    let Some(agent) = agent else {
        model.page.sheet.clear();
        model.page.task = None;
        return;
    };
    let width = model.page_area().width;
    let built = Built {
        agent,
        task: model.page.task.clone(),
        fleet: Arc::clone(model.fleet()),
        minute: model.now().minute(),
        width,
        rows: model.sheet_rows(),
    };
    let stands = model
        .page
        .built
        .as_ref()
        .is_some_and(|before| says_the_same(before, &built));
    if !stands || model.page.sheet.lines.is_empty() {
        write(model, &built);
    }
    model.page.built = Some(built);
}

/// Whether pages of the same rows would be the same.
fn says_the_same(before: &Built, now: &Built) -> bool {
    let same = Arc::ptr_eq(&before.agent, &now.agent)
        && before.task == now.task
        && (before.minute, before.width, before.rows) == (now.minute, now.width, now.rows);
    // The page of a task names what was told of it, too.
    same && (Arc::ptr_eq(&before.fleet, &now.fleet)
        || (now.task.is_none()
            && before.fleet.since == now.fleet.since
            // Who waits for its locks is told by others.
            && before.fleet.locks == now.fleet.locks
            && agent::own(&before.fleet, &before.agent) == agent::own(&now.fleet, &now.agent)))
}

fn write(model: &mut Model, of: &Built) {
    let agent = &of.agent;
    let target = Target {
        agent: agent.id.clone(),
        task: of.task.clone(),
    };
    let timeline = match &model.page.timeline {
        Some((of, rows)) if *of == target => Some(rows.as_slice()),
        _ => None,
    };
    let versions = match &model.page.versions {
        Some((of, versions)) if *of == target => Some(versions.as_slice()),
        _ => None,
    };
    let lines = match &target.task {
        Some(task) => {
            let known = Known { timeline, versions };
            agent::task_page(&of.fleet, agent, task, known, model.now())
        }
        None => agent::page(&of.fleet, agent, timeline, model.now()),
    };
    let lines = model.fitted(lines, of.width, 10);
    model.page.sheet.show(lines, of.rows);
}

/// The page of the agent under the cursor gets the keys.
pub fn open(model: &mut Model) {
    if !model.page.sheet.focused {
        model.page.task = None;
        model.page.sheet.focus();
    }
}

/// The page of an agent or of a task, from wherever it was named; Esc leads back there.
pub fn go(model: &mut Model, target: Target) {
    if !model.index.contains_key(&target.agent) {
        super::say(model, "this agent is no longer there");
        return;
    }
    let from = model.pane;
    if from != Pane::Standup {
        model.back_to = Some(from);
        model.pane = Pane::Standup;
    }
    model.select_agent(&target.agent);
    model.page.sheet.clear();
    model.page.sheet.focus();
    model.page.task = target.task;
}

/// One level back from the page. `false`: the page has not got the keys.
pub fn back(model: &mut Model) -> bool {
    if model.pane != Pane::Standup || !model.page.sheet.focused {
        return false;
    }
    if let Some(pane) = model.back_to.take() {
        leave(model);
        model.pane = pane;
    } else if model.page.task.take().is_some() {
        model.page.sheet.clear();
        model.page.sheet.focus();
    } else {
        leave(model);
    }
    true
}

/// The list gets the keys again.
pub fn leave(model: &mut Model) {
    model.page.sheet.focused = false;
    model.page.task = None;
}

/// A line opens the page it leads to, else its place in the log, else the raw line.
pub fn open_line(model: &mut Model, line: &Line, effects: &mut Vec<Effect>) {
    // A line of the retro is of a week that may be long over: its proof says more than today's page.
    if let (Pane::Retro, Some(locus)) = (model.pane, line.locus) {
        effects.push(Effect::Ask(Query::Copy(locus)));
        return;
    }
    let here = model.target();
    let own = line.opens.clone().filter(|opens| {
        let same_task = model.pane == Pane::Standup && here.as_ref() == Some(opens);
        let shown = model.page.task == opens.task && model.pane == Pane::Standup;
        !(same_task && shown)
    });
    if let Some(target) = own {
        go(model, target);
        return;
    }
    match (line.at, line.locus, here) {
        (Some(at), Some(locus), Some(target)) => {
            let agent = target.agent;
            history::open_at(model, LogKey { at, agent, locus });
        }
        (_, Some(locus), _) => effects.push(Effect::Ask(Query::Copy(locus))),
        (_, None, _) => {}
    }
}

pub fn versions(model: &mut Model, (agent, task): (AgentId, TaskId), versions: Vec<TaskVersion>) {
    let task = Some(task);
    model.page.versions = Some((Target { agent, task }, versions));
    model.page.built = None;
}
