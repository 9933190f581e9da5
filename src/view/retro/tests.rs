use super::*;
use crate::domain::heartbeat::Stamp;
use crate::domain::id::TaskId;
use crate::domain::insight::{Insight, InsightKind};
use crate::domain::retro::{Delay, Learned, RetroSaid, Trouble, Verdict, VerdictKind, Week};
use crate::domain::text::Untrusted;
use crate::domain::time::{Day, Span, Ts, Zone};

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
        learned: Learned {
            file: Some(Untrusted::from("social/INSIGHTS.md")),
            entries,
            before,
            ..Learned::default()
        },
        ..AgentWeek::new(AgentId::from("social"))
    };
    WeekFacts {
        week: week(),
        zone: Zone::UTC,
        at: week().to,
        agents: vec![one],
        said: RetroSaid::default(),
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
fn advice_needs_two_bad_weeks_or_three_failures_in_a_row() {
    let tally = |ok, failed, did| {
        let mut tally = Tally::default();
        (tally.runs.ok, tally.runs.failed, tally.counts.did) = (ok, failed, did);
        tally
    };
    let advised = |week: Tally, before: Tally| {
        let mut one = AgentWeek::new(AgentId::from("social"));
        (one.week, one.before) = (week, before);
        one
    };
    let said = |week, before| advice(&advised(week, before));
    assert_eq!(said(tally(1, 2, 1), tally(1, 2, 1)), Some(Advice::Demote));
    assert_eq!(said(tally(1, 2, 1), tally(2, 2, 1)), None);
    assert_eq!(said(tally(9, 0, 0), tally(9, 0, 0)), Some(Advice::Retire));
    assert_eq!(said(tally(9, 0, 0), tally(9, 0, 1)), None);
    assert_eq!(said(tally(0, 0, 0), tally(0, 0, 0)), None);
    let mut streak = advised(tally(9, 3, 1), tally(9, 0, 1));
    streak.troubles.push(Trouble {
        case: String::new(),
        kind: FindingKind::FailureStreak,
        task: None,
        since: Ts(0),
        sentence: String::new(),
        proof: None,
    });
    assert_eq!(advice(&streak), Some(Advice::Demote));
}

#[test]
fn the_delay_of_detection_names_its_median_and_its_worst() {
    let mut one = AgentWeek::new(AgentId::from("social"));
    let delay = |minutes| Delay {
        kind: FindingKind::Missed,
        task: Some(TaskId::from("digest")),
        since: Ts(0),
        told: Ts(0) + Span::mins(minutes),
    };
    one.delays = [3 * 24 * 60, 4, 9].map(delay).to_vec();
    let found = detection(std::iter::once(&one)).unwrap();
    assert_eq!(
        (found.cases, found.median, found.worst),
        (3, Span::mins(9), Span::days(3))
    );
    assert_eq!(found.says(), "median 9m, worst 3d (social/digest, missed)");
    assert!(!found.is_same_day());
    assert_eq!(detection(std::iter::empty()), None);
}

#[test]
fn a_gap_that_was_closed_comes_last_and_says_why() {
    let mut facts = crate::view::fixture::week();
    let first = gaps(&facts)[0].clone();
    let verdict = Verdict {
        kind: VerdictKind::Closed,
        why: Untrusted::from("the relay was down"),
    };
    facts.said.verdicts.insert(first.id(), verdict);
    let all = gaps(&facts);
    assert_eq!(all.len(), 2);
    assert!(!all[0].is_closed() && all[1].is_closed());
    assert_eq!(all[1].said().as_deref(), Some("closed: the relay was down"));
}

#[test]
fn what_a_thing_done_cost() {
    assert_eq!(per_output(2_000_000, 4), Some(0.5));
    assert_eq!(per_output(0, 4), None, "nothing is logged");
    assert_eq!(per_output(2_000_000, 0), None);
}

#[test]
fn what_is_new_in_a_file_is_marked_line_by_line() {
    let facts = crate::view::fixture::week();
    let passages = passages(&facts.agents[0], &facts);
    let new: Vec<bool> = passages.iter().map(|passage| passage.is_new).collect();
    assert_eq!(new, [false, false, false, true, false, true]);
}

#[test]
fn a_code_that_was_attached_is_counted() {
    let mut facts = crate::view::fixture::week();
    assert_eq!(codes(&facts), []);
    let code = crate::domain::failure::Code::RepeatsSteps;
    for name in ["publisher-twice", "social-twice", "of another week"] {
        facts.said.codes.insert(name.to_owned(), code);
    }
    assert_eq!(codes(&facts), [(code, 2)]);
    let offered = offers(FindingKind::DuplicateAction);
    assert_eq!((offered[0].code, offered.len()), (code, 14));
}

#[test]
fn bars_of_eight_steps() {
    assert_eq!(eighths(None), 0);
    assert_eq!(
        (eighths(Some(0)), eighths(Some(50)), eighths(Some(100))),
        (1, 4, 8)
    );
}
