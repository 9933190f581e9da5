//! Every shape of file that rounds reads, as people and programs write it: a small file of each in
//! `tests/fixtures/shapes`, with what must be read of it beside it. The first line of `NAME.expected` is the path that the
//! file has in an agent's folder. `ROUNDS_BLESS=1` writes what is read now, to be looked at.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use rounds::domain::heartbeat::{Heartbeat, Items, RunStatus, Stamp, Surety};
use rounds::domain::schedule::{Plan, Schedule};
use rounds::domain::time::{Ts, Zone};
use rounds::parse::classify::reader_for;
use rounds::parse::vocabulary::Vocabulary;
use rounds::parse::{self, Body, Chunk, Context, Diagnostic, Reader, Record};

/// 2026-03-30T00:00:00Z, when every one of these files was written last.
const MODIFIED: Ts = Ts(1_774_828_800_000);

#[test]
fn every_shape_is_read_as_its_expectation_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shapes");
    let mut expected: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "expected"))
        .collect();
    expected.sort();
    assert!(expected.len() >= 40, "{} shapes", expected.len());
    let mut wrong = Vec::new();
    for path in expected {
        let said = fs::read_to_string(&path).expect("text");
        let bytes = fs::read(path.with_extension("in")).expect("a fixture beside it");
        let place = said.lines().next().expect("a path");
        let read = format!("{place}\n{}", describe(place, &bytes));
        if read == said {
            continue;
        }
        if std::env::var_os("ROUNDS_BLESS").is_some() {
            fs::write(&path, &read).expect("written");
        } else {
            wrong.push(format!(
                "{}\n--- expected\n{said}--- read\n{read}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn describe(path: &str, bytes: &[u8]) -> String {
    let vocabulary = Vocabulary::default();
    let context = Context {
        path,
        zone: Zone::UTC,
        modified: MODIFIED,
        vocabulary: &vocabulary,
    };
    let Some((reader, _)) = reader_for(path, bytes, &vocabulary) else {
        return "passed over\n".to_owned();
    };
    let mut out = format!("{}\n", reader.word());
    let diagnostics = match reader {
        Reader::Plan => {
            let (plan, diagnostics) = parse::plan(bytes, &context);
            tasks(&mut out, &plan);
            for done in parse::done(bytes, &context) {
                record(&mut out, &done);
            }
            diagnostics
        }
        Reader::CronStore => {
            let (store, diagnostics) = parse::store(bytes, &context);
            for plan in &store.plans {
                tasks(&mut out, plan);
            }
            for run in &store.records {
                record(&mut out, run);
            }
            diagnostics
        }
        Reader::Lock | Reader::LifeSign | Reader::Tracking | Reader::Document => Vec::new(),
        Reader::Json
        | Reader::Wal
        | Reader::Snapshot
        | Reader::Text
        | Reader::Markdown
        | Reader::Insights => {
            let parsed = parse::log(reader, Chunk::whole(bytes), &context);
            for said in &parsed.records {
                record(&mut out, said);
            }
            parsed.diagnostics
        }
    };
    doubts(&mut out, &diagnostics);
    out
}

fn doubts(out: &mut String, diagnostics: &[Diagnostic]) {
    for one in diagnostics {
        let _ = writeln!(out, "! {} {}", one.line, one.kind.word());
    }
}

fn record(out: &mut String, record: &Record<'_>) {
    match &record.body {
        Body::Beat(beat) => self::beat(out, record.line, beat),
        Body::Step(step) => {
            let _ = writeln!(out, "step {} {}", record.line, step.at.at.rfc3339());
        }
        Body::Insight(insight) => {
            let (at, kind) = (stamp(insight.at), insight.kind);
            let text = insight.text.exact();
            let _ = writeln!(out, "insight {} {at} {kind:?} {text}", record.line);
        }
    }
}

fn beat(out: &mut String, line: u32, beat: &Heartbeat<'_>) {
    let _ = write!(
        out,
        "beat {line} {} {}",
        stamp(beat.at),
        status(beat.status)
    );
    for (name, value) in [("agent", &beat.agent), ("task", &beat.task)] {
        if let Some(value) = value {
            let _ = write!(out, " {name}={}", value.exact());
        }
    }
    if let Some(length) = beat.duration {
        let _ = write!(out, " for={}s", length.0 / 1_000);
    }
    for (name, list) in [
        ("did", &beat.did),
        ("skipped", &beat.skipped),
        ("failed", &beat.failed),
    ] {
        items(out, name, list);
    }
    out.push('\n');
}

fn items(out: &mut String, name: &str, items: &Items<'_>) {
    if items.count == 0 {
        return;
    }
    let whats: Vec<&str> = items.listed.iter().map(|item| item.what.exact()).collect();
    let _ = write!(out, " {name}={}{whats:?}", items.count);
}

fn tasks(out: &mut String, plan: &Plan) {
    for task in &plan.tasks {
        let _ = write!(out, "task {} {}", task.line, task.id);
        if let Some(agent) = &plan.agent {
            let _ = write!(out, " of={agent}");
        }
        if let Some(due) = task.due {
            let _ = write!(out, " due={}", stamp(due));
        }
        match &task.schedule {
            Some(Schedule::Cron { expr, zone }) => {
                let zone = zone.map_or_else(String::new, |zone| format!(" in {zone}"));
                let _ = write!(out, " cron={:?}{zone}", expr.exact());
            }
            Some(Schedule::Every { every, .. }) => {
                let _ = write!(out, " every={}s", every.0 / 1_000);
            }
            Some(Schedule::At(at)) => {
                let _ = write!(out, " at={}", at.rfc3339());
            }
            None => {}
        }
        if let Some(length) = task.estimate {
            let _ = write!(out, " est={}m", length.0 / 60_000);
        }
        let on = if task.enabled { "" } else { " off" };
        let _ = writeln!(out, " {:?}{on}", task.status);
    }
}

/// With a mark where the text did not say it all.
fn stamp(stamp: Stamp) -> String {
    let mark = match stamp.surety {
        Surety::Exact => "",
        Surety::AssumedZone => "(zone?)",
        Surety::About => "(about)",
        Surety::DayOnly => "(day)",
        Surety::FileTime => "(file)",
    };
    format!("{}{mark}", stamp.at.rfc3339())
}

fn status(status: RunStatus) -> String {
    format!("{status:?}").to_lowercase()
}
