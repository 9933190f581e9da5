//! Files that are rewritten, not appended to: plans, snapshots, Markdown, insights, locks, and bare signs of life. They are
//! read whole when they change, and one that does not parse never replaces the last good reading.

mod put;
mod said;

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use super::arrival::Sighting;
use super::beside::Beside;
use super::ingest::{Desk, settled};
use super::piece::damage_sentence;
use super::recalled::{self, Earlier};
use super::tracked::Tracked;
use crate::domain::facts::FileState;
use crate::domain::id::Locus;
use crate::domain::text::clean_within;
use crate::domain::time::{Day, Ts};
use crate::parse::{Context, Diagnostic, Reader};
use crate::store::StoreError;
use crate::store::changes::Changes;
use crate::store::files::FileRow;
use crate::store::foreign;
use crate::store::seen::Seen;
use crate::store::versions::name_of;
use crate::sys::file::{Stat, read_at};
use crate::watch::generation::remember;
use put::{put, put_plan};
use said::{known_from, read, torn};

pub(super) use said::{Said, known_of};

/// Largest file that is read whole.
pub const MOST_BYTES: u64 = 4 << 20;

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
