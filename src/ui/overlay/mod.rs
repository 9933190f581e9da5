//! What lies over the panes until Esc.

pub mod choose;
pub mod editor;
pub mod help;
pub mod palette;
pub mod preview;
pub mod report;
pub mod why;
