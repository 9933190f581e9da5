//! What the plan of the day before leaves to the next: what goes on, what was not done, what has to be looked at first.

use super::{Bench, Engine};
use crate::domain::facts::AgentFacts;
use crate::domain::fleet::{AgentView, TaskState};
use crate::domain::task::{Task, TaskStatus};
use crate::parse;
use crate::plan::ahead;
use crate::plan::calendar::Calendar;
use crate::plan::expand::{self, Began};
use crate::plan::make::{Desk, Given, Left, Origin, Why, Wish};

/// What the plan before leaves: recurring tasks go on as they stand, what was not done is offered again.
pub(super) fn from_before(
    engine: &Engine,
    facts: &AgentFacts,
    view: Option<&AgentView>,
    bench: &mut Bench,
) {
    let day = bench.desk.day;
    let before = facts
        .plans
        .iter()
        .rev()
        .filter(|v| v.known <= engine.now() && v.plan.date.is_some_and(|date| date < day))
        .max_by_key(|v| v.plan.date);
    let Some(version) = before.filter(|v| v.plan.date >= Some(day.plus(-2))) else {
        return;
    };
    let bytes = engine.versions.read(&version.hash).unwrap_or_default();
    for task in &version.plan.tasks {
        let members = || parse::members(&bytes, task.offset).unwrap_or_default();
        if expand::recurs(task) {
            let goes_on = ahead::is_on(task) || task.status == TaskStatus::Done;
            if goes_on {
                bench.carried.push(members());
                carry(task, &mut bench.desk);
            }
            continue;
        }
        match outcome(task, view) {
            Outcome::Over => {}
            Outcome::Open => bench.unfinished.push(Wish {
                task: task.clone(),
                agent: facts.id.clone(),
                origin: Origin::Unfinished,
                not_before: None,
                deadline: None,
                members: members(),
            }),
            Outcome::Unclear(word) => bench.left.push(Left {
                agent: Some(facts.id.clone()),
                task: task.id.clone(),
                why: Why::Status(word),
            }),
        }
    }
}

/// A recurring task that goes on takes its slots of that day.
fn carry(task: &Task, desk: &mut Desk) {
    let calendar = Calendar::new(desk.zone, desk.window);
    let began = Began {
        starts: &[],
        generated: Some(desk.window.from),
    };
    for at in expand::slots(task, &calendar, desk.window, began) {
        desk.fixed.push(Given {
            task: task.clone(),
            at,
        });
    }
}

enum Outcome {
    Over,
    /// Nobody began it: it may be asked for again.
    Open,
    /// What became of it has to be looked at first.
    Unclear(&'static str),
}

fn outcome(task: &Task, view: Option<&AgentView>) -> Outcome {
    if !ahead::is_on(task) {
        return Outcome::Over;
    }
    let mine = view.and_then(|view| view.tasks.iter().rev().find(|seen| seen.id == task.id));
    let Some(seen) = mine else {
        return match task.status {
            TaskStatus::Pending => Outcome::Open,
            TaskStatus::Done | TaskStatus::Skipped | TaskStatus::Off => Outcome::Over,
            TaskStatus::Claimed
            | TaskStatus::Running
            | TaskStatus::Review
            | TaskStatus::Failed
            | TaskStatus::Blocked
            | TaskStatus::Unknown => Outcome::Unclear("not over, by its plan"),
        };
    };
    match seen.state {
        TaskState::Done | TaskState::Skipped | TaskState::Off | TaskState::Held => Outcome::Over,
        // Its time has not passed: today is not over.
        TaskState::Upcoming | TaskState::Due | TaskState::Late if seen.slot.is_some() => {
            Outcome::Over
        }
        TaskState::Upcoming
        | TaskState::Due
        | TaskState::Late
        | TaskState::Missed
        | TaskState::SkippedSilently => Outcome::Open,
        state @ (TaskState::Blind
        | TaskState::Conflicted
        | TaskState::Failed
        | TaskState::PhantomClaim
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::Stuck
        | TaskState::AwaitingAgent
        | TaskState::Review
        | TaskState::Running
        | TaskState::Claimed
        | TaskState::Unjudged) => Outcome::Unclear(state.word()),
    }
}
