//! Operate and undo, at random: what was touched is back to the byte (the epoch alone moves on), or it is refused.

use super::bench::Bench;
use super::dice::{Dice, size};
use crate::domain::id::TaskId;
use crate::domain::time::Span;
use crate::ops::*;

/// Tasks in the states that verbs want, written as different fleets write them.
fn bench(dice: &mut Dice) -> Bench {
    let claim = dice.of(&[
        r#""status":"claimed","claim":{"by":"a","run":"r1","at":"2026-03-28T09:00:00Z","epoch":3,"lease_s":1800}"#,
        r#""claim" : { "epoch":3 ,"x":[1e2], "run":"r1","by":"a","at":"2026-03-28T09:00:00Z"}, "state":"claimed""#,
        r#""status":"claimed","claim":{"by":"a","run":"r1"}"#,
    ]);
    let held = dice.of(&[
        r#""held":{"since":"2026-03-28T08:00:00Z","why":"w"}"#,
        r#""held" : true, "z":0.10"#,
    ]);
    let attempt = dice.of(&["", r#""attempt":1,"#, r#""attempt": "2","#]);
    let flag = dice.of(&["", r#""flag":{"why":"old","by":"x"},"#, r#""flag":null,"#]);
    let task = dice.of(&[0, 1, 2, 3]);
    let text = match task {
        0 => {
            format!(r#"{{"id":"t","tier":"read-only",{flag}"due":"2026-03-28T09:00:00Z",{claim}}}"#)
        }
        1 => format!(r#"{{{attempt}"id":"t","tier":"read-only","due":"2026-03-28T09:00:00Z"}}"#),
        2 => format!(
            r#"{{"id":"t",{held},"due":"2026-03-28T12:00:00Z",{attempt}"tier":"append-only"}}"#
        ),
        _ => format!(
            r#"{{"status":"failed",{attempt}"id":"t",{flag}"tier":"mutating","reversible":true,"due":"2026-03-28T09:00:00Z"}}"#
        ),
    };
    let spread = dice.one_in(2);
    let text = if spread {
        text.replace(",\"", ",\n   \"")
            .replace("{\"id\"", "{\n   \"id\"")
    } else {
        text
    };
    let mut world = Bench::agent().beats(&["08:00 ok other run=r0"]);
    if task == 0 {
        world = world.beats(&[
            "09:00 running t run=r1",
            "10:00 running other run=r2",
            "10:05 ok other run=r2",
        ]);
    }
    if task == 3 {
        world = world.beat("09:05 failed t run=r1");
    }
    Bench::new(
        world,
        &format!(r#"{text},{{"id":"u","due":"2026-03-28T15:00:00Z"}}"#),
    )
    .at("11:00")
}

fn stands(bench: &Bench) -> Vec<(Member, Option<Raw>)> {
    splice::members(&bench.bytes, &TaskId::from("t")).expect("the task is there")
}

fn of(list: &[(Member, Option<Raw>)], member: Member) -> Option<&Raw> {
    list.iter()
        .find(|(known, _)| *known == member)
        .and_then(|(_, raw)| raw.as_ref())
}

fn epoch(raw: Option<&Raw>) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(raw?.text()).ok()?;
    Some(
        value
            .get("epoch")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0),
    )
}

/// Equal to the byte, but for the epoch, which only grows.
fn same_claim(before: Option<&Raw>, after: Option<&Raw>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            before == after
                || (splice::with_epoch(before, 0) == splice::with_epoch(after, 0)
                    && epoch(Some(after)) > epoch(Some(before)))
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[derive(Default)]
struct Tally {
    back: usize,
    refused: usize,
    not_ordered: usize,
}

/// One order, perhaps the agent in between, and its undo.
fn one(bench: &mut Bench, dice: &mut Dice, tally: &mut Tally, n: usize) {
    let verb = dice.of(&[
        Verb::Reclaim,
        Verb::Retry,
        Verb::Skip,
        Verb::Hold,
        Verb::Release,
    ]);
    let request = bench
        .request(verb, if dice.one_in(6) { "" } else { "t" })
        .because("ä \"b\"");
    let before = stands(bench);
    let Ok(plan) = bench.plan(&request) else {
        tally.not_ordered += 1;
        return;
    };
    bench.carry_out(&plan).expect("nobody was in between");
    bench.later(Span::secs(1 + dice.below(600) as i64));
    let meddled = dice.one_in(3).then(|| meddle(bench, dice, n));
    let mut undo = bench.request(Verb::Undo, "");
    undo.undoes = Some(plan.request.op.clone());
    let meddled_bytes = bench.bytes.clone();
    let outcome = bench
        .plan(&undo)
        .map_err(|refusal| refusal.why)
        .and_then(|plan| bench.carry_out(&plan));
    if let Err(why) = outcome {
        assert!(!why.is_empty());
        let same = bench.bytes == meddled_bytes;
        assert!(same, "what is refused changes nothing");
        tally.refused += 1;
        return;
    }
    let after = stands(bench);
    let text = bench.text();
    let touched = touched(&plan);
    if meddled.is_some_and(|member| touched.contains(&member)) {
        // Of a whole agent what was meddled with stays, and the rest comes back.
        assert!(
            plan.request.task.is_none(),
            "{n}: {} undid what the agent changed\n{text}",
            verb.word()
        );
        tally.refused += 1;
        return;
    }
    for member in [Member::Status, Member::Attempt, Member::Held, Member::Flag] {
        let same = meddled == Some(member) || of(&before, member) == of(&after, member);
        assert!(same, "{n}: {} {}\n{text}", verb.word(), member.word());
    }
    let claim = same_claim(of(&before, Member::Claim), of(&after, Member::Claim));
    assert!(
        claim || meddled == Some(Member::Claim),
        "{n}: {}\n{text}",
        verb.word()
    );
    tally.back += 1;
}

/// The agent, or another operator, changes something in between.
fn meddle(bench: &mut Bench, dice: &mut Dice, n: usize) -> Member {
    let (member, value) = match dice.below(3) {
        0 => (Member::Status, "running".into()),
        1 => (
            Member::Claim,
            serde_json::json!({"by":"a","run":"r77","epoch":40 + n}),
        ),
        _ => (
            Member::LastOp,
            serde_json::json!({"id":"01OTHER","verb":"skip"}),
        ),
    };
    bench.agent_sets("t", member, &value);
    member
}

/// What a plan writes into the task `t`.
fn touched(plan: &Plan) -> Vec<Member> {
    let edits = plan.changes.iter().filter_map(|change| match change {
        Change::Edit(edit) if edit.task.as_str() == "t" => Some(&edit.edit.0),
        Change::Edit(_)
        | Change::Rewrite(_)
        | Change::Append(_)
        | Change::Act(_)
        | Change::Ledger(_) => None,
    });
    edits.flatten().map(|(member, _)| *member).collect()
}

#[test]
fn what_is_taken_back_is_back_to_the_byte_or_refused() {
    let wanted = size(200, 10_000);
    let seed = 0x5eed_0002;
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    let mut n = 0;
    while tally.back + tally.refused < wanted {
        let mut bench = bench(&mut dice);
        for _ in 0..=dice.below(4) {
            one(&mut bench, &mut dice, &mut tally, n);
        }
        n += 1;
    }
    assert!(tally.back > wanted / 3 && tally.refused > wanted / 20);
    println!(
        "undo: {} orders and their undo: {} back to the byte, {} refused with a reason; seed {seed:#x}",
        tally.back + tally.refused,
        tally.back,
        tally.refused
    );
}
