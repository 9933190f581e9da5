//! Pages of history and boards of past moments, for screens and reports. Reads the mirror, never writes it.

mod desk;
mod past;
mod raw;

use std::path::PathBuf;

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::domain::policy::Policy;
use crate::domain::time::Ts;
use crate::store::{StoreError, log, open, query};
use crate::sys::clock::Clock;

pub use crate::domain::log::*;
pub use crate::domain::page::*;
pub use desk::Desk;

/// What the reader answers from.
#[derive(Clone, Debug)]
pub struct Source {
    pub mirror: PathBuf,
    pub policy: Policy,
    pub roots: Vec<PathBuf>,
    pub clock: Clock,
    /// Recorded gaps in looking, and of these the machine's sleeps.
    pub gaps: Vec<(Ts, Ts)>,
    pub sleeps: Vec<(Ts, Ts)>,
}

/// Answers questions, one at a time.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    connection: Option<Connection>,
}

impl Reader {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            connection: None,
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
            self.connection = Some(open::open_reader(&self.source.mirror)?);
        }
        let Some(connection) = &self.connection else {
            return Ok(Page::Failed("the mirror is not open".to_owned()));
        };
        // One read transaction for one answer: a consistent view, and the locks of one query instead of one per row.
        let snapshot = connection.unchecked_transaction()?;
        let connection: &Connection = &snapshot;
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
            Query::Raw(locus) => raw::line(connection, *locus, &self.source.roots),
            Query::Copy(locus) => raw::copy(connection, *locus),
            Query::Items {
                agent,
                since,
                until,
            } => {
                let rows = crate::store::mirror::agent_rows(connection)?;
                let id = rows
                    .iter()
                    .find(|(_, name, _, _)| name == agent)
                    .map(|(id, ..)| *id);
                let items = id
                    .map(|id| query::items(connection, id, *since, *until))
                    .transpose()?
                    .unwrap_or_default();
                Ok(Page::Items {
                    agent: agent.clone(),
                    since: *since,
                    until: *until,
                    items,
                })
            }
            Query::Past { at, since } => Ok(Page::Past(past::board(
                connection,
                &self.source,
                *at,
                *since,
            )?)),
        }
    }
}
