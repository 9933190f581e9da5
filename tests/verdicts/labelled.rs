//! Every labelled history is judged just before and just after its limit.

use std::sync::Arc;

use crate::detect::judge_fleet;
use crate::domain::fleet::Health;
use crate::domain::id::TaskId;
use crate::domain::time::{Span, Ts};
use crate::is_large;
use crate::labels::{LABELS, Label};
use crate::made::Rng;
use crate::scenario::Scenario;

fn stands(label: &Label, now: Ts) -> bool {
    let mut history = label.history.clone();
    history.now = now;
    history.sight.last_look = now;
    let judged = vec![Arc::new(history.judge())];
    let fleet = judge_fleet(
        judged,
        &history.sight,
        now,
        &history.policy,
        Health::default(),
        now,
    );
    fleet.findings.iter().any(|found| {
        let task = found.task.as_ref().map(TaskId::as_str);
        found.kind == label.kind && task == label.task && found.since == label.since
    })
}

#[test]
fn labelled_histories_are_judged_as_labelled() {
    let histories = if is_large() { 12_000 } else { 240 };
    let mut rng = Rng(7);
    let (mut found, mut early) = (0, 0);
    for i in 0..histories {
        let label = LABELS[i % LABELS.len()](&mut rng);
        if stands(&label, label.after) {
            found += 1;
        } else {
            println!(
                "  not found: {} since {} at {} (history {i})",
                label.kind.word(),
                label.since.rfc3339(),
                label.after.rfc3339()
            );
        }
        if stands(&label, label.before) {
            early += 1;
            println!(
                "  too early: {} since {} at {} (history {i})",
                label.kind.word(),
                label.since.rfc3339(),
                label.before.rfc3339()
            );
        }
    }
    println!("labelled histories: {found} of {histories} found, {early} too early (seed 7)");
    assert_eq!(found, histories, "not found");
    assert_eq!(early, 0, "too early");
}

/// States and findings, without the ages in their sentences.
fn judged(history: &Scenario, now: Ts) -> (Vec<String>, Option<Ts>) {
    let mut history = history.clone();
    history.now = now;
    history.sight.last_look = now;
    let judged = history.judge();
    let mut told: Vec<String> = judged.findings.iter().map(|found| found.id()).collect();
    told.push(judged.view.state.word().to_owned());
    told.push(judged.view.row.word().to_owned());
    told.extend(
        judged
            .view
            .tasks
            .iter()
            .map(|task| format!("{} {}", task.id, task.state.word())),
    );
    (told, judged.view.reasoning.changes_at)
}

#[test]
fn nothing_changes_before_it_was_announced() {
    let histories = if is_large() { 3_000 } else { 120 };
    let mut rng = Rng(11);
    let mut checked = 0;
    for i in 0..histories {
        let label = LABELS[i % LABELS.len()](&mut rng);
        let mut now = label.before - Span::mins(rng.within(0, 90));
        for _ in 0..8 {
            let (told, changes_at) = judged(&label.history, now);
            let next = changes_at.expect("it is looked at on the hour");
            assert!(next > now);
            // New facts are another matter: a line that comes meanwhile is one.
            let arrives = label.history.facts.beats.iter().map(|beat| beat.at);
            let steps = label.history.facts.steps.iter().map(|fact| fact.step.at.at);
            let plans = label.history.facts.plans.iter().map(|plan| plan.known);
            let news = arrives
                .chain(steps)
                .chain(plans)
                .filter(|&at| at > now)
                .min();
            let until = news.map_or(next, |news| news.min(next)) - Span(1);
            assert_eq!(
                judged(&label.history, until).0,
                told,
                "history {i} ({}) changed between {} and {}",
                label.kind.word(),
                now.rfc3339(),
                until.rfc3339()
            );
            checked += 1;
            now = until + Span(1);
        }
    }
    println!("announced changes: {checked} stretches without a surprise (seed 11)");
}
