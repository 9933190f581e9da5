//! Which agents and files there are: looking for them, and taking over what was found.

use std::path::Path;
use std::sync::Arc;

use super::engine::Engine;
use super::loading;
use crate::store::StoreError;
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
        let found = self.find();
        self.adopt(found)
    }

    /// What lies beneath the roots.
    pub fn find(&self) -> Discovery {
        let known = |path: &Path| self.catalog.reader(path);
        discover(&self.setup.roots, &self.setup.config, &known)
    }

    /// What lies beneath the roots and whether anything of it is not in the mirror as it is, looked for while the facts are
    /// loaded: the one waits for folders, the other does not.
    pub fn find_while_loading(&mut self) -> Result<(Discovery, News), StoreError> {
        let (catalog, setup) = (&self.catalog, &self.setup);
        let now = self.now();
        let find = || {
            let known = |path: &Path| catalog.reader(path);
            let found = discover(&setup.roots, &setup.config, &known);
            let news = if catalog.matches(&found, now) {
                News::Nothing
            } else {
                News::Some
            };
            (found, news)
        };
        let (found, loaded) = std::thread::scope(|scope| {
            let finding = scope.spawn(find);
            let loaded = loading::load(&self.mirror, self.board.since);
            match finding.join() {
                Ok(found) => (found, loaded),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        });
        self.loaded(loaded?)?;
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
        for agent in agents {
            if !self.board.has(agent) {
                self.reload(agent)?;
            }
        }
        Ok(new)
    }
}
