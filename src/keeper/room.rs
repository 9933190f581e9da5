//! The keeper's thread behind a control room, and the desks that a screen talks to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::engine::{Engine, put_aside};
use super::fill::Go;
use super::follow;
use super::inbox::{Inbox, Next};
use super::running::{AskDesk, OrderDesk, Running, Threads};
use super::storm;
use super::sweep::Share;
use super::telling::Keeps;
use super::turn::{Turn, attempt, rewatch};
use super::{Order, Reply, Setup, StartError};
use crate::domain::fleet::Fleet;
use crate::domain::fleet::Mode;
use crate::domain::time::Ts;
use crate::reader::{Desk as ReaderDesk, Reader, Snapshot, Source};
use crate::store::integrity::Check;
use crate::store::told::ToldLog;
use crate::store::{StoreError, query};
use crate::sys::{apart, mount, state};
use crate::watch::notice::Notices;

/// Replies and pages that may wait for the screen, which drains them before every frame.
const WAITING: usize = 32;
/// Where only orders are waited for, the time after which to wait again.
const PATIENCE: Duration = Duration::from_hours(1);

/// Opens the mirror and starts the threads. What was mirrored before is on the first snapshot.
pub fn start(mut setup: Setup) -> Result<Running, StartError> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source| StartError::Io { what, source }
    };
    let state =
        state::prepare(&setup.state_dir).map_err(failed("no folder for the state can be made"))?;
    setup.state_dir.clone_from(&state.path);
    let engine = Engine::open(setup, state.notices.clone())?;
    let inbox = Inbox::default();
    let (fleet_in, fleet) = watch::channel(Arc::new(Fleet {
        at: engine.now(),
        since: engine.board.since,
        ..Fleet::default()
    }));
    let (reply_in, replies) = mpsc::channel(WAITING);
    let (page_in, pages) = mpsc::channel(WAITING);
    let desk = ReaderDesk::default();
    let source = Source {
        mirror: engine.mirror.path.clone(),
        ledger: engine.ledger.clone(),
        told: ToldLog::in_state(&engine.setup.state_dir),
        policy: engine.policy.clone(),
        roots: engine.setup.roots.clone(),
        clock: engine.setup.clock,
        seen: engine.seen.clone(),
    };
    let reader = Reader::new(source, Snapshot::PerAnswer);
    let reader_desk = desk.clone();
    let reading = apart::start("reader", move || reader.serve(&reader_desk, &page_in));
    let keeper = Keeper {
        inbox: inbox.clone(),
        fleet: fleet_in,
        replies: reply_in,
    };
    let keeping = apart::start("keeper", move || keeper.run(engine));
    let joins = vec![
        reading.map_err(failed("cannot start a thread"))?,
        keeping.map_err(failed("cannot start a thread"))?,
    ];
    let threads = Threads {
        inbox: inbox.clone(),
        desk: desk.clone(),
        joins,
        _state: state,
    };
    Ok(Running {
        fleet,
        orders: OrderDesk(inbox),
        replies,
        asks: AskDesk(desk),
        pages,
        threads,
    })
}

/// What the keeper's thread holds besides the engine.
pub(super) struct Keeper {
    pub(super) inbox: Inbox,
    fleet: watch::Sender<Arc<Fleet>>,
    replies: mpsc::Sender<Reply>,
}

/// A whole-file check that ends with who wanted it.
struct Checking {
    check: Arc<Check>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Checking {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A word that comes before the check has begun in earnest is not heard.
        while !thread.is_finished() {
            self.check.stop();
            std::thread::park_timeout(Duration::from_millis(1));
        }
        if thread.join().is_err() {
            tracing::error!("the check of the mirror ended in a panic");
        }
    }
}

/// Why a turn at the engine ended.
pub(super) enum End {
    Stopped,
    /// Another process took the mirror, or this one may take it now.
    Handover,
}

impl Keeper {
    fn run(&self, mut engine: Engine) {
        let setup = engine.setup.clone();
        loop {
            let turn = catch_unwind(AssertUnwindSafe(|| self.turn(&mut engine)));
            let why = match turn {
                Ok(Ok(End::Stopped)) => {
                    engine.ownership.release(engine.mirror.connection());
                    return;
                }
                Ok(Ok(End::Handover) | Err(StoreError::Deposed)) => continue,
                Ok(Err(StoreError::Corrupt(why))) => {
                    tracing::warn!(%why, "mirror damaged while running");
                    drop(std::mem::replace(
                        &mut engine,
                        match self.reopen(&setup, Some(&why)) {
                            Some(engine) => engine,
                            None => return,
                        },
                    ));
                    continue;
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "an internal error (the log file has it)".to_owned(),
            };
            if !self.stand_still(&why, &engine) {
                return;
            }
            match self.reopen(&setup, None) {
                Some(fresh) => engine = fresh,
                None => return,
            }
        }
    }

    /// Shows that the view is frozen, until the operator asks for a rescan. `false`: the room ended.
    fn stand_still(&self, why: &str, engine: &Engine) -> bool {
        let at = engine.policy.zone.value.hhmm(engine.now());
        tracing::error!(%why, "keeper stopped");
        self.reply(Reply::Stopped(format!(
            "keeper stopped, view frozen at {at}: {why}; ctrl-r starts it again"
        )));
        loop {
            match self.inbox.next(Instant::now() + PATIENCE) {
                Next::Stop => return false,
                Next::Order(Order::Rescan) => return true,
                Next::Order(_) => {
                    self.reply(Reply::Refused(
                        "the keeper has stopped: ctrl-r starts it again".to_owned(),
                    ));
                }
                Next::Paths(_) | Next::All | Next::Damaged(_) | Next::Deadline => {}
            }
        }
    }

    fn reopen(&self, setup: &Setup, damaged: Option<&str>) -> Option<Engine> {
        let mut notices = Vec::new();
        if let Some(why) = damaged {
            notices
                .push(put_aside(&setup.state_dir, why).unwrap_or_else(|error| error.to_string()));
        }
        match Engine::open(setup.clone(), notices) {
            Ok(engine) => Some(engine),
            Err(error) => {
                self.reply(Reply::Stopped(format!("the keeper cannot start: {error}")));
                None
            }
        }
    }

    fn turn(&self, engine: &mut Engine) -> Result<End, StoreError> {
        engine.load_gaps()?;
        let known = query::revisions(engine.mirror.connection())?;
        if engine.load_and_take()? {
            self.own(engine)
        } else {
            follow::follow(self, engine, known)
        }
    }

    /// Mirrors, judges and publishes until told to stop or until another process takes over.
    fn own(&self, engine: &mut Engine) -> Result<End, StoreError> {
        engine.mode = Mode::Live;
        engine.telling.keeps = Keeps::Here;
        let warm = engine.board.tells();
        if warm {
            self.publish(engine);
            // Beside the first frame, which is being drawn.
            apart::alone(|| engine.discover())?;
        } else {
            engine.first_sight()?;
            self.publish(engine);
        }
        let mut notices = self.watch(engine);
        // What came between the first look and the watch; what comes after it is the next walk's.
        engine.folders_changed();
        engine.discover()?;
        if engine.wants_bulk() {
            if warm && engine.glance() {
                self.publish(engine);
            }
            engine.fill(|engine| self.filling(engine))?;
            if self.inbox.stopping() {
                return Ok(End::Stopped);
            }
        }
        attempt(engine, |engine| engine.sweep(Share::All))?;
        if engine.is_partial() {
            engine.sight_is_full()?;
        }
        engine.telling.saw_all();
        self.publish(engine);
        let _checking = self.check_whole(engine);
        engine.prune_versions();
        Turn::new(self).run(engine, &mut notices)
    }

    /// Watches every folder that matters; polls where notifications cannot be trusted.
    fn watch(&self, engine: &mut Engine) -> Notices {
        let deaf = engine
            .setup
            .roots
            .iter()
            .find(|root| mount::must_poll(root));
        let mut notices = match deaf {
            Some(root) => Notices::none(format!(
                "{} is on a network or overlay file system: polled",
                root.display()
            )),
            None if std::env::var_os("ROUNDS_NO_NOTIFY").is_some() => {
                Notices::none("notifications are switched off (ROUNDS_NO_NOTIFY)".to_owned())
            }
            None => {
                let inbox = self.inbox.clone();
                Notices::begin(move |notice| inbox.notice(notice))
            }
        };
        rewatch(engine, &mut notices);
        notices
    }

    fn filling(&self, engine: &mut Engine) -> Go {
        engine.ownership.touch();
        if self.inbox.stopping() {
            return Go::Stop;
        }
        self.publish(engine);
        Go::On
    }

    /// The whole-file check of the mirror runs beside the first minute; damage reaches the keeper through its inbox.
    fn check_whole(&self, engine: &Engine) -> Option<Checking> {
        let path = engine.mirror.path.clone();
        let inbox = self.inbox.clone();
        let check = Arc::new(Check::default());
        let ours = Arc::clone(&check);
        let thread = apart::start("check", move || {
            if let Err(StoreError::Corrupt(why)) = ours.run(&path) {
                inbox.damaged(why);
            }
        });
        match thread {
            Ok(thread) => Some(Checking {
                check,
                thread: Some(thread),
            }),
            Err(error) => {
                tracing::debug!(%error, "the mirror is not checked this time");
                None
            }
        }
    }

    /// Hands out a snapshot. What nobody waits for comes after it.
    pub(super) fn publish(&self, engine: &mut Engine) {
        let fleet = engine.snapshot();
        self.fleet.send_replace(fleet);
        engine.keep_told();
    }

    pub(super) fn reply(&self, reply: Reply) {
        if self.replies.try_send(reply).is_err() {
            tracing::warn!("a reply found no screen to take it");
        }
    }

    pub(super) fn order(&self, engine: &mut Engine, order: Order) -> Result<(), StoreError> {
        match order {
            Order::Rescan => {
                let mut new = 0;
                attempt(engine, |engine| {
                    new = engine.discover()?.len();
                    engine.sweep(Share::All)
                })?;
                let files = engine.catalog.len();
                self.reply(Reply::Done(format!(
                    "looked at {files} files, {new} of them new"
                )));
            }
            Order::MarkStandup(at) => self.mark(engine, at),
            Order::Say { cases, said } => self.told(engine.say_all(&cases, said)),
            Order::Maintain { agent, until } => self.told(engine.maintain(agent, until)),
            Order::Retro(word) => self.told(engine.retro(word)),
            Order::Possible(about) => {
                let offers = engine.possible(&about);
                self.reply(Reply::Possible(Box::new((*about, offers))));
            }
            Order::Draft(agent, wanted) => {
                let draft = engine.draft(&agent, &wanted, crate::ops::Begin::TakeUp);
                self.reply(Reply::Draft(Box::new(draft)));
            }
            Order::Storm => self.reply(storm::reply(engine)),
            Order::Preview(_) | Order::Operate(_) | Order::StopOperating => {
                self.reply(Reply::Refused("operations are not taken here".to_owned()));
            }
        }
        Ok(())
    }

    /// Hands a sentence on: what was done, or why it was not.
    pub(super) fn told(&self, outcome: Result<String, String>) {
        self.reply(match outcome {
            Ok(sentence) => Reply::Done(sentence),
            Err(sentence) => Reply::Refused(sentence),
        });
    }

    pub(super) fn mark(&self, engine: &mut Engine, at: Ts) {
        if engine.setup.read_only {
            self.reply(Reply::Refused(
                "read-only: the standup mark stays (start without --read-only)".to_owned(),
            ));
            return;
        }
        match engine.mark_standup(at) {
            Ok(()) => self.reply(Reply::Done(format!(
                "standup done: counting from {}",
                engine.policy.zone.value.hhmm(at)
            ))),
            Err(error) => self.reply(Reply::Refused(format!("the mark was not kept: {error}"))),
        }
    }
}
