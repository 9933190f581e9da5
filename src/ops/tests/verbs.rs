//! Each verb: what it writes, when it is refused, and what it leaves behind.

use super::bench::{Bench, HELD, orphan, said};
use crate::domain::act::ActKind;
use crate::domain::fleet::TaskState;
use crate::domain::id::{AgentId, FileId, OpId};
use crate::domain::time::Span;
use crate::ops::*;

#[test]
fn an_orphan_is_reclaimed_and_given_back() {
    let mut bench = orphan();
    let before = bench.text();
    assert_eq!(bench.state("t"), TaskState::Orphaned);
    let plan = bench.done(Verb::Reclaim, "t");
    assert_eq!(
        said(&plan),
        (
            "reclaims t: pending, epoch 3 → 4, and lets its agent take it again",
            "y"
        )
    );
    assert!(
        bench
            .text()
            .contains(r#""status":"pending","claim":{"by":null,"epoch":4}"#),
        "{}",
        bench.text()
    );
    assert_eq!(bench.state("t"), TaskState::AwaitingAgent);
    bench.later(Span::MINUTE);
    bench.done(Verb::Undo, "t");
    let text = bench.text();
    let end = text.find(r#","last_op""#).unwrap();
    let close = text[end..].find("}}").map_or(text.len(), |at| end + at + 1);
    let without = format!("{}{}", &text[..end], &text[close..]);
    assert_eq!(
        without,
        before.replace(r#""epoch":3"#, r#""epoch":5"#),
        "only the epoch moved on"
    );
}

#[test]
fn what_runs_is_not_reclaimed() {
    let world = Bench::agent().beats(&["08:00 ok other run=r0", "09:00 running t run=r1"]);
    let mut bench = Bench::new(world, HELD).at("09:10");
    assert_eq!(bench.state("t"), TaskState::Running);
    let why = bench.refused(Verb::Reclaim, "t");
    assert_eq!(
        why,
        "t is running; stop the run first: `stop`, or wait until its lease is over"
    );
}

#[test]
fn the_third_reclaim_is_quarantine() {
    let mut bench = orphan();
    for n in 1..=3 {
        let plan = bench.done(Verb::Reclaim, "t");
        assert_eq!(
            plan.sentence.contains("quarantined"),
            n == 3,
            "{}",
            plan.sentence
        );
        if n < 3 {
            let claim = serde_json::json!({"by":"a","run":format!("r1{n}"),"at":bench.world.now.rfc3339(),"epoch":10 + n});
            bench.agent_sets("t", Member::Claim, &claim);
            bench.agent_sets("t", Member::Status, &"claimed".into());
            bench.later(Span::hours(3));
            let state = bench.state("t");
            assert!(
                matches!(state, TaskState::PhantomClaim | TaskState::Orphaned),
                "{state:?}"
            );
        }
    }
    assert_eq!(bench.state("t"), TaskState::Held);
}

#[test]
fn a_reclaim_never_does_a_deed_again() {
    let task = HELD.replace("read-only", "mutating");
    let world = Bench::agent()
        .beats(&["08:00 ok other run=r0", "09:00 running t run=r1"])
        .step("09:02 r1 s3 intended key=k3 task=t tier=mutating rev=no")
        .beats(&["10:00 running other run=r2", "10:05 ok other run=r2"]);
    let mut bench = Bench::new(world, &task).at("11:00");
    assert_eq!(bench.state("t"), TaskState::Orphaned);
    let plan = bench.done(Verb::Reclaim, "t");
    assert!(
        plan.sentence
            .ends_with("and holds it: s3 (k3) may have been done, and may not be done twice"),
        "{}",
        plan.sentence
    );
    assert_eq!(bench.state("t"), TaskState::Held);
    let release = bench.order(Verb::Release, "t");
    assert_eq!(
        said(&release).1,
        "code, outside",
        "letting it go is asking for it again"
    );
}

#[test]
fn skip_needs_a_reason_and_flags() {
    let mut bench = orphan();
    let request = bench.request(Verb::Skip, "t");
    assert_eq!(bench.plan(&request).unwrap_err().asks, Some(Ask::Reason));
    let before = bench.text();
    bench.done(Verb::Skip, "t");
    assert_eq!(bench.state("t"), TaskState::Skipped);
    assert!(bench.text().contains(r#""flag":{"why":"because","by":"uid 1000 on pts/1","at":"2026-03-28T11:00:00+00:00","op":"01OP0002"}"#) || bench.text().contains(r#""why":"because""#), "{}", bench.text());
    assert!(
        bench
            .findings()
            .iter()
            .any(|told| told.finding.sentence.contains("t is flagged: because"))
    );
    bench.done(Verb::Undo, "t");
    assert!(!bench.text().contains("flag"));
    assert!(
        bench
            .text()
            .starts_with(before.split(r#""epoch""#).next().unwrap())
    );
}

#[test]
fn a_failed_task_that_is_asked_for_again_is_told_no_more() {
    let task = r#"{"id":"t","tier":"read-only","due":"2026-03-28T09:00:00Z","status":"failed"}"#;
    let world = Bench::agent().beats(&[
        "08:00 ok other run=r0",
        "09:00 running t run=r1",
        "09:05 failed t run=r1 failed=1",
    ]);
    let mut bench = Bench::new(world, task).at("10:00");
    let kinds = |bench: &Bench| {
        bench
            .findings()
            .iter()
            .map(|told| told.finding.kind.word())
            .collect::<Vec<_>>()
    };
    bench.look();
    assert_eq!(kinds(&bench), ["failed"]);
    bench.done(Verb::Retry, "t");
    assert_eq!(bench.state("t"), TaskState::AwaitingAgent);
    assert!(!kinds(&bench).contains(&"failed"));
    bench.world = bench
        .world
        .clone()
        .beats(&["10:20 running t run=r2", "10:21 failed t run=r2 failed=1"])
        .at("10:30");
    assert_eq!(
        bench.state("t"),
        TaskState::Failed,
        "a run that begins later speaks again"
    );
    assert_eq!(kinds(&bench), ["failed"]);
}

#[test]
fn what_nobody_picks_up_is_told() {
    let task = r#"{"id":"t","tier":"read-only","due":"2026-03-28T09:00:00Z"},{"id":"u","due":"2026-03-28T12:00:00Z"}"#;
    let world = Bench::agent().beats(&["08:00 ok other run=r0", "09:40 ok other run=r1"]);
    let mut bench = Bench::new(world, task).at("10:00");
    bench.done(Verb::Retry, "t");
    bench = bench.at("12:10");
    bench.look();
    let late = |bench: &Bench| {
        bench
            .findings()
            .iter()
            .any(|told| told.finding.kind.word() == "not_picked_up")
    };
    assert!(!late(&bench));
    bench = bench.at("13:30");
    bench.look();
    assert!(late(&bench));
}

#[test]
fn a_whole_agent_is_held_and_released() {
    let tasks = r#"{"id":"t","due":"2026-03-28T12:00:00Z"},{"id":"u","due":"2026-03-28T13:00:00Z"},{"id":"v","due":"2026-03-28T08:00:00Z","status":"done"}"#;
    let mut bench = Bench::new(Bench::agent().beat("08:00 ok v run=r0"), tasks).at("10:00");
    let before = bench.text();
    let plan = bench.done(Verb::Hold, "");
    assert_eq!(
        said(&plan),
        ("holds a: 2 tasks until they are released", "y")
    );
    assert_eq!(
        (bench.state("t"), bench.state("u"), bench.state("v")),
        (TaskState::Held, TaskState::Held, TaskState::Done)
    );
    let plan = bench.done(Verb::Release, "");
    assert_eq!(plan.sentence, "releases 2 tasks of a");
    assert_eq!(bench.text().matches("held").count(), 0);
    bench.past.clear();
    bench.bytes = before.into_bytes();
    bench.done(Verb::Hold, "");
    let undo = bench.done(Verb::Undo, "");
    assert_eq!(undo.changes.len(), 2);
    assert!(!bench.text().contains("held"));
}

#[test]
fn run_and_stop_are_the_operators_own_commands() {
    let world = Bench::agent().beat("08:00 ok other run=r0");
    let task = r#"{"id":"t","tier":"read-only","due":"2026-03-28T09:00:00Z"}"#;
    let mut bench = Bench::new(world, task).at("10:00");
    let why = bench.refused(Verb::Run, "t");
    assert!(
        why.ends_with(r#"add to the config, under [agents.a.act]: run = ["COMMAND", "{task}"]"#),
        "{why}"
    );
    bench = bench
        .act(ActKind::Run, &["openclaw", "cron", "run", "{job}"])
        .act(ActKind::Stop, &["kill", "{pid}"]);
    let plan = bench.done(Verb::Run, "t");
    assert!(
        plan.sentence
            .starts_with("starts t by `openclaw cron run t`"),
        "{}",
        plan.sentence
    );
    assert_eq!(bench.state("t"), TaskState::AwaitingAgent);
    assert!(bench.refused(Verb::Stop, "t").contains("no run of t is on"));
}

#[test]
fn a_name_that_looks_like_an_option_is_no_argument() {
    let world = Bench::agent().beat("08:00 ok other run=r0");
    let task = r#"{"id":"--force","tier":"read-only","due":"2026-03-28T09:00:00Z"}"#;
    let mut bench = Bench::new(world, task)
        .at("10:00")
        .act(ActKind::Run, &["start", "{task}"]);
    assert!(
        bench
            .refused(Verb::Run, "--force")
            .contains("would be a text that is no name")
    );
    bench = bench.act(ActKind::Run, &["start", "--task={task}"]);
    bench.order(Verb::Run, "--force");
}

#[test]
fn an_approval_is_one_line_for_one_step() {
    let world = Bench::agent()
        .beat("09:00 running t run=r1")
        .step("09:10 r1 s3 intended do=send_mail target=list key=news task=t tier=mutating rev=no");
    let task = r#"{"id":"t","tier":"mutating","due":"2026-03-28T09:00:00Z"}"#;
    let mut bench = Bench::new(world, task).at("09:20");
    let plan = bench.order(Verb::Approve, "t");
    assert_eq!(said(&plan).1, "code");
    let [Change::Append(append)] = plan.changes.as_slice() else {
        panic!("one line");
    };
    let line: serde_json::Value = serde_json::from_str(&append.line).unwrap();
    assert_eq!(
        (&line["status"], &line["key"], &line["run_id"]),
        (&"ready".into(), &"news".into(), &"r1".into())
    );
    bench.world = bench
        .world
        .clone()
        .step("09:30 r1 s3 ready key=news task=t")
        .at("09:31");
    assert!(
        bench
            .refused(Verb::Approve, "t")
            .contains("no irreversible step waits")
    );
}

#[test]
fn done_is_marked_where_the_proof_is() {
    let world = Bench::agent()
        .beats(&["09:00 running t run=r1"])
        .step("09:02 r1 s3 intended key=k3 task=t tier=mutating rev=yes")
        .beat("09:05 failed t run=r1 failed=1");
    let task = r#"{"id":"t","tier":"mutating","reversible":true,"due":"2026-03-28T09:00:00Z","status":"failed"}"#;
    let mut bench = Bench::new(world, task).at("10:00");
    assert!(
        bench
            .refused(Verb::Done, "t")
            .contains("nothing shows that s3 (k3) was done")
    );
    bench = bench.pre_check("t");
    bench.found("k3", Outcome::Present);
    let plan = bench.done(Verb::Done, "t");
    assert_eq!(plan.sentence, "sets t to done; proof: pre-check is-done");
    assert_eq!(bench.state("t"), TaskState::Done);
    assert!(
        bench
            .findings()
            .iter()
            .all(|told| told.finding.kind.word() != "drift")
    );
}

#[test]
fn findings_are_acknowledged_and_snoozed_in_the_ledger_only() {
    let mut bench = orphan();
    bench.look();
    let case = bench.findings()[0].finding.id();
    let mut request = bench.request(Verb::Acknowledge, "t");
    request.case = Some(case.clone());
    let plan = bench.plan(&request).unwrap();
    assert_eq!(
        plan.changes,
        [Change::Ledger(Word::Acknowledged { case: case.clone() })]
    );
    request.verb = Verb::Snooze;
    assert_eq!(bench.plan(&request).unwrap_err().asks, Some(Ask::Until));
    request.until = Some(bench.world.now + Span::HOUR);
    assert!(
        bench
            .plan(&request)
            .unwrap()
            .sentence
            .contains("until 12:00")
    );
}

#[test]
fn letters_go_to_the_inbox_as_one_line() {
    let mut bench = orphan();
    let mut request = bench.request(Verb::Handoff, "t");
    assert_eq!(bench.plan(&request).unwrap_err().asks, Some(Ask::Letter));
    request.letter = Some(Letter {
        kind: LetterKind::Handoff,
        text: "mind\nthe \"gap\"".to_owned(),
        pending: vec!["s3".to_owned()],
        ..Letter::default()
    });
    let plan = bench.plan(&request).unwrap();
    let [Change::Append(append)] = plan.changes.as_slice() else {
        panic!("one line");
    };
    assert_eq!(append.line.lines().count(), 1);
    let line: serde_json::Value = serde_json::from_str(&append.line).unwrap();
    assert_eq!(
        (&line["text"], &line["pending"][0]),
        (&"mind\nthe \"gap\"".into(), &"s3".into())
    );
}

/// A version of the plan that an agent wrote into after it had been replaced.
fn late(base: &str, bytes: &str, now: &str) -> Copy {
    Copy {
        name: "01X.1.0000000000000000.1111111111111111".to_owned(),
        op: OpId::from("01X"),
        kind: CopyKind::Late,
        age: Span::mins(1),
        file: Some(FileRef {
            id: FileId(1),
            path: crate::domain::text::Untrusted::from("schedule.json"),
        }),
        bytes: bytes.as_bytes().to_vec(),
        base: Some(base.as_bytes().to_vec()),
        now: Some(now.as_bytes().to_vec()),
    }
}

#[test]
fn a_late_write_is_merged_where_nobody_changed_the_same() {
    let mut bench = orphan();
    let base = "{\"a\": 1,\n\"b\": 2,\n\"c\": 3}\n";
    let (theirs, ours) = (base.replace('1', "9"), base.replace('3', "7"));
    bench.copies = vec![late(base, &theirs, &ours)];
    let request = Request::new(OpId::from("OP"), Verb::Merge, AgentId::from("a"));
    let plan = bench.plan(&request).unwrap();
    assert_eq!(plan.level, Confirm::Yes);
    let [Change::Rewrite(rewrite)] = plan.changes.as_slice() else {
        panic!("{:?}", plan.changes);
    };
    assert_eq!(
        String::from_utf8_lossy(&rewrite.bytes),
        "{\"a\": 9,\n\"b\": 2,\n\"c\": 7}\n"
    );
    assert!(matches!(plan.undo, Undoing::Never(_)));
}

#[test]
fn what_cannot_be_merged_says_why_and_how_to_compare() {
    let mut bench = orphan();
    let base = "{\"a\": 1}\n";
    let (theirs, ours) = (base.replace('1', "9"), base.replace('1', "7"));
    let whole = late(base, &theirs, &ours);
    let cases = [
        (whole.clone(), "both changed line 1"),
        (
            Copy {
                base: None,
                ..whole.clone()
            },
            "not kept any more",
        ),
        (
            Copy {
                kind: CopyKind::Displaced,
                ..whole.clone()
            },
            "no agent wrote into",
        ),
        (
            Copy {
                now: Some(theirs.into_bytes()),
                ..whole.clone()
            },
            "the same bytes stand there",
        ),
        (Copy { now: None, ..whole }, "is not there any more"),
    ];
    for (copy, why) in cases {
        bench.copies = vec![copy];
        let request = Request::new(OpId::from("OP"), Verb::Merge, AgentId::from("a"));
        let refusal = bench.plan(&request).unwrap_err();
        assert!(refusal.why.contains(why), "{why}: {refusal}");
    }
}
