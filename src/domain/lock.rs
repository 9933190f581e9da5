//! Who holds which resource.

use serde::{Deserialize, Serialize};

use super::finding::Evidence;
use super::heartbeat::Process;
use super::id::{AgentId, RunId, TaskId};
use super::text::Untrusted;
use super::time::{Span, Ts};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// From the file name: `linkedin.lock` holds `linkedin`.
    pub resource: Untrusted,
    pub holder: Option<Untrusted>,
    pub run: Option<RunId>,
    pub epoch: Option<u64>,
    pub acquired: Option<Ts>,
    pub renewed: Option<Ts>,
    pub ttl: Option<Span>,
    /// The process that holds it, where the lock names one.
    #[serde(default)]
    pub process: Option<Process>,
}

/// What is to be said of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockState {
    Held,
    /// Its time ran out then, and nobody renewed it.
    RanOut(Ts),
    /// Its run ended then.
    LeftBehind(Ts),
    /// The process that holds it no longer runs.
    HolderGone(u32),
}

/// A lock as it stands: a line of the lock board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockView {
    /// In whose folder it lies.
    pub agent: AgentId,
    pub resource: Untrusted,
    pub holder: Option<Untrusted>,
    pub run: Option<RunId>,
    pub since: Ts,
    pub renewed: Option<Ts>,
    /// As far as rounds looked.
    pub renewals: u32,
    pub ttl: Option<Span>,
    pub state: LockState,
    /// Whose slot passed while they waited for it.
    pub waiting: Vec<(AgentId, TaskId)>,
    pub evidence: Evidence,
}
