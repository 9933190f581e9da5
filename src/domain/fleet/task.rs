//! One slot of one task.

use std::sync::Arc;

use super::{RunView, TaskState};
use crate::domain::action::{Reversible, Tier};
use crate::domain::id::{Locus, TaskId};
use crate::domain::policy::Sourced;
use crate::domain::schedule::Plan;
use crate::domain::task::{self, Claim, Task};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// One slot of one task today.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    pub id: TaskId,
    pub title: Option<Untrusted>,
    pub slot: Option<Ts>,
    pub jitter: Span,
    pub grace: Sourced<Span>,
    pub state: TaskState,
    pub since: Ts,
    pub run: Option<RunView>,
    pub claim: Option<Box<Claim>>,
    pub tier: Option<Tier>,
    pub reversible: Reversible,
    /// Why it is skipped, failed or held, in the agent's words.
    pub why: Option<Untrusted>,
    /// Where the plan says it.
    pub plan: Locus,
    pub declared: Declared,
}

impl TaskView {
    /// What people call it.
    pub fn name(&self) -> String {
        task::name(&self.id, self.title.as_ref())
    }
}

/// The task as its plan declares it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    plan: Option<Arc<Plan>>,
    index: u32,
}

impl Declared {
    /// A task of a plan; nothing where it is none of its tasks.
    pub fn of(plan: &Arc<Plan>, task: &Task) -> Self {
        // Its place among the tasks, by where it lies: a plan may have ten thousand of them.
        let base = std::ptr::from_ref::<[Task]>(&plan.tasks).addr();
        let away = std::ptr::from_ref(task).addr().wrapping_sub(base);
        let index = away / size_of::<Task>();
        match plan.tasks.get(index) {
            Some(found) if std::ptr::eq(found, task) => Self {
                plan: Some(plan.clone()),
                index: index as u32,
            },
            Some(_) | None => Self::default(),
        }
    }

    pub fn task(&self) -> Option<&Task> {
        self.plan.as_ref()?.tasks.get(self.index as usize)
    }
}
