//! One file per pane. A pane draws from the model and changes nothing.

pub mod detail;
pub mod ledger;
pub mod log;
pub mod queue;
pub mod retro;
pub mod sprint;
pub mod standup;
pub mod walk;
