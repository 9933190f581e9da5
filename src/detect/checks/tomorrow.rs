//! `plan_lint`: what is wrong with tomorrow's plan, one finding a task and one for the day.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::domain::agent::AgentState;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::policy::Source;
use crate::plan::ahead;
use crate::plan::lint::{self, Issue};

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let day = &of.ahead.tomorrow;
    if day.versions.is_empty() || of.agent.state == AgentState::Paused {
        return Vec::new();
    }
    let mut issues = lint::own(day);
    issues.sort_by_key(|issue| {
        (
            issue.task.map(|task| &task.id),
            std::cmp::Reverse(issue.severity),
            issue.fault,
        )
    });
    issues
        .chunk_by(|a, b| a.task.map(|task| &task.id) == b.task.map(|task| &task.id))
        .filter_map(|about| finding(of, about))
        .collect()
}

/// Everything about one task, or about the day, worst first.
fn finding(of: &Judgement<'_>, about: &[Issue<'_>]) -> Option<Finding> {
    let worst = about.first()?;
    let day = &of.ahead.tomorrow;
    let says: Vec<&str> = about.iter().map(|issue| issue.says.as_str()).collect();
    let evidence = about.iter().map(|issue| {
        of.case
            .evidence(issue.place(), format!("plan for {}", day.day))
    });
    let free = about.iter().find_map(|issue| issue.free);
    let clears = match free {
        Some(at) => format!("when the plan changes: {} is free", day.zone.hhmm(at)),
        None => "when the plan changes".to_owned(),
    };
    let found = Draft::new(
        of,
        FindingKind::PlanLint,
        worst.severity,
        ahead::made(worst.version),
    )
    .task(worst.task.map(|task| &task.id))
    .says(format!("tomorrow: {}", says.join("; ")))
    .limit(
        "the limits, hours, links and declarations of the plan itself".to_owned(),
        Source::Declared,
    )
    .shows(evidence.take(3))
    .clears(clears);
    Some(found)
}

#[cfg(test)]
mod tests {
    use crate::detect::scenario::Scenario;
    use crate::domain::finding::{Finding, FindingKind, Severity};

    fn agent() -> Scenario {
        Scenario::agent("a").beat("09:00 ok old").at("20:00")
    }

    fn found(scenario: &Scenario) -> Vec<Finding> {
        let all = scenario.judge().findings;
        all.iter()
            .filter(|found| found.kind == FindingKind::PlanLint)
            .map(|found| Finding::clone(found))
            .collect()
    }

    fn only(scenario: &Scenario) -> Finding {
        let mut all = found(scenario);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn more_than_the_limit_of_tomorrow_is_a_warning_and_as_much_is_none() {
        let tasks = ["a due=+1d_09:00 uses=post", "b due=+1d_10:00 uses=post"];
        let planned = agent().replan_of(1, "19:00", &tasks);
        assert!(found(&planned.clone().limit("post", 2)).is_empty());
        let over = only(&planned.clone().limit("post", 1));
        assert_eq!(over.sentence, "tomorrow: 2 post planned for a limit of 1");
        assert_eq!(over.severity, Severity::Warning);
        assert_eq!(over.since, planned.time("19:00"));
        assert!(found(&planned.limit("tasks", 2)).is_empty());
    }

    #[test]
    fn a_standing_plan_is_told_of_today_so_tomorrow_is_for_information() {
        let standing = agent()
            .standing(&["a cron=0_*_*_*_* uses=post"])
            .limit("post", 5);
        assert_eq!(only(&standing).severity, Severity::Info);
    }

    #[test]
    fn a_single_slot_in_quiet_hours_will_not_run_and_a_free_one_is_named() {
        let tasks = ["a due=+1d_23:30 est=10m", "b due=+1d_22:45 est=15m"];
        let planned = agent()
            .replan_of(1, "19:00", &tasks)
            .quiet("23:00", "07:00");
        let one = only(&planned);
        assert_eq!(
            one.sentence,
            "tomorrow: a is due 23:30 in quiet hours, so it will not run"
        );
        assert_eq!(one.clears, "when the plan changes: 22:35 is free");
        let rule = agent()
            .standing(&["a cron=0_*_*_*_*"])
            .quiet("23:00", "07:00");
        assert!(found(&rule).is_empty(), "around the clock means it so");
    }

    #[test]
    fn declarations_are_missed_only_where_the_plan_makes_them() {
        assert!(found(&agent().standing(&["a cron=0_9_*_*_*", "b cron=0_8_*_*_*"])).is_empty());
        let some = agent().standing(&["a cron=0_9_*_*_* tier=read-only", "b cron=0_8_*_*_*"]);
        let one = only(&some);
        assert_eq!(one.sentence, "tomorrow: 1 of 2 tasks name no tier: b");
        assert_eq!(one.severity, Severity::Info);
        let bare = agent().standing(&["a cron=0_9_*_*_* tier=mutating"]);
        assert!(only(&bare).sentence.contains("neither key nor resource"));
        let keyed = agent().standing(&["a cron=0_9_*_*_* tier=mutating key=k"]);
        assert!(found(&keyed).is_empty());
    }

    #[test]
    fn a_rule_that_no_day_meets_is_dead_and_a_leap_day_is_none() {
        let dead = agent().standing(&["a cron=0_9_31_2_*"]);
        let one = only(&dead);
        assert_eq!(one.severity, Severity::Warning);
        assert!(
            one.sentence.contains("no day ever meets"),
            "{}",
            one.sentence
        );
        assert!(found(&agent().standing(&["a cron=0_9_29_2_*"])).is_empty());
    }

    #[test]
    fn nine_tenths_of_the_waking_hours_are_enough() {
        let day = |est: &str| {
            let task = format!("a due=+1d_08:00 est={est}");
            agent()
                .replan_of(1, "19:00", &[&task])
                .quiet("20:00", "08:00")
        };
        assert!(found(&day("648m")).is_empty());
        assert_eq!(only(&day("649m")).severity, Severity::Info);
        assert_eq!(only(&day("721m")).severity, Severity::Warning);
    }

    #[test]
    fn what_waits_is_not_due_before_its_input_can_be_there() {
        let day = |due: &str| {
            let after = format!("b due=+1d_{due} after=a");
            agent().replan_of(1, "19:00", &["a due=+1d_09:00 est=30m", &after])
        };
        assert!(found(&day("09:30")).is_empty());
        assert_eq!(
            only(&day("09:29")).sentence,
            "tomorrow: b is due 09:29, before a is over at 09:30"
        );
    }
}
