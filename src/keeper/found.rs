//! Which agents and files there are: looking for them, and taking over what was found.

use std::path::Path;
use std::sync::Arc;

use super::engine::Engine;
use super::loading;
use crate::store::{StoreError, files, open};
use crate::sys::apart::{self, Away};
use crate::watch::discover::{Discovery, discover};

/// Whether the mirror has everything that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Nothing,
    Some,
}

impl Engine {
    /// Looks for agents and files. Returns the paths that are new.
    pub fn discover(&mut self) -> Result<Vec<Arc<Path>>, StoreError> {
        self.know_files()?;
        let found = self.find();
        self.adopt(found)
    }

    /// What lies beneath the roots.
    pub fn find(&self) -> Discovery {
        let catalog = &self.catalog;
        let known = |path: &Path| catalog.reader(path);
        discover(&self.setup.roots, &self.setup.config, &known)
    }

    /// What lies beneath the roots and whether anything of it is not in the mirror as it is, looked for while the facts are
    /// loaded: the one waits for folders, the other does not. Who has loaded them judges until the other is there: mostly
    /// nothing is new, and where something is, whose facts it changes is judged again.
    pub fn find_while_loading(&mut self) -> Result<(Discovery, News), StoreError> {
        let now = self.now();
        let (mirror, setup, board) = (&self.mirror, &self.setup, &mut self.board);
        let (place, catalog) = (&self.mirror.path, &mut self.catalog);
        let find = || -> Result<_, StoreError> {
            catalog.know_files(|| files::all(&open::open_reader(place)?))?;
            let known = |path: &Path| catalog.reader(path);
            let found = discover(&setup.roots, &setup.config, &known);
            let news = if catalog.matches(&found, now) {
                News::Nothing
            } else {
                News::Some
            };
            Ok((found, news))
        };
        let (policy, sight) = (&self.policy, &self.sight);
        let (found, stale) = std::thread::scope(|scope| {
            let finding = apart::scoped(scope, "find", Away::ToItsEnd, find)
                .map_err(StoreError::io("cannot start a thread"))?;
            let stale = loading::load(mirror, board.since, |loaded| board.put_loaded(loaded));
            if stale.is_ok() {
                board.judge_while(now, policy, sight, || !finding.is_finished());
            }
            match finding.join() {
                Ok(found) => Ok::<_, StoreError>((found?, stale?)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        self.reload_all(&stale)?;
        Ok(found)
    }

    /// Takes over what was found. Nothing is written where nothing is new.
    pub fn adopt(&mut self, found: Discovery) -> Result<Vec<Arc<Path>>, StoreError> {
        let now = self.now();
        let known = found
            .agents
            .iter()
            .all(|agent| self.mirror.knows(&agent.id));
        if known {
            return self.catalog.take(found, &mut self.mirror, now);
        }
        self.mirror.begin()?;
        let new = match self.catalog.take(found, &mut self.mirror, now) {
            Ok(new) => new,
            Err(error) => {
                self.mirror.rollback();
                return Err(error);
            }
        };
        let changes = self.mirror.commit()?;
        let agents = changes.agents.clone();
        self.absorb(changes)?;
        if self.is_partial() {
            return Ok(new);
        }
        for agent in agents {
            if !self.board.has(agent) {
                self.reload(agent)?;
            }
        }
        Ok(new)
    }
}
