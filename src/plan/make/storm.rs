//! After an outage: what is overdue all at once, and what would come of running, skipping or spreading it.

use std::collections::BTreeMap;

use super::{Desk, Made, Origin, Wish, make};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::task::Task;
use crate::domain::time::Ts;
use crate::plan::ahead;
use crate::plan::lint::spent;

/// Slots of one task that passed without a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Overdue {
    pub agent: AgentId,
    pub task: Task,
    pub slots: u32,
    pub first: Ts,
    pub last: Ts,
    /// None of them is past its grace: the agent may still come to it.
    pub in_time: bool,
}

/// Several tasks that would begin on one resource at the same moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    pub resource: String,
    pub tasks: Vec<(AgentId, TaskId)>,
}

/// A limit that would be passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    pub agent: AgentId,
    pub action: String,
    pub would: u32,
    pub most: u32,
}

/// What is overdue, and the three ways out of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storm {
    /// By agent, then time: also what would be skipped.
    pub overdue: Vec<Overdue>,
    /// What would happen if everything ran now.
    pub crowds: Vec<Crowd>,
    pub excess: Vec<Excess>,
    /// Where each would go, spread over what is left of the day; each task once.
    pub spread: Made,
}

/// Judges the three ways. Every task is asked for once, however many of its slots have passed.
pub fn storm(desks: &[Desk], mut overdue: Vec<Overdue>, seed: u64) -> Storm {
    overdue.sort_by(|a, b| (&a.agent, a.first, &a.task.id).cmp(&(&b.agent, b.first, &b.task.id)));
    let wishes: Vec<Wish> = overdue
        .iter()
        .map(|one| Wish {
            task: one.task.clone(),
            agent: one.agent.clone(),
            origin: Origin::Unfinished,
            not_before: None,
            deadline: None,
            members: Vec::new(),
        })
        .collect();
    Storm {
        crowds: crowds(&overdue),
        excess: excess(desks, &overdue),
        spread: make(desks, &wishes, seed),
        overdue,
    }
}

fn crowds(overdue: &[Overdue]) -> Vec<Crowd> {
    let mut by_resource: BTreeMap<String, Vec<(AgentId, TaskId)>> = BTreeMap::new();
    for one in overdue.iter().filter(|one| ahead::changes(&one.task)) {
        for resource in &one.task.resources {
            let same = by_resource.entry(resource.shown_within(32)).or_default();
            same.push((one.agent.clone(), one.task.id.clone()));
        }
    }
    by_resource
        .into_iter()
        .filter(|(_, tasks)| tasks.iter().any(|(agent, _)| *agent != tasks[0].0))
        .map(|(resource, tasks)| Crowd { resource, tasks })
        .collect()
}

fn excess(desks: &[Desk], overdue: &[Overdue]) -> Vec<Excess> {
    let mut found = Vec::new();
    for desk in desks {
        for limit in &desk.limits {
            let action = limit.action.exact();
            let stands = desk.fixed.iter().map(|given| &given.task);
            let mine = overdue.iter().filter(|one| one.agent == desk.agent);
            let would = spent(stands.chain(mine.clone().map(|one| &one.task)), action);
            if would > limit.most && mine.clone().count() > 0 {
                found.push(Excess {
                    agent: desk.agent.clone(),
                    action: limit.action.shown_within(32),
                    would,
                    most: limit.most,
                });
            }
        }
    }
    found
}
