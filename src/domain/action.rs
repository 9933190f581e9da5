//! What an action may touch, and the steps of the write-ahead log.

use serde::{Deserialize, Serialize};

use super::heartbeat::Stamp;
use super::id::{RunId, TaskId};
use super::text::Untrusted;

/// What an action may change outside. Undeclared counts as `Mutating`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    ReadOnly,
    AppendOnly,
    Mutating,
}

impl Tier {
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::AppendOnly, Self::Mutating];

    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::AppendOnly => "append-only",
            Self::Mutating => "mutating",
        }
    }
}

/// Whether an action can be taken back. Undeclared counts as `No`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Reversible {
    Yes,
    No,
    #[default]
    Undeclared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepStatus {
    Intended,
    /// An irreversible step that got its extra confirmation.
    Ready,
    Done,
    Failed,
    Skipped,
    Unknown,
}

/// One line of `wal.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub at: Stamp,
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
    pub step: Option<Untrusted>,
    pub action: Option<Untrusted>,
    pub target: Option<Untrusted>,
    pub tier: Option<Tier>,
    pub reversible: Reversible,
    /// As written; absent means a hash of action and target.
    pub key: Option<Untrusted>,
    pub status: StepStatus,
    pub epoch: Option<u64>,
    pub why: Option<Untrusted>,
}
