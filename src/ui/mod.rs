//! The control room on a terminal: snapshots in, frames out, keys to orders.
//!
//! ```text
//! events ─▶ keymap ─▶ update(Model, Msg) ─▶ effects ─▶ backstage (orders, questions)
//!                          │
//! fleet, pages, replies ───┘      draw(Model) ─▶ FrameWriter ─▶ one write
//! ```
//!
//! Nothing is drawn when nothing changed, and nothing wakes up until an age changes on the minute.

pub mod caps;
pub mod command;
pub mod draw;
pub mod effect;
pub mod frame;
pub mod glyph;
mod hangup;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod msg;
pub mod overlay;
pub mod pane;
pub mod picture;
mod plain;
mod room;
pub mod run;
pub mod term;
pub mod theme;
pub mod update;
pub mod widget;

pub use room::{Calls, Options, Room};
pub use run::{Backstage, Clock, Ended, Feeds, Screen, run};
