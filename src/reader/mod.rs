//! Pages of history and boards of past moments, for screens and reports.

pub use crate::domain::log::*;
pub use crate::domain::page::*;
