//! What is said at a retro: kept in the ledger, by the room and by the command line alike.

use super::engine::Engine;
use crate::domain::retro::{RetroWord, VerdictKind};
use crate::store::ledger::{Deed, Who};

/// Longest note that is kept, in bytes.
const MOST_NOTE: usize = 64 * 1024;

impl Engine {
    /// Keeps it. The sentence says what now holds, or why nothing was kept.
    pub fn retro(&mut self, word: RetroWord) -> Result<String, String> {
        if self.setup.read_only {
            let sentence = "read-only: nothing is kept (start without --read-only)";
            return Err(sentence.to_owned());
        }
        if let Some(why) = refused(&word) {
            return Err(why.to_owned());
        }
        let sentence = said(&word);
        let kept = self.ledger.append(self.now(), Who::here(), deed(word));
        kept.map_err(|error| format!("it was not kept: {error}"))?;
        self.listen().map_err(|error| error.to_string())?;
        Ok(sentence)
    }
}

fn said(word: &RetroWord) -> String {
    match word {
        RetroWord::Note { week, text } if text.trim().is_empty() => {
            format!("the note on {week} is taken back")
        }
        RetroWord::Note { week, .. } => format!("the note on {week} is kept"),
        RetroWord::Read { agent, .. } => format!("the insights of {agent} count as read"),
        RetroWord::Judge { agent, verdict, .. } => match verdict {
            VerdictKind::Closed => format!("a gap of {agent} is closed"),
            VerdictKind::Flagged => format!("a gap of {agent} is flagged"),
        },
        RetroWord::Code {
            agent,
            code: Some(code),
            ..
        } => format!(
            "{} {}: attached to the case of {agent}",
            code.number(),
            code.title()
        ),
        RetroWord::Code { agent, .. } => format!("the case of {agent} has no code any more"),
    }
}

fn deed(word: RetroWord) -> Deed {
    match word {
        RetroWord::Note { week, text } => Deed::RetroNote { week, text },
        RetroWord::Read { agent, sha256 } => Deed::InsightsRead { agent, sha256 },
        RetroWord::Judge {
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
        RetroWord::Code { case, agent, code } => Deed::Coded { case, agent, code },
    }
}

fn refused(word: &RetroWord) -> Option<&'static str> {
    match word {
        RetroWord::Note { text, .. } if text.len() > MOST_NOTE => {
            Some("the note is longer than 64 KiB")
        }
        RetroWord::Judge { why, .. } if why.trim().is_empty() => Some("a gap closes with a reason"),
        RetroWord::Note { .. }
        | RetroWord::Read { .. }
        | RetroWord::Judge { .. }
        | RetroWord::Code { .. } => None,
    }
}
