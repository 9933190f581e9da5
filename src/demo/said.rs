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
    "more portions planned than the limit of 8 tasks",
);
pub(super) const DUPLICATE: Said = (
    "duplicate_action",
    Since::End(1),
    "the same key done by two runs",
);
pub(super) const HALF_DONE: Said = (
    "wal_incomplete",
    Since::End(2),
    "4 of 7 steps, an irreversible one is open",
);
pub(super) const HALTING: Said = (
    "halted",
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
    "one item where there are usually twelve",
);
pub(super) const STREAK: Said = (
    "failure_streak",
    Since::End(0),
    "HTTP 429 at three agents for four hours",
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
pub(super) const AGENT_DOWN: Said = (
    "agent_down",
    Since::Due,
    "two of its slots passed in a row without a line",
);
pub(super) const AGENT_LATE: Said = ("agent_late", Since::Due, "twice its rhythm without a line");
pub(super) const AGENT_STALE: Said = (
    "agent_stale",
    Since::Due,
    "three times its rhythm without a line",
);
pub(super) const ASKS_YES: Said = (
    "approval",
    Since::Start(0),
    "an irreversible step waits three hours for a yes",
);
pub(super) const CONFLICTED: Said = (
    "conflicted",
    Since::Start(0),
    "one step done twice, to two targets",
);
pub(super) const DOUBLE_CLAIM: Said = (
    "double_claim",
    Since::Start(0),
    "claimed by social and outreach at once",
);
pub(super) const DRIFT: Said = (
    "drift",
    Since::End(0),
    "failed in the log, done in the plan",
);
pub(super) const FLAGGED: Said = (
    "flagged",
    Since::End(0),
    "the operator skipped and flagged it",
);
pub(super) const HOLLOW: Said = (
    "empty_success",
    Since::End(0),
    "ok three times, and nothing listed",
);
pub(super) const LINT: Said = (
    "plan_lint",
    Since::Made,
    "tomorrow has more tasks than the limit",
);
pub(super) const NO_NOTE: Said = (
    "handoff_missing",
    Since::Start(0),
    "the claim went to research without a note",
);
pub(super) const NO_PLAN: Said = ("stale_plan", Since::Made, "no plan for the day");
pub(super) const NOT_FOLLOWED: Said = (
    "dependency_broken",
    Since::Due,
    "the outline was there, the headline did not follow",
);
pub(super) const NOT_PICKED_UP: Said = (
    "not_picked_up",
    Since::End(0),
    "asked for again, and no run began",
);
pub(super) const OUTAGE: Said = ("outage", Since::Due, "the host goes down for four hours");
pub(super) const REVIEW: Said = (
    "review_waiting",
    Since::End(0),
    "done, and nobody looks at it",
);
pub(super) const SAME_TARGETS: Said = (
    "same_targets",
    Since::Due,
    "three sources for two weeks, where there were nine",
);
pub(super) const SILENT: Said = (
    "silent",
    Since::LastBeat(0),
    "holds the day's digest, and says nothing more",
);
pub(super) const SKIPS: Said = (
    "skip_streak",
    Since::Made,
    "the same tasks skipped three times in a row",
);
pub(super) const SLOW: Said = ("run_length", Since::End(0), "six times as long as usual");
pub(super) const STUCK: Said = (
    "stuck",
    Since::Start(0),
    "writes for five hours, and finishes nothing",
);
pub(super) const WORDLESS: Said = (
    "skipped_no_reason",
    Since::End(0),
    "skipped, and no reason named",
);
pub(super) const ZOMBIE: Said = (
    "zombie_write",
    Since::Start(0),
    "wrote an hour after its claim went to another run",
);
