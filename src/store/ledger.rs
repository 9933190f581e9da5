//! `ledger.jsonl`: what the operator did. Append-only, hash-chained, fsynced, for ever.
//!
//! Each line carries the hash of the one before, so that any change, removal or reordering shows at its line.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::operation::{Intent, Outcome, Verified};
use super::versions::name_of;
use crate::domain::failure::Code;
use crate::domain::finding::{Finding, Severity};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::policy::{GapFlag, Maintenance};
use crate::domain::retro::{RetroSaid, Verdict, VerdictKind, of_gap_id};
use crate::domain::text::{Untrusted, clean_within};
use crate::domain::time::{Ts, Zone};
use crate::domain::told::{Said, Spoken};
use crate::sys::file::{append_private, lock};
use crate::sys::gate::{Call, Gate};
use crate::sys::process;

/// As much of the ledger's end is read to go on from its last line, in bytes.
const TAIL: u64 = 64 * 1024;

/// What a line records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// The standup was read up to `until`: counts start again from there.
    StandupDone { until: Ts },
    /// A finding was seen and counts no more.
    Acknowledged(Case),
    /// A finding counts no more until then.
    Snoozed {
        #[serde(flatten)]
        of: Case,
        until: Ts,
    },
    /// What was said about a finding is taken back.
    TakenBack(Case),
    /// Findings of an agent, or of all, are silenced until then. A moment that has passed ends what stood.
    Maintenance { agent: Option<AgentId>, until: Ts },
    /// An agent's insights were read, in this version.
    InsightsRead { agent: AgentId, sha256: String },
    /// What the operator notes on a week; the latest stands.
    RetroNote { week: String, text: String },
    /// What the operator says of a slot that nothing accounts for.
    GapJudged {
        gap: String,
        agent: AgentId,
        verdict: VerdictKind,
        why: String,
    },
    /// Why an incident came about, in a word that can be counted; none takes it back.
    Coded {
        case: String,
        agent: AgentId,
        code: Option<Code>,
    },
    /// A plan was put into an agent's folder.
    PlanWritten {
        agent: AgentId,
        /// Beneath the agent's folder.
        file: String,
        /// SHA-256 of its bytes.
        sha256: String,
    },
    /// An operation is about to be carried out.
    Intent(Box<Intent>),
    /// What came of it.
    Outcome(Box<Outcome>),
    /// What became of it since.
    Verified(Verified),
}

/// The finding that something was said about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// [`Finding::id`]
    pub case: String,
    pub finding: String,
    pub severity: String,
    pub agent: AgentId,
    pub task: Option<TaskId>,
}

impl Case {
    pub fn of(finding: &Finding) -> Self {
        Self {
            case: finding.id(),
            finding: finding.kind.word().to_owned(),
            severity: finding.severity.word().to_owned(),
            agent: finding.agent.clone(),
            task: finding.task.clone(),
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u64,
    pub at: Ts,
    pub who: Who,
    #[serde(flatten)]
    pub deed: Deed,
    /// Hash of the line before; empty on the first.
    pub prev: String,
    /// SHA-256 of this line without this field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// Who did it, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub uid: u32,
    pub host: String,
    /// Set where the session came over SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
}

impl Who {
    /// The user of this process.
    pub fn here() -> Self {
        let ssh = std::env::var("SSH_CONNECTION")
            .ok()
            .and_then(|v| v.split(' ').next().map(str::to_owned));
        let host = process::host();
        Self {
            uid: rustix::process::getuid().as_raw(),
            host,
            ssh,
            tty: process::terminal(),
        }
    }
}

impl Who {
    /// "uid 1001 on tty3 from 10.0.0.7".
    pub fn shown(&self) -> String {
        let part = |word: &str, text: &Option<String>| {
            text.as_deref().map_or_else(String::new, |text| {
                format!(" {word} {}", clean_within(text, 40))
            })
        };
        format!(
            "uid {}{}{}",
            self.uid,
            part("on", &self.tty),
            part("over SSH from", &self.ssh)
        )
    }
}

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

    /// From when a standup at a moment counts: the latest mark of before it that was set by then; without one, the start
    /// of the day before.
    pub fn mark_in_force(&self, zone: Zone, at: Ts) -> Result<Ts, StoreError> {
        let mark = self.standup_mark(at)?;
        Ok(mark.unwrap_or_else(|| zone.start_of(zone.day_of(at).plus(-1))))
    }

    fn standup_mark(&self, at: Ts) -> Result<Option<Ts>, StoreError> {
        let text = self.text()?;
        let marks = text
            .lines()
            .rev()
            .filter(|line| line.contains("\"standup_done\""));
        let entries = marks.filter_map(|line| serde_json::from_str::<Entry>(line).ok());
        let mut known = entries.filter(|entry| entry.at <= at);
        Ok(known.find_map(|entry| match entry.deed {
            Deed::StandupDone { until } => Some(until).filter(|&until| until < at),
            Deed::Acknowledged(_)
            | Deed::Snoozed { .. }
            | Deed::TakenBack(_)
            | Deed::Maintenance { .. }
            | Deed::InsightsRead { .. }
            | Deed::RetroNote { .. }
            | Deed::GapJudged { .. }
            | Deed::Coded { .. }
            | Deed::PlanWritten { .. }
            | Deed::Intent(_)
            | Deed::Outcome(_)
            | Deed::Verified(_) => None,
        }))
    }

    /// Everything that was said at retros by a moment.
    pub fn retro(&self, by: Ts) -> Result<RetroSaid, StoreError> {
        let mut said = RetroSaid::default();
        for entry in self.entries()?.into_iter().filter(|entry| entry.at <= by) {
            match entry.deed {
                Deed::InsightsRead { sha256, .. } => {
                    said.read.insert(sha256);
                }
                Deed::RetroNote { week, text } if text.trim().is_empty() => {
                    said.notes.remove(&week);
                }
                Deed::RetroNote { week, text } => {
                    said.notes.insert(week, Untrusted::from(text));
                }
                Deed::GapJudged {
                    gap, verdict, why, ..
                } => {
                    let why = Untrusted::from(why);
                    said.verdicts.insert(gap, Verdict { kind: verdict, why });
                }
                Deed::Coded { case, code, .. } => {
                    match code {
                        Some(code) => said.codes.insert(case, code),
                        None => said.codes.remove(&case),
                    };
                }
                Deed::StandupDone { .. }
                | Deed::Acknowledged(_)
                | Deed::Snoozed { .. }
                | Deed::TakenBack(_)
                | Deed::Maintenance { .. }
                | Deed::PlanWritten { .. }
                | Deed::Intent(_)
                | Deed::Outcome(_)
                | Deed::Verified(_) => {}
            }
        }
        Ok(said)
    }

    /// What the operator had said by a moment.
    pub fn spoken(&self, by: Ts) -> Result<Spoken, StoreError> {
        let mut spoken = Spoken::default();
        for entry in self.entries()?.into_iter().filter(|entry| entry.at <= by) {
            let at = entry.at;
            match entry.deed {
                Deed::StandupDone { .. }
                | Deed::InsightsRead { .. }
                | Deed::RetroNote { .. }
                | Deed::Coded { .. }
                | Deed::PlanWritten { .. }
                | Deed::Intent(_)
                | Deed::Outcome(_)
                | Deed::Verified(_) => {}
                Deed::GapJudged {
                    gap,
                    agent,
                    verdict,
                    why,
                } => {
                    if let Some((task, slot)) = of_gap_id(&gap, &agent) {
                        let why = Untrusted::from(why);
                        let flag = GapFlag {
                            agent,
                            task,
                            slot,
                            at,
                            why,
                        };
                        spoken.judge(flag, verdict);
                    }
                }
                Deed::Acknowledged(of) => {
                    let said = (Said::Acknowledged, severity(&of));
                    spoken.cases.insert(of.case, said);
                }
                Deed::Snoozed { of, until } => {
                    let said = (Said::SnoozedUntil(until), severity(&of));
                    spoken.cases.insert(of.case, said);
                }
                Deed::TakenBack(of) => {
                    spoken.cases.remove(&of.case);
                }
                Deed::Maintenance { agent, until } => spoken.maintain(Maintenance {
                    agent,
                    from: at,
                    to: until,
                }),
            }
        }
        Ok(spoken)
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

fn severity(of: &Case) -> Severity {
    let named = Severity::ALL
        .into_iter()
        .find(|known| known.word() == of.severity);
    named.unwrap_or(Severity::Critical)
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
