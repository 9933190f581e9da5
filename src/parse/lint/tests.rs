use super::*;
use crate::domain::time::{Ts, Zone};
use crate::parse::vocabulary::Vocabulary;

fn lint(reader: Reader, path: &str, text: &str) -> Vec<Diagnostic> {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: Ts(0),
        vocabulary: &vocabulary,
    };
    file(reader, text.as_bytes(), &ctx)
}

fn brief(diagnostics: &[Diagnostic]) -> Vec<String> {
    let each = diagnostics
        .iter()
        .map(|d| format!("{}:{} {}: {}", d.line, d.column, d.kind.word(), d.expected));
    each.collect()
}

const GOOD: &str = r#"{"ts":"2026-03-28T10:15:07+02:00","run_id":"r","task":"t","status":"ok","did":["a",{"what":"b"}],"skipped":0}"#;

#[test]
fn a_file_of_the_contract_is_clean() {
    assert_eq!(
        lint(
            Reader::Json,
            "heartbeat.jsonl",
            &format!("{GOOD}\n{GOOD}\n")
        ),
        []
    );
    let wal = r#"{"ts":"2026-03-28T10:15:07Z","run_id":"r","step":"s1","do":"post","tier":"mutating","reversible":false,"key":"k","status":"intended"}"#;
    assert_eq!(lint(Reader::Wal, "wal.jsonl", wal), []);
    let plan = r#"{"agent":"a","date":"2026-03-28","tz":"Europe/Kyiv","generated":"2026-03-27T23:50:11+02:00","tasks":[{"id":"x","due":"2026-03-28T10:10:00+02:00","tier":"read-only"}]}"#;
    assert_eq!(lint(Reader::Plan, "schedule.json", plan), []);
    let lock = r#"{"holder":"a","run_id":"r","acquired":"2026-03-28T10:10:00+02:00","ttl_s":60}"#;
    assert_eq!(lint(Reader::Lock, "locks/x.lock", lock), []);
    assert_eq!(
        lint(
            Reader::Insights,
            "INSIGHTS.md",
            "## 2026-03-29\n- a lesson\n"
        ),
        []
    );
}

#[test]
fn each_fault_of_a_log_has_its_line_and_column() {
    let text = format!(
        "{GOOD}\n{{\"ts\":\"2026-03-28T10:15:07\",\"run_id\":\"r\",\"task\":\"t\",\"status\":\"fine\",\"duration_ms\":\"5\",\"did\":\"x\"}}\n{{\"ts\":\"soon\",\"run_id\":7}}\n{{\"ts\":\"2026-03-28T\n"
    );
    insta::assert_snapshot!(brief(&lint(Reader::Json, "heartbeat.jsonl", &text)).join("\n"));
}

#[test]
fn each_fault_of_a_plan_has_its_line_and_column() {
    let text = r#"{"date":"28.3.","tasks":[
 {"id":"a","tier":"mutating","due":"10:00","depends_on":["b","zz"],"status":"almost",
  "claim":{"by":"me"},"reviewer":"me"},
 {"id":"b","schedule":{"kind":"cron","expr":"0 8 * * *"},"tier":"fast"},
 {"id":"b"}]}"#;
    insta::assert_snapshot!(brief(&lint(Reader::Plan, "schedule.json", text)).join("\n"));
}

#[test]
fn an_essay_named_insights_is_told() {
    assert_eq!(
        lint(Reader::Insights, "INSIGHTS.md", "# A prompt\n- do this\n")[0].kind,
        DiagnosticKind::MissingField
    );
}

#[test]
fn a_damaged_plan_is_damage_once() {
    let found = lint(Reader::Plan, "schedule.json", r#"{"tasks":[{"id":"#);
    assert_eq!(
        found.iter().map(|d| d.kind).collect::<Vec<_>>(),
        [DiagnosticKind::Torn]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "([{}\\[\\]:,\n]|\"(ts|status|tasks|id|claim|did|due)\"|1|true){0,40}") {
        for reader in [Reader::Json, Reader::Wal, Reader::Plan, Reader::Lock, Reader::Insights, Reader::Text, Reader::Snapshot, Reader::Markdown] {
            let _ = lint(reader, "x.json", &text);
        }
    }
}
