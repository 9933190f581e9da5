//! A version of an agent's file that an operation left in rounds' own folder, for comparison and for taking it up.

use serde::{Deserialize, Serialize};

use super::change::FileRef;
use crate::domain::id::OpId;
use crate::domain::time::Span;

/// How a version came to lie there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// An agent wrote into it after it had lost its name: nobody has read that.
    Late,
    /// It was away for a moment and has been put back.
    PutBack,
    /// The file as it was before the operation, or what has been taken up since.
    Displaced,
    /// The operator wrote it in an editor, and it did not get into the file.
    Draft,
}

impl CopyKind {
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Late => "an agent wrote into it after it was replaced",
            Self::PutBack => "it was away for a moment, and was put back",
            Self::Displaced => "as it was before the order",
            Self::Draft => "your draft, which is not in the file",
        }
    }
}

/// Such a version, with all that is known beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// In `.rounds`; of a draft in `drafts` of the state folder.
    pub name: String,
    pub op: OpId,
    pub kind: CopyKind,
    /// Since it was written, or lost its name.
    pub age: Span,
    /// Which file it is a version of; absent where the ledger does not say.
    pub file: Option<FileRef>,
    pub bytes: Vec<u8>,
    /// What it was made from, or, of what an edit replaced, what the edit left while that stands; absent where no such
    /// version is kept or stands any more.
    pub base: Option<Vec<u8>>,
    /// What has its place now.
    pub now: Option<Vec<u8>>,
}
