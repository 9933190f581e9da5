//! What is known about each agent: the input of every verdict.
//!
//! Facts are assembled once, by the keeper while mirroring or by the reader for a past moment, and are the same in any
//! order of arrival. They hold no verdicts. Texts are kept only for records that a sentence may quote
//! ([`AgentFacts::items`]); everything else is reached through its [`Locus`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::action::Step;
use super::heartbeat::{Cost, Item, ItemClass, Process, RunStatus, Surety};
use super::id::{AgentId, FileId, ItemId, Locus, RunId, TaskId};
use super::kept::{Question, TrackedChange};
use super::lock::Lock;
use super::proof::Proof;
use super::schedule::Plan;
use super::text::Untrusted;
use super::time::{Day, Span, Ts};

/// A heartbeat without its texts: the row of the mirror.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// When it was written; by arrival where the writer's clock is wrong ([`clock_off`](Self::clock_off)).
    pub at: Ts,
    pub surety: Surety,
    /// The written time was more than 48 h from the file's, or more than 2 min in the future.
    pub clock_off: bool,
    /// When rounds saw it appear; absent for history read later.
    pub seen: Option<Ts>,
    pub status: RunStatus,
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
    pub due: Option<Ts>,
    pub started: Option<Ts>,
    pub duration: Option<Span>,
    pub next: Option<Ts>,
    pub epoch: Option<u64>,
    pub did: u32,
    pub skipped: u32,
    pub failed: u32,
    /// Interned items in the order written, each with its class.
    pub items: Vec<(ItemClass, ItemId)>,
    pub extra: Option<Box<Extra>>,
    /// An item of it names a key, a target or a tier that changes something: it may be a duplicate.
    pub acts: bool,
    pub locus: Locus,
}

/// What few records carry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// The status as written, where it is not one of the contract's words.
    pub word: Option<Untrusted>,
    pub resources: Vec<Untrusted>,
    pub process: Option<Process>,
    pub error_type: Option<Untrusted>,
    pub cost: Option<Cost>,
}

/// What a file is to its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileRole {
    Log,
    Plan,
    Insights,
    Wal,
    Lock,
    /// Its modification time is its only word.
    LifeSign,
    /// Text for people: shown, never counted.
    Document,
}

/// Whether the last look at a file succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileState {
    Good,
    /// It does not parse; the last good reading stands.
    Torn {
        since: Ts,
        what: String,
    },
    /// It cannot be opened.
    Unreadable {
        since: Ts,
        what: String,
    },
    Gone {
        since: Ts,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    pub id: FileId,
    /// Relative to the fleet's root where it lies beneath one.
    pub path: Untrusted,
    pub role: FileRole,
    pub size: u64,
    pub modified: Ts,
    pub state: FileState,
    /// Records that could not be read in full.
    pub damaged: u32,
    /// The latest damage, in words.
    pub damage: Option<Untrusted>,
    /// When that damage was read for the first time.
    pub damage_at: Option<Ts>,
}

/// One version of a plan, and when it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion {
    pub plan: Arc<Plan>,
    pub file: FileId,
    /// From when it counts: when it was seen; for history `generated`, else 00:00 of its date, else the file's time.
    pub known: Ts,
    /// SHA-256 of the bytes, in hex: the name under `versions/`.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFact {
    pub step: Step,
    pub locus: Locus,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFact {
    pub lock: Lock,
    pub file: FileId,
    pub modified: Ts,
    /// How often its holder renewed it while rounds looked.
    #[serde(default)]
    pub renewals: u32,
}

/// A run that did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    pub task: Option<TaskId>,
    pub at: Ts,
    pub locus: Locus,
}

/// What an agent worked on in one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetDay {
    pub day: Day,
    /// Hashes of the distinct targets of what it did.
    pub targets: BTreeSet<u64>,
}

/// Everything known about one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentFacts {
    pub id: AgentId,
    /// The agent's folder, for people.
    pub folder: Untrusted,
    pub files: Vec<FileFacts>,
    /// Names of files in other agents' folders in which records of this one stand: for evidence only, since what
    /// happens to them is their owners' news.
    pub elsewhere: BTreeMap<FileId, Untrusted>,
    /// By time, then place. Of the last 36 h all that plans name, all that did not go plainly well, and the last of each
    /// hour; and the last 40 of every task however old.
    pub beats: Vec<Beat>,
    /// The first beat ever seen, for first days with few samples.
    pub first_beat: Option<Ts>,
    /// By time, the last 48 h.
    pub steps: Vec<StepFact>,
    /// By `known`: every version of the last 11 days, and the newest standing plan.
    pub plans: Vec<PlanVersion>,
    pub locks: Vec<LockFact>,
    /// What it asks in its outbox.
    pub questions: Vec<Question>,
    /// By time, the last two days: how its tracking files changed.
    pub tracked: Vec<TrackedChange>,
    pub insights_changed: Option<Ts>,
    /// When the newest of the agent's own files changed.
    pub last_change: Option<Ts>,
    /// Processes that open claims, open runs and locks of this host name, and that no longer run. Looked up by the keeper;
    /// empty for past moments.
    pub gone: Vec<Process>,
    /// The last run of each task that did anything, however old: what a streak of skips is measured against.
    pub successes: Vec<Success>,
    /// Tasks whose newest run listed nothing, and of which a run older than what is at hand listed nothing either.
    #[serde(default)]
    pub idled: BTreeSet<TaskId>,
    /// Of the skipped items that call themselves done already, those whose doing stands anywhere in the whole history (a
    /// run, a step, an entry of a tracking file), and where. Absent where nobody looked; then only an agent whose whole history is in
    /// `beats` is judged.
    pub proofs: Option<BTreeMap<ItemId, Proof>>,
    /// Distinct targets by day, the last 28 days that had any.
    pub targets: Vec<TargetDay>,
    /// Texts of the records that a sentence may quote.
    pub items: BTreeMap<ItemId, Item>,
}

impl AgentFacts {
    pub fn new(id: AgentId, folder: Untrusted) -> Self {
        Self {
            id,
            folder,
            files: Vec::new(),
            elsewhere: BTreeMap::new(),
            beats: Vec::new(),
            first_beat: None,
            steps: Vec::new(),
            plans: Vec::new(),
            locks: Vec::new(),
            questions: Vec::new(),
            tracked: Vec::new(),
            insights_changed: None,
            last_change: None,
            gone: Vec::new(),
            successes: Vec::new(),
            idled: BTreeSet::new(),
            proofs: None,
            targets: Vec::new(),
            items: BTreeMap::new(),
        }
    }

    pub fn file(&self, id: FileId) -> Option<&FileFacts> {
        self.files.iter().find(|file| file.id == id)
    }

    /// How people know a file in which a record of this agent stands.
    pub fn path(&self, id: FileId) -> Option<&Untrusted> {
        let own = self.file(id).map(|file| &file.path);
        own.or_else(|| self.elsewhere.get(&id))
    }

    /// Takes over the agent's own files, and names the others that its records stand in.
    pub fn set_files(&mut self, files: Vec<FileFacts>, name: impl Fn(FileId) -> Option<Untrusted>) {
        self.files = files;
        let places = self.beats.iter().map(|beat| beat.locus.file);
        let places = places.chain(self.steps.iter().map(|step| step.locus.file));
        let places = places.chain(self.plans.iter().map(|p| p.file));
        // Nearly all lines stand in the file of the line before.
        let mut last = None;
        let places = places.filter(|file| last.replace(*file) != Some(*file));
        let places: BTreeSet<FileId> = places.collect();
        let foreign = places.into_iter().filter(|id| self.file(*id).is_none());
        self.elsewhere = foreign.filter_map(|id| Some((id, name(id)?))).collect();
    }
}

/// How well rounds itself can see. `Default` is perfect sight at the dawn of time; the keeper fills it in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// When the agents' files were last looked at in full.
    pub last_look: Ts,
    /// How often they are.
    pub period: Span,
    /// When rounds began to look; a gap before it is nobody's fault.
    pub began: Ts,
    /// When the machine last woke.
    pub woke: Option<Ts>,
    /// Recorded sleeps and gaps in looking, by time: not counted as silence.
    pub gaps: Vec<(Ts, Ts)>,
    /// Of these the ones in which the whole machine slept or was off: slots inside them are nobody's fault. A gap in
    /// looking alone excuses no slot, since the agents went on.
    pub sleeps: Vec<(Ts, Ts)>,
}
