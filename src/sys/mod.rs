//! The machine: clock, files, locks. Everything Linux-only stands here behind a portable fallback.

pub mod clock;
pub mod file;
pub mod mount;
pub mod plan;
pub mod sleep;
pub mod state;
