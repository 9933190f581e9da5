//! Reading speed of every reader on its own format: `cargo bench --bench parse`. No reader may be slower than 60 MB/s. The yardstick beside it is the least any reader of
//! JSON lines must do: let `serde_json` step over the same bytes.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use rounds::domain::time::{Ts, Zone};
use rounds::parse::vocabulary::Vocabulary;
use rounds::parse::{self, Chunk, Context, Reader, log};

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

/// One MiB of a log whose lines begin with a time, and now and then say more.
fn text_lines() -> String {
    let mut text = String::new();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        let (minute, second) = (n / 60 % 60, n % 60);
        let _ = writeln!(
            text,
            "[2026-03-28 10:{minute:02}:{second:02}] INFO: looked at {n} pots, none of them dry\n\
             [2026-03-28 10:{minute:02}:{second:02}] SUCCESS: round {n} done\n  and what was seen goes on here"
        );
    }
    text
}

/// One MiB of entries in Markdown.
fn markdown_entries() -> String {
    let mut text = String::new();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        let (day, hour) = (n % 28 + 1, n % 24);
        let _ = writeln!(
            text,
            "## 2026-03-{day:02} {hour:02}:15\n- **Status**: ✅ Complete\n### Done\n- watered {n} pots\n- swept the yard\n"
        );
    }
    text
}

/// One MiB of insights.
fn insights() -> String {
    let mut text = String::new();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        let day = n % 28 + 1;
        let _ = writeln!(
            text,
            "## 2026-03-{day:02}\n### Worked\n- early rounds find {n} dry pots more. #timing\n### Change\n- [ ] begin earlier\n"
        );
    }
    text
}

/// One MiB of steps ahead.
fn steps() -> String {
    let mut text = String::new();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        let second = n % 60;
        let _ = writeln!(
            text,
            "{{\"ts\":\"2026-03-28T10:15:{second:02}+02:00\",\"run_id\":\"r{n}\",\"task\":\"water\",\"step\":\"s{n}\",\
             \"do\":\"open the tap\",\"target\":\"bed {n}\",\"tier\":\"mutating\",\"reversible\":true,\"status\":\"done\"}}"
        );
    }
    text
}

/// One MiB of a list of objects, with a head before it and a tail behind.
fn listed(head: &str, tail: &str, one: impl Fn(u32) -> String) -> String {
    let mut text = head.to_owned();
    let mut n = 0_u32;
    while text.len() < 1 << 20 {
        n += 1;
        if n > 1 {
            text.push_str(",\n");
        }
        text.push_str(&one(n));
    }
    text.push_str(tail);
    text
}

#[divan::bench]
fn timestamped_text(bencher: Bencher<'_, '_>) {
    bench(bencher, &text_lines(), Reader::Text);
}

#[divan::bench]
fn markdown(bencher: Bencher<'_, '_>) {
    bench(bencher, &markdown_entries(), Reader::Markdown);
}

#[divan::bench]
fn learned(bencher: Bencher<'_, '_>) {
    bench(bencher, &insights(), Reader::Insights);
}

#[divan::bench]
fn write_ahead(bencher: Bencher<'_, '_>) {
    bench(bencher, &steps(), Reader::Wal);
}

#[divan::bench]
fn snapshot(bencher: Bencher<'_, '_>) {
    let text = listed("{\"runs\":[", "]}", |n| {
        format!(
            "{{\"job\":\"rye\",\"status\":\"ok\",\"timestamp\":\"2026-03-28T08:00:00Z\",\"summary\":\"batch {n} is out of the oven\"}}"
        )
    });
    bench(bencher, &text, Reader::Snapshot);
}

fn whole<T>(
    bencher: Bencher<'_, '_>,
    text: &str,
    path: &str,
    read: impl Fn(&[u8], &Context<'_>) -> T + Sync,
) {
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    };
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| read(black_box(text.as_bytes()), &ctx));
}

#[divan::bench]
fn plan_file(bencher: Bencher<'_, '_>) {
    let text = listed(
        "{\"agent\":\"social\",\"date\":\"2026-03-28\",\"tasks\":[",
        "]}",
        |n| {
            format!(
                "{{\"id\":\"t{n}\",\"title\":\"answer thread {n}\",\"due\":\"2026-03-28T10:10:00+02:00\",\"tier\":\"mutating\",\"status\":\"pending\",\"est_s\":600}}"
            )
        },
    );
    whole(bencher, &text, "schedule.json", parse::plan);
}

#[divan::bench]
fn cron_store(bencher: Bencher<'_, '_>) {
    let text = listed("{\"version\":1,\"jobs\":[", "]}", |n| {
        format!(
            "{{\"id\":\"j{n}\",\"name\":\"job {n}\",\"enabled\":true,\"schedule\":{{\"kind\":\"cron\",\"expr\":\"0 7 * * *\",\"tz\":\"UTC\"}},\"state\":{{\"lastRunAtMs\":1774692000000,\"lastStatus\":\"ok\"}}}}"
        )
    });
    whole(bencher, &text, "cron/jobs.json", parse::store);
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
