//! Everything known about one agent, beside the list or alone.
//!
//! ```text
//! ─ publisher ─────────────────────────── fail 1h08 ─
//!  1h08 ✗ newsletter failed twice: SMTP 451
//!         publisher/heartbeat.jsonl:212
//! since Thu 18:40
//!  items  4 did, 0 skipped, 2 failed
//! ```

use std::sync::Arc;

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::ui::frame::kept::Same;
use crate::ui::model::{Model, Sheet};
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::agent::{Kind, Line, task_title, title};

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let agent = model.selected_agent().and_then(|id| model.agent(id));
    let title = agent.map(|agent| match &model.page.task {
        Some(task) => task_title(agent, task),
        None => title(agent, model.now()),
    });
    let sheet = &model.page.sheet;
    let place = (sheet.top, sheet.focused.then_some(sheet.at));
    let lines = Same(Arc::clone(&sheet.lines));
    if canvas.stands(area, (title.clone(), lines, place)) {
        return;
    }
    let area = canvas.beside(area);
    let head = Rect {
        height: area.height.min(1),
        ..area
    };
    let Some(title) = title else {
        canvas.rule(head, "", "");
        return;
    };
    let (name, state) = title.split_once(' ').unwrap_or((&title, ""));
    canvas.rule(head, name, state.trim());
    draw_sheet(canvas, area, sheet);
    if model.freshness().is_blind() {
        canvas.grey(Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        });
    }
}

/// The lines of a sheet beneath its title, with the cursor where it has the keys.
pub fn draw_sheet(canvas: &mut Canvas<'_>, area: Rect, sheet: &Sheet) {
    let lines = sheet.lines.iter().enumerate().skip(sheet.top);
    for (y, (i, line)) in (area.y + 1..area.bottom()).zip(lines) {
        if sheet.focused && i == sheet.at {
            canvas.cursor(area.x, y);
        }
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        draw_line(canvas, row, line);
    }
}

/// Widest label: `Thu 06:02` and `folder` fit.
const LABEL: u16 = 6;
/// `05:58:11`, `Thu 06:02`
const PROOF: u16 = 9;

pub fn draw_line(canvas: &mut Canvas<'_>, area: Rect, line: &Line) {
    let (x, y) = (area.x + 1, area.y);
    let rest = |x: u16| area.right().saturating_sub(x);
    let (text, quiet) = (canvas.role(Role::Text), canvas.role(Role::Quiet));
    match line.kind {
        Kind::Section => {
            let style = canvas.role(Role::Title);
            canvas.put(x, y, rest(x), &line.text, style);
        }
        Kind::Fact => {
            canvas.put(x, y, LABEL, &line.label, quiet);
            let x = x + LABEL + 1;
            canvas.put(x, y, rest(x), &line.text, text);
        }
        Kind::Proof => {
            canvas.put(x, y, PROOF, &line.label, quiet);
            let wide = if line.label.is_empty() { LABEL } else { PROOF };
            let x = x + wide + 1;
            canvas.put(x, y, rest(x), &line.text, text);
        }
        Kind::Entry(mark) => {
            let wide = (line.label.width() as u16).max(LABEL - 1);
            canvas.put(x, y, wide, &line.label, quiet);
            let x = x + wide + 1;
            let style = canvas.mark_style(mark);
            canvas.mark(x, y, mark, style);
            let words = if mark.is_trouble() { text } else { quiet };
            canvas.put(x + 2, y, rest(x + 2), &line.text, words);
        }
        Kind::More => {
            let x = x + LABEL + 2;
            canvas.put(x, y, rest(x), &line.text, quiet);
        }
    }
}
