//! A week of the fleet: what each agent did against the week before, why it failed, what it owed, what it learned.
//!
//! ```text
//!   agent      runs  ok        did     skip   fail    8 weeks    read  learned
//! ✓ social       42  97 % +3   310 ▲   12     4 ▼     ▁▂▅▇▇▇▇█   new   2 new lessons
//! ✗ publisher    12  58 % -30   40     1      9 ▲     ▇▇▇█▇▆▅▃         3 failed in a row: demote
//! ```

mod learned;
mod note;
mod sheet;
mod weigh;

use crate::domain::finding::FindingKind;
use crate::domain::fleet::Counts;
use crate::domain::id::AgentId;
use crate::domain::retro::{AgentWeek, Reckoning, Tally, WeekFacts};

use super::Mark;

pub use learned::{Lesson, Passage, Undone, is_stale, new, passages, read, repeats, undone};
pub use note::{Action, actions, notes, template};
pub use sheet::{Offer, about, codes_for, offers, verdicts_for};
pub use weigh::{
    Detection, Gap, by_hour, by_weekday, causes, codes, cost, counts, detection, gaps, per_output,
};

/// A success rate below this, this week and the one before, with nothing much done, asks whether the agent is needed.
const POOR: u32 = 50;

/// One agent's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub agent: AgentId,
    pub name: String,
    pub mark: Mark,
    pub runs: u32,
    /// In hundredths; nothing where nothing ended well or badly.
    pub success: Option<u32>,
    /// Against the week before.
    pub change: Option<i32>,
    pub counts: Counts,
    pub before: Counts,
    /// Success in hundredths of each of eight weeks, oldest first.
    pub trend: Vec<Option<u32>>,
    /// Slots without a run, and how many were expected.
    pub owed: (u32, u32),
    pub insight: Insights,
    pub advice: Option<Advice>,
}

/// What is to be said of an agent's insights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insights {
    /// It has none.
    None,
    /// Nothing new since they were read.
    Read,
    /// Not read in this version: so many entries are new this week.
    Unread(usize),
}

/// Something to think about; never an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Three failures in a row this week, or more failures than successes in two.
    Demote,
    /// Two weeks of runs and nothing done.
    Retire,
}

impl Advice {
    pub fn says(self) -> &'static str {
        match self {
            Self::Demote => "three failures in a row, or two bad weeks: demote it?",
            Self::Retire => "ran for two weeks and did nothing: is it needed?",
        }
    }
}

/// Every agent's line, the worst first.
pub fn rows(facts: &WeekFacts) -> Vec<Row> {
    let mut rows: Vec<Row> = facts.agents.iter().map(|one| row(one, facts)).collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.mark, row.success.unwrap_or(101));
        key(a).cmp(&key(b)).then_with(|| a.agent.cmp(&b.agent))
    });
    rows
}

fn row(one: &AgentWeek, facts: &WeekFacts) -> Row {
    let success = one.week.success();
    let before = one.before.success();
    let owed = one.reckoning.iter();
    let missing: u32 = owed.clone().map(Reckoning::missing).sum();
    let advice = advice(one);
    let mark = match success {
        _ if advice.is_some() => Mark::Fail,
        Some(rate) if rate < 80 => Mark::Late,
        _ if missing > 0 => Mark::Gap,
        None => Mark::Unknown,
        Some(_) => Mark::Ok,
    };
    Row {
        agent: one.agent.clone(),
        name: one.agent.to_string(),
        mark,
        runs: one.week.runs.total(),
        success,
        change: match (success, before) {
            (Some(now), Some(then)) => Some(now as i32 - then as i32),
            _ => None,
        },
        counts: one.week.counts,
        before: one.before.counts,
        trend: one.trend.iter().map(Tally::success).collect(),
        owed: (missing, owed.map(|r| r.expected).sum()),
        insight: insight(one, facts),
        advice,
    }
}

/// Three failures in a row demote; two weeks without use retire.
fn advice(one: &AgentWeek) -> Option<Advice> {
    let did_nothing = |tally: &Tally| tally.runs.total() > 0 && tally.counts.did == 0;
    if did_nothing(&one.week) && did_nothing(&one.before) {
        return Some(Advice::Retire);
    }
    let poor = |tally: &Tally| tally.success().is_some_and(|rate| rate < POOR);
    let in_a_row = |kind| kind == FindingKind::FailureStreak;
    let streak = one.troubles.iter().any(|trouble| in_a_row(trouble.kind));
    (streak || poor(&one.week) && poor(&one.before)).then_some(Advice::Demote)
}

/// Agents that ran for two weeks and did nothing. Sometimes the right answer is to run fewer agents.
pub fn to_retire(facts: &WeekFacts) -> Vec<&AgentId> {
    let all = facts.agents.iter();
    all.filter(|one| advice(one) == Some(Advice::Retire))
        .map(|one| &one.agent)
        .collect()
}

/// What an agent has earned by running well: information, never an order.
pub fn trust(one: &AgentWeek, facts: &WeekFacts) -> Option<String> {
    let well = one.trust.well;
    match one.trust.failed {
        _ if one.week.runs.total() == 0 || well == 0 && one.trust.failed.is_none() => None,
        Some(at) => Some(format!(
            "{well} runs without a failure since {}",
            facts.zone.date_hhmm(at)
        )),
        None => Some(format!("{well} runs without a failure in eight weeks")),
    }
}

fn insight(one: &AgentWeek, facts: &WeekFacts) -> Insights {
    if one.learned.file.is_none() {
        return Insights::None;
    }
    if one.learned.read {
        return Insights::Read;
    }
    Insights::Unread(new(one, facts).count())
}

/// How full a bar is, in eighths, for a share in hundredths: nothing is empty, full is 8.
pub fn eighths(hundredths: Option<u32>) -> usize {
    hundredths.map_or(0, |rate| (rate.min(100) as usize * 7 / 100) + 1)
}

#[cfg(test)]
mod tests;
