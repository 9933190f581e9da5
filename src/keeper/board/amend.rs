//! Amending facts in memory by what a transaction of the mirror changed.

use std::collections::BTreeSet;

use super::super::catalog::Catalog;
use super::{Board, FOREVER};
use crate::domain::action::StepStatus;
use crate::domain::facts::{AgentFacts, Beat, PlanVersion};
use crate::domain::fleet::Counts;
use crate::domain::time::{Span, Ts};
use crate::store::changes::{Beside, Changes};
use crate::store::mirror::Mirror;
use crate::store::{StoreError, evidence, idle, query, rollup, window};

/// More new beats than this and an agent's facts are read from the mirror instead of amended.
const MANY: usize = 2_000;
/// Beats in memory past which a window is pruned.
const PRUNE_AT: usize = 128;

impl Board {
    /// Amends the facts by what a transaction changed.
    pub fn apply(
        &mut self,
        changes: Changes,
        mirror: &Mirror,
        catalog: &mut Catalog,
        now: Ts,
    ) -> Result<(), StoreError> {
        if changes
            .agents
            .iter()
            .any(|agent| !catalog.names.contains_key(agent))
        {
            catalog.learn_names(mirror)?;
        }
        let many = changes.added.len() > MANY;
        let renamed: Vec<i64> = changes
            .plans
            .iter()
            .filter(|(agent, v)| self.names_more(*agent, v))
            .map(|(agent, _)| *agent)
            .collect();
        for agent in &changes.agents {
            self.unsaved.insert(*agent);
            let known = self.entries.get_mut(agent);
            if many || known.is_none_or(|entry| entry.facts.open().is_none()) {
                self.reload(*agent, mirror, catalog, now)?;
            }
        }
        if many {
            return Ok(());
        }
        // What calls itself done is looked for in the whole history, and so is whether it ever listed nothing before.
        let asks = |(agent, beat): &&(i64, Beat)| {
            let items = &changes.items;
            let entry = self.entries.get(agent);
            entry.is_some_and(|entry| {
                let facts = || entry.facts.read();
                evidence::asks(beat, items) || idle::is_new(beat, facts)
            })
        };
        let asking: BTreeSet<i64> = changes
            .added
            .iter()
            .filter(asks)
            .map(|(agent, _)| *agent)
            .collect();
        let shown = self.newly_shown(&changes);
        let recount: BTreeSet<i64> = changes.removed.iter().map(|(agent, _)| *agent).collect();
        self.amend(changes, now);
        for agent in renamed.into_iter().chain(asking).chain(shown) {
            self.reload(agent, mirror, catalog, now)?;
        }
        for agent in recount {
            if let Some(entry) = self.entries.get_mut(&agent) {
                (entry.counts, entry.runs) =
                    query::counts(mirror.connection(), agent, self.since, FOREVER)?;
            }
        }
        Ok(())
    }

    /// Agents that call something done already, and of which a step or an entry came that may show the doing: a log is often
    /// read before the files that prove it.
    fn newly_shown(&mut self, changes: &Changes) -> BTreeSet<i64> {
        let done = changes
            .steps
            .iter()
            .filter(|(_, fact)| fact.step.status == StepStatus::Done);
        let done = done.map(|(agent, _)| *agent);
        done.chain(changes.beside.entered.iter().copied())
            .filter(|agent| {
                let entry = self.entries.get_mut(agent);
                let facts = entry.and_then(|entry| entry.facts.open());
                facts.is_some_and(|facts| facts.proofs.is_some())
            })
            .collect()
    }

    fn reload(
        &mut self,
        agent: i64,
        mirror: &Mirror,
        catalog: &Catalog,
        now: Ts,
    ) -> Result<(), StoreError> {
        let Some((name, folder)) = catalog.names.get(&agent) else {
            return Ok(());
        };
        let facts = query::facts(mirror.connection(), agent, name, folder, now, FOREVER)?;
        self.set(agent, facts, mirror.connection())
    }

    /// A plan names tasks whose beats were not kept so far.
    fn names_more(&self, agent: i64, version: &PlanVersion) -> bool {
        let Some(entry) = self.entries.get(&agent) else {
            return false;
        };
        let Some(facts) = entry.facts.read() else {
            return false;
        };
        let planned = window::planned(&facts.plans);
        version
            .plan
            .tasks
            .iter()
            .any(|task| !planned.contains(&task.id))
    }

    fn amend(&mut self, changes: Changes, now: Ts) {
        for (agent, beat) in &changes.removed {
            self.with(*agent, |facts| {
                window::forget(facts, beat.at, beat.locus.file, beat.locus.offset);
            });
        }
        for (agent, beat) in changes.added {
            let Some(entry) = self.entries.get_mut(&agent) else {
                continue;
            };
            let Some(facts) = entry.facts.open() else {
                continue;
            };
            if facts
                .beats
                .iter()
                .rev()
                .take(64)
                .any(|known| known.locus == beat.locus && known.at == beat.at)
            {
                continue;
            }
            if beat.at >= self.since {
                rollup::add_counts(
                    &mut entry.counts,
                    Counts {
                        did: beat.did,
                        skipped: beat.skipped,
                        failed: beat.failed,
                    },
                );
                rollup::count_status(&mut entry.runs, beat.status);
            }
            for (_, id) in &beat.items {
                if let Some(item) = changes.items.get(id) {
                    facts.items.insert(*id, item.clone());
                }
            }
            evidence::observe(facts, &beat);
            window::observe(facts, beat);
            if facts.beats.len() > entry.pruned + PRUNE_AT {
                window::prune(facts, now);
                entry.pruned = facts.beats.len();
            }
        }
        for (agent, step) in changes.steps {
            self.with(agent, |facts| {
                facts.steps.retain(|known| known.locus != step.locus);
                let place = facts
                    .steps
                    .partition_point(|known| known.step.at.at <= step.step.at.at);
                facts.steps.insert(place, step);
            });
        }
        for (agent, version) in changes.plans {
            self.with(agent, |facts| {
                facts
                    .plans
                    .retain(|known| (known.known, &known.hash) != (version.known, &version.hash));
                facts.plans.push(version);
                window::prune_plans(&mut facts.plans, now);
            });
        }
        for (agent, at) in changes.learned {
            self.with(agent, |facts| {
                facts.insights_changed = facts.insights_changed.max(Some(at));
            });
        }
        self.amend_beside(changes.beside, now);
    }

    /// What is told beside the log and the plan.
    fn amend_beside(&mut self, changes: Beside, now: Ts) {
        for (agent, file, questions) in changes.questions {
            self.with(agent, |facts| {
                facts.questions.retain(|known| known.locus.file != file);
                facts.questions.extend(questions);
            });
        }
        for (agent, change) in changes.tracked {
            self.with(agent, |facts| {
                facts.tracked.retain(|known| known.at > now - Span::days(2));
                facts.tracked.push(change);
            });
        }
        for (agent, file, lock) in changes.locks {
            self.with(agent, |facts| {
                facts.locks.retain(|known| known.file != file);
                facts.locks.extend(lock);
            });
        }
    }

    pub(super) fn with(&mut self, agent: i64, change: impl FnOnce(&mut AgentFacts)) {
        if let Some(entry) = self.entries.get_mut(&agent)
            && let Some(facts) = entry.facts.open()
        {
            change(facts);
            entry.judged = None;
        }
    }
}
