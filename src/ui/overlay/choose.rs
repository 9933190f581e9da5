//! A few things that can be said or done here, one of them under the cursor. Enter takes it, Esc takes none.
//!
//! ```text
//! ┌ publisher/newsletter, 2 findings ──────────────────────┐
//! │▸ acknowledge               counts no more while it lasts │
//! │  snooze for an hour        until 08:10                   │
//! │  snooze until tomorrow     until Sat 06:00               │
//! └──────────────────────────────────────────────────────────┘
//! ```
//!
//! Where the window is too narrow for all that is said of one, that of the one under the cursor stands below in full.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::keeper::Order;
use crate::ops::Request;
use crate::ui::layout;
use crate::ui::model::{Caution, Model, Overlay};
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::wrap::wrap;

/// One of them, and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub text: String,
    pub help: String,
    /// Absent: it cannot be done, and `help` says why.
    pub pick: Option<Pick>,
}

/// What taking a choice does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    Order(Order),
    /// These orders are previewed, all in one.
    Preview(Vec<Request>, Caution),
    /// The next question, with its title.
    Ask(String, Vec<Choice>),
}

/// Columns for what a choice is called.
const NAMES: u16 = 24;

pub fn draw(
    model: &Model,
    canvas: &mut Canvas<'_>,
    (title, choices, at): (&str, &[Choice], usize),
) {
    let (area, below) = window(model, title, choices);
    let inner = canvas.window(area, title);
    let rows = usize::from(inner.height.saturating_sub(below));
    let top = layout::scrolled(0, at, rows, choices.len());
    for (y, (i, choice)) in (inner.y..).zip(choices.iter().enumerate().skip(top).take(rows)) {
        let role = match (&choice.pick, i == at) {
            (None, _) => Role::Quiet,
            (Some(_), true) => Role::Cursor,
            (Some(_), false) => Role::Text,
        };
        let text = canvas.role(role);
        if i == at {
            canvas.cursor(inner.x.saturating_sub(1), y);
        }
        let names = NAMES.min(inner.width);
        canvas.put(inner.x, y, names, &choice.text, text);
        let quiet = canvas.role(Role::Quiet);
        let room = inner.width.saturating_sub(NAMES + 1);
        canvas.put(inner.x + NAMES + 1, y, room, &choice.help, quiet);
    }
    let said = choices.get(at).filter(|choice| is_cut(choice, area.width));
    let lines = said
        .map(|choice| in_full(choice, area.width))
        .unwrap_or_default();
    let first = inner.y + rows as u16;
    for (y, line) in (first..inner.bottom()).zip(&lines) {
        canvas.put(inner.x, y, inner.width, line, canvas.role(Role::Text));
    }
}

/// Where its window stands, and how many lines below its list are not of it.
fn window(model: &Model, title: &str, choices: &[Choice]) -> (Rect, u16) {
    let (width, height) = model.size;
    let widest = choices.iter().map(|choice| choice.help.width()).max();
    let wide = (NAMES + 6 + widest.unwrap_or(0) as u16)
        .max(title.width() as u16 + 8)
        .min(width);
    let below = below(choices, wide, height);
    let high = (choices.len() as u16 + below + 2).clamp(3, height.max(3));
    (layout::centred(model.size, (wide, high)), below)
}

/// The choice that stands under a place of the screen.
pub fn row_at(model: &Model, (x, y): (u16, u16)) -> Option<usize> {
    let Some(Overlay::Choose { title, choices, at }) = &model.overlay else {
        return None;
    };
    let (area, below) = window(model, title, choices);
    let rows = usize::from(area.height.saturating_sub(2 + below));
    let top = layout::scrolled(0, *at, rows, choices.len());
    let line = usize::from(y.checked_sub(area.y + 1)?);
    let inside = (area.left() + 1..area.right().saturating_sub(1)).contains(&x) && line < rows;
    (inside && top + line < choices.len()).then_some(top + line)
}

/// Columns that the frame and the cursor take.
const FRAME: u16 = 4;

fn is_cut(choice: &Choice, wide: u16) -> bool {
    choice.help.width() > usize::from(wide.saturating_sub(FRAME + NAMES + 1))
}

fn in_full(choice: &Choice, wide: u16) -> Vec<String> {
    wrap(&choice.help, usize::from(wide.saturating_sub(FRAME)))
}

/// Lines below the list for what is said of one in full: as many as any of them takes, so that the list stands still.
fn below(choices: &[Choice], wide: u16, height: u16) -> u16 {
    let cut = choices.iter().filter(|choice| is_cut(choice, wide));
    let most = cut.map(|choice| in_full(choice, wide).len()).max();
    let room = height.saturating_sub(choices.len() as u16 + 2);
    (most.unwrap_or(0) as u16).min(room)
}
