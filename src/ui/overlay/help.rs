//! The keys of the place it was opened from: what works now, and why the rest does not.

use ratatui::layout::Rect;

use crate::ui::command::{COMMANDS, CommandSpec, Group, Place};
use crate::ui::keymap::Keymap;
use crate::ui::layout::{self, Form};
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::wrap::wrap;

/// A group's title, or a command with why it does nothing now.
pub(in crate::ui) enum Line {
    Group(&'static str),
    Works(&'static CommandSpec),
    Not(&'static CommandSpec, String),
}

pub(in crate::ui) fn lines(model: &Model, place: Place) -> Vec<Line> {
    let ctx = model.ctx(place);
    let mut lines = Vec::new();
    for group in Group::ALL {
        let own = COMMANDS
            .iter()
            .filter(|spec| spec.group == group && spec.scope.contains(&place));
        lines.push(Line::Group(group.title()));
        for spec in own {
            lines.push(match (spec.enabled)(&ctx) {
                Ok(()) => Line::Works(spec),
                Err(reason) => Line::Not(spec, reason.to_string()),
            });
        }
    }
    lines
}

pub fn draw(model: &Model, keymap: &Keymap, canvas: &mut Canvas<'_>, (place, top): (Place, usize)) {
    let (width, height) = model.size;
    let wide = width.min(WIDEST);
    let area = Rect {
        x: (width - wide) / 2,
        y: 0,
        width: wide,
        height,
    };
    let inner = canvas.window(area, &format!("keys here ({}), Esc closes", place.word()));
    let room = room(inner.width);
    let lines: Vec<Drawn> = lines(model, place)
        .into_iter()
        .flat_map(|line| drawn(keymap, line, room))
        .collect();
    let rows = usize::from(inner.height);
    let top = layout::scrolled(top, top, rows, lines.len());
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        draw_line(
            canvas,
            Rect {
                y,
                height: 1,
                ..inner
            },
            line,
        );
    }
}

/// The furthest that the page can be scrolled.
pub fn last_top(model: &Model, place: Place) -> usize {
    if model.form == Form::Lines {
        return model.last_top(lines(model, place).len());
    }
    let room = room(model.size.0.min(WIDEST).saturating_sub(2));
    let lines: usize = lines(model, place)
        .iter()
        .map(|line| match line {
            Line::Group(_) => 1,
            Line::Works(spec) => wrap(spec.help, room).len(),
            Line::Not(_, reason) => wrap(&not_now(reason), room).len(),
        })
        .sum();
    model.last_top(lines)
}

pub(in crate::ui) fn not_now(reason: &str) -> String {
    format!("not now: {reason}")
}

/// Columns for a sentence in a window that is so wide inside.
fn room(inner: u16) -> usize {
    usize::from(inner.saturating_sub(KEYS + 2)).max(8)
}

const WIDEST: u16 = 96;

/// Columns for the keys of one command.
const KEYS: u16 = 21;

/// One line of the screen: a sentence goes on over as many as it needs.
struct Drawn {
    keys: String,
    text: String,
    key_role: Role,
    role: Role,
}

fn drawn(keymap: &Keymap, line: Line, room: usize) -> Vec<Drawn> {
    let (spec, told, role, key_role) = match line {
        Line::Group(title) => {
            return vec![Drawn {
                keys: title.to_owned(),
                text: String::new(),
                key_role: Role::Title,
                role: Role::Title,
            }];
        }
        Line::Works(spec) => (spec, spec.help.to_owned(), Role::Text, Role::Key),
        Line::Not(spec, reason) => (spec, not_now(&reason), Role::Quiet, Role::Quiet),
    };
    let mut keys = keymap.keys(spec.id).collect::<Vec<_>>().join(" ");
    wrap(&told, room)
        .into_iter()
        .map(|text| Drawn {
            keys: std::mem::take(&mut keys),
            text,
            key_role,
            role,
        })
        .collect()
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, line: &Drawn) {
    let (style, key_style) = (canvas.role(line.role), canvas.role(line.key_role));
    if line.key_role == Role::Title {
        canvas.put(area.x, area.y, area.width, &line.keys, key_style);
        return;
    }
    canvas.put(area.x + 1, area.y, KEYS, &line.keys, key_style);
    let x = area.x + KEYS + 2;
    let rest = area.right().saturating_sub(x);
    canvas.put(x, area.y, rest, &line.text, style);
}
