//! The loop: waits for whatever comes first, lets `update` decide, carries out its effects, draws once.

use std::collections::VecDeque;
use std::future::pending;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::domain::fleet::Fleet;
use crate::domain::time::{Age, Ts};
use crate::keeper::{Order, Reply};
use crate::reader::{Page, Query};

use super::effect::Effect;
use super::msg::{Msg, Touch};
use super::{Options, Room};

/// Two frames are at least this far apart; the first after a pause is drawn at once.
const FRAME: Duration = Duration::from_millis(33);
/// The second frame after a pause comes sooner: what many agents wrote in one moment is whole on it.
const SECOND_FRAME: Duration = Duration::from_millis(12);
/// So long without a frame is a pause.
const PAUSE: Duration = Duration::from_millis(100);
/// What a key did is drawn sooner: fingers notice.
const KEY_FRAME: Duration = Duration::from_millis(8);
/// The first frame waits so long for the first board: it comes within that time where agents are known already, and drawing
/// a screen without any beside the judging would only make it late.
const FIRST_BOARD: Duration = Duration::from_millis(40);
/// A storm that never lets the queues run empty is drawn at least this often.
const STORM_FRAME: Duration = Duration::from_millis(66);
/// Ages are looked at no more often than this, however fast the shown clock runs.
const TICK: Duration = Duration::from_millis(100);

/// What the terminal reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Key(KeyEvent),
    Touch(Touch),
    Paste(String),
    Resize(u16, u16),
    /// Something else wrote to the screen, such as a shell while rounds was suspended.
    Disturbed,
    /// The session ends: SIGTERM, SIGHUP, or no more input. The word says which.
    End(&'static str),
}

/// The terminal as the loop uses it. Tests put their own in its place and run the real loop.
pub trait Screen {
    /// Columns and rows.
    fn size(&self) -> (u16, u16);
    /// Where frames go.
    fn sink(&mut self) -> &mut dyn Write;
    /// The next event. Dropping the future loses no event.
    fn event(&mut self) -> impl Future<Output = Event>;
    /// To the shell, until the operator comes back.
    fn suspend(&mut self) -> io::Result<()>;
    /// Leaves the screen to a pager or editor on a file, until it ends.
    fn show(&mut self, path: &Path, line: u32) -> io::Result<()>;
    /// Leaves the screen to an editor on a draft, until it ends.
    fn edit(&mut self, path: &Path) -> io::Result<()>;
    /// Puts text on the clipboard of the operator's terminal.
    fn copy(&mut self, text: &str) -> io::Result<()>;
}

/// Who carries out what the screen asks for.
pub trait Backstage {
    /// The sentence says why the order was not taken.
    fn order(&mut self, order: Order) -> Result<(), String>;
    /// The latest question of a kind wins.
    fn ask(&mut self, query: Query);
}

/// The shown time. It may run faster than the world's, in a demo.
pub trait Clock {
    fn now(&self) -> Ts;
    /// How long the world's clock takes until this one shows `at`.
    fn until(&self, at: Ts) -> Duration;
}

/// What comes from the other threads. Bounds are theirs to choose: the loop drains everything before it draws.
pub struct Feeds {
    pub fleet: watch::Receiver<Arc<Fleet>>,
    pub replies: mpsc::Receiver<Reply>,
    pub pages: mpsc::Receiver<Page>,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The operator left.
    Quit,
    /// The terminal or the system ended the session; the word says how.
    Session(&'static str),
}

enum Next {
    Keep(Vec<Effect>),
    /// The operator did something.
    Key(Vec<Effect>),
    End(Ended),
}

/// Runs until the operator leaves or the session ends. Errors are those of writing to the terminal.
pub async fn run<S: Screen, B: Backstage>(
    screen: &mut S,
    backstage: &mut B,
    mut feeds: Feeds,
    clock: &dyn Clock,
    options: Options,
) -> io::Result<Ended> {
    let fleet = Arc::clone(&feeds.fleet.borrow_and_update());
    let mut room = Room::new(screen.size(), fleet, clock.now(), options);
    let mut effects = room.handle(Msg::Tick(clock.now()));
    let mut pace = Pace {
        opened: Instant::now(),
        drawn: None,
        gap: FRAME,
    };
    loop {
        // Questions wait for the frame: who answers them would be beside it.
        let (asked, others) = split(effects);
        if let Some(ended) = carry_out(&mut room, screen, backstage, others) {
            return Ok(ended);
        }
        let redraw = if pace.is_due(&feeds, room.model.fleet()) {
            let before = room.sent().frames;
            room.draw(screen.sink())?;
            // A frame that changed nothing holds back none that does.
            if room.sent().frames != before {
                pace.drew(room.model.fleet().agents.is_empty());
            }
            None
        } else {
            Some(pace.due())
        };
        for query in asked {
            backstage.ask(query);
        }
        match next(&mut room, screen, &mut feeds, (clock, redraw)).await {
            Next::End(ended) => return Ok(ended),
            Next::Keep(more) => effects = more,
            Next::Key(more) => {
                effects = more;
                pace.gap = KEY_FRAME;
            }
        }
    }
}

/// When the next frame may be drawn.
struct Pace {
    opened: Instant,
    drawn: Option<Instant>,
    gap: Duration,
}

impl Pace {
    fn is_due(&self, feeds: &Feeds, shown: &Fleet) -> bool {
        let Some(drawn) = self.drawn else {
            let is_empty = shown.version == 0 && shown.agents.is_empty();
            return !is_empty || self.opened.elapsed() >= FIRST_BOARD;
        };
        let since = drawn.elapsed();
        since >= STORM_FRAME || (since >= self.gap && feeds.is_quiet())
    }

    /// Where nobody is on the frame yet, who comes next is waited for, and drawn at once.
    fn drew(&mut self, is_empty: bool) {
        let paused = self.drawn.is_none_or(|at| at.elapsed() >= PAUSE);
        self.gap = match (is_empty, paused) {
            (true, _) => Duration::ZERO,
            (false, true) => SECOND_FRAME,
            (false, false) => FRAME,
        };
        self.drawn = Some(Instant::now());
    }

    fn due(&self) -> Instant {
        let next = self.drawn.map(|at| at + self.gap);
        next.unwrap_or(self.opened + FIRST_BOARD)
    }
}

impl Feeds {
    /// Nothing waits to be taken in: the time to draw.
    fn is_quiet(&self) -> bool {
        !self.fleet.has_changed().unwrap_or(false)
            && self.replies.is_empty()
            && self.pages.is_empty()
    }
}

/// Waits for the first of everything that can happen. Keys come before snapshots: a storm of updates never delays them.
async fn next<S: Screen>(
    room: &mut Room,
    screen: &mut S,
    feeds: &mut Feeds,
    (clock, redraw): (&dyn Clock, Option<Instant>),
) -> Next {
    let minute = Instant::now() + clock.until(Age::next_change(clock.now())).max(TICK);
    let stopped = room.model.stopped.is_some();
    tokio::select! {
        biased;
        event = screen.event() => on_event(room, event),
        changed = feeds.fleet.changed(), if !stopped => Next::Keep(match changed {
            Ok(()) => {
                let fleet = Arc::clone(&feeds.fleet.borrow_and_update());
                room.model.clock = clock.now();
                room.handle(Msg::Fleet(fleet))
            }
            Err(_) => room.handle(Msg::Stopped),
        }),
        Some(reply) = feeds.replies.recv() => Next::Keep(room.handle(Msg::Reply(reply))),
        Some(page) = feeds.pages.recv() => Next::Keep(room.handle(Msg::Page(page))),
        () = until(redraw) => Next::Keep(Vec::new()),
        () = sleep_until(minute) => Next::Keep(room.handle(Msg::Tick(clock.now()))),
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

fn on_event(room: &mut Room, event: Event) -> Next {
    Next::Key(match event {
        Event::Key(key) => room.press(key),
        Event::Touch(touch) => room.handle(Msg::Touch(touch)),
        Event::Paste(text) => room.paste(&text),
        Event::Resize(width, height) => room.handle(Msg::Resize(width, height)),
        Event::Disturbed => {
            room.repaint();
            Vec::new()
        }
        Event::End(how) => return Next::End(Ended::Session(how)),
    })
}

/// The questions, and what else is to be done.
fn split(effects: Vec<Effect>) -> (Vec<Query>, Vec<Effect>) {
    let (mut asked, mut others) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Ask(query) => asked.push(query),
            other => others.push(other),
        }
    }
    (asked, others)
}

fn carry_out<S: Screen, B: Backstage>(
    room: &mut Room,
    screen: &mut S,
    backstage: &mut B,
    effects: Vec<Effect>,
) -> Option<Ended> {
    let mut effects = VecDeque::from(effects);
    while let Some(effect) = effects.pop_front() {
        let outcome = match effect {
            Effect::Quit => return Some(Ended::Quit),
            Effect::Order(order) => {
                if let Err(why) = backstage.order(order.clone()) {
                    effects.extend(room.handle(Msg::NotTaken(Box::new(order), why)));
                }
                Ok(())
            }
            Effect::Ask(query) => {
                backstage.ask(query);
                Ok(())
            }
            Effect::Copy(text) => told(screen.copy(&text), "cannot copy"),
            Effect::Show { path, line } => {
                let shown = screen.show(&path, line);
                disturbed(room, screen);
                told(shown, "cannot open the copy")
            }
            Effect::Edit(draft) => {
                let edited = screen.edit(&draft.path);
                disturbed(room, screen);
                if edited.is_ok() {
                    effects.extend(room.handle(Msg::Edited(draft)));
                }
                told(edited, "cannot edit the file")
            }
            Effect::Suspend => {
                let suspended = screen.suspend();
                disturbed(room, screen);
                told(suspended, "cannot suspend")
            }
            Effect::Call(sentence) => {
                room.call(&sentence);
                Ok(())
            }
            Effect::Repaint => {
                room.repaint();
                Ok(())
            }
        };
        if let Err(sentence) = outcome {
            room.handle(Msg::Failed(sentence));
        }
    }
    None
}

fn told(outcome: io::Result<()>, what: &str) -> Result<(), String> {
    outcome.map_err(|error| format!("{what}: {error}"))
}

/// The screen was someone else's for a while, and may have another size now.
fn disturbed<S: Screen>(room: &mut Room, screen: &S) {
    let (width, height) = screen.size();
    room.handle(Msg::Resize(width, height));
    room.repaint();
}
