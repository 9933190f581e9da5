//! What asks for a person on the board that is shown.

use crate::domain::fleet::Fleet;
use crate::domain::time::Ts;
use crate::view::digest::{Call, digest_of};
use crate::view::pulse::{self, Pulse};
use crate::view::queue::count as queue_count;

/// What asks for a person, in the words of header, tabs and digest: made once for a board and its minute.
#[derive(Debug)]
pub struct Calls {
    pub count: usize,
    /// Agents that need somebody.
    pub agents: usize,
    pub pulse: Pulse,
    /// As many as a screen has lines.
    pub digest: Vec<Call>,
}

impl Calls {
    pub fn of(fleet: &Fleet, now: Ts, most: usize) -> Self {
        let leads = pulse::leads(fleet, now);
        let count = queue_count(fleet, now);
        Self {
            count,
            agents: leads.len(),
            pulse: pulse::pulse_of(fleet, now, count),
            digest: digest_of(fleet, &leads, now, most),
        }
    }
}
