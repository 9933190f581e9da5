//! The immutable snapshot that screens and reports are drawn from.
//!
//! Every text in it that came from an agent is `Untrusted` or already a sanitised sentence.

mod event;
mod health;
mod state;
mod tally;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::agent::{AgentState, Cadence};
use super::facts::FileFacts;
use super::finding::{Evidence, Finding, Threshold};
use super::heartbeat::RunStatus;
use super::id::{AgentId, Locus, RunId, TaskId};
use super::link::Link;
use super::lock::LockView;
use super::log::Tail;
use super::offer::Offer;
use super::policy::Sourced;
use super::proof::Proof;
use super::text::Untrusted;
use super::time::{Ts, Zone};
use super::told::Told;

pub use event::{Event, Happened};
pub use health::{Filling, Health, Mode};
pub use state::{RowState, TaskState};
pub use tally::{Counts, RunTally, TaskTally};
pub use task::{Declared, TaskView};

/// What is planned today of one limited action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    pub action: Untrusted,
    pub planned: u32,
    pub most: u32,
}

/// One run as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub id: Option<RunId>,
    pub task: Option<TaskId>,
    pub start: Ts,
    pub end: Option<Ts>,
    pub status: RunStatus,
    /// A start without an end, and a later start or T passed.
    pub unfinished: bool,
    pub locus: Locus,
}

/// The reasoning behind an agent's or a task's state, healthy or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoning {
    /// Sentences, most telling first: the signal and its age, the threshold and its source, when it would fire.
    pub lines: Vec<String>,
    pub threshold: Option<Threshold>,
    pub evidence: Vec<Evidence>,
    /// The next moment this verdict can change without new facts.
    pub changes_at: Option<Ts>,
}

/// One agent as screens and reports show it.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentView {
    pub id: AgentId,
    pub folder: Untrusted,
    pub zone: Sourced<Zone>,
    pub state: AgentState,
    pub row: RowState,
    /// Since when the row looks like this: of a row in trouble the beginning of what makes it so. `None` for healthy rows.
    pub since: Option<Ts>,
    pub reasoning: Reasoning,
    pub cadence: Option<Cadence>,
    pub last_beat: Option<Ts>,
    pub last_locus: Option<Locus>,
    pub next_due: Option<Ts>,
    pub counts: Counts,
    pub runs: RunTally,
    pub tally: TaskTally,
    pub tasks: Vec<TaskView>,
    /// Of its tasks what today's list does not hold and an order may still be about: what yesterday left open, and tasks
    /// that are due on other days. Nothing of it counts in the tally.
    pub other_days: Vec<TaskView>,
    /// Of the limits of today's plan.
    pub capacity: Vec<Capacity>,
    /// "what happened": one already sanitised sentence, cut by the screen.
    pub headline: String,
    /// Where the headline's proof stands.
    pub headline_locus: Option<Locus>,
    /// Newest first.
    pub events: Vec<Event>,
    pub files: Vec<FileFacts>,
    /// The agent's last 20 runs name no task, so its plan is not judged.
    pub unjudged: bool,
    /// Runs per hour over the last 24 h with the worst state of each: the day strip. Oldest first.
    pub strip: [Option<RowState>; 24],
    /// Skips of the last day that call themselves done, each with what shows it. Newest first.
    pub proven: Vec<Proven>,
}

impl AgentView {
    /// What an order can be about: today's tasks, then those of other days.
    pub fn every_task(&self) -> impl DoubleEndedIterator<Item = &TaskView> + Clone {
        self.tasks.iter().chain(&self.other_days)
    }

    /// What failed: items, and of an agent that names none at least its failed runs.
    pub fn failed(&self) -> u32 {
        self.counts.failed.max(self.runs.failed)
    }

    /// What was skipped: items, and of an agent that names none at least its skipped runs.
    pub fn skipped(&self) -> u32 {
        self.counts.skipped.max(self.runs.skipped)
    }
}

/// "Already done", and what shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    pub what: Untrusted,
    /// The task whose run skipped it.
    pub task: Option<TaskId>,
    /// When it was skipped, and where that stands.
    pub at: Ts,
    pub skip: Locus,
    pub proof: Proof,
    /// Where the proof stands.
    pub place: Option<Evidence>,
}

/// Everything a screen needs, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub at: Ts,
    /// The standup mark: counts are since then.
    pub since: Ts,
    pub zone: Option<Zone>,
    /// The moment is not now: the board as it was.
    pub past: bool,
    /// By name; screens order as they need.
    pub agents: Vec<Arc<AgentView>>,
    /// Worst first.
    pub findings: Vec<Arc<Finding>>,
    /// What of them is told, and what flaps: the queue. Worst first.
    pub told: Vec<Told>,
    /// Every file was looked at since rounds began: what is not told is over, and not merely unseen.
    pub settled: bool,
    /// What ties slots of today together and is wrong.
    pub links: Vec<Link>,
    /// Who holds which resource, and who waits for it: by resource.
    pub locks: Vec<LockView>,
    /// What can be done about each case, by its id: for reports. Empty where a screen asks for what it shows.
    pub offers: BTreeMap<String, Vec<Offer>>,
    pub health: Health,
    /// Counts up with every snapshot of this process.
    pub version: u64,
    /// The lines of the log that came last.
    pub tail: Arc<Tail>,
}

impl Fleet {
    pub fn zone(&self) -> Zone {
        self.zone.unwrap_or(Zone::UTC)
    }

    /// Everything that is found or still told, worst first, each with what was told of it: a case may be found and not
    /// told yet (one sweep of grace), or told and not found this moment (it flaps, or rounds is blind).
    pub fn cases(&self) -> Vec<(&Arc<Finding>, Option<&Told>)> {
        let told: BTreeMap<String, &Told> = self.told.iter().map(|t| (t.finding.id(), t)).collect();
        let mut found = BTreeSet::new();
        let mut cases: Vec<(&Arc<Finding>, Option<&Told>)> = Vec::new();
        for finding in &self.findings {
            let id = finding.id();
            cases.push((finding, told.get(&id).copied()));
            found.insert(id);
        }
        let gone = told.iter().filter(|(id, _)| !found.contains(*id));
        cases.extend(gone.map(|(_, told)| (&told.finding, Some(*told))));
        cases
    }

    /// What is told of a finding.
    pub fn told_of(&self, finding: &Finding) -> Option<&Told> {
        let of = |one: &Finding| (one.since, one.kind);
        let same = |told: &&Told| {
            let one = &told.finding;
            of(one) == of(finding) && one.agent == finding.agent && one.task == finding.task
        };
        self.told.iter().find(same)
    }

    pub fn agent(&self, id: &AgentId) -> Option<&Arc<AgentView>> {
        self.agents.iter().find(|agent| &agent.id == id)
    }
}
