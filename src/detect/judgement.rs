//! A case with its lines paired, its slots judged and the state of its agent: what findings and views are made from.

use std::cell::OnceCell;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::active::Active;
use super::agent_state::AgentVerdict;
use super::ahead::{self, Ahead};
use super::blast::Reach;
use super::by_task::ByTask;
use super::case::Case;
use super::checks::wal::{self, Work};
use super::checks::zombie::{self, Zombie};
use super::matching;
use super::runs::{Run, pair};
use super::task_state::{self, SlotCase};
use super::thresholds::{self, BySetting, Thresholds};
use crate::domain::facts::Beat;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{RunId, TaskId};
use crate::domain::schedule::Schedule;
use crate::domain::task::Task;
use crate::domain::time::{Span, Ts};
use crate::plan::expand::recurs;
use crate::plan::owed::Horizon;
use crate::plan::quick::ByName;
use crate::plan::{Slot, owed};

/// As far back as slots are judged: the days whose plans are kept.
const BACK: Span = Span::days(9);
/// Beats are kept for this long, and this many of every task however old.
const KEPT: Span = Span::hours(36);
const KEPT_OF_TASK: usize = 40;

/// A case with its runs and slots, and the state of the agent.
pub struct Judgement<'a> {
    pub case: &'a Case<'a>,
    pub runs: Vec<Run<'a>>,
    pub by_task: ByTask<'a>,
    pub thresholds: Thresholds,
    /// Counted silence of the agent: as the case's, and where its rhythm is learned without the hours it rested yesterday.
    pub silence: Active,
    /// By task, then time.
    pub slots: Vec<SlotCase<'a>>,
    /// Where in `slots` those of a task begin and end.
    of_task: ByName<'a, (u32, u32)>,
    /// Where in `runs` the newest of a name is, once somebody asks.
    of_name: OnceCell<ByName<'a, u32>>,
    /// The steps by their runs, once somebody asks.
    works: OnceCell<Vec<Work<'a>>>,
    pub agent: AgentVerdict,
    /// What its tasks may change.
    pub reach: Arc<Reach>,
    /// Writes under claims that were taken away.
    pub zombies: Vec<Zombie>,
    /// Today and tomorrow by the plans known now.
    pub ahead: Ahead<'a>,
}

impl<'a> Judgement<'a> {
    /// Pairs, matches and judges. `case` outlives the answer because runs borrow its beats.
    pub fn new(case: &'a Case<'a>) -> Self {
        let runs = pair(&case.beats);
        let by_task = ByTask::of(&runs);
        let set = BySetting::of(&case.facts.id, case.policy);
        let mut learned = Thresholds::learn(&case.beats, &runs, &case.active, set);
        let unjudged = matching::is_unjudged(&runs);
        learned.rhythm = thresholds::rhythm(
            &case.facts.id,
            case.policy,
            &case.rhythm,
            &case.active,
            learned.usual_gap,
        );
        let silence = thresholds::rests(&case.beats, learned.rhythm, case.now).map_or_else(
            || case.active.clone(),
            |rests| case.active.and_without(rests),
        );
        let starts = interval_starts(case, &runs, &by_task);
        let lives = Lives {
            case,
            runs: &runs,
            by_task: &by_task,
        };
        let mut slots = lives.slots(&starts);
        let ahead = Ahead::new(case, &slots);
        lives.retain_judged(&mut slots);
        let served = matching::serve(&slots, &runs, &by_task);
        let mut judgement = Self {
            ahead,
            case,
            silence,
            runs,
            by_task,
            thresholds: learned,
            slots: Vec::new(),
            of_task: ByName::default(),
            of_name: OnceCell::new(),
            works: OnceCell::new(),
            agent: AgentVerdict::default(),
            reach: Arc::new(Reach::of(case.facts)),
            zombies: Vec::new(),
        };
        judgement.zombies = zombie::writes(&judgement);
        judgement.slots = task_state::judge(&judgement, slots, served, unjudged);
        judgement.of_task = places(&judgement.slots);
        judgement.agent = super::agent_state::judge(&judgement, unjudged);
        judgement
    }

    /// The runs of a task, in the order of their first lines.
    pub fn runs_of(&self, task: &str) -> impl DoubleEndedIterator<Item = &Run<'a>> {
        self.runs_at(self.by_task.get(task))
    }

    /// The runs at these places.
    pub fn runs_at(&self, places: &[u32]) -> impl DoubleEndedIterator<Item = &Run<'a>> {
        places.iter().map(|&at| &self.runs[at as usize])
    }

    /// What a plan says of a task at a moment: the slot that had begun last, else the first to come. Each day's plan may
    /// say something else.
    pub fn declared_at(&self, task: &str, at: Ts) -> Option<&SlotCase<'a>> {
        let (from, to) = *self.of_task.get(task)?;
        let mut of_task = self.slots[from as usize..to as usize].iter();
        let begun = |one: &&SlotCase<'_>| one.slot.at.is_none_or(|slot| slot - one.jitter <= at);
        // Newest first: that is what is asked about.
        let last = of_task.clone().rev().find(begun);
        last.or_else(|| of_task.next())
    }

    /// As [`declared_at`](Self::declared_at), of a task that may not be named.
    pub fn declared(&self, task: Option<&TaskId>, at: Ts) -> Option<&SlotCase<'a>> {
        self.declared_at(task?.as_str(), at)
    }

    /// Where among the runs the newest of this name is.
    pub fn place_of(&self, id: &RunId) -> Option<usize> {
        let places = self.of_name.get_or_init(|| {
            let named = self.runs.iter().enumerate();
            named
                .filter_map(|(at, run)| Some((run.id()?.as_str(), at as u32)))
                .collect()
        });
        places.get(id.as_str()).map(|&at| at as usize)
    }

    /// The newest run of this name.
    pub fn run_named(&self, id: &RunId) -> Option<&Run<'a>> {
        self.place_of(id).map(|at| &self.runs[at])
    }

    /// The steps of the case, by the runs that took them.
    pub fn works(&self) -> &[Work<'a>] {
        self.works.get_or_init(|| wal::works(self.case.steps))
    }

    /// Whether any slot of a task is judged.
    pub fn has_slots(&self, task: &str) -> bool {
        self.of_task.contains_key(task)
    }

    /// Whether every task of its plan has a slot that is judged, as far as that is seen at a look: by their number.
    pub fn is_all_due(&self) -> bool {
        match self.case.plans.as_slice() {
            [only] => self.of_task.len() == only.tasks.len(),
            _ => false,
        }
    }

    /// The newest line that is a sign of life.
    pub fn last_beat(&self) -> Option<&'a Beat> {
        self.case.beats.last()
    }

    /// Final lines, newest first, each with its place among the runs.
    pub fn completed(&self) -> impl Iterator<Item = (usize, &Run<'a>)> {
        let runs = self.runs.iter().enumerate().rev();
        runs.filter(|(_, run)| !matches!(run.status(), RunStatus::Unknown | RunStatus::Running))
    }
}

/// Which slots are judged: those of which the runs are still known.
struct Lives<'b, 'a> {
    case: &'b Case<'a>,
    runs: &'b [Run<'a>],
    by_task: &'b ByTask<'a>,
}

impl<'a> Lives<'_, 'a> {
    /// Up to the end of tomorrow; what lies before it may be judged, or not any more.
    fn slots(&self, starts: &ByName<'a, Vec<Ts>>) -> Vec<Slot<'a>> {
        let case = self.case;
        let horizon = Horizon {
            zone: case.zone.value,
            calendar: &case.calendar,
            now: case.now,
            back: case.now - BACK,
            yesterday: case.yesterday,
            wanted: &|task| self.judged_from(task.as_str()),
            until: case.tomorrow().to,
            quiet: ahead::quiet_of(case.policy, &case.facts.id),
            starts,
        };
        owed(&case.plans, &horizon)
    }

    /// A rule speaks of every day there ever was; an agent is judged by it from its first line on, until the end of today.
    fn retain_judged(&self, slots: &mut Vec<Slot<'a>>) {
        let first = self.case.facts.first_beat.unwrap_or(Ts(i64::MIN));
        let mut limit: Option<(&Task, Ts)> = None;
        slots.retain(|slot| {
            let Some(at) = slot.at.filter(|&at| at < self.case.today.to) else {
                return slot.at.is_none();
            };
            let from = match limit {
                Some((task, from)) if std::ptr::eq(task, slot.task) => from,
                Some(_) | None => self.judged_from(slot.task.id.as_str()),
            };
            limit = Some((slot.task, from));
            let before_life = slot.next.is_some_and(|next| next <= first) && recurs(slot.task);
            !before_life && at >= from
        });
    }

    /// Slots before it have lost their runs: of a task only the newest lines are kept, and nothing is known of an agent
    /// before its first.
    fn judged_from(&self, task: &str) -> Ts {
        let case = self.case;
        let recent = (case.now - KEPT).min(case.yesterday);
        // Each run has two lines at most.
        let mine = if self.by_task.most() * 2 < KEPT_OF_TASK {
            &[]
        } else {
            self.by_task.get(task)
        };
        let of_run = |&at: &u32| {
            let run = &self.runs[at as usize];
            usize::from(run.opening.is_some()) + usize::from(run.closing.is_some())
        };
        let lines: usize = mine.iter().map(of_run).sum();
        let oldest = mine.first().filter(|_| lines >= KEPT_OF_TASK);
        let kept = oldest.map(|&at| self.runs[at as usize].begun());
        let from = kept.max(case.facts.first_beat).unwrap_or(Ts(i64::MIN));
        from.min(recent)
    }
}

/// Slots come task by task.
fn places<'a>(slots: &[SlotCase<'a>]) -> ByName<'a, (u32, u32)> {
    let mut places: ByName<'a, (u32, u32)> =
        ByName::with_capacity_and_hasher(slots.len().min(64), BuildHasherDefault::default());
    let mut begin = 0;
    for same in slots.chunk_by(|a, b| a.slot.task.id == b.slot.task.id) {
        let end = begin + same.len();
        if let Some(first) = same.first() {
            places.insert(first.slot.task.id.as_str(), (begin as u32, end as u32));
        }
        begin = end;
    }
    places
}

/// Only intervals without an anchor count from starts.
fn interval_starts<'a>(
    case: &Case<'a>,
    runs: &[Run<'a>],
    by_task: &ByTask<'a>,
) -> ByName<'a, Vec<Ts>> {
    let mut starts: ByName<'a, Vec<Ts>> = ByName::default();
    for version in &case.facts.plans {
        for task in &version.plan.tasks {
            let counts = matches!(task.schedule, Some(Schedule::Every { anchor: None, .. }));
            let name = task.id.as_str();
            if !counts || starts.contains_key(name) {
                continue;
            }
            let mine = by_task.get(name).iter();
            let mut mine: Vec<Ts> = mine.map(|&at| runs[at as usize].begun()).collect();
            mine.sort_unstable();
            starts.insert(name, mine);
        }
    }
    starts
}
