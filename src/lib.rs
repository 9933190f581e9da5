//! A terminal control room for one person who runs a fleet of AI agents on schedules.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cli;
pub mod config;
pub mod demo;
pub mod detect;
pub mod domain;
pub mod keeper;
pub mod parse;
pub mod paths;
pub mod plan;
pub mod reader;
pub mod report;
pub mod store;
pub mod sys;
pub mod ui;
pub mod view;
pub mod watch;
