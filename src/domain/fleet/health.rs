//! How well rounds itself sees and runs.

use crate::domain::time::{Span, Ts};

/// How the files are watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Notifications, with the sweep behind them.
    #[default]
    Live,
    /// The sweep alone: a network file system, or no notifications left.
    Poll,
    /// Another rounds mirrors; this one follows it.
    Follow,
}

/// Progress of mirroring a long history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    pub done_bytes: u64,
    pub total_bytes: u64,
    pub started: Ts,
}

/// How well rounds itself sees and runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub mode: Mode,
    pub last_sweep: Ts,
    pub sweep_period: Span,
    /// Notifications that were lost or refused; each cost at most one sweep.
    pub dropped_events: u64,
    /// From the last change that was noticed to the verdict on it.
    pub lag: Span,
    pub damaged_files: u32,
    pub filling: Option<Filling>,
    /// Sources that cannot be read, by name, already sanitised.
    pub blind: Vec<String>,
    /// Since when nothing could be seen at all.
    pub blind_since: Option<Ts>,
    /// Anything the operator should know about rounds itself: a read-only state folder, a full disk.
    pub notices: Vec<String>,
    pub files: u32,
    pub watches: u32,
}
