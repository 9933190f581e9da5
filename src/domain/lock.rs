//! Who holds which resource.

use serde::{Deserialize, Serialize};

use super::id::RunId;
use super::text::Untrusted;
use super::time::{Span, Ts};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// From the file name: `linkedin.lock` holds `linkedin`.
    pub resource: Untrusted,
    pub holder: Option<Untrusted>,
    pub run: Option<RunId>,
    pub epoch: Option<u64>,
    pub acquired: Option<Ts>,
    pub renewed: Option<Ts>,
    pub ttl: Option<Span>,
}
