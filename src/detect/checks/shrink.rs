//! `quiet_shrink`, `empty_success`, `same_targets` and `run_length`: doing less than it should, and calling it ok.

use std::collections::BTreeSet;

use super::skips::{ended, says_idle};
use super::{Draft, REMEMBERED};
use crate::detect::chance::Counts;
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::TaskId;
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

/// Runs that the newest are compared with, and how many of them are enough.
const BASE: usize = 14;
const LEAST: usize = 8;
const STREAK: usize = 3;
/// A run that nobody followed is told this long.
const BELIEVED: Span = Span::days(8);

/// Twice the median, so that it stays whole.
fn twice_median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    let n = values.len();
    if n == 0 {
        return 0;
    }
    values[(n - 1) / 2] + values[n / 2]
}

fn did(run: &Run<'_>) -> i64 {
    i64::from(run.last.did)
}

pub fn quiet_shrink(of: &Judgement<'_>) -> Vec<Finding> {
    let mut slots = of.slots.iter();
    let any_floor = slots.any(|one| one.slot.task.expect_min.is_some());
    if !any_floor && of.by_task.most() < STREAK + LEAST {
        return Vec::new();
    }
    of.by_task
        .iter()
        .filter_map(|(task, mine)| {
            let below = any_floor.then(|| below_floor(of, task, mine));
            below.flatten().or_else(|| shrunk(of, task, mine))
        })
        .collect()
}

/// Below the number that the plan itself expects, once.
fn below_floor(of: &Judgement<'_>, task: &TaskId, mine: &[u32]) -> Option<Finding> {
    let run = ended(of, mine).next()?;
    if run.status() != RunStatus::Ok || is_old(of, run.last.at) {
        return None;
    }
    let declared = of.declared_at(task.as_str(), run.begun())?;
    let least = declared.slot.task.expect_min?;
    if run.last.did >= least {
        return None;
    }
    let found = Draft::new(of, FindingKind::QuietShrink, Severity::Warning, run.last.at)
        .task(Some(task))
        .says(format!(
            "{task} did {} {} where at least {least} are expected, and called it ok",
            run.last.did,
            of.case.when(run.last.at)
        ))
        .limit(format!("at least {least}"), Source::Declared)
        .shows(Some(of.case.evidence_of(run.last)))
        .clears("with a run that does enough");
    Some(found)
}

/// The longest streak of ok runs, each below a third of the median of the runs before it.
fn shrunk(of: &Judgement<'_>, task: &TaskId, mine: &[u32]) -> Option<Finding> {
    let ended = || ended(of, mine).take(BASE + 26);
    // No median is above the most that was ever done: nearly every task is settled here.
    let most = ended().map(did).max()?;
    if did(ended().next()?) * 3 >= most {
        return None;
    }
    let runs: Vec<&Run<'_>> = ended().collect();
    let good = runs
        .iter()
        .take_while(|run| run.status() == RunStatus::Ok && !says_idle(of, run.last))
        .count();
    let (streak, median) = (STREAK..=good)
        .filter_map(|len| Some((len, median_above(&runs, len)?)))
        .next_back()?;
    let (newest, first) = (runs[0], runs[streak - 1]);
    if is_old(of, newest.last.at) {
        return None;
    }
    let found = Draft::new(
        of,
        FindingKind::QuietShrink,
        Severity::Warning,
        first.last.at,
    )
    .task(Some(task))
    .says(format!(
        "{task} did {} in the last of {streak} ok runs where {median} were usual",
        newest.last.did
    ))
    .limit(
        format!("three runs below a third of the median {median}"),
        Source::Learned,
    )
    .shows(
        runs[..streak]
            .iter()
            .take(3)
            .map(|run| of.case.evidence_of(run.last)),
    )
    .clears("with a run that does as much as usual");
    Some(found)
}

/// The median of the runs before the newest `len`, if each of those did less than a third of it, and all of them less
/// than chance explains.
fn median_above(runs: &[&Run<'_>], len: usize) -> Option<i64> {
    let (streak, before) = runs.split_at(len);
    let base: Vec<i64> = before
        .iter()
        .filter(|run| matches!(run.status(), RunStatus::Ok | RunStatus::Partial))
        .take(BASE)
        .map(|run| did(run))
        .collect();
    if base.len() < LEAST {
        return None;
    }
    let usual = Counts::of(base.iter().copied());
    let twice = twice_median(base);
    if streak.iter().any(|run| did(run) * 6 >= twice) {
        return None;
    }
    let total = streak.iter().map(|run| did(run)).sum();
    (!usual.so_few_is_chance(len, total)).then_some(twice / 2)
}

fn is_old(of: &Judgement<'_>, at: Ts) -> bool {
    at < of.case.now - BELIEVED
}

fn listed(run: &Run<'_>) -> bool {
    run.last.did + run.last.skipped + run.last.failed > 0
}

pub fn empty_success(of: &Judgement<'_>) -> Vec<Finding> {
    if of.by_task.most() <= LEAST {
        return Vec::new();
    }
    let is_empty =
        |run: &Run<'_>| run.status() == RunStatus::Ok && !listed(run) && !says_idle(of, run.last);
    of.by_task
        .iter()
        .filter(|(_, mine)| ended(of, mine).next().is_some_and(is_empty))
        .filter_map(|(task, mine)| {
            let runs: Vec<&Run<'_>> = ended(of, mine).collect();
            let empty = runs.iter().take_while(|run| is_empty(run)).count();
            let first = *runs[..empty].last()?;
            let base = &runs[empty..(empty + BASE).min(runs.len())];
            let full = base.iter().filter(|run| listed(run)).count();
            let usual = full * 5 >= base.len() * 4;
            if base.len() < LEAST || !usual || is_old(of, runs[0].last.at) {
                return None;
            }
            // Older than what is at hand.
            let idled = of.case.facts.idled.contains(task).then_some(0);
            let before = runs[empty..].iter().map(|run| did(run)).chain(idled);
            if empty < STREAK && Counts::of(before).zero_is_chance() {
                return None;
            }
            let found = Draft::new(
                of,
                FindingKind::EmptySuccess,
                Severity::Warning,
                first.last.at,
            )
            .task(Some(task))
            .says(format!(
                "{task} said ok {} and did nothing; {full} of the {} runs before listed something",
                of.case.when(runs[0].last.at),
                base.len()
            ))
            .limit(
                format!("4 of 5 of the last {} runs", base.len()),
                Source::Learned,
            )
            .shows(Some(of.case.evidence_of(runs[0].last)))
            .clears("with a run that lists what it did");
            Some(found)
        })
        .collect()
}

/// Only the newest run of a task, within a day.
pub fn run_length(of: &Judgement<'_>) -> Vec<Finding> {
    of.by_task
        .iter()
        .filter(|(_, mine)| mine.len() > LEAST)
        .filter_map(|(task, mine)| {
            let mut runs = ended(of, mine).filter_map(|run| Some((run, run.length()?)));
            let (run, length) = runs.next()?;
            let base: Vec<i64> = runs.take(2 * BASE).map(|(_, length)| length.0).collect();
            if base.len() < LEAST || run.last.at < of.case.now - REMEMBERED {
                return None;
            }
            let twice = twice_median(base);
            let word = if length.0 * 8 < twice {
                "shorter"
            } else if length.0 > twice * 2 {
                "longer"
            } else {
                return None;
            };
            let usual = Span(twice / 2);
            let found = Draft::new(of, FindingKind::RunLength, Severity::Info, run.last.at)
                .task(Some(task))
                .says(format!(
                    "{task} took {length}, much {word} than the usual {usual}"
                ))
                .limit(format!("a quarter to four times {usual}"), Source::Learned)
                .shows(Some(of.case.evidence_of(run.last)))
                .clears("with a run of usual length");
            Some(found)
        })
        .collect()
}

/// Few targets for two weeks, where there were twice as many in the two weeks before.
pub fn same_targets(of: &Judgement<'_>) -> Vec<Finding> {
    let case = of.case;
    let today = case.zone.value.day_of(case.now);
    let (middle, begin) = (today.plus(-14), today.plus(-28));
    let distinct = |from, to| {
        let mut all: BTreeSet<u64> = BTreeSet::new();
        let mut days = 0;
        for day in &case.facts.targets {
            if day.day > from && day.day <= to {
                all.extend(&day.targets);
                days += 1;
            }
        }
        (all.len(), days)
    };
    let (now, days_now) = distinct(middle, today);
    let (before, _) = distinct(begin, middle);
    if days_now == 0 || now > 3 || before < 6 {
        return Vec::new();
    }
    let found = Draft::new(
        of,
        FindingKind::SameTargets,
        Severity::Warning,
        case.zone.value.start_of(middle.plus(1)),
    )
    .says(format!(
        "the same {now} targets for 14 days, where the 14 days before had {before}"
    ))
    .limit("at most 3 after at least 6".to_owned(), Source::Default)
    .shows(of.last_beat().map(|beat| case.evidence_of(beat)))
    .clears("with a fourth target");
    vec![found]
}
