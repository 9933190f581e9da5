//! What is counted of an agent.

use std::fmt;
use std::ops::AddAssign;

use crate::domain::facts::Beat;

/// Since the standup mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub did: u32,
    pub skipped: u32,
    pub failed: u32,
}

impl Counts {
    /// Of one line.
    pub fn of(beat: &Beat) -> Self {
        Self {
            did: beat.did,
            skipped: beat.skipped,
            failed: beat.failed,
        }
    }

    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// `3 done, 1 failed`: what there is none of is left out.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (n, word) in [
            (self.did, "done"),
            (self.skipped, "skipped"),
            (self.failed, "failed"),
        ] {
            if n > 0 {
                write!(f, "{between}{n} {word}")?;
                between = ", ";
            }
        }
        Ok(())
    }
}

/// Runs since the standup mark, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTally {
    pub ok: u32,
    pub partial: u32,
    pub failed: u32,
    pub skipped: u32,
    pub running: u32,
    pub unfinished: u32,
    pub unknown: u32,
}

impl RunTally {
    pub fn total(&self) -> u32 {
        self.ok
            + self.partial
            + self.failed
            + self.skipped
            + self.running
            + self.unfinished
            + self.unknown
    }
}

impl AddAssign for RunTally {
    fn add_assign(&mut self, more: Self) {
        self.ok += more.ok;
        self.partial += more.partial;
        self.failed += more.failed;
        self.skipped += more.skipped;
        self.running += more.running;
        self.unfinished += more.unfinished;
        self.unknown += more.unknown;
    }
}

/// Today's slots by state.
///
/// `planned` = upcoming + due + running + review + held + done + skipped + failed + unaccounted, and `unaccounted` =
/// late + missed + skipped silently. Off and unjudged tasks are in none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskTally {
    pub planned: u32,
    pub upcoming: u32,
    pub due: u32,
    pub running: u32,
    pub review: u32,
    pub held: u32,
    pub done: u32,
    pub skipped: u32,
    pub failed: u32,
    pub unaccounted: u32,
    pub late: u32,
    pub missed: u32,
    pub skipped_silently: u32,
    /// Slots of a plan whose agent never names tasks.
    pub unjudged: u32,
}
