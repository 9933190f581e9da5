//! Values and the words of the field. Nothing here does IO or reads a clock.

pub mod act;
pub mod action;
pub mod agent;
pub mod backlog;
pub mod facts;
pub mod finding;
pub mod fleet;
pub mod heartbeat;
pub mod id;
pub mod insight;
pub mod kept;
pub mod link;
pub mod lock;
pub mod log;
pub mod page;
pub mod policy;
pub mod proof;
pub mod redact;
pub mod retro;
pub mod schedule;
pub mod task;
pub mod text;
pub mod time;
pub mod told;
pub mod verb;
