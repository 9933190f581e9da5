//! What the ledger holds of an operation: what was meant, before anything is touched; what came of it; what became of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ledger::{Deed, Entry, Ledger, Who};
use super::{StoreError, ledger};
use crate::domain::id::{AgentId, FileId, OpId};
use crate::domain::ordered::{Because, Delta, DeltaSign, Effect, Ordered, Standing};
use crate::domain::redact;
use crate::domain::text::clean_within;
use crate::domain::time::Ts;
use crate::ops::{AppendTo, Change, Landed, Operator, Past, Raw, Request, TouchedTask};
use crate::sys::gate::Gate;

/// An operation before anything is touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub op: OpId,
    pub request: Request,
    /// What will happen, as it was confirmed.
    pub sentence: String,
    pub changes: Vec<Change>,
    /// The agent's folder; absolute.
    pub folder: PathBuf,
    /// Where the files of the changes lie, beneath it.
    pub files: Vec<(FileId, String)>,
    pub saw: Saw,
    /// Who carries it out: another process may only finish it once this one is gone.
    pub pid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_started: Option<u64>,
}

impl Intent {
    /// Where a file lies, beneath the agent's folder.
    pub fn file(&self, id: FileId) -> Option<&str> {
        let found = self.files.iter().find(|(known, _)| *known == id);
        found.map(|(_, path)| path.as_str())
    }
}

/// What was on the screen when it was confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saw {
    /// The task's state, in the word of the screen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Since when: the slot it was due at, else when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Ts>,
    /// `mutating, reversible`
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// Which attempt this is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// SHA-256 of the plan file, in hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub op: OpId,
    pub landed: Landed,
    pub sentence: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileOutcome>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<TouchedTask>,
    /// Found out by looking, after the process that began it was gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found_later: bool,
}

/// One file that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcome {
    pub file: String,
    /// A, B or C.
    pub level: String,
    pub before: String,
    pub after: String,
    /// The old file's name in `.rounds`, where it stays for a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displaced: Option<String>,
    #[serde(default)]
    pub collisions: u32,
}

/// What became of an operation some time after its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub op: OpId,
    /// Seconds after the outcome; absent where it was found out by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_s: Option<u64>,
    pub landed: Landed,
    pub sentence: String,
}

/// What the ledger knows of an operation that is to begin.
#[derive(Clone, Debug)]
pub enum Begun {
    /// It is written down.
    New,
    /// It was begun before: its intent, and its outcome where there is one.
    Known(Box<Intent>, Option<Box<Outcome>>),
}

/// One operation with all that became of it.
#[derive(Clone, Debug)]
pub struct Whole {
    pub at: Ts,
    pub who: Who,
    pub intent: Intent,
    pub outcome: Option<(Ts, Outcome)>,
    pub verified: Vec<(Ts, Verified)>,
}

impl Whole {
    pub fn landed(&self) -> Landed {
        let last = self.verified.last().map(|(_, verified)| verified.landed);
        last.or_else(|| self.outcome.as_ref().map(|(_, outcome)| outcome.landed))
            .unwrap_or(Landed::Open)
    }

    /// For a decision that depends on what was done before.
    pub fn past(&self) -> Past {
        let request = &self.intent.request;
        Past {
            op: self.intent.op.clone(),
            at: self.at,
            operator: Operator {
                uid: self.who.uid,
                tty: self.who.tty.clone(),
                ssh: self.who.ssh.clone(),
            },
            verb: request.verb,
            task: request.task.clone(),
            case: request.case.clone(),
            reason: request.reason.clone(),
            landed: self.landed(),
            touched: self
                .outcome
                .as_ref()
                .map_or_else(Vec::new, |(_, outcome)| outcome.touched.clone()),
            undoes: request.undoes.clone(),
        }
    }
}

impl Ledger {
    /// Writes an intent down, unless the same operation has been.
    ///
    /// # Errors
    /// The ledger cannot be read or written: nothing may be carried out then.
    pub fn begin(
        &self,
        gate: &mut Gate,
        at: Ts,
        who: Who,
        intent: Intent,
    ) -> Result<Begun, StoreError> {
        let op = intent.op.clone();
        let mut known = None;
        self.append_unless(gate, at, who, Deed::Intent(Box::new(intent)), |text| {
            known = of_text(text, Some(&op)).pop();
            known.is_some()
        })?;
        Ok(known.map_or(Begun::New, |known: Whole| {
            let outcome = known.outcome.map(|(_, outcome)| Box::new(outcome));
            Begun::Known(Box::new(known.intent), outcome)
        }))
    }

    /// Every operation, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn operations(&self) -> Result<Vec<Whole>, StoreError> {
        Ok(of_text(&self.text()?, None))
    }

    /// Operations on one agent, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn past(&self, agent: &AgentId) -> Result<Vec<Past>, StoreError> {
        let all = self.operations()?;
        let these = all
            .iter()
            .filter(|whole| whole.intent.request.agent == *agent);
        Ok(these.map(Whole::past).collect())
    }
}

/// Operations in a ledger's text; of one only, where it is named.
fn of_text(text: &str, only: Option<&OpId>) -> Vec<Whole> {
    let mut found: Vec<Whole> = Vec::new();
    let mut places: BTreeMap<OpId, usize> = BTreeMap::new();
    let lines = text.lines().filter(|line| {
        only.map_or_else(
            || ledger::is_of_an_operation(line),
            |op| line.contains(op.as_str()),
        )
    });
    for entry in lines.filter_map(|line| serde_json::from_str::<Entry>(line).ok()) {
        match entry.deed {
            Deed::Intent(intent) => {
                if only.is_some_and(|op| *op != intent.op) {
                    continue;
                }
                places.insert(intent.op.clone(), found.len());
                found.push(Whole {
                    at: entry.at,
                    who: entry.who,
                    intent: *intent,
                    outcome: None,
                    verified: Vec::new(),
                });
            }
            Deed::Outcome(outcome) => {
                if let Some(place) = places.get(&outcome.op) {
                    found[*place].outcome = Some((entry.at, *outcome));
                }
            }
            Deed::Verified(verified) => {
                if let Some(place) = places.get(&verified.op) {
                    found[*place].verified.push((entry.at, verified));
                }
            }
            Deed::StandupDone { .. }
            | Deed::Acknowledged(_)
            | Deed::Snoozed { .. }
            | Deed::TakenBack(_)
            | Deed::PlanWritten { .. }
            | Deed::InsightsRead { .. }
            | Deed::RetroNote { .. }
            | Deed::GapJudged { .. }
            | Deed::Coded { .. }
            | Deed::Maintenance { .. } => {}
        }
    }
    found
}

/// An operation in words.
impl Whole {
    /// What came of it, as far as is known.
    fn sentence(&self) -> String {
        let verified = self
            .verified
            .last()
            .filter(|(_, v)| v.landed != Landed::Done);
        match (verified, &self.outcome) {
            (Some((_, verified)), _) => verified.sentence.clone(),
            (None, Some((_, outcome))) => outcome.sentence.clone(),
            (None, None) => format!("{}; its outcome is not known yet", self.intent.sentence),
        }
    }

    fn standing(&self, undone: Option<Ts>) -> Standing {
        match (self.landed(), undone) {
            (_, Some(at)) => Standing::Undone(at),
            (Landed::Open, None) => Standing::Open,
            (Landed::Done, None) if self.verified.is_empty() => Standing::Done,
            (Landed::Done, None) => Standing::Verified,
            (Landed::NotApplied, None) => Standing::NotApplied,
            (Landed::Conflicted, None) => Standing::Conflicted,
            (Landed::Unknown, None) => Standing::Unknown,
        }
    }

    fn ordered(&self, undone: Option<Ts>) -> Ordered {
        let (request, saw) = (&self.intent.request, &self.intent.saw);
        let files = || self.outcome.iter().flat_map(|(_, outcome)| &outcome.files);
        Ordered {
            op: self.intent.op.clone(),
            at: self.at,
            verb: request.verb,
            agent: request.agent.clone(),
            task: request.task.clone(),
            who: self.who.shown(),
            because: Because {
                reason: request.reason().map(|reason| clean_within(reason, 200)),
                state: clean_within(&saw.state, 40),
                since: saw.since,
                tier: clean_within(&saw.tier, 40),
                attempt: saw.attempt,
            },
            standing: self.standing(undone),
            sentence: clean_within(&self.sentence(), 600),
            level: files()
                .map(|file| file.level.clone())
                .max()
                .unwrap_or_default(),
            changed: self.changed(),
            kept: files().find_map(|file| file.displaced.clone()),
            undoes: request.undoes.clone(),
            effect: Effect::default(),
        }
    }

    /// What was written where it was carried out, else what was to be written.
    fn changed(&self) -> Vec<Delta> {
        let mut deltas = Vec::new();
        let touched = self
            .outcome
            .iter()
            .flat_map(|(_, outcome)| &outcome.touched);
        for one in touched {
            deltas.push(delta(
                DeltaSign::Of,
                &format!("{} {}", one.file.path, one.task),
            ));
            for member in &one.members {
                let line = |raw: &Raw| format!("\"{}\": {}", member.member.word(), raw.text());
                let (before, after) = (member.before.as_ref(), member.after.as_ref());
                deltas.extend(before.map(|raw| delta(DeltaSign::Removed, &line(raw))));
                deltas.extend(after.map(|raw| delta(DeltaSign::Added, &line(raw))));
            }
        }
        for change in &self.intent.changes {
            let (of, text) = match change {
                Change::Append(append) => {
                    let to = match &append.to {
                        AppendTo::Inbox => "inbox.jsonl".to_owned(),
                        AppendTo::Wal(file) => file.path.to_string(),
                    };
                    (to, append.line.clone())
                }
                Change::Act(act) => ("the command of the config".to_owned(), act.argv.join(" ")),
                Change::Rewrite(rewrite) => {
                    deltas.push(delta(DeltaSign::Of, &rewrite.file.path.to_string()));
                    deltas.push(delta(
                        DeltaSign::Removed,
                        &format!("the file {}", &rewrite.before),
                    ));
                    deltas.push(delta(
                        DeltaSign::Added,
                        &format!("the file {}", &rewrite.after),
                    ));
                    continue;
                }
                Change::Edit(_) | Change::Ledger(_) => continue,
            };
            deltas.push(delta(DeltaSign::Of, &of));
            deltas.push(delta(DeltaSign::Added, &text));
        }
        deltas
    }
}

fn delta(sign: DeltaSign, text: &str) -> Delta {
    Delta {
        sign,
        text: redact::redact(&clean_within(text, 400)).into_owned(),
    }
}

/// Operations for people, oldest first; what was taken back says so.
pub fn ordered(operations: &[Whole]) -> Vec<Ordered> {
    let undoes = operations
        .iter()
        .filter(|whole| whole.landed() == Landed::Done)
        .filter_map(|whole| Some((whole.intent.request.undoes.as_ref()?, whole.at)));
    let undone: BTreeMap<&OpId, Ts> = undoes.collect();
    operations
        .iter()
        .map(|whole| whole.ordered(undone.get(&whole.intent.op).copied()))
        .collect()
}
