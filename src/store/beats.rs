//! Heartbeats as rows.

use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::pack::{Numbers, put};
use super::rollup::{class_code, class_of};
use crate::domain::facts::{Beat, Extra};
use crate::domain::heartbeat::{ItemClass, RunStatus, Surety};
use crate::domain::id::{FileId, ItemId, Locus, RunId};
use crate::domain::time::{Span, Ts};

/// The columns of [`read`], in its order.
pub const COLUMNS: &str = "at, file, offset, len, line, status, flags, run, task, due, started, duration, next, epoch, did, skipped, failed, items, seen, extra";

const CLOCK_OFF: i64 = 8;

fn status_code(status: RunStatus) -> i64 {
    match status {
        RunStatus::Running => 1,
        RunStatus::Ok => 2,
        RunStatus::Partial => 3,
        RunStatus::Skipped => 4,
        RunStatus::Failed => 5,
        RunStatus::Blocked => 6,
        RunStatus::Unknown => 0,
    }
}

fn status_of(code: i64) -> RunStatus {
    match code {
        1 => RunStatus::Running,
        2 => RunStatus::Ok,
        3 => RunStatus::Partial,
        4 => RunStatus::Skipped,
        5 => RunStatus::Failed,
        6 => RunStatus::Blocked,
        _ => RunStatus::Unknown,
    }
}

fn surety_code(surety: Surety) -> i64 {
    match surety {
        Surety::Exact => 0,
        Surety::AssumedZone => 1,
        Surety::DayOnly => 2,
        Surety::About => 3,
        Surety::FileTime => 4,
    }
}

fn surety_of(code: i64) -> Surety {
    match code {
        1 => Surety::AssumedZone,
        2 => Surety::DayOnly,
        3 => Surety::About,
        4 => Surety::FileTime,
        _ => Surety::Exact,
    }
}

fn pack_items(items: &[(ItemClass, ItemId)]) -> Option<Vec<u8>> {
    if items.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(items.len() * 3);
    for (class, id) in items {
        put(&mut out, class_code(*class) | (id.0 as u64) << 2);
    }
    Some(out)
}

fn unpack_items(bytes: &[u8]) -> Vec<(ItemClass, ItemId)> {
    Numbers(bytes)
        .map(|n| (class_of(n & 3), ItemId((n >> 2) as i64)))
        .collect()
}

/// Adds one row. `task` is the mirror's number of its task.
pub fn insert(
    connection: &Connection,
    agent: i64,
    beat: &Beat,
    task: Option<i64>,
) -> Result<(), StoreError> {
    let mut add = connection.prepare_cached(
        "INSERT OR REPLACE INTO beat VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
    )?;
    let after = |t: Option<Ts>| t.map(|t| (t - beat.at).0);
    let extra = beat
        .extra
        .as_ref()
        .and_then(|extra| serde_json::to_string(extra).ok());
    add.execute(params![
        agent,
        beat.at.0,
        beat.locus.file.0,
        beat.locus.offset as i64,
        beat.locus.len,
        beat.locus.line,
        status_code(beat.status),
        surety_code(beat.surety) | if beat.clock_off { CLOCK_OFF } else { 0 },
        beat.run.as_ref().map(RunId::as_str),
        task,
        after(beat.due),
        after(beat.started),
        beat.duration.map(|d| d.0),
        after(beat.next),
        beat.epoch.map(|e| e as i64),
        beat.did,
        beat.skipped,
        beat.failed,
        pack_items(&beat.items),
        after(beat.seen),
        extra,
    ])?;
    Ok(())
}

/// Reads one row of [`COLUMNS`]; its task is given by number.
pub fn read(row: &Row<'_>) -> rusqlite::Result<(Beat, Option<i64>)> {
    let at = Ts(row.get(0)?);
    let from_at = |column: usize| -> rusqlite::Result<Option<Ts>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(|ms| at + Span(ms)))
    };
    let flags: i64 = row.get(6)?;
    let extra: Option<Box<Extra>> = row
        .get_ref(19)?
        .as_str_or_null()?
        .and_then(|text| serde_json::from_str(text).ok());
    let beat = Beat {
        at,
        surety: surety_of(flags & 7),
        clock_off: flags & CLOCK_OFF != 0,
        seen: from_at(18)?,
        status: status_of(row.get(5)?),
        run: row.get_ref(7)?.as_str_or_null()?.map(RunId::from),
        task: None,
        due: from_at(9)?,
        started: from_at(10)?,
        duration: row.get::<_, Option<i64>>(11)?.map(Span),
        next: from_at(12)?,
        epoch: row.get::<_, Option<i64>>(13)?.map(|e| e as u64),
        did: row.get(14)?,
        skipped: row.get(15)?,
        failed: row.get(16)?,
        items: row
            .get_ref(17)?
            .as_blob_or_null()?
            .map(unpack_items)
            .unwrap_or_default(),
        extra,
        locus: Locus {
            file: FileId(row.get(1)?),
            offset: row.get::<_, i64>(2)? as u64,
            len: row.get(3)?,
            line: row.get(4)?,
        },
    };
    Ok((beat, row.get(8)?))
}

/// Removes one row.
pub fn delete(connection: &Connection, agent: i64, beat: &Beat) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM beat WHERE agent = ?1 AND at = ?2 AND file = ?3 AND offset = ?4",
        )?
        .execute(params![
            agent,
            beat.at.0,
            beat.locus.file.0,
            beat.locus.offset as i64
        ])?;
    Ok(())
}

/// Whether two rows say the same, wherever they stand: how a record is recognised after a rotation or a rewrite.
pub fn same_content(a: &Beat, b: &Beat) -> bool {
    a.at == b.at
        && a.locus.len == b.locus.len
        && a.status == b.status
        && a.run == b.run
        && a.task == b.task
        && a.started == b.started
        && (a.did, a.skipped, a.failed) == (b.did, b.skipped, b.failed)
        && a.items == b.items
}
