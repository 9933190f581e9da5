//! The sweep: looking at known files and folders without being told. Notifications are hints, this is the truth.
//!
//! Files in use are looked at every [`SWEEP`]. Where notifications work, those that nobody wrote for a minute rest: they take
//! turns of eight seconds, and the first change brings them back.
//!
//! Calm files ([`calm`](super::calm)) take turns. Where notifications work an append to one is notified like any other; should
//! that one be lost, it is found within a minute, and where there are none within ten seconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::news::is_stale;
use super::tracked::Tracked;
use crate::domain::facts::FileState;
use crate::domain::fleet::Mode;
use crate::domain::id::FileId;
use crate::domain::time::{Span, Ts};
use crate::store::StoreError;
use crate::sys::file::stat;

/// Real time between sweeps of the known files.
pub const SWEEP: Duration = Duration::from_secs(2);
/// Files in use that one sweep looks at; where there are more they take turns, so that a sweep's cost has a bound.
const MOST: usize = 1_000;
/// Sweeps until every resting file was looked at.
const TURNS_RESTING: usize = 4;
/// How long nobody wrote a resting file. A room at rest should look at little, and a notification wakes a file anyhow.
const RESTING: Span = Span::MINUTE;
/// Sweeps until every calm file was looked at: a minute where notifications tell sooner, else ten seconds.
const TURNS_TOLD: usize = 30;
const TURNS_ALONE: usize = 5;

/// How much a sweep looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    All,
    /// What is in use, and whose turn it is.
    Turn,
}

/// How often a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Busy,
    Resting,
    Calm,
}

/// Where the next sweep goes on among files that take turns.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    /// Files there were in the last sweep.
    total: usize,
    next: usize,
}

impl Turns {
    /// This sweep's share, of so many at most.
    fn share(self, most: usize) -> std::ops::Range<usize> {
        self.next..self.next + most
    }

    /// Takes note of what a sweep found. `true`: everybody had a turn.
    fn went(&mut self, total: usize, most: usize) -> bool {
        self.total = total;
        self.next += most;
        if self.next >= total {
            self.next = 0;
        }
        self.next == 0
    }
}

/// Which resting files a sweep looks at: a file keeps its shift while others begin or end to rest.
#[derive(Clone, Copy, Debug, Default)]
struct Shifts {
    /// Resting files there were in the last sweep.
    total: usize,
    sweeps: u64,
}

impl Shifts {
    fn is_of(self, file: FileId) -> bool {
        let shifts = self.total.div_ceil(MOST).max(TURNS_RESTING) as u64;
        u64::from(file.0) % shifts == self.sweeps % shifts
    }

    fn went(&mut self, total: usize) {
        self.total = total;
        self.sweeps += 1;
    }
}

/// What the sweeps remember of each other.
#[derive(Debug, Default)]
pub struct Sweeps {
    busy: Turns,
    resting: Shifts,
    calm: Turns,
    /// Inode and times of what can bring new files, as of the last walk.
    stamps: Vec<Option<(u64, i64, i64)>>,
}

impl Engine {
    /// Whether any folder gained or lost an entry since the last time this was asked, or a file that nobody could read so
    /// far changed. A stat is no look into the folder, so that asking wakes nobody.
    pub fn folders_changed(&mut self) -> bool {
        let stamp = |path: &PathBuf| {
            stat(path)
                .ok()
                .map(|s| (s.ino, s.modified_ns, s.changed_ns))
        };
        let watched = self.catalog.folders.iter().chain(&self.catalog.undecided);
        let stamps: Vec<_> = watched.map(stamp).collect();
        let changed = stamps != self.sweeps.stamps;
        self.sweeps.stamps = stamps;
        changed
    }

    /// Looks at every file that is not as it was, all of them or this sweep's share.
    pub fn sweep(&mut self, share: Share) -> Result<(), StoreError> {
        let turns = match self.mode {
            Mode::Live => TURNS_TOLD,
            Mode::Poll | Mode::Follow => TURNS_ALONE,
        };
        let now = self.now();
        let most_calm = self.sweeps.calm.total.div_ceil(turns).max(1);
        let (mut busy, mut resting, mut calm) = (0, 0, 0);
        let mut stale: Vec<(bool, Arc<Path>)> = Vec::new();
        for tracked in self.catalog.files() {
            let has_turn = match self.pace(tracked, now) {
                Pace::Busy => {
                    busy += 1;
                    self.sweeps.busy.share(MOST).contains(&(busy - 1))
                }
                Pace::Resting => {
                    resting += 1;
                    self.sweeps.resting.is_of(tracked.row.id)
                }
                Pace::Calm => {
                    calm += 1;
                    self.sweeps.calm.share(most_calm).contains(&(calm - 1))
                }
            };
            if (has_turn || share == Share::All) && is_stale(tracked) {
                stale.push((tracked.row.offset == 0, tracked.path.clone()));
            }
        }
        // What was read before comes first: a new file may be a copy of it.
        stale.sort();
        for (_, path) in stale {
            self.look(&path)?;
        }
        self.sweeps.resting.went(resting);
        self.sweeps.calm.went(calm, most_calm);
        let whole = self.sweeps.busy.went(busy, MOST) || share == Share::All;
        let rounds = busy.div_ceil(MOST).max(1) as i64;
        self.sight.period = self.setup.clock.span_of(SWEEP).times(rounds);
        if whole {
            self.sight.last_look = self.now();
        }
        Ok(())
    }

    fn pace(&self, tracked: &Tracked, now: Ts) -> Pace {
        let quiet = || now - tracked.modified(&self.setup.clock) > RESTING;
        match self.mode {
            _ if tracked.calm => Pace::Calm,
            Mode::Live if tracked.state == FileState::Good && quiet() => Pace::Resting,
            Mode::Live | Mode::Poll | Mode::Follow => Pace::Busy,
        }
    }

    /// Rewritten files that did not parse and have not had their two seconds.
    pub fn torn(&self) -> Vec<Arc<Path>> {
        self.catalog
            .troubled()
            .filter(|t| t.torn.is_some() && t.state == FileState::Good)
            .map(|t| t.path.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn_and_nobody_two() {
        let mut turns = Turns::default();
        let mut looked = [0; 25];
        loop {
            for at in turns.share(10) {
                if let Some(count) = looked.get_mut(at) {
                    *count += 1;
                }
            }
            if turns.went(25, 10) {
                break;
            }
        }
        assert_eq!(looked, [1; 25]);
        assert_eq!(turns.next, 0);
    }
}
