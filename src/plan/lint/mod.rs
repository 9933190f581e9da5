//! What is wrong with a day that has not begun: tonight for tomorrow.
//!
//! [`own`] is about the plans of one agent, [`between`] about two agents that want one resource. Both only look at what
//! will really fire ([`ahead`](super::ahead)). An issue is a warning where the day cannot go as planned and somebody
//! has to change the plan; everything else is for information.

pub mod between;
mod own;

use super::ahead::Fire;
use super::calendar::Window;
use crate::domain::facts::PlanVersion;
use crate::domain::finding::Severity;
use crate::domain::id::Locus;
use crate::domain::task::Task;
use crate::domain::time::{Day, Ts, Zone};

pub use own::{CROWDED, TASKS, own, spent};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// More than the plan's own limit, of an action or of tasks.
    OverCapacity,
    /// More than nine tenths of the hours that are not quiet.
    Crowded,
    /// In hours in which nothing is due.
    Quiet,
    /// A rule that no calendar ever meets, or that cannot be read.
    Dead,
    /// Other tasks of the plan name a tier, these do not.
    NoTier,
    /// Other tasks of the plan say when they are done, these do not.
    NoCriteria,
    /// Changes something, and neither a key nor a resource keeps it from happening twice.
    Unguarded,
    /// Begins before what it waits for can be over.
    Order,
}

/// One thing that is wrong with one day of one agent.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    pub fault: Fault,
    pub severity: Severity,
    /// Absent: it concerns the day.
    pub task: Option<&'a Task>,
    pub version: &'a PlanVersion,
    /// Already sanitised.
    pub says: String,
    /// A start at which it would fit.
    pub free: Option<Ts>,
}

impl Issue<'_> {
    /// Where it stands.
    pub fn place(&self) -> Locus {
        place(self.version, self.task)
    }
}

/// Where a task stands in its plan; without a task the plan's first line.
pub fn place(version: &PlanVersion, task: Option<&Task>) -> Locus {
    Locus {
        file: version.file,
        offset: task.map_or(0, |task| task.offset),
        len: 0,
        line: task.map_or(1, |task| task.line.max(1)),
    }
}

/// One day of one agent.
pub struct DayAhead<'a> {
    pub day: Day,
    pub window: Window,
    pub zone: Zone,
    /// Of this day, by time.
    pub fires: Vec<Fire<'a>>,
    /// That count on this day.
    pub versions: Vec<&'a PlanVersion>,
    /// Quiet stretches of the day.
    pub quiet: Vec<(Ts, Ts)>,
}
