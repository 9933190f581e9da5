//! What the operator can order: each verb with its words, once.

use serde::{Deserialize, Serialize};

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One task of an agent.
    Task,
    /// One task, or an agent with all it has.
    TaskOrAgent,
    /// A finding.
    Finding,
    /// A step of the write-ahead log.
    Step,
    /// An operation of the ledger.
    Operation,
    /// Whatever is looked at.
    Anything,
    /// A version of a file that an operation left in `.rounds`.
    Copy,
    /// One of an agent's own files.
    File,
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident $word:literal $past:literal $title:literal $subject:ident $help:literal,)*) => {
        /// What the operator orders. The word is the one of the command line, the ledger and `last_op`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb { $($(#[$doc])* $verb,)* }

        impl Verb {
            pub const ALL: &[Self] = &[$(Self::$verb,)*];

            pub fn word(self) -> &'static str {
                match self { $(Self::$verb => $word,)* }
            }

            /// What was done: "reclaimed".
            pub fn past(self) -> &'static str {
                match self { $(Self::$verb => $past,)* }
            }

            /// For a menu.
            pub fn title(self) -> &'static str {
                match self { $(Self::$verb => $title,)* }
            }

            /// One sentence: what it does.
            pub fn help(self) -> &'static str {
                match self { $(Self::$verb => $help,)* }
            }

            pub fn subject(self) -> Subject {
                match self { $(Self::$verb => Subject::$subject,)* }
            }
        }
    };
}

verbs! {
    Reclaim "reclaim" "reclaimed" "reclaim" Task
        "takes a task from a run that is gone: pending again, its claim freed under the next epoch",
    Retry "retry" "retried" "retry" Task
        "asks the agent to do it again, as far as its tier allows; steps that are done are not repeated",
    Skip "skip" "skipped" "skip and flag" Task
        "sets a task to skipped and flags it; it stays in the queue until it is acknowledged",
    Hold "hold" "held" "hold" TaskOrAgent
        "holds a task, or all tasks of an agent, until they are released",
    Release "release" "released" "release" TaskOrAgent
        "lets held tasks be due again",
    Run "run" "started" "run now" TaskOrAgent
        "starts a run by the operator's own command",
    Stop "stop" "stopped" "stop" TaskOrAgent
        "ends a run by the operator's own command",
    Approve "approve" "approved" "approve" Step
        "says yes to an irreversible step that waits for it",
    Done "done" "marked done" "mark done" Task
        "sets a task to done where the proof is there",
    Acknowledge "ack" "acknowledged" "acknowledge" Finding
        "takes a finding out of the queue while its case lasts",
    Snooze "snooze" "snoozed" "snooze" Finding
        "takes a finding out of the queue until a time",
    Note "note" "noted" "note" Anything
        "writes a note into the ledger, and into the agent's inbox where asked",
    Handoff "handoff" "handed over" "hand-off" Anything
        "tells another run or agent what is done, what is pending and what to mind",
    Merge "merge" "merged" "merge" Copy
        "writes what an agent wrote into a file that had just been replaced into the one that has its place",
    Edit "edit" "edited" "edit" File
        "writes what was changed in an editor into one of the agent's own files; what its agent wrote meanwhile stays",
    Undo "undo" "undid" "undo" Operation
        "takes an operation back while what it changed is unchanged",
}

impl Verb {
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.word() == word)
    }

    /// It writes into an agent's folder or starts a command. The others touch rounds' own ledger only, so a read-only
    /// rounds keeps them.
    pub fn is_dangerous(self) -> bool {
        match self {
            Self::Reclaim
            | Self::Retry
            | Self::Skip
            | Self::Hold
            | Self::Release
            | Self::Run
            | Self::Stop
            | Self::Approve
            | Self::Done
            | Self::Undo
            | Self::Merge
            | Self::Edit
            | Self::Handoff => true,
            Self::Acknowledge | Self::Snooze | Self::Note => false,
        }
    }

    /// It says something to somebody: its words are a letter, not a reason.
    pub fn takes_letter(self) -> bool {
        matches!(self, Self::Note | Self::Handoff)
    }

    /// After it the task waits for a run to begin.
    pub fn requeues(self) -> bool {
        match self {
            Self::Reclaim | Self::Retry | Self::Release | Self::Run => true,
            Self::Skip
            | Self::Hold
            | Self::Stop
            | Self::Approve
            | Self::Done
            | Self::Acknowledge
            | Self::Snooze
            | Self::Note
            | Self::Handoff
            | Self::Merge
            | Self::Edit
            | Self::Undo => false,
        }
    }
}
