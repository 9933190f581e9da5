//! The facts of all agents at a start. They stay packed until somebody is judged.

use super::board::FOREVER;
use super::engine::Engine;
use crate::domain::fleet::{Counts, RunTally};
use crate::domain::time::Ts;
use crate::store::cached::{self, Cached};
use crate::store::{Mirror, StoreError, query};

/// What was cached, and who was not.
pub struct Loaded {
    current: Vec<One>,
    stale: Vec<i64>,
}

struct One {
    agent: i64,
    row: Cached,
    counts: (Counts, RunTally),
}

/// Reads what is cached, and counts since the mark.
pub fn load(mirror: &Mirror, since: Ts) -> Result<Loaded, StoreError> {
    // One snapshot, and one lock instead of thousands.
    mirror.connection().execute_batch("BEGIN")?;
    let loaded = load_inside(mirror, since);
    mirror.connection().execute_batch("COMMIT")?;
    loaded
}

fn load_inside(mirror: &Mirror, since: Ts) -> Result<Loaded, StoreError> {
    let connection = mirror.connection();
    let (rows, stale) = cached::all(connection)?;
    let mut current = Vec::with_capacity(rows.len());
    for (agent, row) in rows {
        let counts = query::counts(connection, agent, since, FOREVER)?;
        current.push(One { agent, row, counts });
    }
    Ok(Loaded { current, stale })
}

impl Engine {
    /// Facts of every agent the mirror knows: cached, or read anew.
    pub fn load_facts(&mut self) -> Result<(), StoreError> {
        let loaded = load(&self.mirror, self.board.since)?;
        self.loaded(loaded)
    }

    /// Takes over what was loaded, and reads what was not cached.
    pub(super) fn loaded(&mut self, loaded: Loaded) -> Result<(), StoreError> {
        for One { agent, row, counts } in loaded.current {
            self.board.put_away(agent, row, counts.0, counts.1);
        }
        for agent in loaded.stale {
            self.reload(agent)?;
        }
        Ok(())
    }
}
