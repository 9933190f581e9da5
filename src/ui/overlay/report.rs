//! What became of several orders, as the Markdown that `y` copies.

use crate::ui::layout;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

const WIDEST: u16 = 110;

/// The furthest that the page can be scrolled.
pub fn last_top(model: &Model, text: &str) -> usize {
    let rows = usize::from(model.size.1.saturating_sub(2));
    text.lines().count().saturating_sub(rows)
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, (text, top): (&str, usize)) {
    let width = model.size.0;
    let wide = width.min(WIDEST);
    let count = text.lines().count();
    let high = (count as u16).saturating_add(2).max(3);
    let area = layout::centred(model.size, (wide, high));
    let inner = canvas.window(area, "what became of it: y copies, Esc closes");
    let top = layout::scrolled(top, top, usize::from(inner.height), count);
    let style = canvas.role(Role::Text);
    for (y, line) in (inner.y..inner.bottom()).zip(text.lines().skip(top)) {
        canvas.put(inner.x, y, inner.width, line, style);
    }
}
