//! One assignment of a plan.

use serde::{Deserialize, Serialize};

use super::action::{Reversible, Tier};
use super::heartbeat::{Process, Stamp};
use super::id::{AgentId, RunId, TaskId};
use super::schedule::{Limit, Schedule};
use super::text::Untrusted;
use super::time::{Span, Ts};

/// What the plan file *claims*; the log is the evidence.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum TaskStatus {
    #[default]
    Pending,
    Claimed,
    Running,
    Review,
    Done,
    Skipped,
    Failed,
    Blocked,
    Off,
    /// A word rounds does not know; kept in [`Task::word`].
    Unknown,
}

impl TaskStatus {
    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Review => "review",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }
}

/// Who holds a task. `epoch` is the fencing token and only grows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub by: Option<AgentId>,
    pub run: Option<RunId>,
    pub at: Option<Ts>,
    pub epoch: u64,
    pub lease: Option<Span>,
    pub pid: Option<u32>,
    pub pid_started: Option<Ts>,
    pub host: Option<Untrusted>,
}

impl Claim {
    /// The process that works under it, where the claim names one.
    pub fn process(&self) -> Option<Process> {
        Some(Process {
            pid: self.pid?,
            started: self.pid_started,
            host: self.host.clone(),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub since: Option<Ts>,
    pub why: Option<Untrusted>,
}

/// An operator's mark on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    pub why: Option<Untrusted>,
    pub by: Option<Untrusted>,
    pub at: Option<Ts>,
    pub op: Option<Untrusted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    pub to: Option<AgentId>,
    pub at: Option<Ts>,
}

/// What rounds wrote last into this task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastOp {
    pub id: Untrusted,
    pub verb: Untrusted,
    pub uid: Option<u32>,
    pub tty: Option<Untrusted>,
    pub at: Option<Ts>,
    pub steps: Vec<Untrusted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub title: Option<Untrusted>,
    /// One slot, absolute.
    pub due: Option<Stamp>,
    /// Or a rule that gives slots.
    pub schedule: Option<Schedule>,
    pub jitter: Span,
    pub estimate: Option<Span>,
    pub priority: Option<i64>,
    pub uses: Vec<Limit>,
    pub resources: Vec<Untrusted>,
    /// Exempts the resources from collisions.
    pub shared: bool,
    pub tier: Option<Tier>,
    pub reversible: Reversible,
    pub key: Option<Untrusted>,
    pub depends_on: Vec<TaskId>,
    pub status: TaskStatus,
    pub word: Option<Untrusted>,
    pub claim: Option<Box<Claim>>,
    pub attempt: Option<u32>,
    pub reviewer: Option<AgentId>,
    pub done_criteria: Vec<Untrusted>,
    pub held: Option<Box<Held>>,
    pub enabled: bool,
    pub on_demand: bool,
    pub handoff: Option<Box<Handoff>>,
    pub expect_min: Option<u32>,
    pub flag: Option<Box<Flag>>,
    pub last_op: Option<Box<LastOp>>,
    /// Where the task's object stands in its file.
    pub offset: u64,
    pub line: u32,
}

/// Longest title that stands for a task's id, in columns.
const LONGEST_NAME: usize = 40;

/// What people call a task, sanitised: its title where its id is a number that a scheduler made up.
pub(super) fn name(id: &TaskId, title: Option<&Untrusted>) -> String {
    match title {
        Some(title) if id.is_made_up() => title.shown_within(LONGEST_NAME),
        Some(_) | None => id.to_string(),
    }
}

impl Task {
    /// What people call it.
    pub fn name(&self) -> String {
        name(&self.id, self.title.as_ref())
    }

    /// A pending task with nothing declared but its name.
    pub fn named(id: TaskId) -> Self {
        Self {
            id,
            title: None,
            due: None,
            schedule: None,
            jitter: Span::ZERO,
            estimate: None,
            priority: None,
            uses: Vec::new(),
            resources: Vec::new(),
            shared: false,
            tier: None,
            reversible: Reversible::Undeclared,
            key: None,
            depends_on: Vec::new(),
            status: TaskStatus::Pending,
            word: None,
            claim: None,
            attempt: None,
            reviewer: None,
            done_criteria: Vec::new(),
            held: None,
            enabled: true,
            on_demand: false,
            handoff: None,
            expect_min: None,
            flag: None,
            last_op: None,
            offset: 0,
            line: 0,
        }
    }
}
