//! The reasoning behind an agent's state, healthy or not: signal, threshold and its source, proof, what would clear it.

use ratatui::layout::Rect;

use crate::ui::layout::{self, Form};
use crate::ui::model::Model;
use crate::ui::pane::detail::draw_line;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::agent::{self, Line, Target};

const WIDEST: u16 = 100;

pub(in crate::ui) fn lines(model: &Model, about: &Target) -> Vec<Line> {
    let (fleet, now) = (model.fleet(), model.now());
    let lines = model.agent(&about.agent).map(|agent| match &about.task {
        Some(task) => agent::why_task(fleet, agent, task, now),
        None => agent::why(fleet, agent, now),
    });
    let lines = lines.unwrap_or_default();
    match model.form {
        Form::Grid => model.fitted(lines, model.size.0.min(WIDEST), 14),
        Form::Lines => model.fitted(lines, model.size.0, 0),
    }
}

/// The furthest that the page can be scrolled.
pub fn last_top(model: &Model, about: &Target) -> usize {
    model.last_top(lines(model, about).len())
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, (about, top): (&Target, usize)) {
    let (width, height) = model.size;
    let wide = width.min(WIDEST);
    let lines = lines(model, about);
    let high = height.min(lines.len() as u16 + 2).max(3);
    let area = layout::centred(model.size, (wide, high));
    let task = about.task.as_ref().map(|task| format!("/{task}"));
    let name = format!("{}{}", about.agent, task.unwrap_or_default());
    let inner = canvas.window(area, &format!("why {name}, Esc closes"));
    if lines.is_empty() {
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            inner.x,
            inner.y,
            inner.width,
            "this agent is no longer there",
            quiet,
        );
    }
    let top = layout::scrolled(top, top, usize::from(inner.height), lines.len());
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        draw_line(
            canvas,
            Rect {
                x: inner.x.saturating_sub(1),
                y,
                width: inner.width + 1,
                height: 1,
            },
            line,
        );
    }
}
