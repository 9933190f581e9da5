//! What all agents write, merged by time.
//!
//! ```text
//!  07:09:20 ✓ social       morning    31 replies, 2 over limit
//! ▸06:02:40 ✗ publisher    newsletter SMTP 451, greylisted by the relay
//!  05:55:00 ✓ codewatch    repos      6 repos, nothing new ×213
//! ```

use std::ops::Range;

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::domain::log::LogRow;
use crate::ui::model::{Model, Pane};
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::log::{Line, day_break, line};

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, outer: Rect) {
    // Beside something else a line parts them; it belongs to each row, so that a row that stands is whole.
    let apart = u16::from(outer.x > 0);
    let area = Rect {
        x: outer.x + apart,
        width: outer.width.saturating_sub(apart),
        ..outer
    };
    let head = Rect {
        height: area.height.min(1),
        ..area
    };
    if apart > 0 {
        canvas.upright(outer.x, outer.y, head.height);
    }
    canvas.rule(head, "log", &position(model));
    let mut rows = area.y + 1..area.bottom();
    if model.log.folds.is_empty() {
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            area.x + 2,
            area.y + 1,
            area.width.saturating_sub(2),
            nothing(model),
            quiet,
        );
    } else {
        draw_rows(model, canvas, (outer, area), &mut rows);
    }
    if apart > 0 {
        canvas.upright(outer.x, rows.start, rows.len() as u16);
    }
    if model.freshness().is_blind() {
        canvas.grey(Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        });
    }
}

/// What a row of the log is drawn from: its newest line, how many it stands for, the day that begins with it, the cursor.
type Source = (LogRow, u32, Option<String>, bool);

/// Draws what there is; the lines of the screen that it leaves free stay in `lines`.
fn draw_rows(
    model: &Model,
    canvas: &mut Canvas<'_>,
    (outer, area): (Rect, Rect),
    lines: &mut Range<u16>,
) {
    let zone = model.fleet().zone();
    let at = model.log_at();
    let widths = Widths::new(area.width, model.standup.name_width);
    let folds = model.log.folds.iter().enumerate().skip(model.log.top);
    for (i, fold) in folds {
        let Some(y) = lines.next() else { return };
        let row = &model.log.rows[fold.last];
        let before = i
            .checked_sub(1)
            .map(|i| model.log.rows[model.log.folds[i].last].at);
        let day = day_break(before, row.at, zone);
        let here = at == Some(i) && model.pane == Pane::Log;
        let line_of = |area: Rect| Rect {
            y,
            height: 1,
            ..area
        };
        let stands = canvas.stands_as(
            line_of(outer),
            |(before, count, begins, cursor): &Source| {
                before == row && (*count, begins, *cursor) == (fold.count, &day, here)
            },
            || (row.clone(), fold.count, day.clone(), here),
        );
        if stands {
            continue;
        }
        if outer.x < area.x {
            canvas.upright(outer.x, y, 1);
        }
        let mut line = line(row, fold.count, zone);
        if let Some(day) = day {
            line.text = format!("[{day}] {}", line.text);
        }
        if here {
            canvas.cursor(area.x, y);
        }
        draw_line(canvas, line_of(area), &widths, &line);
    }
}

/// What stands there instead of a list.
pub(in crate::ui) fn nothing(model: &Model) -> &'static str {
    let looking = model.log.read_to.as_ref().is_some_and(|to| !to.answered);
    match (looking, model.filters[Pane::Log as usize].filter.is_empty()) {
        (true, _) => "looking through the history",
        (false, true) => "nothing was written yet",
        (false, false) => "no line matches the filter",
    }
}

pub(in crate::ui) fn position(model: &Model) -> String {
    if model.log.follow {
        "following".to_owned()
    } else {
        "G follows".to_owned()
    }
}

struct Widths {
    agent: u16,
    task: u16,
}

impl Widths {
    fn new(width: u16, widest: usize) -> Self {
        let most = if width < 45 { 9 } else { 12 };
        Self {
            agent: (widest as u16).clamp(5, most),
            task: match width {
                0..64 => 0,
                64..110 => 14,
                _ => 20,
            },
        }
    }
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, widths: &Widths, line: &Line) {
    let y = area.y;
    let quiet = canvas.role(Role::Quiet);
    let words = canvas.role(if line.mark.is_trouble() {
        Role::Text
    } else {
        Role::Quiet
    });
    let clock = if area.width < 50 { 5 } else { 8 };
    let mut x = area.x + 1;
    canvas.put(
        x,
        y,
        clock,
        line.time.get(..usize::from(clock)).unwrap_or(&line.time),
        quiet,
    );
    x += clock + 1;
    let style = canvas.mark_style(line.mark);
    canvas.mark(x, y, line.mark, style);
    x += 2;
    canvas.put(x, y, widths.agent, &line.agent, words);
    x += widths.agent + 1;
    if widths.task > 0 {
        canvas.put(x, y, widths.task, &line.task, quiet);
        x += widths.task + 1;
    }
    let times = line.times.width() as u16;
    let room = area
        .right()
        .saturating_sub(x + times + u16::from(times > 0));
    let end = canvas.put(x, y, room, &line.text, words);
    if times > 0 {
        canvas.put(end + 1, y, times, &line.times, quiet);
    }
}
