//! `phantom_claim`, `orphaned`, `silent` and `stuck`: somebody holds a task and nobody seems to work on it.

use super::Draft;
use super::unaccounted::plan_line;
use crate::detect::claims::Hold;
use crate::detect::judgement::Judgement;
use crate::detect::task_state::SlotCase;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;
use crate::domain::id::RunId;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    of.slots
        .iter()
        .filter_map(|one| Some((one, one.hold.as_ref()?)))
        .filter(|(_, hold)| hold.claimed || hold.state == TaskState::Stuck)
        .filter_map(|(one, hold)| about(of, one, hold))
        .collect()
}

fn about(of: &Judgement<'_>, one: &SlotCase<'_>, hold: &Hold) -> Option<Finding> {
    let (kind, severity) = match one.state {
        TaskState::PhantomClaim => (FindingKind::PhantomClaim, Severity::Critical),
        TaskState::Orphaned => (FindingKind::Orphaned, Severity::Critical),
        TaskState::Silent => (FindingKind::Silent, Severity::Warning),
        TaskState::Stuck => (FindingKind::Stuck, Severity::Warning),
        _ => return None,
    };
    let (limit, source) = match kind {
        FindingKind::Stuck => (
            format!("a finished step within {}", one.longest.value),
            one.longest.source,
        ),
        FindingKind::PhantomClaim if !of.thresholds.writes_starts => (
            format!(
                "a line within {}, since this agent only writes at its end",
                one.lease.value.max(one.longest.value)
            ),
            one.lease.source,
        ),
        _ => (
            format!("a line within {} lease", one.lease.value),
            one.lease.source,
        ),
    };
    let log = hold
        .last_locus
        .map(|locus| of.case.evidence(locus, "last sign of life"));
    let found = Draft::new(of, kind, severity, hold.since)
        .task(Some(&one.slot.task.id))
        .says(sentence(of, one, hold))
        .limit(limit, source)
        .shows(Some(plan_line(of, one)))
        .shows(log)
        .clears("when that run writes, or the claim is given back");
    Some(found)
}

fn sentence(of: &Judgement<'_>, one: &SlotCase<'_>, hold: &Hold) -> String {
    let id = one.slot.task.name();
    let run = hold
        .run
        .as_ref()
        .map_or_else(|| "its run".to_owned(), |run: &RunId| format!("run {run}"));
    let when = of.case.when(hold.since);
    match one.state {
        TaskState::PhantomClaim => format!("{id} was claimed {when}; {run} never wrote"),
        TaskState::Orphaned => format!(
            "{id} is held by {run}, silent since {when}: {}",
            hold.confirmations.join(", ")
        ),
        TaskState::Stuck => format!("{id}: {run} writes, but finished nothing since {when}"),
        _ => format!("{id} is held by {run}, silent since {when}"),
    }
}
