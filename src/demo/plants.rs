//! The ways in which things go wrong, and what it takes to plant one of them.

use crate::domain::time::Ts;

use super::assignment::Assignment;

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Ok,
    Partial,
    /// Skipped as a whole, with a reason that is in order.
    NothingToDo,
    Failed(&'static str),
    /// Failed, and the write-ahead log ends at an open step.
    FailedAtStep(&'static str),
    /// A start line and nothing more.
    Unfinished,
    /// Died while writing its last line; the supervisor ends the line a little later.
    Torn,
    /// Wrote its last line in two pieces, minutes apart.
    Halting,
    /// Claims in the plan, never writes.
    Vanished,
    /// Starts, works, falls silent with claim and lock in hand.
    Orphaned,
    /// Ends well, with a year too little on its clock.
    WrongClock,
    /// Ends well, with escape sequences and hidden characters in its message.
    Hostile,
    /// Ends well, with a token in its message.
    LeaksSecret,
    /// Stops to ask a human.
    NeedsHuman,
    /// Ends well, with a fraction of the usual items.
    Shrunk,
    /// Ends well, doing what the run before did, under the same key.
    Twice,
    /// Skips so many items as already done, without any record of the doing.
    AlreadyDone(u32),
}

/// What a plant changes.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// The runs of the window do not happen.
    Drop,
    /// The runs of the window go so.
    Turn(Fate),
    /// A task of its own, due at the start of the window, with runs so many minutes after.
    Add(&'static Assignment, &'static [(i64, Fate)]),
    /// The agent's tasks are held from the start of the window on.
    Hold,
    /// More portions a day than the limit allows.
    Crowd,
    /// The plan is half written from start to end of the window.
    TearPlan,
    /// The plan is written as it was before, undoing what happened since.
    LoseUpdate,
    Rotate,
    /// Nothing to change: another plant or the fleet itself has it so. Counted from the runs of its task on that day.
    Noted,
}

/// Which moment an incident is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    At(Ts),
    Due,
    Start(usize),
    /// The last line of a run that fell silent.
    LastBeat(usize),
    End(usize),
    /// When the plan was made.
    Made,
}

/// What is told of a case: the kind of finding, since when, and a note.
pub(super) type Said = (&'static str, Since, &'static str);

#[derive(Clone, Debug)]
pub(super) struct Plant {
    pub agent: usize,
    pub task: &'static str,
    pub from: Ts,
    pub to: Ts,
    pub change: Change,
    pub kind: &'static str,
    pub since: Since,
    pub note: &'static str,
    /// Still so at the end of the written history.
    pub open: bool,
}

impl Plant {
    pub(super) fn covers(&self, task: &str, at: Ts) -> bool {
        (self.task.is_empty() || self.task == task) && self.from <= at && at < self.to
    }
}
