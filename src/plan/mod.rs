//! When things should happen: schedules turned into slots. Pure.
//!
//! A *slot* is one instant at which one task is due. [`calendar`] knows days and their clock changes, [`cron`] the
//! patterns, [`expand`] one task, [`quiet`] the hours in which nothing is due, and [`mod@owed`] which version of a plan
//! counts for which slot. [`ahead`] is what will fire on a day to come, [`lint`] what is wrong with it, and [`free`] where
//! something still fits. [`make`] plans a day from a backlog.

pub mod ahead;
pub mod calendar;
pub mod cron;
pub mod expand;
pub mod free;
pub mod lint;
pub mod make;
pub mod owed;
pub mod quick;
pub mod quiet;
pub mod rhythm;

pub use calendar::{Calendar, Window};
pub use owed::{Slot, owed};
