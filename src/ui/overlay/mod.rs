//! What lies over the panes until Esc.

pub mod choose;
pub mod help;
pub mod palette;
pub mod why;
