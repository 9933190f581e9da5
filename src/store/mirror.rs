//! The writer of the mirror: there is one in all processes of a user, and only the keeper has it.
//!
//! Rows and the offset they were read up to go into one transaction, so that every line is mirrored exactly once whatever
//! is killed when.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::cached::Cached;
use super::files::{self, FileRow};
use super::holder::{data_version, next_file, owner};
use super::intake::Waiting;
use super::item::Interner;
use super::{StoreError, days, open, plans, rollup};
use crate::domain::facts::{Beat, LockFact, PlanVersion, StepFact};
use crate::domain::heartbeat::Item;
use crate::domain::id::{AgentId, FileId, ItemId, TaskId};
use crate::domain::kept::{Question, TrackedChange};
use crate::domain::schedule::Plan;
use crate::domain::time::Ts;

/// Most task names kept in memory; past it the table answers.
const MOST_TASKS: usize = 50_000;

/// What agents keep beside log and plan, where it changed.
#[derive(Debug, Default)]
pub struct Beside {
    pub locks: Vec<(i64, FileId, Option<LockFact>)>,
    /// All questions of an outbox.
    pub questions: Vec<(i64, FileId, Vec<Question>)>,
    pub tracked: Vec<(i64, TrackedChange)>,
    /// Agents whose tracking files list what they never listed before.
    pub entered: BTreeSet<i64>,
}

/// What one transaction changed, for the facts in memory.
#[derive(Debug, Default)]
pub struct Changes {
    pub added: Vec<(i64, Beat)>,
    pub removed: Vec<(i64, Beat)>,
    /// Texts of the items of `added`.
    pub items: HashMap<ItemId, Item>,
    pub steps: Vec<(i64, StepFact)>,
    pub plans: Vec<(i64, PlanVersion)>,
    pub beside: Beside,
    /// When an agent's INSIGHTS were touched last.
    pub learned: Vec<(i64, Ts)>,
    /// The log changed otherwise than by `added` and `steps`: damage, rotations, versions of plans.
    pub noted: bool,
    pub agents: BTreeSet<i64>,
}

impl Changes {
    /// Adds what a later transaction changed.
    pub fn absorb(&mut self, more: Self) {
        self.added.extend(more.added);
        self.removed.extend(more.removed);
        self.items.extend(more.items);
        self.steps.extend(more.steps);
        self.plans.extend(more.plans);
        self.beside.locks.extend(more.beside.locks);
        self.beside.questions.extend(more.beside.questions);
        self.beside.tracked.extend(more.beside.tracked);
        self.beside.entered.extend(more.beside.entered);
        self.learned.extend(more.learned);
        self.noted |= more.noted;
        self.agents.extend(more.agents);
    }

    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }
}

#[derive(Debug)]
pub struct Mirror {
    pub(super) connection: Connection,
    pub path: PathBuf,
    /// The owner's token that every transaction wants to find, once this process has taken the mirror.
    pub(super) token: Option<String>,
    /// What SQLite counts of other processes' writes, as of when this one last read what it keeps in memory.
    pub(super) version: i64,
    pub(super) seed: u64,
    pub(super) interner: Interner,
    pub(super) tasks: HashMap<TaskId, i64, Xxh3DefaultBuilder>,
    pub(super) agents: HashMap<AgentId, i64, Xxh3DefaultBuilder>,
    pub(super) next_file: u32,
    /// What this transaction brought that is not written yet, by agent and hour.
    pub(super) pending: BTreeMap<(i64, i64), Waiting>,
    /// Hours to be folded anew.
    pub(super) stale: BTreeSet<(i64, i64)>,
    pub(super) changes: Changes,
    /// Whether [`Changes`] lists beats; a bulk load does not want them.
    pub(super) listing: bool,
    /// Transactions since the log was last folded into the database.
    pub(super) commits: u32,
}

impl Mirror {
    /// Opens the mirror of a state folder for writing. Sentences for the operator come with it.
    pub fn open(state: &Path) -> Result<(Self, Vec<String>), super::OpenError> {
        let opened = open::open(state)?;
        let mirror = Self::new(opened.connection, opened.path)?;
        Ok((mirror, opened.notices))
    }

    fn new(connection: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let version = data_version(&connection)?;
        let seed = Self::seed(&connection)?;
        let interner = Interner::load(&connection)?;
        let next_file = next_file(&connection)?;
        let mut agents = HashMap::default();
        for (id, name, _, _) in agent_rows(&connection)? {
            agents.insert(name, id);
        }
        Ok(Self {
            connection,
            path,
            token: None,
            version,
            seed,
            interner,
            tasks: HashMap::default(),
            agents,
            next_file,
            pending: BTreeMap::new(),
            stale: BTreeSet::new(),
            changes: Changes::default(),
            listing: true,
            commits: 0,
        })
    }

    fn seed(connection: &Connection) -> Result<u64, StoreError> {
        let find = "SELECT value FROM meta WHERE key = 'seed'";
        let found: Option<String> = connection
            .query_row(find, [], |row| row.get(0))
            .optional()?;
        if let Some(seed) = found.and_then(|s| s.parse().ok()) {
            return Ok(seed);
        }
        let seed: i64 = connection.query_row("SELECT random()", [], |row| row.get(0))?;
        let seed = seed as u64;
        connection.execute(
            "INSERT OR REPLACE INTO meta(key, value) VALUES('seed', ?1)",
            [seed.to_string()],
        )?;
        Ok(seed)
    }

    /// What items are hashed with, so that no agent can make two texts collide.
    pub fn item_seed(&self) -> u64 {
        self.seed
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins a transaction. Fails where another rounds has become the owner meanwhile.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        match self.is_held() {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.rollback();
                Err(StoreError::Deposed)
            }
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    fn is_held(&self) -> Result<bool, StoreError> {
        Ok(match &self.token {
            None => true,
            Some(token) => owner(&self.connection)?.as_ref() == Some(token),
        })
    }

    /// This process owns the mirror, under this token. `true`: others wrote since it was read, and everything that is
    /// kept in memory of it must be read again; numbers of files, agents and items were read again here.
    pub fn taken(&mut self, token: &str) -> Result<bool, StoreError> {
        self.token = Some(token.to_owned());
        let version = data_version(&self.connection)?;
        if version == self.version {
            return Ok(false);
        }
        self.version = version;
        self.next_file = next_file(&self.connection)?;
        self.interner = Interner::load(&self.connection)?;
        self.forget();
        Ok(true)
    }

    fn forget(&mut self) {
        self.interner.forget();
        self.tasks.clear();
        self.agents.clear();
        for (id, name, _, _) in agent_rows(&self.connection).unwrap_or_default() {
            self.agents.insert(name, id);
        }
    }

    /// Ends the transaction; what it changed is handed out once it is safe.
    pub fn commit(&mut self) -> Result<Changes, StoreError> {
        let done = self
            .write_pending()
            .and_then(|()| self.fold_hours())
            .and_then(|()| self.raise_revisions())
            .and_then(|()| Ok(self.connection.prepare_cached("COMMIT")?.execute([])?));
        match done {
            Ok(_) => {
                self.commits += 1;
                Ok(std::mem::take(&mut self.changes))
            }
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Folds the write-ahead log into the database where at least so many transactions stand in it. A commit does so only
    /// where this was not called for long: it waits for the disk, and somebody waits for a commit.
    pub fn fold_log(&mut self, least: u32) -> Result<(), StoreError> {
        if self.commits < least {
            return Ok(());
        }
        self.commits = 0;
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Closing will fold the log into the database, where nobody else has it open: what is left of it would have to be read by
    /// whoever opens the mirror next. Waits for the disk, as a command that is waited for should not.
    pub fn fold_at_close(&self) -> Result<(), StoreError> {
        let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        self.connection.set_db_config(config, false)?;
        Ok(())
    }

    /// Undoes the transaction, in memory too.
    pub fn rollback(&mut self) {
        if self.connection.execute_batch("ROLLBACK").is_err() {
            tracing::debug!("nothing to roll back");
        }
        self.pending.clear();
        self.stale.clear();
        self.changes = Changes::default();
        self.forget();
    }

    /// For a bulk load: a large cache, no list of what was added, and no index of items until they are all there.
    pub fn bulk(&mut self, on: BulkLoad) -> Result<(), StoreError> {
        self.listing = on == BulkLoad::Ended;
        match on {
            BulkLoad::Begun => {
                self.interner.unindex(&self.connection)?;
                self.connection
                    .execute_batch("PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=8000;")?;
            }
            BulkLoad::Ended => {
                self.interner.forget();
                self.interner.index(&self.connection)?;
                self.connection.execute_batch(
                    "PRAGMA cache_size=-2048; PRAGMA wal_autocheckpoint=4000; PRAGMA shrink_memory;",
                )?;
            }
        }
        Ok(())
    }

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

    pub fn new_file(&mut self) -> FileId {
        self.next_file += 1;
        FileId(self.next_file - 1)
    }

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
        locus: crate::domain::id::Locus,
        text: &str,
    ) -> Result<(), StoreError> {
        self.connection.prepare_cached("INSERT OR REPLACE INTO note(agent, at, file, offset, line, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![agent, at.0, locus.file.0, locus.offset as i64, locus.line, text],
        )?;
        self.changes.noted = true;
        self.changes.agents.insert(agent);
        Ok(())
    }

    fn fold_hours(&mut self) -> Result<(), StoreError> {
        for (agent, hour) in std::mem::take(&mut self.stale) {
            let whole = super::query::fold_hour(&self.connection, agent, hour)?;
            rollup::replace(&self.connection, agent, hour, whole)?;
            days::refold(&self.connection, agent, days::day_of(hour))?;
        }
        Ok(())
    }

    fn raise_revisions(&mut self) -> Result<(), StoreError> {
        let mut raise = self
            .connection
            .prepare_cached("UPDATE agent SET rev = rev + 1 WHERE id = ?1")?;
        for agent in &self.changes.agents {
            raise.execute([agent])?;
        }
        Ok(())
    }

    /// Gives back what SQLite keeps of pages that were read: nobody asks for them soon.
    pub fn shrink(&self) {
        if let Err(error) = self.connection.execute_batch("PRAGMA shrink_memory") {
            tracing::debug!(%error, "pages of the mirror stay in memory");
        }
    }

    /// Caches an agent's facts for the next start.
    pub fn save_facts(&mut self, agent: i64, facts: &Cached) -> Result<(), StoreError> {
        super::cached::put(&self.connection, agent, facts)
    }
}

/// The two ends of a bulk load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkLoad {
    Begun,
    Ended,
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
