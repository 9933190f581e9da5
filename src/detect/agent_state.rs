//! The state of an agent: first match wins, in the order of `docs/rules.md`.

use super::case::Case;
use super::judgement::Judgement;
use super::thresholds::silence_ends;
use crate::domain::agent::{AgentState, Cadence};
use crate::domain::facts::{FileRole, FileState};
use crate::domain::finding::Threshold;
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::Surety;
use crate::domain::policy::Source;
use crate::domain::task::TaskStatus;
use crate::domain::time::{Span, Ts};

/// Our own look is too old after this, or after three sweeps.
const LEAST_LOOK: Span = Span::secs(10);
const LOOKS: i64 = 3;

/// Late after this many times the expected rhythm, stale after that many.
pub const LATE: i64 = 2;
pub const STALE: i64 = 3;

/// The state and what it rests on.
#[derive(Clone, Debug)]
pub struct AgentVerdict {
    pub state: AgentState,
    pub since: Option<Ts>,
    pub threshold: Option<Threshold>,
    /// Counted silence since the last sign of life.
    pub silence: Option<Span>,
    /// When silence alone would make it late, and stale.
    pub late_at: Option<Ts>,
    pub stale_at: Option<Ts>,
    /// The two newest decided slots were both missed, and nothing was written since.
    pub missed_twice: bool,
    pub unjudged: bool,
    pub changes_at: Option<Ts>,
}

impl Default for AgentVerdict {
    fn default() -> Self {
        Self {
            state: AgentState::Unknown,
            since: None,
            threshold: None,
            silence: None,
            late_at: None,
            stale_at: None,
            missed_twice: false,
            unjudged: false,
            changes_at: None,
        }
    }
}

/// Since when we cannot see: our look is older than three sweeps (at least 10 s), counted from the last wake; or a log
/// or plan of the agent cannot be opened.
pub fn blind_since(case: &Case<'_>) -> Option<Ts> {
    let looked = case
        .sight
        .last_look
        .max(case.sight.woke.unwrap_or_default());
    let limit = LEAST_LOOK.max(case.sight.period.times(LOOKS));
    if case.now - looked > limit {
        return Some(case.sight.last_look);
    }
    case.facts
        .files
        .iter()
        .filter(|file| matches!(file.role, FileRole::Log | FileRole::Plan))
        .filter_map(|file| match &file.state {
            FileState::Unreadable { since, .. } if *since <= case.now => Some(*since),
            FileState::Unreadable { .. }
            | FileState::Good
            | FileState::Torn { .. }
            | FileState::Gone { .. } => None,
        })
        .min()
}

pub fn judge(of: &Judgement<'_>, unjudged: bool) -> AgentVerdict {
    let case = of.case;
    let mut verdict = AgentVerdict {
        unjudged,
        ..AgentVerdict::default()
    };
    let last = last_sign(of);
    if let (Some(last), Some(rhythm)) = (last, of.thresholds.rhythm) {
        verdict.silence = Some(of.silence.between(last, case.now));
        verdict.late_at = Some(silence_ends(&of.silence, last, rhythm.every, LATE));
        verdict.stale_at = Some(silence_ends(&of.silence, last, rhythm.every, STALE));
    }
    verdict.missed_twice = missed_twice(of, last);
    verdict.since = last;
    if let Some(since) = case.blind {
        verdict.state = AgentState::Blind;
        verdict.since = Some(since);
        return verdict;
    }
    if let Some(pause) = pause(of) {
        verdict.state = AgentState::Paused;
        verdict.since = pause.since.or(last);
        return verdict;
    }
    by_silence(of, &mut verdict);
    verdict
}

fn by_silence(of: &Judgement<'_>, verdict: &mut AgentVerdict) {
    let now = of.case.now;
    let passed = |limit: Option<Ts>| limit.is_some_and(|at| now > at);
    let (late, stale) = (passed(verdict.late_at), passed(verdict.stale_at));
    let missed = || {
        of.slots
            .iter()
            .any(|one| one.state == TaskState::Missed && one.slot.at >= verdict.since)
    };
    verdict.state = if verdict.missed_twice || (stale && missed()) {
        AgentState::Down
    } else if stale {
        AgentState::Stale
    } else if late {
        AgentState::Late
    } else if verdict.late_at.is_none() {
        AgentState::Unknown
    } else {
        AgentState::Ok
    };
    if let Some(rhythm) = of.thresholds.rhythm {
        let times = if stale { STALE } else { LATE };
        verdict.threshold = Some(threshold(times, rhythm));
    }
    let next = if late {
        verdict.stale_at
    } else {
        verdict.late_at
    };
    verdict.changes_at = next.filter(|&at| at >= now).map(|at| at + Span(1));
    let ran = matches!(verdict.state, AgentState::Ok | AgentState::Unknown);
    if !ran && verdict.since.is_none() {
        verdict.since = of
            .slots
            .iter()
            .filter(|one| one.state == TaskState::Missed)
            .filter_map(|one| one.slot.at)
            .min();
    }
}

pub fn threshold(times: i64, rhythm: Cadence) -> Threshold {
    let learned = match rhythm.source {
        Source::Learned => format!(", learned from {} gaps", rhythm.samples),
        Source::Default | Source::Fleet | Source::Agent | Source::Declared | Source::System => {
            String::new()
        }
    };
    // Every agent has one, so it does without the general formatter.
    let mut text = String::with_capacity(24 + learned.len());
    text.push_str(itoa::Buffer::new().format(times));
    text.push_str(" × ");
    rhythm.every.tell(&mut text);
    text.push_str(" = ");
    rhythm.every.times(times).tell(&mut text);
    text.push_str(&learned);
    Threshold {
        text,
        source: rhythm.source,
    }
}

/// The newest line with a time. A mere date is a sign of life for its whole day.
fn last_sign(of: &Judgement<'_>) -> Option<Ts> {
    let case = of.case;
    let last = case.beats.last()?;
    if last.surety != Surety::DayOnly {
        return Some(last.at);
    }
    let zone = case.zone.value;
    Some(zone.end_of(zone.day_of(last.at)).min(case.now))
}

/// A pause, and since when where that is known.
struct Pause {
    since: Option<Ts>,
}

/// Paused by config, or every task is off or held.
fn pause(of: &Judgement<'_>) -> Option<Pause> {
    let case = of.case;
    let set = case.policy.pick(&case.facts.id, |own| own.paused);
    if set.is_some_and(|set| set.value) {
        return Some(Pause { since: None });
    }
    let mut held_since = None;
    let mut any = false;
    let known = case
        .facts
        .plans
        .iter()
        .filter(|plan| plan.known <= case.now);
    let newest = known.clone().next_back()?;
    let standing = known.filter(|version| {
        version.file == newest.file && version.plan.date == newest.plan.date
            || version.plan.date.is_none()
    });
    let mut seen: Vec<&str> = Vec::new();
    for version in standing.rev() {
        for task in &version.plan.tasks {
            if seen.contains(&task.id.as_str()) {
                continue;
            }
            seen.push(task.id.as_str());
            any = true;
            let off = !task.enabled || task.on_demand || task.status == TaskStatus::Off;
            if !off && task.held.is_none() {
                return None;
            }
            held_since = held_since.max(task.held.as_ref().and_then(|held| held.since));
        }
    }
    any.then_some(Pause { since: held_since })
}

/// The two newest decided slots were both missed, and the agent wrote nothing since.
fn missed_twice(of: &Judgement<'_>, last: Option<Ts>) -> bool {
    // The newest first; of two at one moment the one that ran counts before the one that was missed.
    let mut two: [Option<(Ts, bool)>; 2] = [None; 2];
    for one in &of.slots {
        let is_missed = one.state == TaskState::Missed;
        let decided = is_missed
            || matches!(
                one.state,
                TaskState::SkippedSilently
                    | TaskState::Done
                    | TaskState::Failed
                    | TaskState::Skipped
                    | TaskState::Running
                    | TaskState::Claimed
            );
        let at = one.slot.at.filter(|&at| decided && at <= of.case.now);
        let mut next = at.map(|at| (at, !is_missed));
        for newest in &mut two {
            if next > *newest {
                std::mem::swap(newest, &mut next);
            }
        }
    }
    let [Some((newest, false)), Some((_, false))] = two else {
        return false;
    };
    last <= Some(newest)
}
