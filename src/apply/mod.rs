//! Carrying out what the operator ordered, so that no write of an agent's is lost and nothing is done twice.
//!
//! Each change is a state machine that is stepped on deadlines: it never waits inside. Between two steps the keeper mirrors.
//!
//! ```text
//! ledger: intent ─▶ lock ─▶ read until stable ─▶ edit ─▶ temp ─▶ lease ─▶ exchange ─▶ settle ─▶ ledger: outcome
//!                             ▲                                   │          │          │
//!                             └────────── somebody else wrote ────┴──────────┴──────────┘
//! ```
//!
//! docs/operations.md has the order of the steps and what each is for.

mod append;
mod file;
mod follow;
pub mod ground;
pub mod kept;
mod lock;
pub mod operation;
mod place;
mod program;
pub mod resolve;
mod rewrite;
mod round;
mod say;
mod stray;
mod task;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::domain::id::OpId;
use crate::domain::time::Ts;
use crate::ops::Touched;
use crate::sys::gate::Gate;
use crate::sys::run::Ran;

pub use append::AppendLine;
pub use file::FileChange;
pub use operation::{Job, Operation, Stage};
pub use place::{Place, ROUNDS};
pub use program::Program;
pub use task::{Reading, TaskChange};

/// How safely a file can be changed in its folder.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Exchange under a lease: nobody else has the file open, and who opens it waits.
    A,
    /// Exchange: what came out is compared, and put back where it is not what was read.
    B,
    /// The original is put aside, then the new file takes the free name: nothing is destroyed, collisions are seen.
    C,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }

    /// What it promises, for a preview.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::A => "exchange under a lease: no write of the agent's can be lost",
            Self::B => "exchange without a lease: a write at the same moment is put back or told",
            Self::C => "put aside and replaced: a write at the same moment is kept and told",
        }
    }
}

/// What an operation does to the bytes of a file.
pub trait Edit: Send {
    /// The new bytes, made of what was just read.
    fn make(&mut self, base: &[u8]) -> Made;
    /// What became of the change in what is there now.
    fn look(&self, now: &[u8]) -> Seen;
    /// What the last making touched: for the record, and for taking it back.
    fn touched(&self) -> &[Touched] {
        &[]
    }
}

/// What an [`Edit`] makes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    New(Vec<u8>),
    /// This very operation is in there: it has been carried out.
    Already,
    /// The file does not parse: somebody may be writing it.
    Torn(String),
    /// What the operation rests on has changed. The sentence says what.
    Refused(String),
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It stands, or the agent has gone on from it.
    Stands,
    /// What stood before it is back: an agent wrote from an older copy.
    Overwritten,
    /// Neither: the sentence says what stands there.
    Otherwise(String),
    Torn,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Done(Effect),
    /// The same operation had been carried out before.
    Already,
    /// Nothing was changed. The sentence says why, and what would make it possible.
    Refused(String),
    /// Nothing was changed: the system refused a call.
    Failed(String),
    /// The change is not what stands there, or not all that does: both versions are kept.
    Conflicted(String),
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    File(Replaced),
    /// A line was appended. What the operator should know besides.
    Line(Vec<String>),
    Program(Ran),
}

/// A file that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    pub level: Level,
    /// Hashes (SHA-256) of the file before and after.
    pub before: String,
    pub after: String,
    /// The file as it was, kept for a day under this name in [`ROUNDS`]; its bytes have the hash `before`.
    pub displaced: Option<String>,
    /// Times that an agent wrote at the same moment, and the change was made anew.
    pub collisions: u32,
    /// What the operator should know besides.
    pub notes: Vec<String>,
}

/// What is to be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Call again then; whatever else there is to do comes first.
    Wait(Instant),
    Ended(Ended),
}

/// How long others are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For another rounds to let go of its lock.
    pub lock: Duration,
    /// For a file that is being written, in ten tries.
    pub torn: Duration,
    /// For whoever has the file open, or writes it again and again.
    pub lease: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(5),
            torn: Duration::from_secs(2),
            lease: Duration::from_secs(5),
        }
    }
}

/// Who carries out, for the lock and for those who wait for it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hand {
    pub op: OpId,
    pub verb: String,
    pub uid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    pub host: String,
    pub pid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_started: Option<u64>,
}

/// What every step is handed.
#[derive(Debug)]
pub struct Desk<'a> {
    pub now: Instant,
    /// The same moment, for what is written down.
    pub at: Ts,
    pub gate: &'a mut Gate,
    pub patience: Patience,
    /// The best level that may be used: tests force the lower ones.
    pub best: Level,
}
