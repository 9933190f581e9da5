//! A text to be read and copied with `y`: what became of several orders, or how a lost version differs from what is there.

use crate::ui::layout::{self, Form};
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::wrap::broken;

const WIDEST: u16 = 110;

/// Its lines as they fit: words are not kept whole, because spaces count in files.
pub(in crate::ui) fn lines<'t>(model: &Model, text: &'t str) -> Vec<&'t str> {
    let width = match model.form {
        Form::Grid => model.size.0.min(WIDEST).saturating_sub(4),
        Form::Lines => model.size.0,
    };
    let width = usize::from(width);
    text.lines().flat_map(|line| broken(line, width)).collect()
}

/// The furthest that the page can be scrolled.
pub fn last_top(model: &Model, text: &str) -> usize {
    model.last_top(lines(model, text).len())
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, title: &str, (text, top): (&str, usize)) {
    let wide = model.size.0.min(WIDEST);
    let lines = lines(model, text);
    let high = (lines.len() as u16).saturating_add(2).max(3);
    let area = layout::centred(model.size, (wide, high));
    let inner = canvas.window(area, &format!("{title}: y copies, Esc closes"));
    let top = layout::scrolled(top, top, usize::from(inner.height), lines.len());
    let style = canvas.role(Role::Text);
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        canvas.put(inner.x, y, inner.width, line, style);
    }
}
