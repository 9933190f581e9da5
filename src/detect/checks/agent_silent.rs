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

#[cfg(test)]
mod tests {
    use crate::detect::scenario::Scenario;
    use crate::domain::agent::AgentState;

    #[test]
    fn who_ends_earlier_than_the_day_before_is_not_late_before_it_would_begin_again() {
        let hours = |day: &str, hours: std::ops::Range<i32>| -> Vec<String> {
            let due = hours.map(|hour| format!("h{hour:02} due={day}{hour:02}:00"));
            due.collect()
        };
        let yesterday: &[String] = hours("-1d_", 6..24).leak();
        let today: &[String] = hours("", 6..13).leak();
        let planned = |plan: &'static [String]| plan.iter().map(String::as_str).collect::<Vec<_>>();
        let mut agent = Scenario::agent("a")
            .plan_of(-1, &planned(yesterday))
            .plan(&planned(today));
        for (day, plan) in [("-1d ", yesterday), ("", today)] {
            for task in plan {
                let name = &task[..3];
                agent = agent.beat(&format!("{day}{}:01 ok {name}", &name[1..]));
            }
        }
        for moment in ["13:30", "16:00", "22:00"] {
            let judged = agent.clone().at(moment).judge();
            assert_eq!(judged.view.state, AgentState::Ok, "{moment}");
        }
    }
}
