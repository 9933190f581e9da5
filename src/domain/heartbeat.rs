//! One run's report, as an agent wrote it.

use serde::{Deserialize, Serialize};

use super::action::Tier;
use super::text::{Lent, Untrusted};
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
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Ok,
        Self::Partial,
        Self::Skipped,
        Self::Failed,
        Self::Blocked,
        Self::Unknown,
    ];

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
pub struct Item<T = Untrusted> {
    pub what: T,
    pub why: Option<T>,
    pub key: Option<T>,
    pub target: Option<T>,
    pub tier: Option<Tier>,
    pub retry: Option<Retry>,
}

impl<T> Item<T> {
    /// The same item with its texts in another hand.
    pub fn map<U>(self, text: impl Fn(T) -> U) -> Item<U> {
        Item {
            what: text(self.what),
            why: self.why.map(&text),
            key: self.key.map(&text),
            target: self.target.map(&text),
            tier: self.tier,
            retry: self.retry,
        }
    }
}

/// A list of items, or the bare count that many agents write instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items<'a> {
    pub listed: Vec<Item<Lent<'a>>>,
    /// At least `listed.len()`.
    pub count: u32,
}

impl<'a> Items<'a> {
    pub fn from_list(listed: Vec<Item<Lent<'a>>>) -> Self {
        let count = listed.len() as u32;
        Self { listed, count }
    }
    pub fn counted(count: u32) -> Self {
        Self {
            listed: Vec::new(),
            count,
        }
    }

    fn into_owned(self) -> Items<'static> {
        let owned = |item: Item<Lent<'a>>| item.map(Lent::into_owned);
        Items {
            listed: self.listed.into_iter().map(owned).collect(),
            count: self.count,
        }
    }
}

/// The process behind a run, where the agent names it: lets a dead run be told from a silent one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process<T = Untrusted> {
    pub pid: u32,
    pub started: Option<Ts>,
    pub host: Option<T>,
}

impl<T> Process<T> {
    /// The same process with its texts in another hand.
    pub fn map<U>(self, text: impl Fn(T) -> U) -> Process<U> {
        Process {
            pid: self.pid,
            started: self.started,
            host: self.host.map(text),
        }
    }
}

/// What a run cost, where it says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost<T = Untrusted> {
    pub model: Option<T>,
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
    pub usd: Option<f64>,
}

impl<T> Cost<T> {
    /// The same cost with its texts in another hand.
    pub fn map<U>(self, text: impl Fn(T) -> U) -> Cost<U> {
        Cost {
            model: self.model.map(text),
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
            usd: self.usd,
        }
    }
}

/// One record of a log, its texts where they were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heartbeat<'a> {
    /// When the line was written.
    pub at: Stamp,
    /// As the record names it; absent means the folder says it.
    pub agent: Option<Lent<'a>>,
    pub run: Option<Lent<'a>>,
    pub task: Option<Lent<'a>>,
    pub status: RunStatus,
    /// The status as written, where it is not one of the contract's words.
    pub word: Option<Lent<'a>>,
    pub due: Option<Ts>,
    pub started: Option<Ts>,
    pub duration: Option<Span>,
    pub did: Items<'a>,
    pub skipped: Items<'a>,
    pub failed: Items<'a>,
    pub msg: Option<Lent<'a>>,
    pub next: Option<Ts>,
    pub epoch: Option<u64>,
    pub resources: Vec<Lent<'a>>,
    pub process: Option<Process<Lent<'a>>>,
    pub error_type: Option<Lent<'a>>,
    pub cost: Option<Cost<Lent<'a>>>,
}

impl Heartbeat<'_> {
    /// The same, borrowed from nobody.
    pub fn into_owned(self) -> Heartbeat<'static> {
        Heartbeat {
            at: self.at,
            agent: self.agent.map(Lent::into_owned),
            run: self.run.map(Lent::into_owned),
            task: self.task.map(Lent::into_owned),
            status: self.status,
            word: self.word.map(Lent::into_owned),
            due: self.due,
            started: self.started,
            duration: self.duration,
            did: self.did.into_owned(),
            skipped: self.skipped.into_owned(),
            failed: self.failed.into_owned(),
            msg: self.msg.map(Lent::into_owned),
            next: self.next,
            epoch: self.epoch,
            resources: self.resources.into_iter().map(Lent::into_owned).collect(),
            process: self.process.map(|process| process.map(Lent::into_owned)),
            error_type: self.error_type.map(Lent::into_owned),
            cost: self.cost.map(|cost| cost.map(Lent::into_owned)),
        }
    }
}
