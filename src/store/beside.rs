//! Taking in what agents keep beside their beats: files, steps, plans, locks, questions, what they track and learn.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use super::files::{self, FileRow};
use super::mirror::Mirror;
use super::{StoreError, plans};
use crate::domain::facts::{LockFact, PlanVersion, StepFact};
use crate::domain::id::{FileId, Locus};
use crate::domain::kept::{Question, TrackedChange};
use crate::domain::schedule::Plan;
use crate::domain::time::Ts;

impl Mirror {
    pub fn put_file(&mut self, file: &FileRow) -> Result<(), StoreError> {
        self.changes.agents.insert(file.agent);
        files::put(&self.connection, file)
    }

    /// Adds steps of a write-ahead log.
    pub fn add_step(&mut self, agent: i64, fact: &StepFact) -> Result<(), StoreError> {
        let body = postcard::to_allocvec(&fact.step).unwrap_or_default();
        let locus = fact.locus;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO step VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                agent,
                fact.step.at.at.0,
                locus.file.0,
                locus.offset as i64,
                locus.len,
                locus.line,
                body
            ])?;
        self.changes.agents.insert(agent);
        if self.listing {
            self.changes.steps.push((agent, fact.clone()));
        }
        Ok(())
    }

    /// Since when the newest version counts that the file has had of this plan.
    pub fn plan_since(
        &self,
        agent: i64,
        file: FileId,
        plan: &Plan,
    ) -> Result<Option<Ts>, StoreError> {
        plans::since(&self.connection, agent, file, plan)
    }

    /// Adds a version of a plan.
    pub fn add_plan(&mut self, agent: i64, version: PlanVersion) -> Result<(), StoreError> {
        plans::put(&self.connection, agent, &version)?;
        self.changes.agents.insert(agent);
        self.changes.noted = true;
        self.changes.plans.push((agent, version));
        Ok(())
    }

    /// An agent's INSIGHTS were touched at these moments.
    pub fn add_learned(&mut self, agent: i64, file: FileId, at: &[Ts]) -> Result<(), StoreError> {
        let mut put = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO learned(agent, file, at) VALUES(?1, ?2, ?3)")?;
        for at in at {
            put.execute(params![agent, file.0, at.0])?;
        }
        drop(put);
        self.changes.agents.insert(agent);
        self.changes
            .learned
            .extend(at.iter().max().map(|at| (agent, *at)));
        Ok(())
    }

    /// The agents that a file's newest version gave a plan with tasks.
    pub fn owners_of(&self, file: FileId) -> Result<BTreeSet<i64>, StoreError> {
        let mut newest = self.connection.prepare_cached(
            "SELECT agent, body, max(known) FROM plan WHERE file = ?1 GROUP BY agent",
        )?;
        let rows = newest.query_map([file.0], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let mut owners = BTreeSet::new();
        for row in rows {
            let (agent, body) = row?;
            let plan: Option<Plan> = postcard::from_bytes(&body).ok();
            if plan.is_some_and(|plan| !plan.tasks.is_empty()) {
                owners.insert(agent);
            }
        }
        Ok(owners)
    }

    /// Sets or removes what a lock file holds.
    pub fn set_lock(
        &mut self,
        agent: i64,
        file: FileId,
        lock: Option<&LockFact>,
    ) -> Result<(), StoreError> {
        let lock = match lock {
            Some(lock) => Some(LockFact {
                renewals: self.renewals(file, lock)?,
                ..lock.clone()
            }),
            None => None,
        };
        match lock
            .as_ref()
            .and_then(|lock| serde_json::to_string(lock).ok())
        {
            Some(body) => self
                .connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO lock(file, agent, body) VALUES(?1, ?2, ?3)",
                )?
                .execute(params![file.0, agent, body])?,
            None => self
                .connection
                .prepare_cached("DELETE FROM lock WHERE file = ?1")?
                .execute([file.0])?,
        };
        self.changes.agents.insert(agent);
        self.changes.beside.locks.push((agent, file, lock));
        Ok(())
    }

    /// Replaces the questions of an outbox.
    pub fn set_questions(
        &mut self,
        agent: i64,
        file: FileId,
        questions: &[Question],
    ) -> Result<(), StoreError> {
        let body = postcard::to_allocvec(questions).unwrap_or_default();
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO asked(file, agent, body) VALUES(?1, ?2, ?3)")?
            .execute(params![file.0, agent, body])?;
        self.changes.agents.insert(agent);
        self.changes
            .beside
            .questions
            .push((agent, file, questions.to_vec()));
        Ok(())
    }

    /// Remembers how a tracking file changed.
    pub fn add_tracked(&mut self, agent: i64, change: &TrackedChange) -> Result<(), StoreError> {
        let body = postcard::to_allocvec(change).unwrap_or_default();
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO tracked(agent, at, hash, body) VALUES(?1, ?2, ?3, ?4)",
            )?
            .execute(params![agent, change.at.0, change.hash, body])?;
        self.changes.agents.insert(agent);
        self.changes.beside.tracked.push((agent, change.clone()));
        Ok(())
    }

    /// How often a lock was renewed by now, as far as it was looked at: the holder is the same, and a later time stands in it.
    fn renewals(&self, file: FileId, lock: &LockFact) -> Result<u32, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT body FROM lock WHERE file = ?1")?;
        let before: Option<String> = query.query_row([file.0], |row| row.get(0)).optional()?;
        let before = before.and_then(|body| serde_json::from_str::<LockFact>(&body).ok());
        Ok(before.map_or(0, |before| {
            let (was, is) = (&before.lock, &lock.lock);
            let same = (&was.holder, &was.run, was.acquired) == (&is.holder, &is.run, is.acquired);
            match (same, is.renewed > was.renewed) {
                (true, true) => before.renewals + 1,
                (true, false) => before.renewals,
                (false, _) => 0,
            }
        }))
    }

    /// Puts a line on the agent's timeline: damage, a rotation, a truncation.
    pub fn add_note(
        &mut self,
        agent: i64,
        at: Ts,
        locus: Locus,
        text: &str,
    ) -> Result<(), StoreError> {
        self.connection.prepare_cached("INSERT OR REPLACE INTO note(agent, at, file, offset, line, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![agent, at.0, locus.file.0, locus.offset as i64, locus.line, text],
        )?;
        self.changes.noted = true;
        self.changes.agents.insert(agent);
        Ok(())
    }
}
