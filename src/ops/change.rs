//! What an order would do: the exact change, how far it reaches, and how it must be confirmed.

use serde::{Deserialize, Serialize};

use super::base::Base;
use super::confirm::Confirm;
use super::edit::{DiffLine, TaskEdit};
use super::reach::BlastRadius;
use super::request::Request;
use crate::domain::act::ActKind;
use crate::domain::hash::sha256;
use crate::domain::id::{FileId, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// A file of the fleet. `path` is for people; the keeper knows where `id` lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    pub id: FileId,
    pub path: Untrusted,
}

/// Everything about an order before it takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub request: Request,
    /// What will happen, in one sentence. Ids are quoted in it, never an agent's prose.
    pub sentence: String,
    pub blast: BlastRadius,
    /// The last that is known of the task, oldest first.
    pub timeline: Vec<String>,
    /// How a write of the agent's at the same moment fares, where it is not simply kept away (level A). The keeper looks at
    /// the actual file and fills it in.
    pub ground: Option<String>,
    pub level: Confirm,
    /// Carried out in this order; the first that fails ends it.
    pub changes: Vec<Change>,
    /// The exact difference. Of an edit it is known once the file has been read: [`preview`](super::preview) fills it in.
    pub diff: Vec<DiffLine>,
    pub undo: Undoing,
}

/// One thing that is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Edit(EditTask),
    Append(Append),
    Act(Act),
    Rewrite(Rewrite),
    /// Nothing but the ledger.
    Ledger(Word),
}

/// Members of one task in one plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditTask {
    pub file: FileRef,
    pub task: TaskId,
    pub edit: TaskEdit,
    /// What was seen: holds still when it is written, or nothing is written.
    pub base: Base,
}

/// A whole new text for a file that holds this very one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    pub file: FileRef,
    /// SHA-256 of what was seen, and of what is written.
    pub before: String,
    pub after: String,
    /// The text itself. The ledger holds its hash only: an operation that was cut off is looked for, never made again.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Rewrite {
    pub fn new(file: FileRef, before: &[u8], bytes: Vec<u8>) -> Self {
        Self {
            file,
            before: sha256(before),
            after: sha256(&bytes),
            bytes,
        }
    }
}

/// One line at the end of one of the agent's logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Append {
    pub to: AppendTo,
    /// Without its line end.
    pub line: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppendTo {
    /// `inbox.jsonl` in the agent's folder; made where it is missing.
    Inbox,
    /// The write-ahead log, which is there.
    Wal(FileRef),
}

/// The operator's own command, with its placeholders filled in. No shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub kind: ActKind,
    pub argv: Vec<String>,
    pub timeout: Span,
}

/// What only the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Acknowledged {
        case: String,
    },
    Snoozed {
        case: String,
        until: Ts,
    },
    /// The case is told again.
    Unsaid {
        case: String,
    },
    Note {
        text: String,
    },
    /// An operation that had no other effect than the ledger's is taken back.
    Withdrawn,
}

/// What taking the order back would do, as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undoing {
    /// In words, for the preview.
    Possible(String),
    /// Why it cannot be.
    Never(String),
}

impl Plan {
    /// How far it reaches, where its sentence does not say that already.
    pub fn reach(&self) -> Option<&str> {
        let said = self.sentence.contains(&self.blast.sentence);
        (!said).then_some(self.blast.sentence.as_str())
    }
}

/// Why not, and what would make it possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    /// What would make it possible: a verb, a moment, or the line of config that is missing.
    pub possible: Option<String>,
    /// What the operator has to say first; with it the same order may be possible.
    pub asks: Option<Ask>,
}

/// What is missing of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Reason,
    Until,
    Letter,
    /// Several steps wait: which one.
    Step,
    /// A pre-check has to be run first: see [`checks`](super::checks).
    Check,
}

impl Refusal {
    pub fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            possible: None,
            asks: None,
        }
    }

    #[must_use]
    pub fn but(mut self, possible: impl Into<String>) -> Self {
        self.possible = Some(possible.into());
        self
    }

    #[must_use]
    pub fn asking(mut self, ask: Ask) -> Self {
        self.asks = Some(ask);
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.why)?;
        match &self.possible {
            Some(possible) => write!(f, "; {possible}"),
            None => Ok(()),
        }
    }
}
