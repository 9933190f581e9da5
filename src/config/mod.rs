//! The operator's config: typed, read once, every mistake reported at once with its line and its remedy.
//!
//! [`keys`] names every key; [`Config::load`] reads a file; [`example::text`] writes the commented example that
//! `rounds init --print` shows. No hook, command or pattern is ever taken from an agent's file: only from here.

mod commands;
pub mod duration;
pub mod example;
mod file;
pub mod keys;
mod load;
mod model;
mod problem;
pub mod suggest;
mod value;
mod watch;
mod words;

pub use model::{AgentConfig, Background, Config, Glyphs, Retention, UiConfig, WatchConfig};
pub use problem::{ConfigErrors, Problem, Warning};

/// The commented example, as it lies in the repository: every key, its default and what it means.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

#[cfg(test)]
mod tests;
