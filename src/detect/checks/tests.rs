//! Every finding just before and just after its limit.

mod files;
mod runs;
mod steps;

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
    newest.tasks[0].handoff = Some(Box::new(Handoff {
        to: Some("b".into()),
        at: None,
    }));
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
        std::sync::Arc::make_mut(&mut version.plan).tasks[0].last_op = Some(Box::new(LastOp {
            id: "01X".into(),
            verb: "retry".into(),
            uid: None,
            tty: None,
            at: Some(asked),
            steps: Vec::new(),
        }));
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
    std::sync::Arc::make_mut(&mut base.facts.plans[0].plan).tasks[0].flag = Some(Box::new(Flag {
        why: Some("sent twice".into()),
        by: None,
        at: Some(at),
        op: None,
    }));
    assert!(has(&base, "flagged t"));
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
