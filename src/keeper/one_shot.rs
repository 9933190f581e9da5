//! One answer for a command: what is new is mirrored first, or the owner is asked, then the board is judged.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::engine::{Engine, put_aside};
use super::fill::Go;
use super::found::News;
use super::planning::{self, PlanAsk, PlanFile, PlanPlace, Planning};
use super::storm;
use super::sweep::Share;
use super::telling::Keeps;
use super::{Setup, StartError};
use crate::domain::fleet::{Filling, Fleet, Mode};
use crate::domain::id::AgentId;
use crate::domain::page::{Items, Page, Query, Which};
use crate::domain::retro::RetroWord;
use crate::domain::time::{Ts, Zone};
use crate::domain::told::Said;
use crate::plan::make::Storm;
use crate::reader::{Reader, Snapshot, Source};
use crate::store::StoreError;
use crate::store::checked::Checked;
use crate::store::integrity::Check;
use crate::store::told::ToldLog;
use crate::sys::state::{self, StateDir};
use crate::watch::discover::Discovery;

/// How long a living owner is given to mirror what a command sees on disk.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether what is said is kept, or only how it would read is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Keep,
    Rehearse,
}

/// The state of the fleet for one command.
pub struct OneShot {
    setup: Setup,
    engine: Engine,
    reader: Reader,
    /// A temporary state folder lives as long as the answer.
    _state: StateDir,
}

impl OneShot {
    pub fn open(setup: Setup) -> Result<Self, StartError> {
        Self::open_telling(setup, |_| {})
    }

    /// As [`open`](Self::open); `tell` sees the progress of mirroring a long history.
    pub fn open_telling(
        mut setup: Setup,
        mut tell: impl FnMut(&Filling),
    ) -> Result<Self, StartError> {
        let state = state::prepare(&setup.state_dir).map_err(|source| StartError::Io {
            what: "no folder for the state can be made".to_owned(),
            source,
        })?;
        setup.state_dir.clone_from(&state.path);
        let opened = Self::begin(&setup, state.notices.clone(), &mut tell);
        let (engine, reader) = match opened {
            Err(StartError::Store(StoreError::Corrupt(why))) => {
                let mut notices = state.notices.clone();
                notices.push(put_aside(&setup.state_dir, &why)?);
                Self::begin(&setup, notices, &mut tell)?
            }
            opened => opened?,
        };
        Ok(Self {
            setup,
            engine,
            reader,
            _state: state,
        })
    }

    /// Opens the mirror and brings it up to date.
    fn begin(
        setup: &Setup,
        notices: Vec<String>,
        tell: &mut impl FnMut(&Filling),
    ) -> Result<(Engine, Reader), StartError> {
        let mut engine = Engine::open(setup.clone(), notices)?;
        let (found, news) = engine.find_while_loading()?;
        match news {
            News::Some => mirror_or_await(&mut engine, found, tell)?,
            News::Nothing => drop(engine.adopt(found)?),
        }
        engine.telling.saw_all();
        if !engine.ownership.is_elsewhere(engine.mirror.connection())? {
            engine.telling.keeps = Keeps::Here;
        }
        let reader = Reader::new(
            Source {
                mirror: engine.mirror.path.clone(),
                ledger: engine.ledger.clone(),
                told: ToldLog::in_state(&engine.setup.state_dir),
                policy: engine.policy.clone(),
                roots: engine.setup.roots.clone(),
                clock: engine.setup.clock,
                seen: engine.seen.clone(),
            },
            Snapshot::Once,
        );
        Ok((engine, reader))
    }

    /// After a failure: where the mirror is damaged it is put aside and everything mirrored anew. `true`: ask again.
    fn mend(&mut self) -> bool {
        let Err(StoreError::Corrupt(why)) = Check::default().run(&self.engine.mirror.path) else {
            return false;
        };
        let begun = put_aside(&self.setup.state_dir, &why)
            .map_err(StartError::from)
            .and_then(|notice| Self::begin(&self.setup, vec![notice], &mut |_| {}));
        match begun {
            Ok((engine, reader)) => {
                (self.engine, self.reader) = (engine, reader);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the damaged mirror could not be rebuilt");
                false
            }
        }
    }

    /// The board of now, counted since the mark or since a given moment.
    pub fn fleet(&mut self, since: Option<Ts>) -> Result<Arc<Fleet>, StoreError> {
        self.count_since(since)?;
        Ok(self.engine.fleet())
    }

    /// As [`fleet`](Self::fleet), with the items since then of whoever has some, as far as they could be read: this thread
    /// reads them while others judge.
    pub fn fleet_and_items(
        &mut self,
        since: Option<Ts>,
        which: Which,
    ) -> Result<(Arc<Fleet>, HashMap<AgentId, Items>), StoreError> {
        self.count_since(since)?;
        let (engine, reader) = (&mut self.engine, &mut self.reader);
        let (now, since) = (engine.now(), engine.board.since);
        let counting = engine.board.counting().into_iter();
        let names = counting.filter_map(|id| Some(engine.catalog.names.get(&id)?.0.clone()));
        let names: Vec<AgentId> = names.collect();
        let read = || {
            let pages = names.into_iter().map(|agent| {
                reader.answer(Query::Items {
                    agent,
                    since,
                    until: now,
                    which,
                })
            });
            let items = pages.filter_map(|page| match page {
                Page::Items { agent, items, .. } => Some((agent, items)),
                _ => None,
            });
            items.collect()
        };
        let items = engine
            .board
            .judge_beside(now, &engine.policy, &engine.sight, read);
        Ok((engine.fleet(), items))
    }

    fn count_since(&mut self, since: Option<Ts>) -> Result<(), StoreError> {
        let engine = &mut self.engine;
        match since.filter(|since| *since != engine.board.since) {
            Some(since) => engine.board.mark(since, engine.mirror.connection()),
            None => Ok(()),
        }
    }

    /// The board as it was.
    pub fn past(&mut self, at: Ts, since: Option<Ts>) -> Page {
        self.ask(Query::Past { at, since })
    }

    pub fn ask(&mut self, query: Query) -> Page {
        match self.reader.answer(query.clone()) {
            Page::Failed(_) if self.mend() => self.reader.answer(query),
            page => page,
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// The standup mark in force.
    pub fn mark(&self) -> Ts {
        self.engine.board.since
    }

    pub fn mark_standup(&mut self, at: Ts) -> Result<(), StoreError> {
        self.engine.mark_standup(at)
    }

    /// Says something about a finding that [`fleet`](Self::fleet) told, or takes it back; with a sentence either way.
    pub fn say(&mut self, case: &str, said: Option<Said>, how: How) -> Result<String, String> {
        match how {
            How::Keep => self.engine.say(case, said),
            How::Rehearse => self.engine.would_say(case, said).map(|it| it.sentence),
        }
    }

    /// Silences an agent's findings, or all, until then; with a sentence either way.
    pub fn maintain(
        &mut self,
        agent: Option<AgentId>,
        until: Ts,
        how: How,
    ) -> Result<String, String> {
        match how {
            How::Keep => self.engine.maintain(agent, until),
            How::Rehearse => {
                let saying = self.engine.would_maintain(agent, until);
                saying.map(|it| it.sentence)
            }
        }
    }

    /// The memory of a named check; `None`: the name cannot be one.
    pub fn checked(&self, name: &str) -> Option<Checked> {
        Checked::in_state(&self.setup.state_dir, name)
    }

    /// The answer is given and the process ends: what only takes up memory is left to the system, which frees it whole.
    pub fn end(mut self) {
        std::mem::forget(std::mem::take(&mut self.engine.board));
        std::mem::forget(std::mem::take(&mut self.engine.catalog));
    }

    /// Places that were looked at, for the answer that nothing was found.
    pub fn looked_at(&self) -> &[String] {
        &self.engine.catalog.looked_at
    }

    /// A day, planned from backlogs and what was left over. Nothing is written.
    pub fn plan(&mut self, ask: &PlanAsk) -> Planning {
        planning::plan(&mut self.engine, ask)
    }

    /// Keeps what was said at a retro; with a sentence either way.
    pub fn retro(&mut self, said: RetroWord) -> Result<String, String> {
        self.engine.retro(said)
    }

    /// What is overdue now, and the ways out of it.
    pub fn storm(&mut self) -> (Storm, Zone) {
        storm::storm(&mut self.engine)
    }

    /// Puts one file of a planning in its place, and into the ledger. An error says why it is not there.
    pub fn write_plan(&mut self, file: &PlanFile, place: PlanPlace) -> Result<(), String> {
        planning::write(&self.engine, file, place)
    }

    pub fn now(&self) -> Ts {
        self.engine.now()
    }
}

/// Mirrors what is new, or lets the process do it that mirrors already.
fn mirror_or_await(
    engine: &mut Engine,
    found: Discovery,
    tell: &mut impl FnMut(&Filling),
) -> Result<(), StoreError> {
    let mirrored = if engine.take()? {
        mirror_new(engine, found, tell)
    } else {
        Err(StoreError::Deposed)
    };
    match mirrored {
        Ok(()) => {
            engine.ownership.release(engine.mirror.connection());
            Ok(())
        }
        Err(StoreError::Deposed) => await_owner(engine),
        Err(error) => Err(error),
    }
}

fn mirror_new(
    engine: &mut Engine,
    found: Discovery,
    tell: &mut impl FnMut(&Filling),
) -> Result<(), StoreError> {
    engine.load_facts()?;
    engine.adopt(found)?;
    if engine.wants_bulk() {
        engine.fill(|engine| {
            engine.ownership.touch();
            if let Some(filling) = &engine.filling {
                tell(filling);
            }
            Go::On
        })?;
    }
    engine.sweep(Share::All)?;
    if engine.is_partial() {
        engine.sight_is_full()?;
    }
    settle(engine)?;
    engine.save()
}

/// A plan that is being rewritten this moment gets its two seconds.
fn settle(engine: &mut Engine) -> Result<(), StoreError> {
    let until = Instant::now() + super::ingest::SETTLE;
    while !engine.torn().is_empty() && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(50));
        for path in engine.torn() {
            engine.look(&path)?;
        }
    }
    Ok(())
}

/// The owner mirrors what is new within milliseconds; its mirror is read once it has.
fn await_owner(engine: &mut Engine) -> Result<(), StoreError> {
    engine.mode = Mode::Follow;
    engine.refresh_catalog()?;
    let until = Instant::now() + PATIENCE;
    while engine.is_behind() && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(5));
        engine.refresh_catalog()?;
    }
    if engine.is_behind() {
        engine.notices.insert(
            "the rounds that mirrors this fleet is behind: the newest lines may be missing"
                .to_owned(),
        );
    }
    engine.load_facts()
}
