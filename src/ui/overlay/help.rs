//! The keys of the place it was opened from: what works now, and why the rest does not.

use ratatui::layout::Rect;

use crate::ui::command::{COMMANDS, CommandSpec, Group, Place};
use crate::ui::keymap::Keymap;
use crate::ui::layout;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

enum Line {
    Group(&'static str),
    Works(&'static CommandSpec),
    Not(&'static CommandSpec, String),
}

fn lines(model: &Model, place: Place) -> Vec<Line> {
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
    let wide = width.min(96);
    let area = Rect {
        x: (width - wide) / 2,
        y: 0,
        width: wide,
        height,
    };
    let inner = canvas.window(area, &format!("keys here ({}), Esc closes", place.word()));
    let lines = lines(model, place);
    let rows = usize::from(inner.height);
    let top = layout::scrolled(top, top, rows, lines.len());
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        draw_line(
            keymap,
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

fn draw_line(keymap: &Keymap, canvas: &mut Canvas<'_>, area: Rect, line: &Line) {
    let quiet = canvas.role(Role::Quiet);
    let (spec, told, style) = match line {
        Line::Group(title) => {
            let style = canvas.role(Role::Title);
            canvas.put(area.x, area.y, area.width, title, style);
            return;
        }
        Line::Works(spec) => (spec, spec.help.to_owned(), canvas.role(Role::Text)),
        Line::Not(spec, reason) => (spec, format!("not now: {reason}"), quiet),
    };
    let keys = keymap.keys(spec.id).collect::<Vec<_>>().join(" ");
    let key_style = if matches!(line, Line::Works(_)) {
        canvas.role(Role::Key)
    } else {
        quiet
    };
    canvas.put(area.x + 1, area.y, 16, &keys, key_style);
    canvas.put(
        area.x + 18,
        area.y,
        area.width.saturating_sub(18),
        &told,
        style,
    );
}
