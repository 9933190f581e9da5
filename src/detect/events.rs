//! The lines beneath the list and the day strip: what happened, newest first.

use super::headline::happened;
use super::judgement::Judgement;
use super::runs::Run;
use crate::domain::fleet::{Event, Happened, RowState, RunView, TaskState};
use crate::domain::heartbeat::RunStatus;
use crate::domain::time::{Span, Ts};

/// Lines that a screen can want.
const MOST_EVENTS: usize = 24;
/// Runs looked at for them.
const MOST_RUNS: usize = 80;

/// Runs and unaccounted slots of the last 36 hours, equal neighbours folded.
pub fn events(of: &Judgement<'_>) -> Vec<Event> {
    let oldest = of.case.now - Span::hours(36);
    let mut gaps = gaps(of, oldest);
    let mut found: Vec<Event> = Vec::with_capacity(MOST_EVENTS);
    for run in of.runs.iter().rev().take(MOST_RUNS) {
        let at = run.last.at;
        if at < oldest || found.len() >= MOST_EVENTS {
            break;
        }
        while gaps.last().is_some_and(|gap| gap.at >= at) {
            found.extend(gaps.pop());
        }
        fold(&mut found, of_run(of, run));
    }
    while found.len() < MOST_EVENTS
        && let Some(gap) = gaps.pop()
    {
        found.push(gap);
    }
    found
}

fn fold(found: &mut Vec<Event>, event: Event) {
    match found.last_mut() {
        Some(last) if last.what == event.what && last.state == event.state => last.count += 1,
        _ => found.push(event),
    }
}

/// Unaccounted slots, oldest first.
fn gaps(of: &Judgement<'_>, oldest: Ts) -> Vec<Event> {
    let mut gaps: Vec<Event> = of
        .slots
        .iter()
        .filter_map(|one| {
            let at = one.slot.at.filter(|&at| at >= oldest)?;
            let is_gap = matches!(one.state, TaskState::SkippedSilently | TaskState::Missed);
            if !is_gap {
                return None;
            }
            Some(Event {
                at,
                state: RowState::Gap,
                what: Happened::Unaccounted {
                    name: one.slot.task.name(),
                    state: one.state,
                },
                count: 1,
                locus: one.witness.map(|at| of.runs[at].locus()),
            })
        })
        .collect();
    gaps.sort_by_key(|gap| gap.at);
    gaps
}

fn of_run(of: &Judgement<'_>, run: &Run<'_>) -> Event {
    Event {
        at: run.last.at,
        state: row_of_status(run.status()),
        what: happened(of, run.last, run.task(), run.status()),
        count: 1,
        locus: Some(run.locus()),
    }
}

pub fn row_of_status(status: RunStatus) -> RowState {
    match status {
        RunStatus::Running => RowState::Running,
        RunStatus::Ok => RowState::Ok,
        RunStatus::Partial | RunStatus::Failed | RunStatus::Blocked => RowState::Fail,
        RunStatus::Skipped => RowState::Skip,
        RunStatus::Unknown => RowState::Unknown,
    }
}

/// The worst of each of the last 24 hours, the running hour last.
pub fn strip(of: &Judgement<'_>) -> [Option<RowState>; 24] {
    let mut strip = [None; 24];
    let current = of.case.now.hour_index();
    let mut put = |at: Ts, state: RowState| {
        let back = current - at.hour_index();
        if (0..24).contains(&back) {
            let cell: &mut Option<RowState> = &mut strip[23 - back as usize];
            *cell = Some(cell.map_or(state, |worse| worse.min(state)));
        }
    };
    for run in of.runs.iter().rev() {
        if run.last.at < of.case.now - Span::DAY {
            break;
        }
        put(run.last.at, row_of_status(run.status()));
    }
    for one in &of.slots {
        if let Some(at) = one.slot.at
            && matches!(one.state, TaskState::Missed | TaskState::SkippedSilently)
        {
            put(at, RowState::Gap);
        }
    }
    strip
}

/// A run as it is shown.
pub fn view(run: &Run<'_>, unfinished: bool) -> RunView {
    RunView {
        id: run.id().cloned(),
        task: run.task().cloned(),
        start: run.begun(),
        end: run.ended(),
        status: run.status(),
        unfinished,
        locus: run.locus(),
    }
}
