use super::super::{Context, Reader, log};
use super::*;
use crate::domain::heartbeat::{Heartbeat, RunStatus};
use crate::domain::time::{Ts, Zone};
use crate::parse::Parsed;
use crate::parse::vocabulary::Vocabulary;

fn with<T>(path: &str, run: impl FnOnce(&Context<'_>) -> T) -> T {
    let vocabulary = Vocabulary::default();
    run(&Context {
        path,
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    })
}

fn parse(text: impl AsRef<[u8]>) -> Parsed {
    let chunk = Chunk {
        bytes: text.as_ref(),
        offset: 0,
        line: 1,
        end: true,
        carry: &Carry::default(),
    };
    with("heartbeat.jsonl", |ctx| log(Reader::Json, chunk, ctx))
}

fn beats(parsed: &Parsed) -> Vec<&Heartbeat<'static>> {
    let each = parsed.records.iter().map(|r| match &r.body {
        Body::Beat(beat) => beat,
        Body::Step(_) | Body::Insight(_) => panic!("a beat"),
    });
    each.collect()
}

fn tasks(parsed: &Parsed) -> Vec<String> {
    let each = beats(parsed).into_iter().map(|b| {
        b.task
            .as_ref()
            .map_or(String::new(), |t| t.exact().to_owned())
    });
    each.collect()
}

fn kinds(parsed: &Parsed) -> Vec<DiagnosticKind> {
    parsed.diagnostics.iter().map(|d| d.kind).collect()
}

fn line(task: &str) -> String {
    format!("{{\"ts\":\"2026-03-28T10:15:07Z\",\"task\":\"{task}\",\"status\":\"ok\"}}")
}

#[test]
fn a_contract_line_gives_all_its_fields() {
    let text = concat!(
        r#"{"ts":"2026-03-28T10:15:07+02:00","agent":"social","run_id":"01J","task":"replies","status":"partial","#,
        r#""due":"2026-03-28T10:10:00+02:00","started":"2026-03-28T10:12:41+02:00","duration_ms":146000,"#,
        r#""did":["a","b"],"skipped":[{"what":"c","why":"already_done"}],"#,
        r#""failed":[{"what":"d","why":"HTTP 429","tier":"mutating","retry":"check","key":"k","target":"t"}],"#,
        r#""msg":"m","next":"2026-03-28T13:05:00+02:00","resource":["x","y"],"epoch":3,"pid":7,"host":"h","#,
        r#""pid_started":"2026-03-28T10:12:00+02:00","model":"z","tokens_in":5,"tokens_out":"6","cost_usd":0.25}"#,
        "\n"
    );
    let parsed = parse(text);
    insta::assert_debug_snapshot!(beats(&parsed)[0]);
    assert_eq!(parsed.consumed, text.len());
    assert_eq!(
        (parsed.records[0].offset, parsed.records[0].len as usize),
        (0, text.len() - 1)
    );
    assert_eq!(kinds(&parsed), []);
}

#[test]
fn pretty_printed_objects_appended_one_after_another() {
    let text = "{\n  \"ts\": \"2026-03-28T10:00:00Z\",\n  \"task\": \"a\"\n}\n{\n  \"ts\": \"2026-03-28T11:00:00Z\",\n  \"task\": \"b\"\n}\n";
    let parsed = parse(text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert_eq!(parsed.records[1].line, 5);
    assert_eq!(kinds(&parsed), []);
}

#[test]
fn objects_in_an_array_and_several_on_a_line() {
    assert_eq!(
        tasks(&parse(format!("[\n  {},\n  {}\n]\n", line("a"), line("b")))),
        ["a", "b"]
    );
    assert_eq!(
        tasks(&parse(format!(
            "{}{} {}\n",
            line("a"),
            line("b"),
            line("c")
        ))),
        ["a", "b", "c"]
    );
}

#[test]
fn every_line_has_one_brace_too_many() {
    let text =
        "{\"ts\":\"2026-03-28T10:00:00Z\",\"models\":{\"x\":{\"n\":1}}},\"cost\":0}\n".repeat(3);
    let parsed = parse(&text);
    assert_eq!(parsed.records.len(), 3);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Trailing; 3]);
    assert_eq!(parsed.diagnostics[1].line, 2);
}

#[test]
fn a_string_cut_inside_an_escape_loses_only_its_line() {
    let text = format!(
        "{}\n{{\"ts\":\"2026-03-28T10:00:00Z\",\"msg\":\"ab\\\n{}\n",
        line("a"),
        line("b")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Torn]);
    assert_eq!(parsed.diagnostics[0].line, 2);
}

#[test]
fn a_value_missing_behind_its_colon_loses_only_its_object() {
    let text = format!(
        "{{\n  \"a\": 1,\n  \"b\": ,\n  \"c\": {{\n    \"ts\": 1\n  }}\n}}\n{}\n",
        line("z")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["z"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Invalid]);
    assert_eq!(
        (parsed.diagnostics[0].line, parsed.diagnostics[0].column),
        (3, 8)
    );
}

#[test]
fn a_line_torn_between_members_loses_only_itself() {
    let text = format!(
        "{{\"ts\":\"2026-03-28T10:00:00Z\",\"task\":\n{}\n{}\n",
        line("a"),
        line("b")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Torn]);
}

#[test]
fn a_record_glued_behind_a_torn_one_is_found() {
    let text = format!(
        "{{\"ts\":\"2026-03-28T10:00:00Z\",\"did\":[\"half{}\n{}\n",
        line("a"),
        line("b")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert!(kinds(&parsed).iter().all(|k| k.is_damage()));
}

#[test]
fn a_partial_line_is_never_passed_and_gives_nothing() {
    let text = format!("{}\n{}", line("a"), &line("b")[..30]);
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a"]);
    assert_eq!(parsed.consumed, line("a").len() + 1);
    assert_eq!(parsed.next_line, 2);
}

#[test]
fn a_whole_object_without_a_line_end_is_provisional() {
    let text = format!("{}\n{}", line("a"), line("b"));
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert_eq!(parsed.consumed, line("a").len() + 1);
    assert_eq!(parsed.records[1].offset, parsed.consumed as u64);
}

#[test]
fn nul_bytes_bom_crlf_and_lone_cr() {
    let text = format!(
        "\u{feff}{}\r\n\0\0\0{}\r{}\r\n\u{feff}{}\n",
        line("a"),
        line("b"),
        line("c"),
        line("d")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b", "c", "d"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::NulBytes]);
}

#[test]
fn ansi_in_json_strings_is_stripped_after_decoding() {
    let text = "{\"ts\":\"2026-03-28T10:00:00Z\",\"msg\":\"\\u001b[31mred\\u001b[0m\\u001b[2J\"}\n";
    let parsed = parse(text);
    let msg = beats(&parsed)[0].msg.clone().unwrap();
    assert_eq!(msg.exact(), "red\u{1b}[2J");
    assert_eq!(msg.keep().shown(), "red␛[2J");
}

#[test]
fn duplicate_keys_the_last_one_counts() {
    let parsed =
        parse("{\"ts\":\"2026-03-28T10:00:00Z\",\"status\":\"ok\",\"status\":\"failed\"}\n");
    assert_eq!(beats(&parsed)[0].status, RunStatus::Failed);
}

#[test]
fn json_inside_a_json_string_stays_text() {
    let parsed =
        parse("{\"ts\":\"2026-03-28T10:00:00Z\",\"msg\":\"{\\\"status\\\":\\\"failed\\\"}\"}\n");
    let beat = beats(&parsed)[0];
    assert_eq!(beat.status, RunStatus::Unknown);
    assert_eq!(
        beat.msg.as_ref().unwrap().exact(),
        "{\"status\":\"failed\"}"
    );
}

#[test]
fn deep_nesting_is_refused_and_survived() {
    let text = format!("{{\"a\":{}1\n{}\n", "[".repeat(100_000), line("b"));
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["b"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Oversize]);
}

#[test]
fn text_between_the_lines_is_shown_and_passed() {
    let text = format!(
        "{}\n[12:00] not json\nTraceback (most recent)\n{}\n",
        line("a"),
        line("b")
    );
    let parsed = parse(&text);
    assert_eq!(tasks(&parsed), ["a", "b"]);
    assert_eq!(kinds(&parsed), [DiagnosticKind::Invalid; 2]);
}

#[test]
fn a_giant_line_is_skipped_in_bounded_memory() {
    let giant = format!("{{\"msg\":\"{}", "x".repeat(MOST_RECORD));
    let mut carry = Carry::default();
    let first = with("a.jsonl", |ctx| {
        log(
            Reader::Json,
            Chunk {
                bytes: giant.as_bytes(),
                offset: 0,
                line: 1,
                end: false,
                carry: &carry,
            },
            ctx,
        )
    });
    assert_eq!(
        (first.consumed, kinds(&first)),
        (giant.len(), vec![DiagnosticKind::Oversize])
    );
    carry = first.carry;
    let rest = format!("xxx\"}}\n{}\n", line("b"));
    let second = with("a.jsonl", |ctx| {
        log(
            Reader::Json,
            Chunk {
                bytes: rest.as_bytes(),
                offset: 0,
                line: 1,
                end: true,
                carry: &carry,
            },
            ctx,
        )
    });
    assert_eq!(
        (tasks(&second), kinds(&second)),
        (vec!["b".to_owned()], vec![])
    );
    assert_eq!(second.records[0].line, 2);
}

#[test]
fn did_skipped_and_failed_as_texts_objects_or_counts() {
    let parsed = parse(
        "{\"ts\":1774692907,\"did\":3,\"skipped\":\"2\",\"failed\":[\"x\",{\"name\":\"y\",\"error\":\"z\"}],\"ok\":true}\n",
    );
    let beat = beats(&parsed)[0];
    assert_eq!(
        (beat.did.count, beat.skipped.count, beat.failed.count),
        (3, 2, 2)
    );
    assert_eq!(beat.failed.listed[1].why.as_ref().unwrap().exact(), "z");
    assert_eq!(beat.status, RunStatus::Ok);
}

#[test]
fn foreign_keys_and_words_are_kept_and_never_ok() {
    let parsed = parse(
        "{\"finishedAt\":\"2026-03-28T10:00:00Z\",\"startedAt\":\"2026-03-28T09:59:00Z\",\"jobName\":\"j\",\"state\":\"simmering\",\"sessionId\":\"agent:main:x\"}\n",
    );
    let beat = beats(&parsed)[0];
    assert_eq!(beat.status, RunStatus::Unknown);
    assert_eq!(beat.word.as_ref().unwrap().exact(), "simmering");
    assert_eq!(beat.duration.map(|d| d.0), Some(60_000));
    assert_eq!(beat.agent.as_ref().unwrap().exact(), "main");
    assert_eq!(kinds(&parsed), [DiagnosticKind::UnknownStatus]);
}

#[test]
fn a_failed_delivery_of_a_good_run_is_partial() {
    for text in [
        "{\"ts\":1774692907,\"status\":\"error\",\"error\":\"announce delivery failed\",\"summary\":\"did it\"}\n",
        "{\"ts\":1774692907,\"last_status\":\"ok\",\"last_delivery_error\":\"no route\"}\n",
    ] {
        assert_eq!(beats(&parse(text))[0].status, RunStatus::Partial, "{text}");
    }
}

#[test]
fn a_level_is_a_beat_and_active_of_an_agent_is_no_run() {
    for (text, status) in [
        (
            "{\"ts\":1774692907,\"level\":\"info\",\"message\":\"x\"}\n",
            RunStatus::Unknown,
        ),
        (
            "{\"ts\":1774692907,\"level\":\"ERROR\",\"message\":\"x\"}\n",
            RunStatus::Failed,
        ),
        (
            "{\"ts\":1774692907,\"status\":\"active\"}\n",
            RunStatus::Unknown,
        ),
        (
            "{\"ts\":1774692907,\"status\":\"active\",\"task\":\"t\"}\n",
            RunStatus::Running,
        ),
        ("{\"ts\":1774692907,\"is_error\":true}\n", RunStatus::Failed),
    ] {
        assert_eq!(beats(&parse(text))[0].status, status, "{text}");
    }
}

#[test]
fn an_object_that_says_nothing_of_a_run_is_no_beat() {
    let parsed = parse("{\"posts_per_day\":12,\"name\":\"x\"}\n");
    assert_eq!(parsed.records.len(), 0);
    assert_eq!(kinds(&parsed), [DiagnosticKind::MissingField]);
}

/// Pieces that files are made of, good and bad.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    prop_oneof![
        4 => "[a-c]".prop_map(|t| line(&t) + "\n"),
        1 => "[a-c]".prop_map(|t| line(&t)),
        1 => Just("{\n  \"ts\": \"2026-03-28T10:00:00Z\",\n  \"x\": {\n \"ts\": 1774692907\n}\n}\n".to_owned()),
        1 => (0_usize..50).prop_map(|n| line("t")[..n].to_owned() + "\n"),
        1 => (0_usize..50).prop_map(|n| line("t")[..n].to_owned()),
        1 => "[\\[\\]{},:\" \n\0\\\\a]{0,6}",
    ]
}

fn whole(list: &[String]) -> String {
    list.concat() + "\n"
}

type Key = (Ts, Option<String>, RunStatus, u64, u32);

fn keys(records: &[Record]) -> Vec<Key> {
    let each = records.iter().map(|r| match &r.body {
        Body::Beat(b) => (
            b.at.at,
            b.task.as_ref().map(|t| t.exact().to_owned()),
            b.status,
            r.offset,
            r.line,
        ),
        Body::Step(_) | Body::Insight(_) => panic!("a beat"),
    });
    each.collect()
}

proptest::proptest! {
    #[test]
    fn chunks_cut_at_any_line_give_the_same_records(list in proptest::collection::vec(pieces(), 1..8), cuts in proptest::collection::vec(0_usize..400, 0..4)) {
        let text = whole(&list);
        let expected = keys(&parse(&text).records);
        let mut ends: Vec<usize> = cuts.iter().filter(|c| **c < text.len()).copied().collect();
        ends.push(text.len());
        ends.sort_unstable();
        let (mut at, mut next_line, mut carry, mut got) = (0, 1, Carry::default(), Vec::new());
        for end in ends {
            let chunk = Chunk { bytes: &text.as_bytes()[at..end], offset: at as u64, line: next_line, end: end == text.len(), carry: &carry };
            let parsed = with("heartbeat.jsonl", |ctx| log(Reader::Json, chunk, ctx));
            let limit = (at + parsed.consumed) as u64;
            let last = end == text.len();
            got.extend(keys(&parsed.records).into_iter().filter(|k| last || k.3 < limit));
            at += parsed.consumed;
            next_line = parsed.next_line;
            carry = parsed.carry;
        }
        proptest::prop_assert_eq!(got, expected);
    }

    #[test]
    fn no_prefix_gives_a_record_the_whole_lacks(names in proptest::collection::vec("[a-c]", 1..6), pretty in proptest::prelude::any::<bool>(), cut in 0_usize..900) {
        let lines: Vec<String> = names.iter().map(|n| {
            let value: serde_json::Value = serde_json::from_str(&format!("{{\"ts\":\"2026-03-28T10:15:07Z\",\"claim\":{{\"ts\":1774692907,\"status\":\"failed\"}},\"task\":\"{n}\",\"status\":\"ok\"}}")).unwrap();
            if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
        }).collect();
        let text = lines.join("\n") + "\n";
        let all = keys(&parse(&text).records);
        proptest::prop_assert_eq!(all.len(), names.len());
        let part = keys(&parse(&text[..cut.min(text.len())]).records);
        for key in part {
            proptest::prop_assert!(all.contains(&key));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), text in "[\\[\\]{},:\" \nts0-9\\\\\u{feff}]{0,80}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            let parsed = parse(bytes);
            proptest::prop_assert!(parsed.consumed <= bytes.len());
            for reader in [Reader::Json, Reader::Wal] {
                let chunk = Chunk { bytes, offset: 7, line: 3, end: false, carry: &Carry("damage 2".into()) };
                let _ = with("x/2026-03-28.jsonl", |ctx| log(reader, chunk, ctx));
            }
        }
    }
}
