//! What the runs of a task say, one after the other.

use super::*;

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
