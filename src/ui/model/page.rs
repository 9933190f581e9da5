//! The page of an agent, or of one of its tasks, beside the standup or in its place.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::id::TaskId;
use crate::domain::log::LogRow;
use crate::domain::page::TaskVersion;
use crate::domain::time::Ts;
use crate::view::agent::Target;

use super::{Model, Pane, ReadTo, Sheet};

/// The page of the agent under the cursor, or of one of its tasks.
#[derive(Debug, Default)]
pub struct Page {
    pub sheet: Sheet,
    /// The page is that of one task.
    pub task: Option<TaskId>,
    /// The log of the agent, or of the task, oldest first, once it was read.
    pub timeline: Option<(Target, Vec<LogRow>)>,
    /// How the task stood in each version of its plan.
    pub versions: Option<(Target, Vec<TaskVersion>)>,
    /// How far the timeline was read.
    pub read_to: Option<ReadTo>,
    /// The reading of the agent, and the task, whose versions were last asked for.
    pub asked_for: Option<(Arc<AgentView>, TaskId)>,
    /// What the lines of the sheet were made of.
    pub built: Option<Built>,
}

/// What a page is made of besides the rows that the history gave: as long as it is the same, so are the lines.
#[derive(Clone, Debug)]
pub struct Built {
    pub agent: Arc<AgentView>,
    pub task: Option<TaskId>,
    pub fleet: Arc<Fleet>,
    /// Ages change with the minute.
    pub minute: Ts,
    pub width: u16,
    pub rows: usize,
}

impl Model {
    pub fn page_visible(&self) -> bool {
        self.pane == Pane::Standup && (self.page.sheet.focused || self.board.page.is_some())
    }

    /// The area of the agent's page.
    pub fn page_area(&self) -> Rect {
        self.board.page.unwrap_or(self.screen.body)
    }
}
