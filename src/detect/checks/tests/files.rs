//! Plans, insights and files: what is old, gone, overwritten or damaged.

use super::*;

#[test]
fn over_capacity_counts_tasks_and_uses() {
    let plan = agent().plan(&[
        "a due=10:00 uses=post",
        "b due=11:00 uses=post",
        "c due=12:00 off uses=post",
    ]);
    assert!(!has(
        &plan.clone().limit("post", 2).at("00:30"),
        "over_capacity"
    ));
    assert!(has(
        &plan.clone().limit("post", 1).at("00:30"),
        "over_capacity"
    ));
    assert!(has(&plan.limit("tasks", 1).at("00:30"), "over_capacity"));
}

#[test]
fn stale_plan_only_for_agents_that_plan_by_the_day() {
    let planned = |days: &[i64]| {
        days.iter().fold(
            Scenario::agent("a").beat("-1d 10:00 ok t"),
            |scenario, &day| scenario.plan_of(day, &["t due=23:59"]),
        )
    };
    let three = planned(&[-3, -2, -1]);
    assert!(
        !has(&three.clone().at("01:00"), "stale_plan"),
        "plans are made by midnight"
    );
    assert!(has(&three.clone().at("01:00").plus(1), "stale_plan"));
    assert!(!has(
        &three.plan(&["t due=23:59"]).at("03:00"),
        "stale_plan"
    ));
    assert!(!has(&planned(&[-2, -1]).at("03:00"), "stale_plan"));
    let weekdays = planned(&[-8, -5, -4, -3, -2, -1]);
    assert!(
        !has(&weekdays.at("03:00"), "stale_plan"),
        "that weekday was free a week ago, too"
    );
}

#[test]
fn stale_insights_from_info_to_warning() {
    let since = |days: i64, ms: i64| {
        let mut scenario = daily(3, "did=1").at("12:00");
        scenario.facts.insights_changed = Some(scenario.now - Span::days(days) - Span(ms));
        let judged = scenario.judge();
        judged
            .findings
            .iter()
            .find(|f| f.kind == FindingKind::StaleInsights)
            .map(|f| f.severity)
    };
    assert_eq!(since(8, 0), None);
    assert_eq!(since(8, 1), Some(Severity::Info));
    assert_eq!(since(15, 0), Some(Severity::Info));
    assert_eq!(since(15, 1), Some(Severity::Warning));
}

#[test]
fn what_vanished() {
    let base = agent().standing(&["t cron=0_9_*_*_*", "u cron=0_9_*_*_*"]);
    let mut gone = base.clone();
    let known = gone.time("-1d 12:00");
    let mut version = gone.facts.plans[0].clone();
    std::sync::Arc::make_mut(&mut version.plan).tasks.pop();
    version.known = known;
    gone.facts.plans.push(version);
    assert!(has(&gone.at("08:00"), "vanished u"));
    let mut file = base.at("08:00");
    assert!(!has(&file, "vanished"));
    file.facts.files[0].state = FileState::Gone { since: file.now };
    assert!(has(&file, "vanished"));
}

#[test]
fn a_log_that_went_on_under_another_name_did_not_vanish() {
    for (other, vanished) in [
        ("heartbeat.jsonl.1", false),
        ("heartbeat.jsonl-20260328", false),
        ("heartbeat.2026-03-28.jsonl", false),
        ("heartbeat.jsonl.old", true),
        ("heartbeats.jsonl", true),
    ] {
        let mut case = agent().beats(&["07:00 ok t"]).at("08:00");
        let log = case
            .facts
            .files
            .iter()
            .position(|f| f.role == FileRole::Log);
        let log = log.expect("a log");
        let mut rotated = case.facts.files[log].clone();
        case.facts.files[log].path = Untrusted::from("a/heartbeat.jsonl");
        case.facts.files[log].state = FileState::Gone { since: case.now };
        rotated.path = Untrusted::from(format!("a/{other}"));
        case.facts.files.push(rotated);
        assert_eq!(has(&case, "vanished"), vanished, "{other}");
    }
}

#[test]
fn a_lost_update_reverts_what_another_wrote() {
    let v = |scenario: Scenario, known: &str, tasks: &[&str]| {
        let mut scenario = scenario.replan(known, tasks);
        let at = scenario.time("00:00");
        for version in &mut scenario.facts.plans {
            std::sync::Arc::make_mut(&mut version.plan).generated =
                Some(crate::domain::heartbeat::Stamp::exact(at));
        }
        scenario
    };
    let base = v(agent(), "00:00", &["x due=20:00", "y due=21:00"]);
    let theirs = v(base, "10:00", &["x due=20:00 status=done", "y due=21:00"]);
    let lost = v(
        theirs.clone(),
        "10:01",
        &[
            "x due=20:00",
            "y due=21:00 status=claimed run=r claimed=10:01",
        ],
    );
    assert!(has(&lost.at("10:02"), "lost_update x"));
    let kept = v(
        theirs,
        "10:01",
        &[
            "x due=20:00 status=done",
            "y due=21:00 status=claimed run=r claimed=10:01",
        ],
    );
    assert!(!has(&kept.at("10:02"), "lost_update x"));
}

#[test]
fn damage_and_clocks() {
    let mut base = agent().at("10:00");
    base.facts.files[1].state = FileState::Torn {
        since: base.now - Span::secs(10),
        what: "cut off".to_owned(),
    };
    assert!(!has(&base, "damaged_file"), "still retried");
    assert!(has(&base.clone().plus(1), "damaged_file"));
    let slots = base.plan(&["t due=08:00"]).plus(1);
    assert_eq!(
        slots.state("t"),
        crate::domain::fleet::TaskState::Blind,
        "no missed from a torn plan"
    );
    assert!(has(
        &agent().beat("10:00 ok t clock=off").at("10:05"),
        "clock"
    ));
}
