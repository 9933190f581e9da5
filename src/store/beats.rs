//! Heartbeats in the mirror: by agent and hour, packed in parts (see [`segment`](super::segment)).

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::segment::{MOST, Packed, Reader, Writer};
use crate::domain::facts::Beat;
use crate::domain::id::FileId;
use crate::domain::time::{Span, Ts};

fn start_of(hour: i64) -> Ts {
    Ts(hour.saturating_mul(Span::HOUR.0))
}

fn order(packed: &Packed) -> (Ts, crate::domain::id::Locus) {
    (packed.beat.at, packed.beat.locus)
}

/// Adds beats of one hour: into its last part while there is room, then into new ones.
pub fn append(
    connection: &Connection,
    agent: i64,
    hour: i64,
    more: &[Packed],
) -> Result<(), StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT part, n, body FROM beat WHERE agent = ?1 AND hour = ?2 ORDER BY part DESC LIMIT 1",
    )?;
    let last: Option<(i64, i64, Vec<u8>)> = find
        .query_row([agent, hour], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (mut part, mut begun) = match last {
        Some((part, n, body)) if n < MOST as i64 => {
            (part, Reader::new(start_of(hour), &body).collect())
        }
        Some((part, ..)) => (part + 1, Vec::new()),
        None => (0, Vec::new()),
    };
    let mut rest = more;
    while !rest.is_empty() {
        let room = MOST - begun.len();
        let (now, later) = rest.split_at(room.min(rest.len()));
        begun.extend_from_slice(now);
        put_part(connection, agent, hour, part, &begun)?;
        begun.clear();
        part += 1;
        rest = later;
    }
    Ok(())
}

fn put_part(
    connection: &Connection,
    agent: i64,
    hour: i64,
    part: i64,
    beats: &[Packed],
) -> Result<(), StoreError> {
    let mut writer = Writer::new(start_of(hour));
    for packed in beats {
        writer.put(packed);
    }
    let low = beats.iter().map(|p| p.beat.at.0).min();
    let high = beats.iter().map(|p| p.beat.at.0).max();
    let mut put = connection.prepare_cached("INSERT OR REPLACE INTO beat(agent, hour, part, low, high, n, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    put.execute(params![
        agent,
        hour,
        part,
        low.unwrap_or(0),
        high.unwrap_or(0),
        beats.len() as i64,
        writer.bytes
    ])?;
    Ok(())
}

/// All beats of an hour, by time and place.
pub fn hour(connection: &Connection, agent: i64, hour: i64) -> Result<Vec<Packed>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT body FROM beat WHERE agent = ?1 AND hour = ?2 ORDER BY part")?;
    let mut rows = query.query([agent, hour])?;
    let mut beats = Vec::new();
    while let Some(row) = rows.next()? {
        beats.extend(Reader::new(
            start_of(hour),
            row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
        ));
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
        .prepare_cached("DELETE FROM beat WHERE agent = ?1 AND hour = ?2")?
        .execute([agent, hour])?;
    for (part, beats) in beats.chunks(MOST).enumerate() {
        put_part(connection, agent, hour, part as i64, beats)?;
    }
    Ok(())
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
    let mut query = connection
        .prepare_cached("SELECT 1 FROM beat WHERE agent = ?1 AND hour >= ?2 AND hour <= ?3 AND low <= ?5 AND high >= ?4 LIMIT 1")?;
    Ok(query.exists(params![
        agent,
        from.hour_index(),
        to.hour_index(),
        from.0,
        to.0
    ])?)
}

/// The first beat of an agent.
pub fn first(connection: &Connection, agent: i64) -> Result<Option<Ts>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT hour, low FROM beat WHERE agent = ?1 ORDER BY hour, part LIMIT 1",
    )?;
    let found: Option<(i64, i64)> = query
        .query_row([agent], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((hour, low)) = found else {
        return Ok(None);
    };
    let mut least =
        connection.prepare_cached("SELECT min(low) FROM beat WHERE agent = ?1 AND hour = ?2")?;
    let least: Option<i64> = least.query_row([agent, hour], |row| row.get(0))?;
    Ok(Some(Ts(least.unwrap_or(low))))
}

/// Beats of an agent in [from, to], oldest first, until told to stop.
pub fn forward(
    connection: &Connection,
    agent: i64,
    from: Ts,
    to: Ts,
    mut each: impl FnMut(Packed) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT hour, body FROM beat WHERE agent = ?1 AND hour >= ?2 AND hour <= ?3 AND low <= ?5 AND high >= ?4 ORDER BY hour, part",
    )?;
    let mut rows = query.query(params![
        agent,
        from.hour_index(),
        to.hour_index(),
        from.0,
        to.0
    ])?;
    let mut beats: Vec<Packed> = Vec::new();
    let mut current = None;
    loop {
        let row = rows.next()?;
        let hour: Option<i64> = row.map(|row| row.get(0)).transpose()?;
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
    let mut hours = connection.prepare_cached(
        "SELECT hour, part, high FROM beat WHERE agent = ?1 AND hour >= ?2 AND hour <= ?3 AND low <= ?5 AND high >= ?4 ORDER BY hour DESC, part DESC",
    )?;
    let mut rows = hours.query(params![
        agent,
        from.hour_index(),
        to.hour_index(),
        from.0,
        to.0
    ])?;
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
        let hour: Option<i64> = row.map(|row| row.get(0)).transpose()?;
        if hour != current {
            if let Some(hour) = current
                && hour_backward(connection, agent, hour, &mut parts, &mut wanted)?.is_break()
            {
                return Ok(());
            }
            parts.clear();
            current = hour;
        }
        let Some(row) = row else { return Ok(()) };
        parts.push((row.get(1)?, row.get(2)?));
    }
}

/// Merges the parts of one hour from its end: a part is read only when everything later has been given.
fn hour_backward(
    connection: &Connection,
    agent: i64,
    hour: i64,
    parts: &mut [(i64, i64)],
    each: &mut impl FnMut(Packed) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    parts.sort_by_key(|(part, high)| std::cmp::Reverse((*high, *part)));
    let mut ahead: Vec<Packed> = Vec::new();
    let mut read = connection
        .prepare_cached("SELECT body FROM beat WHERE agent = ?1 AND hour = ?2 AND part = ?3")?;
    for (part, high) in parts.iter() {
        while ahead.last().is_some_and(|packed| packed.beat.at.0 > *high) {
            if ahead.pop().is_some_and(|packed| each(packed).is_break()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        let body: Vec<u8> = read.query_row([agent, hour, *part], |row| row.get(0))?;
        ahead.extend(Reader::new(start_of(hour), &body));
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

/// A beat with its task's name, as facts hold it.
pub fn named(packed: Packed, task: Option<crate::domain::id::TaskId>) -> Beat {
    Beat {
        task,
        ..packed.beat
    }
}
