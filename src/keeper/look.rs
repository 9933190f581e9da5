//! Looking at known files: what is new in them reaches the mirror and the facts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::Engine;
use super::ingest::{self, Desk, Transactions};
use super::news::{is_stale, may_be_new};
use super::tracked::Tracked;
use crate::store::StoreError;
use crate::store::changes::Changes;
use crate::store::files::FileRow;
use crate::sys::file::{Stat, stat};

/// Files that one transaction takes at most, and what may be new in each of them, in bytes.
const TOGETHER: usize = 64;
const SHORT: u64 = 64 << 10;

/// A path that a log moved to, and what was followed there before.
type Displaced = (Arc<Path>, Option<Box<Tracked>>);

impl Engine {
    /// Whether the board changed since the last call.
    pub fn was_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }

    /// What a file's change brings. Failures of the mirror itself are errors.
    pub fn look(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        let done = self.look_into(path, Transactions::Own, &mut changes);
        self.absorb(changes)?;
        done.map(drop)
    }

    /// What the changes of several files bring, in one transaction: when many agents write in one moment, it costs little
    /// more than one of them.
    fn look_at_all(&mut self, paths: &[&Path]) -> Result<(), StoreError> {
        let mut before = Vec::new();
        for path in paths {
            before.extend(self.catalog.get(path).cloned());
        }
        let mut changes = Changes::default();
        let mut displaced = Vec::new();
        self.mirror.begin()?;
        let looked = paths.iter().try_for_each(|path| {
            displaced.extend(self.look_into(path, Transactions::Open, &mut changes)?);
            Ok(())
        });
        match looked.and_then(|()| self.mirror.commit()) {
            Ok(more) => {
                changes.absorb(more);
                self.absorb(changes)
            }
            Err(error) => {
                // Nothing of it happened; what moved is found again.
                self.mirror.rollback();
                for (path, former) in displaced.into_iter().rev() {
                    self.catalog.take_out(&path);
                    if let Some(file) = former {
                        self.catalog.put(*file);
                    }
                }
                for file in before {
                    self.catalog.put(file);
                }
                Err(error)
            }
        }
    }

    /// Of a log that moved, its new path comes back, and what was followed there before.
    fn look_into(
        &mut self,
        path: &Path,
        transactions: Transactions,
        changes: &mut Changes,
    ) -> Result<Option<Displaced>, StoreError> {
        let Some(mut tracked) = self.catalog.take_out(path) else {
            return Ok(None);
        };
        let mut desk = Desk {
            mirror: &mut self.mirror,
            versions: &self.versions,
            seen: &self.seen,
            sightings: &mut self.sightings,
            vocabulary: &self.setup.config.vocabulary,
            policy: &self.policy,
            clock: &self.setup.clock,
            transactions,
        };
        let looked = ingest::look(&mut desk, &mut tracked, changes)
            .and_then(|moved| keep_state(&mut desk, &mut tracked, changes).map(|()| moved));
        self.catalog.put(tracked);
        let Some(moved) = looked? else {
            return Ok(None);
        };
        let place = moved.path.clone();
        let former = self.catalog.take_out(&place).map(Box::new);
        self.catalog.put(moved);
        Ok(Some((place, former)))
    }

    pub(super) fn absorb(&mut self, changes: Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        if self.partial {
            self.cut_tail();
            return Ok(());
        }
        self.grow_tail(&changes);
        let agents = changes.agents.clone();
        let now = self.now();
        self.board
            .apply(changes, &self.mirror, &mut self.catalog, now)?;
        for agent in &agents {
            let setup = &self.setup;
            self.board
                .set_files(*agent, &self.catalog, &setup.clock, &setup.roots);
        }
        self.board.touch(&agents);
        self.touched = true;
        Ok(())
    }

    /// Looks at changed paths: known files, or folders in which something came or went.
    pub fn changed(&mut self, paths: &[PathBuf]) -> Result<(), StoreError> {
        let (mut unknown, mut short) = (false, Vec::new());
        for path in paths {
            match self.catalog.get(path) {
                Some(tracked) if paths.len() > 1 && is_short(tracked) => short.push(path.as_path()),
                Some(_) => self.look(path)?,
                None => unknown |= may_be_new(path, &self.setup.config.vocabulary),
            }
        }
        for together in short.chunks(TOGETHER) {
            match together {
                [path] => self.look(path)?,
                paths => self.look_at_all(paths)?,
            }
        }
        if unknown {
            let new = self.discover()?;
            self.look_at_new(&new)?;
        }
        Ok(())
    }

    /// Looks at files that were just found. One of them may be a copy of a log that is not read to its end: that one is
    /// read first, so that every line of the copy is recognised.
    pub fn look_at_new(&mut self, new: &[Arc<Path>]) -> Result<(), StoreError> {
        let files = &self.catalog;
        let agents: BTreeSet<i64> = new
            .iter()
            .filter_map(|path| Some(files.get(path)?.row.agent))
            .collect();
        let behind: Vec<Arc<Path>> = files
            .files()
            .filter(|t| t.row.offset > 0 && agents.contains(&t.row.agent) && is_stale(t))
            .map(|t| t.path.clone())
            .collect();
        for path in behind.iter().chain(new) {
            self.look(path)?;
        }
        Ok(())
    }
}

/// So little is new in the log that it needs no transaction of its own.
fn is_short(tracked: &Tracked) -> bool {
    let row = &tracked.row;
    let goes_on = |stat: &Stat| stat.ino == row.ino && stat.size >= row.offset;
    let fresh = |stat: Stat| stat.size - if goes_on(&stat) { row.offset } else { 0 };
    tracked.reader.appends() && stat(&tracked.path).is_ok_and(|stat| fresh(stat) <= SHORT)
}

/// Keeps in the row how the look ended, where that differs from the last one.
fn keep_state(
    desk: &mut Desk<'_>,
    tracked: &mut Tracked,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let state = tracked.state_text();
    if state == tracked.row.state {
        return Ok(());
    }
    let row = FileRow {
        state,
        ..tracked.row.clone()
    };
    desk.transact(changes, |mirror| mirror.put_file(&row))?;
    tracked.row = row;
    Ok(())
}
