//! What is known about a week: the input of the retro.

use super::fleet::{Counts, RunTally, TaskState};
use super::id::{AgentId, Locus, TaskId};
use super::insight::Insight;
use super::text::Untrusted;
use super::time::{Day, Ts, Zone};

/// Weeks of a trend, the one that is looked at included.
pub const TREND: usize = 8;

/// A calendar week (ISO 8601, Monday to Sunday) of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    pub monday: Day,
    pub from: Ts,
    pub to: Ts,
}

impl Week {
    /// The week that a day lies in.
    pub fn of(day: Day, zone: Zone) -> Self {
        let monday = day.plus(-i64::from(day.weekday()));
        Self {
            monday,
            from: zone.start_of(monday),
            to: zone.start_of(monday.plus(7)),
        }
    }

    /// So many weeks later; earlier where negative.
    #[must_use]
    pub fn plus(self, weeks: i64, zone: Zone) -> Self {
        Self::of(self.monday.plus(weeks * 7), zone)
    }

    /// `2026-W13`
    pub fn name(self) -> String {
        let (year, week) = self.monday.iso_week();
        format!("{year}-W{week:02}")
    }

    /// Reads `2026-W13`.
    pub fn parse(text: &str, zone: Zone) -> Option<Self> {
        let (year, week) = text.trim().split_once(['-', ' '])?;
        let week = week.strip_prefix(['W', 'w'])?;
        let (year, week): (i32, u32) = (year.parse().ok()?, week.parse().ok()?);
        // The fourth of January always lies in the first week.
        let first = Self::of(Day::new(year, 1, 4)?, zone);
        let found = first.plus(i64::from(week) - 1, zone);
        (week >= 1 && found.monday.iso_week() == (year, week)).then_some(found)
    }
}

/// Counts of some stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub counts: Counts,
    pub runs: RunTally,
}

impl Tally {
    /// Ok of all that ended well or badly, in hundredths; nothing where none did. A skip is neither.
    pub fn success(&self) -> Option<u32> {
        let all = self.runs.ok + self.runs.partial + self.runs.failed;
        (all > 0).then(|| (u64::from(self.runs.ok) * 100 / u64::from(all)) as u32)
    }
}

/// A reason of failure, numbers masked, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub what: Untrusted,
    pub count: u32,
}

/// What became of the slots of one task in a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoning {
    pub task: TaskId,
    pub expected: u32,
    pub done: u32,
    pub skipped: u32,
    pub failed: u32,
    pub open: u32,
    /// The oldest slot that nothing accounts for.
    pub gap: Option<(Ts, TaskState, Locus)>,
}

/// What an agent learned, and what of it is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// As people know it; nothing where the agent has none.
    pub file: Option<Untrusted>,
    /// SHA-256 of the file as it stands.
    pub version: String,
    pub changed: Option<Ts>,
    pub entries: Vec<Insight>,
    /// Texts of the version in force when the week began; none was kept where this is `None`.
    pub before: Option<Vec<Untrusted>>,
    /// The operator has read this version.
    pub read: bool,
}

/// The week of one agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentWeek {
    pub agent: AgentId,
    pub week: Tally,
    pub before: Tally,
    /// Oldest first, the week itself last.
    pub trend: [Tally; TREND],
    /// By weekday and hour, of the zone of the screen.
    pub heat: Box<[[Tally; 24]; 7]>,
    /// The most frequent first.
    pub causes: Vec<Cause>,
    /// `#tags` of what it did, the most frequent first.
    pub tags: Vec<Cause>,
    pub reckoning: Vec<Reckoning>,
    pub learned: Learned,
    pub cost_usd: Option<f64>,
}

/// Everything known about a week.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekFacts {
    pub week: Week,
    pub zone: Zone,
    /// When it was looked at.
    pub at: Ts,
    /// By name.
    pub agents: Vec<AgentWeek>,
    /// The operator's note on the week, and the one before.
    pub note: Option<Untrusted>,
    pub last_note: Option<Untrusted>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_by_name_over_the_turn_of_the_year() {
        let zone = Zone::UTC;
        for name in ["2026-W13", "2026-W53", "2027-W01", "2020-W53"] {
            assert_eq!(
                Week::parse(name, zone).map(Week::name).as_deref(),
                Some(name)
            );
        }
        assert_eq!(Week::parse("2025-W53", zone), None, "2025 has 52");
        assert_eq!(Week::parse("2026-W00", zone), None);
        assert_eq!(Week::parse("week 13", zone), None);
        let week = Week::of(Day::new(2026, 3, 29).unwrap(), zone);
        assert_eq!(week.name(), "2026-W13");
        assert_eq!(week.plus(-1, zone).name(), "2026-W12");
    }

    #[test]
    fn a_skip_is_neither_success_nor_failure() {
        let mut tally = Tally::default();
        assert_eq!(tally.success(), None);
        tally.runs.skipped = 5;
        assert_eq!(tally.success(), None);
        (tally.runs.ok, tally.runs.failed) = (3, 1);
        assert_eq!(tally.success(), Some(75));
    }
}
