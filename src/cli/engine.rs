//! The engine as commands use it: open, ask, and a sentence for everything that can go wrong.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::failure::Failure;
use super::place::Place;
use super::progress::Bar;
use crate::domain::finding::Lost;
use crate::domain::fleet::Fleet;
use crate::domain::id::OpId;
use crate::domain::id::{AgentId, FileId, Locus};
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::domain::ordered::Journal;
use crate::domain::page::{Anchor, Compared, Items, Page, Query, RunningDay, Which};
use crate::domain::retro::{Week, WeekFacts};
use crate::domain::text::clean_within;
use crate::domain::time::{Ts, Zone};
use crate::domain::told::Said;
use crate::keeper::{
    Carried, How, OneShot, PlanAsk, PlanFile, PlanPlace, Planning, RetroWord, Setup, StartError,
};
use crate::ops::{Begin, Copy, Drafted, Plan, Refusal, Request, Wanted};
use crate::paths;
use crate::plan::make::Storm;
use crate::sys::clock::Clock;

/// What was mirrored when the command began.
pub struct Engine {
    shot: OneShot,
    at: Option<Ts>,
}

/// The setup of a place on the machine's own clock.
pub fn setup(place: &Place) -> Setup {
    Setup {
        config: place.config.clone(),
        roots: place.roots.clone(),
        state_dir: place.state_dir.clone(),
        clock: Clock::System,
        read_only: place.read_only,
    }
}

/// Why an engine does not start, in terms of the place.
pub fn not_started(error: &StartError, place: &Setup) -> Failure {
    let state = paths::shorten(&place.state_dir, None);
    Failure::new(format!("the state in {state} cannot be used: {error}"))
        .remedy("--state-dir DIR, with a folder of your own")
        .remedy("rounds doctor")
}

impl Engine {
    /// Mirrors what is new, with a progress line where that takes long.
    ///
    /// # Errors
    /// The state folder cannot be used.
    pub fn open(place: &Place) -> Result<Self, Failure> {
        let setup = setup(place);
        let mut bar = Bar::new("reading history");
        let opened = OneShot::open_telling(setup.clone(), |filling| {
            let part = filling.done_bytes as f64 / filling.total_bytes.max(1) as f64;
            bar.at(part, filling.done_bytes);
        });
        bar.done();
        let shot = opened.map_err(|error| not_started(&error, &setup))?;
        Ok(Self { shot, at: place.at })
    }

    /// A name for an operation that begins now.
    pub fn new_op(&self) -> OpId {
        self.shot.new_op()
    }

    /// What an order would do.
    ///
    /// # Errors
    /// Why not, and what would make it possible.
    pub fn would(&mut self, request: &Request) -> Result<Plan, Refusal> {
        self.shot.would(request)
    }

    /// A copy of one of an agent's own files, to be edited.
    ///
    /// # Errors
    /// There is no such file, or it is none that the operator may edit.
    pub fn draft(
        &self,
        agent: &AgentId,
        wanted: &Wanted,
        begin: Begin,
    ) -> Result<Drafted, Failure> {
        let draft = self.shot.draft(agent, wanted, begin);
        draft.map_err(|refusal| match refusal.possible {
            Some(possible) => Failure::new(refusal.why).remedy(possible),
            None => Failure::new(refusal.why),
        })
    }

    /// Another text in a draft than an editor's.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn fill_draft(&self, name: &str, text: &[u8]) -> std::io::Result<()> {
        self.shot.fill_draft(name, text)
    }

    /// A draft goes that nobody wants any more.
    pub fn drop_draft(&self, name: &str) {
        self.shot.drop_draft(name);
    }

    /// What orders replaced in an agent's folder within a day.
    ///
    /// # Errors
    /// Its folder or the ledger cannot be read.
    pub fn copies(&self, agent: &AgentId) -> Result<Vec<Copy>, Failure> {
        let copies = self.shot.copies(agent);
        copies.map_err(|refusal| Failure::new(refusal.to_string()))
    }

    /// A version that was overwritten, and what is there now.
    ///
    /// # Errors
    /// It is not kept any more.
    pub fn lost(&mut self, lost: Lost) -> Result<Box<Compared>, Failure> {
        match self.shot.ask(Query::Lost(Box::new(lost))) {
            Page::Lost(compared) => Ok(compared),
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// Carries out a plan that was confirmed.
    ///
    /// # Errors
    /// It could not even begin.
    pub fn carry(&mut self, plan: Plan) -> Result<Carried, Refusal> {
        self.shot.carry(plan)
    }

    /// Every operation, newest first, and whether the ledger is as it was written.
    ///
    /// # Errors
    /// The ledger or the mirror cannot be read.
    pub fn ledger(&mut self) -> Result<Journal, Failure> {
        let query = Query::Ledger {
            filter: LogFilter {
                until: self.at,
                ..LogFilter::default()
            },
            rows: usize::MAX,
        };
        match self.shot.ask(query) {
            Page::Ledger { journal, .. } => Ok(journal),
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// The board of the moment that is judged.
    ///
    /// # Errors
    /// The mirror cannot be read, or nobody is there to judge.
    pub fn board(&mut self, since: Option<Ts>) -> Result<Arc<Fleet>, Failure> {
        let fleet = self.whoever_is_there(since)?;
        self.somebody(fleet, since)
    }

    /// The board, unless there is nobody on it.
    fn somebody(&mut self, fleet: Arc<Fleet>, since: Option<Ts>) -> Result<Arc<Fleet>, Failure> {
        if fleet.agents.is_empty()
            && let Some(at) = self.at
            && let Ok(now) = self.shot.fleet(since)
            && !now.agents.is_empty()
        {
            let first = self.first_line()?;
            return Err(super::nothing::nothing_known(at, first, now.zone()));
        }
        if fleet.agents.is_empty() {
            return Err(super::nothing::nothing_at(
                self.shot.looked_at(),
                &fleet.health.notices,
            ));
        }
        Ok(fleet)
    }

    /// The board with what can be done about each of its cases.
    pub fn with_offers(&mut self, fleet: &Fleet) -> Fleet {
        self.shot.with_offers(fleet)
    }

    /// As [`board`](Self::board), for whoever waits until somebody comes: there may be nobody yet.
    ///
    /// # Errors
    /// The mirror cannot be read.
    pub fn whoever_is_there(&mut self, since: Option<Ts>) -> Result<Arc<Fleet>, Failure> {
        match self.at {
            None => self.shot.fleet(since).map_err(|error| unread(&error)),
            Some(at) => match self.shot.past(at, since) {
                Page::Past(fleet) => Ok(fleet),
                Page::Failed(sentence) => Err(Failure::new(sentence)),
                other => Err(unexpected(&other)),
            },
        }
    }

    /// When the oldest line of the log was written.
    fn first_line(&mut self) -> Result<Option<Ts>, Failure> {
        let oldest = LogKey {
            at: Ts(0),
            agent: "".into(),
            locus: Locus {
                file: FileId(0),
                offset: 0,
                len: 0,
                line: 0,
            },
        };
        let rows = self.log(LogFilter::default(), Anchor::After(oldest), 1)?;
        Ok(rows.first().map(|row| row.at))
    }

    /// As [`board`](Self::board), with the items of every agent since the mark, in the order of its agents.
    ///
    /// # Errors
    /// The mirror cannot be read, or nobody is there to judge.
    pub fn board_and_items(
        &mut self,
        since: Option<Ts>,
        which: Which,
    ) -> Result<(Arc<Fleet>, Vec<Items>), Failure> {
        let (fleet, mut read) = match self.at {
            None => self
                .shot
                .fleet_and_items(since, which)
                .map_err(|error| unread(&error))?,
            Some(_) => (self.whoever_is_there(since)?, HashMap::new()),
        };
        let fleet = self.somebody(fleet, since)?;
        let mut all = Vec::with_capacity(fleet.agents.len());
        for agent in &fleet.agents {
            let items = match read.remove(&agent.id) {
                Some(items) => items,
                None if agent.counts.is_empty() => Items::default(),
                None => self.items(&fleet, &agent.id, which)?,
            };
            all.push(items);
        }
        Ok((fleet, all))
    }

    fn items(&mut self, fleet: &Fleet, agent: &AgentId, which: Which) -> Result<Items, Failure> {
        let query = Query::Items {
            agent: agent.clone(),
            since: fleet.since,
            until: fleet.at,
            which,
        };
        match self.shot.ask(query) {
            Page::Items { items, .. } => Ok(items),
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// Rows of the merged log, oldest first.
    ///
    /// # Errors
    /// The mirror cannot be read.
    pub fn log(
        &mut self,
        filter: LogFilter,
        anchor: Anchor,
        rows: usize,
    ) -> Result<Vec<LogRow>, Failure> {
        match self.shot.ask(Query::Log {
            filter,
            anchor,
            rows,
        }) {
            Page::Log { rows, .. } => Ok(rows),
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// A day, planned. Nothing is written.
    pub fn plan(&mut self, ask: &PlanAsk) -> Planning {
        self.shot.plan(ask)
    }

    /// A week of all agents.
    ///
    /// # Errors
    /// The mirror cannot be read.
    pub fn week(
        &mut self,
        week: Week,
        at: Ts,
        today: Option<&Fleet>,
    ) -> Result<Arc<WeekFacts>, Failure> {
        let running = match today {
            Some(_) => RunningDay::AtHand,
            None => RunningDay::Judged,
        };
        match self.shot.ask(Query::Week { week, at, running }) {
            Page::Week(mut facts) => {
                if let Some(today) = today {
                    Arc::make_mut(&mut facts).add_today(today);
                }
                Ok(facts)
            }
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// Keeps what was said at a retro.
    ///
    /// # Errors
    /// It cannot be kept.
    pub fn retro(&mut self, said: RetroWord) -> Result<String, Failure> {
        let kept = self.shot.retro(said);
        kept.map_err(|why| Failure::new(why).remedy("rounds doctor"))
    }

    /// What is overdue now, and the ways out of it.
    pub fn storm(&mut self) -> (Storm, Zone) {
        self.shot.storm()
    }

    /// The board of a moment, past or to come: of a day to come it shows what is planned.
    ///
    /// # Errors
    /// The mirror cannot be read.
    pub fn board_at(&mut self, at: Ts) -> Result<Arc<Fleet>, Failure> {
        match self.shot.past(at, Some(at)) {
            Page::Past(fleet) => Ok(fleet),
            Page::Failed(sentence) => Err(Failure::new(sentence)),
            other => Err(unexpected(&other)),
        }
    }

    /// Puts one file of a planning in its place.
    ///
    /// # Errors
    /// A sentence that says why it is not there.
    pub fn write_plan(&mut self, file: &PlanFile, place: PlanPlace) -> Result<(), String> {
        self.shot.write_plan(file, place)
    }

    /// Says something about a finding that the board told; with a sentence either way.
    pub fn say(&mut self, case: &str, said: Option<Said>, how: How) -> Result<String, String> {
        self.shot.say(case, said, how)
    }

    /// Silences an agent's findings, or all, until then; with a sentence either way.
    pub fn maintain(
        &mut self,
        agent: Option<AgentId>,
        until: Ts,
        how: How,
    ) -> Result<String, String> {
        self.shot.maintain(agent, until, how)
    }

    /// The cases that the last check of this name told.
    ///
    /// # Errors
    /// The name is no name, or what was kept of it cannot be read.
    pub fn told_before(&mut self, name: &str) -> Result<BTreeSet<String>, Failure> {
        let Some(checked) = self.shot.checked(name) else {
            let what = format!("--new {}: no name for a check", clean_within(name, 40));
            return Err(Failure::new(what)
                .remedy("letters, digits, `-`, `_` and `.`, 64 at most, as in --new mail"));
        };
        checked.told().map_err(|error| not_kept(&error))
    }

    /// Remembers what was told under this name.
    ///
    /// # Errors
    /// It cannot be kept: the next check of that name will tell it again.
    pub fn remember_told(&mut self, name: &str, told: &BTreeSet<String>) -> Result<(), Failure> {
        let kept = self
            .shot
            .checked(name)
            .map_or(Ok(()), |checked| checked.remember(told));
        kept.map_err(|error| not_kept(&error))
    }

    /// Nothing more is asked, and the process ends.
    pub fn end(self) {
        self.shot.end();
    }

    /// Counts start again from this moment.
    ///
    /// # Errors
    /// The mark cannot be kept.
    pub fn mark(&mut self, at: Ts) -> Result<(), Failure> {
        let marked = self.shot.mark_standup(at);
        marked.map_err(|error| {
            Failure::new(format!("the standup mark cannot be kept: {error}"))
                .remedy("rounds doctor")
        })
    }
}

fn unread(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("the mirror cannot be read: {error}"))
}

fn not_kept(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("what was told cannot be remembered: {error}")).remedy("rounds doctor")
}

/// An answer to another question: a mistake of rounds, told rather than hidden.
fn unexpected(page: &Page) -> Failure {
    let kind = match page {
        Page::Log { .. } => "log",
        Page::Raw(_) => "raw line",
        Page::Copy { .. } => "copy",
        Page::Lost(_) => "lost version",
        Page::Items { .. } => "items",
        Page::Versions { .. } => "versions",
        Page::Past(_) => "board",
        Page::Week(_) => "week",
        Page::Ledger { .. } => "ledger",
        Page::Failed(_) => "failure",
    };
    Failure::new(format!(
        "the reader answered with a {kind}, which was not asked for"
    ))
}
