//! The facts of all agents at a start. They stay packed until somebody is judged.

use super::board::{Board, FOREVER};
use super::engine::Engine;
use crate::domain::fleet::{Counts, RunTally};
use crate::domain::time::Ts;
use crate::store::cached::{self, Cached};
use crate::store::{Mirror, StoreError, days, files, open, query};
use crate::sys::together;

/// Facts that are read before they are packed: enough for several threads.
const AT_ONCE: usize = 24;

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
    let tallies = days::tallies(connection, (since, FOREVER))?;
    let current = rows.into_iter().map(|(agent, row)| {
        let tally = tallies.get(&agent).copied().unwrap_or_default();
        let counts = (tally.counts, tally.runs);
        One { agent, row, counts }
    });
    Ok(Loaded {
        current: current.collect(),
        stale,
    })
}

impl Loaded {
    /// Puts what was cached onto the board. Who was not cached comes back.
    pub(super) fn put_on(self, board: &mut Board) -> Vec<i64> {
        for One { agent, row, counts } in self.current {
            board.put_away(agent, row, counts.0, counts.1);
        }
        self.stale
    }
}

impl Engine {
    /// Facts of every agent the mirror knows: cached, or read anew. Their files are learned while others judge.
    pub fn load_facts(&mut self) -> Result<(), StoreError> {
        let loaded = load(&self.mirror, self.board.since)?;
        let stale = loaded.put_on(&mut self.board);
        let (now, connection) = (self.now(), self.mirror.connection());
        let mut learn = || self.catalog.know_files(|| files::all(connection));
        if stale.is_empty() {
            return self
                .board
                .judge_beside(now, &self.policy, &self.sight, learn);
        }
        learn()?;
        self.reload_all(&stale)
    }

    /// Reads the facts of these agents anew, many of them by several threads. They are packed as they come: what was open
    /// all at once would leave as much room between what is made of it afterwards.
    pub(super) fn reload_all(&mut self, agents: &[i64]) -> Result<(), StoreError> {
        for agents in agents.chunks(AT_ONCE) {
            self.reload_some(agents)?;
            for agent in agents {
                self.board.put_one_away(*agent);
            }
        }
        Ok(())
    }

    fn reload_some(&mut self, agents: &[i64]) -> Result<(), StoreError> {
        if !together::is_worth(agents.len()) {
            return agents.iter().try_for_each(|agent| self.reload(*agent));
        }
        let (now, path) = (self.now(), self.mirror.path.clone());
        let named = agents.iter().filter_map(|agent| {
            let (name, folder) = self.catalog.names.get(agent)?;
            Some((*agent, name, folder.as_str(), None))
        });
        let mut read: Vec<_> = named.collect();
        together::each_with(
            &mut read,
            // Where no further connection can be had, the mirror's own reads below.
            || open::open_reader(&path).ok(),
            |connection, (agent, name, folder, facts)| {
                let connection = connection.as_ref();
                *facts =
                    connection.map(|own| query::facts(own, *agent, name, folder, now, FOREVER));
            },
        );
        let read: Vec<_> = read
            .into_iter()
            .map(|(agent, .., facts)| (agent, facts))
            .collect();
        for (agent, facts) in read {
            match facts {
                Some(facts) => self.take_over(agent, facts?)?,
                None => self.reload(agent)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::demo::{self, Spec};
    use crate::domain::time::Zone;
    use crate::keeper::Setup;
    use crate::keeper::sweep::Share;
    use crate::sys::clock::Clock;

    #[test]
    fn what_several_threads_read_is_what_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let (fleet, state_dir) = (folder.path().join("fleet"), folder.path().join("state"));
        std::fs::create_dir_all(&state_dir).unwrap();
        let spec = Spec {
            agents: 20,
            length: demo::Length::Days(1),
            ..Spec::new(Clock::System.now(), Zone::UTC)
        };
        demo::write(&fleet, &spec, |_| {}).unwrap();
        let setup = Setup {
            config: Config::default_for(Zone::UTC),
            roots: vec![fleet],
            state_dir,
            clock: Clock::System,
            read_only: false,
        };
        let mut engine = Engine::open(setup, Vec::new()).unwrap();
        assert!(engine.take().unwrap());
        engine.discover().unwrap();
        engine.sweep(Share::All).unwrap();
        let agents: Vec<i64> = engine.catalog.names.keys().copied().collect();
        assert!(together::is_worth(agents.len()), "{} agents", agents.len());
        let facts = |engine: &Engine| {
            let all = agents.iter().map(|agent| engine.board.facts_of(*agent));
            all.collect::<Vec<_>>()
        };
        engine.board = Board::default();
        engine.reload_all(&agents).unwrap();
        let together = facts(&engine);
        assert!(together.iter().flatten().any(|one| !one.beats.is_empty()));
        engine.board = Board::default();
        for agent in &agents {
            engine.reload(*agent).unwrap();
        }
        assert_eq!(together, facts(&engine));
    }
}
