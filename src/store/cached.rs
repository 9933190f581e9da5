//! Facts packed: as they are cached for the next start, one row for each agent, and as they are kept in memory while
//! nothing happens, in an eighth of their size. A row holds everything it names, so that rows can be taken apart on several
//! threads without asking the mirror.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::segment::{Line, Packed, Reader, Writer};
use crate::domain::facts::{AgentFacts, Beat};
use crate::domain::id::{RunId, TaskId};
use crate::domain::shared;
use crate::domain::time::Ts;

/// Everything but the beats, and the names that they share.
#[derive(Serialize, Deserialize)]
struct Body {
    /// Tasks by their number, from 1.
    tasks: Vec<TaskId>,
    /// The run of each beat.
    runs: Vec<Option<RunId>>,
    rest: AgentFacts,
}

/// An agent's facts, not taken apart.
#[derive(Debug)]
pub struct Cached {
    body: Vec<u8>,
    beats: Vec<u8>,
}

/// Hands over the row of each agent, one after another; none where the agent has no current one.
pub fn each(
    connection: &Connection,
    mut take: impl FnMut(i64, Option<Cached>),
) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.id, f.body, f.beats FROM agent a LEFT JOIN facts f ON f.agent = a.id AND f.rev = a.rev",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let agent = row.get(0)?;
        let cached = match row.get::<_, Option<Vec<u8>>>(1)? {
            Some(body) => {
                let beats = row.get(2)?;
                Some(Cached { body, beats })
            }
            None => None,
        };
        take(agent, cached);
    }
    Ok(())
}

impl Cached {
    /// `None`: it cannot be read, and the facts are read from the mirror instead.
    pub fn facts(&self) -> Option<AgentFacts> {
        let (texts, body) = postcard::take_from_bytes::<Vec<&str>>(&self.body).ok()?;
        let texts = texts.into_iter().map(Arc::from).collect();
        shared::unpack(texts, || self.take_apart(body))
    }

    fn take_apart(&self, body: &[u8]) -> Option<AgentFacts> {
        let Body { tasks, runs, rest } = postcard::from_bytes(body).ok()?;
        let task = |number: i64| tasks.get(usize::try_from(number).ok()?.checked_sub(1)?);
        let mut facts = rest;
        facts.beats.reserve_exact(runs.len());
        let (mut reader, mut items) = (Reader::new(Ts(0), &self.beats), Vec::new());
        for run in runs {
            let line = reader.line(&mut items)?;
            let bare = Line {
                spent: None,
                ..line
            };
            facts.beats.push(Beat {
                run,
                task: task(line.task).cloned(),
                ..bare.keep(&items).beat
            });
        }
        Some(facts)
    }

    /// `None`: they cannot be packed, which nothing that was read from a file can bring about.
    pub fn of(facts: &AgentFacts) -> Option<Self> {
        let (packed, texts) = shared::pack(|| Self::put_together(facts));
        let (bare, mut beats) = packed?;
        let mut body = postcard::to_allocvec(&texts).ok()?;
        body.extend_from_slice(&bare);
        body.shrink_to_fit();
        beats.shrink_to_fit();
        Some(Self { body, beats })
    }

    fn put_together(facts: &AgentFacts) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut tasks: Vec<TaskId> = Vec::new();
        let mut numbers: HashMap<TaskId, i64> = HashMap::new();
        let mut number = |name: TaskId| {
            *numbers.entry(name).or_insert_with_key(|name| {
                tasks.push(name.clone());
                tasks.len() as i64
            })
        };
        let mut writer = Writer::new(Ts(0));
        for beat in &facts.beats {
            writer.put_packed(&Packed {
                task: beat.task.clone().map_or(0, &mut number),
                model: 0,
                beat: Beat {
                    run: None,
                    task: None,
                    ..beat.clone()
                },
            });
        }
        let body = Body {
            tasks,
            runs: facts.beats.iter().map(|beat| beat.run.clone()).collect(),
            rest: AgentFacts {
                beats: Vec::new(),
                ..facts.clone()
            },
        };
        Some((postcard::to_allocvec(&body).ok()?, writer.bytes))
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
