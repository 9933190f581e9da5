//! Today's tasks of an agent: state, claim, tier.

use crate::domain::fleet::{AgentView, TaskState, TaskView};
use crate::domain::id::TaskId;
use crate::domain::task::Claim;
use crate::domain::time::{Age, Span, Ts, Zone};

use super::Line;

/// More tasks of one quiet state than this share a line.
const ALIKE: usize = 5;

pub(super) fn tasks(agent: &AgentView, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
    if agent.tasks.is_empty() {
        return;
    }
    lines.push(Line::section("today"));
    let quiet = [TaskState::Done, TaskState::Upcoming, TaskState::Off];
    let alike = |state| {
        agent
            .tasks
            .iter()
            .filter(move |task| task.state == state && !is_unproven(task))
    };
    let folded: Vec<TaskState> = quiet
        .into_iter()
        .filter(|state| alike(*state).count() > ALIKE)
        .collect();
    for task in agent
        .tasks
        .iter()
        .filter(|task| !folded.contains(&task.state) || is_unproven(task))
    {
        let slot = task.slot.map(|at| zone.told(at, now));
        let written = task.run.as_ref().map_or(task.plan, |run| run.locus);
        lines.push(
            Line::entry(
                task.state.into(),
                slot.unwrap_or_default(),
                task_text(task, now),
            )
            .found_at(Some(written), task.slot)
            .about(&agent.id, Some(&task.id)),
        );
    }
    for state in folded {
        let text = format!(
            "{} {}: {}",
            alike(state).count(),
            state.word(),
            names(alike(state))
        );
        lines.push(Line::entry(state.into(), String::new(), text));
    }
}

/// So many names stand in a line; the others are counted.
const NAMED: usize = 4;

/// Each name once, with how often: `queue-check ×24, newsletter and 3 more`.
fn names<'a>(tasks: impl Iterator<Item = &'a TaskView>) -> String {
    let mut counted: Vec<(&TaskId, u32)> = Vec::new();
    for task in tasks {
        match counted.iter_mut().find(|(id, _)| *id == &task.id) {
            Some((_, count)) => *count += 1,
            None => counted.push((&task.id, 1)),
        }
    }
    let more = counted.len().saturating_sub(NAMED);
    let names: Vec<String> = counted
        .into_iter()
        .take(NAMED)
        .map(|(id, count)| {
            if count > 1 {
                format!("{id} ×{count}")
            } else {
                id.to_string()
            }
        })
        .collect();
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", names.join(", "))
}

fn task_text(task: &TaskView, now: Ts) -> String {
    let why = task.why.as_ref().map(|why| format!(": {why}"));
    let claim = task.claim.as_ref().filter(|_| is_claimed(task.state));
    let claim = claim.map(|claim| claim_text(claim, now));
    let open = !matches!(
        task.state,
        TaskState::Done | TaskState::Skipped | TaskState::Upcoming
    );
    let tier = task.tier.filter(|_| open);
    let tier = tier.map(|tier| format!("  ({})", tier.word()));
    let parts = [why, claim, tier].into_iter().flatten();
    let rest: String = parts.collect();
    let unproven = if is_unproven(task) { " (unproven)" } else { "" };
    format!("{} {}{unproven}{rest}", task.name(), task.state.word())
}

/// Only the plan says that it is done: no run served it.
pub(super) fn is_unproven(task: &TaskView) -> bool {
    task.state == TaskState::Done && task.run.is_none()
}

pub(super) fn is_claimed(state: TaskState) -> bool {
    matches!(
        state,
        TaskState::Running
            | TaskState::Claimed
            | TaskState::Orphaned
            | TaskState::Silent
            | TaskState::Stuck
            | TaskState::PhantomClaim
    )
}

/// `, run 01JQE4, epoch 3, lease 12m left`
pub(super) fn claim_text(claim: &Claim, now: Ts) -> String {
    let run = claim.run.as_ref().map(|run| format!(" run {run},"));
    let lease = match (claim.at, claim.lease) {
        (Some(at), Some(lease)) => lease_text((at + lease) - now),
        _ => String::new(),
    };
    format!(",{} epoch {}{lease}", run.unwrap_or_default(), claim.epoch)
}

pub(super) fn lease_text(left: Span) -> String {
    let minutes = Age(left.abs());
    if left.0 >= 0 {
        format!(", lease {minutes} left")
    } else {
        format!(", lease over for {minutes}")
    }
}
