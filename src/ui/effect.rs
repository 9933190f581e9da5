//! What the screen wants done outside of it. `update` gives these as data; the loop carries them out.

use std::path::PathBuf;

use crate::keeper::Order;
use crate::ops::Drafted;
use crate::reader::Query;

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Order(Order),
    Ask(Query),
    /// Onto the clipboard of the operator's terminal.
    Copy(String),
    /// Leave the screen to an editor on this read-only copy.
    Show {
        path: PathBuf,
        line: u32,
    },
    /// Leave the screen to an editor on this draft; the order to write it comes after.
    Edit(Box<Drafted>),
    /// Somebody is needed who may look elsewhere; the sentence says for what.
    Call(String),
    Repaint,
    Suspend,
    Quit,
}
