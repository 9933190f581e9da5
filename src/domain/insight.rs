//! What an agent learned: the dated entries of `INSIGHTS.md`.

use serde::{Deserialize, Serialize};

use super::heartbeat::Stamp;
use super::text::Untrusted;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InsightKind {
    Worked,
    Didnt,
    Change,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    pub at: Stamp,
    pub kind: InsightKind,
    pub text: Untrusted,
    pub tags: Vec<Untrusted>,
    /// A checklist item's box; absent where there is none.
    pub done: Option<bool>,
    pub line: u32,
}
