//! What ties two slots of a day together: one resource, or one waiting for the other.

use super::id::{AgentId, TaskId};
use super::text::Untrusted;
use super::time::Ts;

/// What is wrong between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// They touched one resource too close together.
    Collision,
    /// They are planned too close together on it.
    Spacing,
    /// One waits for the other, and the link did not fire.
    Dependency,
}

impl LinkKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Collision => "collision",
            Self::Spacing => "spacing",
            Self::Dependency => "dependency",
        }
    }
}

/// One end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub agent: AgentId,
    pub task: Option<TaskId>,
    pub at: Ts,
}

/// Two slots, and what is wrong between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub kind: LinkKind,
    /// The earlier; of a dependency what is waited for.
    pub from: End,
    pub to: End,
    pub resource: Option<Untrusted>,
    /// One sentence, already sanitised.
    pub says: String,
}
