//! The one owner of the mirror and of every file rounds writes.

use crate::domain::time::Ts;

/// What the operator's screen may ask of the keeper. The channel holds 16: a person cannot order faster than the keeper
/// answers, and a full channel is refused with a sentence instead of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Look at every file now.
    Rescan,
    /// The standup is done: counts start again from this moment.
    MarkStandup(Ts),
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A sentence for the toast.
    Done(String),
    Refused(String),
    /// The keeper ended: the view is frozen. The sentence says why.
    Stopped(String),
}
