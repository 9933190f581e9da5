//! First sight before full sight: the ends of the logs first, the whole history after.

use super::engine::Engine;
use super::{fill, glance};
use crate::domain::fleet::Filling;
use crate::store::StoreError;
use crate::sys::file::stat;

/// Unread bytes past which a start mirrors in bulk and shows its progress.
const BULK: u64 = 2 << 20;

impl Engine {
    /// The first screen of a cold start: each log's newest part, straight from the files.
    pub fn glance(&mut self) {
        let files: Vec<_> = self.catalog.files().collect();
        let seen = glance::glance(&files, &self.setup, &self.policy, self.board.since);
        for (agent, sight) in seen {
            self.board.put(agent, sight.facts, sight.counts, sight.runs);
        }
        self.partial = true;
        // Until everything is read the header says so.
        self.filling = Some(Filling {
            done_bytes: 0,
            total_bytes: self.unread(),
            started: self.now(),
        });
    }

    /// Bytes of logs that are not mirrored yet.
    pub fn unread(&self) -> u64 {
        let sizes = self.catalog.files().filter(|t| t.reader.appends());
        sizes
            .map(|t| stat(&t.path).map_or(0, |s| s.size.saturating_sub(t.row.offset)))
            .sum()
    }

    /// Whether so much is unread that it is mirrored in bulk.
    pub fn wants_bulk(&self) -> bool {
        self.unread() > BULK
    }

    /// Mirrors every unread log in bulk. `tell` sees each step, and may end it early.
    pub fn fill(&mut self, mut tell: impl FnMut(&mut Self) -> fill::Go) -> Result<(), StoreError> {
        self.partial = true;
        let jobs = fill::jobs(self);
        let done = fill::fill(self, &jobs, &mut tell);
        self.filling = None;
        done
    }

    /// The board is of a first sight, or of none: what is mirrored meanwhile comes to it all at once.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// What was only glanced at gives way to what is mirrored.
    pub fn sight_is_full(&mut self) -> Result<(), StoreError> {
        self.filling = None;
        self.partial = false;
        self.catalog.learn_names(&self.mirror)?;
        let agents: Vec<i64> = self.catalog.names.keys().copied().collect();
        self.reload_all(&agents)
    }
}
