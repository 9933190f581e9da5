//! A simulated fleet that misbehaves in every way the rules know: for a first look, for tests and for benchmarks.
//!
//! Everything follows from a [`Spec`]: the same spec gives the same bytes. [`write()`] writes a history of days and returns;
//! [`Live::start`] goes on from the end of that history in the time of a clock that the caller gives, fast or slow.
//! Both write what [`events`] says, so a live fleet is the continuation of the written one.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! use rounds::demo::{self, Spec};
//! use rounds::domain::time::{Ts, Zone};
//! let (dir, now) = (std::path::Path::new("/tmp/fleet"), Ts(1_774_681_200_000));
//! let spec = Spec::new(now, Zone::UTC);
//! let summary = demo::write(dir, &spec, |_| {})?;
//! let live = demo::Live::start(dir, &spec, 60.0, move || now)?;
//! // the control room looks on
//! live.stop()?;
//! # let _ = summary; Ok(()) }
//! ```
//!
//! Trouble is planted at moments relative to [`Spec::until`], so that the board shows a believable morning at any time of
//! day; [`Summary::incidents`] lists it. The live fleet adds its own within the first two hours of its time.

mod aftermath;
mod assignment;
mod day;
mod events;
mod heed;
mod history;
mod live;
mod papers;
mod planfile;
mod plants;
mod record;
mod rng;
mod roster;
mod said;
mod slots;
mod sow;
#[cfg(test)]
mod tests;
mod trouble;
mod wal;
mod weeks;
mod words;
mod world;

use crate::domain::time::{Span, Ts, Zone};

pub use events::{Event, Events, Log, PlanWrite, events};
pub use history::write;
pub use live::{Live, play};

/// How much history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As many lines as the agents' rhythms give.
    Days(u32),
    /// Exactly so many heartbeat lines, shared evenly by the agents and spread over [`BEATS_DAYS`] days.
    Beats(u64),
}

/// Days of a first look, and those over which [`Length::Beats`] spreads its lines.
pub const BEATS_DAYS: u32 = 30;

/// How much goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A healthy fleet with the little mishaps of every week.
    None,
    /// Five of the first fourteen agents are in trouble, one is paused.
    Morning,
    /// As `Morning`, and more kinds of damage that stand at the end.
    Everything,
}

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    pub seed: u64,
    pub agents: usize,
    pub length: Length,
    /// The end of the written history, where the live fleet goes on.
    pub until: Ts,
    /// The fleet's zone; two roles live in zones of their own.
    pub zone: Zone,
    pub trouble: Trouble,
}

impl Spec {
    /// The fleet of a first look: fourteen agents, thirty days.
    pub fn new(until: Ts, zone: Zone) -> Self {
        Self {
            seed: 7,
            agents: 14,
            length: Length::Days(BEATS_DAYS),
            until,
            zone,
            trouble: Trouble::Morning,
        }
    }

    /// The start of the written history.
    pub fn from(&self) -> Ts {
        let days = match self.length {
            Length::Days(days) => days,
            Length::Beats(_) => BEATS_DAYS,
        };
        self.until - Span::days(i64::from(days))
    }
}

/// Something that was made to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The word of the finding it should lead to, or a word of its own where there is no such finding.
    pub kind: &'static str,
    pub agent: String,
    pub task: Option<String>,
    pub since: Ts,
    pub note: &'static str,
    /// Still so at the end of the written history.
    pub open: bool,
}

/// How far [`write()`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Heartbeat lines so far.
    pub lines: u64,
    /// Bytes of all logs so far.
    pub bytes: u64,
    /// The simulated moment that was reached.
    pub at: Ts,
    pub from: Ts,
    pub until: Ts,
}

/// What [`write()`] has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Names, which are also the folders.
    pub agents: Vec<String>,
    pub from: Ts,
    pub until: Ts,
    /// Complete heartbeat lines.
    pub lines: u64,
    /// Bytes of all files.
    pub bytes: u64,
    pub files: usize,
    /// In order of `since`.
    pub incidents: Vec<Incident>,
}

/// The name of an agent by its number: `social`, `codewatch`, …, from the fifteenth on `social-2` and so forth.
pub fn agent_name(number: usize) -> String {
    let role = roster::ROLES[number % roster::ROLES.len()].name;
    match number / roster::ROLES.len() {
        0 => role.to_owned(),
        n => format!("{role}-{}", n + 1),
    }
}
