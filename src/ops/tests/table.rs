//! The whole table: tier × what is known × what a look finds × where the run died.

use super::bench::{Bench, said};
use crate::domain::fleet::TaskState;
use crate::ops::*;

const TIERS: [(&str, &str); 5] = [
    ("read-only", r#""tier":"read-only","#),
    ("append-only", r#""tier":"append-only","#),
    ("reversible", r#""tier":"mutating","reversible":true,"#),
    ("irreversible", r#""tier":"mutating","reversible":false,"#),
    ("undeclared", ""),
];

/// Where the run died, as lines of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Died {
    NeverBegan,
    BeforeTheStep,
    AfterTheIntent,
    AfterTheFailure,
    AfterTheDeed,
}

const DIED: [Died; 5] = [
    Died::NeverBegan,
    Died::BeforeTheStep,
    Died::AfterTheIntent,
    Died::AfterTheFailure,
    Died::AfterTheDeed,
];

fn bench(tier: &str, died: Died) -> Bench {
    // The first step is done in every case but the first, so that the log of steps is known to be kept.
    let mut world = Bench::agent()
        .beats(&["07:00 ok other run=r0"])
        .step("07:00 r0 s0 done key=k0 task=other tier=read-only");
    if died != Died::NeverBegan {
        world = world
            .beat("10:00 running t run=r1")
            .step("10:01 r1 s1 done key=k1 task=t tier=read-only");
    }
    world = match died {
        Died::NeverBegan | Died::BeforeTheStep => world,
        Died::AfterTheIntent => world.step("10:02 r1 s2 intended key=k2 task=t"),
        Died::AfterTheFailure => world
            .step("10:02 r1 s2 intended key=k2 task=t")
            .step("10:03 r1 s2 failed key=k2 task=t"),
        Died::AfterTheDeed => world
            .step("10:02 r1 s2 intended key=k2 task=t")
            .step("10:03 r1 s2 done key=k2 task=t"),
    };
    if died != Died::NeverBegan {
        world = world.beat("10:05 failed t run=r1 failed=1");
    }
    let task = format!(r#"{{"id":"t",{tier}"due":"2026-03-28T10:00:00Z","status":"pending"}}"#);
    Bench::new(world, &task).at("11:00").pre_check("t")
}

/// What the table says.
fn expected(tier: &str, died: Died, found: Option<Outcome>) -> &'static str {
    // What was never begun, or is known to have failed, needs no look.
    let certain = matches!(
        died,
        Died::NeverBegan | Died::BeforeTheStep | Died::AfterTheFailure | Died::AfterTheDeed
    );
    // The whole task is what is left where every step is done: its rest was not begun.
    match (tier, certain, found) {
        ("read-only", _, _) => "none",
        ("append-only" | "reversible", true, _)
        | ("append-only" | "reversible", false, Some(Outcome::Absent)) => "y",
        (_, false, None) => "look",
        (_, false, Some(Outcome::Present)) => "done already",
        ("append-only" | "reversible", false, Some(_)) => "refused",
        // Its intent lies within the last day: it may have been done.
        (_, false, Some(_)) => "code, outside",
        (_, true, _) => "code",
    }
}

fn verdict(bench: &mut Bench) -> String {
    let request = bench.request(Verb::Retry, "t").because("because");
    match bench.plan(&request) {
        Ok(plan) => said(&plan).1.to_owned(),
        Err(refusal) if refusal.asks == Some(Ask::Check) => "look".to_owned(),
        Err(refusal) if refusal.why.contains("done already") => "done already".to_owned(),
        Err(_) => "refused".to_owned(),
    }
}

#[test]
fn every_row_of_the_table_holds() {
    let mut cases = 0;
    for (tier, members) in TIERS {
        for died in DIED {
            for found in [
                None,
                Some(Outcome::Present),
                Some(Outcome::Absent),
                Some(Outcome::Unknown),
                Some(Outcome::TimedOut),
            ] {
                let mut bench = bench(members, died);
                if let Some(found) = found {
                    bench.found("k2", found);
                }
                assert_eq!(
                    verdict(&mut bench),
                    expected(tier, died, found),
                    "{tier}, {died:?}, {found:?}"
                );
                cases += 1;
            }
        }
    }
    println!("tiers: {cases} cases of tier × crash point × outside, all as the table says");
}

#[test]
fn what_has_to_be_looked_up_is_named_and_nothing_else() {
    for (tier, members) in TIERS {
        for died in DIED {
            let mut bench = bench(members, died);
            let request = bench.request(Verb::Retry, "t").because("because");
            let checks = bench.with(|scene, now| checks(&request, scene, now));
            let looks = expected(tier, died, None) == "look";
            assert_eq!(!checks.is_empty(), looks, "{tier}, {died:?}");
            for check in checks {
                assert_eq!(check.key, "k2");
                let How::Run(command) = check.how else {
                    panic!("a pre-check is declared");
                };
                assert_eq!(command.argv, ["is-done", "k2"]);
            }
        }
    }
}

#[test]
fn an_old_answer_is_no_answer() {
    let mut bench = bench(TIERS[2].1, Died::AfterTheIntent);
    bench.found("k2", Outcome::Absent);
    assert_eq!(verdict(&mut bench), "y");
    bench.later(crate::domain::time::Span::mins(3));
    assert_eq!(verdict(&mut bench), "look");
}

#[test]
fn an_answer_is_gone_once_somebody_wrote_a_word_of_the_task() {
    let mut bench = bench(TIERS[2].1, Died::AfterTheIntent);
    bench.found("k2", Outcome::Absent);
    bench.later(crate::domain::time::Span::secs(20));
    assert_eq!(verdict(&mut bench), "y");
    bench.world = bench.world.clone().beat("11:00:10 failed t run=r1");
    // Behind the pause that a failure asks for, while the answer would still hold.
    bench.later(crate::domain::time::Span::secs(80));
    assert_eq!(verdict(&mut bench), "look");
}

#[test]
fn done_steps_are_not_asked_for_again() {
    let mut bench = bench(TIERS[2].1, Died::AfterTheIntent);
    bench.found("k2", Outcome::Absent);
    let plan = bench.done(Verb::Retry, "t");
    assert_eq!(plan.blast.left_out, 1);
    assert!(
        bench.text().contains(r#""steps": ["s2"]"#) || bench.text().contains(r#""steps":["s2"]"#),
        "{}",
        bench.text()
    );
    assert_eq!(bench.state("t"), TaskState::AwaitingAgent);
}

#[test]
fn without_a_pre_check_the_missing_line_is_named() {
    let mut bench = bench(TIERS[2].1, Died::AfterTheIntent);
    bench.acts = crate::domain::act::Acts::default();
    let why = bench.refused(Verb::Retry, "t");
    assert!(
        why.contains("nobody knows whether s2 (k2) was done"),
        "{why}"
    );
    assert!(
        why.contains(r#"[agents.a.precheck] t = ["COMMAND", "{key}"]"#),
        "{why}"
    );
}

#[test]
fn irreversible_work_needs_a_reason() {
    let mut bench = bench(TIERS[3].1, Died::NeverBegan);
    let request = bench.request(Verb::Retry, "t");
    let refusal = bench.plan(&request).unwrap_err();
    assert_eq!(refusal.asks, Some(Ask::Reason));
    let plan = bench.plan(&request.because("the list was wrong")).unwrap();
    let Confirm::Code(code) = &plan.level else {
        panic!("a code is needed");
    };
    let yes = Answer {
        yes: true,
        ..Answer::default()
    };
    assert!(
        plan.level.admits(&yes).is_err(),
        "yes alone is never enough"
    );
    let typed = Answer {
        code: Some(code.text().to_ascii_lowercase()),
        ..Answer::default()
    };
    assert!(plan.level.admits(&typed).is_ok());
}

#[test]
fn done_twice_within_a_day_is_refused() {
    let world = Bench::agent()
        .step("05:58 r1 s3 done key=news task=t tier=mutating rev=no")
        .step("06:02 r2 s3 done key=news task=t tier=mutating rev=no")
        .beat("06:03 failed t run=r2 failed=1");
    let task = r#"{"id":"t","key":"news","tier":"mutating","reversible":false,"due":"2026-03-28T06:00:00Z"}"#;
    let mut bench = Bench::new(world, task).at("07:10");
    let why = bench.refused(Verb::Retry, "t");
    assert!(why.contains("done 2 times already"), "{why}");
}

#[test]
fn backoff_then_quarantine_then_release() {
    let task = r#"{"id":"t","tier":"read-only","due":"2026-03-28T08:00:00Z","status":"pending"}"#;
    let mut bench = Bench::new(
        Bench::agent().beats(&["07:00 ok other run=r0", "08:00 failed t run=r1"]),
        task,
    )
    .at("08:00:30");
    assert!(
        bench
            .refused(Verb::Retry, "t")
            .contains("attempt 1 of 3 has to wait 1m")
    );
    for (n, (asked, failed, early)) in [
        ("08:02", "08:03", "08:04"),
        ("08:10", "08:11", "08:20"),
        ("08:40", "08:41", "09:00"),
    ]
    .into_iter()
    .enumerate()
    {
        bench = bench.at(asked);
        let plan = bench.done(Verb::Retry, "t");
        assert!(
            plan.sentence.contains(&format!("attempt {} of 3", n + 1)),
            "{}",
            plan.sentence
        );
        assert_eq!(bench.state("t"), TaskState::AwaitingAgent);
        bench.world = bench
            .world
            .clone()
            .beat(&format!("{failed} failed t run=r{}", n + 2))
            .at(early);
        let why = bench.refused(Verb::Retry, "t");
        assert!(
            if n < 2 {
                why.contains("has to wait")
            } else {
                why.contains("quarantined")
            },
            "{why}"
        );
    }
    bench = bench.at("10:00");
    bench.done(Verb::Hold, "t");
    bench = bench.at("10:01");
    bench.done(Verb::Release, "t");
    bench.world = bench
        .world
        .clone()
        .beat("10:05 failed t run=r9")
        .at("10:10");
    assert!(
        bench
            .order(Verb::Retry, "t")
            .sentence
            .contains("attempt 1 of 3")
    );
}
