//! `seen.jsonl`: what only rounds saw, append-only. Which version of a file was there when, and gaps in looking.
//!
//! With the agents' files and the versions it is enough to rebuild the mirror.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::time::Ts;
use crate::sys::file::{append_private, lock};

/// Bytes that are read of the log at once.
const BLOCK: usize = 64 << 10;

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

    /// In bytes. Nothing is ever taken out of it.
    pub fn size(&self) -> u64 {
        std::fs::metadata(&self.0).map_or(0, |meta| meta.len())
    }

    /// The gaps that had not ended by a moment. Few lines tell of one, so that the others are not even taken apart.
    pub fn gaps(&self, since: Ts) -> Result<Gaps, StoreError> {
        let (mut found, names_one) = (Gaps::default(), Finder::new(b"\"gap\""));
        self.read(|line| {
            if names_one.find(line).is_some()
                && let Ok(Seen::Gap { from, to, asleep }) = serde_json::from_slice(line)
                && to > since
            {
                found.gaps.push((from, to));
                if asleep {
                    found.sleeps.push((from, to));
                }
            }
        })?;
        Ok(found)
    }

    /// Every readable line; a torn one is passed over.
    pub fn all(&self) -> Result<Vec<Seen>, StoreError> {
        let mut all = Vec::new();
        self.read(|line| all.extend(serde_json::from_slice::<Seen>(line)))?;
        Ok(all)
    }

    /// Hands over one line after another. The log has no bound, so that it is never held whole.
    fn read(&self, mut each: impl FnMut(&[u8])) -> Result<(), StoreError> {
        let failed = || StoreError::io(format!("cannot read {}", self.0.display()));
        let file = match File::open(&self.0) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.map_err(failed())?,
        };
        let (mut file, mut line) = (BufReader::with_capacity(BLOCK, file), Vec::new());
        while file.read_until(b'\n', &mut line).map_err(failed())? > 0 {
            each(&line);
            line.clear();
        }
        Ok(())
    }
}

/// The versions of every file, in the order in which they were seen: the log is read once, and then what is new in it.
#[derive(Debug, Default)]
pub struct Sightings {
    read_to: u64,
    of_file: HashMap<(String, String), Vec<Sighted>>,
}

impl Sightings {
    /// The versions of one file.
    pub fn of(
        &mut self,
        log: &SeenLog,
        root: &str,
        relative: &str,
    ) -> Result<Vec<Sighted>, StoreError> {
        self.catch_up(log)
            .map_err(StoreError::io(format!("cannot read {}", log.0.display())))?;
        let found = self.of_file.get(&(root.to_owned(), relative.to_owned()));
        Ok(found.cloned().unwrap_or_default())
    }

    fn catch_up(&mut self, log: &SeenLog) -> io::Result<()> {
        let mut file = match File::open(&log.0) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                *self = Self::default();
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        let size = file.metadata()?.len();
        if size < self.read_to {
            // Another log: nobody cuts one short.
            *self = Self::default();
        }
        if size == self.read_to {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.read_to))?;
        let mut new = Vec::new();
        file.read_to_end(&mut new)?;
        // A line that has no end yet is read when it has one.
        let whole = memchr::memrchr(b'\n', &new).map_or(0, |end| end + 1);
        for line in new[..whole].split(|byte| *byte == b'\n') {
            if memchr::memmem::find(line, b"\"version\"").is_some()
                && let Ok(Seen::Version {
                    at,
                    root,
                    relative,
                    hash,
                    modified,
                    known,
                }) = serde_json::from_slice(line)
            {
                let versions = self.of_file.entry((root, relative)).or_default();
                versions.push(Sighted {
                    at,
                    hash,
                    modified,
                    known,
                });
            }
        }
        self.read_to += whole as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(relative: &str, hash: &str, at: i64) -> Seen {
        Seen::Version {
            at: Ts(at),
            root: "/fleet".to_owned(),
            relative: relative.to_owned(),
            hash: hash.to_owned(),
            modified: Ts(at),
            known: None,
        }
    }

    #[test]
    fn gaps_are_found_between_versions_and_a_torn_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let log = SeenLog::in_state(folder.path());
        assert_eq!(log.gaps(Ts(0)).unwrap(), Gaps::default());
        let gap = |from, to, asleep| {
            let (from, to) = (Ts(from), Ts(to));
            log.append(&Seen::Gap { from, to, asleep }).unwrap();
        };
        gap(1, 2, true);
        log.append(&version("gap", "1", 3)).unwrap();
        gap(3, 5, false);
        gap(6, 9, true);
        let mut file = append_private(&log.0).unwrap();
        file.write_all(b"{\"seen\":\"gap\",\"from\":10,").unwrap();
        let found = log.gaps(Ts(2)).unwrap();
        assert_eq!(found.gaps, [(Ts(3), Ts(5)), (Ts(6), Ts(9))]);
        assert_eq!(found.sleeps, [(Ts(6), Ts(9))]);
        file.write_all(b"\n").unwrap();
        gap(11, 12, false);
        assert_eq!(log.gaps(Ts(9)).unwrap().gaps, [(Ts(11), Ts(12))]);
    }

    #[test]
    fn sightings_grow_with_the_log_and_begin_again_with_another() {
        let folder = tempfile::tempdir().unwrap();
        let log = SeenLog::in_state(folder.path());
        let mut sightings = Sightings::default();
        let mut hashes = |relative: &str| -> Vec<String> {
            let found = sightings.of(&log, "/fleet", relative).unwrap();
            found.into_iter().map(|one| one.hash).collect()
        };
        assert!(hashes("a").is_empty(), "there is no log yet");
        log.append(&version("a", "1", 1)).unwrap();
        log.append(&version("b", "2", 2)).unwrap();
        let (from, to) = (Ts(3), Ts(4));
        let asleep = false;
        log.append(&Seen::Gap { from, to, asleep }).unwrap();
        assert_eq!(hashes("a"), ["1"]);
        log.append(&version("a", "3", 5)).unwrap();
        assert_eq!(hashes("a"), ["1", "3"]);
        assert_eq!(hashes("b"), ["2"]);

        let line = serde_json::to_string(&version("a", "4", 6)).unwrap();
        let (half, rest) = line.split_at(line.len() / 2);
        let mut file = append_private(&log.0).unwrap();
        file.write_all(half.as_bytes()).unwrap();
        assert_eq!(hashes("a"), ["1", "3"], "the line has no end yet");
        file.write_all(format!("{rest}\n").as_bytes()).unwrap();
        assert_eq!(hashes("a"), ["1", "3", "4"]);

        std::fs::remove_file(&log.0).unwrap();
        log.append(&version("a", "5", 7)).unwrap();
        assert_eq!(hashes("a"), ["5"]);
    }
}
