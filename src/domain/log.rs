//! The merged log of all agents: its rows, their order, and what may be asked of them.

use super::heartbeat::RunStatus;
use super::id::{AgentId, Locus, RunId, TaskId};
use super::text::Untrusted;
use super::time::Ts;

/// One line of the merged log or of an agent's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRow {
    pub at: Ts,
    pub agent: AgentId,
    pub task: Option<TaskId>,
    pub run: Option<RunId>,
    pub status: RunStatus,
    pub kind: LogKind,
    pub did: u32,
    pub skipped: u32,
    pub failed: u32,
    /// The message, else the items in the agent's words.
    pub text: Untrusted,
    pub locus: Locus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Beat,
    /// A step of the write-ahead log.
    Step,
    /// A new version of a plan.
    Plan,
    /// A record or a file that could not be read, a rotation, a truncation.
    Damage,
}

/// A place in the merged log. Rows are ordered by time, then agent, then place in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    pub at: Ts,
    pub agent: AgentId,
    pub locus: Locus,
}

/// What of the log is wanted. Empty means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Only these agents; empty: all.
    pub agents: Vec<AgentId>,
    pub task: Option<TaskId>,
    /// Only rows with one of these statuses; empty: all.
    pub statuses: Vec<RunStatus>,
    /// Every one of these must occur in agent, task, run or text (case folded).
    pub words: Vec<String>,
    /// None of these may.
    pub without: Vec<String>,
    pub since: Option<Ts>,
    pub until: Option<Ts>,
}

impl LogKey {
    /// The place of a row.
    pub fn of(row: &LogRow) -> Self {
        Self {
            at: row.at,
            agent: row.agent.clone(),
            locus: row.locus,
        }
    }

    /// Before every row.
    pub fn first() -> Self {
        Self {
            at: Ts(i64::MIN),
            agent: AgentId::from(""),
            locus: Locus::default(),
        }
    }

    /// Behind every row.
    pub fn last() -> Self {
        Self {
            at: Ts(i64::MAX),
            agent: AgentId::from("\u{10ffff}"),
            locus: Locus::default(),
        }
    }
}
