//! First sight before full sight: the ends of the logs first, the whole history after.

use std::path::Path;

use super::engine::Engine;
use super::{fill, glance};
use crate::domain::fleet::Filling;
use crate::store::StoreError;
use crate::sys::file::stat;
use crate::watch::discover::discover_newest;

/// Unread bytes past which a start mirrors in bulk and shows its progress.
const BULK: u64 = 2 << 20;

impl Engine {
    /// The first screen of a cold start: the newest part of each newest log, straight from the files. Older files are not
    /// even looked for yet.
    pub fn first_sight(&mut self) -> Result<(), StoreError> {
        self.partial = true;
        self.know_files()?;
        let catalog = &self.catalog;
        let known = |path: &Path| catalog.reader(path);
        let oldest = glance::oldest_day(&self.policy, self.board.since);
        let found = discover_newest(&self.setup.roots, &self.setup.config, &known, oldest);
        self.adopt(found)?;
        self.glance();
        Ok(())
    }

    /// Puts those on the board of whom the mirror has nothing yet. Where a bulk load was interrupted, these are some;
    /// `false`: nobody.
    pub fn glance(&mut self) -> bool {
        let files = self.catalog.files();
        let files: Vec<_> = files
            .filter(|tracked| !self.board.tells_of(tracked.row.agent))
            .collect();
        let seen = glance::glance(&files, &self.setup, &self.policy, self.board.since);
        let any = !seen.is_empty();
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
        any
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::time::Zone;
    use crate::keeper::fixture::owner;
    use crate::keeper::sweep::Share;
    use crate::sys::clock::Clock;

    fn write(fleet: &Path, file: &str) {
        let path = fleet.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let now = Zone::UTC.rfc3339(Clock::System.now());
        let line = format!("{{\"ts\":\"{now}\",\"task\":\"{file}\",\"status\":\"ok\"}}\n");
        fs::write(path, line).unwrap();
    }

    fn engine(folder: &Path) -> Engine {
        let mut engine = owner(folder);
        engine.load_facts().unwrap();
        engine
    }

    fn shown(engine: &mut Engine) -> Vec<String> {
        let fleet = engine.fleet();
        let agents = fleet.agents.iter();
        agents
            .map(|agent| format!("{} {}", agent.id, agent.runs.total()))
            .collect()
    }

    #[test]
    fn a_first_sight_shows_who_is_there_before_anything_is_mirrored() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = folder.path().join("fleet");
        write(&fleet, "mail/heartbeat.jsonl");
        write(&fleet, "social/heartbeat/2026-03-01.jsonl");
        write(&fleet, "social/heartbeat/2026-03-02.jsonl");
        let mut engine = engine(folder.path());
        engine.first_sight().unwrap();
        assert!(engine.is_partial());
        assert_eq!(shown(&mut engine), ["mail 1", "social 1"]);
        assert_eq!(engine.catalog.files().count(), 2, "the old day waits");
        engine.discover().unwrap();
        engine.sweep(Share::All).unwrap();
        engine.sight_is_full().unwrap();
        assert_eq!(engine.catalog.files().count(), 3);
        assert_eq!(shown(&mut engine), ["mail 1", "social 2"]);
    }

    #[test]
    fn after_an_interrupted_load_only_who_is_not_mirrored_yet_is_glanced_at() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = folder.path().join("fleet");
        write(&fleet, "mail/heartbeat.jsonl");
        let mut first = engine(folder.path());
        first.discover().unwrap();
        first.sweep(Share::All).unwrap();
        first.save().unwrap();
        first.ownership.release(first.mirror.connection());
        drop(first);
        write(&fleet, "social/heartbeat.jsonl");
        let mut second = engine(folder.path());
        assert_eq!(shown(&mut second), ["mail 1"]);
        second.discover().unwrap();
        assert!(second.glance());
        assert_eq!(shown(&mut second), ["mail 1", "social 1"]);
        assert!(!second.glance(), "everybody is on the board");
    }
}
