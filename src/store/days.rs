//! The counts of an agent's day (UTC) in one row, hour by hour: a week of the whole fleet is one range of rows, however
//! much was written in it.
//!
//! A row is made anew from the hours of its day whenever one of them changes, so it can never say anything else than they.

use rusqlite::{Connection, params};
use xxhash_rust::xxh3::xxh3_64;

use super::StoreError;
use super::numbered::Numbered;
use super::pack::{Numbers, put};
use super::query;
use super::rollup::{Hour, add_counts, add_runs};
use crate::domain::retro::Tally;
use crate::domain::time::{Span, Ts};

/// Hours of a day of UTC.
const HOURS: i64 = 24;

/// The day that an hour lies in.
pub fn day_of(hour: i64) -> i64 {
    hour.div_euclid(HOURS)
}

/// Makes an agent's day anew from its hours.
pub fn refold(connection: &Connection, agent: i64, day: i64) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT hour, tally FROM hour WHERE agent = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
    )?;
    let mut rows = query.query([agent, day * HOURS, (day + 1) * HOURS])?;
    let mut hours = Vec::with_capacity(HOURS as usize * 12);
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        let tally = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        put(&mut hours, hour.rem_euclid(HOURS) as u64);
        put(&mut hours, tally.len() as u64);
        hours.extend_from_slice(tally);
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO day(day, agent, hours) VALUES(?1, ?2, ?3)")?
        .execute(params![day, agent, hours])?;
    Ok(())
}

/// What one hour of one agent counts.
#[derive(Clone, Copy, Debug)]
pub struct HourOf {
    pub agent: i64,
    /// Since the epoch.
    pub hour: i64,
    pub tally: Tally,
    /// In millionths of a dollar.
    pub cost: u64,
    /// Of everything that is counted: another count, another mark.
    pub mark: u64,
}

/// Every hour in [from, to) in which anything was said, of all agents, by day.
pub fn hours(
    connection: &Connection,
    (from, to): (i64, i64),
    mut each: impl FnMut(HourOf),
) -> Result<(), StoreError> {
    let mut query = connection
        .prepare_cached("SELECT day, agent, hours FROM day WHERE day >= ?1 AND day <= ?2")?;
    let mut rows = query.query([day_of(from), day_of(to - 1)])?;
    while let Some(row) = rows.next()? {
        let (day, agent): (i64, i64) = (row.get(0)?, row.get(1)?);
        let mut bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        while let Some((clock, tally, rest)) = next(bytes) {
            bytes = rest;
            let hour = day * HOURS + clock;
            if hour < from || hour >= to {
                continue;
            }
            let mut whole = Hour::default();
            whole.unpack_tally(tally);
            each(HourOf {
                agent,
                hour,
                tally: Tally {
                    counts: whole.counts,
                    runs: whole.runs,
                },
                cost: whole.cost,
                mark: xxh3_64(tally),
            });
        }
    }
    Ok(())
}

fn next(bytes: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let mut numbers = Numbers(bytes);
    let (clock, length) = (numbers.next()?, numbers.next()? as usize);
    let (tally, rest) = numbers.0.split_at_checked(length)?;
    Some((clock as i64, tally, rest))
}

/// What every agent did in [since, until), exact to the millisecond: whole hours from the days, the pieces at both ends from
/// rows.
pub fn tallies(
    connection: &Connection,
    (since, until): (Ts, Ts),
) -> Result<Numbered<i64, Tally>, StoreError> {
    let mut found: Numbered<i64, Tally> = Numbered::default();
    let pieces = query::pieces(since, until);
    hours(connection, pieces.hours, |one| {
        let sum = found.entry(one.agent).or_default();
        add_counts(&mut sum.counts, one.tally.counts);
        add_runs(&mut sum.runs, one.tally.runs);
    })?;
    let ends = pieces.ends.into_iter().filter(|(from, to)| from < to);
    for (from, to) in ends {
        for agent in spoke(connection, from.hour_index())? {
            let sum = found.entry(agent).or_default();
            let (counts, runs) = query::counts_of_rows(connection, agent, (from, to))?;
            add_counts(&mut sum.counts, counts);
            add_runs(&mut sum.runs, runs);
        }
    }
    Ok(found)
}

/// The agents of which anything stands on the day of an hour.
fn spoke(connection: &Connection, hour: i64) -> Result<Vec<i64>, StoreError> {
    let mut query = connection.prepare_cached("SELECT agent FROM day WHERE day = ?1")?;
    let rows = query.query_map([day_of(hour)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The start of an hour.
pub fn start_of(hour: i64) -> Ts {
    Ts(hour * Span::HOUR.0)
}
