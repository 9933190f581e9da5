//! Pages of the merged log: beats, steps, plan versions and damage of all agents, by time.
//!
//! Every agent and kind is one ordered source, read a few rows at a time; a heap merges them. So a page costs what it
//! shows, however long the history is.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::ops::ControlFlow;

use rusqlite::{Connection, params};

use super::mirror::agent_rows;
use super::query::{DAWN, TaskNames, with_names};
use super::{StoreError, beats, item};
use crate::domain::action::{Step, StepStatus};
use crate::domain::heartbeat::{Item, ItemClass, RunStatus};
use crate::domain::id::{AgentId, FileId, ItemId, Locus, RunId, TaskId};
use crate::domain::log::{LogFilter, LogKey, LogKind, LogRow};
use crate::domain::page::Anchor;
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;

/// Rows that a filter may look through for one page; what lies behind is reached by paging on.
const MOST_SCANNED: usize = 50_000;
/// Least rows read of a source at once.
const LEAST_STEP: usize = 8;

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

/// One ordered stream of rows: an agent's beats, steps, plans or notes.
struct Source {
    agent: i64,
    name: AgentId,
    kind: LogKind,
    ahead: VecDeque<LogRow>,
    ended: bool,
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

/// Texts and names met on the way, each read once.
#[derive(Default)]
struct Lookups {
    items: HashMap<ItemId, Option<Item>>,
    tasks: TaskNames,
    files: BTreeMap<FileId, String>,
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
        refill(
            connection,
            source,
            filter,
            from,
            direction,
            step,
            &mut lookups,
        )?;
        push_head(&mut heap, source, index, direction);
    }
    let (mut found, mut scanned, mut more) = (Vec::with_capacity(want), 0, false);
    while let Some(head) = heap.pop() {
        if found.len() == want || scanned == MOST_SCANNED {
            more = true;
            break;
        }
        let source = &mut sources[head.source];
        if let Some(row) = source.ahead.pop_front() {
            scanned += 1;
            if source.ahead.is_empty() && !source.ended {
                refill(
                    connection,
                    source,
                    filter,
                    &LogKey::of(&row),
                    direction,
                    step,
                    &mut lookups,
                )?;
            }
            if matches(&row, filter) {
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

fn sources(connection: &Connection, filter: &LogFilter) -> Result<Vec<Source>, StoreError> {
    let mut sources = Vec::new();
    for (agent, name, _, _) in agent_rows(connection)? {
        if !filter.agents.is_empty() && !filter.agents.contains(&name) {
            continue;
        }
        for kind in [LogKind::Beat, LogKind::Step, LogKind::Plan, LogKind::Damage] {
            // Versions of plans belong to an agent's own timeline; among all agents' lines they are noise.
            if kind == LogKind::Plan && filter.agents.is_empty() {
                continue;
            }
            sources.push(Source {
                agent,
                name: name.clone(),
                kind,
                ahead: VecDeque::new(),
                ended: false,
            });
        }
    }
    Ok(sources)
}

/// Bounds of a read: the filter's times and the place to go on from.
struct Span {
    low: i64,
    high: i64,
    order: &'static str,
    direction: Direction,
}

fn span(filter: &LogFilter, from: &LogKey, direction: Direction) -> Span {
    let (mut low, mut high) = (
        filter.since.map_or(i64::MIN, |t| t.0),
        filter.until.map_or(i64::MAX, |t| t.0),
    );
    match direction {
        Direction::Older => high = high.min(from.at.0),
        Direction::Newer => low = low.max(from.at.0),
    }
    let order = match direction {
        Direction::Older => "at DESC, file DESC, offset DESC",
        Direction::Newer => "at, file, offset",
    };
    Span {
        low,
        high,
        order,
        direction,
    }
}

fn refill(
    connection: &Connection,
    source: &mut Source,
    filter: &LogFilter,
    from: &LogKey,
    direction: Direction,
    step: usize,
    lookups: &mut Lookups,
) -> Result<(), StoreError> {
    let span = span(filter, from, direction);
    let mut limit = step;
    // Rows of the very same moment may fill a whole step; then a longer one is read.
    loop {
        let rows = read(connection, source, &span, limit, lookups)?;
        let full = rows.len() == limit;
        let last_at = rows.last().map(|row| row.at);
        source.ahead = rows
            .into_iter()
            .filter(|row| beyond(&LogKey::of(row), from, direction))
            .collect();
        source.ended = !full;
        if !source.ahead.is_empty() || !full || last_at != Some(from.at) {
            return Ok(());
        }
        limit *= 8;
    }
}

fn beyond(key: &LogKey, from: &LogKey, direction: Direction) -> bool {
    match direction {
        Direction::Older => key < from,
        Direction::Newer => key > from,
    }
}

fn read(
    connection: &Connection,
    source: &Source,
    span: &Span,
    limit: usize,
    lookups: &mut Lookups,
) -> Result<Vec<LogRow>, StoreError> {
    match source.kind {
        LogKind::Beat => read_beats(connection, source, span, limit, lookups),
        LogKind::Step => read_steps(connection, source, span, limit),
        LogKind::Plan => read_plans(connection, source, span, limit, lookups),
        LogKind::Damage => read_notes(connection, source, span, limit),
    }
}

fn read_beats(
    connection: &Connection,
    source: &Source,
    span: &Span,
    limit: usize,
    lookups: &mut Lookups,
) -> Result<Vec<LogRow>, StoreError> {
    let (low, high) = (Ts(span.low.max(DAWN.0)), Ts(span.high.min(-DAWN.0)));
    let mut packed = Vec::with_capacity(limit);
    let take = |one| {
        packed.push(one);
        if packed.len() == limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    match span.direction {
        Direction::Older => beats::backward(connection, source.agent, low, high, take)?,
        Direction::Newer => beats::forward(connection, source.agent, low, high, take)?,
    }
    let mut found = Vec::with_capacity(packed.len());
    for one in packed {
        let beat = with_names(connection, &mut lookups.tasks, one)?;
        let text = text_of(connection, &beat.items, lookups)?;
        found.push(LogRow {
            at: beat.at,
            agent: source.name.clone(),
            task: beat.task,
            run: beat.run,
            status: beat.status,
            kind: LogKind::Beat,
            did: beat.did,
            skipped: beat.skipped,
            failed: beat.failed,
            text,
            locus: beat.locus,
        });
    }
    Ok(found)
}

/// The message; else what failed, was done or skipped, in the agent's words.
fn text_of(
    connection: &Connection,
    items: &[(ItemClass, ItemId)],
    lookups: &mut Lookups,
) -> Result<Untrusted, StoreError> {
    let mut parts: Vec<String> = Vec::new();
    for (class, id) in items {
        let item = if let Some(item) = lookups.items.get(id) {
            item.clone()
        } else {
            let item = item::get(connection, *id)?;
            lookups.items.insert(*id, item.clone());
            item
        };
        let Some(item) = item else { continue };
        match class {
            ItemClass::Message => return Ok(item.what),
            ItemClass::Did => parts.push(item.what.exact().to_owned()),
            ItemClass::Skipped | ItemClass::Failed => {
                let why = item
                    .why
                    .as_ref()
                    .map(|why| format!(": {}", why.exact()))
                    .unwrap_or_default();
                parts.push(format!("{}{why}", item.what.exact()));
            }
        }
    }
    Ok(Untrusted::from(parts.join(", ")))
}

fn read_steps(
    connection: &Connection,
    source: &Source,
    span: &Span,
    limit: usize,
) -> Result<Vec<LogRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT file, offset, len, line, body FROM step WHERE agent = ?1 AND at >= ?2 AND at <= ?3 ORDER BY {} LIMIT ?4",
        span.order
    ))?;
    let mut rows = query.query(params![source.agent, span.low, span.high, limit as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let locus = Locus {
            file: FileId(row.get(0)?),
            offset: row.get::<_, i64>(1)? as u64,
            len: row.get(2)?,
            line: row.get(3)?,
        };
        let Ok(step) = postcard::from_bytes::<Step>(&row.get::<_, Vec<u8>>(4)?) else {
            continue;
        };
        found.push(step_row(source, step, locus));
    }
    Ok(found)
}

fn step_row(source: &Source, step: Step, locus: Locus) -> LogRow {
    let (status, word) = match step.status {
        StepStatus::Intended => (RunStatus::Running, "intended"),
        StepStatus::Ready => (RunStatus::Running, "ready"),
        StepStatus::Done => (RunStatus::Ok, "done"),
        StepStatus::Failed => (RunStatus::Failed, "failed"),
        StepStatus::Skipped => (RunStatus::Skipped, "skipped"),
        StepStatus::Unknown => (RunStatus::Unknown, "?"),
    };
    let parts = [
        step.step.as_ref(),
        step.action.as_ref(),
        step.target.as_ref(),
    ];
    let what: Vec<&str> = parts.into_iter().flatten().map(Untrusted::exact).collect();
    LogRow {
        at: step.at.at,
        agent: source.name.clone(),
        task: step.task,
        run: step.run,
        status,
        kind: LogKind::Step,
        did: 0,
        skipped: 0,
        failed: 0,
        text: Untrusted::from(format!("{} {word}", what.join(" "))),
        locus,
    }
}

fn read_plans(
    connection: &Connection,
    source: &Source,
    span: &Span,
    limit: usize,
    lookups: &mut Lookups,
) -> Result<Vec<LogRow>, StoreError> {
    // A plan has no place but its moment; its hash keeps two of the same moment apart.
    let order = span
        .order
        .replace("at", "known")
        .replace("offset", "hash")
        .replace("file DESC, ", "")
        .replace("file, ", "");
    let mut query = connection.prepare_cached(&format!(
        "SELECT known, file, hash FROM plan WHERE agent = ?1 AND known >= ?2 AND known <= ?3 ORDER BY {order} LIMIT ?4"
    ))?;
    let mut rows = query.query(params![source.agent, span.low, span.high, limit as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (at, file, hash) = (
            Ts(row.get(0)?),
            FileId(row.get(1)?),
            row.get::<_, String>(2)?,
        );
        let name = file_name(connection, file, lookups)?;
        let text = format!("{name}: version {}", &hash[..hash.len().min(8)]);
        let locus = Locus {
            file,
            offset: 0,
            len: 0,
            line: 1,
        };
        found.push(plain_row(source, at, Untrusted::from(text), locus));
    }
    Ok(found)
}

fn file_name(
    connection: &Connection,
    file: FileId,
    lookups: &mut Lookups,
) -> Result<String, StoreError> {
    if let Some(name) = lookups.files.get(&file) {
        return Ok(name.clone());
    }
    let name =
        super::files::one(connection, file)?.map_or_else(|| "plan".to_owned(), |row| row.relative);
    lookups.files.insert(file, name.clone());
    Ok(name)
}

fn read_notes(
    connection: &Connection,
    source: &Source,
    span: &Span,
    limit: usize,
) -> Result<Vec<LogRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT at, file, offset, line, text FROM note WHERE agent = ?1 AND at >= ?2 AND at <= ?3 ORDER BY {} LIMIT ?4",
        span.order
    ))?;
    let mut rows = query.query(params![source.agent, span.low, span.high, limit as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let locus = Locus {
            file: FileId(row.get(1)?),
            offset: row.get::<_, i64>(2)? as u64,
            len: 0,
            line: row.get(3)?,
        };
        let text: String = row.get(4)?;
        found.push(plain_row(
            source,
            Ts(row.get(0)?),
            Untrusted::from(text),
            locus,
        ));
    }
    Ok(found)
}

fn plain_row(source: &Source, at: Ts, text: Untrusted, locus: Locus) -> LogRow {
    LogRow {
        at,
        agent: source.name.clone(),
        task: None,
        run: None,
        status: RunStatus::Unknown,
        kind: source.kind,
        did: 0,
        skipped: 0,
        failed: 0,
        text,
        locus,
    }
}

fn matches(row: &LogRow, filter: &LogFilter) -> bool {
    if filter
        .task
        .as_ref()
        .is_some_and(|task| row.task.as_ref() != Some(task))
    {
        return false;
    }
    if !filter.statuses.is_empty() && !filter.statuses.contains(&row.status) {
        return false;
    }
    if filter.words.is_empty() && filter.without.is_empty() {
        return true;
    }
    let task = row.task.as_ref().map(TaskId::as_str).unwrap_or_default();
    let run = row.run.as_ref().map(RunId::as_str).unwrap_or_default();
    let hay = format!(
        "{}\n{task}\n{run}\n{}",
        row.agent.as_str(),
        row.text.exact()
    )
    .to_lowercase();
    filter
        .words
        .iter()
        .all(|word| hay.contains(&word.to_lowercase()))
        && !filter
            .without
            .iter()
            .any(|word| hay.contains(&word.to_lowercase()))
}
