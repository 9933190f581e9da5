//! `outage`: many agents fell silent together. One finding instead of many.

use super::{Across, Found, head};
use crate::detect::Judged;
use crate::domain::agent::AgentState;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

const LEAST: usize = 3;
const PERCENT: usize = 30;
const TOGETHER: Span = Span::mins(5);

pub fn check(across: &Across<'_>, found: &mut Found) {
    let mut silent: Vec<(Ts, &Judged)> = across
        .judged
        .iter()
        .filter(|one| matches!(one.view.state, AgentState::Stale | AgentState::Down))
        .filter_map(|one| Some((one.view.last_beat?, one.as_ref())))
        .collect();
    silent.sort_by_key(|(at, one)| (*at, one.view.id.clone()));
    let mut begin = 0;
    while begin < silent.len() {
        let first = silent[begin].0;
        let len = silent[begin..]
            .iter()
            .take_while(|(at, _)| *at - first <= TOGETHER)
            .count();
        if len >= LEAST && len * 100 >= across.judged.len() * PERCENT {
            tell(across, &silent[begin..begin + len], found);
            begin += len;
        } else {
            begin += 1;
        }
    }
}

fn tell(across: &Across<'_>, silent: &[(Ts, &Judged)], found: &mut Found) {
    let (since, first) = silent[0];
    let mut finding = head(
        FindingKind::Outage,
        Severity::Critical,
        &first.view.id,
        None,
        since,
    );
    let names: Vec<String> = silent
        .iter()
        .take(4)
        .map(|(_, one)| one.view.id.to_string())
        .collect();
    finding.sentence = format!(
        "{} of {} agents fell silent together at {}: {}{}",
        silent.len(),
        across.judged.len(),
        across.when(since),
        names.join(", "),
        if silent.len() > names.len() {
            ", …"
        } else {
            ""
        }
    );
    finding.threshold = Some(Threshold {
        text: format!("{LEAST} agents and {PERCENT} % within {TOGETHER}"),
        source: Source::Default,
    });
    finding.evidence = silent
        .iter()
        .filter_map(|(_, one)| one.view.reasoning.evidence.first().cloned())
        .take(4)
        .collect();
    "when they write again".clone_into(&mut finding.clears);
    found.findings.push(finding);
    for (_, one) in silent {
        for kind in [FindingKind::AgentStale, FindingKind::AgentDown] {
            found.replaced.push((kind, one.view.id.clone(), None));
        }
    }
}
