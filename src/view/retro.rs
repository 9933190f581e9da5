//! A week of the fleet: what each agent did against the week before, why it failed, what it owed, what it learned.
//!
//! ```text
//!   agent      runs  ok        did     skip   fail    8 weeks    read  learned
//! ✓ social       42  97 % +3   310 ▲   12     4 ▼     ▁▂▅▇▇▇▇█   new   2 new lessons
//! ✗ publisher    12  58 % -30   40     1      9 ▲     ▇▇▇█▇▆▅▃         3 failed in a row: demote
//! ```

use std::collections::BTreeMap;

use crate::domain::fleet::Counts;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::insight::{Insight, InsightKind};
use crate::domain::retro::{AgentWeek, Tally, WeekFacts};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

use super::Mark;

/// A success rate below this, this week and the one before, with nothing much done, asks whether the agent is needed.
const POOR: u32 = 50;
/// Weeks of four in which a lesson must stand to be one that repeats.
const REPEATS: usize = 3;
/// An INSIGHTS file is stale after this.
const STALE: Span = Span::days(8);

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
    /// Failed more than it succeeded in both weeks.
    Demote,
    /// Two weeks of runs and nothing done.
    Retire,
}

impl Advice {
    pub fn says(self) -> &'static str {
        match self {
            Self::Demote => "failed more often than not for two weeks: demote it?",
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
    let missing: u32 = owed.clone().map(|r| missing(r.expected, r)).sum();
    let advice = advice(&one.week, &one.before);
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

fn missing(expected: u32, r: &crate::domain::retro::Reckoning) -> u32 {
    expected.saturating_sub(r.done + r.skipped + r.failed + r.open)
}

fn advice(week: &Tally, before: &Tally) -> Option<Advice> {
    let did_nothing = |tally: &Tally| tally.runs.total() > 0 && tally.counts.did == 0;
    if did_nothing(week) && did_nothing(before) {
        return Some(Advice::Retire);
    }
    let poor = |tally: &Tally| tally.success().is_some_and(|rate| rate < POOR);
    (poor(week) && poor(before)).then_some(Advice::Demote)
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

/// What stands in an agent's insights and did not when the week began. Where no version of then was kept: what is dated
/// within the week.
pub fn new<'a>(one: &'a AgentWeek, facts: &WeekFacts) -> impl Iterator<Item = &'a Insight> {
    let (from, to) = (facts.week.from, facts.week.to);
    one.learned
        .entries
        .iter()
        .filter(move |entry| match &one.learned.before {
            Some(before) => entry.at.at < to && !before.contains(&entry.text),
            None => entry.at.at >= from && entry.at.at < to,
        })
}

/// `5 of 14 read`
pub fn read(facts: &WeekFacts) -> (usize, usize) {
    let with = facts.agents.iter().filter(|one| one.learned.file.is_some());
    let all = with.clone().count();
    (with.filter(|one| one.learned.read).count(), all)
}

/// An agent whose insights nobody wrote to for more than eight days.
pub fn is_stale(one: &AgentWeek, now: Ts) -> bool {
    one.learned.changed.is_some_and(|at| now - at > STALE)
}

/// Something that did not work, and still does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub agent: AgentId,
    /// The tag, or the words of the latest.
    pub what: Untrusted,
    /// Of the last four weeks.
    pub weeks: usize,
}

/// Lessons under *Didn't* that stand in at least three of the four weeks up to this one, by tag or by their words.
pub fn repeats(facts: &WeekFacts) -> Vec<Lesson> {
    let mut found = Vec::new();
    for one in &facts.agents {
        let mut weeks: BTreeMap<String, (Untrusted, [bool; 4])> = BTreeMap::new();
        for entry in one
            .learned
            .entries
            .iter()
            .filter(|e| e.kind == InsightKind::Didnt)
        {
            let back = (facts.week.to - entry.at.at).0;
            let week = (back.max(1) - 1) / (7 * Span::DAY.0);
            let Ok(week) = usize::try_from(week) else {
                continue;
            };
            if week >= 4 || entry.at.at >= facts.week.to {
                continue;
            }
            for (name, what) in names(entry) {
                let known = weeks.entry(name).or_insert((what, [false; 4]));
                known.1[week] = true;
            }
        }
        for (what, weeks) in weeks.into_values() {
            let count = weeks.iter().filter(|there| **there).count();
            if count >= REPEATS {
                found.push(Lesson {
                    agent: one.agent.clone(),
                    what,
                    weeks: count,
                });
            }
        }
    }
    found.sort_by(|a, b| b.weeks.cmp(&a.weeks).then_with(|| a.agent.cmp(&b.agent)));
    found
}

/// Its tags, or else its words without numbers and case.
fn names(entry: &Insight) -> Vec<(String, Untrusted)> {
    if !entry.tags.is_empty() {
        let tags = entry.tags.iter();
        return tags
            .map(|tag| {
                let bare = tag.exact().trim_start_matches('#').to_lowercase();
                let shown = Untrusted::from(format!("#{bare}"));
                (format!("#{bare}"), shown)
            })
            .collect();
    }
    let words: Vec<String> = entry
        .text
        .exact()
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    vec![(words.join(" "), entry.text.clone())]
}

/// A change that was meant and never ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    pub agent: AgentId,
    pub what: Untrusted,
    pub since: Ts,
}

/// Boxes under *Change* that are older than the week and still open, the oldest first.
pub fn undone(facts: &WeekFacts) -> Vec<Undone> {
    let mut found: Vec<Undone> = Vec::new();
    for one in &facts.agents {
        let open = one.learned.entries.iter().filter(|entry| {
            entry.kind == InsightKind::Change
                && entry.done == Some(false)
                && entry.at.at < facts.week.from
        });
        found.extend(open.map(|entry| Undone {
            agent: one.agent.clone(),
            what: entry.text.clone(),
            since: entry.at.at,
        }));
    }
    found.sort_by_key(|one| one.since);
    found
}

/// A task whose slots are not accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub agent: AgentId,
    pub task: TaskId,
    pub missing: u32,
    pub expected: u32,
    /// The oldest of them.
    pub slot: Ts,
    pub place: crate::domain::id::Locus,
}

/// Expected against actual: every task with slots that nothing accounts for, the oldest gap first.
pub fn gaps(facts: &WeekFacts) -> Vec<Gap> {
    let mut found: Vec<Gap> = Vec::new();
    for one in &facts.agents {
        for r in &one.reckoning {
            if let Some((slot, _, place)) = r.gap {
                found.push(Gap {
                    agent: one.agent.clone(),
                    task: r.task.clone(),
                    missing: missing(r.expected, r).max(1),
                    expected: r.expected,
                    slot,
                    place,
                });
            }
        }
    }
    found.sort_by(|a, b| (a.slot, &a.agent, &a.task).cmp(&(b.slot, &b.agent, &b.task)));
    found
}

/// Causes of failure over the whole fleet: how often, and of how many agents.
pub fn causes(facts: &WeekFacts) -> Vec<(Untrusted, u32, usize)> {
    let mut found: BTreeMap<String, (Untrusted, u32, usize)> = BTreeMap::new();
    for one in &facts.agents {
        for cause in &one.causes {
            let key = cause.what.exact().chars().filter(|c| !c.is_ascii_digit());
            let known = found
                .entry(key.collect::<String>().to_lowercase())
                .or_insert((cause.what.clone(), 0, 0));
            known.1 += cause.count;
            known.2 += 1;
        }
    }
    let mut all: Vec<(Untrusted, u32, usize)> = found.into_values().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

/// How full a bar is, in eighths, for a share in hundredths: nothing is empty, full is 8.
pub fn eighths(hundredths: Option<u32>) -> usize {
    hundredths.map_or(0, |rate| (rate.min(100) as usize * 7 / 100) + 1)
}

/// Runs of the whole fleet by hour of the day.
pub fn by_hour(facts: &WeekFacts) -> [Tally; 24] {
    let mut hours = [Tally::default(); 24];
    for one in &facts.agents {
        for day in one.heat.iter() {
            for (sum, hour) in hours.iter_mut().zip(day) {
                sum.runs.ok += hour.runs.ok;
                sum.runs.partial += hour.runs.partial;
                sum.runs.failed += hour.runs.failed;
                sum.runs.skipped += hour.runs.skipped;
                sum.runs.unknown += hour.runs.unknown;
            }
        }
    }
    hours
}

/// Runs of the whole fleet by weekday; Monday first.
pub fn by_weekday(facts: &WeekFacts) -> [Tally; 7] {
    let mut days = [Tally::default(); 7];
    for one in &facts.agents {
        for (sum, day) in days.iter_mut().zip(one.heat.iter()) {
            for hour in day {
                sum.runs.ok += hour.runs.ok;
                sum.runs.partial += hour.runs.partial;
                sum.runs.failed += hour.runs.failed;
                sum.runs.skipped += hour.runs.skipped;
                sum.runs.unknown += hour.runs.unknown;
            }
        }
    }
    days
}

#[cfg(test)]
mod tests;
