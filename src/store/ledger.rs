//! `ledger.jsonl`: what the operator did. Append-only, hash-chained, fsynced, for ever.
//!
//! Each line carries the hash of the one before, so that any change, removal or reordering shows at its line.

mod deed;
mod said;

use std::fs::File;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::versions::name_of;
use crate::domain::time::Ts;
use crate::sys::file::{append_private, lock};
use crate::sys::gate::{Call, Gate};

pub use deed::{Case, Deed, Entry, Who};

/// As much of the ledger's end is read to go on from its last line, in bytes.
const TAIL: u64 = 64 * 1024;

/// A line whose place in the chain is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// From 1.
    pub line: usize,
    pub what: String,
}

#[derive(Clone, Debug)]
pub struct Ledger(PathBuf);

impl Ledger {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("ledger.jsonl"))
    }

    /// Appends one deed: under the file's lock the tail is read, the line chained to it, written and fsynced.
    pub fn append(&self, at: Ts, who: Who, deed: Deed) -> Result<Entry, StoreError> {
        self.append_through(&mut Gate::open(), at, who, deed)
    }

    /// As [`append`](Self::append), each system call through the gate.
    pub fn append_through(
        &self,
        gate: &mut Gate,
        at: Ts,
        who: Who,
        deed: Deed,
    ) -> Result<Entry, StoreError> {
        let file = self.open_locked(gate)?;
        let tail = self.tail(gate, &file, TAIL)?;
        self.chain(gate, &file, &tail, (at, who, deed))
    }

    /// Appends one deed, unless the ledger's text says that it shall not be. Nobody writes between the two.
    pub fn append_unless(
        &self,
        gate: &mut Gate,
        at: Ts,
        who: Who,
        deed: Deed,
        mut is_known: impl FnMut(&str) -> bool,
    ) -> Result<(), StoreError> {
        let file = self.open_locked(gate)?;
        let text = self.tail(gate, &file, u64::MAX)?;
        if is_known(&text) {
            return Ok(());
        }
        self.chain(gate, &file, &text, (at, who, deed)).map(drop)
    }

    fn failed(&self, what: &str) -> impl FnOnce(std::io::Error) -> StoreError {
        StoreError::io(format!("cannot {what} {}", self.0.display()))
    }

    fn open_locked(&self, gate: &mut Gate) -> Result<File, StoreError> {
        let file = gate
            .through(Call::LedgerOpen, || append_private(&self.0))
            .map_err(self.failed("open"))?;
        gate.through(Call::LedgerLock, || lock(&file))
            .map_err(self.failed("lock"))?;
        Ok(file)
    }

    /// The end of the ledger: as many bytes, or more where the last line is longer than that.
    fn tail(&self, gate: &mut Gate, file: &File, most: u64) -> Result<String, StoreError> {
        let read = gate.through(Call::LedgerRead, || {
            let size = file.metadata()?.len();
            let from = size.saturating_sub(most);
            crate::sys::file::read_at(file, from, (size - from) as usize)
        });
        let bytes = read.map_err(self.failed("read"))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_whole = (bytes.len() as u64) < most;
        if is_whole || last_entry(&text).is_some() {
            return Ok(text);
        }
        self.tail(gate, file, u64::MAX)
    }

    fn chain(
        &self,
        gate: &mut Gate,
        file: &File,
        text: &str,
        (at, who, deed): (Ts, Who, Deed),
    ) -> Result<Entry, StoreError> {
        let last = last_entry(text);
        let (seq, prev) = last.map_or((1, String::new()), |last| (last.seq + 1, last.hash));
        let mut entry = Entry {
            seq,
            at,
            who,
            deed,
            prev,
            hash: String::new(),
        };
        entry.hash = digest(&entry);
        // A torn last line (power loss) is closed first, so that the new one stands alone.
        let mut line = if text.is_empty() || text.ends_with('\n') {
            String::new()
        } else {
            "\n".to_owned()
        };
        line.push_str(&serde_json::to_string(&entry).map_err(|e| self.failed("write")(e.into()))?);
        line.push('\n');
        let size = file.metadata().map_err(self.failed("read"))?.len();
        let written = gate
            .write_all(Call::LedgerWrite, file, line.as_bytes())
            .and_then(|()| gate.through(Call::LedgerSync, || file.sync_all()));
        if let Err(error) = written {
            // What is told not to be written must not be found there later. The lock is held: nobody else has written since.
            if let Err(error) = file.set_len(size) {
                tracing::warn!(%error, "a half-written line stays in the ledger");
            }
            return Err(self.failed("write")(error));
        }
        Ok(entry)
    }

    /// Every readable entry, in order.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(self
            .text()?
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// Lines, readable or not.
    pub fn lines(&self) -> Result<usize, StoreError> {
        Ok(self.text()?.lines().count())
    }

    /// Bytes written so far: it grew where another process said something.
    pub fn size(&self) -> u64 {
        std::fs::metadata(&self.0).map_or(0, |meta| meta.len())
    }

    /// Names every line that does not follow from the one before.
    pub fn verify(&self) -> Result<Vec<Broken>, StoreError> {
        let mut broken = Vec::new();
        let (mut seq, mut prev) = (0, String::new());
        for (at, line) in self.text()?.lines().enumerate() {
            let Ok(entry) = serde_json::from_str::<Entry>(line) else {
                broken.push(Broken {
                    line: at + 1,
                    what: "not a ledger entry".to_owned(),
                });
                continue;
            };
            let what = if entry.hash != digest(&entry) {
                Some("its content was changed after it was written".to_owned())
            } else if entry.seq != seq + 1 || entry.prev != prev {
                Some(format!(
                    "it does not follow entry {seq}: a line was removed, added or moved"
                ))
            } else {
                None
            };
            if let Some(what) = what {
                broken.push(Broken { line: at + 1, what });
            }
            (seq, prev) = (entry.seq, entry.hash);
        }
        Ok(broken)
    }

    pub(super) fn text(&self) -> Result<String, StoreError> {
        match std::fs::read(&self.0) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(e) => Err(StoreError::io(format!("cannot read {}", self.0.display()))(
                e,
            )),
        }
    }
}

/// The line may be one of an operation: the others need not be read for it.
pub(super) fn is_of_an_operation(line: &str) -> bool {
    ["intent", "outcome", "verified"]
        .iter()
        .any(|kind| line.contains(&format!("\"kind\":\"{kind}\"")))
}

fn last_entry(text: &str) -> Option<Entry> {
    let mut lines = text.lines().rev();
    lines.find_map(|line| serde_json::from_str::<Entry>(line).ok())
}

fn digest(entry: &Entry) -> String {
    let bare = Entry {
        hash: String::new(),
        ..entry.clone()
    };
    name_of(serde_json::to_string(&bare).unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests;
