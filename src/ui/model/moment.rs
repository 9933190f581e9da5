//! Which board is on the screen, and of which moment it is.

use std::sync::Arc;

use crate::domain::fleet::Fleet;
use crate::domain::time::Ts;
use crate::view::pulse::Freshness;

use super::Model;

#[derive(Debug)]
pub struct Past {
    pub wanted: Ts,
    /// What is shown: the board of that moment, and until it was read the one before.
    pub board: Arc<Fleet>,
    pub reading: bool,
}

impl Model {
    /// The board on the screen.
    pub fn fleet(&self) -> &Arc<Fleet> {
        let past = self.past.as_ref().map(|past| &past.board);
        past.or(self.frozen.as_ref()).unwrap_or(&self.live)
    }

    /// The moment ages are counted from: now, or that of the board that stands still.
    pub fn now(&self) -> Ts {
        if self.past.is_some() || self.frozen.is_some() {
            self.fleet().at
        } else {
            self.clock
        }
    }

    pub fn freshness(&self) -> Freshness {
        if let Some(past) = &self.past {
            return Freshness::AsOf(past.wanted);
        }
        if let Some(at) = self.stopped {
            return Freshness::Stopped(at);
        }
        if self.frozen.is_some() {
            Freshness::Paused
        } else {
            Freshness::of(self.fleet())
        }
    }
}
