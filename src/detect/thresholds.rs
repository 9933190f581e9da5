//! The limits that verdicts are measured against, each with its source. Their letters are those of `docs/rules.md`.

use super::active::Active;
use super::by_task::ByTask;
use super::runs::Run;
use crate::domain::action::Tier;
use crate::domain::agent::Cadence;
use crate::domain::facts::Beat;
use crate::domain::heartbeat::Surety;
use crate::domain::id::AgentId;
use crate::domain::policy::{Policy, Source, Sourced};
use crate::domain::task::{Claim, Task};
use crate::domain::time::{Span, Ts};
use crate::plan::Slot;
use crate::plan::rhythm::{REACH, Rhythm};

/// Lines this close together are one sign of life: many agents write a run's report as several lines.
const BURST: Span = Span::secs(5);
const MOST_GAPS: usize = 20;
const LEAST_GAPS: usize = 5;
const LEAST_LENGTHS: usize = 5;
/// Lengths of the newest runs that D and T are taken from.
const MOST_LENGTHS: usize = 50;

/// What the operator set for one agent, or for all.
#[derive(Clone, Copy, Debug, Default)]
pub struct BySetting {
    longest_run: Option<Sourced<Span>>,
    grace: Option<Sourced<Span>>,
    lease: Option<Sourced<Span>>,
}

impl BySetting {
    pub fn of(agent: &AgentId, policy: &Policy) -> Self {
        Self {
            longest_run: policy.pick(agent, |own| own.longest_run),
            grace: policy.pick(agent, |own| own.grace),
            lease: policy.pick(agent, |own| own.lease),
        }
    }
}

/// Limits of one agent.
#[derive(Clone, Debug, Default)]
pub struct Thresholds {
    pub set: BySetting,
    /// B: the usual gap between beats, in counted time, and how many gaps it was learned from.
    pub usual_gap: Option<(Span, u32)>,
    /// G: the expected rhythm.
    pub rhythm: Option<Cadence>,
    /// The last five runs wrote no start line, so a start is known only at the end.
    pub end_only: bool,
    /// At least one of the last 20 runs wrote a start line.
    pub writes_starts: bool,
    /// p95 of the agent's run lengths.
    pub usual_length: Option<Span>,
}

impl Thresholds {
    pub fn learn(beats: &[Beat], runs: &[Run<'_>], active: &Active, set: BySetting) -> Self {
        let newest = |n: usize| &runs[runs.len().saturating_sub(n)..];
        let lengths = newest(MOST_LENGTHS).iter().filter_map(Run::length);
        Self {
            set,
            usual_gap: usual_gap(beats, active),
            rhythm: None,
            end_only: !runs.is_empty() && newest(5).iter().all(|run| run.opening.is_none()),
            writes_starts: newest(20).iter().any(|run| run.opening.is_some()),
            usual_length: p95(lengths.collect()),
        }
    }

    /// T: the longest run of a task.
    pub fn longest_run(&self, task: Option<&Task>, lengths: &[Span]) -> Sourced<Span> {
        if let Some(set) = self.set.longest_run {
            return set;
        }
        let tier = task.and_then(|task| task.tier).unwrap_or(Tier::Mutating);
        let floor = match tier {
            Tier::ReadOnly | Tier::AppendOnly => Span::mins(15),
            Tier::Mutating => Span::mins(30),
        };
        let mut longest = Sourced::new(floor, Source::Default);
        let estimate = task.and_then(|task| task.estimate).map(|est| est.times(3));
        if let Some(estimate) = estimate.filter(|span| *span > longest.value) {
            longest = Sourced::new(estimate, Source::Declared);
        }
        let learned = if lengths.len() >= LEAST_LENGTHS {
            p95(lengths.to_vec()).map(|length| length.times(3))
        } else {
            None
        };
        if let Some(learned) = learned.filter(|span| *span > longest.value) {
            longest = Sourced::new(learned, Source::Learned);
        }
        longest
    }

    /// W: how long after a slot a start is still in time.
    pub fn grace(&self, slot: &Slot<'_>, longest: Span) -> Sourced<Span> {
        let declared = slot
            .declared_plan
            .plan
            .grace
            .map(|grace| Sourced::new(grace, Source::Declared));
        let by_interval = slot.interval.map(|every| Span(every.0 / 4));
        let usual = by_interval.map_or(Span::mins(15), |quarter| {
            quarter.clamped(Span::mins(5), Span::mins(60))
        });
        let grace = self
            .set
            .grace
            .or(declared)
            .unwrap_or(Sourced::new(usual, Source::Default));
        if !self.end_only {
            return grace;
        }
        let late_word = self
            .usual_length
            .or(slot.declared.estimate)
            .unwrap_or(longest);
        Sourced::new(grace.value + late_word, grace.source)
    }

    /// L: how long a claim lives without a sign of its run.
    pub fn lease(&self, claim: Option<&Claim>, longest: Sourced<Span>) -> Sourced<Span> {
        if let Some(set) = self.set.lease {
            return set;
        }
        if let Some(declared) = claim.and_then(|claim| claim.lease) {
            return Sourced::new(declared, Source::Declared);
        }
        match self.usual_gap {
            Some((gap, _)) => Sourced::new(
                gap.times(3).clamped(Span::secs(90), Span::HOUR),
                Source::Learned,
            ),
            None => longest,
        }
    }
}

/// B: nearest-rank p95 of the last 20 gaps; unknown with fewer than 5.
fn usual_gap(beats: &[Beat], active: &Active) -> Option<(Span, u32)> {
    let mut gaps = Vec::with_capacity(MOST_GAPS);
    let mut timed = beats
        .iter()
        .rev()
        .filter(|beat| beat.surety != Surety::DayOnly)
        .map(|beat| beat.at);
    let mut later = timed.next()?;
    for at in timed {
        if later - at <= BURST {
            later = at;
            continue;
        }
        gaps.push(active.between(at, later));
        later = at;
        if gaps.len() == MOST_GAPS {
            break;
        }
    }
    if gaps.len() < LEAST_GAPS {
        return None;
    }
    let samples = gaps.len() as u32;
    p95(gaps).map(|gap| (gap, samples))
}

/// Nearest-rank 95th percentile.
pub fn p95(mut values: Vec<Span>) -> Option<Span> {
    values.sort_unstable();
    let rank = (values.len() * 95).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

/// G: configured, else the longest gap between the agent's slots, else its usual gap.
pub fn rhythm(
    agent: &AgentId,
    policy: &Policy,
    slots: &Rhythm,
    active: &Active,
    usual_gap: Option<(Span, u32)>,
) -> Option<Cadence> {
    if let Some(set) = policy.pick(agent, |own| own.cadence) {
        return Some(Cadence {
            every: set.value,
            source: set.source,
            samples: 0,
        });
    }
    if let Some(every) = longest_gap(slots, active, usual_gap) {
        return Some(Cadence {
            every,
            source: Source::Declared,
            samples: 0,
        });
    }
    usual_gap.map(|(every, samples)| Cadence {
        every,
        source: Source::Learned,
        samples,
    })
}

/// The longest gap between slots within eight days, in counted time. Plans for single days promise nothing for the
/// next day, so the last day is taken to come again a day later (after the weekend, where that is off), or after the usual
/// gap where that is longer: who ends early today is not late before it would begin again.
fn longest_gap(rhythm: &Rhythm, active: &Active, usual: Option<(Span, u32)>) -> Option<Span> {
    let mut longest: Option<Span> = None;
    // Less of a gap may count than it is long, never more.
    let mut least = Span(i64::MIN);
    for (&from, &to) in rhythm.slots.iter().zip(rhythm.slots.iter().skip(1)) {
        let gap = to - from;
        if gap > least && gap <= REACH {
            longest = longest.max(Some(active.between(from, to)));
            least = longest.unwrap_or(least);
        }
    }
    if rhythm.dated_only && rhythm.slots.len() > 1 {
        let last = *rhythm.slots.last()?;
        let first = rhythm.first_of_last_day?;
        let days = if rhythm.weekend_off { 3 } else { 1 };
        let again = active.between(last, first + Span::days(days));
        longest = longest.max(Some(again)).max(usual.map(|(gap, _)| gap));
    }
    longest.filter(|gap| gap.0 > 0)
}

/// The hours in which an agent of learned rhythm rests: where it was silent for more than twice its usual gap within the
/// last two days, it may be again a day later. An agent that writes round the clock has none.
pub fn rests(beats: &[Beat], rhythm: Option<Cadence>, now: Ts) -> Option<Vec<(Ts, Ts)>> {
    let usual = rhythm
        .filter(|rhythm| rhythm.source == Source::Learned)?
        .every;
    let recent = beats.partition_point(|beat| beat.at < now - Span::days(2));
    let rests: Vec<(Ts, Ts)> = beats[recent..]
        .windows(2)
        .filter(|pair| silent_between(&pair[0], &pair[1], usual) > usual.times(2))
        .map(|pair| {
            // It may leave and come a little later than yesterday.
            let (from, to) = (pair[0].at - usual, pair[1].at + usual);
            (from + Span::DAY, to + Span::DAY)
        })
        .collect();
    (!rests.is_empty()).then_some(rests)
}

/// How long nothing was written for certain between two lines at hand. Of what no plan names they are the last of their
/// hours: where an agent writes more often than that, others may have been dropped within the hour of the later one.
fn silent_between(earlier: &Beat, later: &Beat, usual: Span) -> Span {
    let hour = Ts(later.at.hour_index() * Span::HOUR.0);
    if usual < Span::HOUR && hour > earlier.at {
        return hour - earlier.at;
    }
    later.at - earlier.at
}

/// Lengths of the newest runs of a task.
pub fn lengths_of<'a>(task: &str, by_task: &ByTask<'a>, runs: &[Run<'a>]) -> Vec<Span> {
    // Fewer say nothing.
    if by_task.most() < LEAST_LENGTHS {
        return Vec::new();
    }
    let mine = by_task.get(task);
    let newest = &mine[mine.len().saturating_sub(MOST_LENGTHS)..];
    newest
        .iter()
        .filter_map(|&at| runs[at as usize].length())
        .collect()
}

/// The moment at which a rhythm becomes late, stale or whatever `times` stands for.
pub fn silence_ends(active: &Active, last: Ts, rhythm: Span, times: i64) -> Ts {
    active.after(last, rhythm.times(times))
}
