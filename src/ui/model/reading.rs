//! The walk over what the agents have learned.

use crate::domain::id::AgentId;

#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Unread ones; where all were read, all.
    pub agents: Vec<AgentId>,
    pub at: usize,
    /// The first line that is shown.
    pub top: usize,
}

impl Reading {
    pub fn agent(&self) -> Option<&AgentId> {
        self.agents.get(self.at)
    }
}
