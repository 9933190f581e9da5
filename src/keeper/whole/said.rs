//! What the bytes of a whole file say, and from when that counts.

use std::path::Path;

use super::super::piece::damage_sentence;
use super::super::tracked::Tracked;
use crate::domain::facts::LockFact;
use crate::domain::schedule::Plan;
use crate::domain::text::Lent;
use crate::domain::time::{Ts, Zone};
use crate::parse::{self, Body, Chunk, Context, Diagnostic, Reader, Store};

/// What a whole file said.
pub(in crate::keeper) enum Said {
    /// A plan, and what it claims was done.
    Plan(Box<Plan>, Vec<parse::Record<'static>>),
    Records(Vec<parse::Record<'static>>),
    Store(Store),
    Lock(Option<LockFact>),
    /// Its version is kept, nothing is counted.
    Text,
    /// Insights, with the days they name.
    Learned(Vec<Ts>),
    /// That it was touched.
    Life,
}

/// Why the bytes say nothing: cut off, or emptied by a writer that has not gone on yet.
pub(super) fn torn(reader: Reader, bytes: &[u8], diagnostics: &[Diagnostic]) -> Option<String> {
    if !must_parse(reader) {
        return None;
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Some("it is empty".to_owned());
    }
    let damage = diagnostics.iter().find(|d| d.kind.is_damage())?;
    Some(damage_sentence(damage))
}

/// JSON that is cut off says nothing; text that is odd in places says the rest.
fn must_parse(reader: Reader) -> bool {
    match reader {
        Reader::Plan | Reader::CronStore | Reader::Snapshot | Reader::Lock | Reader::Tracking => {
            true
        }
        Reader::Json
        | Reader::Wal
        | Reader::Text
        | Reader::Markdown
        | Reader::Insights
        | Reader::LifeSign
        | Reader::Document => false,
    }
}

pub(super) fn read(
    tracked: &Tracked,
    bytes: &[u8],
    context: &Context<'_>,
    modified: Ts,
) -> (Said, Vec<Diagnostic>) {
    match tracked.reader {
        Reader::Plan => {
            let (plan, diagnostics) = parse::plan(bytes, context);
            let done = parse::done(bytes, context);
            (Said::Plan(Box::new(plan), done), diagnostics)
        }
        Reader::CronStore => {
            let (mut store, diagnostics) = parse::store(bytes, context);
            if logs_runs(&tracked.path) {
                store.records.clear();
            }
            store.records.retain(|run| !has_pages(&tracked.path, run));
            (Said::Store(store), diagnostics)
        }
        Reader::Lock => {
            let (lock, diagnostics) = parse::lock(bytes, context);
            (
                Said::Lock(lock.map(|lock| LockFact {
                    lock,
                    file: tracked.row.id,
                    modified,
                    renewals: 0,
                })),
                diagnostics,
            )
        }
        Reader::Markdown | Reader::Snapshot | Reader::Json | Reader::Wal | Reader::Text => {
            let chunk = Chunk::whole(bytes);
            let parsed = parse::log(tracked.reader, chunk, context);
            (Said::Records(parsed.records), parsed.diagnostics)
        }
        Reader::Insights => {
            let parsed = parse::log(tracked.reader, Chunk::whole(bytes), context);
            (
                Said::Learned(days_named(&parsed.records, modified)),
                Vec::new(),
            )
        }
        Reader::Tracking => (Said::Text, parse::document(bytes)),
        Reader::Document => (Said::Text, Vec::new()),
        Reader::LifeSign => (Said::Life, Vec::new()),
    }
}

/// When insights were touched: when the file was, and on the days that its entries name.
fn days_named(records: &[parse::Record], modified: Ts) -> Vec<Ts> {
    let days = records.iter().filter_map(|record| match &record.body {
        Body::Insight(insight) => Some(insight.at.at),
        Body::Beat(_) | Body::Step(_) => None,
    });
    let mut days: Vec<Ts> = days.filter(|&at| at <= modified).collect();
    days.push(modified);
    days.sort_unstable();
    days.dedup();
    days
}

/// The scheduler keeps a log of each job's runs beside its store, which would tell the last run of each a second time.
fn logs_runs(store: &Path) -> bool {
    let runs = store.with_file_name("runs");
    let mut logs = std::fs::read_dir(runs).into_iter().flatten().flatten();
    logs.any(|entry| {
        let name = entry.path();
        name.extension().is_some_and(|end| end == "jsonl")
    })
}

/// The scheduler keeps a page of each run of that job beside its store.
fn has_pages(store: &Path, run: &parse::Record<'_>) -> bool {
    let Body::Beat(beat) = &run.body else {
        return false;
    };
    let Some(job) = beat.task.as_ref().map(Lent::exact) else {
        return false;
    };
    // A name is never part of a path unless it is one plain component.
    let plain = job
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    plain && store.with_file_name("output").join(job).is_dir()
}

/// From when a version counts: when we saw it; for history what it says of itself.
pub(super) fn known_from(said: &Said, live: bool, now: Ts, modified: Ts, zone: Zone) -> Ts {
    if live {
        return now;
    }
    let plan = match said {
        Said::Plan(plan, _) => plan,
        Said::Store(_) => return modified.min(now),
        Said::Records(_) | Said::Lock(_) | Said::Text | Said::Learned(_) | Said::Life => {
            return now;
        }
    };
    known_of(plan, modified, zone).min(now)
}

/// What a plan says itself of when it was made; else the start of its day, else when its file was written.
pub(in crate::keeper) fn known_of(plan: &Plan, modified: Ts, zone: Zone) -> Ts {
    let dated = plan.date.map(|day| plan.zone.unwrap_or(zone).start_of(day));
    let made = plan.generated.map(|stamp| stamp.at);
    made.or(dated).unwrap_or(modified)
}
