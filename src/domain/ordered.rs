//! What the operator ordered, as the ledger has it: why, by whom, and what became of it.

use super::heartbeat::RunStatus;
use super::id::{AgentId, OpId, TaskId};
use super::time::Ts;
use super::verb::Verb;

/// One operation. Its texts are fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    pub op: OpId,
    pub at: Ts,
    pub verb: Verb,
    pub agent: AgentId,
    pub task: Option<TaskId>,
    /// `uid 1001 on pts/3 over SSH from 10.0.0.7`
    pub who: String,
    pub because: Because,
    pub standing: Standing,
    /// What came of it, as far as is known.
    pub sentence: String,
    /// A, B or C, of the files that were changed; empty where none was.
    pub level: String,
    /// What it changed, line by line.
    pub changed: Vec<Delta>,
    /// The old file's name in the agent's `.rounds`, where it is kept for a day.
    pub kept: Option<String>,
    /// Which operation it took back.
    pub undoes: Option<OpId>,
    pub effect: Effect,
}

impl Ordered {
    /// `agent/task`, or the agent.
    pub fn subject(&self) -> String {
        match &self.task {
            Some(task) => format!("{}/{task}", self.agent),
            None => self.agent.to_string(),
        }
    }
}

/// What was known when it was ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    /// The operator's own word for it.
    pub reason: Option<String>,
    /// The state of the task, in the word of the screen, and since when.
    pub state: String,
    pub since: Option<Ts>,
    pub tier: String,
    /// Which attempt it was, from 1.
    pub attempt: Option<u64>,
}

/// How far an operation has come by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its intent is written and its outcome is not known yet.
    Open,
    Done,
    /// Done, and seen to stand some time after.
    Verified,
    /// Taken back at that moment.
    Undone(Ts),
    /// Nothing was changed.
    NotApplied,
    /// An agent wrote over it.
    Conflicted,
    /// It may have taken effect, and nobody can tell.
    Unknown,
}

impl Standing {
    /// What was ordered is what stands.
    pub fn holds(self) -> bool {
        match self {
            Self::Done | Self::Verified => true,
            Self::Open | Self::Undone(_) | Self::NotApplied | Self::Conflicted | Self::Unknown => {
                false
            }
        }
    }
}

/// What the agent did about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// A run of the task began.
    pub taken: Option<Ts>,
    /// And ended.
    pub ended: Option<(Ts, RunStatus)>,
}

/// One thing that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    pub sign: DeltaSign,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaSign {
    /// Names what the next lines are about.
    Of,
    Removed,
    Added,
}

/// Operations, newest first, and whether the ledger that they stand in is as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    pub orders: Vec<Ordered>,
    /// Operations that fit the question, shown or not.
    pub all: usize,
    pub chain: Chain,
}

/// Whether each line of the ledger follows from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    pub lines: usize,
    /// Lines that do not, from 1, with what is wrong.
    pub broken: Vec<(usize, String)>,
}
