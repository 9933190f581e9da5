//! What tracking files ever listed, and since when.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::mirror::Mirror;
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;

impl Mirror {
    /// Remembers entries of a tracking file; the first time that one was seen counts.
    pub fn add_entries(
        &mut self,
        agent: i64,
        entries: &[(Untrusted, Ts)],
    ) -> Result<(), StoreError> {
        let mut new = 0;
        let mut put = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO entry(agent, name, at) VALUES(?1, ?2, ?3)")?;
        for (name, at) in entries {
            new += put.execute(params![agent, name.exact(), at.0])?;
        }
        if new > 0 {
            self.changes.agents.insert(agent);
            self.changes.beside.entered.insert(agent);
        }
        Ok(())
    }

    /// When the first of these entries was seen first.
    pub fn first_seen(&self, agent: i64, names: &[Untrusted]) -> Result<Option<Ts>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT at FROM entry WHERE agent = ?1 AND name = ?2")?;
        let mut first = None;
        for name in names {
            let at: Option<i64> = query
                .query_row(params![agent, name.exact()], |row| row.get(0))
                .optional()?;
            first = [first, at].into_iter().flatten().min();
        }
        Ok(first.map(Ts))
    }
}
