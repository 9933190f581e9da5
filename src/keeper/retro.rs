//! What is said at a retro: kept in the ledger, by the room and by the command line alike.

use super::engine::Engine;
use crate::domain::failure::Code;
use crate::domain::id::AgentId;
use crate::domain::retro::VerdictKind;
use crate::store::ledger::{Deed, Who};

/// Longest note that is kept, in bytes.
const MOST_NOTE: usize = 64 * 1024;

/// What is said at a retro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetroWord {
    /// A note on a week; an empty one takes the former back.
    Note { week: String, text: String },
    /// This version of an agent's insights was read.
    Read { agent: AgentId, sha256: String },
    /// What is to be said of a slot that nothing accounts for, by [`gap_id`](crate::domain::retro::gap_id).
    Judge {
        gap: String,
        agent: AgentId,
        verdict: VerdictKind,
        why: String,
    },
    /// Why an incident came about; none takes it back.
    Code {
        case: String,
        agent: AgentId,
        code: Option<Code>,
    },
}

impl RetroWord {
    fn said(&self) -> String {
        match self {
            Self::Note { week, text } if text.trim().is_empty() => {
                format!("the note on {week} is taken back")
            }
            Self::Note { week, .. } => format!("the note on {week} is kept"),
            Self::Read { agent, .. } => format!("the insights of {agent} count as read"),
            Self::Judge { agent, verdict, .. } => match verdict {
                VerdictKind::Closed => format!("a gap of {agent} is closed"),
                VerdictKind::Flagged => format!("a gap of {agent} is flagged"),
            },
            Self::Code {
                agent,
                code: Some(code),
                ..
            } => format!(
                "{} {}: attached to the case of {agent}",
                code.number(),
                code.title()
            ),
            Self::Code { agent, .. } => format!("the case of {agent} has no code any more"),
        }
    }

    fn deed(self) -> Deed {
        match self {
            Self::Note { week, text } => Deed::RetroNote { week, text },
            Self::Read { agent, sha256 } => Deed::InsightsRead { agent, sha256 },
            Self::Judge {
                gap,
                agent,
                verdict,
                why,
            } => Deed::GapJudged {
                gap,
                agent,
                verdict,
                why,
            },
            Self::Code { case, agent, code } => Deed::Coded { case, agent, code },
        }
    }

    fn refused(&self) -> Option<&'static str> {
        match self {
            Self::Note { text, .. } if text.len() > MOST_NOTE => {
                Some("the note is longer than 64 KiB")
            }
            Self::Judge { why, .. } if why.trim().is_empty() => Some("a gap closes with a reason"),
            Self::Note { .. } | Self::Read { .. } | Self::Judge { .. } | Self::Code { .. } => None,
        }
    }
}

impl Engine {
    /// Keeps it. The sentence says what now holds, or why nothing was kept.
    pub fn retro(&mut self, word: RetroWord) -> Result<String, String> {
        if self.setup.read_only {
            let sentence = "read-only: nothing is kept (start without --read-only)";
            return Err(sentence.to_owned());
        }
        if let Some(why) = word.refused() {
            return Err(why.to_owned());
        }
        let said = word.said();
        let kept = self.ledger.append(self.now(), Who::here(), word.deed());
        kept.map_err(|error| format!("it was not kept: {error}"))?;
        Ok(said)
    }
}
