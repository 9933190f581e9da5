//! The immutable snapshot that screens and reports are drawn from.
//!
//! Every text in it that came from an agent is `Untrusted` or already a sanitised sentence.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::{Reversible, Tier};
use super::agent::{AgentState, Cadence};
use super::facts::FileFacts;
use super::finding::{Evidence, Finding, FindingKind, Severity, Threshold};
use super::heartbeat::RunStatus;
use super::id::{AgentId, Locus, RunId, TaskId};
use super::link::Link;
use super::lock::LockView;
use super::log::Tail;
use super::offer::Offer;
use super::policy::Sourced;
use super::proof::Proof;
use super::schedule::Plan;
use super::task::{Claim, Task};
use super::text::Untrusted;
use super::time::{Span, Ts, Zone};
use super::told::Told;

/// The state of one slot of one task; first match wins.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum TaskState {
    /// Our own look is too old, or the plan or log does not parse: nothing is concluded.
    Blind,
    Conflicted,
    Done,
    Failed,
    Skipped,
    /// Disabled or on demand: never due.
    Off,
    Held,
    PhantomClaim,
    Orphaned,
    Silent,
    Stuck,
    AwaitingAgent,
    Review,
    Running,
    Claimed,
    SkippedSilently,
    Missed,
    Late,
    Due,
    Upcoming,
    /// The agent never names its tasks, so its plan cannot be judged.
    Unjudged,
}

impl TaskState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Conflicted => "conflicted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Off => "off",
            Self::Held => "held",
            Self::PhantomClaim => "phantom claim",
            Self::Orphaned => "orphaned",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::AwaitingAgent => "awaiting agent",
            Self::Review => "review",
            Self::Running => "running",
            Self::Claimed => "claimed",
            Self::SkippedSilently => "skipped silently",
            Self::Missed => "missed",
            Self::Late => "late",
            Self::Due => "due",
            Self::Upcoming => "upcoming",
            Self::Unjudged => "unjudged",
        }
    }

    /// Something may still be done about the slot.
    pub fn is_open(self) -> bool {
        match self {
            Self::Done | Self::Skipped | Self::Off => false,
            Self::Blind
            | Self::Conflicted
            | Self::Failed
            | Self::Held
            | Self::PhantomClaim
            | Self::Orphaned
            | Self::Silent
            | Self::Stuck
            | Self::AwaitingAgent
            | Self::Review
            | Self::Running
            | Self::Claimed
            | Self::SkippedSilently
            | Self::Missed
            | Self::Late
            | Self::Due
            | Self::Upcoming
            | Self::Unjudged => true,
        }
    }

    /// Nothing accounts for the slot.
    pub fn is_unaccounted(self) -> bool {
        matches!(self, Self::Late | Self::Missed | Self::SkippedSilently)
    }
}

/// How an agent's row looks: its own state and the worst of its tasks and runs. Worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Its last run failed, or an action needs a human now.
    Fail,
    /// A slot is unaccounted for.
    Gap,
    Down,
    Stale,
    /// Skips only, and nothing done.
    Skip,
    Late,
    /// Nothing is claimed: our look is too old.
    Blind,
    Unknown,
    Running,
    Paused,
    Ok,
}

impl RowState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Gap => "gap",
            Self::Down => "down",
            Self::Stale => "stale",
            Self::Skip => "skip",
            Self::Late => "late",
            Self::Blind => "blind",
            Self::Unknown => "?",
            Self::Running => "run",
            Self::Paused => "paused",
            Self::Ok => "ok",
        }
    }

    /// Needs a look before the others.
    pub fn is_trouble(self) -> bool {
        self <= Self::Late
    }

    /// How a finding of this kind makes its agent's row look; some concern a file or the plan, not how the agent does.
    pub fn made_by(kind: FindingKind) -> Option<Self> {
        match kind {
            FindingKind::Failed
            | FindingKind::FailureStreak
            | FindingKind::NeedsHuman
            | FindingKind::Drift
            | FindingKind::Conflicted
            | FindingKind::ZombieWrite
            | FindingKind::DoubleClaim
            | FindingKind::UnfinishedRun
            | FindingKind::WalIncomplete
            | FindingKind::DuplicateAction
            | FindingKind::Collision
            | FindingKind::LostUpdate
            | FindingKind::Vanished
            | FindingKind::PhantomClaim => Some(Self::Fail),
            FindingKind::SkippedSilently
            | FindingKind::Missed
            | FindingKind::DependencyBroken
            | FindingKind::StalePlan => Some(Self::Gap),
            FindingKind::AgentDown | FindingKind::Outage => Some(Self::Down),
            FindingKind::AgentStale
            | FindingKind::Orphaned
            | FindingKind::Silent
            | FindingKind::Stuck => Some(Self::Stale),
            FindingKind::SkipStreak
            | FindingKind::SkippedNoReason
            | FindingKind::UnprovenDone
            | FindingKind::QuietShrink
            | FindingKind::SameTargets
            | FindingKind::EmptySuccess => Some(Self::Skip),
            FindingKind::Late
            | FindingKind::AgentLate
            | FindingKind::NotPickedUp
            | FindingKind::ReviewWaiting
            | FindingKind::Approval => Some(Self::Late),
            FindingKind::Blind => Some(Self::Blind),
            FindingKind::DamagedFile
            | FindingKind::Unreadable
            | FindingKind::Clock
            | FindingKind::HandoffMissing
            | FindingKind::RunLength
            | FindingKind::OverCapacity
            | FindingKind::PlanLint
            | FindingKind::StaleInsights
            | FindingKind::Lock
            | FindingKind::Asleep
            | FindingKind::Flagged => None,
        }
    }

    /// The finding that speaks for a row that looks like this: the worst of those that make it so, of equals the one that
    /// reaches furthest, then the oldest.
    pub fn lead<'a>(self, findings: impl Iterator<Item = &'a Finding>) -> Option<&'a Finding> {
        findings
            .filter(|found| Self::made_by(found.kind) == Some(self))
            .filter(|found| found.severity > Severity::Info || self == Self::Late)
            .min_by_key(|found| (Reverse(found.severity), Reverse(found.blast), found.since))
    }
}

/// Since the standup mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub did: u32,
    pub skipped: u32,
    pub failed: u32,
}

/// Runs since the standup mark, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTally {
    pub ok: u32,
    pub partial: u32,
    pub failed: u32,
    pub skipped: u32,
    pub running: u32,
    pub unfinished: u32,
    pub unknown: u32,
}

impl RunTally {
    pub fn total(&self) -> u32 {
        self.ok
            + self.partial
            + self.failed
            + self.skipped
            + self.running
            + self.unfinished
            + self.unknown
    }
}

/// Today's slots by state.
///
/// `planned` = upcoming + due + running + review + held + done + skipped + failed + unaccounted, and `unaccounted` =
/// late + missed + skipped silently. Off and unjudged tasks are in none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskTally {
    pub planned: u32,
    pub upcoming: u32,
    pub due: u32,
    pub running: u32,
    pub review: u32,
    pub held: u32,
    pub done: u32,
    pub skipped: u32,
    pub failed: u32,
    pub unaccounted: u32,
    pub late: u32,
    pub missed: u32,
    pub skipped_silently: u32,
    /// Slots of a plan whose agent never names tasks.
    pub unjudged: u32,
}

/// One slot of one task today.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    pub id: TaskId,
    pub title: Option<Untrusted>,
    pub slot: Option<Ts>,
    pub jitter: Span,
    pub grace: Sourced<Span>,
    pub state: TaskState,
    pub since: Ts,
    pub run: Option<RunView>,
    pub claim: Option<Claim>,
    pub tier: Option<Tier>,
    pub reversible: Reversible,
    /// Why it is skipped, failed or held, in the agent's words.
    pub why: Option<Untrusted>,
    /// Where the plan says it.
    pub plan: Locus,
    pub declared: Declared,
}

impl TaskView {
    /// What people call it.
    pub fn name(&self) -> String {
        super::task::name(&self.id, self.title.as_ref())
    }
}

/// The task as its plan declares it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    plan: Option<Arc<Plan>>,
    index: u32,
}

impl Declared {
    /// A task of a plan; nothing where it is none of its tasks.
    pub fn of(plan: &Arc<Plan>, task: &Task) -> Self {
        // Its place among the tasks, by where it lies: a plan may have ten thousand of them.
        let base = std::ptr::from_ref::<[Task]>(&plan.tasks).addr();
        let away = std::ptr::from_ref(task).addr().wrapping_sub(base);
        let index = away / size_of::<Task>();
        match plan.tasks.get(index) {
            Some(found) if std::ptr::eq(found, task) => Self {
                plan: Some(plan.clone()),
                index: index as u32,
            },
            Some(_) | None => Self::default(),
        }
    }

    pub fn task(&self) -> Option<&Task> {
        self.plan.as_ref()?.tasks.get(self.index as usize)
    }
}

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

/// Something worth a line beneath the list: newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Ts,
    pub state: RowState,
    /// Already sanitised.
    pub text: String,
    /// Equal neighbours folded into this one.
    pub count: u32,
    pub locus: Option<Locus>,
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

/// How the files are watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Notifications, with the sweep behind them.
    #[default]
    Live,
    /// The sweep alone: a network file system, or no notifications left.
    Poll,
    /// Another rounds mirrors; this one follows it.
    Follow,
}

/// Progress of mirroring a long history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    pub done_bytes: u64,
    pub total_bytes: u64,
    pub started: Ts,
}

/// How well rounds itself sees and runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub mode: Mode,
    pub last_sweep: Ts,
    pub sweep_period: Span,
    /// Notifications that were lost or refused; each cost at most one sweep.
    pub dropped_events: u64,
    /// From the last change that was noticed to the verdict on it.
    pub lag: Span,
    pub damaged_files: u32,
    pub filling: Option<Filling>,
    /// Sources that cannot be read, by name, already sanitised.
    pub blind: Vec<String>,
    /// Since when nothing could be seen at all.
    pub blind_since: Option<Ts>,
    /// Anything the operator should know about rounds itself: a read-only state folder, a full disk.
    pub notices: Vec<String>,
    pub files: u32,
    pub watches: u32,
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
