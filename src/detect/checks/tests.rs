//! Every finding just before and just after its limit.

use crate::detect::scenario::Scenario;
use crate::domain::facts::{FileRole, FileState, LockFact, Success, TargetDay};
use crate::domain::finding::{FindingKind, Severity};
use crate::domain::heartbeat::{Item, ItemClass};
use crate::domain::id::{FileId, ItemId};
use crate::domain::lock::Lock;
use crate::domain::proof::{Proof, ProvenBy};
use crate::domain::task::{Flag, Handoff, LastOp};
use crate::domain::text::Untrusted;
use crate::domain::time::Span;

fn agent() -> Scenario {
    Scenario::agent("a").beats(&[
        "-1d 09:00 running old run=o",
        "-1d 09:01 ok old run=o did=1",
    ])
}

fn has(scenario: &Scenario, kind: &str) -> bool {
    scenario.found().iter().any(|found| found == kind)
}

/// `n` daily runs of `t` before today, each with this rest of the line.
fn daily(n: i64, rest: &str) -> Scenario {
    (1..=n).rev().fold(Scenario::agent("a"), |scenario, day| {
        scenario.beat(&format!("-{day}d 10:00 ok t {rest}"))
    })
}

#[test]
fn skip_streak_names_the_last_success() {
    let two = daily(3, "did=2").beats(&[
        "10:00 skipped t skip=x@limit",
        "11:00 skipped t skip=x@limit",
    ]);
    assert!(!has(&two.clone().at("12:00"), "skip_streak t"));
    let three = two.beat("11:30 skipped t skip=x@limit").at("12:00");
    assert!(has(&three, "skip_streak t"));
    let judged = three.judge();
    let streak = judged
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::SkipStreak)
        .unwrap();
    assert_eq!(judged.view.zone.value.hhmm(streak.since), "10:00");
    assert!(
        streak
            .sentence
            .contains("the last real success was Fri 10:00"),
        "{}",
        streak.sentence
    );
    let mut old = Scenario::agent("a")
        .beats(&[
            "10:00 skipped t skip=x@limit",
            "11:00 skipped t skip=x@limit",
            "11:30 skipped t skip=x@limit",
        ])
        .at("12:00");
    let at = old.time("-9d 10:00");
    old.facts.successes.push(Success {
        task: Some("t".into()),
        at,
        locus: crate::domain::id::Locus::default(),
    });
    assert!(
        old.judge()
            .findings
            .iter()
            .any(|f| f.sentence.contains("2026-03-19 10:00"))
    );
    let idle = daily(3, "did=2").beats(&[
        "10:00 skipped t skip=x@nothing_to_do",
        "11:00 skipped t skip=x@nothing_to_do",
        "11:30 skipped t skip=x@nothing_to_do",
    ]);
    assert!(
        idle.at("12:00").alarms().is_empty(),
        "nothing to do is no refusal"
    );
}

#[test]
fn a_skip_without_a_word() {
    assert!(has(
        &agent().beat("10:00 skipped t").at("11:00"),
        "skipped_no_reason t"
    ));
    assert!(has(
        &agent().beat("10:00 skipped t skipped=3").at("11:00"),
        "skipped_no_reason t"
    ));
    for said in ["msg=too late", "skip=all@limit"] {
        let told = agent().beat(&format!("10:00 skipped t {said}")).at("11:00");
        assert!(!has(&told, "skipped_no_reason t"), "{said}");
    }
    let counted = agent().beat("10:00 ok t did=4 skipped=3").at("11:00");
    assert!(
        counted.alarms().is_empty(),
        "a bare count of skipped items is not that"
    );
}

#[test]
fn already_done_wants_a_proof() {
    let skip = "12:00 skipped t skip=follow_x@already_done";
    assert!(has(&agent().beat(skip).at("12:30"), "unproven_done t"));
    let by_run = agent().beat("10:00 ok t item=follow_y").beat(skip);
    assert!(!has(&by_run.at("12:30"), "unproven_done t"));
    let by_step = agent()
        .step("10:00 r9 s1 done task=t do=follow target=x")
        .beat(skip);
    assert!(!has(&by_step.at("12:30"), "unproven_done t"));
    let plain = agent()
        .beat("10:00 ok t item=followed_x")
        .beat("12:00 skipped t skip=follow_x@already_done");
    assert!(!has(&plain.at("12:30"), "unproven_done t"));
    let later = agent().beat(skip).beat("12:10 ok t item=follow_y");
    assert!(
        has(&later.at("12:30"), "unproven_done t"),
        "a proof comes before"
    );
    let mut known = agent().beat(skip).at("12:30");
    let id = known.facts.beats.last().unwrap().items[0].1;
    known.facts.proofs = Some([(id, Proof::bare(ProvenBy::Entry))].into());
    assert!(!has(&known, "unproven_done t"), "found in older history");
    known.facts.proofs = Some(std::collections::BTreeMap::new());
    assert!(
        has(&known, "unproven_done t"),
        "sought everywhere and not found"
    );
    let mut long = agent().beat(skip).at("12:30");
    long.facts.first_beat = Some(long.time("-90d 00:00"));
    assert!(
        !has(&long, "unproven_done t"),
        "the proof may lie in what is not at hand"
    );
}

#[test]
fn quiet_shrink_from_the_third_run() {
    let base = daily(10, "did=12");
    let two = base
        .clone()
        .beats(&["10:00 ok t did=3", "11:00 ok t did=3"]);
    assert!(!has(&two.clone().at("13:00"), "quiet_shrink t"));
    assert!(has(
        &two.clone().beat("12:00 ok t did=3").at("13:00"),
        "quiet_shrink t"
    ));
    assert!(
        !has(
            &two.clone().beat("12:00 ok t did=4").at("13:00"),
            "quiet_shrink t"
        ),
        "a third is not below"
    );
    let idle = two.clone().beat("12:00 ok t did=0 skip=all@nothing_to_do");
    assert!(!has(&idle.at("13:00"), "quiet_shrink t"));
    let four = two
        .beats(&["12:00 ok t did=3", "12:30 ok t did=2"])
        .at("13:00")
        .judge();
    let found = four
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::QuietShrink)
        .unwrap();
    assert_eq!(
        four.view.zone.value.hhmm(found.since),
        "10:00",
        "since the first of them"
    );
    let seven =
        daily(7, "did=12").beats(&["10:00 ok t did=3", "11:00 ok t did=3", "12:00 ok t did=3"]);
    assert!(
        !has(&seven.at("13:00"), "quiet_shrink t"),
        "eight samples at least"
    );
}

#[test]
fn a_declared_floor_counts_once() {
    let site = |n: u32| {
        agent()
            .plan(&["build due=10:00 min=1000"])
            .beat(&format!("10:02 ok build did={n} dur=60"))
            .at("11:00")
    };
    assert!(has(&site(999), "quiet_shrink build"));
    assert!(!has(&site(1_000), "quiet_shrink build"));
}

#[test]
fn empty_success_where_something_was_always_listed() {
    let base = daily(8, "did=3");
    assert!(has(
        &base.clone().beat("10:00 ok t").at("11:00"),
        "empty_success t"
    ));
    assert!(!has(
        &base.clone().beat("10:00 ok t skipped=1").at("11:00"),
        "empty_success t"
    ));
    let idle = base.beat("10:00 ok t msg=nothing new");
    assert!(!has(&idle.at("11:00"), "empty_success t"));
    assert!(!has(
        &daily(7, "did=3").beat("10:00 ok t").at("11:00"),
        "empty_success t"
    ));
}

#[test]
fn run_length_is_only_told() {
    let base = daily(8, "did=3 dur=400");
    assert!(has(
        &base.clone().beat("10:00 ok t did=3 dur=99").at("11:00"),
        "run_length t"
    ));
    assert!(!has(
        &base.clone().beat("10:00 ok t did=3 dur=100").at("11:00"),
        "run_length t"
    ));
    assert!(!has(
        &base.clone().beat("10:00 ok t did=3 dur=1600").at("11:00"),
        "run_length t"
    ));
    let long = base.beat("10:00 ok t did=3 dur=1601").at("11:00");
    assert!(has(&long, "run_length t"));
    assert!(long.alarms().is_empty(), "info never alarms");
}

#[test]
fn same_targets_over_two_weeks() {
    let with = |now: u64, before: u64| {
        let mut scenario = daily(20, "did=1").at("12:00");
        let today = scenario.policy.zone.value.day_of(scenario.now);
        scenario.facts.targets = (0..28)
            .map(|back| TargetDay {
                day: today.plus(-back),
                targets: if back < 14 {
                    (0..now).collect()
                } else {
                    (0..before).collect()
                },
            })
            .collect();
        has(&scenario, "same_targets")
    };
    assert!(with(3, 6));
    assert!(!with(4, 6));
    assert!(!with(3, 5));
}

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
fn handoffs_want_a_note() {
    let moved = agent()
        .plan(&["t due=20:00 status=claimed by=a run=r1 claimed=09:00"])
        .replan(
            "10:00",
            &["t due=20:00 status=claimed by=b run=r2 claimed=10:00 epoch=2"],
        );
    assert!(has(&moved.clone().at("10:01"), "handoff_missing t"));
    let mut noted = moved;
    let newest = std::sync::Arc::make_mut(&mut noted.facts.plans[1].plan);
    newest.tasks[0].handoff = Some(Handoff {
        to: Some("b".into()),
        at: None,
    });
    assert!(!has(&noted.at("10:01"), "handoff_missing t"));
}

#[test]
fn reviews_wait_two_hours_then_eight() {
    let waiting = Scenario::agent("a")
        .plan(&["t due=08:00 status=review reviewer=b"])
        .replan("10:00", &["t due=08:00 status=review reviewer=b"]);
    let severity = |at: &str, ms: i64| {
        let judged = waiting.clone().at(at).plus(ms).judge();
        judged
            .findings
            .iter()
            .find(|f| f.kind == FindingKind::ReviewWaiting)
            .map(|f| f.severity)
    };
    assert_eq!(severity("12:00", 0), None);
    assert_eq!(severity("12:00", 1), Some(Severity::Warning));
    assert_eq!(severity("18:00", 1), Some(Severity::Critical));
    let own = Scenario::agent("a").plan(&["t due=08:00 status=review reviewer=a"]);
    assert!(
        has(&own.at("00:10"), "review_waiting t"),
        "nobody reviews his own work"
    );
}

#[test]
fn what_the_operator_asked_for() {
    let mut base = agent().plan(&["t due=08:00", "u due=14:00"]);
    let asked = base.time("10:00");
    for version in &mut base.facts.plans {
        std::sync::Arc::make_mut(&mut version.plan).tasks[0].last_op = Some(LastOp {
            id: "01X".into(),
            verb: "retry".into(),
            uid: None,
            tty: None,
            at: Some(asked),
            steps: Vec::new(),
        });
    }
    assert_eq!(
        base.clone().at("14:15").state("t"),
        crate::domain::fleet::TaskState::AwaitingAgent
    );
    assert!(!has(&base.clone().at("14:15"), "not_picked_up t"));
    assert!(has(&base.clone().at("14:15").plus(1), "not_picked_up t"));
    assert!(!has(
        &base.beat("10:30 running t run=n").at("14:16"),
        "not_picked_up t"
    ));
}

#[test]
fn flags_stay() {
    let mut base = agent().plan(&["t due=08:00 status=skipped"]).at("10:00");
    let at = base.time("09:00");
    std::sync::Arc::make_mut(&mut base.facts.plans[0].plan).tasks[0].flag = Some(Flag {
        why: Some("sent twice".into()),
        by: None,
        at: Some(at),
        op: None,
    });
    assert!(has(&base, "flagged t"));
}

#[test]
fn locks_outlive_their_time_or_their_run() {
    let with = |at: &str, ms: i64, ttl: Option<i64>| {
        let mut scenario = agent().beats(&["10:00 running t run=r", "10:20 ok t run=r"]);
        let acquired = scenario.time("10:00");
        scenario.facts.locks.push(LockFact {
            lock: Lock {
                resource: "mailbox".into(),
                holder: Some("a".into()),
                run: Some("r".into()),
                epoch: None,
                acquired: Some(acquired),
                renewed: None,
                ttl: ttl.map(Span::mins),
                process: None,
            },
            file: FileId(1),
            modified: acquired,
            renewals: 0,
        });
        has(&scenario.at(at).plus(ms), "lock")
    };
    assert!(!with("10:15", 0, Some(15)));
    assert!(with("10:15", 1, Some(15)));
    assert!(!with("10:21", 0, None));
    assert!(with("10:21", 1, None), "its run ended a minute ago");
}

#[test]
fn steps_left_open() {
    let wal = |end: &str| {
        agent()
            .beat("10:00 running t run=r")
            .step("10:01 r s1 intended task=t do=fetch tier=read-only")
            .step("10:02 r s1 done task=t do=fetch tier=read-only")
            .step("10:03 r s2 intended task=t do=send target=x rev=yes")
            .beat(end)
    };
    let cut = wal("10:04 failed t run=r").at("10:05").judge();
    let found = cut
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::WalIncomplete)
        .unwrap();
    assert_eq!(found.severity, Severity::Critical);
    assert!(
        found.sentence.contains("1 of 2 steps"),
        "{}",
        found.sentence
    );
    assert!(
        !has(
            &wal("10:04 running t run=r").at("10:05"),
            "wal_incomplete t"
        ),
        "it still works"
    );
    assert!(
        has(
            &wal("10:04 running t run=r").at("11:10"),
            "wal_incomplete t"
        ),
        "it fell silent"
    );
    let settled = wal("10:04 failed t run=r").step("10:20 r2 s2 done task=t do=send target=x");
    assert!(!has(&settled.at("10:30"), "wal_incomplete t"));
    let reading = agent()
        .beat("10:00 running t run=r")
        .step("10:03 r s1 intended task=t do=fetch tier=read-only")
        .beat("10:04 failed t run=r")
        .at("10:05")
        .judge();
    let found = reading
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::WalIncomplete)
        .unwrap();
    assert_eq!(found.severity, Severity::Warning);
}

#[test]
fn irreversible_steps_wait_for_a_yes() {
    let base = agent()
        .beat("10:00 running t run=r")
        .step("10:01 r s1 intended task=t do=publish target=post rev=no")
        .beat("10:02 blocked t run=r msg=may I publish");
    assert!(has(&base.clone().at("10:05"), "approval t"));
    assert!(!has(&base.clone().at("10:05"), "wal_incomplete t"));
    let yes = base.step("10:06 r s1 ready task=t do=publish target=post rev=no");
    assert!(!has(&yes.at("10:07"), "approval t"));
}

#[test]
fn zombies_and_epochs() {
    let claim = |epoch: u32, run: &str, at: &str| {
        format!("t due=10:00 status=claimed run={run} claimed={at} epoch={epoch} lease=4h")
    };
    let base = agent()
        .plan(&[&claim(3, "r1", "10:00")])
        .replan("11:00", &[&claim(4, "r2", "11:00")])
        .beats(&[
            "10:00 running t run=r1 epoch=3",
            "11:00 running t run=r2 epoch=4",
        ]);
    assert!(!has(&base.clone().at("11:30"), "zombie_write t"));
    let zombie = base.clone().beat("11:20 running t run=r1 epoch=3");
    assert!(has(&zombie.clone().at("11:30"), "zombie_write t"));
    assert_eq!(
        zombie.at("11:30").state("t"),
        crate::domain::fleet::TaskState::Conflicted
    );
    let unnumbered = base.clone().beat("11:20 ok t run=r1");
    assert!(
        has(&unnumbered.at("11:30"), "zombie_write t"),
        "a run whose claim went to another"
    );
    let next_day = agent()
        .plan_of(
            -1,
            &["t due=-1d_10:00 status=done run=y claimed=-1d_10:00 epoch=3"],
        )
        .plan(&[&claim(1, "r1", "10:00")])
        .beats(&[
            "-1d 10:00 running t run=y epoch=3",
            "-1d 10:05 ok t run=y epoch=3",
            "10:00 running t run=r1 epoch=1",
        ]);
    assert!(
        !has(&next_day.at("10:30"), "zombie_write t"),
        "a new day's plan counts anew"
    );
    let given_back = base.clone().replan("11:20", &[&claim(5, "r2", "11:00")]);
    assert!(
        !has(&given_back.at("11:30"), "zombie_write t"),
        "an undo gives a claim back under the next epoch"
    );
    let back = base.replan("11:10", &[&claim(2, "r3", "11:10")]);
    assert!(has(&back.at("11:30"), "conflicted t"));
}

#[test]
fn one_step_done_twice_otherwise() {
    let base = agent().step("10:00 r s1 done task=t do=send target=x");
    assert!(!has(
        &base
            .clone()
            .step("10:01 r s1 done task=t do=send target=x")
            .at("10:05"),
        "conflicted t"
    ));
    assert!(has(
        &base
            .step("10:01 r s1 done task=t do=send target=y")
            .at("10:05"),
        "conflicted t"
    ));
}

#[test]
fn what_the_agent_asks() {
    let item = |why: &str| {
        let mut scenario = agent();
        let mut beat = scenario.read_beat("10:00 partial t");
        scenario.facts.items.insert(
            ItemId(900),
            Item {
                what: "merge or not?".into(),
                why: Some(why.into()),
                ..Item::default()
            },
        );
        beat.items.push((ItemClass::Skipped, ItemId(900)));
        scenario.push(beat);
        scenario
    };
    assert!(has(&item("needs_human").at("10:05"), "needs_human t"));
    assert!(!has(&item("limit").at("10:05"), "needs_human t"));
    assert!(!has(
        &item("needs_human").beat("10:10 ok t").at("10:15"),
        "needs_human t"
    ));
    assert!(!has(
        &agent()
            .beat("10:00 blocked t word=rate_limited")
            .at("10:05"),
        "needs_human t"
    ));
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
