//! What lies over the panes until Esc.

pub mod help;
pub mod palette;
pub mod why;
