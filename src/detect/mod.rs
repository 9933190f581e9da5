//! Verdicts: pure functions of facts, moment and policy. The same function answers for this minute and for last Tuesday 03:12.
//!
//! [`judge_agent`] puts the facts of one agent in order ([`case`]), pairs lines to runs ([`runs`]), finds which run served
//! which slot ([`matching`]), measures against limits ([`thresholds`]), states ([`agent_state`], [`task_state`],
//! [`claims`]) and collects findings ([`checks`], one file each). [`judge_fleet`] puts agents together and adds what is
//! only seen across them (`across`).

mod across;
pub mod active;
pub mod agent_state;
pub mod ahead;
mod assemble;
mod blast;
mod by_task;
pub mod case;
mod chance;
mod changes;
pub mod checks;
pub mod claims;
mod deeds;
mod events;
mod headline;
mod judgement;
pub mod latch;
pub mod matching;
pub mod needs;
mod orders;
mod plan_word;
mod reasoning;
pub mod runs;
#[cfg_attr(
    test,
    expect(
        clippy::return_self_not_must_use,
        reason = "a scenario that is built and dropped tests nothing and is seen at once"
    )
)]
#[cfg(test)]
pub mod scenario;
mod task;
pub mod task_state;
pub mod thresholds;
pub mod trace;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::facts::{AgentFacts, Sight};
use crate::domain::finding::Finding;
use crate::domain::fleet::{AgentView, Counts, Fleet, Health, Reasoning, RunTally};
use crate::domain::id::TaskId;
use crate::domain::policy::Policy;
use crate::domain::time::Ts;

pub use across::Memory;
pub use assemble::fleet as judge_again;

use case::Case;
use judgement::Judgement;
use trace::Trace;

/// What was counted since the standup mark, from the mirror's rollups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinceMark {
    pub since: Ts,
    pub counts: Counts,
    /// Only `ok`, `partial`, `failed`, `skipped` and `unknown`; open runs are counted by the verdict.
    pub finals: RunTally,
}

/// One agent as judged: what is shown, and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Shared with every snapshot until the agent is judged anew.
    pub view: Arc<AgentView>,
    /// Worst first.
    pub findings: Vec<Arc<Finding>>,
    /// For verdicts across agents.
    pub trace: Trace,
}

/// Judges one agent. The answer holds until new facts come or `view.reasoning.changes_at` passes.
pub fn judge_agent(
    facts: &AgentFacts,
    sight: &Sight,
    now: Ts,
    policy: &Policy,
    mark: &SinceMark,
) -> Judged {
    assemble::agent(&Case::new(facts, sight, now, policy), mark)
}

/// Puts judged agents together, with what is only seen across them.
pub fn judge_fleet(
    judged: Vec<Arc<Judged>>,
    sight: &Sight,
    now: Ts,
    policy: &Policy,
    health: Health,
    since: Ts,
) -> Fleet {
    let memory = &mut Memory::default();
    judge_again(judged, sight, now, policy, health, since, memory)
}

/// The reasoning behind every slot of a task, or of all tasks: today's, and before them what is still open.
pub fn why_task(
    facts: &AgentFacts,
    sight: &Sight,
    now: Ts,
    policy: &Policy,
    task: &TaskId,
) -> Vec<(Option<Ts>, Reasoning)> {
    let case = Case::new(facts, sight, now, policy);
    let of = Judgement::new(&case);
    of.slots
        .iter()
        .filter(|one| one.slot.task.id == *task)
        .filter(|one| one.slot.at.is_none_or(|at| at >= case.yesterday))
        .map(|one| (one.slot.at, reasoning::of_slot(&of, one)))
        .collect()
}
