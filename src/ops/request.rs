//! What the operator asks for, and who the operator is.

use serde::{Deserialize, Serialize};

use crate::domain::id::{AgentId, OpId, TaskId};
use crate::domain::time::Ts;
use crate::domain::verb::Verb;

/// One order, as it comes from a key or the command line. The same `op` twice is one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub op: OpId,
    pub verb: Verb,
    pub agent: AgentId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// Which slot of a recurring task; absent: the one that needs it most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Ts>,
    /// The finding, by [`Finding::id`](crate::domain::finding::Finding::id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// In the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Snoozed until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Ts>,
    /// Asked for again, it is to be due then instead of at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Ts>,
    /// The operation that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<OpId>,
    /// The step that is approved, by its key; absent: the only one that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The kept version that is merged: its name in `.rounds`, or the operation that left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// The draft that is written, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// What goes into the agent's inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Letter>,
}

impl Request {
    pub fn new(op: OpId, verb: Verb, agent: AgentId) -> Self {
        Self {
            op,
            verb,
            agent,
            task: None,
            slot: None,
            case: None,
            reason: None,
            until: None,
            due: None,
            undoes: None,
            key: None,
            copy: None,
            draft: None,
            letter: None,
        }
    }

    #[must_use]
    pub fn on(mut self, task: &TaskId) -> Self {
        self.task = Some(task.clone());
        self
    }

    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    #[must_use]
    pub fn due(mut self, at: Ts) -> Self {
        self.due = Some(at);
        self
    }

    /// The reason without blanks around it; an empty one is none.
    pub fn reason(&self) -> Option<&str> {
        self.reason
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}

/// A line of `inbox.jsonl`, but for its time and its operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub kind: LetterKind,
    pub text: String,
    /// The agent a hand-off goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AgentId>,
    #[serde(default)]
    pub done: Vec<String>,
    #[serde(default)]
    pub pending: Vec<String>,
    #[serde(default)]
    pub gotchas: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    #[default]
    Note,
    Handoff,
    Answer,
    Decision,
}

impl LetterKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Handoff => "handoff",
            Self::Answer => "answer",
            Self::Decision => "decision",
        }
    }
}

/// Who operates, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub uid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// Where the session came over SSH: from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<String>,
}
