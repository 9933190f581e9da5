//! When nobody looked, and when the machine slept: recorded, because only rounds saw it.

use super::engine::Engine;
use crate::domain::time::{Span, Ts};
use crate::store::StoreError;
use crate::store::seen::Seen;

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

    /// Takes over recorded gaps of the last days.
    pub fn load_gaps(&mut self) -> Result<(), StoreError> {
        let from = self.now() - Span::days(10);
        (self.sight.gaps, self.sight.sleeps) = (Vec::new(), Vec::new());
        for seen in self.seen.all()? {
            if let Seen::Gap {
                from: start,
                to,
                asleep,
            } = seen
                && to > from
            {
                self.sight.gaps.push((start, to));
                if asleep {
                    self.sight.sleeps.push((start, to));
                }
            }
        }
        Ok(())
    }
}
