//! Findings that are only seen across agents: one file each, and one row in [`CHECKS`].

mod claims;
mod collisions;
mod dependencies;
mod duplicates;
mod failures;
mod gaps;
mod locks;
mod memory;
mod outage;
mod sleep;
mod tomorrow;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use memory::Memory;

use super::Judged;
use crate::domain::facts::Sight;
use crate::domain::finding::{Blast, Finding, FindingKind, Severity};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::link::Link;
use crate::domain::lock::LockView;
use crate::domain::policy::GapFlag;
use crate::domain::time::{Ts, Zone};

/// Everything a verdict across agents may ask.
pub struct Across<'a> {
    /// By name.
    pub judged: &'a [Arc<Judged>],
    pub sight: &'a Sight,
    pub now: Ts,
    pub zone: Zone,
    /// What retros left for a person.
    pub flags: &'a [GapFlag],
    pub memory: &'a Memory,
}

/// What was found, and which findings of single agents it speaks for.
#[derive(Default)]
pub struct Found {
    pub findings: Vec<Finding>,
    /// What ties slots of today together and is wrong.
    pub links: Vec<Link>,
    /// The lock board: by resource, then by when it was taken.
    pub locks: Vec<LockView>,
    /// Kind, agent and task of findings that are told by one of these now.
    pub replaced: Vec<(FindingKind, AgentId, Option<TaskId>)>,
}

/// What is told by another finding: asked of every finding of the fleet.
pub struct Replaced<'a>(BTreeSet<(FindingKind, &'a AgentId, Option<&'a TaskId>)>);

impl Replaced<'_> {
    pub fn has(&self, found: &Finding) -> bool {
        self.0
            .contains(&(found.kind, &found.agent, found.task.as_ref()))
    }
}

impl Found {
    pub fn replaced(&self) -> Replaced<'_> {
        let all = self.replaced.iter();
        Replaced(
            all.map(|(kind, agent, task)| (*kind, agent, task.as_ref()))
                .collect(),
        )
    }
}

type Check = fn(&Across<'_>, &mut Found);

const CHECKS: &[Check] = &[
    failures::check,
    duplicates::check,
    collisions::check,
    claims::check,
    dependencies::check,
    outage::check,
    sleep::check,
    locks::check,
    tomorrow::check,
    tomorrow::today,
    gaps::check,
];

pub fn all(across: &Across<'_>) -> Found {
    let mut found = Found::default();
    for check in CHECKS {
        check(across, &mut found);
    }
    found
}

impl Across<'_> {
    /// `07:10` within the day, else with its weekday or date.
    fn when(&self, at: Ts) -> String {
        self.zone.told(at, self.now)
    }
}

/// A finding with nothing but its head.
fn head(
    kind: FindingKind,
    severity: Severity,
    agent: &AgentId,
    task: Option<&TaskId>,
    since: Ts,
) -> Finding {
    Finding {
        kind,
        severity,
        agent: agent.clone(),
        task: task.cloned(),
        since,
        blast: Blast::None,
        sentence: String::new(),
        threshold: None,
        evidence: Vec::new(),
        clears: String::new(),
    }
}

#[cfg(test)]
mod tests;
