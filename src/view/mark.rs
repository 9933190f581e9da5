//! The status of anything, as one mark: the same glyph, word and colour wherever it is shown.

use crate::domain::finding::FindingKind;
use crate::domain::fleet::{RowState, TaskState};
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::log::{LogKind, LogRow};

/// What a glyph in front of a line says. Themes and glyph sets are written by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    Fail,
    Gap,
    Down,
    Stale,
    Skip,
    Late,
    Run,
    Ok,
    /// Set aside by a person or waiting for one.
    Flag,
    Paused,
    /// Its time has not come.
    Wait,
    /// Nothing is claimed.
    Unknown,
}

impl Mark {
    pub const ALL: [Self; 12] = [
        Self::Fail,
        Self::Gap,
        Self::Down,
        Self::Stale,
        Self::Skip,
        Self::Late,
        Self::Run,
        Self::Ok,
        Self::Flag,
        Self::Paused,
        Self::Wait,
        Self::Unknown,
    ];

    /// The word of the mark, at most six letters: a name in the theme, and the text beside the glyph.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Gap => "gap",
            Self::Down => "down",
            Self::Stale => "stale",
            Self::Skip => "skip",
            Self::Late => "late",
            Self::Run => "run",
            Self::Ok => "ok",
            Self::Flag => "flag",
            Self::Paused => "paused",
            Self::Wait => "wait",
            Self::Unknown => "?",
        }
    }

    /// Worth a look before the others.
    pub fn is_trouble(self) -> bool {
        self <= Self::Late
    }

    /// The sign of the mark, one cell wide in every locale.
    pub fn glyph(self) -> Glyph {
        let (unicode, ascii) = match self {
            Self::Ok => ("✓", "+"),
            Self::Run => ("↻", ">"),
            Self::Late => ("⧗", "~"),
            Self::Stale => ("◌", "o"),
            Self::Down => ("⊗", "X"),
            Self::Skip => ("⊘", "-"),
            Self::Gap => ("∅", "0"),
            Self::Fail => ("✗", "x"),
            Self::Flag => ("⚑", "!"),
            Self::Paused => ("=", "="),
            Self::Wait => (".", "."),
            Self::Unknown => ("?", "?"),
        };
        Glyph { unicode, ascii }
    }
}

/// A sign in both character sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    pub unicode: &'static str,
    pub ascii: &'static str,
}

/// What stands for a character where only ASCII can be shown.
pub fn likeness(c: char) -> char {
    match c {
        c if c.is_ascii() => c,
        '…' | '±' => '~',
        '×' | '✗' => 'x',
        '─' | '–' | '—' | '‑' => '-',
        '│' => '|',
        '‘' | '’' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '·' | '•' => '*',
        '→' => '>',
        '✓' => '+',
        _ => '?',
    }
}

impl From<RowState> for Mark {
    fn from(state: RowState) -> Self {
        match state {
            RowState::Fail => Self::Fail,
            RowState::Gap => Self::Gap,
            RowState::Down => Self::Down,
            RowState::Stale => Self::Stale,
            RowState::Skip => Self::Skip,
            RowState::Late => Self::Late,
            RowState::Blind | RowState::Unknown => Self::Unknown,
            RowState::Running => Self::Run,
            RowState::Paused => Self::Paused,
            RowState::Ok => Self::Ok,
        }
    }
}

impl From<TaskState> for Mark {
    fn from(state: TaskState) -> Self {
        match state {
            TaskState::Failed | TaskState::Conflicted => Self::Fail,
            TaskState::SkippedSilently | TaskState::Missed => Self::Gap,
            TaskState::Orphaned | TaskState::PhantomClaim | TaskState::Silent => Self::Stale,
            TaskState::Stuck | TaskState::Late => Self::Late,
            TaskState::Skipped => Self::Skip,
            TaskState::Running | TaskState::Claimed => Self::Run,
            TaskState::Done => Self::Ok,
            TaskState::AwaitingAgent | TaskState::Review => Self::Flag,
            TaskState::Off | TaskState::Held => Self::Paused,
            TaskState::Due | TaskState::Upcoming => Self::Wait,
            TaskState::Blind | TaskState::Unjudged => Self::Unknown,
        }
    }
}

impl From<RunStatus> for Mark {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Running => Self::Run,
            RunStatus::Ok => Self::Ok,
            RunStatus::Partial | RunStatus::Failed => Self::Fail,
            RunStatus::Skipped => Self::Skip,
            RunStatus::Blocked => Self::Flag,
            RunStatus::Unknown => Self::Unknown,
        }
    }
}

impl From<FindingKind> for Mark {
    fn from(kind: FindingKind) -> Self {
        match kind {
            FindingKind::SkippedSilently
            | FindingKind::Missed
            | FindingKind::DependencyBroken
            | FindingKind::StalePlan => Self::Gap,
            FindingKind::Late
            | FindingKind::AgentLate
            | FindingKind::Stuck
            | FindingKind::NotPickedUp
            | FindingKind::ReviewWaiting
            | FindingKind::RunLength => Self::Late,
            FindingKind::AgentStale
            | FindingKind::PhantomClaim
            | FindingKind::Orphaned
            | FindingKind::Silent
            | FindingKind::Lock
            | FindingKind::StaleInsights
            | FindingKind::Asleep => Self::Stale,
            FindingKind::AgentDown | FindingKind::Outage => Self::Down,
            FindingKind::Failed
            | FindingKind::FailureStreak
            | FindingKind::UnfinishedRun
            | FindingKind::WalIncomplete
            | FindingKind::Conflicted
            | FindingKind::Drift
            | FindingKind::ZombieWrite
            | FindingKind::DoubleClaim
            | FindingKind::DuplicateAction
            | FindingKind::Collision
            | FindingKind::LostUpdate
            | FindingKind::OverCapacity
            | FindingKind::PlanLint
            | FindingKind::Vanished => Self::Fail,
            FindingKind::SkippedNoReason
            | FindingKind::SkipStreak
            | FindingKind::UnprovenDone
            | FindingKind::QuietShrink
            | FindingKind::SameTargets
            | FindingKind::EmptySuccess => Self::Skip,
            FindingKind::NeedsHuman
            | FindingKind::Approval
            | FindingKind::HandoffMissing
            | FindingKind::Flagged => Self::Flag,
            FindingKind::DamagedFile
            | FindingKind::Unreadable
            | FindingKind::Clock
            | FindingKind::Blind => Self::Unknown,
        }
    }
}

impl From<ItemClass> for Mark {
    fn from(class: ItemClass) -> Self {
        match class {
            ItemClass::Did => Self::Ok,
            ItemClass::Skipped => Self::Skip,
            ItemClass::Failed => Self::Fail,
            ItemClass::Message => Self::Unknown,
        }
    }
}

impl From<&LogRow> for Mark {
    fn from(row: &LogRow) -> Self {
        match row.kind {
            LogKind::Beat | LogKind::Step => row.status.into(),
            LogKind::Plan => Self::Wait,
            LogKind::Damage => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn glyphs_are_one_cell_even_where_ambiguous_is_wide() {
        for mark in Mark::ALL {
            let glyph = mark.glyph();
            assert_eq!(glyph.unicode.width_cjk(), 1, "{}", glyph.unicode);
            assert_eq!(glyph.ascii.len(), 1, "{}", glyph.ascii);
        }
    }

    #[test]
    fn no_two_marks_look_alike() {
        let unicode: HashSet<&str> = Mark::ALL.iter().map(|mark| mark.glyph().unicode).collect();
        let ascii: HashSet<&str> = Mark::ALL.iter().map(|mark| mark.glyph().ascii).collect();
        assert_eq!(
            (unicode.len(), ascii.len()),
            (Mark::ALL.len(), Mark::ALL.len())
        );
    }
}
