//! Facts as they stood at the last quiet moment, cached for the next start: one row for each agent, which holds everything
//! it names, so that rows can be taken apart on several threads without asking the mirror.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::segment::{Packed, Reader, Writer, model_name, set_model};
use crate::domain::facts::{AgentFacts, Beat};
use crate::domain::id::TaskId;
use crate::domain::time::Ts;

/// Everything but the beats, and the names that these number.
#[derive(Serialize, Deserialize)]
struct Body {
    names: Vec<TaskId>,
    rest: AgentFacts,
}

/// A row, not taken apart yet.
#[derive(Debug)]
pub struct Cached {
    pub agent: i64,
    body: Vec<u8>,
    beats: Vec<u8>,
}

/// Rows that are current, and the numbers of the agents that have none.
pub fn all(connection: &Connection) -> Result<(Vec<Cached>, Vec<i64>), StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.id, f.body, f.beats FROM agent a LEFT JOIN facts f ON f.agent = a.id AND f.rev = a.rev",
    )?;
    let mut rows = query.query([])?;
    let (mut current, mut stale) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let agent = row.get(0)?;
        match row.get::<_, Option<Vec<u8>>>(1)? {
            Some(body) => current.push(Cached {
                agent,
                body,
                beats: row.get(2)?,
            }),
            None => stale.push(agent),
        }
    }
    Ok((current, stale))
}

impl Cached {
    /// `None`: it cannot be read, and the facts are read from the mirror instead.
    pub fn facts(&self) -> Option<AgentFacts> {
        let Body { names, rest } = postcard::from_bytes(&self.body).ok()?;
        let name = |number: i64| names.get(usize::try_from(number).ok()?.checked_sub(1)?);
        let mut facts = rest;
        facts
            .beats
            .extend(Reader::new(Ts(0), &self.beats).map(|mut packed: Packed| {
                set_model(&mut packed.beat, name(packed.model).map(TaskId::as_str));
                Beat {
                    task: name(packed.task).cloned(),
                    ..packed.beat
                }
            }));
        Some(facts)
    }
}

/// Caches an agent's facts as they are.
pub fn put(connection: &Connection, agent: i64, facts: &AgentFacts) -> Result<(), StoreError> {
    let mut names: Vec<TaskId> = Vec::new();
    let mut numbers: HashMap<TaskId, i64> = HashMap::new();
    let mut number = |name: TaskId| {
        *numbers.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() as i64
        })
    };
    let mut writer = Writer::new(Ts(0));
    for beat in &facts.beats {
        let cost = beat.extra.as_ref().and_then(|extra| extra.cost.as_ref());
        let model = cost.and_then(|cost| cost.model.as_ref());
        writer.put_packed(&Packed {
            task: beat.task.clone().map_or(0, &mut number),
            model: model.map_or(0, |model| {
                number(TaskId::from(model_name(model.exact()).as_str()))
            }),
            beat: Beat {
                task: None,
                ..beat.clone()
            },
        });
    }
    let body = Body {
        rest: AgentFacts {
            beats: Vec::new(),
            ..facts.clone()
        },
        names,
    };
    let Ok(body) = postcard::to_allocvec(&body) else {
        return Ok(());
    };
    let mut save = connection.prepare_cached(
        "INSERT OR REPLACE INTO facts(agent, rev, body, beats) SELECT id, rev, ?2, ?3 FROM agent WHERE id = ?1",
    )?;
    save.execute(params![agent, body, writer.bytes])?;
    Ok(())
}
