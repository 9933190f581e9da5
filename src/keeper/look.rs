//! Looking at known files: what is new in them reaches the mirror and the facts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::Engine;
use super::ingest::{self, Desk};
use super::news::{is_stale, may_be_new};
use super::tracked::Tracked;
use crate::store::StoreError;
use crate::store::files::FileRow;
use crate::store::mirror::Changes;

impl Engine {
    /// Whether the board changed since the last call.
    pub fn was_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }

    /// What a file's change brings. Failures of the mirror itself are errors.
    pub fn look(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        let done = self.look_into(path, &mut changes);
        self.absorb(changes)?;
        done
    }

    fn look_into(&mut self, path: &Path, changes: &mut Changes) -> Result<(), StoreError> {
        let Some(mut tracked) = self.catalog.take_out(path) else {
            return Ok(());
        };
        let mut desk = Desk {
            mirror: &mut self.mirror,
            versions: &self.versions,
            seen: &self.seen,
            vocabulary: &self.setup.config.vocabulary,
            policy: &self.policy,
            clock: &self.setup.clock,
        };
        let looked = ingest::look(&mut desk, &mut tracked, changes)
            .and_then(|moved| keep_state(&mut desk, &mut tracked, changes).map(|()| moved));
        self.catalog.put(tracked);
        if let Some(moved) = looked? {
            self.catalog.put(moved);
        }
        Ok(())
    }

    pub(super) fn absorb(&mut self, changes: Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        if self.partial {
            return Ok(());
        }
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
        let mut unknown = false;
        for path in paths {
            if self.catalog.get(path).is_some() {
                self.look(path)?;
            } else {
                unknown |= may_be_new(path, &self.setup.config.vocabulary);
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
