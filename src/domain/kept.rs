//! What an agent keeps for itself and for others: questions it asks, and lists of what it did (posted, seen, followed).

use serde::{Deserialize, Serialize};

use super::id::{FileId, Locus};
use super::text::Untrusted;
use super::time::Ts;

/// A question of an outbox that waits for a human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub text: Untrusted,
    /// When it was asked; absent where it does not say so.
    pub at: Option<Ts>,
    /// When it was answered; one that is answered without a time is not kept.
    pub answered: Option<Ts>,
    /// In its file as it is now.
    pub locus: Locus,
}

/// One entry of a tracking file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: Untrusted,
    /// When it was put there, where it says so.
    pub at: Option<Ts>,
}

/// A tracking file came to say something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedChange {
    pub file: FileId,
    pub at: Ts,
    /// SHA-256 of what it holds now and of what it held before, in hex: names under `versions/`.
    pub hash: String,
    pub before: String,
    pub added: Vec<Untrusted>,
    pub removed: Vec<Untrusted>,
    /// Something stays that was there before what was taken out.
    pub keeps_older: bool,
}
