//! Names of members of a task that are read and, on an order, written. Folded: without case and separators.

/// Folded names of the member that names a task.
pub const NAMES: &[&str] = &[
    "id", "taskid", "jobid", "slug", "name", "title", "key", "task", "action", "activity",
];

/// Folded names of the member that holds the status, the contract's first.
pub const STATUS: &[&str] = &["status", "state", "passes", "状态"];

/// Folded names of the member that counts attempts.
pub const ATTEMPT: &[&str] = &["attempt", "attempts"];
