//! The writer of the mirror: there is one in all processes of a user, and only the keeper has it.
//!
//! Rows and the offset they were read up to go into one transaction, so that every line is mirrored exactly once whatever
//! is killed when.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::cached::Cached;
use super::changes::Changes;
use super::holder::{data_version, next_file, owner};
use super::intake::Waiting;
use super::item::Interner;
use super::names::agent_rows;
use super::{StoreError, days, open, rollup};
use crate::domain::id::{AgentId, FileId, TaskId};

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

    pub fn new_file(&mut self) -> FileId {
        self.next_file += 1;
        FileId(self.next_file - 1)
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
