//! What a decision is made from. Everything is given, so that a plan is a pure function of what is known.

use serde::{Deserialize, Serialize};

use super::change::FileRef;
use super::copy::Copy;
use super::edit::Touched;
use super::request::Operator;
use crate::domain::act::{Acts, Command};
use crate::domain::facts::AgentFacts;
use crate::domain::fleet::AgentView;
use crate::domain::id::{OpId, TaskId};
use crate::domain::policy::Policy;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};
use crate::domain::told::Told;
use crate::domain::verb::Verb;

/// One agent, with all that an order to it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub facts: &'a AgentFacts,
    /// As judged at the same moment.
    pub view: &'a AgentView,
    /// What is told of the fleet.
    pub told: &'a [Told],
    pub policy: &'a Policy,
    pub acts: &'a Acts,
    /// The ledger's operations on this agent, oldest first.
    pub past: &'a [Past],
    /// What the checks found that [`checks`](super::checks) asked for.
    pub checked: &'a [Checked],
    /// What earlier operations left in rounds' own folder; given where the order is about one of them.
    pub copies: &'a [Copy],
    pub operator: &'a Operator,
    pub mode: Mode,
}

/// Whether rounds may change anything at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Operating,
    /// `--read-only` or `read_only = true`.
    ReadOnly,
    /// The board of a past moment is shown.
    Past,
    /// The demo, or a folder that cannot be written; the words say which.
    Watching(&'static str),
}

/// One operation of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub op: OpId,
    pub at: Ts,
    pub operator: Operator,
    pub verb: Verb,
    pub task: Option<TaskId>,
    pub case: Option<String>,
    pub reason: Option<String>,
    pub landed: Landed,
    /// What it changed in plans.
    pub touched: Vec<TouchedTask>,
    /// Which operation it took back.
    pub undoes: Option<OpId>,
}

/// One task that an operation changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedTask {
    pub file: FileRef,
    pub task: TaskId,
    pub members: Vec<Touched>,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landed {
    /// Its intent is written and its outcome is not known yet.
    Open,
    Done,
    /// Nothing was changed.
    NotApplied,
    /// The agent wrote over it.
    Conflicted,
    /// It may have taken effect, and nobody can tell.
    Unknown,
}

/// What is looked up before a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The step or the task it is about, by its key.
    pub key: String,
    pub how: How,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// The operator's pre-check, with its placeholders filled in: exit 0 present, 1 absent, else unknown.
    Run(Command),
    /// The key is sought in these files, from the first record at or after `since`.
    Search { files: Vec<FileRef>, since: Ts },
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub key: String,
    pub found: Outcome,
    pub at: Ts,
    /// How it was found out: `pre-check mail_replied`, a file and a line. Fit to be shown.
    pub proof: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Present,
    Absent,
    Unknown,
    /// It gave no answer in time; no better than unknown.
    TimedOut,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Present, Self::Absent, Self::Unknown, Self::TimedOut];

    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::TimedOut => "no answer in time",
        }
    }
}

/// How long what a check found may be used: the world goes on.
pub const CHECK_HOLDS: Span = Span::mins(2);

impl Scene<'_> {
    /// A file of the agent, for people.
    pub fn file(&self, id: crate::domain::id::FileId) -> FileRef {
        let path = self
            .facts
            .file(id)
            .map_or_else(|| Untrusted::from("?"), |file| file.path.clone());
        FileRef { id, path }
    }
}
