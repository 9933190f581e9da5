//! Files to mirror to facts to verdicts: everything the keeper does that is not waiting.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::board::Board;
use super::catalog::Catalog;
use super::owner::Ownership;
use super::spoken::Ear;
use super::sweep::{SWEEP, Sweeps};
use super::telling::Telling;
use super::{Setup, StartError};
use crate::domain::facts::{AgentFacts, Sight};
use crate::domain::fleet::{Filling, Fleet, Health, Mode};
use crate::domain::log::{LogRow, Tail};
use crate::domain::policy::Policy;
use crate::domain::time::{Span, Ts};
use crate::store::changes::Changes;
use crate::store::ledger::{Deed, Ledger, Who};
use crate::store::mirror::Mirror;
use crate::store::seen::{SeenLog, Sightings};
use crate::store::told::ToldLog;
use crate::store::versions::Versions;
use crate::store::{OpenError, StoreError, log, open, query};
use crate::sys::clock::Clock;
use crate::sys::file::stat;

/// A verdict that comes this long after its evidence is told to be late.
const BEHIND: Span = Span::secs(2);

/// Everything the keeper owns.
pub struct Engine {
    pub setup: Setup,
    pub policy: Policy,
    pub mirror: Mirror,
    pub ownership: Ownership,
    pub(super) versions: Versions,
    pub(super) seen: SeenLog,
    /// The size of `seen` when its gaps were last read.
    pub(super) gaps_read_to: Option<u64>,
    /// What `seen` says of files, while files are met that the mirror does not know.
    pub(super) sightings: Sightings,
    pub ledger: Ledger,
    pub ear: Ear,
    pub telling: Telling,
    pub catalog: Catalog,
    pub board: Board,
    pub sight: Sight,
    pub mode: Mode,
    /// Sentences about rounds itself.
    pub notices: BTreeSet<String>,
    pub filling: Option<Filling>,
    /// See [`is_partial`](Self::is_partial).
    pub(super) partial: bool,
    /// The board changed since this was last asked.
    pub(super) touched: bool,
    pub lost: u64,
    /// From the last change to its verdict, in real time.
    pub lag: Span,
    pub watches: u32,
    pub why_not_live: Option<String>,
    pub(super) sweeps: Sweeps,
    version: u64,
    tail: Arc<Tail>,
    next_verdict: Option<Ts>,
}

impl Engine {
    /// Opens the mirror and takes over what it knows; one that is damaged is put aside first. Reads none of the agents'
    /// files yet.
    pub fn open(setup: Setup, mut notices: Vec<String>) -> Result<Self, StartError> {
        match Self::open_once(setup.clone(), notices.clone()) {
            Err(
                StartError::Open(OpenError::Store(StoreError::Corrupt(why)))
                | StartError::Store(StoreError::Corrupt(why)),
            ) => {
                notices.push(put_aside(&setup.state_dir, &why)?);
                Self::open_once(setup, notices)
            }
            opened => opened,
        }
    }

    fn open_once(mut setup: Setup, notices: Vec<String>) -> Result<Self, StartError> {
        setup.roots.dedup();
        let (mirror, more) = Mirror::open(&setup.state_dir)?;
        let ownership = Ownership::new(&setup.state_dir);
        let catalog = Catalog::of_names(&mirror)?;
        let ledger = Ledger::in_state(&setup.state_dir);
        let now = setup.clock.now();
        let mut engine = Self {
            policy: setup.config.policy.clone(),
            versions: Versions::in_state(&setup.state_dir),
            seen: SeenLog::in_state(&setup.state_dir),
            gaps_read_to: None,
            sightings: Sightings::default(),
            ownership,
            mirror,
            ledger,
            ear: Ear::default(),
            telling: Telling::new(ToldLog::in_state(&setup.state_dir)),
            catalog,
            board: Board::default(),
            sight: Sight {
                last_look: now,
                period: setup.clock.span_of(SWEEP),
                began: now,
                woke: None,
                gaps: Vec::new(),
                sleeps: Vec::new(),
            },
            mode: Mode::Live,
            notices: notices.into_iter().chain(more).collect(),
            filling: None,
            partial: false,
            touched: false,
            lost: 0,
            lag: Span::ZERO,
            watches: 0,
            why_not_live: None,
            sweeps: Sweeps::default(),
            version: 0,
            tail: Arc::default(),
            next_verdict: None,
            setup,
        };
        engine.board.since = engine.mark()?;
        engine.load_gaps()?;
        engine.was_off()?;
        engine.listen()?;
        Ok(engine)
    }

    pub fn now(&self) -> Ts {
        self.setup.clock.now()
    }

    /// The standup mark; before the first one, the start of yesterday.
    pub fn mark(&self) -> Result<Ts, StoreError> {
        // One that is set at this very moment counts from now on.
        let now = self.now() + Span(1);
        self.ledger.mark_in_force(self.policy.zone.value, now)
    }

    pub fn reload(&mut self, agent: i64) -> Result<(), StoreError> {
        let Some((name, folder)) = self.catalog.names.get(&agent) else {
            return Ok(());
        };
        let facts = query::facts(
            self.mirror.connection(),
            agent,
            name,
            folder,
            self.setup.clock.now(),
            super::board::FOREVER,
        )?;
        self.take_over(agent, facts)
    }

    /// Facts of an agent that were read anew.
    pub(super) fn take_over(&mut self, agent: i64, facts: AgentFacts) -> Result<(), StoreError> {
        self.board.set(agent, facts, self.mirror.connection())?;
        let setup = &self.setup;
        self.board
            .set_files(agent, &self.catalog, &setup.clock, &setup.roots);
        self.board.unsaved(agent);
        self.cut_tail();
        Ok(())
    }

    /// The log changed otherwise than by lines that came behind it: screens read it anew.
    pub(super) fn cut_tail(&mut self) {
        Arc::make_mut(&mut self.tail).cut(self.version + 1);
    }

    /// Hands lines that have just come on to screens that have read the log so far.
    pub(super) fn grow_tail(&mut self, changes: &Changes) {
        let Some(rows) = new_rows(changes, &self.catalog) else {
            self.cut_tail();
            return;
        };
        let tail = Arc::make_mut(&mut self.tail);
        for row in rows {
            tail.push(self.version + 1, row);
        }
    }

    /// Lets versions go that are older than the config keeps them.
    pub fn prune_versions(&self) {
        let in_use = self.catalog.files().map(|t| t.row.hash.as_str());
        let before = Clock::System.now() - self.setup.config.retention.versions;
        let gone = self.versions.prune(before, &in_use.collect());
        if gone > 0 {
            tracing::info!(gone, "outdated versions were removed");
        }
        if let Err(error) = self.telling.shorten(before, self.now()) {
            tracing::warn!(%error, "what was told long ago is kept");
        }
    }

    /// Caches facts for the next start.
    pub fn save(&mut self) -> Result<(), StoreError> {
        let now = self.now();
        self.board.save(&mut self.mirror, now)
    }

    /// Keeps the standup mark.
    pub fn mark_standup(&mut self, until: Ts) -> Result<(), StoreError> {
        self.ledger
            .append(self.now(), Who::here(), Deed::StandupDone { until })?;
        self.board.mark(until, self.mirror.connection())
    }

    pub fn health(&self) -> Health {
        let now = self.now();
        let blind_after = Span::secs(10).max(self.sight.period.times(3));
        Health {
            mode: self.mode,
            last_sweep: self.sight.last_look,
            sweep_period: self.sight.period,
            dropped_events: self.lost,
            lag: self.lag,
            damaged_files: self.catalog.damaged(),
            filling: self.filling,
            blind: self.catalog.blind(&self.setup.roots, now),
            blind_since: (now - self.sight.last_look > blind_after).then_some(self.sight.last_look),
            notices: self
                .notices
                .iter()
                .cloned()
                .chain(self.why_not_live.clone())
                .chain(self.behind())
                .collect(),
            files: self.catalog.len() as u32,
            watches: self.watches,
        }
    }

    fn behind(&self) -> Option<String> {
        let lag = self.lag;
        (lag >= BEHIND).then(|| format!("the last change was judged {lag} after it was noticed"))
    }

    /// The snapshot of now; what it tells is written down.
    pub fn fleet(&mut self) -> Arc<Fleet> {
        let fleet = self.snapshot();
        self.keep_told();
        fleet
    }

    /// The snapshot of now. [`keep_told`](Self::keep_told) follows it.
    pub(super) fn snapshot(&mut self) -> Arc<Fleet> {
        let now = self.now();
        let mut verdict = self.board.judge(now, &self.policy, &self.sight);
        let unreadable = self.board.unreadable();
        if !unreadable.is_empty() {
            self.read_anew(&unreadable);
            verdict = self.board.judge(now, &self.policy, &self.sight);
        }
        if self.look_at_processes() {
            verdict = self.board.judge(now, &self.policy, &self.sight);
        }
        let health = self.health();
        let mut fleet = self
            .board
            .fleet(&self.catalog, now, &self.policy, &self.sight, health);
        let next = verdict.into_iter().chain(self.tell(&mut fleet)).min();
        self.next_verdict = next.map(on_the_minute);
        self.version += 1;
        fleet.version = self.version;
        fleet.tail = self.tail.clone();
        fleet.zone = Some(self.policy.zone.value);
        Arc::new(fleet)
    }

    fn read_anew(&mut self, agents: &[i64]) {
        if let Err(error) = self.know_files() {
            self.notices.insert(error.to_string());
        }
        for agent in agents {
            if let Err(error) = self.reload(*agent) {
                self.notices.insert(error.to_string());
            }
        }
    }

    /// Files on disk are ahead of the mirror that another process keeps.
    pub fn is_behind(&self) -> bool {
        self.catalog.unclaimed().any(|(path, row)| {
            stat(path).is_ok_and(|s| {
                (s.ino, s.size, s.modified_ns) != (row.ino, row.size, row.modified_ns)
            })
        })
    }

    /// Reads again what another process has mirrored.
    pub fn refresh_catalog(&mut self) -> Result<(), StoreError> {
        self.catalog = Catalog::load(&self.mirror)?;
        Ok(())
    }

    /// When verdicts that time alone has changed are shown next: with the ages, on the minute.
    pub fn next_verdict(&self) -> Option<Ts> {
        self.next_verdict
    }
}

/// The lines that changes brought; `None` where they brought more than lines, or too many of them.
fn new_rows(changes: &Changes, catalog: &Catalog) -> Option<Vec<LogRow>> {
    let count = changes.added.len() + changes.steps.len();
    if changes.noted || !changes.removed.is_empty() || count > Tail::MOST {
        return None;
    }
    let name = |agent: &i64| catalog.names.get(agent).map(|(name, _)| name);
    let beats = changes
        .added
        .iter()
        .map(|(agent, beat)| log::beat_row(name(agent)?, beat, &changes.items));
    let steps = changes
        .steps
        .iter()
        .map(|(agent, step)| Some(log::step_row(name(agent)?, step)));
    beats.chain(steps).collect()
}

/// Puts a damaged mirror aside. The sentence says so.
pub fn put_aside(state: &Path, why: &str) -> Result<String, StoreError> {
    let path = state.join("mirror.db");
    let aside = open::quarantine(&path).map_err(StoreError::io(format!(
        "cannot put the damaged {} aside",
        path.display()
    )))?;
    Ok(format!(
        "the mirror was damaged ({why}) and is rebuilt (the old one: {})",
        aside.display()
    ))
}

/// Limits are passed a millisecond after the minute they lie on; what passes later waits for the next one.
fn on_the_minute(at: Ts) -> Ts {
    const PASSED: Span = Span(1);
    let minutes = (at.0 - PASSED.0 + Span::MINUTE.0 - 1).div_euclid(Span::MINUTE.0);
    Ts(minutes * Span::MINUTE.0) + PASSED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_change_with_the_minute_on_which_their_limit_lies_or_the_next() {
        let minute = Ts(29_578_000 * Span::MINUTE.0);
        let passed = minute + Span(1);
        assert_eq!(on_the_minute(passed), passed);
        assert_eq!(on_the_minute(minute), passed);
        assert_eq!(on_the_minute(passed + Span(1)), passed + Span::MINUTE);
        assert_eq!(
            on_the_minute(minute + Span::secs(59)),
            passed + Span::MINUTE
        );
    }
}
