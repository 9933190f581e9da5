//! Noticing that the machine was suspended: the clock that counts sleep runs ahead of the one that does not.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Shorter differences are no sleep.
const LEAST: Duration = Duration::from_secs(30);

/// Compares the two clocks from look to look.
#[derive(Debug)]
pub struct Meter {
    ahead: Duration,
}

impl Meter {
    pub fn new() -> Self {
        Self { ahead: ahead() }
    }

    /// How long the machine slept since the last look.
    pub fn slept(&mut self) -> Option<Duration> {
        let now = ahead();
        let slept = now.saturating_sub(self.ahead);
        self.ahead = now;
        (slept >= LEAST).then_some(slept)
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_os = "linux")]
fn ahead() -> Duration {
    time(ClockId::Boottime).saturating_sub(time(ClockId::Monotonic))
}

/// Where no such pair of clocks exists, the wall clock stands in for the one that counts sleep.
#[cfg(not(target_os = "linux"))]
fn ahead() -> Duration {
    time(ClockId::Realtime).saturating_sub(time(ClockId::Monotonic))
}

fn time(id: ClockId) -> Duration {
    let t = clock_gettime(id);
    Duration::new(t.tv_sec.unsigned_abs(), t.tv_nsec.unsigned_abs() as u32)
}
