//! How far a finding reaches: what its task, or any task of its agent, may change.

use crate::domain::facts::AgentFacts;
use crate::domain::finding::{Blast, Finding, FindingKind};
use crate::domain::id::TaskId;
use crate::domain::task::Task;
use crate::plan::quick::Names;

/// What the tasks of an agent may change: all that is asked of its plans once it has been judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// The newest plan that names the task decides.
    of_task: Vec<(TaskId, Blast)>,
    /// Of the tasks that are at work.
    widest: Blast,
}

impl Reach {
    pub fn of(facts: &AgentFacts) -> Self {
        let mut seen: Names<'_> = Names::default();
        let versions = facts.plans.iter().rev();
        let tasks = versions.flat_map(|version| &version.plan.tasks);
        // Of one version the first that is found counts anyhow.
        let alone = facts.plans.len() == 1;
        let newest = tasks.filter(|task| alone || seen.insert(task.id.as_str()));
        Self {
            of_task: newest
                .map(|task| (task.id.clone(), declared(task)))
                .collect(),
            widest: widest(facts),
        }
    }

    /// Of a finding about a whole agent the widest of its tasks.
    pub fn blast(&self, found: &Finding) -> Blast {
        if matches!(found.kind, FindingKind::Outage | FindingKind::Blind) {
            return Blast::Fleet;
        }
        if !is_about_work(found.kind) {
            return Blast::None;
        }
        let Some(id) = &found.task else {
            return self.widest;
        };
        let known = self.of_task.iter().find(|(task, _)| task == id);
        known.map_or(Blast::Undeclared, |(_, blast)| *blast)
    }
}

fn declared(task: &Task) -> Blast {
    Blast::of(task.tier, task.reversible)
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
