use super::*;
use crate::domain::time::Zone;
use crate::parse::Parsed;
use crate::parse::{Reader, log};

fn at(path: &str, bytes: &[u8], offset: u64, line: u32, end: bool, carry: &Carry) -> Parsed {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    };
    log(
        Reader::Text,
        Chunk {
            bytes,
            offset,
            line,
            end,
            carry,
        },
        &ctx,
    )
}

fn parse(path: &str, text: &str) -> Parsed {
    at(path, text.as_bytes(), 0, 1, true, &Carry::default())
}

fn beat<'a>(record: &'a Record<'static>) -> &'a Heartbeat<'static> {
    match &record.body {
        Body::Beat(beat) => beat,
        Body::Step(_) | Body::Insight(_) => panic!("a beat"),
    }
}

fn brief(parsed: &Parsed) -> Vec<(String, RunStatus, String)> {
    let each = parsed.records.iter().map(beat);
    each.map(|b| {
        (
            b.at.at.rfc3339(),
            b.status,
            b.msg
                .as_ref()
                .map_or(String::new(), |m| m.exact().to_owned()),
        )
    })
    .collect()
}

fn times(parsed: &Parsed) -> Vec<String> {
    brief(parsed).into_iter().map(|b| b.0).collect()
}

#[test]
fn continuation_lines_belong_to_the_entry_above_and_the_worst_sign_counts() {
    let parsed = parse(
        "agent.log",
        "banner\n2026-03-28 10:00:00 INFO: start\n  ✅ one\n  [ERROR] two\n2026-03-28 10:01:00 quiet\n",
    );
    assert_eq!(
        brief(&parsed),
        [
            (
                "2026-03-28T10:00:00Z".into(),
                RunStatus::Failed,
                "[ERROR] two".into()
            ),
            (
                "2026-03-28T10:01:00Z".into(),
                RunStatus::Unknown,
                "quiet".into()
            ),
        ]
    );
}

#[test]
fn the_last_entry_is_provisional() {
    let text = "2026-03-28 10:00:00 a\n2026-03-28 10:01:00 b\n";
    let parsed = parse("agent.log", text);
    assert_eq!(parsed.consumed, 22);
    assert_eq!(parsed.next_line, 2);
    let more = format!("{}  exit=1\n", &text[22..]);
    let again = at("agent.log", more.as_bytes(), 22, 2, true, &parsed.carry);
    assert_eq!(
        brief(&again),
        [(
            "2026-03-28T10:01:00Z".into(),
            RunStatus::Failed,
            "exit=1".into()
        )]
    );
    assert_eq!((again.records[0].offset, again.records[0].line), (22, 2));
}

#[test]
fn start_and_end_make_a_run() {
    let parsed = parse(
        "heartbeat.log",
        "2026-02-02T03:00:00Z === HEARTBEAT START === (Queue: 4)\ntimeout: failed to run command 'x'\n2026-02-02T03:05:00Z === HEARTBEAT END ===\n",
    );
    let (start, end) = (beat(&parsed.records[0]), beat(&parsed.records[1]));
    assert_eq!(
        (start.status, end.status),
        (RunStatus::Running, RunStatus::Failed)
    );
    assert_eq!(start.run, end.run);
    assert_eq!(end.duration, Some(Span::mins(5)));
    assert_eq!(end.task.as_ref().unwrap().exact(), "heartbeat");
    assert_eq!(
        end.msg.as_ref().unwrap().exact(),
        "timeout: failed to run command 'x'"
    );
}

#[test]
fn a_start_whose_end_comes_in_a_later_chunk_keeps_its_sign() {
    let text = "2026-02-02T03:00:00Z START\nAPI Error: 500\n2026-02-02T03:01:00Z more\n2026-02-02T03:02:00Z END\n";
    let cut = text.find("2026-02-02T03:02").unwrap();
    let first = at(
        "x.log",
        &text.as_bytes()[..cut],
        0,
        1,
        true,
        &Carry::default(),
    );
    assert!(first.carry.0.len() < 256, "{}", first.carry.0);
    let second = at(
        "x.log",
        &text.as_bytes()[first.consumed..],
        first.consumed as u64,
        first.next_line,
        true,
        &first.carry,
    );
    let end = beat(&second.records[1]);
    assert_eq!(
        (end.status, end.started.is_some()),
        (RunStatus::Failed, true)
    );
}

#[test]
fn banners_with_times_open_blocks() {
    let parsed = parse(
        "heartbeat.log",
        "=== Heartbeat: 2026-03-22 09:25:31 ===\n[SCAN] x\n[HEARTBEAT 2026-03-22 DONE]\n\n=== Heartbeat: 2026-03-22 09:36:42 ===\n[SKIP] Already executed today\n",
    );
    let statuses: Vec<_> = parsed.records.iter().map(|r| beat(r).status).collect();
    assert_eq!(statuses, [RunStatus::Ok, RunStatus::Skipped]);
}

#[test]
fn a_clock_takes_its_day_from_name_heading_or_the_entry_before() {
    assert_eq!(
        times(&parse("x-2026-03-28.log", "[23:34] a\n[00:10] b\n")),
        ["2026-03-28T23:34:00Z", "2026-03-29T00:10:00Z"]
    );
    assert_eq!(
        times(&parse("x.log", "=== 2026-03-27 ===\n[10:00:00] a\n")),
        ["2026-03-27T10:00:00Z"]
    );
    let text = "2026-03-28 23:00:00 a\n23:59:00 b\n00:01:00 c\n00:02:00 d\n";
    let first = at(
        "x.log",
        &text.as_bytes()[..44],
        0,
        1,
        true,
        &Carry::default(),
    );
    let second = at(
        "x.log",
        &text.as_bytes()[first.consumed..],
        first.consumed as u64,
        first.next_line,
        true,
        &first.carry,
    );
    assert_eq!(times(&second).last().unwrap(), "2026-03-29T00:02:00Z");
}

#[test]
fn lone_cr_progress_bars_nul_and_ansi() {
    let parsed = parse(
        "x.log",
        "2026-03-28 10:00:00 a\n10%\r50%\r\u{1b}[32m✅ ready\u{1b}[0m\r\n\0\0\n",
    );
    assert_eq!(
        brief(&parsed),
        [(
            "2026-03-28T10:00:00Z".into(),
            RunStatus::Ok,
            "a · ✅ ready".into()
        )]
    );
    assert_eq!(
        parsed
            .diagnostics
            .iter()
            .filter(|d| d.kind == DiagnosticKind::NulBytes)
            .count(),
        1
    );
}

#[test]
fn a_line_of_47_kilobytes_is_no_matter_and_a_longer_one_is_told() {
    let text = format!(
        "2026-03-28 10:00:00 {}\n2026-03-28 10:01:00 b\n",
        "x".repeat(47_000)
    );
    let parsed = parse("x.log", &text);
    assert_eq!(parsed.records.len(), 2);
    assert!(beat(&parsed.records[0]).msg.as_ref().unwrap().exact().len() < 500);
    let long = parse(
        "x.log",
        &format!("2026-03-28 10:00:00 {}\n", "x".repeat(70_000)),
    );
    assert_eq!(long.diagnostics[0].kind, DiagnosticKind::Oversize);
}

#[test]
fn brackets_and_braces_at_the_start_are_text_here() {
    let parsed = parse("x.log", "[2026-03-28 10:00:00] {\"a\":1}\n{ not json\n");
    assert_eq!(brief(&parsed)[0].2, "{\"a\":1} · { not json");
}

#[test]
fn one_endless_entry_is_passed_in_bounded_memory() {
    let text = format!(
        "2026-03-28 10:00:00 a\n{}",
        "more output\n".repeat(MOST_RECORD / 12 + 1)
    );
    let parsed = at("x.log", text.as_bytes(), 0, 1, false, &Carry::default());
    assert!(parsed.consumed > MOST_RECORD / 2);
    let giant = vec![b'x'; MOST_RECORD];
    assert_eq!(
        at("x.log", &giant, 0, 1, false, &Carry::default()).consumed,
        MOST_RECORD
    );
}

#[test]
fn the_name_of_a_log_is_its_task_unless_every_log_has_it() {
    assert_eq!(
        stem_task("logs/monitor-2026-03-08.log").as_deref(),
        Some("monitor")
    );
    assert_eq!(stem_task("heartbeat.log"), None);
    assert_eq!(stem_task("2026-03-08.log"), None);
}

fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    prop_oneof![
        3 => (0_u32..24, 0_u32..60).prop_map(|(h, m)| format!("2026-03-28 {h:02}:{m:02}:00 [INFO] x\n")),
        1 => (0_u32..24, 0_u32..60).prop_map(|(h, m)| format!("[{h:02}:{m:02}] x\n")),
        1 => Just("2026-03-28T10:00:00Z === RUN START ===\n".to_owned()),
        1 => Just("2026-03-28T10:09:00Z === RUN END ===\n".to_owned()),
        1 => Just("=== 2026-03-29 ===\n".to_owned()),
        2 => "( *✅ok|exit=1|\\[SKIP\\] [a-z]{0,5}|\r)?\n",
    ]
}

proptest::proptest! {
    #[test]
    fn chunks_cut_at_any_line_give_the_same_records(list in proptest::collection::vec(pieces(), 1..12), cuts in proptest::collection::vec(0_usize..500, 0..5)) {
        let text = list.concat();
        let expected = parse("x-2026-03-28.log", &text).records;
        let mut ends: Vec<usize> = cuts.into_iter().filter(|c| *c < text.len()).collect();
        ends.push(text.len());
        ends.sort_unstable();
        let (mut from, mut line, mut carry, mut got) = (0, 1, Carry::default(), Vec::new());
        for end in ends {
            let last = end == text.len();
            let parsed = at("x-2026-03-28.log", &text.as_bytes()[from..end], from as u64, line, last, &carry);
            let limit = (from + parsed.consumed) as u64;
            proptest::prop_assert!(parsed.carry.0.len() <= 256);
            got.extend(parsed.records.into_iter().filter(|r| last || r.offset < limit));
            from += parsed.consumed;
            line = parsed.next_line;
            carry = parsed.carry;
        }
        proptest::prop_assert_eq!(got, expected);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120), text in "([=\\-\\[\\]: \r\n0-9TZ~é]|2026-03-28|START|END){0,40}", carry in "\\PC{0,30}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            for end in [true, false] {
                let parsed = at("a/b.log", bytes, 5, 2, end, &Carry(carry.clone()));
                proptest::prop_assert!(parsed.consumed <= bytes.len());
            }
        }
    }
}
