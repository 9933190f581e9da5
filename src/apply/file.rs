//! The change of one file, from the lock to the moment the old file is known to be left alone.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::lock::{self, Asked};
use super::place::{Place, ROUNDS, Read, Version};
use super::round::{self, Attempt, Moved, Temp};
use super::stray::{self, Stray};
use super::{Desk, Edit, Effect, Ended, Hand, Level, Made, Replaced, Step};
use crate::sys::attributes::NotKept;
use crate::sys::gate::Call;

/// Tries for a file that does not parse.
const TORN_TRIES: u32 = 10;
/// Pauses while somebody has the file open grow from the first to the second.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(20);

/// A change of one file on its way. See [`Edit`] for what is changed.
pub struct FileChange {
    hand: Hand,
    agent: PathBuf,
    relative: String,
    edit: Box<dyn Edit>,
    state: State,
    place: Option<Place>,
    locked: bool,
    level: Level,
    /// When waiting for others ends.
    until: Option<Instant>,
    torn: u32,
    pause: Duration,
    attempts: u32,
    collisions: u32,
    notes: Vec<String>,
}

enum State {
    Open,
    Lock { until: Instant },
    Read(Source),
    Try(Box<Ready>),
    Settle(Box<Settling>),
    Over(Ended),
}

/// What the new bytes are made of.
enum Source {
    /// What has the name.
    Named,
    /// What an agent wrote into the old file after it was displaced; what has the name must still be ours.
    Late {
        bytes: Vec<u8>,
        ours: Vec<u8>,
        kept: String,
    },
}

struct Ready {
    base: Version,
    temp: Temp,
}

/// A file that lost its name, and what follows once nobody writes into it.
struct Settling {
    name: String,
    expected: Vec<u8>,
    until: Instant,
    then: Then,
}

enum Then {
    Finish {
        change: Replaced,
        ours: Vec<u8>,
    },
    /// It was our own file, taken back.
    Again,
}

/// The next state, or what to wait for.
enum Turn {
    To(State),
    Wait(State, Instant),
}

impl FileChange {
    pub fn new(hand: Hand, agent: PathBuf, relative: String, edit: Box<dyn Edit>) -> Self {
        Self {
            hand,
            agent,
            relative,
            edit,
            state: State::Open,
            place: None,
            locked: false,
            level: Level::A,
            until: None,
            torn: 0,
            pause: SHORT,
            attempts: 0,
            collisions: 0,
            notes: Vec::new(),
        }
    }

    pub fn edit(&self) -> &dyn Edit {
        self.edit.as_ref()
    }

    /// The file, beneath the agent's folder.
    pub fn relative(&self) -> &str {
        &self.relative
    }

    /// Goes one step: to the next state, or to the next moment to look again.
    pub fn step(&mut self, desk: &mut Desk<'_>) -> Step {
        self.level = self.level.max(desk.best);
        let state = std::mem::replace(&mut self.state, State::Open);
        let turn = match state {
            State::Open => self.open(desk),
            State::Lock { until } => self.lock(desk, until),
            State::Read(source) => self.read(desk, source),
            State::Try(ready) => self.attempt(desk, ready),
            State::Settle(settling) => self.settle(desk, *settling),
            State::Over(ended) => {
                self.state = State::Over(ended.clone());
                return Step::Ended(ended);
            }
        };
        let (state, wait) = match turn {
            Turn::To(state) => (state, desk.now),
            Turn::Wait(state, until) => (state, until),
        };
        let ended = match &state {
            State::Over(ended) => Some(ended.clone()),
            State::Open
            | State::Lock { .. }
            | State::Read(_)
            | State::Try(_)
            | State::Settle(_) => None,
        };
        self.state = state;
        match ended {
            Some(ended) => {
                self.let_go(desk);
                Step::Ended(ended)
            }
            None => Step::Wait(wait),
        }
    }

    fn open(&mut self, desk: &mut Desk<'_>) -> Turn {
        match Place::open(desk.gate, &self.agent, &self.relative) {
            Ok(place) => {
                self.place = Some(place);
                Turn::To(State::Lock {
                    until: desk.now + desk.patience.lock,
                })
            }
            Err(error) => failed(&error),
        }
    }

    fn lock(&mut self, desk: &mut Desk<'_>, until: Instant) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        match lock::take(desk.gate, &place.own, &self.hand) {
            Ok(Asked::Taken) => {
                self.locked = true;
                self.until = Some(desk.now + desk.patience.lease);
                Turn::To(State::Read(Source::Named))
            }
            Ok(Asked::Held(_)) if desk.now < until => {
                Turn::Wait(State::Lock { until }, desk.now + LONG)
            }
            Ok(Asked::Held(holder)) => refused(match holder {
                Some(holder) => format!(
                    "{} is carrying out {} here at this moment: try again when it is done",
                    holder.who(),
                    holder.verb
                ),
                None => "another rounds is changing files here: try again".to_owned(),
            }),
            Err(error) => failed(&error),
        }
    }

    fn read(&mut self, desk: &mut Desk<'_>, source: Source) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        let (base, file) = match place.read(desk.gate) {
            Ok(Read::Whole(base, file)) => (base, file),
            Ok(Read::Moving) => {
                return self.again(desk, source, "it is being replaced, or it is gone");
            }
            Err(error) => return failed(&error),
        };
        match source {
            Source::Named => match self.edit.make(&base.bytes) {
                Made::New(bytes) => self.prepare(desk, base, &file, bytes),
                Made::Already if self.attempts == 0 => Turn::To(State::Over(Ended::Already)),
                // An agent that wrote at the same moment carried it along.
                Made::Already => Turn::To(State::Over(Ended::Done(Effect::File(self.change(
                    &base,
                    &base.bytes,
                    None,
                ))))),
                Made::Torn(why) => self.again(desk, Source::Named, &why),
                Made::Refused(why) => refused(why),
            },
            Source::Late { bytes, ours, kept } => {
                if base.bytes != ours {
                    return Turn::To(State::Over(self.two_versions(&kept)));
                }
                match self.edit.make(&bytes) {
                    Made::New(new) => self.prepare(desk, base, &file, new),
                    Made::Already => self.prepare(desk, base, &file, bytes),
                    Made::Torn(_) | Made::Refused(_) => {
                        Turn::To(State::Over(self.two_versions(&kept)))
                    }
                }
            }
        }
    }

    /// The file is not in one piece this moment.
    fn again(&mut self, desk: &Desk<'_>, source: Source, why: &str) -> Turn {
        self.torn += 1;
        if self.torn >= TORN_TRIES {
            return refused(format!(
                "{} cannot be read: {why} ({TORN_TRIES} tries). It is left as it is",
                self.shown()
            ));
        }
        let pause = desk.patience.torn / TORN_TRIES;
        Turn::Wait(State::Read(source), desk.now + pause)
    }

    fn prepare(&mut self, desk: &mut Desk<'_>, base: Version, old: &File, bytes: Vec<u8>) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        let mut name;
        loop {
            self.attempts += 1;
            name = round::name_for(&self.hand, self.attempts, &base.bytes, &bytes);
            // What an earlier making of the same change displaced is kept.
            if !matches!(place.own.stat_of(&name), Ok(Some(_))) {
                break;
            }
        }
        match round::prepare(desk.gate, place, name, old, bytes) {
            Ok(temp) => Turn::To(State::Try(Box::new(Ready { base, temp }))),
            Err(NotKept::Io(error)) => failed(&error),
            Err(why @ (NotKept::Owner(_) | NotKept::Access(_))) => {
                refused(format!("{} is not changed: {why}", self.shown()))
            }
        }
    }

    fn attempt(&mut self, desk: &mut Desk<'_>, ready: Box<Ready>) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        let tried = round::attempt(desk.gate, place, &ready.base, &ready.temp, self.level);
        match tried {
            Ok(Attempt::Placed { displaced, notes }) => {
                self.notes.extend(notes);
                let change = self.change(&ready.base, &ready.temp.bytes, Some(displaced.clone()));
                let then = Then::Finish {
                    change,
                    ours: ready.temp.bytes,
                };
                self.settling(desk, displaced, ready.base.bytes, then)
            }
            Ok(Attempt::Moved(moved)) => self.moved(desk, *ready, moved),
            Ok(Attempt::Busy { pid }) => self.busy(desk, ready, pid),
            Ok(Attempt::Lower(level)) => {
                self.level = level;
                Turn::To(State::Try(ready))
            }
            Ok(Attempt::Stuck(why)) => Turn::To(State::Over(Ended::Conflicted(why))),
            Err(error) => {
                self.discard(desk, &ready.temp.name);
                failed(&error)
            }
        }
    }

    /// Somebody else wrote: everything is made anew of what stands there now.
    fn moved(&mut self, desk: &mut Desk<'_>, ready: Ready, moved: Moved) -> Turn {
        self.collisions += 1;
        if self.until.is_some_and(|until| desk.now >= until) {
            self.discard(desk, &ready.temp.name);
            return refused(format!(
                "{} was written {} times while the change waited: nothing was changed",
                self.shown(),
                self.collisions
            ));
        }
        match moved {
            Moved::Back { was_out: false } => {
                self.discard(desk, &ready.temp.name);
                Turn::To(State::Read(Source::Named))
            }
            Moved::Back { was_out: true } => {
                self.settling(desk, ready.temp.name, ready.temp.bytes, Then::Again)
            }
            Moved::Kept(name) => {
                self.notes.push(format!(
                    "the agent wrote twice at the same moment; its earlier version is kept as {ROUNDS}/{name}"
                ));
                Turn::To(State::Read(Source::Named))
            }
        }
    }

    fn busy(&mut self, desk: &mut Desk<'_>, ready: Box<Ready>, pid: Option<u32>) -> Turn {
        if self.until.is_some_and(|until| desk.now >= until) {
            self.discard(desk, &ready.temp.name);
            let who = pid.map_or_else(
                || "a process of another user".to_owned(),
                |pid| format!("process {pid}"),
            );
            return refused(format!(
                "{who} has {} open: nothing was changed, because what it writes would be lost",
                self.shown()
            ));
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONG);
        Turn::Wait(State::Try(ready), desk.now + pause)
    }

    fn settling(&mut self, desk: &Desk<'_>, name: String, expected: Vec<u8>, then: Then) -> Turn {
        self.pause = SHORT;
        Turn::To(State::Settle(Box::new(Settling {
            name,
            expected,
            until: desk.now + desk.patience.lease,
            then,
        })))
    }

    /// The file that lost its name is left alone, or what was written into it is taken up.
    fn settle(&mut self, desk: &mut Desk<'_>, settling: Settling) -> Turn {
        let Some(place) = &self.place else {
            return Turn::To(State::Open);
        };
        let Settling {
            name,
            expected,
            until,
            then,
        } = settling;
        let looked = stray::look(desk.gate, &place.own, &name, &expected, self.level);
        match (looked, then) {
            (Ok(Stray::Open { .. }), then) if desk.now < until => {
                let pause = self.pause;
                self.pause = (pause * 2).min(LONG);
                let state = State::Settle(Box::new(Settling {
                    name,
                    expected,
                    until,
                    then,
                }));
                Turn::Wait(state, desk.now + pause)
            }
            (Ok(Stray::Written(bytes)), Then::Finish { ours, .. }) => {
                self.collisions += 1;
                Turn::To(State::Read(Source::Late {
                    bytes,
                    ours,
                    kept: name,
                }))
            }
            (Ok(Stray::Written(_)), Then::Again) => Turn::To(State::Over(self.two_versions(&name))),
            (Ok(Stray::Open { pid }), Then::Finish { mut change, .. }) => {
                let who = pid.map_or_else(|| "somebody".to_owned(), |pid| format!("process {pid}"));
                change.notes.push(format!(
                    "{who} still has the old file open: what it writes there will be told"
                ));
                Turn::To(State::Over(Ended::Done(Effect::File(change))))
            }
            (Ok(Stray::Quiet | Stray::Gone) | Err(_), Then::Finish { mut change, .. }) => {
                change.notes.append(&mut self.notes);
                Turn::To(State::Over(Ended::Done(Effect::File(change))))
            }
            (Ok(Stray::Open { .. }), Then::Again) => Turn::To(State::Read(Source::Named)),
            (Ok(Stray::Quiet | Stray::Gone) | Err(_), Then::Again) => {
                // Below A nobody can tell who has it open: it stays for its day, where a late write into it is seen.
                if self.level == Level::A {
                    self.discard(desk, &name);
                }
                Turn::To(State::Read(Source::Named))
            }
        }
    }

    fn two_versions(&self, kept: &str) -> Ended {
        Ended::Conflicted(format!(
            "an agent wrote into a version of {} that had just been replaced: its version is kept as {ROUNDS}/{kept}, compare the two",
            self.shown()
        ))
    }

    fn change(&mut self, base: &Version, after: &[u8], displaced: Option<String>) -> Replaced {
        Replaced {
            level: self.level,
            before: base.hash(),
            after: crate::store::versions::name_of(after),
            displaced,
            collisions: self.collisions,
            notes: std::mem::take(&mut self.notes),
        }
    }

    /// Removes a new file that did not take its place; one that stays behind is recognised by its name.
    fn discard(&self, desk: &mut Desk<'_>, name: &str) {
        if let Some(place) = &self.place {
            let removed = desk
                .gate
                .through(Call::TempRemove, || place.own.remove_file(name));
            if let Err(error) = removed {
                tracing::debug!(%error, name, "a temporary file was left behind");
            }
        }
    }

    fn let_go(&mut self, desk: &mut Desk<'_>) {
        let Some(place) = self.place.take() else {
            return;
        };
        if self.locked
            && let Err(error) = lock::release(desk.gate, &place.own, &self.hand)
        {
            // Its holder is seen to be gone once this process ends.
            tracing::warn!(%error, "the lock was not let go");
        }
        self.locked = false;
    }

    /// The file, for a sentence.
    fn shown(&self) -> String {
        crate::domain::text::clean_within(&self.relative, 60)
    }
}

fn failed(error: &std::io::Error) -> Turn {
    Turn::To(State::Over(Ended::Failed(format!(
        "nothing was changed: {error}"
    ))))
}

fn refused(why: impl Into<String>) -> Turn {
    Turn::To(State::Over(Ended::Refused(why.into())))
}

impl Hand {
    /// Who it is, for another operator.
    pub fn who(&self) -> String {
        let tty = self.tty.as_deref().map_or_else(String::new, |tty| {
            format!(" on {}", crate::domain::text::clean_within(tty, 20))
        });
        format!("uid {}{tty}", self.uid)
    }
}
