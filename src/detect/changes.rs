//! When a verdict can change by itself: the next limit that time alone will pass.

use super::case::RETRIES;
use super::checks::{locks, ticker, unfinished, waiting, wal};
use super::judgement::Judgement;
use super::{plan_word, task_state};
use crate::domain::facts::FileState;
use crate::domain::time::{Span, Ts};

/// The next moment at which a state, or the set of findings, can change without new facts. What changes by mere age (a
/// finding that was only remembered, plans and insights that are overdue) is looked at on the hour.
pub fn next(of: &Judgement<'_>) -> Ts {
    let now = of.case.now;
    let mut soonest = Ts((now.hour_index() + 1) * Span::HOUR.0);
    let mut take = |at: Ts| {
        if at > now && at < soonest {
            soonest = at;
        }
    };
    of.agent.changes_at.into_iter().for_each(&mut take);
    of.slots
        .iter()
        .filter_map(|one| one.changes_at)
        .for_each(&mut take);
    of.slots
        .iter()
        .filter_map(|one| waiting::pick_up_limit(of, one))
        .for_each(|limit| take(limit + Span(1)));
    for run in of.runs.iter().rev().filter(|run| run.is_open()) {
        take(run.last.at + unfinished::longest_of(of, run).value + Span(1));
    }
    // Where plan and log differ they have a while to agree.
    of.slots
        .iter()
        .filter_map(|one| plan_word::unlike(of, one, task_state::deciding(of, one).as_ref()))
        .for_each(|unlike| take(unlike.until + Span(1)));
    wal::limits(of).into_iter().for_each(&mut take);
    locks::limits(of).into_iter().for_each(&mut take);
    ticker::limits(of)
        .map(|at| at + Span(1))
        .into_iter()
        .for_each(&mut take);
    for file in &of.case.facts.files {
        match &file.state {
            FileState::Torn { since, .. } | FileState::Unreadable { since, .. } => {
                take(*since + RETRIES + Span(1));
            }
            FileState::Good | FileState::Gone { .. } => {}
        }
    }
    take(of.case.today.to);
    soonest
}
