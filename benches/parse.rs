//! Reading speed of contract logs: `cargo bench --bench parse`. The yardstick beside it is the least any reader of
//! JSON lines must do: let `serde_json` step over the same bytes.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use rounds::domain::time::{Ts, Zone};
use rounds::parse::vocabulary::Vocabulary;
use rounds::parse::{Chunk, Context, Reader, log};

fn main() {
    divan::main();
}

/// One MiB of contract lines of 437 bytes on average.
fn lines() -> String {
    let mut text = String::new();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        let (minute, second) = (n / 60 % 60, n % 60);
        let _ = writeln!(
            text,
            "{{\"ts\":\"2026-03-28T10:{minute:02}:{second:02}+02:00\",\"agent\":\"social\",\"run_id\":\"01JQE{n:06}\",\
             \"task\":\"morning-replies\",\"status\":\"partial\",\"due\":\"2026-03-28T10:10:00+02:00\",\
             \"started\":\"2026-03-28T10:12:41+02:00\",\"duration_ms\":146000,\"did\":[\"replied to {second} threads\"],\
             \"skipped\":[{{\"what\":\"follow @x\",\"why\":\"already_done\"}}],\
             \"failed\":[{{\"what\":\"comment on {n}\",\"why\":\"HTTP 429\",\"tier\":\"mutating\",\"retry\":\"check\"}}],\
             \"msg\":\"2 replies, 1 skip, 1 rate limit\",\"next\":\"2026-03-28T13:05:00+02:00\"}}"
        );
    }
    text
}

fn bench(bencher: Bencher<'_, '_>, text: &str, reader: Reader) {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path: "heartbeat.jsonl",
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    };
    let chunk = Chunk::whole(text.as_bytes());
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| log(reader, black_box(chunk), &ctx));
}

#[divan::bench]
fn contract_lines(bencher: Bencher<'_, '_>) {
    bench(bencher, &lines(), Reader::Json);
}

#[divan::bench]
fn foreign_lines(bencher: Bencher<'_, '_>) {
    let text = lines()
        .replace("\"ts\"", "\"finishedAt\"")
        .replace("\"status\":\"partial\"", "\"outcome\":\"warning\"")
        .replace("run_id", "sessionId");
    bench(bencher, &text, Reader::Json);
}

#[divan::bench]
fn floor_serde_skip(bencher: Bencher<'_, '_>) {
    let text = lines();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        text.lines()
            .filter(|line| serde_json::from_str::<serde::de::IgnoredAny>(black_box(line)).is_ok())
            .count()
    });
}

#[divan::bench]
fn floor_serde_value(bencher: Bencher<'_, '_>) {
    let text = lines();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        text.lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(black_box(line)).ok())
            .count()
    });
}
