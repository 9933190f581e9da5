//! Field aliases and status words: the built-in tables, extended by the config.

/// The words in force. Built once from the config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {}
