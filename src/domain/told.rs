//! A finding over time: what the queue shows.

use std::sync::Arc;

use super::finding::{Finding, Severity};
use super::time::Ts;

/// What the operator said about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Seen; it counts no more while this case lasts.
    Acknowledged,
    /// Not before then.
    SnoozedUntil(Ts),
}

/// One case that is told: it stands, or it flaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub finding: Arc<Finding>,
    /// When it was first told: against `finding.since` this is the delay of detection.
    pub at: Ts,
    /// It came and went three times within the hour.
    pub flaps: bool,
    pub said: Option<Said>,
}

impl Told {
    /// A single look has no memory: whatever it finds is told there and then.
    pub fn at_once(finding: &Arc<Finding>, now: Ts) -> Self {
        Self {
            finding: finding.clone(),
            at: now,
            flaps: false,
            said: None,
        }
    }

    /// It asks for a person: for the queue and for exit statuses.
    pub fn counts(&self, now: Ts) -> bool {
        let heard = match self.said {
            None => true,
            Some(Said::Acknowledged) => false,
            Some(Said::SnoozedUntil(until)) => now >= until,
        };
        heard && self.finding.severity > Severity::Info
    }
}
