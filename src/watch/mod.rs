//! Finding the agents' files and noticing that they changed. A notification is a hint; the sweep is the truth.

pub mod discover;
pub mod generation;
pub mod notice;
pub mod rotation;
