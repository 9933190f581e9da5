//! Pages of the merged log: beats, steps, plan versions and damage of all agents, by time.
//!
//! Every agent and kind is one ordered source, read a few rows at a time; a heap merges them. So a page costs what it
//! shows, however long the history is.

mod source;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rusqlite::Connection;

use self::source::{Bounds, Lookups, Source, sources};
pub use self::source::{beat_row, step_row};
use super::StoreError;
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::domain::page::Anchor;
use crate::domain::time::Ts;

/// Least rows read of a source at once.
const LEAST_STEP: usize = 8;
/// Most room that is made for a page before its rows are there.
const MOST_AHEAD: usize = 4_096;

/// A page, oldest row first, and whether more lies on either side.
#[derive(Debug, Default)]
pub struct LogPage {
    pub rows: Vec<LogRow>,
    pub older: bool,
    pub newer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Older,
    Newer,
}

/// Reads one page.
pub fn page(
    connection: &Connection,
    filter: &LogFilter,
    anchor: &Anchor,
    rows: usize,
) -> Result<LogPage, StoreError> {
    let (old, new) = (LogKey::first(), LogKey::last());
    match anchor {
        Anchor::Tail => {
            let (rows, older) = walk(connection, filter, &new, Direction::Older, rows)?;
            Ok(LogPage {
                rows,
                older,
                newer: false,
            })
        }
        Anchor::Before(key) => {
            let (rows, older) = walk(connection, filter, key, Direction::Older, rows)?;
            Ok(LogPage {
                rows,
                older,
                newer: true,
            })
        }
        Anchor::After(key) => {
            let (rows, newer) = walk(connection, filter, key, Direction::Newer, rows)?;
            Ok(LogPage {
                rows,
                older: *key > old,
                newer,
            })
        }
        Anchor::Around(at) => {
            let middle = LogKey {
                at: *at,
                ..LogKey::first()
            };
            let (mut before, older) =
                walk(connection, filter, &middle, Direction::Older, rows / 2)?;
            let just_before = before.last().map_or(
                LogKey {
                    at: Ts(at.0 - 1),
                    ..LogKey::last()
                },
                LogKey::of,
            );
            let (after, newer) = walk(
                connection,
                filter,
                &just_before,
                Direction::Newer,
                rows - rows / 2,
            )?;
            before.extend(after);
            Ok(LogPage {
                rows: before,
                older,
                newer,
            })
        }
    }
}

struct Head {
    key: LogKey,
    source: usize,
    direction: Direction,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Head {}
impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = self
            .key
            .cmp(&other.key)
            .then(self.source.cmp(&other.source));
        match self.direction {
            Direction::Older => by_key,
            Direction::Newer => by_key.reverse(),
        }
    }
}

fn walk(
    connection: &Connection,
    filter: &LogFilter,
    from: &LogKey,
    direction: Direction,
    want: usize,
) -> Result<(Vec<LogRow>, bool), StoreError> {
    let mut sources = sources(connection, filter)?;
    let step = (want / sources.len().max(1) * 2).clamp(LEAST_STEP, 512);
    let mut lookups = Lookups::default();
    let mut heap = BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        let bounds = Bounds::of(filter, from, direction);
        source.refill(connection, &bounds, step, &mut lookups)?;
        push_head(&mut heap, source, index, direction);
    }
    // A word that stands in few lines is looked for to the end of the history: a page that stopped before would say that
    // there is none.
    let (mut found, mut more) = (Vec::with_capacity(want.min(MOST_AHEAD)), false);
    while let Some(head) = heap.pop() {
        if found.len() == want {
            more = true;
            break;
        }
        let source = &mut sources[head.source];
        if let Some(row) = source.ahead.pop_front() {
            if source.ahead.is_empty() && !source.ended {
                let key = LogKey::of(&row);
                let bounds = Bounds::of(filter, &key, direction);
                source.refill(connection, &bounds, step, &mut lookups)?;
            }
            if filter.says(&row) {
                found.push(row);
            }
        }
        push_head(&mut heap, &sources[head.source], head.source, direction);
    }
    if direction == Direction::Older {
        found.reverse();
    }
    Ok((found, more))
}

fn push_head(heap: &mut BinaryHeap<Head>, source: &Source, index: usize, direction: Direction) {
    if let Some(row) = source.ahead.front() {
        heap.push(Head {
            key: LogKey::of(row),
            source: index,
            direction,
        });
    }
}
