//! The one owner of the mirror and of every file rounds writes.
//!
//! ```text
//! orders, notices, deadlines ──▶ Inbox ──▶ Engine: look at files, mirror, judge ──▶ watch<Arc<Fleet>>
//! ```

mod arrival;
mod beside;
mod board;
mod calm;
mod catalog;
mod checking;
mod copies;
mod decide;
mod drafts;
mod engine;
mod fill;
mod first_sight;
#[cfg(test)]
mod fixture;
mod follow;
mod found;
mod gaps;
mod glance;
mod inbox;
mod ingest;
mod kept;
mod loading;
mod look;
mod news;
mod one_shot;
mod operate;
mod ordering;
mod owner;
mod piece;
mod planning;
mod processes;
mod recalled;
mod retro;
mod room;
mod running;
mod sign;
mod spoken;
mod storm;
mod sweep;
mod telling;
mod tracked;
mod turn;
mod whole;

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::domain::id::AgentId;
use crate::domain::offer::{About, Offer};
use crate::domain::time::Ts;
use crate::domain::told::Said;
use crate::ops::storm::Way;
use crate::ops::{Answer, Drafted, Plan, Refusal, Request, Wanted};
use crate::store::OpenError;
use crate::store::operation::Outcome;
use crate::sys::clock::Clock;

pub use crate::apply::{Level, ground};
pub use crate::domain::retro::RetroWord;
pub use crate::store::watched::Watched;
pub use one_shot::{How, OneShot};
pub use ordering::Carried;
pub use planning::{PlanAsk, PlanFile, PlanPlace, Planning};
pub use room::start;
pub use running::{AskDesk, OrderDesk, Running, Threads};
pub use sign::{Lives, Sign, examine_ledger};

/// What the operator's screen may ask of the keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Look at every file now.
    Rescan,
    /// The standup is done: counts start again from this moment.
    MarkStandup(Ts),
    /// Something is said about findings by their ids, or taken back.
    Say {
        cases: Vec<String>,
        said: Option<Said>,
    },
    /// Findings of an agent, or of all, are silenced until then; a moment that has passed ends what stood.
    Maintain { agent: Option<AgentId>, until: Ts },
    /// Something is said at a retro.
    Retro(RetroWord),
    /// What can be done about this? Answered by [`Reply::Possible`].
    Possible(Box<About>),
    /// A copy of this file is to be edited. Answered by [`Reply::Draft`].
    Draft(AgentId, Wanted),
    /// What is overdue, and what are the ways out? Answered by [`Reply::Storm`].
    Storm,
    /// What would this do? Answered by [`Reply::Planned`].
    Preview(Box<Request>),
    /// Do this, confirmed like that. Several are begun 300 ms apart.
    Operate(Box<(Request, Answer)>),
    /// What has not begun is left.
    StopOperating,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A sentence for the toast.
    Done(String),
    Refused(String),
    /// What an order would do, or why it cannot be.
    Planned(Box<Planned>),
    /// A confirmed order that was not begun, and why: nothing was changed.
    NotDone(Box<(Request, String)>),
    /// What can be done, and why the rest cannot.
    Possible(Box<(About, Vec<Offer>)>),
    /// The copy, or why there is none.
    Draft(Box<Result<Drafted, Refusal>>),
    /// What is overdue, and the ways out of it; absent: nothing is.
    Storm(Option<Box<(String, [Way; 3])>>),
    /// An operation is over.
    Operated(Box<Outcome>),
    /// The keeper ended: the view is frozen. The sentence says why.
    Stopped(String),
}

/// An order and what it would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub request: Request,
    pub plan: Result<Plan, Refusal>,
}

/// What a scheduler's live database says of its jobs, read from a copy in `private`; none where the file is no database.
pub fn copied(folder: &Path, relative: &str, private: &Path) -> Option<io::Result<Vec<u8>>> {
    let is_one = crate::store::foreign::is_database(relative);
    is_one.then(|| crate::store::foreign::jobs(folder, relative, private))
}

/// What a keeper is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    pub config: Config,
    /// The places to look at; absolute.
    pub roots: Vec<PathBuf>,
    pub state_dir: PathBuf,
    pub clock: Clock,
    pub read_only: bool,
}

/// Why nothing could be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
}
