//! The fleet as rows and sentences: what screens and reports show, before anyone thinks about colours or columns.
//!
//! Pure: a view takes a [`Fleet`](crate::domain::fleet::Fleet) and a moment, and gives text that is already sanitised.

pub mod agent;
pub mod alert;
pub mod digest;
pub mod filter;
#[doc(hidden)]
pub mod fixture;
pub mod ledger;
pub mod log;
pub mod mark;
pub mod pulse;
pub mod queue;
pub mod retro;
pub mod spoken;
pub mod sprint;
pub mod standup;
pub mod told;
pub mod walk;
pub mod wrap;

pub use mark::Mark;
