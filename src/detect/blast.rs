//! How far a finding reaches: what its task, or any task of its agent, may change.

use crate::domain::facts::AgentFacts;
use crate::domain::finding::{Blast, Finding, FindingKind};
use crate::domain::id::TaskId;
use crate::domain::task::Task;

/// The newest plan that names the task decides; of a finding about a whole agent the widest of its tasks.
pub fn of(facts: &AgentFacts, found: &Finding) -> Blast {
    if matches!(found.kind, FindingKind::Outage | FindingKind::Blind) {
        return Blast::Fleet;
    }
    if !is_about_work(found.kind) {
        return Blast::None;
    }
    match &found.task {
        Some(task) => named(facts, task).map_or(Blast::Undeclared, declared),
        None => widest(facts),
    }
}

fn declared(task: &Task) -> Blast {
    Blast::of(task.tier, task.reversible)
}

fn named<'a>(facts: &'a AgentFacts, id: &TaskId) -> Option<&'a Task> {
    let mut versions = facts.plans.iter().rev();
    versions.find_map(|version| version.plan.tasks.iter().find(|task| task.id == *id))
}

fn widest(facts: &AgentFacts) -> Blast {
    let newest = facts.plans.last().into_iter();
    let tasks = newest.flat_map(|version| &version.plan.tasks);
    let on = tasks.filter(|task| task.enabled && !task.on_demand);
    on.map(declared).max().unwrap_or(Blast::Undeclared)
}

/// Others are about a file, a plan or the machine: as they stand they change nothing outside.
fn is_about_work(kind: FindingKind) -> bool {
    match kind {
        FindingKind::SkippedSilently
        | FindingKind::Missed
        | FindingKind::Late
        | FindingKind::AgentLate
        | FindingKind::AgentStale
        | FindingKind::AgentDown
        | FindingKind::Failed
        | FindingKind::UnfinishedRun
        | FindingKind::PhantomClaim
        | FindingKind::Orphaned
        | FindingKind::Silent
        | FindingKind::Stuck
        | FindingKind::NeedsHuman
        | FindingKind::Conflicted
        | FindingKind::Drift
        | FindingKind::ZombieWrite
        | FindingKind::DoubleClaim
        | FindingKind::FailureStreak
        | FindingKind::SkippedNoReason
        | FindingKind::SkipStreak
        | FindingKind::UnprovenDone
        | FindingKind::Approval
        | FindingKind::NotPickedUp
        | FindingKind::ReviewWaiting
        | FindingKind::HandoffMissing
        | FindingKind::DependencyBroken
        | FindingKind::WalIncomplete
        | FindingKind::QuietShrink
        | FindingKind::SameTargets
        | FindingKind::EmptySuccess
        | FindingKind::DuplicateAction
        | FindingKind::Collision
        | FindingKind::Vanished
        | FindingKind::Flagged => true,
        FindingKind::RunLength
        | FindingKind::LostUpdate
        | FindingKind::OverCapacity
        | FindingKind::PlanLint
        | FindingKind::StalePlan
        | FindingKind::StaleInsights
        | FindingKind::Lock
        | FindingKind::Outage
        | FindingKind::Asleep
        | FindingKind::DamagedFile
        | FindingKind::Unreadable
        | FindingKind::Clock
        | FindingKind::Blind => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scenario::Scenario;

    #[test]
    fn the_task_decides_and_of_a_silent_agent_the_widest_of_its_tasks() {
        let judged = Scenario::agent("a")
            .plan(&[
                "read due=08:00 tier=read-only",
                "mail due=20:00 tier=mutating rev=no",
                "undeclared due=08:10",
            ])
            .every("05:00", "06:00", 10, "ok other")
            .at("09:00")
            .judge();
        let blast = |task: Option<&str>| {
            let task = task.map(TaskId::from);
            let mut found = judged.findings.iter();
            found
                .find(|found| found.task == task)
                .map(|found| found.blast)
        };
        assert_eq!(blast(Some("read")), Some(Blast::ReadOnly));
        assert_eq!(blast(Some("undeclared")), Some(Blast::Undeclared));
        assert_eq!(blast(None), Some(Blast::Irreversible));
    }
}
