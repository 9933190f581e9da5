use super::*;
use crate::domain::heartbeat::RunStatus;
use crate::domain::time::{Ts, Zone};
use crate::parse::{Reader, log};

fn beats(path: &str, text: &str) -> Vec<Heartbeat<'static>> {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: Ts(0),
        vocabulary: &vocabulary,
    };
    let chunk = Chunk::whole(text.as_bytes());
    let parsed = log(Reader::Markdown, chunk, &ctx);
    let each = parsed.records.into_iter().map(|r| match r.body {
        Body::Beat(beat) => beat,
        Body::Step(_) | Body::Insight(_) => panic!("a beat"),
    });
    each.collect()
}

fn brief(path: &str, text: &str) -> Vec<(String, RunStatus)> {
    beats(path, text)
        .iter()
        .map(|b| (b.at.at.rfc3339(), b.status))
        .collect()
}

#[test]
fn a_heading_with_a_time_and_fields_below() {
    let list = beats(
        "heartbeat-log.md",
        "## Heartbeat Log (2026-03-24 09:16)\n**状态**: SUCCESS\n### Added things:\n- one\n- two\n- none\n",
    );
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].at.at.rfc3339(), "2026-03-24T09:16:00Z");
    assert_eq!((list[0].status, list[0].did.count), (RunStatus::Ok, 2));
}

#[test]
fn a_date_alone_is_in_force_below() {
    let text = "## 2026-02-02\n### Launch\n- **Time**: ~08:00 UTC\n- **Status**: ✅ Complete\n### Other\n- **Time**: 09:30\n- **Status**: ❌\n";
    assert_eq!(
        brief("activity.md", text),
        [
            ("2026-02-02T08:00:00Z".into(), RunStatus::Ok),
            ("2026-02-02T09:30:00Z".into(), RunStatus::Failed)
        ]
    );
}

#[test]
fn a_day_without_anything_finer_is_the_entry_itself() {
    let list = beats(
        "standups/x.md",
        "# Standup 2026-03-19 — Misty\n## Done\n- notes\n## Blockers\n- None\n",
    );
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].at.surety, crate::domain::heartbeat::Surety::DayOnly);
    assert_eq!(
        (list[0].status, list[0].did.count, list[0].failed.count),
        (RunStatus::Unknown, 1, 0)
    );
}

#[test]
fn bullets_with_times() {
    let text = "- 2026-02-07 18:30 | id | note\n- **09:09 UTC** | Build: x\n- timestamp (UTC): 2026-03-08T13:48:55Z\n- checks executed:\n  - a\n";
    let found = brief("heartbeat-log.md", text);
    let times: Vec<&str> = found.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(times, ["2026-02-07T18:30:00Z", "2026-03-08T13:48:55Z"]);
    assert_eq!(
        brief("memory/2026-03-08.md", "- **09:09 UTC** | Build: x\n").len(),
        1
    );
}

#[test]
fn a_clock_without_any_day_gives_nothing() {
    assert_eq!(
        brief("heartbeat-log.md", "- **09:09 UTC** | Build: x\n"),
        []
    );
}

#[test]
fn a_heartbeat_template_gives_nothing() {
    let text = "# HEARTBEAT.md\n## Checklist\n- [ ] Anything failed?\n- Every 2 hours ✅\n```\n## 2026-01-01 10:00\n```\n";
    assert_eq!(brief("HEARTBEAT.md", text), []);
}

#[test]
fn crlf_bom_and_mixed_line_ends() {
    let text = "\u{feff}# Log\r\n## 2026-03-13 10:00\r\n- ✅ done\n## 2026-03-13 11:00\n";
    assert_eq!(
        brief("heartbeat-log.md", text),
        [
            ("2026-03-13T10:00:00Z".into(), RunStatus::Ok),
            ("2026-03-13T11:00:00Z".into(), RunStatus::Unknown)
        ]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "([#\\-*| 0-9:a-z`\n✅~]|2026-03-28|\\*\\*Status\\*\\*: |## ){0,40}") {
        let _ = beats("2026-03-28.md", &text);
    }
}
