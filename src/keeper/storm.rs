//! What is overdue now, for the three ways out of an outage.

use super::Reply;
use super::engine::Engine;
use super::planning::{PlanAsk, desk_today};
use crate::domain::fleet::{AgentView, TaskState};
use crate::domain::time::Zone;
use crate::ops;
use crate::plan::make::{self, Desk, Given, Kept, Overdue, Storm};

/// For the screen.
pub fn reply(engine: &mut Engine) -> Reply {
    let (storm, zone) = storm(engine);
    let title = ops::storm::title(&storm, zone);
    Reply::Storm(title.map(|title| Box::new((title, ops::storm::ways(&storm, zone)))))
}

/// The overdue slots of today, and where they would go.
pub fn storm(engine: &mut Engine) -> (Storm, Zone) {
    let zone = engine.policy.zone.value;
    let now = engine.now();
    let ask = PlanAsk {
        day: Some(zone.day_of(now)),
        only: Vec::new(),
        hours: Vec::new(),
        seed: None,
    };
    let fleet = engine.fleet();
    let mut desks: Vec<Desk> = Vec::new();
    let mut overdue: Vec<Overdue> = Vec::new();
    for (facts, folder) in engine.known_agents() {
        let Some(view) = fleet.agent(&facts.id) else {
            continue;
        };
        let mut desk = desk_today(engine, &facts, folder, view, &ask);
        desk.kept = desk.kept.filter(|kept| *kept == Kept::Paused);
        if desk.kept.is_some() {
            continue;
        }
        desk.fixed = others(view);
        overdue.extend(passed(view));
        desks.push(desk);
    }
    let seed = u64::try_from(now.0 / 60_000).unwrap_or(0);
    (make::storm(&desks, overdue, seed), zone)
}

/// Everything of today that is not overdue keeps its place and its share of the limits.
fn others(view: &AgentView) -> Vec<Given> {
    view.tasks
        .iter()
        .filter(|task| !task.state.is_unaccounted())
        .filter(|task| {
            !matches!(
                task.state,
                TaskState::Off | TaskState::Held | TaskState::Skipped
            )
        })
        .filter_map(|task| {
            Some(Given {
                task: task.declared.task()?.clone(),
                at: task.slot?,
            })
        })
        .collect()
}

fn passed(view: &AgentView) -> Vec<Overdue> {
    let mut found: Vec<Overdue> = Vec::new();
    for task in view.tasks.iter().filter(|task| task.state.is_unaccounted()) {
        let (Some(declared), Some(at)) = (task.declared.task(), task.slot) else {
            continue;
        };
        match found.iter_mut().find(|one| one.task.id == task.id) {
            Some(one) => {
                one.slots += 1;
                one.last = one.last.max(at);
                one.in_time &= task.state == TaskState::Late;
            }
            None => found.push(Overdue {
                agent: view.id.clone(),
                task: declared.clone(),
                slots: 1,
                first: at,
                last: at,
                in_time: task.state == TaskState::Late,
            }),
        }
    }
    found
}
