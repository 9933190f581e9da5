//! Locks, epochs and steps: what one run leaves behind for the next.

use super::*;

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
