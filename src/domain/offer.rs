//! What can be done about something, and why the rest cannot.

use super::id::{AgentId, TaskId};
use super::time::Ts;
use super::verb::Verb;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub agent: AgentId,
    pub task: Option<TaskId>,
    pub slot: Option<Ts>,
    /// A finding, by its id.
    pub case: Option<String>,
}

/// One verb, decided as an order for it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub verb: Verb,
    /// Why it cannot be, and what would make it possible; absent: it can.
    pub refused: Option<String>,
}

impl Offer {
    pub fn is_open(&self) -> bool {
        self.refused.is_none()
    }
}
