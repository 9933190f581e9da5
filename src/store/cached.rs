//! Facts packed: as they are cached for the next start, one row for each agent, and as they are kept in memory while
//! nothing happens, in an eighth of their size. A row holds everything it names, so that rows can be taken apart on several
//! threads without asking the mirror.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::segment::{Line, Packed, Reader, Writer};
use crate::domain::facts::{AgentFacts, Beat};
use crate::domain::id::{RunId, TaskId};
use crate::domain::time::Ts;

/// So many beats back the name of a run is looked for.
const NEAR: usize = 4;

/// Everything but the beats, and the names that these number.
#[derive(Serialize, Deserialize)]
struct Body {
    names: Vec<TaskId>,
    rest: AgentFacts,
}

/// An agent's facts, not taken apart.
#[derive(Debug)]
pub struct Cached {
    body: Vec<u8>,
    beats: Vec<u8>,
}

/// Rows that are current, by agent, and the numbers of the agents that have none.
pub type Rows = (Vec<(i64, Cached)>, Vec<i64>);

pub fn all(connection: &Connection) -> Result<Rows, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.id, f.body, f.beats FROM agent a LEFT JOIN facts f ON f.agent = a.id AND f.rev = a.rev",
    )?;
    let mut rows = query.query([])?;
    let (mut current, mut stale) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let agent = row.get(0)?;
        match row.get::<_, Option<Vec<u8>>>(1)? {
            Some(body) => {
                let beats = row.get(2)?;
                current.push((agent, Cached { body, beats }));
            }
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
        let (mut reader, mut items) = (Reader::new(Ts(0), &self.beats), Vec::new());
        while let Some(line) = reader.line(&mut items) {
            let bare = Line {
                run: None,
                spent: None,
                ..line
            };
            let run = line.run.map(|run| run_of(&facts.beats, run));
            facts.beats.push(Beat {
                run,
                task: name(line.task).cloned(),
                ..bare.keep(&items).beat
            });
        }
        Some(facts)
    }
}

/// A run's lines mostly lie together, and share its name.
fn run_of(beats: &[Beat], name: &str) -> RunId {
    let mut near = beats.iter().rev().take(NEAR);
    let known = near.find_map(|beat| beat.run.as_ref().filter(|run| run.as_str() == name));
    known.cloned().unwrap_or_else(|| RunId::from(name))
}

impl Cached {
    /// `None`: they cannot be packed, which nothing that was read from a file can bring about.
    pub fn of(facts: &AgentFacts) -> Option<Self> {
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
            writer.put_packed(&Packed {
                task: beat.task.clone().map_or(0, &mut number),
                model: 0,
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
        let mut body = postcard::to_allocvec(&body).ok()?;
        body.shrink_to_fit();
        let mut beats = writer.bytes;
        beats.shrink_to_fit();
        Some(Self { body, beats })
    }
}

/// Caches an agent's facts as they are.
pub fn put(connection: &Connection, agent: i64, facts: &Cached) -> Result<(), StoreError> {
    let mut save = connection.prepare_cached(
        "INSERT OR REPLACE INTO facts(agent, rev, body, beats) SELECT id, rev, ?2, ?3 FROM agent WHERE id = ?1",
    )?;
    save.execute(params![agent, facts.body, facts.beats])?;
    Ok(())
}
