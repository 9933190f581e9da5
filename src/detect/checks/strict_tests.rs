//! Verdicts that are easily read too loosely, each just before and just after.

use crate::detect::scenario::Scenario;
use crate::domain::agent::AgentState;
use crate::domain::fleet::TaskState;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::task::LastOp;
use crate::domain::time::Zone;

fn has(scenario: &Scenario, kind: &str) -> bool {
    scenario.found().iter().any(|found| found == kind)
}

fn daily(n: i64, rest: &str) -> Scenario {
    (1..=n).rev().fold(Scenario::agent("a"), |scenario, day| {
        scenario.beat(&format!("-{day}d 10:00 ok t {rest}"))
    })
}

#[test]
fn a_weekly_rule_has_an_hours_grace_and_a_busy_one_of_a_dated_plan_its_own() {
    let weekly = Scenario::agent("a")
        .standing(&["t cron=0_9_*_*_6"])
        .beats(&["-7d 09:00 running t run=r", "-7d 09:01 ok t run=r did=1"]);
    assert_eq!(weekly.clone().at("10:00").state("t@09:00"), TaskState::Late);
    assert_eq!(
        weekly.at("10:00").plus(1).state("t@09:00"),
        TaskState::Missed
    );
    let lines = ["-1d 23:50 running t run=r", "-1d 23:51 ok t run=r did=1"];
    let busy = Scenario::agent("a")
        .plan(&["t cron=*/10_*_*_*_*"])
        .beats(&lines);
    let last = busy.at("23:55").plus(1);
    assert_eq!(last.state("t@23:50"), TaskState::Missed, "five minutes");
}

#[test]
fn an_agent_of_tasks_on_demand_is_off() {
    let idle = Scenario::agent("a")
        .plan(&["t demand", "u off"])
        .beat("-1d 10:00 ok t did=1");
    assert_eq!(idle.at("12:00").judge().view.state, AgentState::Paused);
}

#[test]
fn an_unjudged_plan_still_tells_the_rhythm() {
    let mut agent = Scenario::agent("a");
    for day in (1..=3).rev() {
        for hour in 8..20 {
            agent = agent.beat(&format!("-{day}d {hour:02}:00 ok did=1"));
        }
        agent = agent.plan_of(
            -day,
            &[
                &format!("t due=-{day}d_08:00"),
                &format!("u due=-{day}d_19:00"),
            ],
        );
    }
    let agent = agent.plan(&["t due=08:00", "u due=19:00"]).at("07:00");
    assert!(agent.alarms().is_empty(), "{:?}", agent.alarms());
}

#[test]
fn a_weekend_is_as_free_as_the_one_before() {
    let mut agent = Scenario::agent("a").on(2026, 3, 29);
    for day in (2..=15).rev().filter(|day| !matches!(day, 7 | 8 | 14 | 15)) {
        agent = agent
            .plan_of(
                -day,
                &[
                    &format!("t due=-{day}d_09:00"),
                    &format!("u due=-{day}d_19:00"),
                ],
            )
            .beat(&format!("-{day}d 09:00 ok t did=1"))
            .beat(&format!("-{day}d 19:00 ok u did=1"));
    }
    let sunday = agent.at("20:00");
    assert!(sunday.alarms().is_empty(), "{:?}", sunday.alarms());
}

#[test]
fn what_the_operator_asked_for_after_a_failure_awaits_the_agent() {
    let mut asked = daily(3, "did=1")
        .plan(&["t due=08:00", "u due=14:00"])
        .beats(&["08:00 running t run=f", "08:01 failed t run=f failed=1"]);
    let at = asked.time("10:00");
    let plan = std::sync::Arc::make_mut(&mut asked.facts.plans[0].plan);
    plan.tasks[0].last_op = Some(Box::new(LastOp {
        id: "01X".into(),
        verb: "retry".into(),
        uid: None,
        tty: None,
        at: Some(at),
        steps: Vec::new(),
    }));
    let before = asked.clone().at("10:00").plus(-1);
    assert_eq!(before.state("t"), TaskState::Failed);
    let waits = asked.clone().at("14:15");
    assert_eq!(waits.state("t"), TaskState::AwaitingAgent);
    assert!(!has(&waits, "not_picked_up t"));
    assert!(has(&waits.plus(1), "not_picked_up t"));
    let again = asked.beat("10:30 ok t did=1").at("14:16");
    assert_eq!(again.state("t"), TaskState::Done);
}

#[test]
fn work_that_is_done_waits_for_its_review_since_it_ended() {
    let waits = daily(3, "did=1")
        .plan(&["t due=08:00 status=review reviewer=b"])
        .beat("08:05 ok t did=1");
    assert_eq!(waits.clone().at("09:00").state("t"), TaskState::Review);
    assert!(!has(&waits.clone().at("10:05"), "review_waiting t"));
    let late = waits.at("10:05").plus(1);
    assert!(has(&late, "review_waiting t"));
    let judged = late.judge();
    assert_eq!(judged.findings[0].since, late.time("08:05"));
}

#[test]
fn a_plan_that_names_another_holder_wants_a_note() {
    let claim = |rest: &str| {
        Scenario::agent("a")
            .plan(&[&format!(
                "t due=08:00 status=claimed claimed=08:05 lease=2h {rest}"
            )])
            .beat("07:00 ok u did=1 run=r1")
            .at("08:20")
    };
    assert!(has(&claim("by=b epoch=2"), "handoff_missing t"));
    assert!(
        !has(&claim("by=b epoch=1"), "handoff_missing t"),
        "first hand"
    );
    assert!(!has(&claim("by=a epoch=2"), "handoff_missing t"), "its own");
    assert!(
        !has(&claim("by=r1 epoch=2"), "handoff_missing t"),
        "its run"
    );
}

#[test]
fn a_skip_after_the_doing_takes_nothing_back() {
    let agent = daily(3, "did=1")
        .plan(&["t due=10:00"])
        .beats(&["10:01 ok t did=1", "11:00 skipped t skip=t@already_done"]);
    assert_eq!(agent.at("12:00").state("t"), TaskState::Done);
}

#[test]
fn a_named_deed_is_proven_by_that_deed_only() {
    let skip = "12:00 ok t item=read_mails skip=follow_bob/9@already_done";
    let words = Scenario::agent("a").beats(&[
        "-1d 10:00 ok t item=followed_ann/7",
        "-1d 11:00 ok t item=followed_eve/8",
    ]);
    assert!(has(
        &words.clone().beat(skip).at("12:30"),
        "unproven_done t"
    ));
    let did = words.beat("-1d 12:00 ok t item=followed_bob/9");
    assert!(!has(&did.beat(skip).at("12:30"), "unproven_done t"));
    let vague = daily(3, "item=did_things").beat(skip);
    assert!(
        !has(&vague.at("12:30"), "unproven_done t"),
        "it names nothing"
    );
}

#[test]
fn nothing_done_is_chance_where_counts_are_rare_and_scatter() {
    let counts = |counts: &[i64]| {
        let mut agent = Scenario::agent("a");
        for (day, n) in counts.iter().enumerate() {
            agent = agent.beat(&format!("-{}d 10:00 ok t did={n}", day + 1));
        }
        agent
    };
    let poisson = counts(&[3, 5, 1, 2, 4, 3, 6, 2, 1, 3, 0, 4, 2, 3]);
    let once = poisson.beat("08:00 ok t did=0");
    assert!(!has(&once.clone().at("09:00"), "empty_success t"));
    let thrice = once.beats(&["10:00 ok t did=0", "11:00 ok t did=0"]);
    assert!(has(&thrice.at("12:00"), "empty_success t"), "no chance");
    let never = counts(&[3, 5, 1, 2, 4, 3, 6, 2, 1, 3]).beat("08:00 ok t did=0");
    assert!(has(&never.at("09:00"), "empty_success t"), "it never was");
    let steady = counts(&[3; 12]).beat("08:00 ok t did=0");
    assert!(has(&steady.at("09:00"), "empty_success t"));
    let many = counts(&[20, 14, 31, 8, 19, 25, 12, 17, 22, 9]).beat("08:00 ok t did=0");
    assert!(has(&many.at("09:00"), "empty_success t"));
}

/// The day of these stories is a Saturday.
#[test]
fn a_first_weekend_off_is_no_silence() {
    let planner = |days: std::ops::Range<i64>| {
        days.fold(Scenario::agent("a"), |agent, day| {
            let due = |clock: &str| format!("t{} due={day}d_{clock}", &clock[..2]);
            let agent = agent.plan_of(day, &[&due("09:00"), &due("19:00")]);
            agent.beats(&[
                &format!("{day}d 09:01 ok t09 did=1"),
                &format!("{day}d 19:01 ok t19 did=1"),
            ])
        })
    };
    for moment in ["03:00", "23:00", "+1d 12:00", "+1d 23:59"] {
        let week = planner(-5..0).at(moment);
        assert!(week.alarms().is_empty(), "{moment}: {:?}", week.alarms());
    }
    assert!(
        has(&planner(-4..0).at("03:00"), "stale_plan"),
        "no whole week"
    );
    assert!(
        has(&planner(-6..0).at("03:00"), "stale_plan"),
        "it planned a Sunday"
    );
    assert!(
        has(&planner(-5..0).at("+2d 03:00"), "stale_plan"),
        "on Monday"
    );
}

/// Of what no plan names the lines of a day ago are the last of their hours.
#[test]
fn an_agent_of_every_five_minutes_that_was_thinned_out_is_stale_when_it_is_silent() {
    let thin = (0..24).fold(Scenario::agent("a"), |agent, hour| {
        agent.beat(&format!("-1d {hour:02}:57 ok look did=1"))
    });
    let busy = (0..30).fold(thin, |agent, i| {
        agent.beat(&format!(
            "{:02}:{:02} ok look did=1",
            7 + i / 12,
            i % 12 * 5
        ))
    });
    assert!(busy.clone().at("09:35").alarms().is_empty());
    assert!(has(&busy.at("10:30"), "agent_stale"));
}

/// An agent in Berlin, a screen in London.
#[test]
fn sentences_name_the_time_of_the_screen() {
    let berlin = Zone::parse("Europe/Berlin").expect("a zone");
    let mut away = Scenario::in_zone("n", "Europe/Berlin")
        .plan(&["t due=08:00"])
        .beat("07:00 ok u did=1")
        .at("09:30");
    away.policy
        .agents
        .entry(AgentId::from("n"))
        .or_default()
        .zone = Some(berlin);
    away.policy.zone.value = Zone::UTC;
    let judged = away.judge();
    let mut told = judged.findings.iter();
    let late = told.find(|found| found.task == Some(TaskId::from("t")));
    let sentence = &late.expect("it is overdue").sentence;
    assert!(sentence.contains("due 07:00"), "{sentence}");
}
