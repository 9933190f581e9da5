//! Every order, newest first: what became of it, and the one under the cursor in full.
//!
//! ```text
//!  14 operations, chain verified up to line 61
//! ▸↻ 08:12 retry    drafter/digest     picked up 08:31
//!  ✓ 08:10 hold     publisher          verified
//!  ⊘ 07:55 reclaim  mail-bot/inbox     undone 07:58
//! ─ retry drafter/digest ─────────────────────── 1 of 14 ─
//!    19m ↻ retried drafter/digest because it was skipped silently at 08:00; tier read-only; by uid 1001; picked up 08:31
//! schedule.json digest
//!      -  "status": "skipped"
//!      +  "status": "pending"
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::detail::draw_sheet;
use crate::domain::ordered::Journal;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::{Align, Canvas};
use crate::view::Mark;
use crate::view::ledger::{Row, chain, counted, row};
use crate::view::wrap::wrap;

pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let desk = model.ledger_desk();
    let Some(journal) = &model.ledger.journal else {
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            desk.list.x + 1,
            desk.list.y,
            desk.list.width,
            "reading the ledger",
            quiet,
        );
        return;
    };
    head(canvas, desk.list, journal);
    if journal.orders.is_empty() {
        draw_nothing(model, canvas, desk.list);
        return;
    }
    let (fleet, now) = (model.fleet(), model.now());
    let shown = journal.orders.iter().enumerate().skip(model.ledger.top);
    let rows: Vec<(usize, Row)> = shown
        .take(model.ledger_rows())
        .map(|(at, one)| (at, row(one, fleet, now)))
        .collect();
    let widest = |cell: fn(&Row) -> usize, most: u16| {
        let cells = rows.iter().map(|(_, row)| cell(row));
        (cells.max().unwrap_or(0) as u16).min(most)
    };
    let widths = Widths {
        time: widest(|row| row.time.width(), 10),
        verb: widest(|row| row.verb.width(), 8),
        subject: widest(|row| row.subject.width(), (desk.list.width / 3).max(12)),
    };
    for (y, (at, row)) in (desk.list.y + 1..).zip(&rows) {
        let line = Rect {
            y,
            height: 1,
            ..desk.list
        };
        if *at == model.ledger_cursor() {
            canvas.cursor(line.x, y);
        }
        draw_row(canvas, line, &widths, row);
    }
    if desk.detail.height > 0 {
        detail(model, canvas, desk.detail);
    }
}

/// `14 operations, chain verified up to line 61`
fn head(canvas: &mut Canvas<'_>, area: Rect, journal: &Journal) {
    let quiet = canvas.role(Role::Quiet);
    let counted = counted(journal);
    let room = area.width.saturating_sub(1);
    let x = canvas.put(area.x + 1, area.y, room, &counted, quiet);
    let style = if journal.chain.broken.is_empty() {
        quiet
    } else {
        canvas.mark_style(Mark::Fail)
    };
    let rest = area.right().saturating_sub(x);
    canvas.put(x, area.y, rest, &chain(&journal.chain), style);
}

/// What stands there instead of a list.
pub(in crate::ui) fn nothing(model: &Model) -> &'static str {
    if model.filter().text.is_empty() {
        "nothing was ordered yet; what you order is written here for ever"
    } else {
        "no operation matches the filter"
    }
}

fn draw_nothing(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let text = nothing(model);
    let quiet = canvas.role(Role::Quiet);
    let room = area.width.saturating_sub(4);
    for (y, line) in (area.y + 1..).zip(wrap(text, usize::from(room))) {
        canvas.put(area.x + 3, y, room, &line, quiet);
    }
}

struct Widths {
    time: u16,
    verb: u16,
    subject: u16,
}

fn draw_row(canvas: &mut Canvas<'_>, area: Rect, widths: &Widths, row: &Row) {
    let (text, quiet) = (canvas.role(Role::Text), canvas.role(Role::Quiet));
    let y = area.y;
    let style = canvas.mark_style(row.mark);
    canvas.mark(area.x + 1, y, row.mark, style);
    let mut x = area.x + 3;
    for (wide, cell, style) in [
        (widths.time, row.time.as_str(), quiet),
        (widths.verb, row.verb, text),
        (widths.subject, row.subject.as_str(), text),
    ] {
        canvas.put(x, y, wide, cell, style);
        x += wide + 1;
    }
    let age = row.age.width() as u16;
    let room = area.right().saturating_sub(x + age + 2);
    canvas.put(x, y, room, &row.state, quiet);
    if room > 0 {
        let right = area.right().saturating_sub(age + 1);
        canvas.column((right, y), age, Align::Right, &row.age, quiet);
    }
}

fn detail(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(one) = model.ordered() else {
        return;
    };
    let area = canvas.beside(area);
    let head = Rect { height: 1, ..area };
    let all = model
        .ledger
        .journal
        .as_ref()
        .map_or(0, |journal| journal.all);
    let name = format!("{} {}", one.verb.word(), one.subject());
    canvas.rule(
        head,
        &name,
        &format!("{} of {all}", model.ledger_cursor() + 1),
    );
    draw_sheet(canvas, area, &model.ledger.sheet);
}
