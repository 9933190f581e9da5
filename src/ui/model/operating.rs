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
}
