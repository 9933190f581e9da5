//! How far an order reaches: what it would touch outside, and what is known of that.

use serde::{Deserialize, Serialize};

use crate::domain::action::{Reversible, Tier};
use crate::domain::id::Locus;
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;

/// What an action may do outside. The order is that of the danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    ReadOnly,
    AppendOnly,
    Reversible,
    Irreversible,
    /// Nobody declared it: treated as irreversible.
    Undeclared,
}

impl Risk {
    /// Mildest first.
    pub const ALL: [Self; 5] = [
        Self::ReadOnly,
        Self::AppendOnly,
        Self::Reversible,
        Self::Irreversible,
        Self::Undeclared,
    ];

    pub fn of(tier: Option<Tier>, reversible: Reversible) -> Self {
        match (tier, reversible) {
            (Some(Tier::ReadOnly), _) => Self::ReadOnly,
            (Some(Tier::AppendOnly), _) => Self::AppendOnly,
            (Some(Tier::Mutating), Reversible::Yes) => Self::Reversible,
            (Some(Tier::Mutating), Reversible::No | Reversible::Undeclared) => Self::Irreversible,
            (None, _) => Self::Undeclared,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::AppendOnly => "append-only",
            Self::Reversible => "mutating, reversible",
            Self::Irreversible => "mutating, irreversible",
            Self::Undeclared => "undeclared, so treated as irreversible",
        }
    }

    /// Wrongly done twice it cannot be mended.
    pub fn is_irreversible(self) -> bool {
        matches!(self, Self::Irreversible | Self::Undeclared)
    }

    pub fn mutates(self) -> bool {
        self >= Self::Reversible
    }
}

/// What is known of an action before it is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastOutcome {
    NotStarted,
    KnownFailed,
    Done,
    Unknown,
}

impl LastOutcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::KnownFailed => "known failed",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }
}

/// A record that a key was acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub at: Ts,
    pub locus: Locus,
    /// Where it stands, for people.
    pub file: Untrusted,
    pub outcome: LastOutcome,
}

/// One thing that would be done again: a step of the write-ahead log, or the task as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What tells it from others: its declared key, else a hash of action and target.
    pub id: String,
    /// The step's id; absent for the task as a whole.
    pub step: Option<Untrusted>,
    pub key: Option<Untrusted>,
    pub risk: Risk,
    pub last: LastOutcome,
    /// Every record of its key, oldest first.
    pub hits: Vec<Hit>,
    /// The newest hit that may have done it lies within the last 24 h.
    pub within_window: bool,
}

/// Everything an order reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlastRadius {
    /// "retries 3 steps: 2 read-only; 1 sends mail, irreversible, last sent 14:02, inside the 24 h window"
    pub sentence: String,
    /// What is asked for again.
    pub asked: Vec<Reach>,
    /// What is done already and is not repeated.
    pub left_out: u32,
}

impl Reach {
    /// Its ids, for a sentence: `s3 (newsletter-0327)`.
    pub fn name(&self) -> String {
        let short = |text: &Untrusted| text.shown_within(40);
        match (&self.step, &self.key) {
            (Some(step), Some(key)) => format!("{} ({})", short(step), short(key)),
            (Some(one), None) | (None, Some(one)) => short(one),
            (None, None) => "the task".to_owned(),
        }
    }

    /// When its key was last acted on, as far as anybody knows.
    pub fn last_hit(&self) -> Option<&Hit> {
        let may = |hit: &&Hit| matches!(hit.outcome, LastOutcome::Done | LastOutcome::Unknown);
        self.hits.iter().rev().find(may)
    }
}

impl BlastRadius {
    pub fn nothing() -> Self {
        Self {
            sentence: "touches nothing outside".to_owned(),
            ..Self::default()
        }
    }

    pub fn worst(&self) -> Risk {
        let risks = self.asked.iter().map(|reach| reach.risk);
        risks.max().unwrap_or(Risk::ReadOnly)
    }
}
