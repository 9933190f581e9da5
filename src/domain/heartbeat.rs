//! One run's report, as an agent wrote it.

use serde::{Deserialize, Serialize};

use super::action::Tier;
use super::id::{AgentId, RunId, TaskId};
use super::text::Untrusted;
use super::time::{Span, Ts};

/// What a record says about its run. Whatever is not known for sure is `Unknown` and never counts as ok.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum RunStatus {
    Running,
    Ok,
    Partial,
    Skipped,
    Failed,
    /// The agent waits for a human or for something outside.
    Blocked,
    /// A beat that claims nothing, or a word rounds does not know ([`Heartbeat::word`] keeps it).
    #[default]
    Unknown,
}

impl RunStatus {
    /// The run is over, well or badly.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Ok | Self::Partial | Self::Skipped | Self::Failed
        )
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// How sure a moment is. Shown beside it, and some verdicts need `Exact`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Surety {
    #[default]
    Exact,
    /// The text named no zone; the agent's, the fleet's or the system's was taken.
    AssumedZone,
    /// Only a day: cannot make anyone late within that day.
    DayOnly,
    /// The text itself said "about".
    About,
    /// The file's modification time stood in, because the text had none.
    FileTime,
}

/// A moment read from a file, with how sure it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Stamp {
    pub at: Ts,
    pub surety: Surety,
}

impl Stamp {
    pub fn exact(at: Ts) -> Self {
        Self {
            at,
            surety: Surety::Exact,
        }
    }
}

/// Which list of a heartbeat an item stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ItemClass {
    Did,
    Skipped,
    Failed,
    /// The line for people (`msg`).
    Message,
}

/// What the agent says about doing it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Retry {
    Safe,
    Check,
    Never,
}

/// One thing done, skipped or failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    pub what: Untrusted,
    pub why: Option<Untrusted>,
    pub key: Option<Untrusted>,
    pub target: Option<Untrusted>,
    pub tier: Option<Tier>,
    pub retry: Option<Retry>,
}

/// A list of items, or the bare count that many agents write instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    pub listed: Vec<Item>,
    /// At least `listed.len()`.
    pub count: u32,
}

impl Items {
    pub fn from_list(listed: Vec<Item>) -> Self {
        let count = listed.len() as u32;
        Self { listed, count }
    }
    pub fn counted(count: u32) -> Self {
        Self {
            listed: Vec::new(),
            count,
        }
    }
}

/// The process behind a run, where the agent names it: lets a dead run be told from a silent one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: u32,
    pub started: Option<Ts>,
    pub host: Option<Untrusted>,
}

/// What a run cost, where it says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub model: Option<Untrusted>,
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
    pub usd: Option<f64>,
}

/// One record of a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// When the line was written.
    pub at: Stamp,
    /// As the record names it; absent means the folder says it.
    pub agent: Option<AgentId>,
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
    pub status: RunStatus,
    /// The status as written, where it is not one of the contract's words.
    pub word: Option<Untrusted>,
    pub due: Option<Ts>,
    pub started: Option<Ts>,
    pub duration: Option<Span>,
    pub did: Items,
    pub skipped: Items,
    pub failed: Items,
    pub msg: Option<Untrusted>,
    pub next: Option<Ts>,
    pub epoch: Option<u64>,
    pub resources: Vec<Untrusted>,
    pub process: Option<Process>,
    pub error_type: Option<Untrusted>,
    pub cost: Option<Cost>,
}
