//! The rows of the log around its cursor, and what is asked of the history.

use ratatui::layout::Rect;

use crate::domain::id::TaskId;
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::reader::Anchor;
use crate::view::log::Fold;

use super::{Model, Pane};

#[derive(Debug, Default)]
pub struct Log {
    /// Oldest first: about three screens of the log around the cursor.
    pub rows: Vec<LogRow>,
    pub folds: Vec<Fold>,
    pub older: bool,
    pub newer: bool,
    /// New rows move the view.
    pub follow: bool,
    pub cursor: Option<LogKey>,
    pub top: usize,
    /// How far the newest rows were read.
    pub read_to: Option<ReadTo>,
}

/// How far rows of the history are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTo {
    pub filter: LogFilter,
    /// Everything that the snapshot of this version shows was asked for, or came with it.
    pub version: u64,
    /// The answer has come.
    pub answered: bool,
}

/// The question that is out, and those that wait: the history answers only the latest of a kind, so one is asked at a time.
#[derive(Debug, Default)]
pub struct Asked {
    pub out: Option<Want>,
    pub waiting: Vec<Want>,
}

/// Rows of the history that the screen wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub by: Wanter,
    pub filter: LogFilter,
    pub anchor: Anchor,
    pub rows: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanter {
    Log,
    Page(Option<TaskId>),
}

impl Model {
    /// The row of the log under the cursor, and its place among the folds.
    pub fn log_at(&self) -> Option<usize> {
        let last = self.log.folds.len().checked_sub(1)?;
        let Some(cursor) = &self.log.cursor else {
            return Some(last);
        };
        let row = self
            .log
            .rows
            .partition_point(|row| crate::view::log::key(row) < *cursor);
        Some(
            self.log
                .folds
                .partition_point(|fold| fold.last < row)
                .min(last),
        )
    }

    pub fn log_row(&self) -> Option<&LogRow> {
        let fold = self.log.folds.get(self.log_at()?)?;
        self.log.rows.get(fold.last)
    }

    pub fn log_visible(&self) -> bool {
        self.pane == Pane::Log || (self.pane == Pane::Standup && self.board.log.is_some())
    }

    /// The area of the log that is on the screen.
    pub fn log_area(&self) -> Rect {
        match self.pane {
            Pane::Log => self.screen.body,
            Pane::Standup => self.board.log.unwrap_or_default(),
            Pane::Sprint | Pane::Retro | Pane::Queue | Pane::Ledger => Rect::default(),
        }
    }
}
