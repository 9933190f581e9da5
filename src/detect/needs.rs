//! What a plan says waits for what, and the runs that were there to be waited for: the two ends of every link between tasks.

use super::checks::unaccounted::plan_line;
use super::judgement::Judgement;
use super::runs::Run;
use super::task_state::SlotCase;
use crate::domain::finding::Evidence;
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{FileId, Locus, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// Runs older than this are no input of today's.
const REACH: Span = Span::hours(48);

/// A run that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    pub task: TaskId,
    pub begun: Ts,
    pub ended: Ts,
    pub status: RunStatus,
    /// The line that ended it.
    pub line: Locus,
}

/// A slot that waits for another task.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    pub task: TaskId,
    pub on: TaskId,
    pub slot: Ts,
    pub deadline: Ts,
    pub state: TaskState,
    pub begun: Option<Ts>,
    /// When the run before it began.
    pub before: Option<Ts>,
    /// Where it was planned.
    pub planned: Evidence,
    /// The first line of the run that served it.
    pub looked: Option<Evidence>,
}

pub(super) fn ended(of: &Judgement<'_>) -> Vec<Ended> {
    let oldest = of.case.now - REACH;
    let recent = |run: &&Run<'_>| run.last.at >= oldest && run.is_completed();
    let mut ended = Vec::with_capacity(of.runs.iter().filter(recent).count());
    let all = of.runs.iter().filter(recent).filter_map(|run| {
        Some(Ended {
            task: run.task()?.clone(),
            begun: run.begun(),
            ended: run.ended()?,
            status: run.status(),
            line: run.last.locus,
        })
    });
    ended.extend(all);
    ended
}

/// The names of the files in which they stand.
pub(super) fn logs(of: &Judgement<'_>) -> Vec<(FileId, Untrusted)> {
    let oldest = of.case.now - REACH;
    let mut known: Vec<(FileId, Untrusted)> = Vec::new();
    for run in of.runs.iter().rev().filter(|run| run.last.at >= oldest) {
        let file = run.last.locus.file;
        if known.iter().all(|(id, _)| *id != file) {
            known.push((file, of.case.file(run.last.locus)));
        }
    }
    known
}

pub(super) fn of(of: &Judgement<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    for (i, one) in of.slots.iter().enumerate() {
        let (Some(slot), Some(deadline)) = (one.slot.at, one.deadline()) else {
            continue;
        };
        if slot < of.case.yesterday || slot > of.case.now || one.slot.task.depends_on.is_empty() {
            continue;
        }
        let run = |one: &SlotCase<'_>| one.runs.first().map(|&at| &of.runs[at as usize]);
        let before = of.slots[..i]
            .iter()
            .rev()
            .take_while(|other| other.slot.task.id == one.slot.task.id)
            .find_map(|other| run(other).map(Run::begun));
        let looked = run(one).map(|run| {
            let first = run.first();
            of.case.evidence_of(first).written(run.begun())
        });
        for on in &one.slot.task.depends_on {
            needs.push(Need {
                task: one.slot.task.id.clone(),
                on: on.clone(),
                slot,
                deadline,
                state: one.state,
                begun: run(one).map(Run::begun),
                before,
                planned: plan_line(of, one),
                looked: looked.clone(),
            });
        }
    }
    needs
}
