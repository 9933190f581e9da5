//! Bringing one changed file into the mirror.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arrival::Sighting;
use super::piece::{self, Piece, Reading};
use super::tracked::Tracked;
use super::whole;
use crate::domain::facts::FileState;
use crate::domain::id::Locus;
use crate::domain::policy::Policy;
use crate::domain::time::{Ts, Zone};
use crate::parse::Reader;
use crate::parse::vocabulary::Vocabulary;
use crate::store::StoreError;
use crate::store::batch::Numbers;
use crate::store::changes::Changes;
use crate::store::files::FileRow;
use crate::store::foreign::with_log;
use crate::store::intake::Terms;
use crate::store::mirror::Mirror;
use crate::store::seen::{SeenLog, Sightings};
use crate::store::versions::Versions;
use crate::sys::clock::Clock;
use crate::sys::file::{Stat, open_beneath, stat_open};
use crate::watch::generation::{Continuity, continuity};
use crate::watch::rotation::moved_to;

/// How long a rewritten file that does not parse is retried before it counts as damaged.
pub const SETTLE: Duration = Duration::from_secs(2);

/// What reading needs besides the file.
pub struct Desk<'a> {
    pub mirror: &'a mut Mirror,
    pub versions: &'a Versions,
    pub seen: &'a SeenLog,
    pub sightings: &'a mut Sightings,
    pub vocabulary: &'a Vocabulary,
    pub policy: &'a Policy,
    pub clock: &'a Clock,
    pub transactions: Transactions,
}

/// Who begins and ends transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transactions {
    /// Every step of a look is one.
    Own,
    /// One is open around the whole look: it fails or succeeds as one.
    Open,
}

impl Desk<'_> {
    /// The zone that a file's zoneless times are read in.
    pub fn zone(&self, tracked: &Tracked) -> Zone {
        self.policy
            .pick(&tracked.agent, |o| o.zone)
            .map_or(self.policy.zone.value, |z| z.value)
    }

    pub fn sighting(&self, stat: &Stat, live: bool) -> Sighting {
        Sighting {
            now: self.clock.now(),
            modified: self.clock.of_file(stat.modified()),
            seed: self.mirror.item_seed(),
            live,
        }
    }

    /// Runs `work` in one transaction; what it changed is added to `changes`, here or where the open one is ended.
    pub fn transact(
        &mut self,
        changes: &mut Changes,
        work: impl FnOnce(&mut Mirror) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self.transactions {
            Transactions::Own => self.mirror.begin()?,
            Transactions::Open => return work(self.mirror),
        }
        if let Err(error) = work(self.mirror) {
            self.mirror.rollback();
            return Err(error);
        }
        changes.absorb(self.mirror.commit()?);
        Ok(())
    }
}

/// A log that moved to another name and must be followed there.
pub type Moved = Option<Tracked>;

/// Looks at one file and mirrors what is new. Failures of the agent's file become its state; only the mirror's own
/// failures are errors.
pub fn look(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    changes: &mut Changes,
) -> Result<Moved, StoreError> {
    let opened =
        open_beneath(Path::new(&*tracked.row.root), &tracked.row.relative).and_then(|file| {
            let stat = stat_open(&file)?;
            Ok((file, stat))
        });
    let (file, stat) = match opened {
        Ok(opened) => opened,
        // Another rounds changes the file under a lease: the next look sees what it made of it.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
        Err(error) => {
            set_unopened(tracked, &error, desk.clock.now(), changes);
            return follow_gone(desk, tracked, changes);
        }
    };
    let stat = with_log(&tracked.path, stat);
    if tracked.is_unchanged(&stat) {
        return Ok(None);
    }
    if tracked.state != FileState::Good && !matches!(tracked.state, FileState::Torn { .. }) {
        tracked.state = FileState::Good;
        changes.agents.insert(tracked.row.agent);
    }
    if !tracked.reader.appends() {
        whole::look(desk, tracked, &file, &stat, changes)?;
        return Ok(None);
    }
    let moved = match generation_of(&file, &stat, tracked) {
        Ok(Continuity::Same) => None,
        Ok(change) => begin_anew(desk, tracked, &stat, change, changes)?,
        Err(error) => {
            set_unopened(tracked, &error, desk.clock.now(), changes);
            return Ok(None);
        }
    };
    append(desk, tracked, &file, &stat, changes)?;
    Ok(moved)
}

fn generation_of(file: &File, stat: &Stat, tracked: &Tracked) -> io::Result<Continuity> {
    if tracked.row.ino == 0 && tracked.row.offset == 0 {
        return Ok(Continuity::Same);
    }
    continuity(file, stat, &tracked.row)
}

fn set_unopened(tracked: &mut Tracked, error: &io::Error, now: Ts, changes: &mut Changes) {
    let state = match (error.kind(), &tracked.state) {
        (io::ErrorKind::NotFound, FileState::Gone { since }) => FileState::Gone { since: *since },
        (io::ErrorKind::NotFound, _) => FileState::Gone { since: now },
        (_, FileState::Unreadable { since, what }) => FileState::Unreadable {
            since: *since,
            what: what.clone(),
        },
        (_, _) => FileState::Unreadable {
            since: now,
            what: crate::watch::discover::explain(error),
        },
    };
    if state != tracked.state {
        tracked.state = state;
        changes.agents.insert(tracked.row.agent);
    }
}

/// A log that is gone under its name may have been renamed with unread lines at its end.
fn follow_gone(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    changes: &mut Changes,
) -> Result<Moved, StoreError> {
    if !matches!(tracked.state, FileState::Gone { .. })
        || !tracked.reader.appends()
        || tracked.row.ino == 0
    {
        return Ok(None);
    }
    let Some(mut moved) = find_moved(tracked) else {
        return Ok(None);
    };
    drain(desk, &mut moved, changes)?;
    // Whatever takes the name next is another file.
    tracked.row = fresh_row(desk.mirror, &tracked.row);
    tracked.may_be_known = true;
    Ok(Some(moved))
}

fn find_moved(tracked: &Tracked) -> Moved {
    let path = moved_to(&tracked.path, tracked.row.dev, tracked.row.ino)?;
    let relative = path
        .strip_prefix(&*tracked.row.root)
        .ok()?
        .to_str()?
        .to_owned();
    let mut moved = Tracked {
        path: path.into(),
        state: FileState::Good,
        ..tracked.clone()
    };
    moved.row.relative = relative;
    // It may have been found and read under its new name already.
    moved.may_be_known = true;
    Some(moved)
}

/// Reads a moved log to its end under its new name, from where it was left.
fn drain(
    desk: &mut Desk<'_>,
    moved: &mut Tracked,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let opened = open_beneath(Path::new(&*moved.row.root), &moved.row.relative).and_then(|file| {
        let stat = stat_open(&file)?;
        let same = continuity(&file, &stat, &moved.row)? == Continuity::Same;
        Ok(same.then_some((file, stat)))
    });
    if let Ok(Some((file, stat))) = opened {
        append(desk, moved, &file, &stat, changes)?;
    }
    Ok(())
}

/// The name holds another generation: the old one keeps its rows (under its new name, where it can be found), and this
/// one is read from its beginning.
fn begin_anew(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    stat: &Stat,
    change: Continuity,
    changes: &mut Changes,
) -> Result<Moved, StoreError> {
    let moved = match change {
        Continuity::Replaced => find_moved(tracked),
        Continuity::Same | Continuity::Rewritten => None,
    };
    let word = match (change, &moved) {
        (Continuity::Replaced, Some(moved)) => format!(
            "rotated to {}",
            crate::domain::text::clean_within(&moved.row.relative, 60)
        ),
        (Continuity::Replaced, None) => "replaced by another file".to_owned(),
        (Continuity::Rewritten, _) if stat.size < tracked.row.offset => {
            format!(
                "truncated from {} to {} bytes",
                tracked.row.offset, stat.size
            )
        }
        (Continuity::Rewritten | Continuity::Same, _) => "rewritten in place".to_owned(),
    };
    let mut moved = moved;
    if let Some(moved) = &mut moved {
        drain(desk, moved, changes)?;
    }
    let old = FileRow {
        live: false,
        ..tracked.row.clone()
    };
    let new = fresh_row(desk.mirror, &tracked.row);
    let now = desk.clock.now();
    let keeps_old = moved.is_none();
    desk.transact(changes, |mirror| {
        if keeps_old {
            mirror.put_file(&old)?;
        }
        mirror.add_note(
            new.agent,
            now,
            Locus {
                file: new.id,
                ..Locus::default()
            },
            &word,
        )
    })?;
    tracked.row = new;
    tracked.may_be_known = true;
    Ok(moved)
}

/// A row for a new generation under the same name.
pub fn fresh_row(mirror: &mut Mirror, old: &FileRow) -> FileRow {
    FileRow {
        id: mirror.new_file(),
        agent: old.agent,
        root: old.root.clone(),
        relative: old.relative.clone(),
        reader: old.reader.clone(),
        live: true,
        line: 1,
        ..FileRow::default()
    }
}

fn append(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    file: &File,
    stat: &Stat,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let (mut arrived, mut known) = (0, 0);
    let sighting = desk.sighting(stat, tracked.live);
    let reading = Reading {
        vocabulary: desk.vocabulary,
        zone: desk.zone(tracked),
        sighting,
    };
    let mut pieces = piece::Desk::new(sighting.seed);
    let mut numbers = Numbers::default();
    loop {
        let read = piece::next(file, stat, tracked, &tracked.row, &reading, &mut pieces);
        let piece = match read {
            Ok(piece) => piece,
            Err(error) => {
                set_unopened(tracked, &error, reading.sighting.now, changes);
                return Ok(());
            }
        };
        let (row, last) = (piece.row.clone(), piece.last);
        let root = tracked.row.root.clone();
        arrived += piece.batch.len();
        desk.transact(changes, |mirror| {
            known += put_piece(mirror, piece, &mut numbers, &root, sighting.modified)?;
            Ok(())
        })?;
        tracked.row = row;
        if last {
            break;
        }
    }
    tracked.live = true;
    // A copy or a rewrite that is still being written goes on with known records.
    tracked.may_be_known &= arrived == 0 || known > 0;
    Ok(())
}

/// Puts one piece into the mirror, within a transaction. How many of its records were known comes back.
pub fn put_piece(
    mirror: &mut Mirror,
    piece: Piece,
    numbers: &mut Numbers,
    root: &str,
    at: Ts,
) -> Result<usize, StoreError> {
    mirror.drop_provisional(piece.row.id)?;
    let terms = Terms {
        folder: root,
        recognise: piece.recognise,
        repeats: piece.repeats,
        settled: piece.settled,
    };
    let known = mirror.add(&piece.batch, numbers, &terms)?;
    for step in &piece.steps {
        mirror.add_step(piece.row.agent, step)?;
    }
    for (locus, sentence) in &piece.notes {
        mirror.add_note(piece.row.agent, at, *locus, sentence)?;
    }
    mirror.put_file(&piece.row)?;
    Ok(known)
}

/// A file that discovery found and nothing is known of.
pub fn track(
    mirror: &mut Mirror,
    path: Arc<Path>,
    root: String,
    relative: String,
    agent: (i64, crate::domain::id::AgentId),
    reader: Reader,
) -> Tracked {
    let row = FileRow {
        id: mirror.new_file(),
        agent: agent.0,
        root: root.into(),
        relative,
        reader: reader.word().into(),
        live: true,
        line: 1,
        ..FileRow::default()
    };
    Tracked {
        path,
        agent: agent.1,
        reader,
        row,
        state: FileState::Good,
        torn: None,
        live: false,
        may_be_known: true,
        calm: false,
    }
}

/// Whether a torn file has had its two seconds.
pub fn settled(since: Instant) -> bool {
    since.elapsed() >= SETTLE
}
