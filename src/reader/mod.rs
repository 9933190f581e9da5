//! Pages of history and boards of past moments, for screens and reports. Reads the mirror, never writes it.

mod desk;
mod journal;
mod learned;
mod past;
mod raw;
mod week;

use std::path::PathBuf;

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::domain::policy::Policy;
use crate::store::ledger::Ledger;
use crate::store::seen::SeenLog;
use crate::store::told::ToldLog;
use crate::store::versions::Versions;
use crate::store::{StoreError, log, open, query, task_history};
use crate::sys::clock::Clock;

pub use crate::domain::log::*;
pub use crate::domain::page::*;
pub use desk::Desk;

/// What the reader answers from.
#[derive(Clone, Debug)]
pub struct Source {
    pub mirror: PathBuf,
    /// What the operator said.
    pub ledger: Ledger,
    /// When findings were first told.
    pub told: ToldLog,
    pub policy: Policy,
    pub roots: Vec<PathBuf>,
    pub clock: Clock,
    /// Gaps in looking, and of these the machine's sleeps.
    pub seen: SeenLog,
}

/// Answers questions, one at a time.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    snapshot: Snapshot,
    connection: Option<Connection>,
    /// Copies for the editor; they are gone when the reader ends.
    copies: raw::Copies,
    ledger: journal::Known,
}

/// How long one state of the mirror is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// Each answer is of one state; the next may be of a later one.
    PerAnswer,
    /// All answers are of the state at the first question: one command, one truth.
    Once,
}

impl Reader {
    pub fn new(source: Source, snapshot: Snapshot) -> Self {
        Self {
            source,
            snapshot,
            connection: None,
            copies: raw::Copies::default(),
            ledger: journal::Known::default(),
        }
    }

    /// Answers until the desk is closed.
    pub fn serve(mut self, desk: &Desk, pages: &mpsc::Sender<Page>) {
        while let Some(query) = desk.next() {
            let page = self.answer(query);
            if pages.blocking_send(page).is_err() {
                return;
            }
        }
    }

    /// Answers one question. A mirror that was put aside meanwhile is opened anew once.
    pub fn answer(&mut self, query: Query) -> Page {
        match self.try_answer(&query) {
            Ok(page) => page,
            Err(error) => {
                self.connection = None;
                self.try_answer(&query)
                    .unwrap_or_else(|_| Page::Failed(error.to_string()))
            }
        }
    }

    fn try_answer(&mut self, query: &Query) -> Result<Page, StoreError> {
        if self.connection.is_none() {
            let connection = open::open_reader(&self.source.mirror)?;
            if self.snapshot == Snapshot::Once {
                connection.execute_batch("BEGIN")?;
            }
            self.connection = Some(connection);
        }
        let Some(connection) = &self.connection else {
            return Ok(Page::Failed("the mirror is not open".to_owned()));
        };
        if let Query::Ledger { filter, rows } = query {
            let asked = (filter, *rows);
            let journal = journal::page(connection, &self.source, &mut self.ledger, asked)?;
            return Ok(Page::Ledger {
                filter: filter.clone(),
                journal,
            });
        }
        match self.snapshot {
            Snapshot::Once => Self::read(&self.source, &mut self.copies, connection, query),
            Snapshot::PerAnswer => {
                connection.execute_batch("BEGIN")?;
                let page = Self::read(&self.source, &mut self.copies, connection, query);
                connection.execute_batch("COMMIT")?;
                page
            }
        }
    }

    fn read(
        source: &Source,
        copies: &mut raw::Copies,
        connection: &Connection,
        query: &Query,
    ) -> Result<Page, StoreError> {
        match query {
            Query::Log {
                filter,
                anchor,
                rows,
            } => {
                let page = log::page(connection, filter, anchor, *rows)?;
                Ok(Page::Log {
                    filter: filter.clone(),
                    anchor: anchor.clone(),
                    rows: page.rows,
                    older: page.older,
                    newer: page.newer,
                })
            }
            Query::Raw(locus) => raw::line(connection, *locus, &source.roots),
            Query::Copy(locus) => raw::copy(connection, *locus, copies),
            Query::Lost(lost) => {
                let state = source.mirror.parent().unwrap_or(&source.mirror);
                raw::lost(connection, lost, &Versions::in_state(state))
            }
            Query::Items {
                agent,
                since,
                until,
                which,
            } => {
                let id = crate::store::names::agent_id(connection, agent)?;
                let items = id
                    .map(|id| query::items(connection, id, *since, *until, *which))
                    .transpose()?
                    .unwrap_or_default();
                Ok(Page::Items {
                    agent: agent.clone(),
                    since: *since,
                    until: *until,
                    items,
                })
            }
            Query::Versions { agent, task, until } => {
                let id = crate::store::names::agent_id(connection, agent)?;
                let versions = id
                    .map(|id| task_history::versions(connection, id, task, *until))
                    .transpose()?
                    .unwrap_or_default();
                Ok(Page::Versions {
                    agent: agent.clone(),
                    task: task.clone(),
                    until: *until,
                    versions,
                })
            }
            Query::Ledger { .. } => Ok(Page::Failed("the ledger is read elsewhere".to_owned())),
            Query::Week { week, at, running } => {
                let facts = week::facts(connection, source, (*week, *at), *running)?;
                Ok(Page::Week(std::sync::Arc::new(facts)))
            }
            Query::Past { at, since } => {
                Ok(Page::Past(past::board(connection, source, *at, *since)?))
            }
        }
    }
}
