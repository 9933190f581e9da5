//! What the operator can order, planned before anything is touched.
//!
//! An order is a [`Request`]. From it and from what is known ([`Scene`]) comes a [`Plan`]: one sentence, how far it
//! reaches, the exact change, how it must be confirmed; or a [`Refusal`], which says what would make it possible. All of
//! it is pure: nothing here reads a file, a clock or the config, and nothing here changes anything.
//!
//! [`splice`](splice::splice) turns the change of a task into bytes, and leaves every other byte of the file alone.

pub mod base;
pub mod change;
pub mod confirm;
pub mod edit;
mod preview;
pub mod reach;
pub mod request;
pub mod scene;
pub mod splice;
pub mod verb;

pub use base::Base;
pub use change::{
    Act, Append, AppendTo, Ask, Change, EditTask, FileRef, Plan, Refusal, Undoing, Word,
};
pub use confirm::{Answer, Code, Confirm};
pub use edit::{Cut, DiffLine, Member, Raw, Sign, TaskEdit, Touched, Write};
pub use preview::preview;
pub use reach::{BlastRadius, Hit, LastOutcome, Reach, Risk};
pub use request::{Letter, LetterKind, Operator, Request};
pub use scene::{Check, Checked, How, Landed, Mode, Outcome, Past, Scene, TouchedTask};
pub use splice::{NotSpliceable, Spliced, splice};
pub use verb::{Subject, Verb};
