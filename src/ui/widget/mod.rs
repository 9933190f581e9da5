//! The few ways in which anything is put on the screen.

mod canvas;

pub use canvas::{Align, Canvas};
