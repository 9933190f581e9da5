//! What lies over the panes.

use crate::ui::command::Place;
use crate::ui::overlay::choose::Choice;
use crate::ui::overlay::editor::Editor;
use crate::ui::overlay::preview::Preview;
use crate::view::agent::Target;

/// What lies over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys of the place it was opened from.
    Help {
        from: Place,
        top: usize,
    },
    /// Of an agent, or of one of its tasks.
    Why {
        about: Target,
        top: usize,
    },
    /// What became of several orders, or how two versions differ: to be read and copied.
    Report {
        title: String,
        text: String,
        top: usize,
    },
    Preview(Box<Preview>),
    Editor(Box<Editor>),
    Choose {
        title: String,
        choices: Vec<Choice>,
        at: usize,
    },
    Palette {
        text: String,
        at: usize,
        from: Place,
    },
}
