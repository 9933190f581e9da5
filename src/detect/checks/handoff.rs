//! `handoff_missing`: a claim moved to another agent without a note.

use super::Draft;
use super::lost_update::find;
use super::plans::{BELIEVED, known, line_of};
use crate::detect::judgement::Judgement;
use crate::domain::facts::PlanVersion;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::AgentId;
use crate::domain::policy::Source;
use crate::domain::task::Task;

/// A claim went from one agent to another, and the task carries no note for the new holder. Seen as it went, or by a
/// plan that names as holder somebody else than the agent it belongs to, under an epoch that is not the first.
pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for moved in moves(of).into_iter().chain(held_elsewhere(of)) {
        let told = found
            .iter()
            .any(|known| known.task.as_ref() == Some(&moved.task.id));
        if !told && !is_settled(of, moved.task) {
            found.push(moved.told(of));
        }
    }
    found
}

/// A claim that went from hand to hand.
struct Moved<'a> {
    version: &'a PlanVersion,
    task: &'a Task,
    from: &'a AgentId,
    to: &'a AgentId,
}

fn holder(task: &Task) -> Option<&AgentId> {
    task.claim.as_ref()?.by.as_ref()
}

/// Some agents sign a claim with their run instead of their name.
fn is_own_run(of: &Judgement<'_>, holder: &AgentId) -> bool {
    let mut runs = of.runs.iter().filter_map(|run| run.last.run.as_ref());
    runs.any(|run| run.as_str() == holder.as_str())
}

fn is_noted(task: &Task, to: &AgentId) -> bool {
    let note = task.handoff.as_ref();
    note.is_some_and(|note| note.to.as_ref().is_none_or(|named| named == to))
}

/// Between two versions of one plan.
fn moves<'a>(of: &Judgement<'a>) -> Vec<Moved<'a>> {
    let versions: Vec<&'a PlanVersion> = known(of).collect();
    let mut found = Vec::new();
    for pair in versions.windows(2) {
        let [before, after] = *pair else { continue };
        if before.file != after.file || after.known < of.case.now - BELIEVED {
            continue;
        }
        for task in &after.plan.tasks {
            let (Some(from), Some(to)) = (find(before, task).and_then(holder), holder(task)) else {
                continue;
            };
            if from != to && !is_own_run(of, to) && !is_noted(task, to) {
                found.push(Moved {
                    version: after,
                    task,
                    from,
                    to,
                });
            }
        }
    }
    found
}

/// By the plan alone: its agent's task is held by another, and was claimed before.
fn held_elsewhere<'a>(of: &Judgement<'a>) -> Vec<Moved<'a>> {
    let own: &'a AgentId = &of.case.facts.id;
    let mut found = Vec::new();
    for version in known(of) {
        for task in &version.plan.tasks {
            let Some(claim) = &task.claim else { continue };
            let Some(to) = claim.by.as_ref().filter(|by| *by != own) else {
                continue;
            };
            let now = of.case.now;
            let recent = claim.at.is_some_and(|at| at <= now && at >= now - BELIEVED);
            let moved = claim.epoch > 1 && !is_own_run(of, to);
            if recent && moved && !is_noted(task, to) {
                found.push(Moved {
                    version,
                    task,
                    from: own,
                    to,
                });
            }
        }
    }
    found
}

/// A note written later settles it.
fn is_settled(of: &Judgement<'_>, task: &Task) -> bool {
    let newest = known(of).next_back();
    newest
        .and_then(|version| find(version, task))
        .is_some_and(|task| task.handoff.is_some())
}

impl Moved<'_> {
    fn told(&self, of: &Judgement<'_>) -> Finding {
        let (id, from, to) = (&self.task.id, self.from, self.to);
        let since = self.task.claim.as_ref().and_then(|claim| claim.at);
        let since = since.unwrap_or(self.version.known);
        let line = line_of(self.version, self.task);
        Draft::new(of, FindingKind::HandoffMissing, Severity::Warning, since)
            .task(Some(id))
            .says(format!(
                "{id} moved from {from} to {to} without a handoff note"
            ))
            .shows(Some(of.case.evidence(line, format!("claimed by {to}"))))
            .limit(
                "a note with every claim that changes hands".to_owned(),
                Source::Default,
            )
            .clears("with a handoff note, or two days after")
    }
}
