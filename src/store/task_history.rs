//! How one task stood in each version of its plan.

use rusqlite::{Connection, params};

use super::StoreError;
use crate::domain::id::{FileId, Locus, TaskId};
use crate::domain::page::TaskVersion;
use crate::domain::schedule::Plan;
use crate::domain::task::Task;
use crate::domain::time::Ts;

/// Versions looked through, the newest first.
const MOST: u32 = 60;

/// Oldest first; a version in which the task is as in the one before is left out.
pub fn versions(
    connection: &Connection,
    agent: i64,
    task: &TaskId,
    until: Option<Ts>,
) -> Result<Vec<TaskVersion>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT known, hash, file, body FROM plan WHERE agent = ?1 AND known <= ?2 ORDER BY known DESC LIMIT ?3",
    )?;
    let until = until.map_or(i64::MAX, |at| at.0);
    let mut rows = query.query(params![agent, until, MOST])?;
    let mut newest_first = Vec::new();
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(3)?;
        let Ok(plan) = postcard::from_bytes::<Plan>(&body) else {
            continue;
        };
        let hash: String = row.get(1)?;
        let version = version(plan, task, (Ts(row.get(0)?), FileId(row.get(2)?)), &hash);
        newest_first.push(version);
    }
    let mut versions: Vec<TaskVersion> = Vec::new();
    for version in newest_first.into_iter().rev() {
        let same = |last: &TaskVersion| same(last.task.as_ref(), version.task.as_ref());
        match versions.last() {
            Some(last) if same(last) => {}
            None if version.task.is_none() => {}
            _ => versions.push(version),
        }
    }
    let places = versions.len().saturating_sub(1);
    for old in &mut versions[..places] {
        old.locus = None;
    }
    Ok(versions)
}

fn version(plan: Plan, id: &TaskId, (known, file): (Ts, FileId), hash: &str) -> TaskVersion {
    let task = plan.tasks.into_iter().find(|task| task.id == *id);
    TaskVersion {
        known,
        name: hash.chars().take(8).collect(),
        locus: task.as_ref().map(|task| Locus {
            file,
            offset: task.offset,
            len: 0,
            line: task.line,
        }),
        task,
    }
}

/// Where in the file it stands does not count.
fn same(a: Option<&Task>, b: Option<&Task>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let mut moved = b.clone();
            (moved.offset, moved.line) = (a.offset, a.line);
            *a == moved
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
