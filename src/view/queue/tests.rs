use super::*;
use crate::domain::offer::About;
use crate::domain::time::Span;
use crate::view::{fixture, pulse};
use std::sync::Arc;

fn told(kind: FindingKind, severity: Severity, agent: &str, task: Option<&str>) -> Told {
    let first = (*fixture::fleet().findings[0]).clone();
    let finding = Finding {
        kind,
        severity,
        agent: agent.into(),
        task: task.map(TaskId::from),
        ..first
    };
    Told::at_once(&Arc::new(finding), fixture::now())
}

fn fleet(told: Vec<Told>) -> Fleet {
    Fleet {
        told,
        ..fixture::fleet()
    }
}

#[test]
fn critical_first_then_what_reaches_furthest_then_what_lasts_longest() {
    let fleet = fixture::fleet();
    let queue = queue(&fleet, fleet.at);
    let subjects: Vec<String> = queue.calls.iter().map(subject).collect();
    assert_eq!(
        subjects,
        [
            "publisher/newsletter",
            "drafter/digest",
            "publisher/publish-article",
            "mail-bot"
        ]
    );
    let first = row(&queue.calls[0], &fleet, fleet.at);
    assert_eq!((first.blast, first.age.as_str()), ("irreversible", "1h08"));
    assert!(first.what.starts_with("failed twice"), "{}", first.what);
}

#[test]
fn the_header_counts_the_lines_of_the_queue_and_names_the_first() {
    let fleet = fixture::fleet();
    let queue = queue(&fleet, fleet.at);
    let pulse = pulse::pulse(&fleet, fleet.at);
    assert_eq!(count(&fleet, fleet.at), queue.calls.len());
    assert_eq!(pulse.verdict, format!("{} need you", queue.calls.len()));
    assert!(
        pulse.worst.contains(&queue.calls[0].lead().sentence),
        "{}",
        pulse.worst
    );
}

#[test]
fn one_cause_is_one_line() {
    use FindingKind as Kind;
    let fleet = fleet(vec![
        told(Kind::AgentStale, Severity::Warning, "mail-bot", None),
        told(
            Kind::WalIncomplete,
            Severity::Critical,
            "mail-bot",
            Some("inbox"),
        ),
        told(Kind::Lock, Severity::Warning, "mail-bot", None),
        told(Kind::Failed, Severity::Warning, "mail-bot", Some("report")),
        told(
            Kind::WalIncomplete,
            Severity::Critical,
            "publisher",
            Some("post"),
        ),
        told(
            Kind::FailureStreak,
            Severity::Critical,
            "publisher",
            Some("post"),
        ),
        told(Kind::DamagedFile, Severity::Warning, "audit", None),
        told(Kind::DamagedFile, Severity::Warning, "social", None),
        told(Kind::Late, Severity::Info, "social", Some("x")),
    ]);
    let queue = queue(&fleet, fleet.at);
    let mut lines: Vec<(String, usize)> = queue
        .calls
        .iter()
        .map(|group| (subject(group), group.cases.len()))
        .collect();
    lines.sort();
    let expected = [
        ("audit, social", 2),
        ("mail-bot", 3),
        ("mail-bot/report", 1),
        ("publisher/post", 2),
    ];
    assert_eq!(lines, expected.map(|(name, n)| (name.to_owned(), n)));
    assert_eq!(count(&fleet, fleet.at), 4);
}

#[test]
fn what_was_said_leaves_the_count_and_stays_visible() {
    let mut fleet = fixture::fleet();
    fleet.told[0].said = Some(Said::Acknowledged);
    fleet.told[1].said = Some(Said::SnoozedUntil(fleet.at + Span::HOUR));
    let now = queue(&fleet, fleet.at);
    assert_eq!((now.calls.len(), now.aside.len()), (2, 2));
    let row = row(&now.aside[1], &fleet, fleet.at);
    assert!(
        row.what.starts_with("snoozed until 08:10: "),
        "{}",
        row.what
    );
    let later = queue(&fleet, fleet.at + Span::HOUR);
    assert_eq!((later.calls.len(), later.aside.len()), (3, 1));
}

#[test]
fn the_detail_has_proof_limit_source_and_what_clears_it() {
    let mut fleet = fixture::fleet();
    fleet.told[1].at = fleet.told[1].finding.since + Span::mins(3);
    let queue = queue(&fleet, fleet.at);
    let subject = About {
        agent: queue.calls[1].lead().agent.clone(),
        task: queue.calls[1].task().cloned(),
        slot: None,
        case: None,
    };
    let lines = about(
        &queue.calls[1],
        &fixture::offers(&subject),
        &fleet,
        fleet.at,
    );
    let text: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line.label, line.text))
        .collect();
    let text = text.join("\n");
    for wanted in [
        "55m critical: digest skipped silently",
        "06:15:00 drafter/heartbeat.jsonl:212",
        "limit 06:00 + 15m grace (default)",
        "since 06:15, told once the limit had passed; told here 06:18, 3m later",
        "clears when digest runs",
    ] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
}
