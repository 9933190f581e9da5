//! Something worth a line beneath the list.

use std::fmt::Write as _;

use super::{Counts, RowState, TaskState};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{Locus, TaskId};
use crate::domain::time::Ts;

/// Something that happened, with the equal ones that followed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Ts,
    pub state: RowState,
    pub what: Happened,
    /// Equal neighbours folded into this one.
    pub count: u32,
    pub locus: Option<Locus>,
}

/// What happened. Numbers are put into words where they are shown: every agent has some, and one is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// A run told it in its own words: sanitised, and cut to what a line shows.
    Said { task: Option<TaskId>, said: String },
    /// A run counted what it did.
    Counted {
        task: Option<TaskId>,
        counts: Counts,
    },
    /// Only how the run went is known.
    Went {
        task: Option<TaskId>,
        status: RunStatus,
    },
    /// A slot passed, and nothing accounts for it.
    Unaccounted { name: String, state: TaskState },
}

impl Happened {
    /// `publish: 3 done`, `publish failed`: sanitised.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut name = |task: &Option<TaskId>, behind: &str| {
            if let Some(task) = task {
                text.push_str(&task.shown());
                text.push_str(behind);
            }
        };
        match self {
            Self::Said { task, said } => {
                name(task, ": ");
                text.push_str(said);
            }
            Self::Counted { task, counts } => {
                name(task, ": ");
                // Writing into a string cannot fail.
                let _ = write!(text, "{counts}");
            }
            Self::Went { task, status } => {
                name(task, " ");
                text.push_str(status.word());
            }
            Self::Unaccounted { name, state } => {
                text.push_str(name);
                text.push(' ');
                text.push_str(state.word());
            }
        }
        text
    }
}
