//! What the agents learned: what of it is new, what repeats, what was meant and never done.

use std::collections::BTreeMap;

use crate::domain::id::AgentId;
use crate::domain::insight::{Insight, InsightKind};
use crate::domain::retro::{AgentWeek, WeekFacts};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// Weeks of four in which a lesson must stand to be one that repeats.
const REPEATS: usize = 3;
/// An INSIGHTS file is stale after this.
const STALE: Span = Span::days(8);

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

/// What an agent's insights are to the walk: the file as it stands, with what is new in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub text: Untrusted,
    /// It stands there since the week began.
    pub is_new: bool,
}

/// The file line by line. New is a line that belongs to an entry that is.
pub fn passages(one: &AgentWeek, facts: &WeekFacts) -> Vec<Passage> {
    let starts: Vec<u32> = one.learned.entries.iter().map(|entry| entry.line).collect();
    let fresh: Vec<u32> = new(one, facts).map(|entry| entry.line).collect();
    let mut is_new = false;
    let lines = one.learned.text.exact().lines();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(lines) {
        if starts.contains(&number) {
            is_new = fresh.contains(&number);
        } else if line.trim().is_empty() || line.starts_with('#') {
            is_new = false;
        }
        found.push(Passage {
            text: Untrusted::from(line),
            is_new,
        });
    }
    found
}
