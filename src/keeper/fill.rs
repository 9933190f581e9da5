//! A long history into the mirror: one thread reads and parses, the keeper writes.
//!
//! Files are taken agent by agent and oldest first, so that rows arrive in the order they are clustered in and every page
//! of the mirror is filled at its right edge.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::ingest::put_piece;
use super::piece::{self, Piece, Reading};
use super::tracked::Tracked;
use crate::domain::fleet::Filling;
use crate::domain::time::{Ts, Zone};
use crate::parse::vocabulary::Vocabulary;
use crate::store::StoreError;
use crate::store::batch::Numbers;
use crate::store::files::FileRow;
use crate::store::mirror::BulkLoad;
use crate::sys::apart::{self, Away};
use crate::sys::clock::Clock;
use crate::sys::file::{open_beneath, stat_open};
use crate::sys::memory;

/// Pieces that may wait for the writer, each about 200 KB: as many as keep the reader busy while a transaction ends.
const AHEAD: usize = 16;
/// Pieces in one transaction.
const TOGETHER: usize = 16;
/// Between two looks at progress and at a wish to stop.
const TELL: Duration = Duration::from_millis(100);

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    On,
    Stop,
}

/// A log to read.
pub struct Job {
    path: Arc<Path>,
    tracked: Tracked,
    zone: Zone,
}

/// The unread logs, in the order they are mirrored in.
pub fn jobs(engine: &Engine) -> Vec<Job> {
    let unread = |t: &&Tracked| t.reader.appends() && t.row.offset == 0;
    let mut jobs: Vec<Job> = engine
        .catalog
        .files()
        .filter(unread)
        .map(|tracked| {
            let zone = engine
                .policy
                .pick(&tracked.agent, |o| o.zone)
                .map_or(engine.policy.zone.value, |z| z.value);
            Job {
                path: tracked.path.clone(),
                tracked: tracked.clone(),
                zone,
            }
        })
        .collect();
    jobs.sort_by(|a, b| (a.tracked.row.agent, &a.path).cmp(&(b.tracked.row.agent, &b.path)));
    jobs
}

struct Read {
    job: usize,
    piece: Piece,
    modified: Ts,
}

/// Reads all jobs into the mirror.
pub fn fill(
    engine: &mut Engine,
    jobs: &[Job],
    tell: &mut impl FnMut(&mut Engine) -> Go,
) -> Result<(), StoreError> {
    let total = jobs
        .iter()
        .map(|job| crate::sys::file::stat(&job.path).map_or(0, |s| s.size))
        .sum();
    engine.filling = Some(Filling {
        done_bytes: 0,
        total_bytes: total,
        started: engine.now(),
    });
    engine.mirror.bulk(BulkLoad::Begun)?;
    let vocabulary = engine.setup.config.vocabulary.clone();
    let clock = engine.setup.clock;
    let seed = engine.mirror.item_seed();
    let written = std::thread::scope(|scope| {
        let (send, receive) = sync_channel(AHEAD);
        let read = || read_all(jobs, &vocabulary, clock, seed, send);
        apart::scoped(scope, "parse", Away::AtFirst, read)
            .map_err(StoreError::io("cannot start a thread"))?;
        write_all(engine, jobs, receive, tell)
    });
    engine.mirror.bulk(BulkLoad::Ended)?;
    memory::release();
    written
}

fn read_all(
    jobs: &[Job],
    vocabulary: &Vocabulary,
    clock: Clock,
    seed: u64,
    send: SyncSender<Read>,
) {
    let mut pieces = piece::Desk::new(seed);
    for (number, job) in jobs.iter().enumerate() {
        if read_one(number, job, vocabulary, (clock, seed), &mut pieces, &send).is_none() {
            return;
        }
    }
}

/// `None`: nobody listens any more. A file that fails is left to the ordinary look, which says why.
fn read_one(
    number: usize,
    job: &Job,
    vocabulary: &Vocabulary,
    (clock, seed): (Clock, u64),
    pieces: &mut piece::Desk,
    send: &SyncSender<Read>,
) -> Option<()> {
    let tracked = &job.tracked;
    let opened = open_beneath(Path::new(&*tracked.row.root), &tracked.row.relative)
        .and_then(|file| Ok((stat_open(&file)?, file)));
    let Ok((stat, file)) = opened else {
        return Some(());
    };
    let modified = clock.of_file(stat.modified());
    let sighting = super::arrival::Sighting {
        now: clock.now(),
        modified,
        seed,
        live: false,
    };
    let reading = Reading {
        vocabulary,
        zone: job.zone,
        sighting,
    };
    let mut row = tracked.row.clone();
    loop {
        let Ok(piece) = piece::next(&file, &stat, tracked, &row, &reading, pieces) else {
            return Some(());
        };
        row.clone_from(&piece.row);
        let last = piece.last;
        send.send(Read {
            job: number,
            piece,
            modified,
        })
        .ok()?;
        if last {
            return Some(());
        }
    }
}

fn write_all(
    engine: &mut Engine,
    jobs: &[Job],
    receive: Receiver<Read>,
    tell: &mut impl FnMut(&mut Engine) -> Go,
) -> Result<(), StoreError> {
    let mut told = Instant::now();
    let mut numbers = Numbers::default();
    let mut open = true;
    while open {
        let mut rows = Vec::with_capacity(TOGETHER);
        engine.mirror.begin()?;
        while rows.len() < TOGETHER {
            // Each piece is written as it comes, while the next is read.
            let Ok(read) = receive.recv() else {
                open = false;
                break;
            };
            rows.push((read.job, read.piece.row.clone()));
            let root = &jobs[read.job].tracked.row.root;
            let (piece, mirror) = (read.piece, &mut engine.mirror);
            if let Err(error) = put_piece(mirror, piece, &mut numbers, root, read.modified) {
                engine.mirror.rollback();
                return Err(error);
            }
        }
        engine.mirror.commit()?;
        take_over(engine, jobs, rows);
        if told.elapsed() >= TELL {
            told = Instant::now();
            if tell(engine) == Go::Stop {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What is committed is where the files go on.
fn take_over(engine: &mut Engine, jobs: &[Job], rows: Vec<(usize, FileRow)>) {
    for (job, row) in rows {
        let Some(mut tracked) = engine.catalog.take_out(&jobs[job].path) else {
            continue;
        };
        if let Some(filling) = engine.filling.as_mut() {
            filling.done_bytes += row.offset.saturating_sub(tracked.row.offset);
        }
        tracked.row = row;
        engine.catalog.put(tracked);
    }
}
