//! The panes, and the filter line that each has.

use crate::view::filter::Filter;

use super::Model;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Standup,
    Sprint,
    Retro,
    Queue,
    Log,
    Ledger,
}

impl Pane {
    pub const ALL: [Self; 6] = [
        Self::Standup,
        Self::Sprint,
        Self::Retro,
        Self::Queue,
        Self::Log,
        Self::Ledger,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Standup => "Standup",
            Self::Sprint => "Sprint",
            Self::Retro => "Retro",
            Self::Queue => "Queue",
            Self::Log => "Log",
            Self::Ledger => "Ledger",
        }
    }

    /// The digit that opens it: the same whichever panes there are.
    pub fn digit(self) -> u8 {
        match self {
            Self::Standup => 1,
            Self::Sprint => 2,
            Self::Retro => 3,
            Self::Queue => 4,
            Self::Log => 5,
            Self::Ledger => 6,
        }
    }
}

/// A filter line and what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterLine {
    pub text: String,
    pub filter: Filter,
    pub problems: Vec<String>,
    /// The keys write into it.
    pub editing: bool,
}

impl Model {
    pub fn filter(&self) -> &FilterLine {
        &self.filters[self.pane as usize]
    }

    pub fn filter_mut(&mut self) -> &mut FilterLine {
        &mut self.filters[self.pane as usize]
    }
}
