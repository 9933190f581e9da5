//! What asks for a person on the board that is shown.

use std::sync::Arc;

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
    pub digest: Arc<Vec<Call>>,
}

impl Calls {
    /// Where the digest says the same as the one `before`, it is that one.
    pub fn of(fleet: &Fleet, now: Ts, most: usize, before: Option<&Self>) -> Self {
        let leads = pulse::leads(fleet, now);
        let count = queue_count(fleet, now);
        let digest = digest_of(fleet, &leads, now, most);
        let same = before.filter(|before| *before.digest == digest);
        Self {
            count,
            agents: leads.len(),
            pulse: pulse::pulse_of(fleet, now, count),
            digest: same.map_or_else(|| Arc::new(digest), |same| Arc::clone(&same.digest)),
        }
    }
}
