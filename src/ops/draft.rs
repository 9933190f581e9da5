//! A private copy of one of an agent's own files, which the operator changes in an editor.

use std::path::PathBuf;

use super::change::FileRef;
use crate::domain::id::{AgentId, FileId};

/// Which of an agent's files is to be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The plan that holds now.
    Plan,
    File(FileId),
    /// By its path beneath the agent's folder, or the end of it.
    Named(String),
}

/// Whether a draft that is there already is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    TakeUp,
    Anew,
}

/// A copy that waits for an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    pub agent: AgentId,
    /// For [`Request::draft`](super::Request::draft).
    pub name: String,
    pub path: PathBuf,
    /// The file it is a copy of.
    pub file: FileRef,
    /// It holds what was written before and did not get into the file.
    pub again: bool,
}
