//! Orders on their way: those that are being planned, and those that are being carried out.

use std::collections::VecDeque;

use crate::ops::bulk::Fared;
use crate::ops::{Answer, Plan, Refusal, Request};

/// What would these do? Asked one after another.
#[derive(Clone, Debug, Default)]
pub struct Planning {
    /// The first of them is asked for.
    pub wanted: VecDeque<Request>,
    pub planned: Vec<(Request, Result<Plan, Refusal>)>,
    pub caution: Caution,
    /// The ways out of what is overdue are asked for.
    pub storm: bool,
}

impl Planning {
    /// An answer is on its way that would open something.
    pub fn is_out(&self) -> bool {
        self.storm || !self.wanted.is_empty()
    }
}

/// Whether what orders would do is looked at before it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caution {
    /// A single order that needs no confirmation is carried out at once.
    #[default]
    AsNeeded,
    Always,
}

/// Confirmed orders.
#[derive(Clone, Debug, Default)]
pub struct Operating {
    /// The first of them is being carried out.
    pub waiting: VecDeque<(Request, Answer)>,
    pub results: Vec<Fared>,
    /// What was stopped before it began.
    pub not_begun: Vec<Request>,
    /// Some of them were confirmed together: at their end stands a write-up.
    pub bulk: bool,
    /// The write-up of the last bulk, until there is room for it on the screen.
    pub report: Option<String>,
}
