//! `seen.jsonl`: what only rounds saw, append-only. Which version of a file was there when, and gaps in looking.
//!
//! With the agents' files and the versions it is enough to rebuild the mirror.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::time::Ts;
use crate::sys::file::{append_private, lock};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// A file held this content.
    Version {
        at: Ts,
        root: String,
        relative: String,
        hash: String,
        modified: Ts,
        /// Of a plan: from when this version counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Ts>,
    },
    /// Nothing was looked at between these moments; `asleep` when the machine was suspended.
    Gap { from: Ts, to: Ts, asleep: bool },
}

/// When nobody looked, and of that the time in which the whole machine slept or was off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    pub gaps: Vec<(Ts, Ts)>,
    pub sleeps: Vec<(Ts, Ts)>,
}

/// A version of a file: when it was seen, and when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighted {
    pub at: Ts,
    /// The name under which it is kept.
    pub hash: String,
    pub modified: Ts,
    /// From when it counted, where that was written down.
    pub known: Option<Ts>,
}

#[derive(Clone, Debug)]
pub struct SeenLog(PathBuf);

impl SeenLog {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("seen.jsonl"))
    }

    /// Appends one line under the file's lock, in one write.
    pub fn append(&self, seen: &Seen) -> Result<(), StoreError> {
        let failed = || format!("cannot append to {}", self.0.display());
        let mut line =
            serde_json::to_string(seen).map_err(|e| StoreError::io(failed())(e.into()))?;
        line.push('\n');
        let mut file = append_private(&self.0).map_err(StoreError::io(failed()))?;
        lock(&file).map_err(StoreError::io(failed()))?;
        file.write_all(line.as_bytes())
            .map_err(StoreError::io(failed()))
    }

    /// The gaps that had not ended by a moment.
    pub fn gaps(&self, since: Ts) -> Result<Gaps, StoreError> {
        let mut found = Gaps::default();
        for seen in self.read(|line| memchr::memmem::find(line, b"\"gap\"").is_some())? {
            if let Seen::Gap { from, to, asleep } = seen
                && to > since
            {
                found.gaps.push((from, to));
                if asleep {
                    found.sleeps.push((from, to));
                }
            }
        }
        Ok(found)
    }

    /// Every readable line; a torn one is passed over.
    pub fn all(&self) -> Result<Vec<Seen>, StoreError> {
        self.read(|_| true)
    }

    /// The versions of one file, in the order in which they were seen.
    pub fn versions(&self, root: &str, relative: &str) -> Result<Vec<Sighted>, StoreError> {
        let all = self.read(|line| memchr::memmem::find(line, b"\"version\"").is_some())?;
        let of_file = all.into_iter().filter_map(|seen| match seen {
            Seen::Version {
                at,
                root: its,
                relative: name,
                hash,
                modified,
                known,
            } if its == root && name == relative => Some(Sighted {
                at,
                hash,
                modified,
                known,
            }),
            Seen::Version { .. } | Seen::Gap { .. } => None,
        });
        Ok(of_file.collect())
    }

    fn read(&self, wanted: impl Fn(&[u8]) -> bool) -> Result<Vec<Seen>, StoreError> {
        let file = match std::fs::File::open(&self.0) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => {
                return Err(StoreError::io(format!("cannot read {}", self.0.display()))(
                    e,
                ));
            }
        };
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        Ok(lines
            .filter(|line| wanted(line))
            .filter_map(|line| serde_json::from_slice(&line).ok())
            .collect())
    }
}
