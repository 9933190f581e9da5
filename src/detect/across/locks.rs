//! The lock board, and `lock` where two hold one resource at once or somebody waits for it in vain.

use super::{Across, Found, head};
use crate::detect::trace::Want;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::id::AgentId;
use crate::domain::lock::{LockState, LockView};
use crate::domain::policy::Source;

pub fn check(across: &Across<'_>, found: &mut Found) {
    let mut board: Vec<LockView> = across
        .judged
        .iter()
        .flat_map(|one| one.trace.locks.iter().cloned())
        .collect();
    if board.is_empty() {
        return;
    }
    board.sort_by_key(|lock| (lock.resource.clone(), lock.since, lock.agent.clone()));
    for lock in &mut board {
        let waiting = waiting(across, lock);
        if let Some((agent, want)) = waiting.first() {
            tell_waiting(across, lock, (agent, want), found);
        }
        lock.waiting = waiting
            .iter()
            .map(|(agent, want)| ((*agent).clone(), want.task.clone()))
            .collect();
    }
    for pair in board.windows(2) {
        let [first, second] = pair else { continue };
        let held = |lock: &LockView| lock.state == LockState::Held;
        let twice = first.resource == second.resource && holder(first) != holder(second);
        if twice && held(first) && held(second) {
            tell_twice(across, first, second, found);
        }
    }
    found.locks = board;
}

/// Who holds it: as the lock says, else in whose folder it lies.
fn holder(lock: &LockView) -> &str {
    let named = lock.holder.as_ref();
    named.map_or(lock.agent.as_str(), |holder| holder.exact())
}

/// Slots of others that passed while it was held.
fn waiting<'a>(across: &'a Across<'_>, lock: &LockView) -> Vec<(&'a AgentId, &'a Want)> {
    let others = across
        .judged
        .iter()
        .filter(|one| one.view.id.as_str() != holder(lock));
    let wants = others.flat_map(|one| one.trace.wants.iter().map(|want| (&one.view.id, want)));
    let mut waiting: Vec<_> = wants
        .filter(|(_, want)| want.slot >= lock.since && want.resources.contains(&lock.resource))
        .collect();
    waiting.sort_by_key(|(agent, want)| (want.slot, *agent));
    waiting
}

fn tell_waiting(
    across: &Across<'_>,
    lock: &LockView,
    (agent, want): (&AgentId, &Want),
    found: &mut Found,
) {
    let mut finding = head(
        FindingKind::Lock,
        Severity::Warning,
        agent,
        Some(&want.task),
        want.slot,
    );
    finding.sentence = format!(
        "{} waits for {}, which {} holds since {}",
        want.task,
        lock.resource.shown_within(32),
        AgentId::from(holder(lock)),
        across.when(lock.since)
    );
    finding.threshold = Some(Threshold {
        text: "its slot passed while another held the lock".to_owned(),
        source: Source::Default,
    });
    finding.evidence = vec![lock.evidence.clone(), want.evidence.clone()];
    "when the lock is released, or the task has run".clone_into(&mut finding.clears);
    found.findings.push(finding);
}

fn tell_twice(across: &Across<'_>, first: &LockView, second: &LockView, found: &mut Found) {
    let mut finding = head(
        FindingKind::Lock,
        Severity::Warning,
        &second.agent,
        None,
        second.since,
    );
    finding.sentence = format!(
        "{} is locked twice: by {} since {} and by {} since {}",
        first.resource.shown_within(32),
        AgentId::from(holder(first)),
        across.when(first.since),
        AgentId::from(holder(second)),
        across.when(second.since)
    );
    finding.threshold = Some(Threshold {
        text: "one holder of a resource at a time".to_owned(),
        source: Source::Default,
    });
    finding.evidence = vec![first.evidence.clone(), second.evidence.clone()];
    "when one of them releases it".clone_into(&mut finding.clears);
    found.findings.push(finding);
}
