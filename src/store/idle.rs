//! Whether a run that lists nothing is nothing new for its task. What is at hand of a task are its last forty lines: where
//! counts are small, none at all may be older than that, and then only the whole history tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Connection;

use super::StoreError;
use super::past::back;
use crate::domain::facts::{AgentFacts, Beat};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::TaskId;
use crate::domain::time::Ts;

/// Runs that listed something, before one that lists nothing is looked at.
const LEAST: usize = 8;

fn lists_nothing(beat: &Beat) -> bool {
    beat.status == RunStatus::Ok && beat.did + beat.skipped + beat.failed == 0
}

/// What is at hand of one task, newest first.
#[derive(Default)]
struct Seen {
    listed: usize,
    /// The first of the newest runs that listed nothing.
    first: Option<Ts>,
    before: bool,
}

impl Seen {
    fn take(&mut self, beat: &Beat) {
        if !lists_nothing(beat) {
            self.listed += 1;
        } else if self.listed == 0 {
            self.first = Some(beat.at);
        } else {
            self.before = true;
        }
    }

    fn is_usual(&self) -> bool {
        self.listed >= LEAST && !self.before
    }
}

/// Whether a new beat lists nothing where every run at hand of its task listed something: the history is to be asked.
pub fn is_new(beat: &Beat, facts: impl FnOnce() -> Option<Arc<AgentFacts>>) -> bool {
    if !lists_nothing(beat) || beat.task.is_none() {
        return false;
    }
    let Some(facts) = facts() else { return false };
    let mut seen = Seen::default();
    let of_task = facts.beats.iter().rev();
    for known in of_task.filter(|known| known.task == beat.task && is_ended(known)) {
        seen.take(known);
    }
    seen.first.is_none() && seen.is_usual()
}

fn is_ended(beat: &Beat) -> bool {
    beat.status != RunStatus::Running
}

/// Tasks whose newest run listed nothing while all others at hand did, and of which an older run listed nothing either.
pub fn idled(
    connection: &Connection,
    agent: i64,
    facts: &AgentFacts,
) -> Result<BTreeSet<TaskId>, StoreError> {
    let mut seen: BTreeMap<&TaskId, Seen> = BTreeMap::new();
    for beat in facts.beats.iter().rev().filter(|beat| is_ended(beat)) {
        if let Some(task) = &beat.task {
            seen.entry(task).or_default().take(beat);
        }
    }
    let mut wanted: BTreeMap<TaskId, Ts> = seen
        .into_iter()
        .filter(|(_, seen)| seen.is_usual())
        .filter_map(|(task, seen)| Some((task.clone(), seen.first?)))
        .collect();
    let mut found = BTreeSet::new();
    let Some(newest) = wanted.values().max().copied() else {
        return Ok(found);
    };
    back(connection, agent, newest, lists_nothing, |task, beat| {
        let task = task.filter(|task| wanted.get(task).is_some_and(|at| beat.at < *at));
        if let Some(task) = task {
            wanted.remove(&task);
            found.insert(task);
        }
        !wanted.is_empty()
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AgentId;
    use crate::domain::text::Untrusted;

    fn beat(at: i64, did: u32) -> Beat {
        Beat {
            at: Ts(at),
            status: RunStatus::Ok,
            task: Some(TaskId::from("look")),
            did,
            ..Beat::default()
        }
    }

    fn asks(counts: &[u32], newest: u32) -> bool {
        let mut facts = AgentFacts::new(AgentId::from("rare"), Untrusted::from("/fleet"));
        facts.beats = counts
            .iter()
            .enumerate()
            .map(|(i, did)| beat(i as i64, *did))
            .collect();
        is_new(&beat(1_000, newest), || Some(Arc::new(facts)))
    }

    #[test]
    fn the_history_is_asked_only_where_nothing_at_all_is_news() {
        let listed = [3, 1, 2, 4, 3, 5, 2, 1];
        assert!(asks(&listed, 0));
        assert!(!asks(&listed, 1), "it did something");
        assert!(!asks(&listed[1..], 0), "too few to say what is usual");
        assert!(!asks(&[3, 1, 2, 4, 0, 3, 5, 2, 1], 0), "it stands at hand");
        assert!(
            !asks(&[3, 1, 2, 4, 3, 5, 2, 1, 0], 0),
            "it was asked before"
        );
    }
}
