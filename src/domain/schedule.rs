//! The plan of a day: what should happen.

use serde::{Deserialize, Serialize};

use super::heartbeat::Stamp;
use super::id::AgentId;
use super::task::Task;
use super::text::Untrusted;
use super::time::{ClockTime, Day, Span, Ts, Zone};

/// When something fires, as written in plans and cron stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schedule {
    /// Five or six fields; `zone` overrides the plan's.
    Cron {
        expr: Untrusted,
        zone: Option<Zone>,
    },
    Every {
        every: Span,
        anchor: Option<Ts>,
    },
    At(Ts),
}

/// `limits`: the most of an action per day. The action `tasks` caps tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub action: Untrusted,
    pub most: u32,
}

/// Hours in which nothing is due. `to` ≤ `from` ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    pub from: ClockTime,
    pub to: ClockTime,
}

/// One version of a plan file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub agent: Option<AgentId>,
    /// Absent: a standing plan, which holds until changed.
    pub date: Option<Day>,
    pub zone: Option<Zone>,
    pub generated: Option<Stamp>,
    pub limits: Vec<Limit>,
    pub quiet: Vec<Quiet>,
    pub grace: Option<Span>,
    pub spacing: Option<Span>,
    pub tasks: Vec<Task>,
}
