//! Files to mirror to facts to verdicts: everything the keeper does that is not waiting.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::board::Board;
use super::catalog::Catalog;
use super::ingest::{self, Desk};
use super::news::{is_stale, may_be_new};
use super::owner::Ownership;
use super::spoken::Ear;
use super::{Setup, StartError, fill, glance};
use crate::domain::facts::{FileState, Sight};
use crate::domain::fleet::{Filling, Fleet, Health, Mode};
use crate::domain::policy::Policy;
use crate::domain::time::{Span, Ts};
use crate::store::ledger::{Deed, Ledger, Who};
use crate::store::mirror::{Changes, Mirror};
use crate::store::seen::{Seen, SeenLog};
use crate::store::versions::Versions;
use crate::store::{OpenError, StoreError, open, query};
use crate::sys::clock::Clock;
use crate::sys::file::stat;
use crate::watch::discover::{Discovery, discover};

/// Unread bytes past which a start mirrors in bulk and shows its progress.
const BULK: u64 = 2 << 20;
/// Files stated in one sweep; with more of them sweeps take turns, so that their cost stays the same.
const SWEEP_FILES: usize = 400;
/// A file written this long before the newest one, in nanoseconds, is in use no more.
const IN_USE_NS: i64 = 36 * 3_600 * 1_000_000_000;
/// Real seconds between sweeps of the known files.
pub const SWEEP: std::time::Duration = std::time::Duration::from_secs(2);

/// Everything the keeper owns.
pub struct Engine {
    pub setup: Setup,
    pub policy: Policy,
    pub mirror: Mirror,
    pub ownership: Ownership,
    pub versions: Versions,
    seen: SeenLog,
    pub ledger: Ledger,
    pub ear: Ear,
    pub catalog: Catalog,
    pub board: Board,
    pub sight: Sight,
    pub mode: Mode,
    /// Sentences about rounds itself.
    pub notices: BTreeSet<String>,
    pub filling: Option<Filling>,
    /// See [`is_partial`](Self::is_partial).
    partial: bool,
    /// The board changed since this was last asked.
    touched: bool,
    pub lost: u64,
    pub watches: u32,
    pub why_not_live: Option<String>,
    sweep_at: usize,
    /// Inode and times of the folders, as of the last walk.
    folder_stamps: Vec<Option<(u64, i64, i64)>>,
    version: u64,
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
        let catalog = Catalog::load(&mirror)?;
        let ledger = Ledger::in_state(&setup.state_dir);
        let now = setup.clock.now();
        let mut engine = Self {
            policy: setup.config.policy.clone(),
            versions: Versions::in_state(&setup.state_dir),
            seen: SeenLog::in_state(&setup.state_dir),
            ownership,
            mirror,
            ledger,
            ear: Ear::default(),
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
            watches: 0,
            why_not_live: None,
            sweep_at: 0,
            folder_stamps: Vec::new(),
            version: 0,
            next_verdict: None,
            setup,
        };
        engine.board.since = engine.mark()?;
        engine.listen()?;
        Ok(engine)
    }

    pub fn now(&self) -> Ts {
        self.setup.clock.now()
    }

    /// Takes the mirror where nobody living holds it. What another process wrote since it was opened is read first: going
    /// on from older offsets would mirror lines twice.
    pub fn take(&mut self) -> Result<bool, StoreError> {
        if !self.ownership.take(self.mirror.connection())? {
            return Ok(false);
        }
        if self.mirror.taken(self.ownership.token())? {
            self.catalog = Catalog::load(&self.mirror)?;
            self.board = Board::default();
            self.board.since = self.mark()?;
        }
        Ok(true)
    }

    /// The standup mark; before the first one, the start of yesterday.
    pub fn mark(&self) -> Result<Ts, StoreError> {
        if let Some(mark) = self.ledger.standup_mark()? {
            return Ok(mark);
        }
        let zone = self.policy.zone.value;
        Ok(zone.start_of(zone.day_of(self.now()).plus(-1)))
    }

    /// Facts of every agent the mirror knows: cached, or read anew.
    pub fn load_facts(&mut self) -> Result<(), StoreError> {
        // One snapshot, and one lock instead of thousands.
        self.mirror.connection().execute_batch("BEGIN")?;
        let loaded = self.load_facts_inside();
        self.mirror.connection().execute_batch("COMMIT")?;
        loaded
    }

    fn load_facts_inside(&mut self) -> Result<(), StoreError> {
        let (current, stale) = query::cached_facts(self.mirror.connection())?;
        for (agent, facts) in current {
            self.board.set(agent, facts, self.mirror.connection())?;
        }
        for agent in stale {
            self.reload(agent)?;
        }
        Ok(())
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
        self.board.set(agent, facts, self.mirror.connection())?;
        self.board.unsaved(agent);
        Ok(())
    }

    /// Looks for agents and files. Returns the paths that are new.
    pub fn discover(&mut self) -> Result<Vec<PathBuf>, StoreError> {
        let found = self.find();
        self.adopt(found)
    }

    /// Whether any folder gained or lost an entry since the last time this was asked. A stat is no look into the folder, so
    /// that asking wakes nobody.
    pub fn folders_changed(&mut self) -> bool {
        let stamp = |folder: &PathBuf| {
            stat(folder)
                .ok()
                .map(|s| (s.ino, s.modified_ns, s.changed_ns))
        };
        let stamps: Vec<_> = self.catalog.folders.iter().map(stamp).collect();
        let changed = stamps != self.folder_stamps;
        self.folder_stamps = stamps;
        changed
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
    pub fn adopt(&mut self, found: Discovery) -> Result<Vec<PathBuf>, StoreError> {
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

    /// The first screen of a cold start: each log's newest part, straight from the files.
    pub fn glance(&mut self) {
        let files: Vec<_> = self.catalog.files.values().collect();
        let seen = glance::glance(&files, &self.setup, &self.policy, self.board.since);
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
    }

    /// Lets versions go that are older than the config keeps them.
    pub fn prune_versions(&self) {
        let in_use = self.catalog.files.values().map(|t| t.row.hash.as_str());
        let before = Clock::System.now() - self.setup.config.retention.versions;
        let gone = self.versions.prune(before, &in_use.collect());
        if gone > 0 {
            tracing::info!(gone, "outdated versions were removed");
        }
    }

    /// Caches facts for the next start.
    pub fn save(&mut self) -> Result<(), StoreError> {
        let now = self.now();
        self.board.save(&mut self.mirror, now)
    }

    /// Bytes of logs that are not mirrored yet.
    pub fn unread(&self) -> u64 {
        let sizes = self.catalog.files.values().filter(|t| t.reader.appends());
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

    /// Whether the board changed since the last call.
    pub fn was_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
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
        for agent in agents {
            self.reload(agent)?;
            let files = self
                .catalog
                .facts_of(agent, &self.setup.clock, &self.setup.roots);
            let last = self.catalog.last_change(agent, &self.setup.clock);
            self.board.set_files(agent, files, last);
        }
        Ok(())
    }

    /// What a file's change brings. Failures of the mirror itself are errors.
    pub fn look(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        let done = self.look_into(path, &mut changes);
        self.absorb(changes)?;
        done
    }

    fn look_into(&mut self, path: &Path, changes: &mut Changes) -> Result<(), StoreError> {
        let Some(mut tracked) = self.catalog.files.remove(path) else {
            return Ok(());
        };
        let mut desk = Desk {
            mirror: &mut self.mirror,
            versions: &self.versions,
            seen: &self.seen,
            vocabulary: &self.setup.config.vocabulary,
            policy: &self.policy,
            clock: &self.setup.clock,
        };
        let looked = ingest::look(&mut desk, &mut tracked, changes);
        let state = tracked.state_text();
        if looked.is_ok() && state != tracked.row.state {
            tracked.row.state = state;
            let row = tracked.row.clone();
            desk.transact(changes, |mirror| mirror.put_file(&row))?;
        }
        self.catalog.moved(tracked);
        if let Some(moved) = looked? {
            self.catalog.moved(moved);
        }
        Ok(())
    }

    fn absorb(&mut self, changes: Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        if self.partial {
            return Ok(());
        }
        let agents = changes.agents.clone();
        let now = self.now();
        self.board
            .apply(changes, &self.mirror, &mut self.catalog, now)?;
        for agent in &agents {
            let files = self
                .catalog
                .facts_of(*agent, &self.setup.clock, &self.setup.roots);
            let last = self.catalog.last_change(*agent, &self.setup.clock);
            self.board.set_files(*agent, files, last);
        }
        self.board.touch(&agents);
        self.touched = true;
        Ok(())
    }

    /// Looks at changed paths: known files, or folders in which something came or went.
    pub fn changed(&mut self, paths: &[PathBuf]) -> Result<(), StoreError> {
        let mut unknown = false;
        for path in paths {
            if self.catalog.files.contains_key(path) {
                self.look(path)?;
            } else {
                unknown |= may_be_new(path, &self.setup.config.vocabulary);
            }
        }
        if unknown {
            let new = self.discover()?;
            self.look_at_new(&new)?;
        }
        Ok(())
    }

    /// Looks at files that were just found. One of them may be a copy of a log that is not read to its end: that one is
    /// read first, so that every line of the copy is recognised.
    pub fn look_at_new(&mut self, new: &[PathBuf]) -> Result<(), StoreError> {
        let files = &self.catalog.files;
        let agents: BTreeSet<i64> = new
            .iter()
            .filter_map(|path| Some(files.get(path)?.row.agent))
            .collect();
        let behind: Vec<PathBuf> = files
            .values()
            .filter(|t| t.row.offset > 0 && agents.contains(&t.row.agent) && is_stale(t))
            .map(|t| t.path.clone())
            .collect();
        for path in behind.iter().chain(new) {
            self.look(path)?;
        }
        Ok(())
    }

    /// Looks at every file that is not as it was, all of them or this sweep's share.
    pub fn sweep(&mut self, share: Share) -> Result<(), StoreError> {
        let total = self.catalog.files.len();
        let (skip, take) = match share {
            Share::All => (0, total),
            Share::Turn => (self.sweep_at, SWEEP_FILES),
        };
        // Files in use are looked at every time; day files of last month take turns.
        let newest = self.catalog.files.values().map(|t| t.row.modified_ns).max();
        let in_use = newest.unwrap_or(0) - IN_USE_NS;
        let files = self.catalog.files.values().enumerate();
        let mut stale: Vec<(bool, PathBuf)> = files
            .filter(|(at, t)| (skip..skip + take).contains(at) || t.row.modified_ns >= in_use)
            .filter(|(_, t)| is_stale(t))
            .map(|(_, t)| (t.row.offset == 0, t.path.clone()))
            .collect();
        // What was read before comes first: a new file may be a copy of it.
        stale.sort();
        self.sweep_at = if skip + take >= total { 0 } else { skip + take };
        for (_, path) in stale {
            self.look(&path)?;
        }
        let rounds = total.div_ceil(SWEEP_FILES).max(1) as i64;
        self.sight.period = self.setup.clock.span_of(SWEEP).times(rounds);
        if self.sweep_at == 0 {
            self.sight.last_look = self.now();
        }
        Ok(())
    }

    /// Rewritten files that did not parse and have not had their two seconds.
    pub fn torn(&self) -> Vec<PathBuf> {
        self.catalog
            .files
            .values()
            .filter(|t| t.torn.is_some() && t.state == FileState::Good)
            .map(|t| t.path.clone())
            .collect()
    }

    /// Keeps the standup mark.
    pub fn mark_standup(&mut self, until: Ts) -> Result<(), StoreError> {
        self.ledger
            .append(self.now(), Who::here(), Deed::StandupDone { until })?;
        self.board.mark(until, self.mirror.connection())
    }

    /// Records that nothing was looked at between two moments.
    pub fn gap(&mut self, from: Ts, to: Ts, asleep: bool) {
        self.sight.gaps.push((from, to));
        if asleep {
            self.sight.woke = Some(to);
            self.sight.sleeps.push((from, to));
        }
        if let Err(error) = self.seen.append(&Seen::Gap { from, to, asleep }) {
            self.notices.insert(error.to_string());
        }
        self.board.touch_all();
    }

    /// Takes over recorded gaps of the last days.
    pub fn load_gaps(&mut self) -> Result<(), StoreError> {
        let from = self.now() - Span::days(10);
        (self.sight.gaps, self.sight.sleeps) = (Vec::new(), Vec::new());
        for seen in self.seen.all()? {
            if let Seen::Gap {
                from: start,
                to,
                asleep,
            } = seen
                && to > from
            {
                self.sight.gaps.push((start, to));
                if asleep {
                    self.sight.sleeps.push((start, to));
                }
            }
        }
        Ok(())
    }

    pub fn health(&self) -> Health {
        let now = self.now();
        let blind_after = Span::secs(10).max(self.sight.period.times(3));
        Health {
            mode: self.mode,
            last_sweep: self.sight.last_look,
            sweep_period: self.sight.period,
            dropped_events: self.lost,
            damaged_files: self.catalog.damaged(),
            filling: self.filling,
            blind: self.catalog.blind(&self.setup.roots, now),
            blind_since: (now - self.sight.last_look > blind_after).then_some(self.sight.last_look),
            notices: self
                .notices
                .iter()
                .cloned()
                .chain(self.why_not_live.clone())
                .collect(),
            files: self.catalog.files.len() as u32,
            watches: self.watches,
        }
    }

    /// The snapshot of now.
    pub fn fleet(&mut self) -> Arc<Fleet> {
        let now = self.now();
        let verdict = self.board.judge(now, &self.policy, &self.sight);
        self.next_verdict = verdict.into_iter().chain(self.ear.next_change(now)).min();
        let mut fleet =
            self.board
                .fleet(&self.catalog, now, &self.policy, &self.sight, self.health());
        self.ear.mark(&mut fleet.told);
        self.version += 1;
        fleet.version = self.version;
        fleet.zone = Some(self.policy.zone.value);
        Arc::new(fleet)
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

    /// The next moment that time alone changes a verdict.
    pub fn next_verdict(&self) -> Option<Ts> {
        self.next_verdict
    }
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

/// How much a sweep looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    All,
    Turn,
}
