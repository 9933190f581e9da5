//! The change of one file, from the lock to the moment the old file is known to be left alone.

mod settle;

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::settle::{Settling, Then};
use super::lock::{self, Asked};
use super::place::{Place, ROUNDS, Read, Version};
use super::round::{self, Attempt, Moved, Temp};
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
    Late { late: Late, ours: Vec<u8> },
}

/// A version that an agent wrote into a file which had lost its name.
struct Late {
    bytes: Vec<u8>,
    /// Its name in [`ROUNDS`].
    kept: String,
}

impl Source {
    fn late(&self) -> Option<&Late> {
        match self {
            Self::Named => None,
            Self::Late { late, .. } => Some(late),
        }
    }
}

struct Ready {
    base: Version,
    temp: Temp,
    /// The late write that this takes up.
    late: Option<Late>,
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
            Err(error) => return self.stopped(source.late(), failed(&error)),
        };
        match source {
            Source::Named => match self.edit.make(&base.bytes) {
                Made::New(bytes) => self.prepare(desk, base, &file, bytes, None),
                Made::Already if self.attempts == 0 => Turn::To(State::Over(Ended::Already)),
                // An agent that wrote at the same moment carried it along.
                Made::Already => Turn::To(State::Over(Ended::Done(Effect::File(self.change(
                    &base,
                    &base.bytes,
                    None,
                ))))),
                Made::Torn(why) => self.again(desk, Source::Named, &why),
                Made::Refused(why) => self.stopped(None, refused(why)),
            },
            Source::Late { late, ours } => {
                if base.bytes != ours {
                    return Turn::To(State::Over(self.two_versions(&late.kept)));
                }
                match self.edit.make(&late.bytes) {
                    Made::New(new) => self.prepare(desk, base, &file, new, Some(late)),
                    Made::Already => {
                        let bytes = late.bytes.clone();
                        self.prepare(desk, base, &file, bytes, Some(late))
                    }
                    Made::Torn(_) | Made::Refused(_) => {
                        Turn::To(State::Over(self.two_versions(&late.kept)))
                    }
                }
            }
        }
    }

    /// The file is not in one piece this moment.
    fn again(&mut self, desk: &Desk<'_>, source: Source, why: &str) -> Turn {
        self.torn += 1;
        if self.torn >= TORN_TRIES {
            let sentence = format!(
                "{} cannot be read: {why} ({TORN_TRIES} tries). It is left as it is",
                self.shown()
            );
            return self.stopped(source.late(), refused(sentence));
        }
        let pause = desk.patience.torn / TORN_TRIES;
        Turn::Wait(State::Read(source), desk.now + pause)
    }

    /// Ends here. Where a late write was to be taken up the change itself stands, so both versions are told; and what an earlier
    /// collision left is told with every refusal.
    fn stopped(&mut self, late: Option<&Late>, turn: Turn) -> Turn {
        if let Some(late) = late {
            return Turn::To(State::Over(self.two_versions(&late.kept)));
        }
        match turn {
            Turn::To(State::Over(Ended::Refused(why) | Ended::Failed(why)))
                if !self.notes.is_empty() =>
            {
                let notes = self.notes.join("; ");
                refused(format!("{why}; {notes}"))
            }
            turn => turn,
        }
    }

    fn prepare(
        &mut self,
        desk: &mut Desk<'_>,
        base: Version,
        old: &File,
        bytes: Vec<u8>,
        late: Option<Late>,
    ) -> Turn {
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
            Ok(temp) => Turn::To(State::Try(Box::new(Ready { base, temp, late }))),
            Err(NotKept::Io(error)) => self.stopped(late.as_ref(), failed(&error)),
            Err(why @ (NotKept::Owner(_) | NotKept::Access(_))) => {
                let sentence = format!("{} is not changed: {why}", self.shown());
                self.stopped(late.as_ref(), refused(sentence))
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
                if let Some(late) = &ready.late {
                    self.taken_up(desk, late);
                }
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
                self.stopped(ready.late.as_ref(), failed(&error))
            }
        }
    }

    /// Somebody else wrote: everything is made anew of what stands there now.
    fn moved(&mut self, desk: &mut Desk<'_>, ready: Ready, moved: Moved) -> Turn {
        self.collisions += 1;
        let Ready { temp, late, .. } = ready;
        match moved {
            Moved::Untouched => {
                self.discard(desk, &temp.name);
                self.anew(desk, late.as_ref())
            }
            Moved::WasOut { holds, copies } => {
                self.notes.extend(copies.iter().map(|name| {
                    format!(
                        "the agent wrote at the same moment: its version has its place again, after a moment in which another program may have read the other one; a copy is kept as {ROUNDS}/{name}"
                    )
                }));
                let name = temp.name;
                self.settling(desk, name, holds, Then::Again { late })
            }
            Moved::Kept(names) => {
                if !names.contains(&temp.name) {
                    self.discard(desk, &temp.name);
                }
                self.notes.extend(names.iter().map(|name| {
                    format!(
                        "the agent wrote twice at the same moment; its earlier version is kept as {ROUNDS}/{name}"
                    )
                }));
                self.anew(desk, late.as_ref())
            }
        }
    }

    /// Begins again with what stands there, if there is time; a late write that was to be taken up is not what stands there.
    fn anew(&mut self, desk: &Desk<'_>, late: Option<&Late>) -> Turn {
        if late.is_none() && self.until.is_none_or(|until| desk.now < until) {
            return Turn::To(State::Read(Source::Named));
        }
        let sentence = format!(
            "{} was written {} times while the change waited: nothing was changed",
            self.shown(),
            self.collisions
        );
        self.stopped(late, refused(sentence))
    }

    fn busy(&mut self, desk: &mut Desk<'_>, ready: Box<Ready>, pid: Option<u32>) -> Turn {
        if self.until.is_some_and(|until| desk.now >= until) {
            self.discard(desk, &ready.temp.name);
            let who = pid.map_or_else(
                || "a process of another user".to_owned(),
                |pid| format!("process {pid}"),
            );
            let sentence = format!(
                "{who} has {} open: nothing was changed, because what it writes would be lost",
                self.shown()
            );
            return self.stopped(ready.late.as_ref(), refused(sentence));
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONG);
        Turn::Wait(State::Try(ready), desk.now + pause)
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
    let remedy = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "; make room on the disk of the agent's folder"
        }
        std::io::ErrorKind::ReadOnlyFilesystem => {
            "; the disk of the agent's folder is mounted read-only"
        }
        _ => "",
    };
    Turn::To(State::Over(Ended::Failed(format!(
        "nothing was changed: {error}{remedy}"
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
