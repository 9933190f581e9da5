//! How a slot and an agent's row stand.

use std::cmp::Reverse;

use crate::domain::finding::{Finding, FindingKind, Severity};

/// The state of one slot of one task; first match wins.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum TaskState {
    /// Our own look is too old, or the plan or log does not parse: nothing is concluded.
    Blind,
    Conflicted,
    Done,
    Failed,
    Skipped,
    /// Disabled or on demand: never due.
    Off,
    Held,
    PhantomClaim,
    Orphaned,
    Silent,
    Stuck,
    AwaitingAgent,
    Review,
    Running,
    Claimed,
    SkippedSilently,
    Missed,
    Late,
    Due,
    Upcoming,
    /// The agent never names its tasks, so its plan cannot be judged.
    Unjudged,
}

impl TaskState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Conflicted => "conflicted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Off => "off",
            Self::Held => "held",
            Self::PhantomClaim => "phantom claim",
            Self::Orphaned => "orphaned",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::AwaitingAgent => "awaiting agent",
            Self::Review => "review",
            Self::Running => "running",
            Self::Claimed => "claimed",
            Self::SkippedSilently => "skipped silently",
            Self::Missed => "missed",
            Self::Late => "late",
            Self::Due => "due",
            Self::Upcoming => "upcoming",
            Self::Unjudged => "unjudged",
        }
    }

    /// Something may still be done about the slot.
    pub fn is_open(self) -> bool {
        match self {
            Self::Done | Self::Skipped | Self::Off => false,
            Self::Blind
            | Self::Conflicted
            | Self::Failed
            | Self::Held
            | Self::PhantomClaim
            | Self::Orphaned
            | Self::Silent
            | Self::Stuck
            | Self::AwaitingAgent
            | Self::Review
            | Self::Running
            | Self::Claimed
            | Self::SkippedSilently
            | Self::Missed
            | Self::Late
            | Self::Due
            | Self::Upcoming
            | Self::Unjudged => true,
        }
    }

    /// Nothing accounts for the slot.
    pub fn is_unaccounted(self) -> bool {
        matches!(self, Self::Late | Self::Missed | Self::SkippedSilently)
    }
}

/// How an agent's row looks: its own state and the worst of its tasks and runs. Worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Its last run failed, or an action needs a human now.
    Fail,
    /// A slot is unaccounted for.
    Gap,
    Down,
    Stale,
    /// Skips only, and nothing done.
    Skip,
    Late,
    /// Nothing is claimed: our look is too old.
    Blind,
    Unknown,
    Running,
    Paused,
    Ok,
}

impl RowState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Gap => "gap",
            Self::Down => "down",
            Self::Stale => "stale",
            Self::Skip => "skip",
            Self::Late => "late",
            Self::Blind => "blind",
            Self::Unknown => "?",
            Self::Running => "run",
            Self::Paused => "paused",
            Self::Ok => "ok",
        }
    }

    /// Needs a look before the others.
    pub fn is_trouble(self) -> bool {
        self <= Self::Late
    }

    /// How a finding of this kind makes its agent's row look; some concern a file or the plan, not how the agent does.
    pub fn made_by(kind: FindingKind) -> Option<Self> {
        match kind {
            FindingKind::Failed
            | FindingKind::FailureStreak
            | FindingKind::NeedsHuman
            | FindingKind::Drift
            | FindingKind::Conflicted
            | FindingKind::ZombieWrite
            | FindingKind::DoubleClaim
            | FindingKind::UnfinishedRun
            | FindingKind::WalIncomplete
            | FindingKind::DuplicateAction
            | FindingKind::Collision
            | FindingKind::LostUpdate
            | FindingKind::Vanished
            | FindingKind::PhantomClaim => Some(Self::Fail),
            FindingKind::SkippedSilently
            | FindingKind::Missed
            | FindingKind::DependencyBroken
            | FindingKind::StalePlan => Some(Self::Gap),
            FindingKind::AgentDown | FindingKind::Outage => Some(Self::Down),
            FindingKind::AgentStale
            | FindingKind::Orphaned
            | FindingKind::Silent
            | FindingKind::Stuck => Some(Self::Stale),
            FindingKind::SkipStreak
            | FindingKind::SkippedNoReason
            | FindingKind::UnprovenDone
            | FindingKind::QuietShrink
            | FindingKind::SameTargets
            | FindingKind::EmptySuccess => Some(Self::Skip),
            FindingKind::Late
            | FindingKind::AgentLate
            | FindingKind::NotPickedUp
            | FindingKind::ReviewWaiting
            | FindingKind::Approval => Some(Self::Late),
            FindingKind::Blind => Some(Self::Blind),
            FindingKind::DamagedFile
            | FindingKind::Unreadable
            | FindingKind::Clock
            | FindingKind::HandoffMissing
            | FindingKind::RunLength
            | FindingKind::OverCapacity
            | FindingKind::PlanLint
            | FindingKind::StaleInsights
            | FindingKind::Lock
            | FindingKind::Asleep
            | FindingKind::Flagged => None,
        }
    }

    /// The finding that speaks for a row that looks like this: the worst of those that make it so, of equals the one that
    /// reaches furthest, then the oldest.
    pub fn lead<'a>(self, findings: impl Iterator<Item = &'a Finding>) -> Option<&'a Finding> {
        findings
            .filter(|found| Self::made_by(found.kind) == Some(self))
            .filter(|found| found.severity > Severity::Info || self == Self::Late)
            .min_by_key(|found| (Reverse(found.severity), Reverse(found.blast), found.since))
    }
}
