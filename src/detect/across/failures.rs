//! `failure_streak`: three failures in a row, grouped by cause across agents. It replaces the single ones.

use super::{Across, Found, head};
use crate::detect::trace::Failing;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::id::AgentId;
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

const IN_A_ROW: usize = 3;
/// Failures of one cause belong together when the newest lie this close.
const TOGETHER: Span = Span::DAY;

pub fn check(across: &Across<'_>, found: &mut Found) {
    let mut failing: Vec<(&AgentId, &Failing)> = across
        .judged
        .iter()
        .flat_map(|one| {
            one.trace
                .failing
                .iter()
                .map(|failing| (&one.view.id, failing))
        })
        .collect();
    failing.sort_by_key(|(_, one)| one.first);
    let mut told = vec![false; failing.len()];
    for i in 0..failing.len() {
        if told[i] {
            continue;
        }
        let (_, first) = failing[i];
        let group: Vec<usize> = (i..failing.len())
            .filter(|&j| !told[j] && (j == i || belongs(first, failing[j].1)))
            .collect();
        let total: usize = group.iter().map(|&j| failing[j].1.count).sum();
        if total < IN_A_ROW {
            continue;
        }
        for &j in &group {
            told[j] = true;
        }
        let members: Vec<(&AgentId, &Failing)> = group.iter().map(|&j| failing[j]).collect();
        tell(across, &members, total, found);
    }
}

fn belongs(a: &Failing, b: &Failing) -> bool {
    !a.cause.is_empty() && a.cause == b.cause && (a.newest - b.newest).abs() <= TOGETHER
}

fn tell(across: &Across<'_>, members: &[(&AgentId, &Failing)], total: usize, found: &mut Found) {
    let (agent, first) = members[0];
    let since: Ts = first.first;
    let alone = members.len() == 1;
    let task = if alone { first.task.as_ref() } else { None };
    let when = across.when(since);
    let mut finding = head(
        FindingKind::FailureStreak,
        Severity::Critical,
        agent,
        task,
        since,
    );
    let names = |n: usize| {
        let mut agents: Vec<String> = members.iter().map(|(agent, _)| agent.to_string()).collect();
        agents.dedup();
        agents.truncate(n);
        agents.join(", ")
    };
    finding.sentence = if alone {
        let name = first
            .task
            .as_ref()
            .map_or_else(|| agent.to_string(), ToString::to_string);
        format!("{} ({total}×): {name}, since {when}", first.shown)
    } else {
        format!(
            "{} jobs: {} since {when} ({total} failures; {})",
            members.len(),
            first.shown,
            names(4)
        )
    };
    finding.threshold = Some(Threshold {
        text: format!("{IN_A_ROW} failures in a row of one cause"),
        source: Source::Default,
    });
    finding.evidence = members
        .iter()
        .take(5)
        .map(|(_, failing)| failing.evidence.clone())
        .collect();
    "when a run of each succeeds".clone_into(&mut finding.clears);
    found.findings.push(finding);
    for (agent, failing) in members {
        found
            .replaced
            .push((FindingKind::Failed, (*agent).clone(), failing.task.clone()));
    }
}
