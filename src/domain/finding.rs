//! A verdict with its proof.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::action::{Reversible, Tier};
use super::id::{AgentId, Locus, TaskId};
use super::policy::Source;
use super::text::Untrusted;
use super::time::Ts;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown, but never changes an exit status.
    Info,
    Warning,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How far what is wrong reaches: of two cases of one severity the wider comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blast {
    /// A file or a plan: nothing outside is touched.
    #[default]
    None,
    ReadOnly,
    AppendOnly,
    /// Changes something, and can take it back.
    Mutating,
    /// Nobody declared what it changes, or whether that can be taken back.
    Undeclared,
    Irreversible,
    /// More than one agent.
    Fleet,
}

impl Blast {
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::ReadOnly,
        Self::AppendOnly,
        Self::Mutating,
        Self::Undeclared,
        Self::Irreversible,
        Self::Fleet,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::ReadOnly => "read-only",
            Self::AppendOnly => "append-only",
            Self::Mutating => "mutating",
            Self::Undeclared => "undeclared",
            Self::Irreversible => "irreversible",
            Self::Fleet => "fleet",
        }
    }

    /// What it may change; what is undeclared counts as changing.
    pub fn tier(self) -> Option<Tier> {
        match self {
            Self::None => None,
            Self::ReadOnly => Some(Tier::ReadOnly),
            Self::AppendOnly => Some(Tier::AppendOnly),
            Self::Mutating | Self::Undeclared | Self::Irreversible | Self::Fleet => {
                Some(Tier::Mutating)
            }
        }
    }

    /// Of what a task declares.
    pub fn of(tier: Option<Tier>, reversible: Reversible) -> Self {
        match (tier, reversible) {
            (Some(Tier::ReadOnly), _) => Self::ReadOnly,
            (Some(Tier::AppendOnly), _) => Self::AppendOnly,
            (Some(Tier::Mutating), Reversible::Yes) => Self::Mutating,
            (Some(Tier::Mutating), Reversible::No) => Self::Irreversible,
            (Some(Tier::Mutating), Reversible::Undeclared) | (None, _) => Self::Undeclared,
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal,)*) => {
        /// What was found. The word is the one in JSON, in config and in `docs/rules.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingKind { $($(#[$doc])* $kind,)* }

        impl FindingKind {
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.word() == word)
            }
        }
    };
}

/// By its word, so that what was kept outlives the order of the kinds.
impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for FindingKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::parse(&word).ok_or_else(|| Error::custom("no finding of this version"))
    }
}

kinds! {
    /// A slot passed, nothing errored, and the agent ran on without it.
    SkippedSilently "skipped_silently",
    /// A slot passed and the agent did not run.
    Missed "missed",
    /// A slot passed and its grace still runs.
    Late "late",
    AgentLate "agent_late",
    AgentStale "agent_stale",
    AgentDown "agent_down",
    /// The last run of a task failed or was partial, and nothing since succeeded.
    Failed "failed",
    /// A start without an end.
    UnfinishedRun "unfinished_run",
    /// Claimed, and the claiming run never wrote.
    PhantomClaim "phantom_claim",
    /// The run that holds a task fell silent, and two signs confirm that it is gone.
    Orphaned "orphaned",
    /// The run that holds a task fell silent.
    Silent "silent",
    /// A run writes, but finishes nothing.
    Stuck "stuck",
    /// The agent said that it waits for a human.
    NeedsHuman "needs_human",
    /// An epoch went backwards, or one step was done twice with different content.
    Conflicted "conflicted",
    /// The log and the plan contradict each other.
    Drift "drift",
    /// A run wrote after its claim was taken from it.
    ZombieWrite "zombie_write",
    /// One task is claimed in the plans of two agents at once.
    DoubleClaim "double_claim",
    /// Several failures in a row, of one cause, perhaps across agents.
    FailureStreak "failure_streak",
    /// A task was skipped, and its record names no reason.
    SkippedNoReason "skipped_no_reason",
    /// A task was skipped in three slots in a row.
    SkipStreak "skip_streak",
    /// A skip says "already done", and nothing shows the doing.
    UnprovenDone "unproven_done",
    /// An irreversible step waits for a yes.
    Approval "approval",
    /// The operator asked, and no run began.
    NotPickedUp "not_picked_up",
    ReviewWaiting "review_waiting",
    /// A claim moved to another agent without a note.
    HandoffMissing "handoff_missing",
    /// What a task waits for was done, and the task did not follow; or it ran before.
    DependencyBroken "dependency_broken",
    /// Steps were intended and not done when their run ended or fell silent.
    WalIncomplete "wal_incomplete",
    /// Runs do much less than they used to, and call it ok.
    QuietShrink "quiet_shrink",
    /// The same few targets for two weeks, where there were more.
    SameTargets "same_targets",
    /// Ok, and nothing was done, where something always was.
    EmptySuccess "empty_success",
    /// Much shorter or longer than usual.
    RunLength "run_length",
    /// The same action twice within a day.
    DuplicateAction "duplicate_action",
    /// Two runs on one resource too close together.
    Collision "collision",
    /// A new version of a plan took back what another writer had changed.
    LostUpdate "lost_update",
    /// More is planned than the plan's own limits allow.
    OverCapacity "over_capacity",
    /// Tomorrow's plan cannot go as it is, or lacks what it should say.
    PlanLint "plan_lint",
    /// A recurring task, an agent or a file is gone.
    Vanished "vanished",
    /// An agent that plans every day has no plan for today.
    StalePlan "stale_plan",
    StaleInsights "stale_insights",
    /// A lock outlived its time or its holder.
    Lock "lock",
    /// Many agents fell silent together.
    Outage "outage",
    /// The machine slept, and slots fell inside.
    Asleep "asleep",
    /// The operator marked it.
    Flagged "flagged",
    /// A file does not parse; the last good reading stands.
    DamagedFile "damaged_file",
    /// A file cannot be opened.
    Unreadable "unreadable",
    /// A record's time cannot be right.
    Clock "clock",
    /// rounds itself cannot see.
    Blind "blind",
}

/// A place that proves a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The file as people know it, relative to the fleet where possible.
    pub file: Untrusted,
    pub locus: Locus,
    /// When that was written, where it says so.
    pub at: Option<Ts>,
    /// What stands there, in short; the whole line is read when it is opened.
    pub text: Untrusted,
}

impl Evidence {
    /// With the moment its line was written.
    #[must_use]
    pub fn written(mut self, at: Ts) -> Self {
        self.at = Some(at);
        self
    }
}

/// The limit that was passed, in words, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// `08:00 + 15m grace`
    pub text: String,
    pub source: Source,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    pub severity: Severity,
    pub agent: AgentId,
    pub task: Option<TaskId>,
    /// When it began, not when it was noticed.
    pub since: Ts,
    pub blast: Blast,
    /// One sentence about this very case. Agent text in it is already sanitised.
    pub sentence: String,
    pub threshold: Option<Threshold>,
    pub evidence: Vec<Evidence>,
    /// What would make it go away.
    pub clears: String,
}

/// A version of a file that a writer overwrote without having read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub file: Untrusted,
    /// In the file as it was.
    pub locus: Locus,
    /// When it was written.
    pub at: Option<Ts>,
    /// The names under which it and what replaced it are kept.
    pub name: String,
    pub replaced: Option<String>,
}

/// What the evidence of a lost update says before the name of a kept version.
pub const VERSION: &str = "versions/";

fn version(evidence: &Evidence) -> Option<String> {
    let (_, name) = evidence.text.exact().split_once(VERSION)?;
    let is_hash = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| name.to_owned())
}

impl Finding {
    /// What was lost, of a lost update.
    pub fn lost(&self) -> Option<Lost> {
        if self.kind != FindingKind::LostUpdate {
            return None;
        }
        let lost = self.evidence.first()?;
        Some(Lost {
            file: lost.file.clone(),
            locus: lost.locus,
            at: lost.at,
            name: version(lost)?,
            replaced: self.evidence.get(1).and_then(version),
        })
    }

    /// Stable while the case lasts: kind, subject and since.
    pub fn id(&self) -> String {
        let task = self.task.as_ref().map(TaskId::as_str).unwrap_or_default();
        let subject = format!(
            "{}\u{0}{}\u{0}{}\u{0}{}",
            self.kind.word(),
            self.agent.as_str(),
            task,
            self.since.0
        );
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(subject.as_bytes()))
    }
}
