//! The machine: clock, files, locks. Everything Linux-only stands here behind a portable fallback.

pub mod apart;
pub mod attributes;
pub mod clock;
pub mod file;
pub mod folder;
pub mod gate;
pub mod lease;
pub mod memory;
pub mod mount;
pub mod plan;
pub mod process;
pub mod run;
pub mod sleep;
pub mod state;
pub mod together;
