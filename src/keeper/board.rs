//! The facts of every agent in memory, their verdicts, and the snapshot made of them.

mod amend;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::catalog::Catalog;
use super::kept::{Gist, Kept};
use super::loading::Loaded;
use crate::detect::{Judged, Memory, SinceMark, judge_again, judge_agent};
use crate::domain::facts::{AgentFacts, Sight};
use crate::domain::fleet::{Counts, Fleet, Health, RunTally};
use crate::domain::heartbeat::Process;
use crate::domain::policy::Policy;
use crate::domain::time::Ts;
use crate::store::cached::Cached;
use crate::store::mirror::Mirror;
use crate::store::{StoreError, days, query, window};
use crate::sys::clock::Clock;
use crate::sys::together;

/// Past every record: counts since a mark have no end on a live board.
pub const FOREVER: Ts = Ts(i64::MAX / 4);

#[derive(Debug)]
struct Entry {
    facts: Kept,
    gist: Gist,
    /// Processes that no longer run, as the facts have them.
    gone: Vec<Process>,
    counts: Counts,
    runs: RunTally,
    judged: Option<Arc<Judged>>,
    pruned: usize,
}

impl Entry {
    fn of(loaded: Loaded) -> Self {
        Self {
            gist: Gist::default(),
            gone: Vec::new(),
            facts: Kept::Away(loaded.facts),
            counts: loaded.tally.counts,
            runs: loaded.tally.runs,
            judged: None,
            pruned: 0,
        }
    }

    /// Judges it. Facts that are put away are taken out for that only; where they cannot be read it stays unjudged.
    fn judge(&mut self, since: Ts, now: Ts, policy: &Policy, sight: &Sight) {
        let mark = SinceMark {
            since,
            counts: self.counts,
            finals: self.runs,
        };
        let Some(facts) = self.facts.read() else {
            return;
        };
        self.gist = Gist::of(&facts);
        self.gone.clone_from(&facts.gone);
        self.judged = Some(Arc::new(judge_agent(&facts, sight, now, policy, &mark)));
    }

    /// Not judged yet, or time alone has changed the verdict.
    fn is_due(&self, now: Ts) -> bool {
        let until = |j: &Arc<Judged>| j.view.reasoning.changes_at;
        self.judged
            .as_ref()
            .is_none_or(|j| until(j).is_some_and(|at| at <= now))
    }
}

/// Every agent's facts and verdict.
#[derive(Debug, Default)]
pub struct Board {
    entries: BTreeMap<i64, Entry>,
    pub since: Ts,
    /// Facts changed since they were cached.
    unsaved: BTreeSet<i64>,
    /// Of the last snapshot.
    memory: Memory,
}

impl Board {
    pub fn facts_of(&self, agent: i64) -> Option<Arc<AgentFacts>> {
        self.entries.get(&agent)?.facts.read()
    }

    /// Agents of which something is counted since the mark.
    pub fn counting(&self) -> Vec<i64> {
        let counting = self
            .entries
            .iter()
            .filter(|(_, one)| !one.counts.is_empty());
        counting.map(|(agent, _)| *agent).collect()
    }

    pub fn has(&self, agent: i64) -> bool {
        self.entries.contains_key(&agent)
    }

    /// Whether anybody ever said anything, of those that were judged.
    pub fn tells(&self) -> bool {
        self.entries.values().any(|one| one.gist.says_something)
    }

    /// Whether the agent ever said anything, as far as it was judged.
    pub fn tells_of(&self, agent: i64) -> bool {
        let entry = self.entries.get(&agent);
        entry.is_some_and(|entry| entry.gist.says_something)
    }

    /// Sets an agent's facts whole, and counts since the mark anew.
    pub fn set(
        &mut self,
        agent: i64,
        facts: AgentFacts,
        mirror: &rusqlite::Connection,
    ) -> Result<(), StoreError> {
        let (counts, runs) = query::counts(mirror, agent, self.since, FOREVER)?;
        self.put(agent, facts, counts, runs);
        Ok(())
    }

    /// Sets facts and counts that did not come from the mirror.
    pub fn put(&mut self, agent: i64, facts: AgentFacts, counts: Counts, runs: RunTally) {
        let pruned = facts.beats.len();
        self.entries.insert(
            agent,
            Entry {
                gist: Gist::of(&facts),
                gone: facts.gone.clone(),
                facts: Kept::Open(Arc::new(facts)),
                counts,
                runs,
                judged: None,
                pruned,
            },
        );
    }

    /// Sets facts as they were cached, and counts that come from the mirror.
    pub fn put_loaded(&mut self, loaded: Loaded) {
        self.entries.insert(loaded.agent, Entry::of(loaded));
    }

    /// As [`put_loaded`](Self::put_loaded) for all that `come`, so many as are expected: each is judged while the next are
    /// still read.
    pub fn put_and_judge<Done>(
        &mut self,
        expected: usize,
        (now, policy, sight): (Ts, &Policy, &Sight),
        come: impl FnOnce(&mut dyn FnMut(Loaded)) -> Done,
    ) -> Done {
        let since = self.since;
        let (entries, done) = together::each_that_comes(
            expected,
            |put| come(&mut |loaded| put((loaded.agent, Entry::of(loaded)))),
            |(_, entry)| entry.judge(since, now, policy, sight),
        );
        self.entries.extend(entries);
        done
    }

    pub fn unsaved(&mut self, agent: i64) {
        self.unsaved.insert(agent);
    }

    /// Moves the mark: counts are read anew.
    pub fn mark(&mut self, since: Ts, mirror: &rusqlite::Connection) -> Result<(), StoreError> {
        let tallies = days::tallies(mirror, (since, FOREVER))?;
        self.since = since;
        for (agent, entry) in &mut self.entries {
            let tally = tallies.get(agent).copied().unwrap_or_default();
            (entry.counts, entry.runs) = (tally.counts, tally.runs);
            entry.judged = None;
        }
        Ok(())
    }

    /// Takes over the state of an agent's files.
    pub fn set_files(&mut self, agent: i64, catalog: &Catalog, clock: &Clock, roots: &[PathBuf]) {
        let files = catalog.facts_of(agent, clock, roots);
        let last_change = catalog.last_change(agent, clock);
        self.with(agent, |facts| {
            facts.set_files(files, |id| catalog.shown_name(id, roots));
            facts.last_change = last_change.or(facts.last_change);
        });
    }

    /// The agent must be judged again.
    pub fn touch(&mut self, agents: &BTreeSet<i64>) {
        for agent in agents {
            if let Some(entry) = self.entries.get_mut(agent) {
                entry.judged = None;
            }
        }
    }

    /// All must be judged again: our own sight changed.
    pub fn touch_all(&mut self) {
        for entry in self.entries.values_mut() {
            entry.judged = None;
        }
    }

    /// Judges whom facts or time have changed. The next moment that time alone changes a verdict comes back.
    pub fn judge(&mut self, now: Ts, policy: &Policy, sight: &Sight) -> Option<Ts> {
        self.judge_beside(now, policy, sight, || ());
        let changes = |e: &Entry| e.judged.as_ref().and_then(|j| j.view.reasoning.changes_at);
        self.entries.values().filter_map(changes).min()
    }

    /// As [`judge`](Self::judge), while this thread does something else before it joins in.
    pub fn judge_beside<Done>(
        &mut self,
        now: Ts,
        policy: &Policy,
        sight: &Sight,
        beside: impl FnOnce() -> Done,
    ) -> Done {
        let since = self.since;
        let mut due: Vec<&mut Entry> = self
            .entries
            .values_mut()
            .filter(|e| e.is_due(now))
            .collect();
        together::each_beside(
            &mut due,
            |entry| entry.judge(since, now, policy, sight),
            beside,
        )
    }

    /// Judges one after another who is not judged yet, as long as there is time for it.
    pub fn judge_while(
        &mut self,
        now: Ts,
        policy: &Policy,
        sight: &Sight,
        is_time: impl Fn() -> bool,
    ) {
        let since = self.since;
        let unjudged = self.entries.values_mut().filter(|e| e.judged.is_none());
        for entry in unjudged.take_while(|_| is_time()) {
            entry.judge(since, now, policy, sight);
        }
    }

    /// Takes note of which processes no longer run, of those that verdicts ask for. `true`: somebody must be judged again.
    pub fn look_at_processes(&mut self, is_gone: impl Fn(&Process) -> bool) -> bool {
        let mut changed = false;
        for entry in self.entries.values_mut() {
            let Some(judged) = &entry.judged else {
                continue;
            };
            let named = judged.trace.processes.iter();
            let gone: Vec<Process> = named.filter(|process| is_gone(process)).cloned().collect();
            if gone == entry.gone {
                continue;
            }
            if let Some(facts) = entry.facts.open() {
                facts.gone.clone_from(&gone);
                (entry.gone, entry.judged) = (gone, None);
                changed = true;
            }
        }
        changed
    }

    /// The snapshot of this moment. Agents that only lend their files to others are left out.
    pub fn fleet(
        &mut self,
        catalog: &Catalog,
        now: Ts,
        policy: &Policy,
        sight: &Sight,
        health: Health,
    ) -> Fleet {
        let shown = |agent: &i64, entry: &Entry| {
            entry.gist.says_something
                || catalog.present.contains(agent) && !self.lends(*agent, catalog)
        };
        let entries: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|(agent, entry)| shown(agent, entry))
            .map(|(_, entry)| entry)
            .collect();
        let judged = entries
            .iter()
            .filter_map(|entry| entry.judged.clone())
            .collect();
        let since = self.since;
        judge_again(judged, sight, now, policy, health, since, &mut self.memory)
    }

    /// Whether other agents write into this one's files.
    fn lends(&self, agent: i64, catalog: &Catalog) -> bool {
        self.entries.iter().any(|(other, entry)| {
            *other != agent
                && entry
                    .gist
                    .newest
                    .is_some_and(|file| catalog.owner(file) == Some(agent))
        })
    }

    /// Agents whose facts were cached and cannot be read.
    pub fn unreadable(&self) -> Vec<i64> {
        let unjudged = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.judged.is_none());
        unjudged.map(|(agent, _)| *agent).collect()
    }

    /// Caches what changed, for the next start.
    pub fn save(&mut self, mirror: &mut Mirror, now: Ts) -> Result<(), StoreError> {
        if !self.unsaved.is_empty() {
            mirror.begin()?;
            for agent in std::mem::take(&mut self.unsaved) {
                if let Some(entry) = self.entries.get_mut(&agent) {
                    save(agent, entry, mirror, now)?;
                }
            }
            mirror.commit()?;
        }
        Ok(())
    }

    /// Something is not cached yet.
    pub fn is_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Packs an agent's facts until somebody needs them.
    pub fn put_one_away(&mut self, agent: i64) {
        if let Some(entry) = self.entries.get_mut(&agent) {
            entry.facts.put_away();
        }
    }

    /// Packs all facts until somebody needs them.
    pub fn put_all_away(&mut self) {
        for entry in self.entries.values_mut() {
            entry.facts.put_away();
        }
    }
}

fn save(agent: i64, entry: &mut Entry, mirror: &mut Mirror, now: Ts) -> Result<(), StoreError> {
    let Some(facts) = entry.facts.open() else {
        return Ok(());
    };
    window::prune(facts, now);
    entry.pruned = facts.beats.len();
    let Some(packed) = Cached::of(facts) else {
        return Ok(());
    };
    mirror.save_facts(agent, &packed)?;
    // Who is saved is quiet: one after another, so that never all of them lie open.
    entry.facts = Kept::Away(packed);
    Ok(())
}
