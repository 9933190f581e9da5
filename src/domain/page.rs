//! Questions to the history and their answers.

use std::sync::Arc;

use super::finding::Lost;
use super::fleet::{Counts, Fleet};
use super::heartbeat::ItemClass;
use super::id::{AgentId, Locus, TaskId};
use super::log::{LogFilter, LogKey, LogRow};
use super::ordered::Journal;
use super::retro::{Week, WeekFacts};
use super::task::Task;
use super::text::Untrusted;
use super::time::Ts;

/// From where a page is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The newest rows.
    Tail,
    /// Rows before (older than) this place.
    Before(LogKey),
    /// Rows after (newer than) this place.
    After(LogKey),
    /// Rows around a moment: half before, half after.
    Around(Ts),
}

/// A question to the history. The latest of each kind wins; older ones are dropped unanswered.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    Log {
        filter: LogFilter,
        anchor: Anchor,
        rows: usize,
    },
    /// The raw bytes of one record and where they stand.
    Raw(Locus),
    /// A sanitised read-only copy of the file that holds this record, for an editor.
    Copy(Locus),
    /// A version that a writer overwrote, and what its file holds now.
    Lost(Box<Lost>),
    /// The items of one agent since a moment, folded.
    Items {
        agent: AgentId,
        since: Ts,
        until: Ts,
        which: Which,
    },
    /// How one task stood in each version of its plan, up to a moment.
    Versions {
        agent: AgentId,
        task: TaskId,
        until: Option<Ts>,
    },
    /// The board as it was. Without `since` it counts from the standup mark of that time.
    Past { at: Ts, since: Option<Ts> },
    /// The newest operations of the ledger. Of the filter the statuses say nothing here.
    Ledger { filter: LogFilter, rows: usize },
    /// A week of all agents, as of a moment.
    Week {
        week: Week,
        at: Ts,
        running: RunningDay,
    },
}

/// What is asked of the day that runs at the moment of a retro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunningDay {
    /// It is judged, as of the moment.
    Judged,
    /// Its board is at hand where the answer goes: it is added there.
    AtHand,
}

/// Which items are asked for. The others are only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    /// The latest so many of each class.
    Latest(usize),
}

/// Items of an agent, equal ones folded into one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// Those that were asked for, the latest first.
    pub list: Vec<FoldedItem>,
    /// How many different ones there are of each class.
    pub different: Counts,
}

/// Equal items folded into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedItem {
    pub class: ItemClass,
    pub what: Untrusted,
    pub why: Option<Untrusted>,
    pub task: Option<TaskId>,
    /// The last time.
    pub at: Ts,
    pub count: u32,
}

/// The answer to a [`Query`], carrying the query it answers.
#[derive(Clone, Debug)]
pub enum Page {
    /// Oldest first. `older`/`newer`: more rows exist on that side.
    Log {
        filter: LogFilter,
        anchor: Anchor,
        rows: Vec<LogRow>,
        older: bool,
        newer: bool,
    },
    Raw(RawLine),
    /// Where the copy lies and at which line the record stands.
    Copy {
        path: std::path::PathBuf,
        line: u32,
    },
    Lost(Box<Compared>),
    Items {
        agent: AgentId,
        since: Ts,
        until: Ts,
        items: Items,
    },
    Versions {
        agent: AgentId,
        task: TaskId,
        until: Option<Ts>,
        versions: Vec<TaskVersion>,
    },
    Past(Arc<Fleet>),
    Week(Arc<WeekFacts>),
    Ledger {
        filter: LogFilter,
        journal: Journal,
    },
    /// A sentence that says what could not be read and why.
    Failed(String),
}

/// A lost version, and what is there in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub of: Lost,
    pub lost: Vec<u8>,
    pub now: Present,
}

/// What stands in the place of a lost version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Present {
    /// The file as it is.
    File(Vec<u8>),
    /// It cannot be read now: what replaced the lost version then.
    Replaced(Vec<u8>),
    Nothing,
}

impl Present {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::File(bytes) | Self::Replaced(bytes) => bytes,
            Self::Nothing => &[],
        }
    }
}

/// How a task stood in one version of its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskVersion {
    /// When it was seen; for history when it was made.
    pub known: Ts,
    /// The first digits of the hash that it is kept under.
    pub name: String,
    /// The task in the file, where this version is the one that lies there.
    pub locus: Option<Locus>,
    /// Absent: this version has no such task any more.
    pub task: Option<Task>,
}

/// A raw record of an agent's file, as a read-only copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLine {
    pub locus: Locus,
    /// The file as people know it.
    pub file: Untrusted,
    /// Where it lies, for opening a copy in an editor.
    pub path: std::path::PathBuf,
    /// The record and up to 20 lines around it, each with its number. Lines over 64 KiB are cut and say so.
    pub lines: Vec<(u32, Untrusted)>,
    /// Why the record is no longer where it was, if so.
    pub moved: Option<String>,
}
