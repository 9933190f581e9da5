//! `agent_late`, `agent_stale` and `agent_down`: silence measured by the agent's own rhythm.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::domain::agent::AgentState;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let (kind, severity) = match of.agent.state {
        AgentState::Late => (FindingKind::AgentLate, Severity::Info),
        AgentState::Stale => (FindingKind::AgentStale, Severity::Warning),
        AgentState::Down => (FindingKind::AgentDown, Severity::Critical),
        AgentState::Blind | AgentState::Paused | AgentState::Unknown | AgentState::Ok => {
            return Vec::new();
        }
    };
    let since = of.agent.since.unwrap_or(of.case.now);
    let mut draft = Draft::new(of, kind, severity, since)
        .says(sentence(of))
        .shows(of.last_beat().map(|beat| of.case.evidence_of(beat)));
    if of.agent.missed_twice {
        draft = draft.limit(
            "two slots missed in a row".to_owned(),
            crate::domain::policy::Source::Default,
        );
    } else if let Some(threshold) = &of.agent.threshold {
        draft = draft.limit(threshold.text.clone(), threshold.source);
    }
    vec![draft.clears("with its next line")]
}

fn sentence(of: &Judgement<'_>) -> String {
    let missed = of
        .slots
        .iter()
        .filter(|one| one.state == TaskState::Missed && one.slot.at >= of.agent.since)
        .count();
    let slots = match missed {
        0 => String::new(),
        1 => ", one slot missed".to_owned(),
        n => format!(", {n} slots missed"),
    };
    let Some(last) = of.last_beat() else {
        return format!("never wrote{slots}");
    };
    let expected = of
        .thresholds
        .rhythm
        .map(|rhythm| format!("; expected every {}", rhythm.every))
        .unwrap_or_default();
    format!("silent since {}{slots}{expected}", of.case.when(last.at))
}
