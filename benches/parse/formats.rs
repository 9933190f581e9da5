//! Files as agents and schedulers write them, of any length. No two entries are alike, and each has what real ones have: prose, other scripts, pictures,
//! what a failing tool prints, blanks at the wrong places.

use std::fmt::Write as _;

use rounds::parse::Reader;

pub struct Format {
    pub name: &'static str,
    pub reader: Reader,
    /// Relative to the agent's folder.
    pub path: &'static str,
    head: &'static str,
    /// Between two entries.
    between: &'static str,
    tail: &'static str,
    one: fn(&mut String, u32),
}

pub const FORMATS: &[Format] = &[
    log("contract lines", Reader::Json, "heartbeat.jsonl", contract),
    log("foreign lines", Reader::Json, "logs/runs.jsonl", foreign),
    log(
        "pretty-printed objects",
        Reader::Json,
        "activity.log",
        pretty,
    ),
    log("write-ahead log", Reader::Wal, "wal.jsonl", step),
    log("text, levels and traces", Reader::Text, "agent.log", text),
    log("text, blocks of a run", Reader::Text, "nightly.log", block),
    whole(
        "Markdown, headings",
        Reader::Markdown,
        "heartbeat-log.md",
        heading,
    ),
    whole(
        "Markdown, bullets",
        Reader::Markdown,
        "memory/2026-03-28.md",
        bullet,
    ),
    whole(
        "Markdown, a table",
        Reader::Markdown,
        "logs/2026-03-28.md",
        row,
    ),
    whole("insights by day", Reader::Insights, "INSIGHTS.md", insight),
    whole("insights by title", Reader::Insights, "lessons.md", lesson),
    json(
        "plan",
        Reader::Plan,
        "schedule.json",
        "{\"agent\":\"social\",\"date\":\"2026-03-28\",\"tasks\":[",
        "]}",
        task,
    ),
    json(
        "store of OpenClaw",
        Reader::CronStore,
        "cron/jobs.json",
        "{\"version\":1,\"jobs\":[",
        "]}",
        openclaw,
    ),
    json(
        "store of Hermes",
        Reader::CronStore,
        "cron/jobs.json",
        "{\"jobs\":[",
        "]}",
        hermes,
    ),
    json(
        "snapshot, a list of runs",
        Reader::Snapshot,
        "state.json",
        "{\"runs\":[",
        "]}",
        run,
    ),
    json(
        "snapshot, agent to object",
        Reader::Snapshot,
        "status.json",
        "{",
        "}",
        member,
    ),
];

const fn log(
    name: &'static str,
    reader: Reader,
    path: &'static str,
    one: fn(&mut String, u32),
) -> Format {
    Format {
        name,
        reader,
        path,
        head: "",
        between: "",
        tail: "",
        one,
    }
}

const fn whole(
    name: &'static str,
    reader: Reader,
    path: &'static str,
    one: fn(&mut String, u32),
) -> Format {
    Format {
        name,
        reader,
        path,
        head: "# What was done\n\n",
        between: "",
        tail: "",
        one,
    }
}

const fn json(
    name: &'static str,
    reader: Reader,
    path: &'static str,
    head: &'static str,
    tail: &'static str,
    one: fn(&mut String, u32),
) -> Format {
    Format {
        name,
        reader,
        path,
        head,
        between: ",\n",
        tail,
        one,
    }
}

impl Format {
    pub fn text(&self, size: usize) -> String {
        let mut text = self.head.to_owned();
        let mut n = 0;
        while text.len() < size {
            if n > 0 {
                text.push_str(self.between);
            }
            n += 1;
            (self.one)(&mut text, n);
        }
        text.push_str(self.tail);
        text
    }

    /// The file's name, where it may be of any size.
    pub fn path_of_log(&self) -> Option<&'static str> {
        let name = self.path.rsplit('/').next();
        name.filter(|_| self.reader.appends())
    }
}

macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        // Writing into a text cannot fail.
        let _ = write!($out, $($arg)*);
    };
}

/// Something to say that is not always the same.
fn prose(n: u32) -> &'static str {
    const SAID: [&str; 8] = [
        "looked at the beds behind the glasshouse, none of them dry",
        "two replies, one skipped because it was answered already",
        "поливка закончена, воды хватило",
        "the pump draws 4.2 bar, which is within what the maker names (3.8 to 4.6); next look in an hour",
        "已检查温室，没有异常",
        "error handling of the valve script was improved, nothing else changed",
        "✅ published \"Why tomatoes split\" at https://example.org/posts/tomatoes?ref=feed&id=991",
        "waited 12s for the lock of bed-7, then went on",
    ];
    SAID[n as usize % SAID.len()]
}

fn clock(n: u32) -> (u32, u32, u32) {
    (n / 3_600 % 24, n / 60 % 60, n % 60)
}

fn contract(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "{{\"ts\":\"2026-03-28T{h:02}:{m:02}:{s:02}+02:00\",\"agent\":\"social\",\"run_id\":\"01JQE{n:06}\",\"task\":\"morning-replies\",\"status\":\"partial\",\
         \"due\":\"2026-03-28T10:10:00+02:00\",\"started\":\"2026-03-28T{h:02}:{m:02}:00+02:00\",\"duration_ms\":146000,\"did\":[\"replied to {s} threads\"],\
         \"skipped\":[{{\"what\":\"follow @x{n}\",\"why\":\"already_done\"}}],\
         \"failed\":[{{\"what\":\"comment on {n}\",\"why\":\"HTTP 429\",\"tier\":\"mutating\",\"retry\":\"check\"}}],\
         \"msg\":\"{}\",\"next\":\"2026-03-28T13:05:00+02:00\"}}\n",
        prose(n).replace('"', "\\\"")
    );
}

fn foreign(out: &mut String, n: u32) {
    put!(
        out,
        "{{\"sessionId\": \"s-{n}\", \"jobName\": \"feed scan\", \"finishedAt\": {}, \"durationMs\": {}, \"outcome\": \"completed\", \"summary\": \"{}\", \
         \"usage\": {{\"input_tokens\": {n}, \"output_tokens\": 812}}, \"filesChanged\": [\"a.md\", \"b.md\"]}}\n",
        1_774_692_907_000_u64 + u64::from(n) * 60_000,
        n * 7 % 90_000,
        prose(n).replace('"', "\\\"")
    );
}

fn pretty(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "{{\n  \"timestamp\": \"2026-03-28T{h:02}:{m:02}:{s:02}Z\",\n  \"action\": \"scan\",\n  \"success\": true,\n  \"processed\": {n},\n  \"details\": \"{}\"\n}}\n",
        prose(n).replace('"', "\\\"")
    );
}

fn step(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "{{\"ts\":\"2026-03-28T{h:02}:{m:02}:{s:02}+02:00\",\"run_id\":\"r{n}\",\"task\":\"water\",\"step\":\"s{n}\",\"do\":\"open the tap\",\
         \"target\":\"bed {n}\",\"tier\":\"mutating\",\"reversible\":true,\"key\":\"open:{n}\",\"status\":\"done\"}}\n"
    );
}

fn text(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "[2026-03-28 {h:02}:{m:02}:{s:02}] INFO: {} ({n})\n",
        prose(n)
    );
    match n % 7 {
        0 => {
            put!(
                out,
                "[2026-03-28 {h:02}:{m:02}:{s:02}] ERROR: round {n} failed\nTraceback (most recent call last):\n  File \"/srv/agent/run.py\", line {n}, in main\n    \
                 raise TimeoutError(url)\nTimeoutError: no answer within 30 s\n"
            );
        }
        3 => {
            put!(
                out,
                "[2026-03-28 {h:02}:{m:02}:{s:02}] SUCCESS: round {n} done\n  and what was seen goes on here\n"
            );
        }
        _ => {}
    }
}

fn block(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "=== 2026-03-28 {h:02}:{m:02}:{s:02} NIGHTLY START ===\n{}\nstep 1 of 2: fetch\nstep 2 of 2: send\n\u{1b}[32mall sent\u{1b}[0m\n=== 2026-03-28 {h:02}:{m:02}:{s:02} NIGHTLY END ===\n",
        prose(n)
    );
}

fn heading(out: &mut String, n: u32) {
    let (h, m, _) = clock(n * 61);
    let day = n % 28 + 1;
    put!(
        out,
        "## 2026-03-{day:02} {h:02}:{m:02}\n- **Status**: ✅ Complete\n- **Duration:** {n}s\n\n{}\n\n### Done\n- watered {n} pots\n- {}\n\n### Skipped\n- none\n\n",
        prose(n),
        prose(n + 3)
    );
}

fn bullet(out: &mut String, n: u32) {
    let (h, m, _) = clock(n);
    put!(
        out,
        "- **{h:02}:{m:02} UTC** | Build {n}: {}\n  - checks: 12 of 12\n",
        prose(n)
    );
}

fn row(out: &mut String, n: u32) {
    let (h, m, _) = clock(n);
    if n == 1 {
        out.push_str("| time | what | how |\n|---|---|---|\n");
    }
    put!(out, "| {h:02}:{m:02} | {} | ✅ |\n", prose(n));
}

fn insight(out: &mut String, n: u32) {
    let day = n % 28 + 1;
    put!(
        out,
        "## 2026-03-{day:02}\n### Worked\n- early rounds find {n} dry pots more. #timing\n- {}\n  and it held over three days\n### Didn't\n- {}\n### Change\n- [ ] begin earlier\n\n",
        prose(n),
        prose(n + 1)
    );
}

fn lesson(out: &mut String, n: u32) {
    let day = n % 28 + 1;
    put!(
        out,
        "## [LRN-202603{day:02}-{n:04X}] how to check a valve\n**Logged**: 2026-03-{day:02}T09:00:00Z\n**Priority**: high\n\n### Summary\n{}\n\n### Details\n{}\n\n---\n\n",
        prose(n),
        prose(n + 1)
    );
}

fn task(out: &mut String, n: u32) {
    put!(
        out,
        "{{\"id\":\"t{n}\",\"title\":\"answer thread {n}\",\"due\":\"2026-03-28T10:10:00+02:00\",\"tier\":\"mutating\",\"status\":\"pending\",\"est_s\":600,\
         \"uses\":{{\"comment\":1}},\"resource\":[\"linkedin\"],\"depends_on\":[]}}"
    );
}

fn openclaw(out: &mut String, n: u32) {
    put!(
        out,
        "    {{\n      \"id\": \"8a7c-{n}\",\n      \"agentId\": \"main\",\n      \"name\": \"job {n}\",\n      \"enabled\": true,\n      \"createdAtMs\": 1774000000000,\n      \
         \"schedule\": {{\n        \"kind\": \"cron\",\n        \"expr\": \"0 7 * * *\",\n        \"tz\": \"Europe/Kyiv\"\n      }},\n      \"sessionTarget\": \"isolated\",\n      \
         \"payload\": {{\n        \"kind\": \"agentTurn\",\n        \"message\": \"{}\"\n      }},\n      \"state\": {{\n        \"lastRunAtMs\": 1774692000000,\n        \
         \"lastStatus\": \"ok\",\n        \"lastDurationMs\": 8123,\n        \"nextRunAtMs\": 1774778400000\n      }}\n    }}",
        prose(n).replace('"', "\\\"")
    );
}

fn hermes(out: &mut String, n: u32) {
    put!(
        out,
        "{{\"id\": \"{n:08x}\", \"name\": \"job {n}\", \"prompt\": \"{}\", \"schedule\": {{\"kind\": \"interval\", \"minutes\": 30}}, \"enabled\": true, \"state\": \"scheduled\", \
         \"next_run_at\": \"2026-03-28T10:30:00+00:00\", \"last_run_at\": \"2026-03-28T10:00:03+00:00\", \"last_status\": \"ok\", \"last_error\": null}}",
        prose(n).replace('"', "\\\"")
    );
}

fn run(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "{{\"job\":\"rye\",\"status\":\"ok\",\"timestamp\":\"2026-03-28T{h:02}:{m:02}:{s:02}Z\",\"summary\":\"batch {n} is out of the oven\"}}"
    );
}

fn member(out: &mut String, n: u32) {
    let (h, m, s) = clock(n);
    put!(
        out,
        "  \"agent-{n}\": {{\n    \"lastRun\": \"2026-03-28T{h:02}:{m:02}:{s:02}Z\",\n    \"status\": \"success\",\n    \"currentTask\": null,\n    \"message\": \"{}\"\n  }}",
        prose(n).replace('"', "\\\"")
    );
}
