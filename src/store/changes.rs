//! What a transaction of the mirror changed, for those who keep facts in memory.

use std::collections::{BTreeSet, HashMap};

use crate::domain::facts::{Beat, LockFact, PlanVersion, StepFact};
use crate::domain::heartbeat::Item;
use crate::domain::id::{FileId, ItemId};
use crate::domain::kept::{Question, TrackedChange};
use crate::domain::time::Ts;

/// What agents keep beside log and plan, where it changed.
#[derive(Debug, Default)]
pub struct Beside {
    pub locks: Vec<(i64, FileId, Option<LockFact>)>,
    /// All questions of an outbox.
    pub questions: Vec<(i64, FileId, Vec<Question>)>,
    pub tracked: Vec<(i64, TrackedChange)>,
    /// Agents whose tracking files list what they never listed before.
    pub entered: BTreeSet<i64>,
}

/// What one transaction changed, for the facts in memory.
#[derive(Debug, Default)]
pub struct Changes {
    pub added: Vec<(i64, Beat)>,
    pub removed: Vec<(i64, Beat)>,
    /// Texts of the items of `added`.
    pub items: HashMap<ItemId, Item>,
    pub steps: Vec<(i64, StepFact)>,
    pub plans: Vec<(i64, PlanVersion)>,
    pub beside: Beside,
    /// When an agent's INSIGHTS were touched last.
    pub learned: Vec<(i64, Ts)>,
    /// The log changed otherwise than by `added` and `steps`: damage, rotations, versions of plans.
    pub noted: bool,
    pub agents: BTreeSet<i64>,
}

impl Changes {
    /// Adds what a later transaction changed.
    pub fn absorb(&mut self, more: Self) {
        self.added.extend(more.added);
        self.removed.extend(more.removed);
        self.items.extend(more.items);
        self.steps.extend(more.steps);
        self.plans.extend(more.plans);
        self.beside.locks.extend(more.beside.locks);
        self.beside.questions.extend(more.beside.questions);
        self.beside.tracked.extend(more.beside.tracked);
        self.beside.entered.extend(more.beside.entered);
        self.learned.extend(more.learned);
        self.noted |= more.noted;
        self.agents.extend(more.agents);
    }

    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }
}
