//! A few lines of the operator's own: a reason, a note.
//!
//! ```text
//! ┌ why skip drafter/digest? ──────────────────────────┐
//! │ today's sources were down_                         │
//! │ Enter goes on, ctrl-j a new line, Esc leaves it    │
//! └────────────────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use tui_textarea::{CursorMove, TextArea};

use crate::ops::Request;
use crate::ui::model::Model;
use crate::ui::msg::Edit;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

/// Longest text, in bytes.
const LONGEST: usize = 4_000;
const WIDEST: u16 = 76;
const HIGH: u16 = 8;

/// What is being written, and the orders that wait for it.
#[derive(Clone, Debug)]
pub struct Editor {
    pub title: String,
    pub area: TextArea<'static>,
    pub requests: Vec<Request>,
}

impl Editor {
    pub fn new(title: String, requests: Vec<Request>) -> Self {
        Self {
            title,
            area: TextArea::default(),
            requests,
        }
    }

    pub fn text(&self) -> String {
        self.area.lines().join("\n").trim().to_owned()
    }

    pub fn edit(&mut self, edit: &Edit) {
        let area = &mut self.area;
        match edit {
            Edit::Insert(text) => {
                if self.area.lines().iter().map(String::len).sum::<usize>() + text.len() <= LONGEST
                {
                    self.area.insert_str(text);
                }
            }
            Edit::Line => area.insert_newline(),
            Edit::Erase => {
                area.delete_char();
            }
            Edit::EraseWord => {
                area.delete_word();
            }
            Edit::EraseAll => {
                area.delete_line_by_head();
            }
            Edit::Next => area.move_cursor(CursorMove::Down),
            Edit::Previous => area.move_cursor(CursorMove::Up),
            Edit::Left => area.move_cursor(CursorMove::Back),
            Edit::Right => area.move_cursor(CursorMove::Forward),
            Edit::Accept => {}
        }
    }
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, editor: &Editor) {
    let (width, height) = model.size;
    let (wide, high) = (width.min(WIDEST), height.min(HIGH));
    let area = Rect {
        x: (width - wide) / 2,
        y: (height - high) / 2,
        width: wide,
        height: high,
    };
    let inner = canvas.window(area, &editor.title);
    let rows = usize::from(inner.height.saturating_sub(1));
    let at = editor.area.cursor();
    let top = at.0.saturating_sub(rows.saturating_sub(1));
    let text = canvas.role(Role::Text);
    let lines = editor.area.lines().iter().enumerate().skip(top).take(rows);
    for (y, (i, line)) in (inner.y..).zip(lines) {
        let x = canvas.put(inner.x, y, inner.width, line, text);
        if i == at.0 {
            let before: String = line.chars().take(at.1).collect();
            let under: String = line.chars().skip(at.1).take(1).collect();
            let under = if under.is_empty() {
                " ".to_owned()
            } else {
                under
            };
            let column = canvas.put(inner.x, y, inner.width, &before, text);
            let style = Style::new().add_modifier(Modifier::REVERSED);
            canvas.put(column.min(x), y, 1, &under, style);
        }
    }
    let quiet = canvas.role(Role::Quiet);
    let foot = inner.bottom().saturating_sub(1);
    let help = "Enter goes on, ctrl-j a new line, Esc leaves it";
    canvas.put(inner.x, foot, inner.width, help, quiet);
}
