//! What is told of each kind of case.

use super::plants::{Said, Since};

pub(super) const ASKS: Said = ("needs_human", Since::End(0), "asks whether to refund");
pub(super) const COLLISION: Said = (
    "collision",
    Since::Start(0),
    "linkedin used by social and outreach at once",
);
pub(super) const CROWDED: Said = (
    "over_capacity",
    Since::Made,
    "12 portions planned, the limit is 8 tasks",
);
pub(super) const DUPLICATE: Said = (
    "duplicate_action",
    Since::End(1),
    "the same key done by two runs",
);
pub(super) const GONE: Said = (
    "agent_stale",
    Since::LastBeat(0),
    "silent, holds a claim and a lock",
);
pub(super) const HALF_DONE: Said = (
    "wal_incomplete",
    Since::End(2),
    "4 of 7 steps, an irreversible one is open",
);
pub(super) const HALTING: Said = (
    "damaged_file",
    Since::End(0),
    "a line in two pieces, mended after three minutes",
);
pub(super) const HOSTILE: Said = (
    "hostile_text",
    Since::End(0),
    "escape sequences and hidden characters in a message",
);
pub(super) const LATE: Said = ("late", Since::Due, "due, and its grace still runs");
pub(super) const LEAK: Said = ("secret", Since::End(0), "a token in a message");
pub(super) const MISSED: Said = ("missed", Since::Due, "the agent did not run");
pub(super) const NO_ANSWER: Said = ("failed", Since::End(0), "source does not answer");
pub(super) const ORPHAN: Said = (
    "orphaned",
    Since::LastBeat(0),
    "lease of 30 minutes ended, process 4312 gone",
);
pub(super) const PASSED_OVER: Said = (
    "skipped_silently",
    Since::Due,
    "the slot passed while the agent ran on",
);
pub(super) const PHANTOM: Said = (
    "phantom_claim",
    Since::Start(0),
    "claimed, and that run never wrote",
);
pub(super) const REFUSED: Said = (
    "failure_streak",
    Since::End(0),
    "three times HTTP 429; the last run died before step 5 of 7",
);
pub(super) const SHRUNK: Said = (
    "quiet_shrink",
    Since::Start(0),
    "one item where there are usually seven",
);
pub(super) const STREAK: Said = (
    "failure_streak",
    Since::End(0),
    "HTTP 429 at three agents within three hours",
);
pub(super) const TORN: Said = ("damaged_file", Since::End(0), "died while writing a line");
pub(super) const UNFINISHED: Said = ("unfinished_run", Since::Start(0), "a start without an end");
pub(super) const UNPROVEN: Said = (
    "unproven_done",
    Since::Start(0),
    "everything already_done, no record of the doing",
);
pub(super) const UNPROVEN_41: Said = (
    "unproven_done",
    Since::End(0),
    "already_done ×41, no record of the doing",
);
pub(super) const WRONG_CLOCK: Said = ("clock", Since::End(0), "a year too little");
/// For runs that are in order and only make a case what it is.
pub(super) const NOTHING: Said = ("", Since::Due, "");
pub(super) const REFUSED_ONCE: Said = ("failed", Since::End(0), "HTTP 429");
