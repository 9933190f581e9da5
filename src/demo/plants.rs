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
    /// Skipped, and not a word about why.
    Wordless,
    /// Ends well, and lists nothing.
    Empty,
    /// Ends well, and takes six times as long as usual.
    Slow,
    /// Writes every ten minutes for so many, finishes nothing, and gives up.
    Hung(i64),
    /// Failed, and the plan calls it done.
    Misbooked(&'static str),
    /// Its claim goes to another run; after so many minutes it writes all the same.
    Outlived(i64),
    /// Ends well, but its first step is done twice, each time to something else.
    Redone,
    /// An irreversible step waits so many minutes for a yes.
    WaitsForYes(i64),
    /// Ends well, and the work waits for somebody to look at it.
    InReview,
    /// Ends well, and the claim stands in another agent's name.
    TakenOver(&'static str),
    /// Failed; the operator asked for it again, and nobody came.
    AskedAgain(&'static str),
    /// Failed; the operator skipped and flagged it.
    Flagged(&'static str),
}

impl Fate {
    /// Why the run failed as a whole, where it did.
    pub(super) fn cause(self) -> Option<&'static str> {
        match self {
            Self::Failed(cause)
            | Self::FailedAtStep(cause)
            | Self::Misbooked(cause)
            | Self::AskedAgain(cause)
            | Self::Flagged(cause) => Some(cause),
            Self::Hung(_) => Some("timeout after 5 h"),
            Self::Ok
            | Self::Partial
            | Self::NothingToDo
            | Self::Unfinished
            | Self::Torn
            | Self::Halting
            | Self::Vanished
            | Self::Orphaned
            | Self::WrongClock
            | Self::Hostile
            | Self::LeaksSecret
            | Self::NeedsHuman
            | Self::Shrunk
            | Self::Twice
            | Self::AlreadyDone(_)
            | Self::Wordless
            | Self::Empty
            | Self::Slow
            | Self::Outlived(_)
            | Self::Redone
            | Self::WaitsForYes(_)
            | Self::InReview
            | Self::TakenOver(_) => None,
        }
    }
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
    /// From start to end of the window who writes the plan has not read how the task ended.
    LoseUpdate,
    Rotate,
    /// The host goes down: the agent says so and is gone until the end of the window.
    HostDown,
    /// No plan is made for the day, so nothing dated of it runs.
    Unplanned,
    /// The standing plan lacks the task from start to end of the window.
    Forget,
    /// The runs of the window only ever go to the same few targets.
    Narrow,
    /// INSIGHTS.md is a link out of the folder from start to end of the window.
    LinkOut,
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
