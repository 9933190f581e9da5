//! Files that are rewritten, not appended to: plans, snapshots, Markdown, insights, locks, and bare signs of life. They are
//! read whole when they change, and one that does not parse never replaces the last good reading.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::arrival::{Origin, Sighting, keep};
use super::beside::{self, Beside};
use super::ingest::{Desk, settled};
use super::piece::damage_sentence;
use super::recalled::{self, Earlier};
use super::tracked::Tracked;
use crate::domain::facts::{FileState, LockFact, PlanVersion};
use crate::domain::heartbeat::{RunStatus, Surety};
use crate::domain::id::{AgentId, Locus};
use crate::domain::schedule::Plan;
use crate::domain::text::{Lent, clean_within};
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::parse::{self, Body, Chunk, Context, Diagnostic, Reader, Store};
use crate::store::StoreError;
use crate::store::batch::{Numbers, Packer};
use crate::store::changes::Changes;
use crate::store::files::FileRow;
use crate::store::foreign;
use crate::store::intake::{Recognise, Repeats, Terms};
use crate::store::mirror::Mirror;
use crate::store::seen::Seen;
use crate::store::segment::Line;
use crate::store::versions::name_of;
use crate::sys::file::{Stat, read_at};
use crate::watch::generation::remember;

/// Largest file that is read whole.
pub const MOST_BYTES: u64 = 4 << 20;

/// What a whole file said.
pub(super) enum Said {
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

/// Reads a changed file whole and mirrors what it says.
pub fn look(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    file: &File,
    stat: &Stat,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let bytes = match content(desk, tracked, file, stat) {
        Ok(bytes) => bytes,
        Err(what) => return tear(desk, tracked, stat, what, changes),
    };
    let hash = match tracked.reader {
        Reader::LifeSign => format!("{}", stat.modified_ns),
        _ => name_of(&bytes),
    };
    if hash == tracked.row.hash && tracked.state == FileState::Good {
        return remember_stat(desk, tracked, file, stat);
    }
    let sighting = desk.sighting(stat, tracked.live);
    let context = Context {
        path: &tracked.row.relative,
        zone: desk.zone(tracked),
        modified: sighting.modified,
        vocabulary: desk.vocabulary,
    };
    let (mut said, diagnostics) = read(tracked, &bytes, &context, sighting.modified);
    if let Some(what) = torn(tracked.reader, &bytes, &diagnostics) {
        let first = *tracked.torn.get_or_insert_with(Instant::now);
        if !settled(first) && tracked.live {
            // The writer may be at it this moment.
            return Ok(());
        }
        set_stat(&mut tracked.row, file, stat);
        return tear(desk, tracked, stat, what, changes);
    }
    let recalled = recalled::recall(desk, tracked, &hash)?;
    let keeps = keeps_versions(tracked.reader);
    if keeps {
        desk.versions.keep(&hash, &bytes)?;
    }
    let extra = Beside::of(desk, tracked, (&bytes, &hash), &context, &mut said);
    let known = recalled.present.unwrap_or_else(|| {
        let (now, modified) = (sighting.now, sighting.modified);
        known_from(&said, tracked.live, now, modified, desk.zone(tracked))
    });
    let mut row = FileRow {
        hash: hash.clone(),
        ..tracked.row.clone()
    };
    note_damage(&mut row, &diagnostics, sighting.modified);
    set_stat(&mut row, file, stat);
    let (agent, seen) = (tracked.agent.clone(), desk.seen);
    desk.transact(changes, |mirror| {
        extra.put(mirror, &row)?;
        for Earlier { known, hash, plan } in recalled.earlier {
            put_plan(mirror, &row, plan, &agent, known, &hash)?;
        }
        let known = put(mirror, &row, said, &agent, known, &hash, &sighting)?;
        if keeps {
            seen.append(&sighted(&row, &sighting, known))?;
        }
        mirror.put_file(&row)
    })?;
    tracked.row = row;
    tracked.torn = None;
    tracked.state = FileState::Good;
    tracked.live = true;
    changes.agents.insert(tracked.row.agent);
    Ok(())
}

/// What is read of a file, or why it cannot be.
fn content(
    desk: &Desk<'_>,
    tracked: &Tracked,
    file: &File,
    stat: &Stat,
) -> Result<Vec<u8>, String> {
    let relative = &tracked.row.relative;
    let bytes = if tracked.reader == Reader::LifeSign {
        Ok(Vec::new())
    } else if foreign::is_database(relative) {
        let folder = Path::new(&*tracked.row.root);
        foreign::jobs(folder, relative, desk.versions.state())
    } else if stat.size > MOST_BYTES {
        return Err(format!(
            "{} MiB, more than the {} MiB that are read whole",
            stat.size >> 20,
            MOST_BYTES >> 20
        ));
    } else {
        read_at(file, 0, stat.size as usize)
    };
    bytes.map_err(|error| error.to_string())
}

fn note_damage(row: &mut FileRow, diagnostics: &[Diagnostic], modified: Ts) {
    let damage: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.kind.is_damage()).collect();
    row.damaged = damage.len() as u32;
    row.damage = damage.last().map(|d| damage_sentence(d));
    let first = row.damage_at.unwrap_or(modified.0);
    row.damage_at = row.damage.as_ref().map(|_| first);
}

/// Why the bytes say nothing: cut off, or emptied by a writer that has not gone on yet.
fn torn(reader: Reader, bytes: &[u8], diagnostics: &[Diagnostic]) -> Option<String> {
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

fn read(
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
fn known_from(said: &Said, live: bool, now: Ts, modified: Ts, zone: Zone) -> Ts {
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
pub(super) fn known_of(plan: &Plan, modified: Ts, zone: Zone) -> Ts {
    let dated = plan.date.map(|day| plan.zone.unwrap_or(zone).start_of(day));
    let made = plan.generated.map(|stamp| stamp.at);
    made.or(dated).unwrap_or(modified)
}

/// Mirrors it; of a plan the moment from which it counts comes back.
fn put(
    mirror: &mut Mirror,
    row: &FileRow,
    said: Said,
    agent: &AgentId,
    known: Ts,
    hash: &str,
    sighting: &Sighting,
) -> Result<Option<Ts>, StoreError> {
    match said {
        Said::Plan(plan, done) => {
            let mut counts = None;
            if !plan.tasks.is_empty() || !beside::is_no_plan(mirror, row)? {
                let known = after_the_last(mirror, row, (&plan, agent), known, sighting)?;
                put_plan(mirror, row, *plan, agent, known, hash)?;
                counts = Some(known);
            }
            if !done.is_empty() {
                put_records(mirror, row, done, agent, sighting)?;
            }
            return Ok(counts);
        }
        Said::Store(store) => {
            let mut owners = mirror.owners_of(row.id)?;
            for plan in store.plans {
                let owner = owner_of(mirror, row, &plan, agent)?;
                owners.remove(&owner);
                put_plan(mirror, row, plan, agent, known, hash)?;
            }
            // An agent whose last job is gone owes nothing any more.
            for owner in owners {
                mirror.add_plan(owner, version(row, Plan::default(), known, hash))?;
            }
            put_records(mirror, row, store.records, agent, sighting)?;
        }
        Said::Lock(lock) => mirror.set_lock(row.agent, row.id, lock.as_ref())?,
        Said::Records(records) => put_records(mirror, row, records, agent, sighting)?,
        Said::Text => {}
        Said::Learned(days) => mirror.add_learned(row.agent, row.id, &days)?,
        Said::Life => {
            let line = Line {
                at: sighting.modified.min(sighting.now),
                surety: Surety::FileTime,
                status: RunStatus::Unknown,
                locus: Locus {
                    file: row.id,
                    ..Locus::default()
                },
                ..Line::default()
            };
            let mut packer = Packer::new(sighting.seed);
            packer.put(agent.as_str(), &line);
            add(mirror, packer, row, Recognise::No, u64::MAX)?;
        }
    }
    Ok(None)
}

/// A plan that was written anew counts from then on, whatever it says of when it was made: the version before it stood
/// until then.
fn after_the_last(
    mirror: &mut Mirror,
    row: &FileRow,
    (plan, agent): (&Plan, &AgentId),
    known: Ts,
    sighting: &Sighting,
) -> Result<Ts, StoreError> {
    let owner = owner_of(mirror, row, plan, agent)?;
    let last = mirror.plan_since(owner, row.id, plan)?;
    Ok(match last {
        Some(last) if last >= known => sighting.modified.min(sighting.now).max(last + Span(1)),
        Some(_) | None => known,
    })
}

fn put_plan(
    mirror: &mut Mirror,
    row: &FileRow,
    plan: Plan,
    agent: &AgentId,
    known: Ts,
    hash: &str,
) -> Result<(), StoreError> {
    let owner = owner_of(mirror, row, &plan, agent)?;
    mirror.add_plan(owner, version(row, plan, known, hash))
}

/// The agent that the plan names, else the one in whose folder it lies.
fn owner_of(
    mirror: &mut Mirror,
    row: &FileRow,
    plan: &Plan,
    agent: &AgentId,
) -> Result<i64, StoreError> {
    match &plan.agent {
        Some(name) if name != agent => mirror.agent(name, &row.root),
        _ => Ok(row.agent),
    }
}

fn version(row: &FileRow, plan: Plan, known: Ts, hash: &str) -> PlanVersion {
    PlanVersion {
        plan: Arc::new(plan),
        file: row.id,
        known,
        hash: hash.to_owned(),
    }
}

/// Adds all that was packed.
fn add(
    mirror: &mut Mirror,
    mut packer: Packer,
    row: &FileRow,
    recognise: Recognise,
    settled: u64,
) -> Result<(), StoreError> {
    let (batch, mut numbers) = (packer.finish(), Numbers::default());
    let terms = Terms {
        folder: &row.root,
        recognise,
        repeats: Repeats::Count,
        settled,
    };
    mirror.add(&batch, &mut numbers, &terms)?;
    Ok(())
}

/// A snapshot's former states stay as history: each was seen. Any other text is what it says now.
fn put_records(
    mirror: &mut Mirror,
    row: &FileRow,
    records: Vec<parse::Record<'static>>,
    agent: &AgentId,
    sighting: &Sighting,
) -> Result<(), StoreError> {
    let is_snapshot = [Reader::Snapshot, Reader::CronStore, Reader::Plan]
        .iter()
        .any(|reader| *row.reader == *reader.word());
    mirror.drop_provisional(row.id)?;
    let origin = Origin {
        agent,
        file: row.id,
        sighting,
    };
    let (mut packer, mut steps) = (Packer::new(sighting.seed), Vec::new());
    for record in records {
        keep(record, &origin, &mut packer, &mut steps);
    }
    for step in &steps {
        mirror.add_step(row.agent, step)?;
    }
    let settled = if is_snapshot { u64::MAX } else { 0 };
    add(mirror, packer, row, Recognise::Known, settled)
}

/// Whether the content only exists until it is rewritten.
fn keeps_versions(reader: Reader) -> bool {
    match reader {
        Reader::Plan
        | Reader::CronStore
        | Reader::Insights
        | Reader::Snapshot
        | Reader::Tracking => true,
        Reader::Json
        | Reader::Wal
        | Reader::Text
        | Reader::Markdown
        | Reader::Lock
        | Reader::LifeSign
        | Reader::Document => false,
    }
}

/// That a version was there, for a mirror that is made anew. It is written before the mirror knows the version: whoever is
/// killed in between sees it once more.
fn sighted(row: &FileRow, sighting: &Sighting, known: Option<Ts>) -> Seen {
    Seen::Version {
        at: sighting.now,
        root: row.root.to_string(),
        relative: row.relative.clone(),
        hash: row.hash.clone(),
        modified: sighting.modified,
        known,
    }
}

/// The file stays as it was read last; its damage is told once, and stands until the file changes.
fn tear(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    stat: &Stat,
    what: String,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let now = desk.clock.now();
    // What nobody watched tear was torn when it was written.
    let seen = if tracked.live {
        now
    } else {
        let written = desk.clock.of_file(stat.modified()).min(now);
        // The day in its name is sooner to be believed than the time of a file that may be a copy.
        let named = day_in(&tracked.row.relative);
        named.map_or(written, |day| desk.zone(tracked).start_of(day).min(written))
    };
    let (since, first) = match &tracked.state {
        FileState::Torn { since, .. } => (*since, false),
        FileState::Good | FileState::Unreadable { .. } | FileState::Gone { .. } => (seen, true),
    };
    let sentence = format!(
        "{} cannot be read: {what}",
        clean_within(&tracked.row.relative, 60)
    );
    tracked.state = FileState::Torn { since, what };
    tracked.torn = None;
    changes.agents.insert(tracked.row.agent);
    if !first {
        return Ok(());
    }
    let (agent, file) = (tracked.row.agent, tracked.row.id);
    let locus = Locus {
        file,
        ..Locus::default()
    };
    desk.transact(changes, |mirror| {
        mirror.add_note(agent, since, locus, &sentence)
    })
}

/// `schedule/2026-03-28.json` speaks of its day.
fn day_in(relative: &str) -> Option<Day> {
    let name = relative.rsplit('/').next()?;
    Day::parse(name.get(..10)?)
}

/// Touched, but not changed: only the stat is new.
fn remember_stat(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    file: &File,
    stat: &Stat,
) -> Result<(), StoreError> {
    let mut row = tracked.row.clone();
    set_stat(&mut row, file, stat);
    desk.transact(&mut Changes::default(), |mirror| mirror.put_file(&row))?;
    tracked.row = row;
    tracked.torn = None;
    tracked.live = true;
    Ok(())
}

fn set_stat(row: &mut FileRow, file: &File, stat: &Stat) {
    if let Err(error) = remember(file, stat, row) {
        tracing::debug!(%error, "a file changed while it was read; the next look sees it");
    }
}
