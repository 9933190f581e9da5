//! What a week comes to: gaps, causes, counts of what went wrong, how long it took until somebody knew, what it cost.

use std::collections::BTreeMap;

use crate::domain::failure::Code;
use crate::domain::finding::FindingKind;
use crate::domain::fleet::TaskState;
use crate::domain::id::{AgentId, Locus, TaskId};
use crate::domain::retro::{AgentWeek, Delay, Tally, Verdict, VerdictKind, WeekFacts, gap_id};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// A task whose slots are not accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub agent: AgentId,
    pub task: TaskId,
    pub missing: u32,
    pub expected: u32,
    /// The oldest of them.
    pub slot: Ts,
    /// Missed, or skipped silently.
    pub state: TaskState,
    pub place: Locus,
    /// What the operator said of it.
    pub verdict: Option<Verdict>,
}

impl Gap {
    pub fn id(&self) -> String {
        gap_id(&self.agent, &self.task, self.slot)
    }

    pub fn is_closed(&self) -> bool {
        let kind = self.verdict.as_ref().map(|verdict| verdict.kind);
        kind == Some(VerdictKind::Closed)
    }

    /// `closed: the relay was down`; nothing where nothing was said.
    pub fn said(&self) -> Option<String> {
        let verdict = self.verdict.as_ref()?;
        let word = match verdict.kind {
            VerdictKind::Closed => "closed",
            VerdictKind::Flagged => "flagged",
        };
        Some(format!("{word}: {}", verdict.why.shown_within(120)))
    }
}

/// Expected against actual: every task with slots that nothing accounts for, the oldest gap first; what was closed comes last.
pub fn gaps(facts: &WeekFacts) -> Vec<Gap> {
    let mut found: Vec<Gap> = Vec::new();
    for one in &facts.agents {
        for r in &one.reckoning {
            if let Some((slot, state, place)) = r.gap {
                let verdict = facts.said.verdicts.get(&gap_id(&one.agent, &r.task, slot));
                found.push(Gap {
                    agent: one.agent.clone(),
                    task: r.task.clone(),
                    missing: r.missing().max(1),
                    expected: r.expected,
                    slot,
                    state,
                    place,
                    verdict: verdict.cloned(),
                });
            }
        }
    }
    let key = |gap: &Gap| {
        (
            gap.is_closed(),
            gap.slot,
            gap.agent.clone(),
            gap.task.clone(),
        )
    };
    found.sort_by_key(key);
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

/// Runs of the whole fleet by hour of the day.
pub fn by_hour(facts: &WeekFacts) -> [Tally; 24] {
    let mut hours = [Tally::default(); 24];
    for one in &facts.agents {
        for day in one.heat.iter() {
            for (sum, hour) in hours.iter_mut().zip(day) {
                sum.runs += hour.runs;
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
                sum.runs += hour.runs;
            }
        }
    }
    days
}

/// Kinds of trouble that a retro counts, and their names.
const COUNTED: [(&str, &[FindingKind]); 3] = [
    ("wal incomplete", &[FindingKind::WalIncomplete]),
    ("done twice", &[FindingKind::DuplicateAction]),
    (
        "collisions",
        &[
            FindingKind::Collision,
            FindingKind::LostUpdate,
            FindingKind::DoubleClaim,
            FindingKind::ZombieWrite,
        ],
    ),
];

/// How often each of what a retro counts was found, of one agent or of several.
pub fn counts<'a>(
    agents: impl Iterator<Item = &'a AgentWeek> + Clone,
) -> [(&'static str, usize); 3] {
    COUNTED.map(|(name, kinds)| {
        let all = agents.clone().flat_map(|one| &one.troubles);
        (name, all.filter(|one| kinds.contains(&one.kind)).count())
    })
}

/// How long it took until somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    pub cases: usize,
    pub median: Span,
    pub worst: Span,
    pub worst_of: Delay,
    pub agent: AgentId,
}

impl Detection {
    /// `median 4m, worst 3d (publisher/newsletter)`
    pub fn says(&self) -> String {
        let task = self.worst_of.task.as_ref();
        let task = task.map_or_else(String::new, |task| format!("/{task}"));
        format!(
            "median {}, worst {} ({}{task}, {})",
            coarse(self.median),
            coarse(self.worst),
            self.agent,
            self.worst_of.kind.word()
        )
    }

    /// Nothing took longer than a day.
    pub fn is_same_day(&self) -> bool {
        self.worst <= Span::DAY
    }
}

fn coarse(span: Span) -> String {
    match span {
        span if span < Span::MINUTE => "under a minute".to_owned(),
        span => crate::domain::time::Age::at(Ts(span.0), Ts(0)).to_string(),
    }
}

/// The delay of detection over what was told in the week; nothing where nothing was told.
pub fn detection<'a>(agents: impl Iterator<Item = &'a AgentWeek>) -> Option<Detection> {
    let mut all: Vec<(Span, &Delay, &AgentId)> = agents
        .flat_map(|one| one.delays.iter().map(|delay| (delay, &one.agent)))
        .map(|(delay, agent)| ((delay.told - delay.since).max(Span::ZERO), delay, agent))
        .collect();
    all.sort_by_key(|(took, delay, _)| (*took, delay.since));
    let (worst, worst_of, agent) = *all.last()?;
    Some(Detection {
        cases: all.len(),
        median: all[all.len() / 2].0,
        worst,
        worst_of: worst_of.clone(),
        agent: agent.clone(),
    })
}

/// What a thing done cost, in dollars; nothing where no costs are logged.
pub fn per_output(micros: u64, did: u32) -> Option<f64> {
    (micros > 0 && did > 0).then(|| micros as f64 / 1e6 / f64::from(did))
}

/// `$0.0123 each, $4.10 in all`
pub fn cost(one: &AgentWeek) -> Option<String> {
    if one.cost.week == 0 {
        return None;
    }
    let all = one.cost.week as f64 / 1e6;
    let Some(each) = per_output(one.cost.week, one.week.counts.did) else {
        return Some(format!("${all:.2}, and nothing done"));
    };
    let before = per_output(one.cost.before, one.before.counts.did);
    let before = before.map_or_else(String::new, |before| format!(" (${before:.4} before)"));
    Some(format!(
        "${each:.4} for each thing done{before}, ${all:.2} in all"
    ))
}

/// Failure codes that were attached to incidents of the week, the most frequent first.
pub fn codes(facts: &WeekFacts) -> Vec<(Code, usize)> {
    let mut found: BTreeMap<Code, usize> = BTreeMap::new();
    for trouble in facts.agents.iter().flat_map(|one| &one.troubles) {
        if let Some(code) = facts.said.codes.get(&trouble.case) {
            *found.entry(*code).or_default() += 1;
        }
    }
    let mut all: Vec<(Code, usize)> = found.into_iter().collect();
    all.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    all
}
