//! When nobody looked, and when the machine slept: recorded, because only rounds saw it.

use super::engine::Engine;
use crate::domain::time::{Span, Ts};
use crate::store::StoreError;
use crate::store::seen::Seen;
use crate::sys::process;

/// A machine is not off for less.
const LEAST_OFF: Span = Span::secs(30);

impl Engine {
    /// Records that nothing was looked at between two moments.
    pub fn gap(&mut self, from: Ts, to: Ts, asleep: bool) {
        self.sight.gaps.push((from, to));
        if asleep {
            self.sight.woke = Some(to);
            self.sight.sleeps.push((from, to));
        }
        if let Err(error) = self.seen.append(&Seen::Gap { from, to, asleep }) {
            self.notices.insert(error.to_string());
        }
        self.board.touch_all();
    }

    /// Takes over recorded gaps of the last days, where the log has grown since the last time.
    pub fn load_gaps(&mut self) -> Result<(), StoreError> {
        let size = Some(self.seen.size());
        if self.gaps_read_to == size {
            return Ok(());
        }
        self.gaps_read_to = size;
        let gaps = self.seen.gaps(self.now() - Span::days(10))?;
        (self.sight.gaps, self.sight.sleeps) = (gaps.gaps, gaps.sleeps);
        Ok(())
    }

    /// The machine went down while an earlier rounds looked, which had no time to let go of the mirror: from its last look
    /// until the machine began to run again everything was off.
    pub fn was_off(&mut self) -> Result<(), StoreError> {
        let Some(looked) = self.ownership.left_at(self.mirror.connection())? else {
            return Ok(());
        };
        let Some(booted) = process::booted() else {
            return Ok(());
        };
        let (from, to) = (looked, Ts(booted));
        // The machine's start is worked out anew each time, to the second or so.
        let mut ends = self.sight.sleeps.iter().map(|&(_, end)| end);
        let is_known = ends.any(|end| (end - to).abs() < Span::MINUTE);
        if to - from >= LEAST_OFF && to <= self.now() && !is_known {
            self.gap(from, to, true);
        }
        Ok(())
    }
}
