//! A plan as it stood at a past moment, where nobody watched it change: the file shows how the day ended. What a later
//! line of the log explains came later, and a plan without a date is as old as the tasks that the log names.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::query::TaskNames;
use super::{StoreError, beats};
use crate::domain::facts::{Beat, PlanVersion};
use crate::domain::id::{FileId, TaskId};
use crate::domain::schedule::Plan;
use crate::domain::task::TaskStatus;
use crate::domain::time::{Span, Ts, Zone};

/// Lines after the moment that may explain what a plan says.
const MOST_LATER: usize = 5_000;
const LATER: Span = Span::hours(48);

/// Takes back what plans say by hindsight.
pub fn as_then(
    connection: &Connection,
    agent: i64,
    versions: &mut [PlanVersion],
    until: Ts,
) -> Result<(), StoreError> {
    let speaks = |version: &&mut PlanVersion| {
        was_read_late(version) && version.plan.tasks.iter().any(|task| is_word(task.status))
    };
    let mut late: Vec<&mut PlanVersion> = versions.iter_mut().filter(speaks).collect();
    if late.is_empty() {
        return Ok(());
    }
    let later = later_lines(connection, agent, until)?;
    for version in &mut late {
        let zone = version.plan.zone.unwrap_or(Zone::UTC);
        let date = version.plan.date;
        let speaks_of = |at: Ts| {
            let day = zone.day_of(at);
            date.is_none_or(|date| day == date || day == date.plus(1))
        };
        let plan = Arc::make_mut(&mut version.plan);
        for task in plan.tasks.iter_mut().filter(|task| is_word(task.status)) {
            let explained = later
                .get(&task.id)
                .is_some_and(|lines| lines.iter().any(|&at| speaks_of(at)));
            if !explained {
                continue;
            }
            let claimed = task.claim.as_ref().and_then(|claim| claim.at);
            task.status = match claimed {
                Some(at) if at <= until => TaskStatus::Claimed,
                Some(_) | None => TaskStatus::Pending,
            };
        }
    }
    Ok(())
}

/// It counts from what it says of itself, so that nobody saw it come.
fn was_read_late(version: &PlanVersion) -> bool {
    version
        .plan
        .generated
        .is_none_or(|made| made.at == version.known)
}

/// What a plan only says once somebody worked on it.
fn is_word(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Done | TaskStatus::Skipped | TaskStatus::Failed | TaskStatus::Review => true,
        TaskStatus::Pending
        | TaskStatus::Claimed
        | TaskStatus::Running
        | TaskStatus::Blocked
        | TaskStatus::Off
        | TaskStatus::Unknown => false,
    }
}

/// Final words of tasks after a moment, by task.
fn later_lines(
    connection: &Connection,
    agent: i64,
    until: Ts,
) -> Result<BTreeMap<TaskId, Vec<Ts>>, StoreError> {
    let mut found: BTreeMap<TaskId, Vec<Ts>> = BTreeMap::new();
    let (mut names, mut lines, mut failed) = (TaskNames::default(), 0, None);
    let (from, to) = (until + Span(1), until + LATER);
    beats::forward(connection, agent, from, to, |packed| {
        lines += 1;
        match names.get(connection, (packed.task != 0).then_some(packed.task)) {
            Ok(Some(task)) => found.entry(task).or_default().push(packed.beat.at),
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
        if lines > MOST_LATER || failed.is_some() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(found), Err)
}

/// Plans without a date that were first read after the moment, as far as the log shows them older: of a file that had no
/// version before, with the tasks that lines up to then name. After a clone or an unpack the time of a file says nothing.
pub fn shown_by_the_log(
    connection: &Connection,
    agent: i64,
    known: &[PlanVersion],
    beats: &[Beat],
    until: Ts,
) -> Result<Vec<PlanVersion>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT min(known), hash, file, body FROM plan WHERE agent = ?1 AND day IS NULL AND generated IS NULL GROUP BY file HAVING min(known) > ?2",
    )?;
    let rows = query.query_map(params![agent, until.0], |row| {
        Ok((
            row.get::<_, String>(1)?,
            FileId(row.get(2)?),
            row.get::<_, Vec<u8>>(3)?,
        ))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (hash, file, body) = row?;
        let Ok(mut plan) = postcard::from_bytes::<Plan>(&body) else {
            continue;
        };
        if known.iter().any(|version| version.file == file) {
            continue;
        }
        let first = |task: &TaskId| beats.iter().find(|beat| beat.task.as_ref() == Some(task));
        plan.tasks.retain(|task| first(&task.id).is_some());
        let since = plan.tasks.iter().filter_map(|task| first(&task.id));
        let Some(since) = since.map(|beat| beat.at).max() else {
            continue;
        };
        found.push(PlanVersion {
            plan: Arc::new(plan),
            file,
            known: since,
            hash,
        });
    }
    Ok(found)
}
