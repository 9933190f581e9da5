//! Which run served which slot.

use smallvec::SmallVec;

use super::by_task::ByTask;
use super::runs::Run;
use crate::domain::time::{Span, Ts};
use crate::plan::Slot;

/// An agent whose last runs name no task, this many of them, has an unjudged plan.
const NAMELESS: usize = 20;

/// The last 20 runs name no task: what the plan says cannot be compared with the log.
pub fn is_unjudged(runs: &[Run<'_>]) -> bool {
    let newest = &runs[runs.len().saturating_sub(NAMELESS)..];
    !newest.is_empty() && newest.iter().all(|run| run.task().is_none())
}

/// The runs of one slot, oldest first, as places among the runs. More than a few attempts are rare.
pub type Served = SmallVec<[u32; 4]>;

/// For every slot the runs that served it, oldest first. Slots come by task, then time.
///
/// By the slot that a run names as due; else by its start, which must lie in [S − J, next S − J). A run whose start is
/// not known is taken by its end. Several runs of one slot are attempts.
pub fn serve(slots: &[Slot<'_>], runs: &[Run<'_>], by_task: &ByTask<'_>) -> Vec<Served> {
    let mut served: Vec<Served> = slots.iter().map(|_| Served::new()).collect();
    let (mut begin, mut near) = (0, 0);
    while begin < slots.len() {
        let task = &slots[begin].task.id;
        let len = slots[begin..]
            .iter()
            .take_while(|slot| slot.task.id == *task)
            .count();
        let mine = &slots[begin..begin + len];
        for &at in by_task.get_near(task, &mut near) {
            if let Some(i) = slot_of(mine, &runs[at as usize]) {
                served[begin + i].push(at);
            }
        }
        begin += len;
    }
    served
}

fn slot_of(slots: &[Slot<'_>], run: &Run<'_>) -> Option<usize> {
    if let Some(due) = run.due()
        && let Some(i) = slots.iter().position(|slot| slot.at == Some(due))
    {
        return Some(i);
    }
    let begun = run.begun();
    let after = slots.partition_point(|slot| match slot.at {
        Some(at) => at - jitter(slot) <= begun,
        None => true,
    });
    let i = after.checked_sub(1)?;
    // Behind the last slot that is known the next one may have passed already.
    let beyond = slots[i]
        .next
        .is_some_and(|next| begun >= next - jitter(&slots[i]));
    (!beyond).then_some(i)
}

/// J: how far a start may lie from its slot on either side.
pub fn jitter(slot: &Slot<'_>) -> Span {
    slot.declared.jitter
}

/// A completed run that began at or after S − J and could have served the slot: the agent lived, and went on without
/// it. A run whose start is not known counts when it ended after the deadline.
pub fn witness(runs: &[Run<'_>], slot: Ts, jitter: Span, deadline: Ts) -> Option<usize> {
    // Runs come in the order of their first lines, and none starts after its first line.
    let from = runs.partition_point(|run| run.first().at < slot - jitter);
    let found = runs[from..].iter().position(|run| {
        let Some(ended) = run.ended() else {
            return false;
        };
        run.is_completed()
            && match run.start() {
                Some(start) => start >= slot - jitter,
                None => ended > deadline,
            }
    });
    found.map(|at| from + at)
}
