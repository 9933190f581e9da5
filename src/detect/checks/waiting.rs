//! `review_waiting`, `not_picked_up`, `flagged`: what waits for somebody.

use super::Draft;
use super::unaccounted::plan_line;
use crate::detect::judgement::Judgement;
use crate::detect::task_state::SlotCase;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

const REVIEW: Span = Span::hours(2);
const REVIEW_CRITICAL: Span = Span::hours(8);
/// From this attempt on it goes in circles.
const LOOPS: u32 = 4;

pub fn review(of: &Judgement<'_>) -> Vec<Finding> {
    of.slots
        .iter()
        .filter(|one| one.state == TaskState::Review)
        .filter_map(|one| {
            let task = one.slot.task;
            let waited = of.case.now - one.since;
            let author = task
                .claim
                .as_ref()
                .and_then(|claim| claim.by.as_ref())
                .unwrap_or(&of.case.facts.id);
            let own = task.reviewer.as_ref() == Some(author);
            let circles = task.attempt.is_some_and(|attempt| attempt >= LOOPS);
            let (severity, why) = if waited > REVIEW_CRITICAL {
                (
                    Severity::Critical,
                    format!("waits for a review since {}", of.case.when(one.since)),
                )
            } else if waited > REVIEW {
                (
                    Severity::Warning,
                    format!("waits for a review since {}", of.case.when(one.since)),
                )
            } else if own {
                (
                    Severity::Warning,
                    format!("would be reviewed by its author {author}"),
                )
            } else if circles {
                (
                    Severity::Warning,
                    "goes round in circles: its fourth rework".to_owned(),
                )
            } else {
                return None;
            };
            let found = Draft::new(of, FindingKind::ReviewWaiting, severity, one.since)
                .task(Some(&task.id))
                .says(format!("{} {why}", task.name()))
                .limit(
                    format!("{REVIEW}, critical after {REVIEW_CRITICAL}"),
                    Source::Default,
                )
                .shows(Some(plan_line(of, one)))
                .clears("when it is reviewed");
            Some(found)
        })
        .collect()
}

/// Until when a run should have begun that the operator asked for.
pub fn pick_up_limit(of: &Judgement<'_>, one: &SlotCase<'_>) -> Option<Ts> {
    if one.state != TaskState::AwaitingAgent {
        return None;
    }
    let asked = one.slot.task.last_op.as_ref()?.at?;
    if let Some(next) = next_due_after(of, one, asked) {
        return Some(next + one.jitter + one.grace.value);
    }
    let patience = of.thresholds.rhythm?.every.times(2);
    Some(of.case.active.after(asked, patience))
}

/// The operator requeued it, and no run began by the next slot and its grace; without a slot within 2 × the rhythm.
pub fn not_picked_up(of: &Judgement<'_>) -> Vec<Finding> {
    of.slots
        .iter()
        .filter(|one| one.state == TaskState::AwaitingAgent)
        .filter_map(|one| {
            let op = one.slot.task.last_op.as_ref()?;
            let asked = op.at?;
            let limit = pick_up_limit(of, one)?;
            if of.case.now <= limit {
                return None;
            }
            let found = Draft::new(of, FindingKind::NotPickedUp, Severity::Warning, asked)
                .task(Some(&one.slot.task.id))
                .says(format!(
                    "{} was asked for ({}) {} and no run began",
                    one.slot.task.name(),
                    op.verb.shown_within(16),
                    of.case.when(asked)
                ))
                .limit(
                    format!("a start by {}", of.case.when(limit)),
                    Source::Default,
                )
                .shows(Some(plan_line(of, one)))
                .clears("when a run of it begins");
            Some(found)
        })
        .collect()
}

fn next_due_after(of: &Judgement<'_>, one: &SlotCase<'_>, asked: Ts) -> Option<Ts> {
    let own = one.slot.at.filter(|&at| at > asked);
    own.or(one.slot.next.filter(|&at| at > asked))
        .or_else(|| of.case.rhythm.next_after(asked))
}

/// The operator's mark on a task of today or yesterday, until it is taken away.
pub fn flagged(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for one in &of.slots {
        let Some(flag) = &one.slot.task.flag else {
            continue;
        };
        let old = one.slot.at.is_some_and(|at| at < of.case.yesterday);
        let told = found
            .iter()
            .any(|known| known.task.as_ref() == Some(&one.slot.task.id));
        let since = flag.at.unwrap_or(one.since);
        if old || told || !one.current || since > of.case.now {
            continue;
        }
        let why = flag
            .why
            .as_ref()
            .map(|why| format!(": {}", why.shown_within(100)))
            .unwrap_or_default();
        found.push(
            Draft::new(of, FindingKind::Flagged, Severity::Warning, since)
                .task(Some(&one.slot.task.id))
                .says(format!("{} is flagged{why}", one.slot.task.name()))
                .limit(
                    "an operator's flag, until it is acknowledged".to_owned(),
                    Source::Default,
                )
                .shows(Some(plan_line(of, one)))
                .clears("when acknowledged"),
        );
    }
    found
}
