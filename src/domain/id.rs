//! Names of things. Each is a type of its own, so that a task is never passed where an agent is meant.
//!
//! Names come from files that agents write, so they are untrusted text: `Display` shows them sanitised and at most
//! [`NAME_COLUMNS`] wide. [`as_str`](AgentId::as_str) gives the exact bytes, for comparing and looking up only.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{clean, cut};

/// Widest a name is ever shown.
pub const NAME_COLUMNS: usize = 64;

/// Ids that are made one after another differ at their ends.
#[inline]
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().last() == b.as_bytes().last() && a == b
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(#[serde(with = "super::shared")] Arc<str>);

        /// Names of one agent's facts mostly share their text, so that the place tells before the letters do.
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || is_same(&self.0, &other.0)
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl $name {
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Sanitised, and at most [`NAME_COLUMNS`] wide.
            pub fn shown(&self) -> Cow<'_, str> {
                match clean(&self.0) {
                    Cow::Borrowed(text) => cut(text, NAME_COLUMNS),
                    Cow::Owned(text) => Cow::Owned(cut(&text, NAME_COLUMNS).into_owned()),
                }
            }

            /// The exact text, for comparing and looking up; never for showing.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.shown())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.shown())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }
    };
}

name!(
    /// One agent of the fleet.
    AgentId
);
name!(
    /// One task of an agent's plan, unique within the agent.
    TaskId
);
name!(
    /// One run of an agent: pairs the line that opens it with the one that ends it.
    RunId
);
name!(
    /// One operation of the operator, unique for ever (a ULID).
    OpId
);

/// A file of the fleet as the mirror numbers it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FileId(pub u32);

/// An interned item (see [`Item`](super::heartbeat::Item)): equal items have equal ids within one mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(pub i64);

/// Where in which file something stands: enough to open the raw line.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Locus {
    pub file: FileId,
    /// Byte offset of the record's first byte.
    pub offset: u64,
    /// Length of the record in bytes, without the line end.
    pub len: u32,
    /// Line number, from 1.
    pub line: u32,
}
impl TaskId {
    /// A UUID, or another long word of hexadecimal digits: it tells nobody what the task is.
    pub fn is_made_up(&self) -> bool {
        let id = self.as_str();
        let digits = |c: char| c.is_ascii_hexdigit() || c == '-';
        id.len() >= 8 && id.chars().all(digits) && id.contains(|c: char| c.is_ascii_digit())
    }
}
