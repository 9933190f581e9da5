//! Tomorrow's plans from what could be planned: greedy by priority, within finite capacity.
//!
//! Nothing is invented and no limit is raised: every task comes from a backlog or is left over, somebody is named for
//! it, and what does not fit is left with the reason. The same input and seed give the same plans.

mod place;
mod room;
mod storm;
mod wish;
mod write;

use super::calendar::Window;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::schedule::{Limit, Quiet};
use crate::domain::task::Task;
use crate::domain::time::{Day, Span, Ts, Zone};

pub use place::make;
pub use storm::{Crowd, Excess, Overdue, Storm, storm};
pub use wish::{Offer, Source, wishes};
pub use write::{Page, text};

/// Of a task that names none: so much is kept free around its slot, either way.
pub const USUAL_JITTER: Span = Span::mins(5);
/// Kept free for a task without an estimate. It is not written down: nobody said it.
pub const USUAL_LENGTH: Span = Span::mins(10);

/// What one agent may be given on a day.
#[derive(Clone, Debug)]
pub struct Desk {
    pub agent: AgentId,
    pub zone: Zone,
    pub day: Day,
    /// The day; of the day that runs, what is left of it.
    pub window: Window,
    pub limits: Vec<Limit>,
    /// Its plan's and the operator's.
    pub quiet: Vec<Quiet>,
    /// Working hours; empty: round the clock.
    pub hours: Vec<Quiet>,
    pub spacing: Option<Span>,
    pub grace: Option<Span>,
    /// Slots of that day that stand already.
    pub fixed: Vec<Given>,
    /// Tasks that are over: what waits for them may begin.
    pub done: Vec<TaskId>,
    /// Why it is given nothing.
    pub kept: Option<Kept>,
}

/// A slot that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub task: Task,
    pub at: Ts,
}

/// Why an agent is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It has written its plan for that day.
    HasPlan,
    /// It plans its days itself.
    PlansItself,
    /// The plan that was made for it runs already.
    Runs,
    /// It is paused.
    Paused,
    /// Others were named.
    NotAsked,
}

/// Where a task comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Of a plan before, and not done.
    Unfinished,
    Backlog,
    /// Of a backlog, again and again.
    Repeats,
}

impl Origin {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Backlog => "backlog",
            Self::Repeats => "repeats",
        }
    }
}

/// Something to be given to one agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub task: Task,
    pub agent: AgentId,
    pub origin: Origin,
    pub not_before: Option<Ts>,
    /// It is over by then.
    pub deadline: Option<Ts>,
    /// Its members as they stood in the former plan: written anew with nothing lost.
    pub members: Vec<(String, String)>,
}

/// A wish that has its slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub wish: Wish,
    pub at: Ts,
    pub jitter: Span,
}

/// Something that is not planned, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    pub agent: Option<AgentId>,
    pub task: TaskId,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Nobody is named for it.
    Nobody,
    /// The one who is named is no agent of this fleet.
    Stranger(AgentId),
    Kept(Kept),
    /// Its backlog says that it is in this state.
    Status(&'static str),
    Held,
    /// It stands in the plan of that day already.
    Planned,
    Overdue(Ts),
    /// How it repeats is not understood.
    Unclear,
    /// The limit of an action, or of tasks, is used up.
    Limit {
        action: String,
        most: u32,
    },
    /// Nine tenths of the waking hours are given away.
    Full,
    /// What it waits for is not planned.
    Waits(TaskId),
    /// What it waits for is nowhere to be found.
    Unknown(TaskId),
    /// It waits, at the end, for itself.
    Circle(TaskId),
    /// Other agents use the resource.
    Resource(String),
    /// Not before its deadline.
    Deadline(Ts),
    /// No stretch as long as it takes.
    NoRoom(Span),
}

impl Why {
    /// One sentence without a full stop.
    pub fn says(&self, zone: Zone) -> String {
        match self {
            Self::Nobody => "no agent is named for it".to_owned(),
            Self::Stranger(agent) => format!("there is no agent {agent}"),
            Self::Kept(Kept::HasPlan) => {
                "the agent has written its own plan for that day".to_owned()
            }
            Self::Kept(Kept::PlansItself) => {
                "the agent plans its days itself; --agent NAME plans for it".to_owned()
            }
            Self::Kept(Kept::Runs) => "its plan of that day runs already".to_owned(),
            Self::Kept(Kept::NotAsked) => "only other agents were named".to_owned(),
            Self::Kept(Kept::Paused) => "the agent is paused".to_owned(),
            Self::Status(word) => format!("its backlog says {word}"),
            Self::Held => "it is held".to_owned(),
            Self::Planned => "it stands in the plan of that day already".to_owned(),
            Self::Overdue(at) => format!("its deadline was {}", zone.date_hhmm(*at)),
            Self::Unclear => "how it repeats is not understood".to_owned(),
            Self::Limit { action, most } => format!("the limit of {most} {action} is used up"),
            Self::Full => "nine tenths of the agent's waking hours are given away".to_owned(),
            Self::Waits(on) => format!("it waits for {on}, which is not planned"),
            Self::Unknown(on) => format!("it waits for {on}, which nobody plans"),
            Self::Circle(on) => format!("it waits for {on}, which waits for it"),
            Self::Resource(name) => format!("others leave no room on {name}"),
            Self::Deadline(at) => format!("no room before its deadline {}", zone.date_hhmm(*at)),
            Self::NoRoom(length) => format!("no free stretch of {length}"),
        }
    }
}

/// What was made of it all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// By agent, then time.
    pub placed: Vec<Placed>,
    /// In the order in which they were tried.
    pub left: Vec<Left>,
}
