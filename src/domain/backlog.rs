//! What could be planned: the backlog of an agent, or of the fleet.

use super::heartbeat::Stamp;
use super::id::AgentId;
use super::schedule::Quiet;
use super::task::Task;
use super::text::Untrusted;
use super::time::{ClockTime, Day, Zone};

/// One version of a backlog file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Whose it is, where the file says so.
    pub agent: Option<AgentId>,
    pub zone: Option<Zone>,
    /// Working hours: nothing is planned outside them. Empty: round the clock.
    pub hours: Vec<Quiet>,
    pub entries: Vec<Entry>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What a plan would say of it; without a slot of its own.
    pub task: Task,
    /// Who does it. Nobody is chosen who is not named.
    pub agent: Option<AgentId>,
    /// The heading it stands under, which may be the name of an agent.
    pub section: Option<Untrusted>,
    pub not_before: Option<When>,
    pub deadline: Option<When>,
    pub repeat: Repeat,
}

/// A moment as people write it into a backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    At(Stamp),
    Day(Day),
    /// The next one; Monday is 0.
    Weekday(u32),
    /// On the day itself.
    Clock(ClockTime),
}

/// On which days it is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// Until it is done.
    #[default]
    Once,
    /// On these weekdays; Monday is the lowest bit.
    Weekdays(u8),
    /// On this day of the month; of a shorter month on its last.
    Monthly(u32),
    /// At the times of a cron pattern.
    Cron(Untrusted),
    /// Something that is not understood: it is never planned, and that is said.
    Unclear(Untrusted),
}

impl Repeat {
    pub const DAILY: Self = Self::Weekdays(0b111_1111);
}
