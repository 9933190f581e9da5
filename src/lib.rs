//! A terminal control room for one person who runs a fleet of AI agents on schedules.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod domain;
pub mod keeper;
pub mod parse;
pub mod reader;
pub mod ui;
pub mod view;
