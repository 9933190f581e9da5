//! `late`: a slot passed, and its grace still runs.

use super::unaccounted::plan_line;
use super::{Draft, grace_text};
use crate::detect::judgement::Judgement;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    of.slots
        .iter()
        .filter(|one| one.state == TaskState::Late)
        .filter_map(|one| {
            let (at, deadline) = (one.slot.at?, one.deadline()?);
            let sentence = format!(
                "{} was due {} and has not begun; in time until {}",
                one.slot.task.name(),
                of.case.when(at),
                of.case.when(deadline)
            );
            let found = Draft::new(of, FindingKind::Late, Severity::Info, at)
                .task(Some(&one.slot.task.id))
                .says(sentence)
                .limit(grace_text(of, at, one.jitter, one.grace), one.grace.source)
                .shows(Some(plan_line(of, one)))
                .clears("when it begins");
            Some(found)
        })
        .collect()
}
