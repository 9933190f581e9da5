//! A few lines of the operator's own: a reason, a note.
//!
//! ```text
//! ┌ why skip drafter/digest? ──────────────────────────┐
//! │ today's sources were down_                         │
//! │ Enter goes on, ctrl-j a new line, Esc leaves it    │
//! └────────────────────────────────────────────────────┘
//! ```

use std::borrow::Cow;

use ratatui::style::{Modifier, Style};
use tui_textarea::{CursorMove, TextArea};

use crate::domain::id::AgentId;
use crate::domain::retro::VerdictKind;
use crate::domain::text::clean;
use crate::ops::Request;
use crate::ui::layout;
use crate::ui::model::Model;
use crate::ui::msg::Edit;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

/// Longest text, in bytes; of a page.
const LONGEST: usize = 4_000;
const LONGEST_PAGE: usize = 60_000;
const WIDEST: u16 = 76;
const HIGH: u16 = 8;
const WIDEST_PAGE: u16 = 100;

/// What is written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Orders wait for it.
    Orders,
    /// The note on a week.
    Note { week: String },
    /// The reason of what is said about a gap.
    Gap {
        gap: String,
        agent: AgentId,
        verdict: VerdictKind,
    },
}

/// What is being written, and the orders that wait for it.
#[derive(Clone, Debug)]
pub struct Editor {
    pub purpose: Purpose,
    pub title: String,
    pub area: TextArea<'static>,
    pub requests: Vec<Request>,
}

impl Editor {
    pub fn new(title: String, requests: Vec<Request>) -> Self {
        Self {
            purpose: Purpose::Orders,
            title,
            area: TextArea::default(),
            requests,
        }
    }

    /// For words about a week, begun with some.
    pub fn about(title: String, purpose: Purpose, begun: &str) -> Self {
        let area = TextArea::new(begun.lines().map(clean).map(Cow::into_owned).collect());
        Self {
            purpose,
            area,
            ..Self::new(title, Vec::new())
        }
    }

    /// Enter begins a line: a page, not a sentence.
    pub fn is_page(&self) -> bool {
        matches!(self.purpose, Purpose::Note { .. })
    }

    /// How one leaves it.
    pub fn help(&self) -> &'static str {
        if self.is_page() {
            "ctrl-s keeps it in the ledger, Esc leaves it"
        } else {
            "Enter goes on, ctrl-j a new line, Esc leaves it"
        }
    }

    pub fn text(&self) -> String {
        self.area.lines().join("\n").trim().to_owned()
    }

    pub fn edit(&mut self, edit: &Edit) {
        let most = if self.is_page() {
            LONGEST_PAGE
        } else {
            LONGEST
        };
        let area = &mut self.area;
        match edit {
            Edit::Insert(text) => {
                if self.area.lines().iter().map(String::len).sum::<usize>() + text.len() <= most {
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
            Edit::Accept | Edit::Keep => {}
        }
    }
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, editor: &Editor) {
    let (width, height) = model.size;
    let (wide, high) = if editor.is_page() {
        (width.min(WIDEST_PAGE), height.saturating_sub(2).max(3))
    } else {
        (width.min(WIDEST), height.min(HIGH))
    };
    let area = layout::centred(model.size, (wide, high));
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
    canvas.put(inner.x, foot, inner.width, editor.help(), quiet);
}
