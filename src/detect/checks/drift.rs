//! `drift`: the plan and the log contradict each other.

use super::Draft;
use super::unaccounted::plan_line;
use crate::detect::judgement::Judgement;
use crate::detect::plan_word::Drift;
use crate::detect::task_state::SlotCase;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::policy::Source;
use crate::domain::task::TaskStatus;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    of.slots
        .iter()
        .filter(|one| one.since >= of.case.yesterday)
        .filter_map(|one| Some(about(of, one, one.drift?)))
        .collect()
}

fn about(of: &Judgement<'_>, one: &SlotCase<'_>, drift: Drift) -> Finding {
    let id = one.slot.task.name();
    let sentence = match drift {
        Drift::Contradiction { log, plan } => format!(
            "the plan calls {id} {}, the log says {} {}",
            plan_word(plan),
            log.word(),
            of.case.when(one.since)
        ),
        Drift::NoWord => format!("the plan calls {id} done, the log has no word of it"),
    };
    let log = one
        .last_run()
        .map(|at| of.case.evidence_of(of.runs[at].last));
    Draft::new(of, FindingKind::Drift, Severity::Warning, one.since)
        .task(Some(&one.slot.task.id))
        .says(sentence)
        .limit("60s to settle".to_owned(), Source::Default)
        .shows(Some(plan_line(of, one)))
        .shows(log)
        .clears("when plan and log agree")
}

pub fn plan_word(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Pending => "pending",
        TaskStatus::Claimed => "claimed",
        TaskStatus::Running => "running",
        TaskStatus::Review => "in review",
        TaskStatus::Done => "done",
        TaskStatus::Skipped => "skipped",
        TaskStatus::Failed => "failed",
        TaskStatus::Blocked => "blocked",
        TaskStatus::Off => "off",
        TaskStatus::Unknown => "unknown",
    }
}
