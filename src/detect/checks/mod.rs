//! The findings about one agent: one file each, and one row in `CHECKS`.
//!
//! A check gets the whole `Judgement` and says what it found, with the sentence about this very case, its evidence,
//! the threshold and what would clear it. To add one: a file, a row here, a kind in `domain/finding.rs`.

mod agent_silent;
pub mod capacity;
mod clock;
mod damaged;
pub mod drift;
pub mod failed;
mod handoff;
mod held_claims;
mod late;
pub mod locks;
mod lost_update;
mod needs_human;
mod plans;
mod shrink;
mod skips;
pub mod ticker;
mod tomorrow;
pub mod unaccounted;
pub mod unfinished;
pub mod unproven;
pub mod waiting;
pub mod wal;
pub mod zombie;

use super::judgement::Judgement;
use crate::domain::finding::{Blast, Evidence, Finding, FindingKind, Severity, Threshold};
use crate::domain::id::TaskId;
use crate::domain::policy::{Source, Sourced};
use crate::domain::time::{Span, Ts};

type Check = fn(&Judgement<'_>) -> Vec<Finding>;

/// In no particular order: findings are ordered by severity afterwards.
const CHECKS: &[Check] = &[
    unaccounted::skipped_silently,
    unaccounted::missed,
    late::check,
    agent_silent::check,
    ticker::check,
    failed::check,
    unfinished::check,
    held_claims::check,
    needs_human::check,
    drift::check,
    damaged::check,
    clock::check,
    skips::streak,
    skips::no_reason,
    unproven::check,
    shrink::quiet_shrink,
    shrink::empty_success,
    shrink::run_length,
    shrink::same_targets,
    capacity::check,
    tomorrow::check,
    plans::stale_plan,
    plans::stale_insights,
    plans::vanished,
    lost_update::check,
    lost_update::tracked,
    handoff::check,
    waiting::review,
    waiting::not_picked_up,
    waiting::flagged,
    locks::check,
    wal::incomplete,
    wal::approval,
    wal::conflicted,
    zombie::check,
    zombie::epoch_back,
];

/// What is over and done stays a finding for this long, so that the morning still sees the night.
pub const REMEMBERED: Span = Span::DAY;

/// Everything found about one agent, worst first.
pub fn all(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(of)).collect();
    for one in &mut found {
        one.blast = of.reach.blast(one);
    }
    found.sort_by(order);
    found
}

/// Worst first, then oldest first, then by name.
pub fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    b.severity
        .cmp(&a.severity)
        .then_with(|| a.kind.cmp(&b.kind))
        .then_with(|| a.since.cmp(&b.since))
        .then_with(|| a.agent.cmp(&b.agent))
        .then_with(|| a.task.cmp(&b.task))
}

/// From this many tasks of one agent on, one finding speaks for all of them.
const MANY_TASKS: usize = 3;

/// The same about many tasks of one agent is one cause: told once, since the first, with the evidence of a few.
fn gathered(found: Vec<Finding>, sentence: impl FnOnce(usize, &TaskId) -> String) -> Vec<Finding> {
    let Some(first) = found.iter().min_by_key(|one| one.since) else {
        return found;
    };
    let Some(name) = first.task.clone().filter(|_| found.len() >= MANY_TASKS) else {
        return found;
    };
    let mut one = first.clone();
    one.task = None;
    one.sentence = sentence(found.len(), &name);
    one.evidence = found
        .iter()
        .filter_map(|one| one.evidence.first().cloned())
        .take(5)
        .collect();
    vec![one]
}

/// A finding in the making.
struct Draft(Finding);

impl Draft {
    fn new(of: &Judgement<'_>, kind: FindingKind, severity: Severity, since: Ts) -> Self {
        Self(Finding {
            kind,
            severity,
            agent: of.case.facts.id.clone(),
            task: None,
            since,
            blast: Blast::None,
            sentence: String::new(),
            threshold: None,
            evidence: Vec::new(),
            clears: String::new(),
        })
    }

    fn task(mut self, task: Option<&TaskId>) -> Self {
        self.0.task = task.cloned();
        self
    }

    fn says(mut self, sentence: String) -> Self {
        self.0.sentence = sentence;
        self
    }

    fn limit(mut self, text: String, source: Source) -> Self {
        self.0.threshold = Some(Threshold { text, source });
        self
    }

    fn shows(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.0.evidence.extend(evidence);
        self
    }

    fn clears(mut self, when: impl Into<String>) -> Finding {
        self.0.clears = when.into();
        self.0
    }
}

/// `15m grace (default)` without its source: that stands beside it.
fn grace_text(of: &Judgement<'_>, slot: Ts, jitter: Span, grace: Sourced<Span>) -> String {
    let jitter = if jitter.0 > 0 {
        format!(" + {jitter} jitter")
    } else {
        String::new()
    };
    let ends = if of.thresholds.end_only {
        " grace, with a run's length because it only writes at its end"
    } else {
        " grace"
    };
    format!("{}{jitter} + {}{ends}", of.case.when(slot), grace.value)
}

#[cfg(test)]
mod strict_tests;
#[cfg(test)]
mod tests;
