//! The rounds in progress.

use crate::domain::time::{Span, Ts};
use crate::view::agent::Line;
use crate::view::walk::Stop;

#[derive(Clone, Debug)]
pub struct Walk {
    pub began: Ts,
    /// Worst first, as the queue stood when they began; what is new comes last.
    pub stops: Vec<Stop>,
    /// Behind the last stop stands the summary.
    pub at: usize,
    /// The case of the stop.
    pub lines: Vec<Line>,
    /// When the last stop was passed.
    pub ended: Option<Ts>,
}

impl Walk {
    pub fn new(began: Ts, stops: Vec<Stop>) -> Self {
        Self {
            began,
            stops,
            at: 0,
            lines: Vec::new(),
            ended: None,
        }
    }

    pub fn stop(&self) -> Option<&Stop> {
        self.stops.get(self.at)
    }

    /// How long they took, or have taken so far.
    pub fn took(&self, now: Ts) -> Span {
        self.ended.unwrap_or(now) - self.began
    }
}
