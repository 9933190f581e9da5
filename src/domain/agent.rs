//! The state of an agent and its rhythm.

use super::policy::Source;
use super::time::Span;

/// First match wins, in the order of RULES: see `docs/rules.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentState {
    /// Our own look is too old, or a file lost its permission: nothing is claimed.
    Blind,
    Paused,
    Down,
    Stale,
    Late,
    /// Its rhythm is not known yet.
    Unknown,
    Ok,
}

impl AgentState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Paused => "paused",
            Self::Down => "down",
            Self::Stale => "stale",
            Self::Late => "late",
            Self::Unknown => "unknown",
            Self::Ok => "ok",
        }
    }
}

/// How often life is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    pub every: Span,
    pub source: Source,
    /// Gaps it was learned from; 0 when declared.
    pub samples: u32,
}
