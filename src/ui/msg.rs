//! Everything that can happen to the screen, as one closed enum: it logs and replays.

use std::sync::Arc;

use crate::domain::fleet::Fleet;
use crate::domain::time::Ts;
use crate::keeper::{Order, Reply};
use crate::ops::Drafted;
use crate::reader::Page;

use super::command::CommandId;

/// A change to the text that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    Insert(String),
    Erase,
    EraseWord,
    EraseAll,
    /// A new line.
    Line,
    Next,
    Previous,
    Left,
    Right,
    Accept,
    /// Done, where Enter begins a line.
    Keep,
}

/// What a key means where it was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Command(CommandId),
    Edit(Edit),
    /// Nothing; the key by name.
    Unbound(String),
}

/// What the mouse did, at a column and a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    Click(u16, u16),
    /// The wheel, away from the operator.
    Up(u16, u16),
    Down(u16, u16),
}

#[derive(Clone, Debug)]
pub enum Msg {
    Input(Input),
    Touch(Touch),
    /// A new snapshot.
    Fleet(Arc<Fleet>),
    Reply(Reply),
    Page(Page),
    /// The editor has left this draft.
    Edited(Box<Drafted>),
    /// An effect could not be carried out; the sentence says why.
    Failed(String),
    /// The keeper did not take an order; the sentence says why.
    NotTaken(Box<Order>, String),
    /// The keeper is gone: no snapshot will come any more.
    Stopped,
    /// The clock moved on to this moment.
    Tick(Ts),
    Resize(u16, u16),
}
