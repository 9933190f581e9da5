//! A start: the mirror is taken, and the facts of all agents are read and judged. They stay packed but for that.

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
pub fn load(mirror: &Mirror, since: Ts, put: impl FnMut(Loaded)) -> Result<Vec<i64>, StoreError> {
    // One snapshot, and one lock instead of thousands.
    mirror.connection().execute_batch("BEGIN")?;
    let stale = load_inside(mirror, since, put);
    mirror.connection().execute_batch("COMMIT")?;
    stale
}

fn load_inside(
    mirror: &Mirror,
    since: Ts,
    mut put: impl FnMut(Loaded),
) -> Result<Vec<i64>, StoreError> {
    let connection = mirror.connection();
    let tallies = days::tallies(connection, (since, FOREVER))?;
    let mut stale = Vec::new();
    cached::each(connection, |agent, facts| match facts {
        Some(facts) => {
            let tally = tallies.get(&agent).copied().unwrap_or_default();
            put(Loaded {
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
        let (stale, ()) = self.load_beside(|_, _| Ok(()))?;
        self.read_stale(&stale)
    }

    /// As both at once: the mirror is taken while others judge what was read of it already.
    pub fn load_and_take(&mut self) -> Result<bool, StoreError> {
        let (stale, taken) = self.load_beside(take)?;
        if self.took(taken)? {
            self.load_facts()?;
        } else {
            self.read_stale(&stale)?;
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

    /// Who was not cached comes back, and what was done beside.
    fn load_beside<Done>(
        &mut self,
        beside: impl FnOnce(&Ownership, &mut Mirror) -> Result<Done, StoreError>,
    ) -> Result<(Vec<i64>, Done), StoreError> {
        let (now, since) = (self.now(), self.board.since);
        let (mirror, catalog, ownership) = (&mut self.mirror, &mut self.catalog, &self.ownership);
        let expected = catalog.names.len();
        let come = |put: &mut dyn FnMut(Loaded)| {
            let stale = load(mirror, since, put)?;
            catalog.glimpse(mirror)?;
            Ok((stale, beside(ownership, mirror)?))
        };
        let (board, policy, sight) = (&mut self.board, &self.policy, &self.sight);
        board.put_and_judge(expected, (now, policy, sight), come)
    }

    fn read_stale(&mut self, stale: &[i64]) -> Result<(), StoreError> {
        if stale.is_empty() {
            return Ok(());
        }
        self.know_files()?;
        self.reload_all(stale)
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
    use std::path::Path;

    use super::*;
    use crate::demo::{self, Spec};
    use crate::domain::time::Zone;
    use crate::keeper::fixture::{engine, owner};
    use crate::keeper::sweep::Share;
    use crate::sys::clock::Clock;

    #[test]
    fn what_several_threads_read_is_what_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let spec = Spec {
            agents: 20,
            length: demo::Length::Days(1),
            ..Spec::new(Clock::System.now(), Zone::UTC)
        };
        demo::write(&folder.path().join("fleet"), &spec, |_| {}).unwrap();
        let mut engine = owner(folder.path());
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

    /// A mirror that somebody has made of one agent with two lines, a broken one and a plan, and let go.
    fn mirrored(folder: &Path) {
        let agent = folder.join("fleet/mail");
        std::fs::create_dir_all(&agent).unwrap();
        let broken = "{\"status\":\"ok\",\"did\":}\n";
        std::fs::write(agent.join("heartbeat.jsonl"), line("one") + broken).unwrap();
        let plan = "{\"tasks\":[{\"id\":\"inbox\",\"due\":\"10:00\"}]}";
        std::fs::write(agent.join("schedule.json"), plan).unwrap();
        let mut first = owner(folder);
        append(folder, "two");
        look(&mut first);
        first.ownership.release(first.mirror.connection());
    }

    fn line(what: &str) -> String {
        let now = Zone::UTC.rfc3339(Clock::System.now());
        format!("{{\"ts\":\"{now}\",\"status\":\"ok\",\"did\":[\"{what}\"]}}\n")
    }

    fn append(folder: &Path, what: &str) {
        use std::io::Write as _;
        let log = folder.join("fleet/mail/heartbeat.jsonl");
        let mut log = std::fs::OpenOptions::new().append(true).open(log).unwrap();
        log.write_all(line(what).as_bytes()).unwrap();
    }

    fn look(engine: &mut Engine) {
        engine.discover().unwrap();
        engine.sweep(Share::All).unwrap();
        engine.save().unwrap();
    }

    fn did(engine: &mut Engine) -> u32 {
        engine.fleet().agents[0].counts.did
    }

    #[test]
    fn what_others_wrote_between_opening_and_taking_is_read_before_going_on() {
        let folder = tempfile::tempdir().unwrap();
        mirrored(folder.path());
        let mut late = engine(folder.path());
        let mut other = owner(folder.path());
        other.load_facts().unwrap();
        append(folder.path(), "three");
        look(&mut other);
        assert!(!late.load_and_take().unwrap(), "it is held");
        other.ownership.release(other.mirror.connection());
        assert!(late.load_and_take().unwrap());
        assert_eq!(did(&mut late), 3);
        append(folder.path(), "four");
        look(&mut late);
        assert_eq!(did(&mut late), 4, "each line once");
    }

    #[test]
    fn before_the_files_are_known_the_board_says_the_same_of_them() {
        let folder = tempfile::tempdir().unwrap();
        mirrored(folder.path());
        let mut engine = engine(folder.path());
        assert!(engine.load_and_take().unwrap());
        let before = (engine.health().damaged_files, engine.health().blind);
        let files = engine.catalog.len();
        engine.know_files().unwrap();
        assert!(files < engine.catalog.len(), "only one was looked for");
        let after = (engine.health().damaged_files, engine.health().blind);
        assert_eq!(before, after);
        assert_eq!(before.0, 1, "{before:?}");
    }

    #[test]
    fn facts_that_cannot_be_unpacked_are_read_again_with_their_files() {
        let folder = tempfile::tempdir().unwrap();
        mirrored(folder.path());
        let mut engine = engine(folder.path());
        let spoil = "UPDATE facts SET body = x'ff'";
        assert_eq!(engine.mirror.connection().execute(spoil, []).unwrap(), 1);
        assert!(engine.load_and_take().unwrap());
        assert_eq!(did(&mut engine), 2);
        let agent = *engine.catalog.names.keys().next().unwrap();
        let facts = engine.board.facts_of(agent).unwrap();
        assert_eq!(facts.files.len(), 2);
    }
}
