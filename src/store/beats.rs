//! Heartbeats in the mirror: by agent and hour, packed in parts (see [`segment`](super::segment)).

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::segment::{Items, Line, MOST, Packed, Reader, Writer, bare_extra};
use crate::domain::id::FileId;
use crate::domain::time::{Span, Ts};

/// Bits of a row's id below the agent: 24 of hours since 1970 (till the year 3883), and below them 17 of parts.
const HOUR_SHIFT: u32 = 17;
const AGENT_SHIFT: u32 = 41;
const LAST_HOUR: i64 = (1 << 24) - 1;
const LAST_PART: i64 = (1 << HOUR_SHIFT) - 1;

/// Agent, hour and part as one number. Hours outside what the bits hold are kept with the first or the last.
fn id(agent: i64, hour: i64, part: i64) -> i64 {
    agent << AGENT_SHIFT | hour.clamp(0, LAST_HOUR) << HOUR_SHIFT | part
}

fn hour_of(id: i64) -> i64 {
    id >> HOUR_SHIFT & LAST_HOUR
}

/// The ids of an agent's hours, first to last.
fn ids(agent: i64, from: i64, to: i64) -> (i64, i64) {
    (id(agent, from, 0), id(agent, to, LAST_PART))
}

fn start_of(hour: i64) -> Ts {
    Ts(hour.saturating_mul(Span::HOUR.0))
}

fn order(packed: &Packed) -> (Ts, crate::domain::id::Locus) {
    (packed.beat.at, packed.beat.locus)
}

/// Beats of one agent's hour that are not in the mirror yet, packed as they will be.
#[derive(Debug)]
pub struct Parts {
    start: Ts,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    writer: Writer,
    count: usize,
    low: i64,
    high: i64,
}

impl Parts {
    pub fn of(hour: i64) -> Self {
        Self {
            start: start_of(hour.clamp(0, LAST_HOUR)),
            parts: Vec::new(),
        }
    }

    pub fn put(&mut self, line: &Line<'_>, items: &Items) {
        if self.parts.last().is_none_or(|part| part.count >= MOST) {
            self.parts.push(Part {
                writer: Writer::new(self.start),
                count: 0,
                low: i64::MAX,
                high: i64::MIN,
            });
        }
        if let Some(part) = self.parts.last_mut() {
            part.writer.put(line, items);
            part.count += 1;
            part.low = part.low.min(line.at.0);
            part.high = part.high.max(line.at.0);
        }
    }

    /// Puts records behind those that are there.
    fn extend(&mut self, more: &Self) {
        let mut items = Vec::new();
        for part in &more.parts {
            let mut lines = Reader::new(more.start, &part.writer.bytes);
            while let Some(line) = lines.line(&mut items) {
                self.put(&line, &items);
            }
        }
    }

    fn write(&self, connection: &Connection, first: i64) -> Result<(), StoreError> {
        let mut put = connection.prepare_cached(
            "INSERT OR REPLACE INTO beat(id, low, high, n, body) VALUES(?1, ?2, ?3, ?4, ?5)",
        )?;
        for (row, part) in (first..).zip(&self.parts) {
            put.execute(params![
                row,
                part.low,
                part.high,
                part.count as i64,
                part.writer.bytes
            ])?;
        }
        Ok(())
    }
}

/// The last hour of an agent that has beats.
pub fn last_hour(connection: &Connection, agent: i64) -> Result<Option<i64>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id FROM beat WHERE id >= ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let found: Option<i64> = query
        .query_row(ids(agent, 0, LAST_HOUR), |row| row.get(0))
        .optional()?;
    Ok(found.map(hour_of))
}

/// The same once an hour's beats are the last.
pub fn last_hour_of(hour: i64) -> Option<i64> {
    Some(hour.clamp(0, LAST_HOUR))
}

/// Whether an hour lies behind every one that has beats.
pub fn is_behind(hour: i64, last: Option<i64>) -> bool {
    last.is_none_or(|last| hour.clamp(0, LAST_HOUR) > last)
}

/// Sets the beats of an hour that has none.
pub fn begin(
    connection: &Connection,
    agent: i64,
    hour: i64,
    beats: &Parts,
) -> Result<(), StoreError> {
    beats.write(connection, id(agent, hour, 0))
}

/// Adds beats of one hour: into its last part while there is room, then into new ones.
pub fn append(
    connection: &Connection,
    agent: i64,
    hour: i64,
    more: &Parts,
) -> Result<(), StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT id, n, low, high, body FROM beat WHERE id >= ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let mut rows = find.query(ids(agent, hour, hour))?;
    let Some(row) = rows.next()? else {
        return begin(connection, agent, hour, more);
    };
    let (last, count): (i64, i64) = (row.get(0)?, row.get(1)?);
    if count >= MOST as i64 {
        return more.write(connection, last + 1);
    }
    let body = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
    let (writer, count) = Reader::resume(more.start, body);
    let part = Part {
        writer,
        count,
        low: row.get(2)?,
        high: row.get(3)?,
    };
    drop(rows);
    let mut all = Parts {
        start: more.start,
        parts: vec![part],
    };
    all.extend(more);
    all.write(connection, last)
}

/// All beats of an hour, by time and place.
pub fn hour(connection: &Connection, agent: i64, hour: i64) -> Result<Vec<Packed>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT id, body FROM beat WHERE id >= ?1 AND id <= ?2 ORDER BY id")?;
    let mut rows = query.query(ids(agent, hour, hour))?;
    let mut beats = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        beats.extend(Reader::new(start_of(hour_of(row.get(0)?)), body));
    }
    beats.sort_by_key(order);
    Ok(beats)
}

/// Sets an hour whole.
pub fn replace_hour(
    connection: &Connection,
    agent: i64,
    hour: i64,
    beats: &[Packed],
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM beat WHERE id >= ?1 AND id <= ?2")?
        .execute(ids(agent, hour, hour))?;
    let mut parts = Parts::of(hour);
    for packed in beats {
        let extra = packed.beat.extra.as_ref().and_then(|e| bare_extra(e));
        parts.put(&Line::of(packed, extra.as_deref()), &packed.beat.items);
    }
    begin(connection, agent, hour, &parts)
}

/// Takes one beat away.
pub fn remove(
    connection: &Connection,
    agent: i64,
    at: Ts,
    file: FileId,
    offset: u64,
) -> Result<(), StoreError> {
    let index = at.hour_index();
    let mut beats = hour(connection, agent, index)?;
    beats.retain(|p| {
        !(p.beat.at == at && p.beat.locus.file == file && p.beat.locus.offset == offset)
    });
    replace_hour(connection, agent, index, &beats)
}

/// Whether an agent has any beat in [from, to].
pub fn any(connection: &Connection, agent: i64, from: Ts, to: Ts) -> Result<bool, StoreError> {
    let (first, last) = ids(agent, from.hour_index(), to.hour_index());
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM beat WHERE id >= ?1 AND id <= ?2 AND low <= ?4 AND high >= ?3 LIMIT 1",
    )?;
    Ok(query.exists(params![first, last, from.0, to.0])?)
}

/// The first beat of an agent.
pub fn first(connection: &Connection, agent: i64) -> Result<Option<Ts>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT id FROM beat WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1")?;
    let found: Option<i64> = query
        .query_row(ids(agent, 0, LAST_HOUR), |row| row.get(0))
        .optional()?;
    let Some(found) = found else {
        return Ok(None);
    };
    let hour = hour_of(found);
    let mut least =
        connection.prepare_cached("SELECT min(low) FROM beat WHERE id >= ?1 AND id <= ?2")?;
    let least: Option<i64> = least.query_row(ids(agent, hour, hour), |row| row.get(0))?;
    Ok(least.map(Ts))
}

/// Beats of an agent in [from, to], oldest first, until told to stop.
pub fn forward(
    connection: &Connection,
    agent: i64,
    from: Ts,
    to: Ts,
    mut each: impl FnMut(Packed) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let (first, last) = ids(agent, from.hour_index(), to.hour_index());
    let mut query = connection.prepare_cached(
        "SELECT id, body FROM beat WHERE id >= ?1 AND id <= ?2 AND low <= ?4 AND high >= ?3 ORDER BY id",
    )?;
    let mut rows = query.query(params![first, last, from.0, to.0])?;
    let mut beats: Vec<Packed> = Vec::new();
    let mut current = None;
    loop {
        let row = rows.next()?;
        let hour: Option<i64> = row.map(|row| row.get(0).map(hour_of)).transpose()?;
        if hour != current {
            beats.sort_by_key(order);
            for packed in beats
                .drain(..)
                .filter(|p| p.beat.at >= from && p.beat.at <= to)
            {
                if each(packed).is_break() {
                    return Ok(());
                }
            }
            current = hour;
        }
        let (Some(row), Some(hour)) = (row, hour) else {
            return Ok(());
        };
        beats.extend(Reader::new(
            start_of(hour),
            row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
        ));
    }
}

/// Beats of an agent in [from, to], newest first, until told to stop. Parts that are not reached are not read.
pub fn backward(
    connection: &Connection,
    agent: i64,
    from: Ts,
    to: Ts,
    mut each: impl FnMut(Packed) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let (first, last) = ids(agent, from.hour_index(), to.hour_index());
    let mut hours = connection.prepare_cached(
        "SELECT id, high FROM beat WHERE id >= ?1 AND id <= ?2 AND low <= ?4 AND high >= ?3 ORDER BY id DESC",
    )?;
    let mut rows = hours.query(params![first, last, from.0, to.0])?;
    let mut parts: Vec<(i64, i64)> = Vec::new();
    let mut current = None;
    let mut wanted = |packed: Packed| {
        if packed.beat.at < from || packed.beat.at > to {
            ControlFlow::Continue(())
        } else {
            each(packed)
        }
    };
    loop {
        let row = rows.next()?;
        let hour: Option<i64> = row.map(|row| row.get(0).map(hour_of)).transpose()?;
        if hour != current {
            if hour_backward(connection, &mut parts, &mut wanted)?.is_break() {
                return Ok(());
            }
            parts.clear();
            current = hour;
        }
        let Some(row) = row else { return Ok(()) };
        parts.push((row.get(0)?, row.get(1)?));
    }
}

/// Merges the parts of one hour from its end: a part is read only when everything later has been given.
fn hour_backward(
    connection: &Connection,
    parts: &mut [(i64, i64)],
    each: &mut impl FnMut(Packed) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    parts.sort_by_key(|(id, high)| std::cmp::Reverse((*high, *id)));
    let mut ahead: Vec<Packed> = Vec::new();
    let mut read = connection.prepare_cached("SELECT body FROM beat WHERE id = ?1")?;
    for (id, high) in parts.iter() {
        while ahead.last().is_some_and(|packed| packed.beat.at.0 > *high) {
            if ahead.pop().is_some_and(|packed| each(packed).is_break()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        let body: Vec<u8> = read.query_row([id], |row| row.get(0))?;
        ahead.extend(Reader::new(start_of(hour_of(*id)), &body));
        ahead.sort_by_key(order);
    }
    while let Some(packed) = ahead.pop() {
        if each(packed).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Whether two records say the same, wherever they stand: how one is recognised after a rotation or a rewrite.
pub fn same_content(a: &Packed, b: &Packed) -> bool {
    let key = |p: &Packed| {
        (
            p.beat.at,
            p.beat.locus.len,
            p.beat.status,
            p.task,
            p.beat.started,
            p.beat.did,
            p.beat.skipped,
            p.beat.failed,
        )
    };
    key(a) == key(b) && a.beat.run == b.beat.run && a.beat.items == b.beat.items
}
