//! One agent's rows of one kind, by time: beats, steps, versions of plans, damage.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use rusqlite::{Connection, Row, params};

use super::super::names::agent_rows;
use super::super::query::{DAWN, TaskNames, with_names};
use super::super::{StoreError, beats, files, item};
use super::Direction;
use crate::domain::action::{Step, StepStatus};
use crate::domain::facts::{Beat, StepFact};
use crate::domain::heartbeat::{Item, ItemClass, RunStatus};
use crate::domain::id::{AgentId, FileId, ItemId, Locus};
use crate::domain::log::{LogFilter, LogKey, LogKind, LogRow};
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;

/// One ordered stream of rows.
pub struct Source {
    agent: i64,
    name: AgentId,
    kind: LogKind,
    /// Rows that were read and not given yet.
    pub ahead: VecDeque<LogRow>,
    pub ended: bool,
}

/// Texts and names met on the way, each read once.
#[derive(Default)]
pub struct Lookups {
    items: HashMap<ItemId, Option<Item>>,
    tasks: TaskNames,
    files: BTreeMap<FileId, String>,
}

/// All sources that a filter lets through.
pub fn sources(connection: &Connection, filter: &LogFilter) -> Result<Vec<Source>, StoreError> {
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
pub struct Bounds<'a> {
    low: i64,
    high: i64,
    from: &'a LogKey,
    direction: Direction,
}

impl<'a> Bounds<'a> {
    pub fn of(filter: &LogFilter, from: &'a LogKey, direction: Direction) -> Self {
        let (mut low, mut high) = (
            filter.since.map_or(i64::MIN, |t| t.0),
            filter.until.map_or(i64::MAX, |t| t.0),
        );
        match direction {
            Direction::Older => high = high.min(from.at.0),
            Direction::Newer => low = low.max(from.at.0),
        }
        Self {
            low,
            high,
            from,
            direction,
        }
    }

    fn holds(&self, key: &LogKey) -> bool {
        match self.direction {
            Direction::Older => key < self.from,
            Direction::Newer => key > self.from,
        }
    }

    /// Columns in the order of the walk.
    fn order(&self, columns: &[&str]) -> String {
        match self.direction {
            Direction::Older => format!("{} DESC", columns.join(" DESC, ")),
            Direction::Newer => columns.join(", "),
        }
    }
}

impl Source {
    /// Reads the next rows, about `step` of them.
    pub fn refill(
        &mut self,
        connection: &Connection,
        bounds: &Bounds<'_>,
        step: usize,
        lookups: &mut Lookups,
    ) -> Result<(), StoreError> {
        let mut limit = step;
        // Rows of the very same moment may fill a whole step; then a longer one is read.
        loop {
            let rows = self.read(connection, bounds, limit, lookups)?;
            let full = rows.len() == limit;
            let last_at = rows.last().map(|row| row.at);
            self.ahead = rows
                .into_iter()
                .filter(|row| bounds.holds(&LogKey::of(row)))
                .collect();
            self.ended = !full;
            if !self.ahead.is_empty() || !full || last_at != Some(bounds.from.at) {
                return Ok(());
            }
            limit *= 8;
        }
    }

    fn read(
        &self,
        connection: &Connection,
        bounds: &Bounds<'_>,
        limit: usize,
        lookups: &mut Lookups,
    ) -> Result<Vec<LogRow>, StoreError> {
        let table = match self.kind {
            LogKind::Beat => return self.beats(connection, bounds, limit, lookups),
            LogKind::Step => STEPS,
            LogKind::Plan => PLANS,
            LogKind::Damage => NOTES,
        };
        let mut query = connection.prepare_cached(&table.query(bounds))?;
        let mut rows = query.query(params![self.agent, bounds.low, bounds.high, limit as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(match self.kind {
                LogKind::Step => self.step(row)?,
                LogKind::Plan => Some(self.plan(connection, row, lookups)?),
                LogKind::Damage | LogKind::Beat => Some(self.note(row)?),
            });
        }
        Ok(found)
    }

    fn beats(
        &self,
        connection: &Connection,
        bounds: &Bounds<'_>,
        limit: usize,
        lookups: &mut Lookups,
    ) -> Result<Vec<LogRow>, StoreError> {
        let (low, high) = (Ts(bounds.low.max(DAWN.0)), Ts(bounds.high.min(-DAWN.0)));
        let mut packed = Vec::with_capacity(limit);
        let take = |one| {
            packed.push(one);
            if packed.len() == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        match bounds.direction {
            Direction::Older => beats::backward(connection, self.agent, low, high, take)?,
            Direction::Newer => beats::forward(connection, self.agent, low, high, take)?,
        }
        let mut found = Vec::with_capacity(packed.len());
        for one in packed {
            let beat = with_names(connection, &mut lookups.tasks, one)?;
            let text = text_of(&beat.items, |id| lookups.item(connection, id))?;
            found.push(worded(&self.name, beat, text));
        }
        Ok(found)
    }

    /// None for one that another version of rounds wrote.
    fn step(&self, row: &Row<'_>) -> Result<Option<LogRow>, StoreError> {
        let locus = Locus {
            file: FileId(row.get(1)?),
            offset: row.get::<_, i64>(2)? as u64,
            len: row.get(3)?,
            line: row.get(4)?,
        };
        let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
        let Ok(step) = postcard::from_bytes::<Step>(body) else {
            return Ok(None);
        };
        Ok(Some(step_row(&self.name, &StepFact { step, locus })))
    }

    fn plan(
        &self,
        connection: &Connection,
        row: &Row<'_>,
        lookups: &mut Lookups,
    ) -> Result<LogRow, StoreError> {
        let (file, hash) = (FileId(row.get(1)?), row.get::<_, String>(2)?);
        let name = lookups.file(connection, file)?;
        let text = format!("{name}: version {}", &hash[..hash.len().min(8)]);
        let locus = Locus {
            file,
            offset: 0,
            len: 0,
            line: 1,
        };
        Ok(self.row(Ts(row.get(0)?), Untrusted::from(text), locus))
    }

    fn note(&self, row: &Row<'_>) -> Result<LogRow, StoreError> {
        let locus = Locus {
            file: FileId(row.get(1)?),
            offset: row.get::<_, i64>(2)? as u64,
            len: 0,
            line: row.get(3)?,
        };
        let text: String = row.get(4)?;
        Ok(self.row(Ts(row.get(0)?), Untrusted::from(text), locus))
    }

    fn row(&self, at: Ts, text: Untrusted, locus: Locus) -> LogRow {
        row(&self.name, (self.kind, at), text, locus)
    }
}

/// A row that names no run.
fn row(agent: &AgentId, (kind, at): (LogKind, Ts), text: Untrusted, locus: Locus) -> LogRow {
    LogRow {
        at,
        agent: agent.clone(),
        task: None,
        run: None,
        status: RunStatus::Unknown,
        kind,
        did: 0,
        skipped: 0,
        failed: 0,
        text,
        locus,
    }
}

/// The row of a beat that has just come, as a page would have it. `None`: a text of it is not among these.
pub fn beat_row<S: BuildHasher>(
    agent: &AgentId,
    beat: &Beat,
    texts: &HashMap<ItemId, Item, S>,
) -> Option<LogRow> {
    let known = |id| texts.get(&id).cloned().map(Some).ok_or(());
    let text = text_of(&beat.items, known).ok()?;
    Some(worded(agent, beat.clone(), text))
}

fn worded(agent: &AgentId, beat: Beat, text: Untrusted) -> LogRow {
    LogRow {
        task: beat.task,
        run: beat.run,
        status: beat.status,
        did: beat.did,
        skipped: beat.skipped,
        failed: beat.failed,
        ..row(agent, (LogKind::Beat, beat.at), text, beat.locus)
    }
}

/// The row of a step.
pub fn step_row(agent: &AgentId, fact: &StepFact) -> LogRow {
    let step = &fact.step;
    let (status, text) = told(step);
    LogRow {
        task: step.task.clone(),
        run: step.run.clone(),
        status,
        ..row(agent, (LogKind::Step, step.at.at), text, fact.locus)
    }
}

/// What is read of a table: columns from the moment on, and those that order rows of one moment.
struct Table {
    name: &'static str,
    columns: &'static str,
    order: &'static [&'static str],
}

const STEPS: Table = Table {
    name: "step",
    columns: "at, file, offset, len, line, body",
    order: &["at", "file", "offset"],
};
/// A plan has no place but its moment; its hash keeps two of the same moment apart.
const PLANS: Table = Table {
    name: "plan",
    columns: "known, file, hash",
    order: &["known", "hash"],
};
const NOTES: Table = Table {
    name: "note",
    columns: "at, file, offset, line, text",
    order: &["at", "file", "offset"],
};

impl Table {
    fn query(&self, bounds: &Bounds<'_>) -> String {
        format!(
            "SELECT {} FROM {} WHERE agent = ?1 AND {at} >= ?2 AND {at} <= ?3 ORDER BY {} LIMIT ?4",
            self.columns,
            self.name,
            bounds.order(self.order),
            at = self.order[0]
        )
    }
}

/// How a step stands, and in words.
fn told(step: &Step) -> (RunStatus, Untrusted) {
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
    (
        status,
        Untrusted::from(format!("{} {word}", what.join(" "))),
    )
}

impl Lookups {
    fn item(&mut self, connection: &Connection, id: ItemId) -> Result<Option<Item>, StoreError> {
        if let Some(item) = self.items.get(&id) {
            return Ok(item.clone());
        }
        let item = item::get(connection, id)?;
        self.items.insert(id, item.clone());
        Ok(item)
    }

    fn file(&mut self, connection: &Connection, file: FileId) -> Result<String, StoreError> {
        if let Some(name) = self.files.get(&file) {
            return Ok(name.clone());
        }
        let row = files::one(connection, file)?;
        let name = row.map_or_else(|| "plan".to_owned(), |row| row.relative);
        self.files.insert(file, name.clone());
        Ok(name)
    }
}

/// The message; else what failed, was done or skipped, in the agent's words.
fn text_of<E>(
    items: &[(ItemClass, ItemId)],
    mut text: impl FnMut(ItemId) -> Result<Option<Item>, E>,
) -> Result<Untrusted, E> {
    let mut parts: Vec<String> = Vec::new();
    for (class, id) in items {
        let Some(item) = text(*id)? else {
            continue;
        };
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
