//! Mirroring what a whole file said.

use std::sync::Arc;

use super::super::arrival::{Origin, Sighting, keep};
use super::super::beside;
use super::said::Said;
use crate::domain::facts::PlanVersion;
use crate::domain::heartbeat::{RunStatus, Surety};
use crate::domain::id::{AgentId, Locus};
use crate::domain::schedule::Plan;
use crate::domain::time::{Span, Ts};
use crate::parse::{self, Reader};
use crate::store::StoreError;
use crate::store::batch::{Numbers, Packer};
use crate::store::files::FileRow;
use crate::store::intake::{Recognise, Repeats, Terms};
use crate::store::mirror::Mirror;
use crate::store::segment::Line;

/// Mirrors it; of a plan the moment from which it counts comes back.
pub(super) fn put(
    mirror: &mut Mirror,
    row: &FileRow,
    said: Said,
    agent: &AgentId,
    known: Ts,
    hash: &str,
    sighting: &Sighting,
) -> Result<Option<Ts>, StoreError> {
    match said {
        Said::Plan(plan, done) => {
            let mut counts = None;
            if !plan.tasks.is_empty() || !beside::is_no_plan(mirror, row)? {
                let known = after_the_last(mirror, row, (&plan, agent), known, sighting)?;
                put_plan(mirror, row, *plan, agent, known, hash)?;
                counts = Some(known);
            }
            if !done.is_empty() {
                put_records(mirror, row, done, agent, sighting)?;
            }
            return Ok(counts);
        }
        Said::Store(store) => {
            let mut owners = mirror.owners_of(row.id)?;
            for plan in store.plans {
                let owner = owner_of(mirror, row, &plan, agent)?;
                owners.remove(&owner);
                put_plan(mirror, row, plan, agent, known, hash)?;
            }
            // An agent whose last job is gone owes nothing any more.
            for owner in owners {
                mirror.add_plan(owner, version(row, Plan::default(), known, hash))?;
            }
            put_records(mirror, row, store.records, agent, sighting)?;
        }
        Said::Lock(lock) => mirror.set_lock(row.agent, row.id, lock.as_ref())?,
        Said::Records(records) => put_records(mirror, row, records, agent, sighting)?,
        Said::Text => {}
        Said::Learned(days) => mirror.add_learned(row.agent, row.id, &days)?,
        Said::Life => {
            let line = Line {
                at: sighting.modified.min(sighting.now),
                surety: Surety::FileTime,
                status: RunStatus::Unknown,
                locus: Locus {
                    file: row.id,
                    ..Locus::default()
                },
                ..Line::default()
            };
            let mut packer = Packer::new(sighting.seed);
            packer.put(agent.as_str(), &line);
            add(mirror, packer, row, Recognise::No, u64::MAX)?;
        }
    }
    Ok(None)
}

/// A plan that was written anew counts from then on, whatever it says of when it was made: the version before it stood
/// until then.
fn after_the_last(
    mirror: &mut Mirror,
    row: &FileRow,
    (plan, agent): (&Plan, &AgentId),
    known: Ts,
    sighting: &Sighting,
) -> Result<Ts, StoreError> {
    let owner = owner_of(mirror, row, plan, agent)?;
    let last = mirror.plan_since(owner, row.id, plan)?;
    Ok(match last {
        Some(last) if last >= known => sighting.modified.min(sighting.now).max(last + Span(1)),
        Some(_) | None => known,
    })
}

pub(super) fn put_plan(
    mirror: &mut Mirror,
    row: &FileRow,
    plan: Plan,
    agent: &AgentId,
    known: Ts,
    hash: &str,
) -> Result<(), StoreError> {
    let owner = owner_of(mirror, row, &plan, agent)?;
    mirror.add_plan(owner, version(row, plan, known, hash))
}

/// The agent that the plan names, else the one in whose folder it lies.
fn owner_of(
    mirror: &mut Mirror,
    row: &FileRow,
    plan: &Plan,
    agent: &AgentId,
) -> Result<i64, StoreError> {
    match &plan.agent {
        Some(name) if name != agent => mirror.agent(name, &row.root),
        _ => Ok(row.agent),
    }
}

fn version(row: &FileRow, plan: Plan, known: Ts, hash: &str) -> PlanVersion {
    PlanVersion {
        plan: Arc::new(plan),
        file: row.id,
        known,
        hash: hash.to_owned(),
    }
}

/// Adds all that was packed.
fn add(
    mirror: &mut Mirror,
    mut packer: Packer,
    row: &FileRow,
    recognise: Recognise,
    settled: u64,
) -> Result<(), StoreError> {
    let (batch, mut numbers) = (packer.finish(), Numbers::default());
    let terms = Terms {
        folder: &row.root,
        recognise,
        repeats: Repeats::Count,
        settled,
    };
    mirror.add(&batch, &mut numbers, &terms)?;
    Ok(())
}

/// A snapshot's former states stay as history: each was seen. Any other text is what it says now.
fn put_records(
    mirror: &mut Mirror,
    row: &FileRow,
    records: Vec<parse::Record<'static>>,
    agent: &AgentId,
    sighting: &Sighting,
) -> Result<(), StoreError> {
    let is_snapshot = [Reader::Snapshot, Reader::CronStore, Reader::Plan]
        .iter()
        .any(|reader| *row.reader == *reader.word());
    mirror.drop_provisional(row.id)?;
    let origin = Origin {
        agent,
        file: row.id,
        sighting,
    };
    let (mut packer, mut steps) = (Packer::new(sighting.seed), Vec::new());
    for record in records {
        keep(record, &origin, &mut packer, &mut steps);
    }
    for step in &steps {
        mirror.add_step(row.agent, step)?;
    }
    let settled = if is_snapshot { u64::MAX } else { 0 };
    add(mirror, packer, row, Recognise::Known, settled)
}
