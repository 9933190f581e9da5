use super::*;
use crate::domain::action::Tier;
use crate::domain::time::{Span, Ts};
use crate::parse::vocabulary::Vocabulary;

fn read_as(name: &str, text: &str) -> (Backlog, Vec<Diagnostic>) {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path: name,
        zone: Zone::UTC,
        modified: Ts(0),
        vocabulary: &vocabulary,
    };
    read(text.as_bytes(), &ctx)
}

fn only(name: &str, text: &str) -> Entry {
    let (mut backlog, doubts) = read_as(name, text);
    assert!(doubts.is_empty(), "{doubts:?}");
    assert_eq!(backlog.entries.len(), 1);
    backlog.entries.remove(0)
}

#[test]
fn a_line_of_a_checklist_gives_all_its_words() {
    let entry = only(
        "backlog.md",
        "- [ ] publish article tier:mutating resource:devto est:20m prio:1 due:friday rev:no uses:post=2,tag \
         after:draft repeat:mon,thu key:article @social jitter:10m\n",
    );
    let task = &entry.task;
    assert_eq!(task.id.as_str(), "publish-article");
    assert_eq!(task.title.as_ref().unwrap().exact(), "publish article");
    assert_eq!(task.tier, Some(Tier::Mutating));
    assert_eq!(task.reversible, Reversible::No);
    assert_eq!(task.resources[0].exact(), "devto");
    assert_eq!(task.estimate, Some(Span::mins(20)));
    assert_eq!(task.priority, Some(1));
    assert_eq!((task.uses[0].most, task.uses[1].most), (2, 1));
    assert_eq!(task.depends_on, [TaskId::from("draft")]);
    assert_eq!(task.key.as_ref().unwrap().exact(), "article");
    assert_eq!(task.jitter, Span::mins(10));
    assert_eq!(entry.agent, Some(AgentId::from("social")));
    assert_eq!(entry.deadline, Some(When::Weekday(4)));
    assert_eq!(entry.repeat, Repeat::Weekdays(0b000_1001));
}

#[test]
fn lists_headings_and_what_is_done() {
    let text = "# Backlog\nhours: 09:00-12:00, 13:00-18:00\ntz: Europe/Kyiv\n\n## social\n\
                - [x] old thing\n* [ ] new thing id:n1 not-a-key:x http://example.org\n  - [ ] every link works\n\
                1. [ ] third\n- no box\n";
    let (backlog, doubts) = read_as("backlog.md", text);
    assert!(doubts.is_empty(), "{doubts:?}");
    assert_eq!(backlog.hours.len(), 2);
    assert_eq!(backlog.zone, Zone::parse("Europe/Kyiv"));
    let ids: Vec<&str> = backlog.entries.iter().map(|e| e.task.id.as_str()).collect();
    assert_eq!(ids, ["old-thing", "n1", "third"]);
    assert_eq!(backlog.entries[0].task.status, TaskStatus::Done);
    assert_eq!(
        backlog.entries[1].section.as_ref().unwrap().exact(),
        "social"
    );
    assert_eq!(
        backlog.entries[1].task.title.as_ref().unwrap().exact(),
        "new thing not-a-key:x http://example.org"
    );
    assert_eq!(
        backlog.entries[1].task.done_criteria[0].exact(),
        "every link works"
    );
    assert_eq!(backlog.entries[1].task.line, 7);
}

#[test]
fn a_value_that_says_nothing_is_a_doubt_with_its_line() {
    let (backlog, doubts) = read_as(
        "backlog.md",
        "- [ ] a\n- [ ] b tier:wild est:soon\n- [ ] a\n",
    );
    assert_eq!(backlog.entries.len(), 2, "one id, one task");
    let kinds: Vec<DiagnosticKind> = doubts.iter().map(|d| d.kind).collect();
    assert_eq!(
        kinds,
        [DiagnosticKind::WrongType, DiagnosticKind::DuplicateId]
    );
    assert_eq!((doubts[0].line, doubts[1].line), (2, 3));
}

#[test]
fn json_with_all_its_names_or_as_a_bare_list() {
    let entry = only(
        "backlog.json",
        r#"{"hours":["09:00-18:00"],"tasks":[{"id":"a","title":"A","tier":"read-only","est_s":600,
           "uses":{"post":1},"not_before":"2026-03-29","deadline":"2026-03-30T12:00:00Z","depends_on":["b"],
           "repeat":"weekdays","done_criteria":["x"],"assignee":"social"}]}"#,
    );
    assert_eq!(entry.task.estimate, Some(Span::mins(10)));
    assert_eq!(
        entry.not_before,
        Some(When::Day(Day::new(2026, 3, 29).unwrap()))
    );
    assert!(matches!(entry.deadline, Some(When::At(_))));
    assert_eq!(entry.repeat, Repeat::Weekdays(0b001_1111));
    assert_eq!(entry.agent, Some(AgentId::from("social")));
    let bare = only("backlog.json", r#"[{"id":"a","due":"2026-04-01"}]"#);
    assert!(bare.task.due.is_none() && bare.deadline.is_some());
    let cron = only(
        "backlog.json",
        r#"{"items":[{"id":"a","cron":"0 9 * * 1"}]}"#,
    );
    assert_eq!(cron.repeat, Repeat::Cron(Untrusted::from("0 9 * * 1")));
    let strange = only(
        "backlog.json",
        r#"{"tasks":[{"id":"a","repeat":"every other blue moon"}]}"#,
    );
    assert!(matches!(strange.repeat, Repeat::Unclear(_)));
}

#[test]
fn what_is_torn_is_empty_and_said() {
    let (backlog, doubts) = read_as("backlog.json", r#"{"tasks":[{"id":"a"#);
    assert!(backlog.entries.is_empty());
    assert!(doubts[0].kind.is_damage());
}

#[test]
fn members_come_back_as_they_stand() {
    let text = br#"[{"id":"a", "n": 1.50, "deep": {"x": [1,  2]}, "t": "\u00e9"}]"#;
    let members = verbatim(text, 1).unwrap();
    let values: Vec<&str> = members.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["\"a\"", "1.50", "{\"x\": [1,  2]}", "\"\\u00e9\""]);
    assert_eq!(verbatim(text, 0), None, "a list is no object");
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(text in ".{0,400}", json in proptest::bool::ANY) {
        read_as(if json { "backlog.json" } else { "backlog.md" }, &text);
        read_as("backlog.md", &format!("- [ ] {text}"));
    }
}
