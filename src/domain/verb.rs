//! What an operator can do about a finding.

/// The word is the one of the command line, of JSON and of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// The task goes back to pending, its claim is taken away.
    Reclaim,
    Retry,
    /// The task counts as skipped, with a flag that says why.
    Skip,
    Hold,
    /// The run is ended by the operator's own command.
    Stop,
    /// An irreversible step may be done.
    Approve,
    /// The task is done, and the proof is named.
    Done,
    /// The finding was seen: acknowledged, or snoozed.
    Ack,
    /// Something is said to the agent, or noted.
    Note,
}

impl Verb {
    pub const ALL: [Self; 9] = [
        Self::Reclaim,
        Self::Retry,
        Self::Skip,
        Self::Hold,
        Self::Stop,
        Self::Approve,
        Self::Done,
        Self::Ack,
        Self::Note,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Reclaim => "reclaim",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Hold => "hold",
            Self::Stop => "stop",
            Self::Approve => "approve",
            Self::Done => "done",
            Self::Ack => "ack",
            Self::Note => "note",
        }
    }
}
