//! `double_claim`: one task is claimed in the plans of two agents at once.
//!
//! Names are unique only within an agent, so an agent that has run a task of that name before is taken to mean its own.

use std::collections::BTreeMap;

use super::{Across, Found, head};
use crate::detect::trace::HeldTask;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::id::AgentId;
use crate::domain::policy::Source;

pub fn check(across: &Across<'_>, found: &mut Found) {
    let mut by_task: BTreeMap<&str, Vec<(&AgentId, &HeldTask)>> = BTreeMap::new();
    for one in across.judged {
        for held in &one.trace.held {
            by_task
                .entry(held.task.as_str())
                .or_default()
                .push((&one.view.id, held));
        }
    }
    for (_, mut held) in by_task {
        held.sort_by_key(|(_, one)| one.at);
        let [(first_agent, first), .., (agent, second)] = held[..] else {
            continue;
        };
        let one_holder = first.by.is_some() && first.by == second.by;
        let both_own = first.own_name && second.own_name;
        if first_agent == agent || one_holder || both_own {
            continue;
        }
        let mut finding = head(
            FindingKind::DoubleClaim,
            Severity::Critical,
            agent,
            Some(&second.task),
            second.at,
        );
        finding.sentence = format!(
            "{} is claimed by {first_agent} since {} and by {agent} since {}",
            second.task,
            across.when(first.at),
            across.when(second.at)
        );
        finding.evidence = vec![first.evidence.clone(), second.evidence.clone()];
        finding.threshold = Some(Threshold {
            text: "one claim of a task at a time".to_owned(),
            source: Source::Default,
        });
        "when one of them gives it back".clone_into(&mut finding.clears);
        found.findings.push(finding);
    }
}
