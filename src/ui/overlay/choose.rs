//! A few things that can be said or done here, one of them under the cursor. Enter takes it, Esc takes none.
//!
//! ```text
//! ┌ publisher/newsletter, 2 findings ──────────────────────┐
//! │▸ acknowledge               counts no more while it lasts │
//! │  snooze for an hour        until 08:10                   │
//! │  snooze until tomorrow     until Sat 06:00               │
//! └──────────────────────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::keeper::Order;
use crate::ui::layout;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

/// One of them, and the order it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub text: String,
    pub help: String,
    /// Absent: it cannot be done, and `help` says why.
    pub order: Option<Order>,
}

/// Columns for what a choice is called.
const NAMES: u16 = 24;

pub fn draw(
    model: &Model,
    canvas: &mut Canvas<'_>,
    (title, choices, at): (&str, &[Choice], usize),
) {
    let (width, height) = model.size;
    let widest = choices.iter().map(|choice| choice.help.width()).max();
    let wide = (NAMES + 6 + widest.unwrap_or(0) as u16)
        .max(title.width() as u16 + 8)
        .min(width);
    let high = (choices.len() as u16 + 2).clamp(3, height.max(3));
    let area = Rect {
        x: (width - wide) / 2,
        y: height.saturating_sub(high) / 2,
        width: wide,
        height: high,
    };
    let inner = canvas.window(area, title);
    let rows = usize::from(inner.height);
    let top = layout::scrolled(0, at, rows, choices.len());
    for (y, (i, choice)) in (inner.y..).zip(choices.iter().enumerate().skip(top).take(rows)) {
        let role = match (&choice.order, i == at) {
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
}
