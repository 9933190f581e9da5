use super::*;
use crate::domain::heartbeat::Stamp;
use crate::domain::retro::{Learned, Week};
use crate::domain::time::{Day, Zone};

fn week() -> Week {
    Week::of(Day::new(2026, 3, 25).unwrap(), Zone::UTC)
}

fn entry(
    kind: InsightKind,
    weeks_ago: i64,
    text: &str,
    tags: &[&str],
    done: Option<bool>,
) -> Insight {
    Insight {
        at: Stamp::exact(week().from + Span::days(1) - Span::days(7 * weeks_ago)),
        kind,
        text: Untrusted::from(text),
        tags: tags.iter().map(|tag| Untrusted::from(*tag)).collect(),
        done,
        line: 1,
    }
}

fn facts(entries: Vec<Insight>, before: Option<Vec<Untrusted>>) -> WeekFacts {
    let one = AgentWeek {
        agent: AgentId::from("social"),
        week: Tally::default(),
        before: Tally::default(),
        trend: Default::default(),
        heat: Box::default(),
        causes: Vec::new(),
        tags: Vec::new(),
        reckoning: Vec::new(),
        learned: Learned {
            file: Some(Untrusted::from("social/INSIGHTS.md")),
            entries,
            before,
            ..Learned::default()
        },
        cost_usd: None,
    };
    WeekFacts {
        week: week(),
        zone: Zone::UTC,
        at: week().to,
        agents: vec![one],
        note: None,
        last_note: None,
    }
}

#[test]
fn a_lesson_repeats_by_its_tag_or_by_its_words_in_three_weeks_of_four() {
    let didnt =
        |weeks, text: &str, tags: &[&str]| entry(InsightKind::Didnt, weeks, text, tags, None);
    let twice = facts(
        vec![didnt(0, "a", &["topic"]), didnt(1, "b", &["topic"])],
        None,
    );
    assert!(repeats(&twice).is_empty());
    let thrice = facts(
        vec![
            didnt(0, "pricing: 0 of 9", &["Topic"]),
            didnt(1, "other", &["#topic"]),
            didnt(3, "third", &["topic"]),
            didnt(4, "too old", &["other"]),
        ],
        None,
    );
    let found = repeats(&thrice);
    assert_eq!((found.len(), found[0].weeks), (1, 3));
    assert_eq!(found[0].what.exact(), "#topic");
    let words = facts(
        (0..3)
            .map(|n| didnt(n, &format!("{n} answers in {}", n + 7), &[]))
            .collect(),
        None,
    );
    assert_eq!(repeats(&words)[0].what.exact(), "0 answers in 7");
    let worked = facts(
        (0..4)
            .map(|n| entry(InsightKind::Worked, n, "x", &["t"], None))
            .collect(),
        None,
    );
    assert!(repeats(&worked).is_empty(), "what works may repeat");
}

#[test]
fn new_is_what_the_version_of_then_did_not_have() {
    let entries = vec![
        entry(InsightKind::Worked, 0, "fresh", &[], None),
        entry(
            InsightKind::Worked,
            3,
            "written late under an old date",
            &[],
            None,
        ),
        entry(InsightKind::Worked, 2, "old", &[], None),
    ];
    let kept = facts(entries.clone(), Some(vec![Untrusted::from("old")]));
    assert_eq!(new(&kept.agents[0], &kept).count(), 2);
    let lost = facts(entries, None);
    assert_eq!(new(&lost.agents[0], &lost).count(), 1);
    assert_eq!(rows(&lost)[0].insight, Insights::Unread(1));
    assert_eq!(read(&lost), (0, 1));
}

#[test]
fn changes_that_were_meant_and_never_ticked() {
    let change = |weeks, done| entry(InsightKind::Change, weeks, "drop pricing", &[], done);
    let found = undone(&facts(
        vec![
            change(2, Some(false)),
            change(3, Some(true)),
            change(0, Some(false)),
            change(4, None),
        ],
        None,
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].since, week().from + Span::days(1) - Span::days(14));
}

#[test]
fn advice_needs_two_bad_weeks() {
    let tally = |ok, failed, did| {
        let mut tally = Tally::default();
        (tally.runs.ok, tally.runs.failed, tally.counts.did) = (ok, failed, did);
        tally
    };
    assert_eq!(
        advice(&tally(1, 2, 1), &tally(1, 2, 1)),
        Some(Advice::Demote)
    );
    assert_eq!(advice(&tally(1, 2, 1), &tally(2, 2, 1)), None);
    assert_eq!(
        advice(&tally(9, 0, 0), &tally(9, 0, 0)),
        Some(Advice::Retire)
    );
    assert_eq!(advice(&tally(9, 0, 0), &tally(9, 0, 1)), None);
    assert_eq!(advice(&tally(0, 0, 0), &tally(0, 0, 0)), None);
}

#[test]
fn bars_of_eight_steps() {
    assert_eq!(eighths(None), 0);
    assert_eq!(
        (eighths(Some(0)), eighths(Some(50)), eighths(Some(100))),
        (1, 4, 8)
    );
}
