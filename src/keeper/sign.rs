//! What the process that mirrors says of itself: it stands in the file that is touched with every sweep, so that a doctor need
//! not ask it.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::owner::Ownership;
use crate::domain::fleet::Mode;
use crate::domain::time::Span;
use crate::store::StoreError;
use crate::store::ledger::Ledger;
use crate::sys::{clock, process};

/// How well somebody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    pub pid: u32,
    /// `live`, `poll`
    pub mode: String,
    /// Why notifications are not used, where they are not.
    pub why: Option<String>,
    /// Between two looks at everything.
    pub period: Span,
    /// From the last change that was noticed to the verdict on it.
    pub lag: Span,
    pub lost: u64,
    pub damaged: u32,
    /// What cannot be read, by name.
    pub blind: Vec<String>,
    pub files: u32,
    pub watches: u32,
}

impl Sign {
    /// What the last owner said, how long ago, and whether it still runs.
    pub fn read(state: &Path) -> Option<(Self, Duration, Lives)> {
        let beat = Ownership::sign_in(state);
        let text = std::fs::read_to_string(&beat).ok()?;
        let sign: Self = serde_json::from_str(text.split_once('\n')?.1).ok()?;
        let touched = std::fs::metadata(&beat).and_then(|meta| meta.modified());
        let age = clock::age(touched.ok()?);
        let lives = if process::is_gone(sign.pid, None) {
            Lives::No
        } else {
            Lives::Yes
        };
        Some((sign, age, lives))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lives {
    Yes,
    No,
}

impl Engine {
    /// Touches the sign of life; what is to be said of this process is written where it is not what was `said` last.
    pub fn sign(&self, said: &mut String) {
        let health = self.health();
        let sign = Sign {
            pid: std::process::id(),
            mode: match health.mode {
                Mode::Live => "live",
                Mode::Poll => "poll",
                Mode::Follow => "follow",
            }
            .to_owned(),
            why: self.why_not_live.clone(),
            period: health.sweep_period,
            lag: health.lag,
            lost: health.dropped_events,
            damaged: health.damaged_files,
            blind: health.blind,
            files: health.files,
            watches: health.watches,
        };
        let line = serde_json::to_string(&sign).unwrap_or_default();
        if line == *said {
            self.ownership.touch();
        } else {
            self.ownership.say(&line);
            *said = line;
        }
    }
}

/// Whether a ledger is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub lines: usize,
    /// The first line that does not follow from the one before, from 1, with what is wrong.
    pub broken: Option<(usize, String)>,
}

/// The hash chain of a state folder's ledger, as it is.
pub fn examine_ledger(state: &Path) -> Result<Chain, StoreError> {
    let ledger = Ledger::in_state(state);
    let first = ledger.verify()?.into_iter().next();
    Ok(Chain {
        lines: ledger.lines()?,
        broken: first.map(|broken| (broken.line, broken.what)),
    })
}
