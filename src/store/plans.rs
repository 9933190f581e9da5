//! Versions of plans, each with the moment from which it counts.

use rusqlite::{Connection, params};

use super::StoreError;
use crate::domain::facts::PlanVersion;
use crate::domain::id::FileId;
use crate::domain::schedule::Plan;
use crate::domain::time::{Day, Ts};

pub(super) fn put(
    connection: &Connection,
    agent: i64,
    version: &PlanVersion,
) -> Result<(), StoreError> {
    let plan = &version.plan;
    let body = postcard::to_allocvec(&**plan).unwrap_or_default();
    connection
        .prepare_cached("INSERT OR REPLACE INTO plan(agent, known, hash, file, day, generated, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            agent,
            version.known.0,
            version.hash,
            version.file.0,
            number_of(plan.date),
            plan.generated.map(|at| at.at.0),
            body
        ])?;
    Ok(())
}

/// The newest version of a plan is the one of the same day that was made at the same moment.
pub(super) fn since(
    connection: &Connection,
    agent: i64,
    file: FileId,
    plan: &Plan,
) -> Result<Option<Ts>, StoreError> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT max(known) FROM plan WHERE agent = ?1 AND file = ?2 AND day IS ?3 AND generated IS ?4")?
        .query_row(
            params![
                agent,
                file.0,
                number_of(plan.date),
                plan.generated.map(|at| at.at.0)
            ],
            |row| row.get(0),
        )?;
    Ok(known.map(Ts))
}

/// A day as its column holds it.
fn number_of(day: Option<Day>) -> Option<i64> {
    serde_json::to_value(day?).ok()?.as_i64()
}
