//! The owner's loop: what comes from outside, and its own deadlines.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Order;
use super::engine::Engine;
use super::inbox::Next;
use super::operate::Operating;
use super::room::{End, Keeper};
use super::sweep::{SWEEP, Share};
use crate::domain::fleet::Mode;
use crate::domain::time::Span;
use crate::store::StoreError;
use crate::store::seen::Sightings;
use crate::sys::{memory, sleep};
use crate::watch::notice::Notices;

/// Real time between two looks for new folders and files.
const WALK: Duration = Duration::from_secs(10);
/// Real time after the last change until facts are cached for the next start.
const QUIET: Duration = Duration::from_secs(5);
/// Transactions after which the mirror's log is folded in behind a snapshot, and how few are left for a quiet moment.
const MANY_COMMITS: u32 = 150;
const FEW_COMMITS: u32 = 16;
/// How often a torn file is tried again.
const RETRY: Duration = Duration::from_millis(150);
/// Snapshots are published at most this often while changes pour in.
const BURST: Duration = Duration::from_millis(15);

/// Real time without a snapshot after which the program's pages are let go, at every sweep: 50 agents at rest in 13 MB, where
/// a walk for new files alone brings 9 MB of the program back.
const CALM: Duration = Duration::from_secs(1);

/// The deadlines of an owner's loop.
pub(super) struct Turn<'a> {
    keeper: &'a Keeper,
    sweep: Instant,
    walk: Instant,
    /// Facts are cached when it stays quiet until then.
    save: Option<Instant>,
    /// A change waits to be published.
    publish: Option<Instant>,
    /// Since when.
    waits: Option<Instant>,
    published: Instant,
    /// What the last published snapshot said of rounds itself.
    health: String,
    /// What the sign of life says.
    signed: String,
    awake: sleep::Meter,
    operating: Operating,
}

impl<'a> Turn<'a> {
    pub(super) fn new(keeper: &'a Keeper) -> Self {
        let now = Instant::now();
        Self {
            keeper,
            sweep: now + SWEEP,
            walk: now + WALK,
            save: Some(now + QUIET),
            publish: None,
            waits: None,
            published: now,
            health: String::new(),
            signed: String::new(),
            awake: sleep::Meter::new(),
            operating: Operating::new(),
        }
    }

    pub(super) fn run(
        mut self,
        engine: &mut Engine,
        notices: &mut Notices,
    ) -> Result<End, StoreError> {
        self.operating.take_up(engine)?;
        loop {
            let deadline = self.deadline(engine);
            match self.keeper.inbox.next(deadline) {
                Next::Stop => {
                    attempt(engine, Engine::save)?;
                    engine.mirror.fold_at_close()?;
                    return Ok(End::Stopped);
                }
                Next::Order(order) => self.order(engine, order)?,
                Next::Paths(paths) => {
                    attempt(engine, |engine| engine.changed(&paths))?;
                    self.tell(engine);
                }
                Next::All => {
                    engine.lost = self.keeper.inbox.lost();
                    self.walk(engine, notices)?;
                    attempt(engine, |engine| engine.sweep(Share::All))?;
                    self.changed();
                }
                Next::Damaged(why) => return Err(StoreError::Corrupt(why)),
                Next::Deadline => {}
            }
            if let Some(end) = self.deadlines(engine, notices)? {
                return Ok(end);
            }
        }
    }

    fn deadline(&self, engine: &Engine) -> Instant {
        let verdict = engine
            .next_verdict()
            .map(|at| engine.setup.clock.instant_of(at));
        let torn = (!engine.torn().is_empty()).then(|| Instant::now() + RETRY);
        [
            Some(self.sweep),
            self.save,
            self.publish,
            self.operating.due(),
            verdict,
            torn,
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(self.sweep)
    }

    fn order(&mut self, engine: &mut Engine, order: Order) -> Result<(), StoreError> {
        match self.operating.order(order) {
            Ok(reply) => {
                if let Some(reply) = reply {
                    self.keeper.reply(reply);
                }
                Ok(())
            }
            Err(other) => {
                self.keeper.order(engine, other)?;
                self.changed();
                Ok(())
            }
        }
    }

    /// Operations go on by a step; what they changed is looked at at once.
    fn operate(&mut self, engine: &mut Engine) -> Result<(), StoreError> {
        let (replies, changed) = self.operating.step(engine);
        for reply in replies {
            self.keeper.reply(reply);
        }
        if !changed.is_empty() {
            attempt(engine, |engine| engine.changed(&changed))?;
            self.tell(engine);
        }
        Ok(())
    }

    fn changed(&mut self) {
        let now = Instant::now();
        self.waits.get_or_insert(now);
        // At once when it was quiet; a burst is gathered.
        self.publish
            .get_or_insert(if self.published + BURST <= now {
                now
            } else {
                self.published + BURST
            });
        self.save = Some(now + QUIET);
    }

    fn deadlines(
        &mut self,
        engine: &mut Engine,
        notices: &mut Notices,
    ) -> Result<Option<End>, StoreError> {
        let now = Instant::now();
        if self.operating.due().is_some_and(|due| due <= now) {
            self.operate(engine)?;
        }
        for path in engine.torn() {
            attempt(engine, |engine| engine.look(&path))?;
            self.tell(engine);
        }
        if now >= self.sweep {
            self.sweep = now + SWEEP;
            if let Some(slept) = self.awake.slept() {
                let to = engine.now();
                engine.gap(to - engine.setup.clock.span_of(slept), to, true);
            }
            if !engine.ownership.holds(engine.mirror.connection())? {
                return Ok(Some(End::Handover));
            }
            engine.sign(&mut self.signed);
            attempt(engine, |engine| engine.sweep(Share::Turn))?;
            if engine.listen()? || engine.look_at_processes() {
                self.changed();
            }
            self.tell(engine);
            // With a sweep, so that nobody wakes for it alone.
            if now + SWEEP / 2 >= self.walk {
                self.walk = now + WALK;
                self.walk(engine, notices)?;
                for reply in self.operating.look_at_kept(engine) {
                    self.keeper.reply(reply);
                }
            }
            if self.published + CALM <= now {
                memory::release_program();
            }
        }
        if engine.next_verdict().is_some_and(|at| at <= engine.now()) {
            self.publish.get_or_insert(now);
            // What judging took is given back then, too.
            self.save.get_or_insert(now + QUIET);
        }
        if self.publish.is_some_and(|at| at <= Instant::now()) {
            self.publish = None;
            self.published = Instant::now();
            self.keeper.publish(engine);
            if let Some(since) = self.waits.take() {
                engine.lag = Span(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX));
            }
            attempt(engine, |engine| engine.mirror.fold_log(MANY_COMMITS))?;
        }
        if self.save.is_some_and(|at| at <= now) {
            self.save = None;
            if engine.board.is_unsaved() {
                attempt(engine, Engine::save)?;
                attempt(engine, |engine| engine.mirror.fold_log(FEW_COMMITS))?;
            }
            // What loading and a burst took is not needed to watch.
            engine.board.put_all_away();
            engine.mirror.shrink();
            engine.sightings = Sightings::default();
            memory::release();
        }
        Ok(None)
    }

    fn walk(&mut self, engine: &mut Engine, notices: &mut Notices) -> Result<(), StoreError> {
        if !engine.folders_changed() {
            engine.catalog.calm_down();
            return Ok(());
        }
        let folders = engine.catalog.folders.clone();
        attempt(engine, |engine| {
            let new = engine.discover()?;
            engine.look_at_new(&new)
        })?;
        if engine.catalog.folders != folders {
            rewatch(engine, notices);
        }
        self.tell(engine);
        Ok(())
    }

    /// Publishes when facts have changed, or what the header says of rounds itself. A notification that brought nothing
    /// new (a writer that closes its file) costs no snapshot.
    fn tell(&mut self, engine: &mut Engine) {
        if engine.was_touched() {
            self.changed();
        }
        self.note_health(engine);
    }

    /// Publishes when what the header says of rounds itself has changed.
    fn note_health(&mut self, engine: &Engine) {
        let health = engine.health();
        let said = format!(
            "{:?} {:?} {:?} {} {}",
            health.mode,
            health.blind,
            health.notices,
            health.damaged_files,
            health.blind_since.is_some()
        );
        if said != self.health {
            self.health = said;
            self.changed();
        }
    }
}

/// Does work that a full disk or a busy mirror may refuse: that is shown and tried again with the next sweep.
pub(super) fn attempt(
    engine: &mut Engine,
    work: impl FnOnce(&mut Engine) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const PREFIX: &str = "not mirrored, tried again with every sweep: ";
    match work(engine) {
        Ok(()) => {
            engine.notices.retain(|notice| !notice.starts_with(PREFIX));
            Ok(())
        }
        Err(error @ (StoreError::Corrupt(_) | StoreError::Deposed)) => Err(error),
        Err(error) => {
            engine.notices.retain(|notice| !notice.starts_with(PREFIX));
            let state = &engine.setup.state_dir;
            let sentence = if error.is_full() {
                format!(
                    "the disk that holds {} is full: free some space there, or choose another folder with --state-dir",
                    state.display()
                )
            } else {
                error.to_string()
            };
            engine.notices.insert(format!("{PREFIX}{sentence}"));
            Ok(())
        }
    }
}

pub(super) fn rewatch(engine: &mut Engine, notices: &mut Notices) {
    let folders: Vec<PathBuf> = engine.catalog.folders.iter().cloned().collect();
    for folder in &folders {
        if folder.is_dir() {
            notices.watch(folder);
        } else {
            notices.forget(folder);
        }
    }
    engine.watches = notices.count() as u32;
    engine.mode = if notices.is_live() {
        Mode::Live
    } else {
        Mode::Poll
    };
    engine.why_not_live.clone_from(&notices.refused);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeper::fixture::owner;
    use std::fmt::Write as _;

    #[test]
    fn a_full_disk_is_told_with_its_remedy_and_gets_well_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = owner(folder.path());
        let mut lines = String::new();
        for n in 0..2_000 {
            let now = engine.now().rfc3339();
            let _ = writeln!(
                lines,
                "{{\"ts\":\"{now}\",\"status\":\"ok\",\"did\":[\"thing {n}\"]}}"
            );
        }
        std::fs::create_dir_all(folder.path().join("fleet/social")).unwrap();
        std::fs::write(folder.path().join("fleet/social/heartbeat.jsonl"), lines).unwrap();
        let mirror = |pages: u32| format!("PRAGMA max_page_count={pages}");
        let limit = |engine: &Engine, pages| {
            let connection = engine.mirror.connection();
            connection.execute_batch(&mirror(pages)).unwrap();
        };
        attempt(&mut engine, |engine| engine.discover().map(drop)).unwrap();
        limit(&engine, 1);
        attempt(&mut engine, |engine| engine.sweep(Share::All)).unwrap();
        let told = engine.health().notices.join("; ");
        assert!(told.contains("state is full: free some space"), "{told}");
        assert_eq!(engine.fleet().agents[0].counts.did, 0);
        limit(&engine, 1_000_000);
        attempt(&mut engine, |engine| engine.sweep(Share::All)).unwrap();
        assert_eq!(engine.health().notices, Vec::<String>::new());
        assert_eq!(engine.fleet().agents[0].counts.did, 2_000);
    }

    /// How many of ten agents whose logs nobody wrote for two hours, and that all get a line nobody tells of, are up to date
    /// after each of five sweeps.
    fn found_by_sweeps(mode: Mode) -> Vec<usize> {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = owner(folder.path());
        engine.mode = mode;
        let now = engine.now().rfc3339();
        let line = format!("{{\"ts\":\"{now}\",\"status\":\"ok\",\"did\":[\"it\"]}}\n");
        let logs: Vec<PathBuf> = (0..10)
            .map(|n| {
                folder
                    .path()
                    .join(format!("fleet/agent-{n}/heartbeat.jsonl"))
            })
            .collect();
        for log in &logs {
            std::fs::create_dir_all(log.parent().unwrap()).unwrap();
            std::fs::write(log, &line).unwrap();
            let file = std::fs::OpenOptions::new().append(true).open(log).unwrap();
            let written = file.metadata().unwrap().modified().unwrap();
            file.set_modified(written - Duration::from_hours(2))
                .unwrap();
        }
        engine.discover().unwrap();
        engine.sweep(Share::All).unwrap();
        for log in &logs {
            std::fs::write(log, line.repeat(2)).unwrap();
        }
        let mut sweep = || {
            engine.sweep(Share::Turn).unwrap();
            let fleet = engine.fleet();
            let agents = fleet.agents.iter();
            agents.filter(|agent| agent.counts.did == 2).count()
        };
        (0..5).map(|_| sweep()).collect()
    }

    #[test]
    fn a_file_that_changed_is_in_use_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = owner(folder.path());
        std::fs::create_dir_all(folder.path().join("fleet/social")).unwrap();
        let log = folder.path().join("fleet/social/heartbeat.jsonl");
        let line = format!(
            "{{\"ts\":\"{}\",\"did\":[\"it\"]}}\n",
            engine.now().rfc3339()
        );
        for lines in 1..=6 {
            std::fs::write(&log, line.repeat(lines)).unwrap();
            if lines == 1 {
                engine.discover().unwrap();
                engine.sweep(Share::All).unwrap();
            } else {
                engine.sweep(Share::Turn).unwrap();
            }
            let did = engine.fleet().agents[0].counts.did;
            assert_eq!(
                did as usize, lines,
                "each sweep looks at what was written within the minute"
            );
        }
    }

    #[test]
    fn files_that_rest_take_turns_where_notifications_tell_sooner() {
        let found = found_by_sweeps(Mode::Live);
        assert!(found.is_sorted_by(|a, b| a < b || *b == 10), "{found:?}");
        assert_eq!((found[0] < 5, found[3]), (true, 10), "{found:?}");
        assert_eq!(found_by_sweeps(Mode::Poll), [10; 5]);
    }
}
