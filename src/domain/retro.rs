//! What is known about a week: the input of the retro.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::failure::Code;
use super::finding::{Finding, FindingKind};
use super::fleet::{AgentView, Counts, Fleet, RunTally, TaskState};
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl Reckoning {
    fn of(task: TaskId) -> Self {
        Self {
            task,
            expected: 0,
            done: 0,
            skipped: 0,
            failed: 0,
            open: 0,
            gap: None,
        }
    }

    /// Slots that nothing accounts for.
    pub fn missing(&self) -> u32 {
        let known = self.done + self.skipped + self.failed + self.open;
        self.expected.saturating_sub(known)
    }

    fn add(&mut self, more: &Self) {
        self.expected += more.expected;
        self.done += more.done;
        self.skipped += more.skipped;
        self.failed += more.failed;
        self.open += more.open;
        if self
            .gap
            .is_none_or(|(at, ..)| more.gap.is_some_and(|(other, ..)| other < at))
        {
            self.gap = more.gap.or(self.gap);
        }
    }
}

/// Something that was found wrong within the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// [`Finding::id`]: the same in every week.
    pub case: String,
    pub kind: FindingKind,
    pub task: Option<TaskId>,
    pub since: Ts,
    /// Already sanitised.
    pub sentence: String,
    /// Where the first line of its proof stands.
    pub proof: Option<Locus>,
}

impl Trouble {
    pub fn of(finding: &Finding) -> Self {
        Self {
            case: finding.id(),
            kind: finding.kind,
            task: finding.task.clone(),
            since: finding.since,
            sentence: super::text::clean(&finding.sentence).into_owned(),
            proof: finding.evidence.first().map(|proof| proof.locus),
        }
    }
}

/// How long it took until somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delay {
    pub kind: FindingKind,
    pub task: Option<TaskId>,
    pub since: Ts,
    pub told: Ts,
}

/// One agent's day as it stood at its end: what became of its slots, and what was wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDay {
    pub slots: Vec<Reckoning>,
    pub troubles: Vec<Trouble>,
}

impl AgentDay {
    /// Of a board at the end of the day, or of this moment.
    pub fn of(board: &Fleet, agent: &AgentId) -> Self {
        let slots = board.agent(agent).map(|view| slots(view));
        let own = board.findings.iter().filter(|one| one.agent == *agent);
        Self {
            slots: slots.unwrap_or_default(),
            troubles: own.map(|one| Trouble::of(one)).collect(),
        }
    }
}

fn slots(view: &AgentView) -> Vec<Reckoning> {
    let mut found: Vec<Reckoning> = Vec::new();
    for task in view
        .tasks
        .iter()
        .filter(|task| task.state != TaskState::Off)
    {
        let place = found.iter().position(|one| one.task == task.id);
        let place = place.unwrap_or_else(|| {
            found.push(Reckoning::of(task.id.clone()));
            found.len() - 1
        });
        let one = &mut found[place];
        one.expected += 1;
        match task.state {
            TaskState::Done => one.done += 1,
            TaskState::Skipped => one.skipped += 1,
            TaskState::Failed | TaskState::Conflicted => one.failed += 1,
            TaskState::Missed | TaskState::SkippedSilently => {
                let slot = task.slot.unwrap_or(task.since);
                one.gap.get_or_insert((slot, task.state, task.plan));
            }
            TaskState::Off
            | TaskState::Blind
            | TaskState::Held
            | TaskState::PhantomClaim
            | TaskState::Orphaned
            | TaskState::Silent
            | TaskState::Stuck
            | TaskState::AwaitingAgent
            | TaskState::Review
            | TaskState::Running
            | TaskState::Claimed
            | TaskState::Late
            | TaskState::Due
            | TaskState::Upcoming
            | TaskState::Unjudged => one.open += 1,
        }
    }
    found
}

/// What the operator said of a gap, by [`gap_id`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub kind: VerdictKind,
    pub why: Untrusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It is settled.
    Closed,
    /// It needs a person until it is closed.
    Flagged,
}

/// What is said at a retro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetroWord {
    /// A note on a week; an empty one takes the former back.
    Note { week: String, text: String },
    /// This version of an agent's insights was read.
    Read { agent: AgentId, sha256: String },
    /// What is to be said of a slot that nothing accounts for, by [`gap_id`].
    Judge {
        gap: String,
        agent: AgentId,
        verdict: VerdictKind,
        why: String,
    },
    /// Why an incident came about; none takes it back.
    Code {
        case: String,
        agent: AgentId,
        code: Option<Code>,
    },
}

/// The name of a gap: the oldest slot of a task that nothing accounts for.
pub fn gap_id(agent: &AgentId, task: &TaskId, slot: Ts) -> String {
    format!("gap/{agent}/{task}/{}", slot.0)
}

/// The task and the slot of a gap of this agent, by its [`gap_id`].
pub fn of_gap_id(id: &str, agent: &AgentId) -> Option<(TaskId, Ts)> {
    let rest = id.strip_prefix("gap/")?.strip_prefix(agent.as_str())?;
    let (task, slot) = rest.strip_prefix('/')?.rsplit_once('/')?;
    Some((TaskId::from(task), Ts(slot.parse().ok()?)))
}

/// What the operator said at retros, as far as a week needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetroSaid {
    /// Versions of insights that were read.
    pub read: HashSet<String>,
    /// By the week's name; the latest of each stands.
    pub notes: BTreeMap<String, Untrusted>,
    /// By the name of the gap; the latest stands.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Failure codes by [`Trouble::case`].
    pub codes: BTreeMap<String, Code>,
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
    /// The file as it stands, in Markdown.
    pub text: Untrusted,
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
    /// `#tags` and targets of what it did and failed at, the most frequent first.
    pub topics: Vec<Topic>,
    pub reckoning: Vec<Reckoning>,
    /// By when they began.
    pub troubles: Vec<Trouble>,
    /// Of what was told within the week.
    pub delays: Vec<Delay>,
    pub learned: Learned,
    pub cost: Cost,
    pub trust: Trust,
}

impl AgentWeek {
    pub fn new(agent: AgentId) -> Self {
        Self {
            agent,
            week: Tally::default(),
            before: Tally::default(),
            trend: [Tally::default(); TREND],
            heat: Box::default(),
            causes: Vec::new(),
            topics: Vec::new(),
            reckoning: Vec::new(),
            troubles: Vec::new(),
            delays: Vec::new(),
            learned: Learned::default(),
            cost: Cost::default(),
            trust: Trust::default(),
        }
    }

    /// Adds what a day of the week was like.
    pub fn add_day(&mut self, day: &AgentDay) {
        for more in &day.slots {
            match self.reckoning.iter_mut().find(|one| one.task == more.task) {
                Some(one) => one.add(more),
                None => self.reckoning.push(more.clone()),
            }
        }
        self.reckoning.sort_by(|a, b| {
            let key = |one: &Reckoning| (one.gap.is_none(), one.gap.map(|(at, ..)| at));
            key(a).cmp(&key(b)).then_with(|| a.task.cmp(&b.task))
        });
        for more in &day.troubles {
            let same = |one: &Trouble| {
                (one.kind, &one.task, one.since) == (more.kind, &more.task, more.since)
            };
            if !self.troubles.iter().any(same) {
                self.troubles.push(more.clone());
            }
        }
        self.troubles.sort_by_key(|one| one.since);
    }

    /// Nothing is known of it, this week or before.
    pub fn is_empty(&self) -> bool {
        self.trend.iter().all(|week| *week == Tally::default())
            && self.reckoning.is_empty()
            && self.learned.file.is_none()
    }
}

/// What was worked on, and how often it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub what: Untrusted,
    pub did: u32,
    pub failed: u32,
}

/// In millionths of a dollar; 0 where nothing is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub week: u64,
    pub before: u64,
}

/// What an agent has earned by running well, to the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Runs that went well since the hour of the last failure.
    pub well: u32,
    /// When that hour began; none in the weeks of the trend.
    pub failed: Option<Ts>,
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
    pub said: RetroSaid,
}

impl WeekFacts {
    /// Adds the board of this moment, where the day that runs lies in the week.
    pub fn add_today(&mut self, board: &Fleet) {
        let today = Week::of(self.zone.day_of(board.at), self.zone);
        if today.monday != self.week.monday {
            return;
        }
        for one in &mut self.agents {
            one.add_day(&AgentDay::of(board, &one.agent));
        }
        self.agents.retain(|one| !one.is_empty());
    }
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
