//! What `rounds watch` remembers over a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cli::out;
use crate::domain::time::Day;
use crate::keeper::Watched;
use crate::view::alert::Case;

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Handed over and not over yet, by id.
    pub standing: BTreeMap<String, Case>,
    /// The day of the last digest.
    pub digest: Option<Day>,
}

/// Where it is kept.
#[derive(Debug)]
pub struct Kept {
    file: Watched,
    /// As it was written last.
    text: String,
}

impl Kept {
    /// What was kept; a file that cannot be read is as none, and everything is told again.
    pub fn open(file: Watched) -> (Self, Memory) {
        let text = file.load().unwrap_or_default();
        let memory = serde_json::from_str(&text).unwrap_or_default();
        (Self { file, text }, memory)
    }

    /// Writes it where it changed.
    pub fn save(&mut self, memory: &Memory) {
        let text = serde_json::to_string(memory).unwrap_or_default();
        if text == self.text {
            return;
        }
        if let Err(error) = self.file.save(&text) {
            out::complain(&format!("{error}: after a restart this is told again"));
        }
        self.text = text;
    }
}
