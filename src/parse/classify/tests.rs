use super::*;

fn reader(path: &str, head: &str) -> Option<Reader> {
    reader_for(path, head.as_bytes(), &Vocabulary::default()).map(|(reader, _)| reader)
}

const BEAT: &str = "{\"ts\":\"2026-03-28T10:00:00Z\",\"status\":\"ok\"}\n";

#[test]
fn the_contracts_files() {
    for (path, head, expected) in [
        ("heartbeat.jsonl", BEAT, Reader::Json),
        ("heartbeat/2026-03-28.jsonl", BEAT, Reader::Json),
        ("wal.jsonl", "", Reader::Wal),
        ("schedule.json", "{", Reader::Plan),
        ("schedule/2026-03-28.json", "{}", Reader::Plan),
        ("INSIGHTS.md", "", Reader::Insights),
        ("heartbeat.jsonl.1", BEAT, Reader::Json),
        ("wal.jsonl-20260328", "", Reader::Wal),
        ("locks/x.lock", "", Reader::Lock),
        ("inbox.jsonl", "", Reader::Document),
        (
            "backlog.json",
            "{\"tasks\":[{\"id\":\"a\"}]}",
            Reader::Document,
        ),
    ] {
        assert_eq!(reader(path, head), Some(expected), "{path}");
    }
}

#[test]
fn half_written_tmp_and_bak_twins_are_ignored() {
    for path in [
        "schedule.json.tmp",
        "tasks.json.bak",
        "heartbeat.jsonl~",
        ".heartbeat.jsonl.swp",
        "a.orig",
        "x.lock",
        "Cargo.lock",
        "node_modules/x/heartbeat.jsonl",
        ".git/logs/a.log",
        "run.deleted.2026.jsonl",
        "photo.png",
        "heartbeat",
    ] {
        assert_eq!(reader(path, BEAT), None, "{path}");
    }
}

#[test]
fn a_bracket_or_brace_that_opens_a_text_log_does_not_make_it_json() {
    assert_eq!(
        reader(
            "a.log",
            "[2026-03-28 10:00:00] x\n[2026-03-28 10:01:00] y\n"
        ),
        Some(Reader::Text)
    );
    assert_eq!(
        reader("a.log", "{ starting }\n2026-03-28 10:00:00 x\n"),
        Some(Reader::Text)
    );
}

#[test]
fn json_in_files_of_other_names() {
    let pretty = "{\n \"ts\": 1774692907\n}\n{\n \"ts\": 1774692908\n}\n";
    assert_eq!(reader("logs/heartbeat.log", pretty), Some(Reader::Json));
    assert_eq!(reader("logs/runs.json", pretty), Some(Reader::Json));
    assert_eq!(
        reader("runs.json", "[{\"timestamp\":1774692907}]"),
        Some(Reader::Json)
    );
    assert_eq!(
        reader("a.log", &format!("{BEAT}noise\n{BEAT}")),
        Some(Reader::Json)
    );
}

#[test]
fn task_lists_states_and_what_is_neither() {
    assert_eq!(
        reader("state/tasks.json", "{\"tasks\":[{\"id\":\"a\"}]}"),
        Some(Reader::Plan)
    );
    assert_eq!(reader("queue.jsonl", ""), Some(Reader::Plan));
    assert_eq!(
        reader(
            "memory/heartbeat-state.json",
            "{\"lastChecks\":{\"a\":1774692907}}"
        ),
        Some(Reader::Snapshot)
    );
    assert_eq!(
        reader(
            "current-task.json",
            "{\"task\":\"a\",\"updatedAt\":\"2026-03-28T10:00:00Z\"}"
        ),
        Some(Reader::Snapshot)
    );
    assert_eq!(reader("package.json", "{\"name\":\"x\"}"), None);
    assert_eq!(reader("state.json", "{\"a\":1}"), None);
}

#[test]
fn texts_without_times_and_templates() {
    assert_eq!(
        reader("morning.log", "API Error: 404 {}\n"),
        Some(Reader::Document)
    );
    assert_eq!(reader("notes.txt", "hello\n"), None);
    assert_eq!(
        reader("HEARTBEAT.md", "# every 2 hours\n"),
        Some(Reader::Document)
    );
    assert_eq!(
        reader("README.md", "## 2026-03-28 10:00\n"),
        Some(Reader::Document)
    );
    assert_eq!(
        reader(
            "memory/heartbeat-log.md",
            "## Heartbeat - 2026-02-25 11:14:45\n"
        ),
        Some(Reader::Markdown)
    );
    assert_eq!(
        reader("memory/2026-03-28.md", "- 10:00 did it\n"),
        Some(Reader::Markdown)
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(path in "[a-z./~#]{0,20}\\.(json|jsonl|log|md|lock|txt)", bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
        let _ = reader_for(&path, &bytes, &Vocabulary::default());
    }
}
