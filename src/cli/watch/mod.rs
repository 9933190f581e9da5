//! `rounds watch`: mirror and judge without a screen, and tell somebody.

mod memory;
mod unit;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, spawn_blocking};

use super::args::{Args, Watch};
use super::engine::{not_started, setup};
use super::out;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer, journal};
use crate::config::WatchConfig;
use crate::domain::fleet::Fleet;
use crate::domain::text::clean_within;
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::keeper::{self, Order, OrderDesk, Reply, Running, Watched};
use crate::report::{Board, Look, alert as report, standup};
use crate::sys::clock::Clock;
use crate::sys::run::{Ran, run as run_command};
use crate::view::alert::{Alert, Alerts, Fate, Handed};
use memory::{Kept, Memory};

/// A digest that was missed for so long is that of another day.
const DIGEST_LATE: Span = Span::hours(12);
/// With nothing to wait for, the time after which to look again.
const IDLE: Span = Span::mins(1);
/// While rounds does not see there is no ping; whether it sees again is asked after this.
const BLIND_AGAIN: Span = Span::secs(1);
/// The keeper answers within this time, or it does not live.
const ANSWERS: Duration = Duration::from_mins(1);

pub fn run(asked: &Watch, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    if let Some(manager) = asked.print_unit {
        let roots: Vec<_> = paths.iter().chain(&args.global.roots).cloned().collect();
        answer(&unit::text(manager, &roots, args, here)?)?;
        return Ok(Exit::Done);
    }
    let place = Place::find(&args.global, &paths, here)?;
    if place.at.is_some() {
        return Err(Failure::new("watching is about now").remedy("without --at"));
    }
    let setup = setup(&place);
    let config = setup.config.watch.clone();
    let running = keeper::start(setup.clone()).map_err(|error| not_started(&error, &setup))?;
    let _log = journal::begin(&setup.state_dir, here.log.as_deref());
    let (kept, memory) = Kept::open(Watched::in_state(&setup.state_dir));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let watcher = Watcher::new(config, asked.json, place.zone, kept, memory);
    let ended = runtime.block_on(watcher.run(running));
    // A command that still runs is not waited for.
    runtime.shutdown_background();
    ended
}

/// One command that runs beside the watching, at most.
struct Slot<T>(Option<(T, JoinHandle<io::Result<Ran>>)>);

impl<T> Slot<T> {
    fn start(&mut self, of: T, argv: &[String], input: String, timeout: Span) {
        let argv = argv.to_vec();
        let limit = Duration::from_millis(u64::try_from(timeout.0).unwrap_or(0));
        let running = spawn_blocking(move || run_command(&argv, input.as_bytes(), limit));
        self.0 = Some((of, running));
    }

    fn is_free(&self) -> bool {
        self.0.is_none()
    }

    /// Waits for its end; for ever where nothing runs.
    async fn ended(&mut self) -> (T, io::Result<Ran>) {
        let Some((_, running)) = &mut self.0 else {
            return std::future::pending().await;
        };
        let ran = running.await;
        let ran = ran.unwrap_or_else(|error| Err(io::Error::other(error)));
        match self.0.take() {
            Some((of, _)) => (of, ran),
            None => std::future::pending().await,
        }
    }
}

struct Watcher {
    config: WatchConfig,
    json: bool,
    zone: Zone,
    kept: Kept,
    alerts: Alerts,
    digested: Option<Day>,
    hook: Slot<Alert>,
    digest: Slot<Day>,
    ping: Slot<()>,
    /// When the next ping is due.
    ping_at: Instant,
    /// The keeper was asked whether it lives.
    asked: Option<Instant>,
}

/// What woke the watching.
enum Woke {
    Told,
    Replied(Option<Reply>),
    Hook(Box<Alert>, io::Result<Ran>),
    Digest(Day, io::Result<Ran>),
    Ping(io::Result<Ran>),
    Time,
    Ended,
}

impl Watcher {
    fn new(config: WatchConfig, json: bool, zone: Zone, kept: Kept, memory: Memory) -> Self {
        Self {
            alerts: Alerts::new(config.least, memory.standing),
            digested: memory.digest,
            config,
            json,
            zone,
            kept,
            hook: Slot(None),
            digest: Slot(None),
            ping: Slot(None),
            ping_at: Instant::now(),
            asked: None,
        }
    }

    async fn run(mut self, running: Running) -> Result<Exit, Failure> {
        // Desks that nobody uses would end their threads.
        let (mut fleets, orders, mut replies, _asks, _pages, threads) = running.split();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let ended = loop {
            let fleet = fleets.borrow_and_update().clone();
            if let Err(failure) = self.turn(&fleet, &orders) {
                break Err(failure);
            }
            let now = Clock::System.now();
            let wait = Clock::System.real(self.wakes_at(now) - now);
            let woke = tokio::select! {
                biased;
                _ = interrupt.recv() => Woke::Ended,
                _ = terminate.recv() => Woke::Ended,
                _ = hangup.recv() => Woke::Ended,
                reply = replies.recv() => Woke::Replied(reply),
                (alert, ran) = self.hook.ended() => Woke::Hook(Box::new(alert), ran),
                (day, ran) = self.digest.ended() => Woke::Digest(day, ran),
                ((), ran) = self.ping.ended() => Woke::Ping(ran),
                told = fleets.changed() => if told.is_ok() { Woke::Told } else { Woke::Replied(None) },
                () = tokio::time::sleep(wait) => Woke::Time,
            };
            match woke {
                Woke::Ended => break Ok(Exit::Done),
                Woke::Replied(Some(Reply::Stopped(why))) => {
                    break Err(Failure::new(why));
                }
                Woke::Replied(None) => break Err(Failure::new("the keeper has ended")),
                Woke::Replied(Some(
                    Reply::Done(_)
                    | Reply::Refused(_)
                    | Reply::Planned(_)
                    | Reply::NotDone(_)
                    | Reply::Possible(_)
                    | Reply::Storm(_)
                    | Reply::Draft(_)
                    | Reply::Operated(_),
                )) => {
                    let fleet = fleets.borrow().clone();
                    self.lives(&fleet);
                }
                Woke::Hook(alert, ran) => self.handed(&alert, &ran)?,
                Woke::Digest(day, ran) => {
                    self.digested = Some(day);
                    tell_failure("the digest", &ran);
                }
                Woke::Ping(ran) => tell_failure("the ping", &ran),
                Woke::Told | Woke::Time => {}
            }
        };
        threads.stop();
        ended
    }

    /// Starts what is to be started now.
    fn turn(&mut self, fleet: &Arc<Fleet>, orders: &OrderDesk) -> Result<(), Failure> {
        let now = Clock::System.now();
        self.alerts.observe(fleet);
        while self.hook.is_free()
            && let Some(alert) = self.alerts.next(now)
        {
            if let Some(argv) = &self.config.hook {
                let input = report::json(&alert, now);
                self.hook.start(alert, argv, input, self.config.timeout);
            } else {
                self.done(&alert, Handed::Over, now)?;
            }
        }
        self.digest_if_due(fleet, now);
        self.ping_if_due(orders)?;
        self.save();
        Ok(())
    }

    fn handed(&mut self, alert: &Alert, ran: &io::Result<Ran>) -> Result<(), Failure> {
        tell_failure("the hook", ran);
        let how = if went_well(ran) {
            Handed::Over
        } else {
            Handed::InVain
        };
        self.done(alert, how, Clock::System.now())
    }

    /// Writes it down, for whoever reads the output of a service.
    fn done(&mut self, alert: &Alert, how: Handed, now: Ts) -> Result<(), Failure> {
        match self.alerts.handed(alert, how, now) {
            Fate::Waits => return Ok(()),
            Fate::Done => {}
            Fate::GivenUp => out::complain("the hook failed five times: this alert is given up"),
        }
        answer(&if self.json {
            report::json(alert, now)
        } else {
            report::text(alert, now, self.zone)
        })
    }

    fn digest_if_due(&mut self, fleet: &Arc<Fleet>, now: Ts) {
        let Some(argv) = &self.config.digest else {
            return;
        };
        let today = self.zone.day_of(now);
        let at = self.zone.at(today, self.config.digest_at);
        let due = now >= at && now - at < DIGEST_LATE && self.digested != Some(today);
        if !due || !fleet.settled || !self.digest.is_free() {
            return;
        }
        let board = Board { fleet, items: &[] };
        let text = standup::text(&board, Look::PLAIN);
        self.digest.start(today, argv, text, self.config.timeout);
        self.digested = Some(today);
    }

    /// A ping says that rounds sees and judges: the keeper is asked first, and answers once it has looked at every file.
    fn ping_if_due(&mut self, orders: &OrderDesk) -> Result<(), Failure> {
        if self.config.ping.is_none() {
            return Ok(());
        }
        if self.asked.is_some_and(|at| at.elapsed() > ANSWERS) {
            return Err(Failure::new("the keeper does not answer"));
        }
        if self.asked.is_none() && self.ping.is_free() && Instant::now() >= self.ping_at {
            orders.send(Order::Rescan).map_err(Failure::new)?;
            self.asked = Some(Instant::now());
        }
        Ok(())
    }

    fn lives(&mut self, fleet: &Fleet) {
        let asked = self.asked.take().is_some();
        let sees = fleet.settled && standup::is_complete(fleet);
        let Some(argv) = self.config.ping.as_ref().filter(|_| asked) else {
            return;
        };
        let wait = if sees {
            self.ping
                .start((), argv, String::new(), self.config.timeout);
            self.config.ping_every
        } else {
            BLIND_AGAIN
        };
        self.ping_at = Instant::now() + Clock::System.real(wait);
    }

    fn wakes_at(&self, now: Ts) -> Ts {
        let busy = !self.hook.is_free();
        let alert = self.alerts.wakes_at(now).filter(|_| !busy);
        let ping = self.config.ping.is_some() && self.asked.is_none() && self.ping.is_free();
        let ping = ping.then(|| {
            let left = self.ping_at.saturating_duration_since(Instant::now());
            now + Span(i64::try_from(left.as_millis()).unwrap_or(i64::MAX / 2))
        });
        let all = [alert, ping, Some(now + IDLE)];
        all.into_iter().flatten().min().unwrap_or(now + IDLE)
    }

    fn save(&mut self) {
        self.kept.save(&Memory {
            standing: self.alerts.standing().clone(),
            digest: self.digested,
        });
    }
}

fn went_well(ran: &io::Result<Ran>) -> bool {
    ran.as_ref().is_ok_and(Ran::is_good)
}

fn tell_failure(what: &str, ran: &io::Result<Ran>) {
    let why = match ran {
        Ok(ran) if ran.is_good() => return,
        Ok(ran) => ran.sentence(),
        Err(error) => format!(
            "the command could not be started: {}",
            clean_within(&error.to_string(), 200)
        ),
    };
    out::complain(&format!("{what}: {why}"));
}
