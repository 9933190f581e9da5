//! Every kind of finding says what it must: a sentence about this very case, evidence with its place, the limit and where that
//! comes from, and what would clear it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::detect::judge_fleet;
use crate::domain::facts::FileState;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::fleet::Health;
use crate::domain::id::TaskId;
use crate::domain::time::{Day, Span, Ts};
use crate::files::CASES;
use crate::folder::Folder;
use crate::labels::LABELS;
use crate::made::Rng;
use crate::scenario::Scenario;

/// What is missing of a finding.
fn lacks(found: &Finding) -> Option<&'static str> {
    let own = [
        Some(found.agent.as_str()),
        found.task.as_ref().map(TaskId::as_str),
    ];
    let own = own
        .into_iter()
        .flatten()
        .any(|name| found.sentence.contains(name));
    if !own && !found.sentence.contains(|c: char| c.is_ascii_digit()) {
        return Some("a sentence about this very case");
    }
    if found
        .threshold
        .as_ref()
        .is_none_or(|limit| limit.text.is_empty())
    {
        return Some("its limit");
    }
    if found.clears.is_empty() {
        return Some("what clears it");
    }
    let whole = |proof: &crate::domain::finding::Evidence| {
        proof.locus.line > 0
            && !proof.text.is_empty()
            && !proof.file.is_empty()
            && proof.file.exact() != "?"
    };
    if found.evidence.is_empty() {
        return Some("evidence");
    }
    (!found.evidence.iter().all(whole)).then_some("the place of its evidence")
}

fn judged(history: &Scenario, now: Ts) -> Vec<Arc<Finding>> {
    let mut history = history.clone();
    history.now = now;
    if history.sight.last_look == Ts::default() {
        history.sight.last_look = now;
    }
    let one = vec![Arc::new(history.judge())];
    judge_fleet(
        one,
        &history.sight,
        now,
        &history.policy,
        Health::default(),
        now,
    )
    .findings
}

/// Kinds that files of the past cannot show.
fn made_up() -> Vec<Arc<Finding>> {
    let base = || Scenario::agent("x").every("06:00", "12:00", 30, "ok base did=2");
    let mut found = Vec::new();
    let mut take = |history: &Scenario, at: &str| found.extend(judged(history, history.time(at)));
    take(&base(), "13:10");
    let mut lengths = base();
    for minute in 0..10 {
        lengths = lengths.beat(&format!("10:{:02} ok long dur=60 did=1", minute * 2));
    }
    take(&lengths.beat("11:00 ok long dur=900 did=1"), "12:01");
    take(&base().beat("12:10 ok base did=1 clock=off"), "12:20");
    let mut blind = base();
    blind.sight.last_look = blind.time("11:00");
    blind.sight.period = Span::secs(2);
    take(&blind, "12:10");
    for (file, state) in [
        (
            0,
            FileState::Unreadable {
                since: base().time("12:00"),
                what: "no permission".to_owned(),
            },
        ),
        (
            2,
            FileState::Unreadable {
                since: base().time("12:00"),
                what: "no permission".to_owned(),
            },
        ),
        (
            1,
            FileState::Gone {
                since: base().time("12:00"),
            },
        ),
    ] {
        let mut history = base();
        history.facts.files[file].state = state;
        take(&history, "12:10");
    }
    let conflict = base()
        .beat("12:05 running t run=r")
        .step("12:06 r s1 done task=t do=send target=x")
        .step("12:07 r s1 done task=t do=send target=y");
    take(&conflict, "12:10");
    let link = base()
        .plan(&["fetch due=10:00", "write due=11:00 after=fetch"])
        .beat("10:05 ok fetch dur=60 did=1");
    take(&link, "12:10");
    let lint = base()
        .replan_of(
            1,
            "08:00",
            &["a due=+1d_09:00 uses=post", "b due=+1d_10:00 uses=post"],
        )
        .limit("post", 1);
    take(&lint, "12:10");
    found
}

#[test]
fn every_kind_says_what_when_why_and_what_clears_it() {
    let mut seen: BTreeSet<FindingKind> = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    let mut look = |found: Vec<Arc<Finding>>, whence: &str| {
        for one in found {
            seen.insert(one.kind);
            if let Some(what) = lacks(&one) {
                wrong.insert(format!(
                    "{} ({whence}) lacks {what}: {}",
                    one.kind.word(),
                    one.sentence
                ));
            }
        }
    };
    let day = Day::new(2026, 3, 18).expect("a day");
    for (name, make) in CASES {
        let case = make(Folder::new("Europe/Kyiv", day));
        let state = tempfile::tempdir().expect("a state folder");
        for (at, _) in &case.moments {
            look(case.fleet.found(state.path().to_owned(), *at), name);
        }
    }
    let mut rng = Rng(3);
    for make in LABELS {
        let label = make(&mut rng);
        look(judged(&label.history, label.after), "made up");
    }
    look(made_up(), "made up");
    look(rewritten(), "rewritten");
    look(asleep(), "asleep");
    look(together(), "together");
    let unseen: Vec<&str> = FindingKind::ALL
        .iter()
        .filter(|kind| !seen.contains(kind))
        .map(|kind| kind.word())
        .collect();
    assert_eq!(unseen, Vec::<&str>::new(), "kinds that nothing shows");
    assert_eq!(wrong, BTreeSet::new());
}

/// A plan that takes back another writer's change, a recurring task that is gone.
fn rewritten() -> Vec<Arc<Finding>> {
    let history = Scenario::agent("x")
        .every("06:00", "12:00", 30, "ok base did=2")
        .replan("06:00", &["a due=14:00", "b due=15:00"]);
    let made = history.facts.plans[0].plan.generated;
    let mut history = history
        .replan(
            "08:00",
            &[
                "a due=14:00 status=claimed run=q claimed=08:00 lease=9h",
                "b due=15:00",
            ],
        )
        .replan("09:00", &["a due=14:00", "b due=15:00 status=skipped"]);
    for version in &mut history.facts.plans {
        Arc::make_mut(&mut version.plan).generated = made;
    }
    let mut found = judged(&history, history.time("09:30"));
    let gone = Scenario::agent("x")
        .every("06:00", "12:00", 30, "ok base did=2")
        .standing(&["base cron=0_*_*_*_*", "old cron=0_9_*_*_*"]);
    let mut gone = gone.replan("09:00", &["base cron=0_*_*_*_*"]);
    for version in &mut gone.facts.plans {
        Arc::make_mut(&mut version.plan).date = None;
    }
    found.extend(judged(&gone, gone.time("09:30")));
    found
}

fn asleep() -> Vec<Arc<Finding>> {
    let mut history = Scenario::agent("x")
        .every("-1d 06:00", "-1d 23:00", 60, "ok base did=2")
        .plan(&["t due=03:00"]);
    let sleep = (history.time("02:00"), history.time("07:00"));
    history.sight.gaps.push(sleep);
    history.sight.sleeps.push(sleep);
    let now = history.time("07:30");
    judged(&history, now)
}

/// Many that fall silent at once, through their files.
fn together() -> Vec<Arc<Finding>> {
    let day = Day::new(2026, 3, 18).expect("a day");
    let mut fleet = Folder::new("UTC", day);
    let end = fleet.at("10:00");
    for (i, agent) in ["a", "b", "c"].into_iter().enumerate() {
        for ten in -60..=0 {
            let start = end + Span::mins(10 * ten) + Span::mins(i as i64);
            fleet.run(agent, "poll", start, "ok", &json!({"did": ["x"]}));
        }
    }
    let state = tempfile::tempdir().expect("a state folder");
    fleet.found(state.path().to_owned(), end + Span::HOUR)
}
