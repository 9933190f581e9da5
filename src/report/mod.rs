//! The same views as the screens, as text, Markdown and JSON.
//!
//! Everything here is a function from a snapshot to a `String`, written with one write by the command line. Agent text
//! passes through [`Untrusted::shown`](crate::domain::text::Untrusted::shown) on the way, in every form: a JSON answer is
//! read in terminals, too.

pub mod alert;
pub mod check;
pub mod doctor;
pub mod kept;
pub mod ledger;
mod linear;
pub mod lint;
pub mod log;
pub mod operated;
pub mod plan;
pub mod retro;
pub mod said;
pub mod schema;
mod sign;
pub mod sprint;
pub mod standup;
pub mod storm;
pub mod why;
pub mod wire;

use crate::domain::fleet::{Counts, Fleet};
use crate::domain::page::Items;
use crate::ops::Wording;

/// What a standup is written from.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    pub fleet: &'a Fleet,
    /// The items of each agent since the mark, folded, in the order of `fleet.agents`; agents behind its end have none.
    pub items: &'a [Items],
}

/// What an agent has that did, failed and skipped nothing.
static NOTHING: Items = Items {
    list: Vec::new(),
    different: Counts {
        did: 0,
        skipped: 0,
        failed: 0,
    },
};

impl<'a> Board<'a> {
    /// The items of the agent at this place of `fleet.agents`.
    pub fn items_of(&self, agent: usize) -> &'a Items {
        self.items.get(agent).unwrap_or(&NOTHING)
    }
}

/// Colour or none. Decided at the edge, from the terminal, `NO_COLOR` and `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

/// Signs beyond ASCII or not. Decided at the edge, from the locale and the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    Unicode,
    Ascii,
}

/// How the facts of a report stand. Decided at the edge, from the config and `--plain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In columns, with signs and bars.
    Columns,
    /// One fact a line, in words.
    Lines,
}

impl Form {
    /// How differences are told in it.
    pub fn wording(self) -> Wording {
        match self {
            Self::Columns => Wording::Signs,
            Self::Lines => Wording::Words,
        }
    }
}

/// How a text report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub paint: Paint,
    pub signs: Signs,
    pub form: Form,
    /// Columns of the terminal; without one lines are as long as they are.
    pub width: Option<usize>,
}

impl Look {
    /// For files, pipes and tests.
    pub const PLAIN: Self = Self {
        paint: Paint::Plain,
        signs: Signs::Unicode,
        form: Form::Columns,
        width: None,
    };
}
