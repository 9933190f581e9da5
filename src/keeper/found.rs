//! Which agents and files there are: looking for them, and taking over what was found.

use std::path::Path;
use std::sync::Arc;

use super::engine::Engine;
use crate::store::StoreError;
use crate::watch::discover::{Discovery, discover};

impl Engine {
    /// Looks for agents and files. Returns the paths that are new.
    pub fn discover(&mut self) -> Result<Vec<Arc<Path>>, StoreError> {
        let found = self.find();
        self.adopt(found)
    }

    /// What lies beneath the roots.
    pub fn find(&self) -> Discovery {
        discover(&self.setup.roots, &self.setup.config, &self.catalog.known())
    }

    /// What lies beneath the roots, looked for while the facts are loaded: the one waits for folders, the other does not.
    pub fn find_while_loading(&mut self) -> Result<Discovery, StoreError> {
        let known = self.catalog.known();
        let (roots, config) = (self.setup.roots.clone(), self.setup.config.clone());
        std::thread::scope(|scope| {
            let finding = scope.spawn(|| discover(&roots, &config, &known));
            self.load_facts()?;
            match finding.join() {
                Ok(found) => Ok(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// Whether anything of it is not in the mirror as it is.
    pub fn is_news(&self, found: &Discovery) -> bool {
        !self.catalog.matches(found)
    }

    /// Takes over what was found. Nothing is written where nothing is new.
    pub fn adopt(&mut self, found: Discovery) -> Result<Vec<Arc<Path>>, StoreError> {
        let known = found
            .agents
            .iter()
            .all(|agent| self.mirror.knows(&agent.id));
        if known {
            return self.catalog.take(found, &mut self.mirror);
        }
        self.mirror.begin()?;
        let new = match self.catalog.take(found, &mut self.mirror) {
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
