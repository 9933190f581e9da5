//! A start: the mirror is taken, and the facts of all agents are read and judged. They stay packed until that.

use super::board::{Board, FOREVER};
use super::catalog::Catalog;
use super::engine::Engine;
use super::owner::Ownership;
use crate::domain::retro::Tally;
use crate::domain::time::Ts;
use crate::store::cached::{self, Cached};
use crate::store::{Mirror, StoreError, days, files, open, query};
use crate::sys::together;

/// Facts that are read before they are packed: enough for several threads.
const AT_ONCE: usize = 24;

/// Facts as they were cached, with what is counted since the mark.
pub struct Loaded {
    pub agent: i64,
    pub facts: Cached,
    pub tally: Tally,
}

/// Reads what is cached, and counts since the mark. Who was not cached comes back.
pub fn load(mirror: &Mirror, since: Ts, take: impl FnMut(Loaded)) -> Result<Vec<i64>, StoreError> {
    // One snapshot, and one lock instead of thousands.
    mirror.connection().execute_batch("BEGIN")?;
    let stale = load_inside(mirror, since, take);
    mirror.connection().execute_batch("COMMIT")?;
    stale
}

fn load_inside(
    mirror: &Mirror,
    since: Ts,
    mut take: impl FnMut(Loaded),
) -> Result<Vec<i64>, StoreError> {
    let connection = mirror.connection();
    let tallies = days::tallies(connection, (since, FOREVER))?;
    let mut stale = Vec::new();
    cached::each(connection, |agent, facts| match facts {
        Some(facts) => {
            let tally = tallies.get(&agent).copied().unwrap_or_default();
            take(Loaded {
                agent,
                facts,
                tally,
            });
        }
        None => stale.push(agent),
    })?;
    Ok(stale)
}

/// Whether somebody else wrote into the mirror between its opening and its taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Wrote,
    DidNot,
}

/// `None`: somebody living holds it.
fn take(ownership: &Ownership, mirror: &mut Mirror) -> Result<Option<Others>, StoreError> {
    if !ownership.take(mirror.connection())? {
        return Ok(None);
    }
    let others = if mirror.taken(ownership.token())? {
        Others::Wrote
    } else {
        Others::DidNot
    };
    Ok(Some(others))
}

impl Engine {
    /// Takes the mirror where nobody living holds it. What another process wrote since it was opened is read first: going
    /// on from older offsets would mirror lines twice.
    pub fn take(&mut self) -> Result<bool, StoreError> {
        let taken = take(&self.ownership, &mut self.mirror)?;
        self.took(taken)?;
        Ok(taken.is_some())
    }

    /// Facts of every agent the mirror knows: cached, or read anew. Who was cached is judged.
    pub fn load_facts(&mut self) -> Result<(), StoreError> {
        self.load_beside(|_, _| Ok(()))
    }

    /// As both at once: the mirror is taken while others judge what was read of it already.
    pub fn load_and_take(&mut self) -> Result<bool, StoreError> {
        let taken = self.load_beside(take)?;
        if self.took(taken)? {
            self.load_facts()?;
        }
        Ok(taken.is_some())
    }

    /// `true`: what was read before is gone.
    fn took(&mut self, taken: Option<Others>) -> Result<bool, StoreError> {
        let is_behind = taken == Some(Others::Wrote);
        if is_behind {
            self.catalog = Catalog::load(&self.mirror)?;
            self.board = Board::default();
            self.board.since = self.mark()?;
        }
        Ok(is_behind)
    }

    fn load_beside<Done>(
        &mut self,
        beside: impl FnOnce(&Ownership, &mut Mirror) -> Result<Done, StoreError>,
    ) -> Result<Done, StoreError> {
        let (now, since) = (self.now(), self.board.since);
        let (mirror, catalog, ownership) = (&mut self.mirror, &mut self.catalog, &self.ownership);
        let expected = catalog.names.len();
        let come = |put: &mut dyn FnMut(Loaded)| {
            let stale = load(mirror, since, put)?;
            catalog.glimpse(mirror)?;
            Ok::<_, StoreError>((stale, beside(ownership, mirror)?))
        };
        let (board, policy, sight) = (&mut self.board, &self.policy, &self.sight);
        let (stale, done) = board.put_and_judge(expected, (now, policy, sight), come)?;
        if !stale.is_empty() {
            self.know_files()?;
            self.reload_all(&stale)?;
        }
        Ok(done)
    }

    /// Takes over the files that the mirror knows, where that was not done yet.
    pub fn know_files(&mut self) -> Result<(), StoreError> {
        let connection = self.mirror.connection();
        self.catalog.know_files(|| files::all(connection))
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
