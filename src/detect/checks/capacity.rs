//! `over_capacity`: more is planned than the plan's own limits allow, per day and per action.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::domain::facts::PlanVersion;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::{Capacity, TaskState};
use crate::domain::id::Locus;
use crate::domain::policy::Source;

/// The action that caps tasks themselves.
const TASKS: &str = "tasks";

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let Some(version) = todays_plan(of) else {
        return Vec::new();
    };
    version
        .plan
        .limits
        .iter()
        .filter_map(|limit| {
            let planned = planned(of, limit.action.exact());
            if planned <= limit.most {
                return None;
            }
            let locus = Locus {
                file: version.file,
                offset: 0,
                len: 0,
                line: 1,
            };
            let since = version.plan.generated.map_or(version.known, |at| at.at);
            let action = limit.action.shown_within(32);
            let found = Draft::new(of, FindingKind::OverCapacity, Severity::Warning, since)
                .says(format!(
                    "{planned} {action} planned for a limit of {}",
                    limit.most
                ))
                .limit(format!("{} {action} a day", limit.most), Source::Declared)
                .shows(Some(
                    of.case.evidence(locus, format!("{action}: {}", limit.most)),
                ))
                .clears("when the plan fits its limits");
            Some(found)
        })
        .collect()
}

/// Every limit of today's plan, with what is planned of it.
pub fn capacity(of: &Judgement<'_>) -> Vec<Capacity> {
    let limits = todays_plan(of).map_or(&[][..], |version| &version.plan.limits);
    limits
        .iter()
        .map(|limit| Capacity {
            action: limit.action.clone(),
            planned: planned(of, limit.action.exact()),
            most: limit.most,
        })
        .collect()
}

/// The newest plan for today, else the newest standing one.
pub fn todays_plan<'a>(of: &Judgement<'a>) -> Option<&'a PlanVersion> {
    let case = of.case;
    let today = case.zone.value.day_of(case.now);
    let known = case
        .facts
        .plans
        .iter()
        .rev()
        .filter(|plan| plan.known <= case.now);
    let mut standing = None;
    for version in known {
        match version.plan.date {
            Some(day) if day == today => return Some(version),
            Some(_) => {}
            None => standing = standing.or(Some(version)),
        }
    }
    standing
}

fn planned(of: &Judgement<'_>, action: &str) -> u32 {
    let mut total = 0;
    for one in &of.slots {
        let counts = one.slot.at.is_some_and(|at| of.case.today.holds(at))
            && !matches!(one.state, TaskState::Off | TaskState::Held);
        if !counts {
            continue;
        }
        total += if action == TASKS {
            1
        } else {
            one.slot
                .task
                .uses
                .iter()
                .filter(|use_| use_.action.exact() == action)
                .map(|use_| use_.most)
                .sum()
        };
    }
    total
}
