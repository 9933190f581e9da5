//! What holds for every verb: who may, what is said before it, and what several orders are together.

use super::bench::{Bench, orphan, said};
use crate::domain::act::ActKind;
use crate::domain::id::{AgentId, OpId, TaskId};
use crate::domain::offer::About;
use crate::domain::time::Span;
use crate::ops::bulk::{Fared, bulk, write_up};
use crate::ops::*;

#[test]
fn read_only_takes_every_dangerous_verb_away() {
    let mut bench = orphan();
    bench.mode = Mode::ReadOnly;
    let task = TaskId::from("t");
    let agent = AgentId::from("a");
    bench.look();
    let case = bench.findings()[0].finding.id();
    let about = About {
        agent,
        task: Some(task),
        slot: None,
        case: Some(case),
    };
    let listed = bench.with(|scene, now| possible(&about, scene, now));
    let can: Vec<&str> = listed
        .iter()
        .filter(|offer| offer.is_open())
        .map(|offer| offer.verb.word())
        .collect();
    assert_eq!(can, ["ack", "snooze", "note"]);
    bench.mode = Mode::Operating;
    let listed = bench.with(|scene, now| possible(&about, scene, now));
    let can: Vec<&str> = listed
        .iter()
        .filter(|offer| offer.is_open())
        .map(|offer| offer.verb.word())
        .collect();
    assert_eq!(
        can,
        [
            "reclaim", "skip", "hold", "ack", "snooze", "note", "handoff"
        ]
    );
}

#[test]
fn another_operators_work_is_named() {
    let mut bench = orphan();
    let mine = bench.order(Verb::Reclaim, "t");
    bench.operator = Operator {
        uid: 1001,
        tty: Some("tty3".to_owned()),
        ssh: None,
    };
    bench.done(Verb::Reclaim, "t");
    bench.later(Span::secs(3));
    assert_eq!(
        bench.carry_out(&mine),
        Err("uid 1001 on tty3 reclaimed this 3s ago".to_owned())
    );
}

#[test]
fn who_comes_second_is_told_who_was_faster() {
    let mut bench = orphan();
    let mine = bench.operator.clone();
    bench.operator = Operator {
        uid: 1001,
        tty: Some("tty3".to_owned()),
        ssh: None,
    };
    bench.done(Verb::Reclaim, "t");
    bench.later(Span::secs(3));
    let own = bench.refused(Verb::Reclaim, "t");
    assert!(!own.contains("uid 1001"), "{own}");
    bench.operator = mine;
    let why = bench.refused(Verb::Reclaim, "t");
    assert!(
        why.contains("(uid 1001 on tty3 reclaimed this 3s ago)"),
        "{why}"
    );
    bench.later(Span::mins(30));
    let later = bench.refused(Verb::Reclaim, "t");
    assert!(!later.contains("uid 1001"), "{later}");
}

#[test]
fn undo_is_refused_once_the_agent_went_on() {
    let mut bench = orphan();
    bench.done(Verb::Reclaim, "t");
    bench.agent_sets(
        "t",
        Member::Claim,
        &serde_json::json!({"by":"a","run":"r9","epoch":4}),
    );
    assert_eq!(
        bench.refused(Verb::Undo, "t"),
        "t was picked up since, by run r9"
    );
    bench.agent_sets(
        "t",
        Member::Claim,
        &serde_json::json!({"by":null,"epoch":4}),
    );
    bench.agent_sets("t", Member::Status, &"done".into());
    assert!(bench.refused(Verb::Undo, "t").contains("t is done now"));
}

#[test]
fn a_fleet_without_plans_has_its_own_commands_or_the_line_that_is_missing() {
    let world = Bench::agent().beats(&[
        "08:00 ok other run=r0",
        "09:00 running t run=r1",
        "09:05 failed t run=r1",
    ]);
    let mut bench = Bench::new(world, "").at("10:00");
    let why = bench.refused(Verb::Retry, "t");
    assert!(
        why.contains(r#"[agents.a.act]: retry = ["COMMAND", "{task}"]"#),
        "{why}"
    );
    bench = bench.act(ActKind::Retry, &["again", "{task}"]);
    let plan = bench.order(Verb::Retry, "t");
    assert_eq!(
        said(&plan).1,
        "code, outside",
        "nobody declared what it may do, or knows what it did"
    );
    assert!(matches!(plan.undo, Undoing::Never(_)));
}

#[test]
fn the_code_depends_on_what_was_seen_not_on_the_order() {
    let world = Bench::agent().beat("08:00 ok other run=r0");
    let task = r#"{"id":"t","tier":"mutating","reversible":false,"due":"2026-03-28T09:00:00Z"}"#;
    let mut bench = Bench::new(world, task).at("10:00");
    let code = |bench: &mut Bench| match bench.order(Verb::Retry, "t").level {
        Confirm::Code(code) => code,
        other => panic!("{other:?}"),
    };
    let first = code(&mut bench);
    assert_eq!(first, code(&mut bench));
    bench.agent_sets("t", Member::Attempt, &2.into());
    assert_ne!(first, code(&mut bench));
}

#[test]
fn a_bulk_leaves_out_what_needs_a_code_and_writes_itself_up() {
    let tasks = r#"{"id":"t","tier":"read-only","due":"2026-03-28T08:00:00Z"},{"id":"u","tier":"mutating","reversible":true,"due":"2026-03-28T08:30:00Z"},{"id":"v","tier":"read-only","due":"2026-03-28T09:00:00Z"},{"id":"w","due":"2026-03-28T09:10:00Z"}"#;
    let mut bench = Bench::new(Bench::agent().beat("07:00 ok other run=r0"), tasks).at("10:00");
    let planned = ["u", "w", "v", "t"].map(|task| {
        let request = bench.request(Verb::Retry, task).because("night");
        let plan = bench.plan(&request);
        (request, plan)
    });
    let bulk = bulk(planned.into_iter().collect());
    assert_eq!(
        bulk.sentence,
        "retry 3 orders: 2 read-only, 1 mutating, reversible; first a/t, a/v, a/u; 1 left out"
    );
    assert_eq!(bulk.stagger, Span(300));
    let fared = [Fared {
        request: bulk.plans[0].request.clone(),
        outcome: Ok("pending".to_owned()),
    }];
    let text = write_up(
        Some("night | shift"),
        &fared,
        &[bulk.plans[1].request.clone()],
    );
    assert!(
        text.starts_with("## 1 of 2 orders took effect\n\nReason: night \\| shift\n"),
        "{text}"
    );
    assert!(
        text.contains("| retry a/v | – stopped before it began | |"),
        "{text}"
    );
}

#[test]
fn what_a_plan_rests_on_is_looked_at_again_before_the_preview() {
    let mut bench = orphan();
    let plan = bench.order(Verb::Reclaim, "t");
    let bytes = bench.bytes.clone();
    let shown = preview(
        plan.clone(),
        &|_| Some((bytes.clone(), bench.ctx())),
        bench.world.now,
    )
    .unwrap();
    assert_eq!(shown.diff.len(), 5, "{:?}", shown.diff);
    let moved = String::from_utf8(bytes)
        .unwrap()
        .replace(r#""run":"r1""#, r#""run":"r7""#)
        .into_bytes();
    let refusal = preview(
        plan,
        &|_| Some((moved.clone(), bench.ctx())),
        bench.world.now,
    )
    .unwrap_err();
    assert_eq!(refusal.why, "run r7 holds its claim now");
}

#[test]
fn the_same_order_is_one_operation() {
    let mut bench = orphan();
    let request =
        Request::new(OpId::from("01SAME"), Verb::Reclaim, "a".into()).on(&TaskId::from("t"));
    let plan = bench.plan(&request).unwrap();
    bench.carry_out(&plan).unwrap();
    assert!(bench.text().contains("01SAME"));
    assert!(bench.carry_out(&plan).is_err(), "what it rests on is gone");
}
