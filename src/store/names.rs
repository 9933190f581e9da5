//! The mirror's numbers of agents and tasks.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::mirror::Mirror;
use crate::domain::id::{AgentId, TaskId};

/// Most task names kept in memory; past it the table answers.
const MOST_TASKS: usize = 50_000;

impl Mirror {
    /// Whether an agent has a number.
    pub fn knows(&self, name: &AgentId) -> bool {
        self.agents.contains_key(name)
    }

    /// The mirror's number of an agent, giving it one if it is new.
    pub fn agent(&mut self, name: &AgentId, folder: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.agents.get(name) {
            return Ok(*id);
        }
        let mut add = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO agent(name, folder) VALUES(?1, ?2)")?;
        add.execute(params![name.as_str(), folder])?;
        let mut find = self
            .connection
            .prepare_cached("SELECT id FROM agent WHERE name = ?1")?;
        let id = find.query_row([name.as_str()], |row| row.get(0))?;
        drop((add, find));
        self.agents.insert(name.clone(), id);
        self.changes.agents.insert(id);
        Ok(id)
    }

    pub(super) fn task(&mut self, task: &TaskId) -> Result<i64, StoreError> {
        if let Some(id) = self.tasks.get(task) {
            return Ok(*id);
        }
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO task(name) VALUES(?1)")?
            .execute([task.as_str()])?;
        let id = self
            .connection
            .prepare_cached("SELECT id FROM task WHERE name = ?1")?
            .query_row([task.as_str()], |row| row.get(0))?;
        if self.tasks.len() >= MOST_TASKS {
            self.tasks.clear();
        }
        self.tasks.insert(task.clone(), id);
        Ok(id)
    }
}

/// All agents: number, name, folder, revision.
pub fn agent_rows(connection: &Connection) -> Result<Vec<(i64, AgentId, String, i64)>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT id, name, folder, rev FROM agent ORDER BY id")?;
    let rows = query.query_map([], |row| {
        let name: String = row.get(1)?;
        Ok((
            row.get(0)?,
            AgentId::from(name.as_str()),
            row.get(2)?,
            row.get(3)?,
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The number of an agent.
pub fn agent_id(connection: &Connection, name: &AgentId) -> Result<Option<i64>, StoreError> {
    let mut query = connection.prepare_cached("SELECT id FROM agent WHERE name = ?1")?;
    Ok(query
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?)
}

/// A task's name by its number.
pub fn task_name(connection: &Connection, id: i64) -> Result<Option<TaskId>, StoreError> {
    let mut query = connection.prepare_cached("SELECT name FROM task WHERE id = ?1")?;
    let found: Option<String> = query.query_row([id], |row| row.get(0)).optional()?;
    Ok(found.map(|name| TaskId::from(name.as_str())))
}
