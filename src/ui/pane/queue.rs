//! What needs a person, and the case under the cursor in full.
//!
//! ```text
//!  4 for you, 1 waiting on an agent
//! ▸✗ publisher/newsletter  sent twice within 24 h      irreversible  1h08
//!  ∅ drafter/digest        skipped silently, due 06:00 read-only      55m
//!  . audit/links           requeued 07:04, awaiting…   read-only       6m
//! ─ publisher/newsletter ────────────────────────────────────── 1 of 4 ─
//!  1h08 ✗ newsletter done twice within 24 h
//!  05:58:11  wal.jsonl:212  s3 done, run 01JQE2
//!  limit  24 h (default)
//!  clears when acknowledged, or 24 h after the last one
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::ui::model::{Entry, Found, Model, found_in};
use crate::ui::theme::Role;
use crate::ui::widget::{Align, Canvas};
use crate::view::queue::{self, Queue, Row, row, waiting_row};
use crate::view::{Mark, pulse};

use super::detail::draw_sheet;

pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let desk = model.desk();
    let fleet = model.fleet();
    let queue = queue::queue(fleet, model.now());
    head(model, canvas, desk.list, &queue);
    if model.queue.items.is_empty() {
        draw_nothing(model, canvas, desk.list);
        return;
    }
    let visible = model
        .queue
        .items
        .iter()
        .skip(model.queue.top)
        .take(model.queue_rows());
    let rows: Vec<(&Entry, Option<Row>)> = visible
        .map(|entry| (entry, row_of(model, &queue, entry)))
        .collect();
    let widths = Widths::new(desk.list.width, &rows);
    for (y, (entry, row)) in (desk.list.y + 1..).zip(&rows) {
        let line = Rect {
            y,
            height: 1,
            ..desk.list
        };
        draw_entry(model, canvas, (line, &widths), entry, row.as_ref());
    }
    if desk.detail.height > 0 {
        detail(model, canvas, desk.detail);
    }
    if model.freshness().is_blind() {
        canvas.grey(model.screen.body);
    }
}

fn row_of(model: &Model, queue: &Queue<'_>, entry: &Entry) -> Option<Row> {
    let (fleet, now) = (model.fleet(), model.now());
    Some(match found_in(queue.clone(), entry)? {
        Found::Group(group) => row(&group, fleet, now),
        Found::Waiting(waiting) => waiting_row(&waiting, fleet, now),
    })
}

/// `4 for you, 1 waiting on an agent`
fn head(model: &Model, canvas: &mut Canvas<'_>, area: Rect, queue: &Queue<'_>) {
    let waiting = match queue.waiting.len() {
        0 => String::new(),
        1 => ", 1 waiting on an agent".to_owned(),
        n => format!(", {n} waiting on agents"),
    };
    let marked = match model.queue.marked.len() {
        0 => String::new(),
        n => format!(", {n} marked"),
    };
    let shown = model
        .queue
        .items
        .iter()
        .filter(|item| matches!(item, Entry::Call(_)));
    let (shown, all) = (shown.count(), queue.calls.len());
    let of = if shown == all {
        String::new()
    } else {
        format!("{shown} of ")
    };
    let text = format!("{of}{all} for you{waiting}{marked}");
    let quiet = canvas.role(Role::Quiet);
    canvas.put(
        area.x + 1,
        area.y,
        area.width.saturating_sub(1),
        &text,
        quiet,
    );
}

/// What stands there instead of a list.
pub(in crate::ui) fn nothing(model: &Model) -> String {
    if model.filter().text.is_empty() {
        let pulse = pulse::pulse(model.fleet(), model.now());
        let gap = if pulse.worst.is_empty() { "" } else { ": " };
        format!("{}{gap}{}", pulse.verdict, pulse.worst)
    } else {
        "no line matches the filter".to_owned()
    }
}

fn draw_nothing(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let text = nothing(model);
    let quiet = canvas.role(Role::Quiet);
    canvas.put(
        area.x + 3,
        area.y + 1,
        area.width.saturating_sub(4),
        &text,
        quiet,
    );
}

/// Below this width the blast radius stands in the title of the detail only.
const WIDE: u16 = 76;

/// Where the cells of a line stand.
struct Widths {
    subject: u16,
    /// Columns for the blast radius, with the gap before it.
    blast: u16,
}

impl Widths {
    fn new(width: u16, rows: &[(&Entry, Option<Row>)]) -> Self {
        let widest = |cell: fn(&Row) -> usize| {
            let cells = rows.iter().filter_map(|(_, row)| row.as_ref()).map(cell);
            cells.max().unwrap_or(0) as u16
        };
        let blast = widest(|row| row.blast.len());
        Self {
            subject: widest(|row| row.subject.width()).clamp(8, (width / 3).clamp(8, 32)),
            blast: if width < WIDE || blast == 0 {
                0
            } else {
                blast + 1
            },
        }
    }
}

fn draw_entry(
    model: &Model,
    canvas: &mut Canvas<'_>,
    (area, widths): (Rect, &Widths),
    entry: &Entry,
    row: Option<&Row>,
) {
    let here = model.queue.selected.as_ref() == Some(entry);
    let quiet = canvas.role(Role::Quiet);
    if here {
        canvas.cursor(area.x, area.y);
    }
    let Some(row) = row else {
        if let Entry::Fold(n) = entry {
            let text = format!("{n} set aside: acknowledged, snoozed or under maintenance");
            canvas.put(
                area.x + 3,
                area.y,
                area.width.saturating_sub(3),
                &text,
                quiet,
            );
        }
        return;
    };
    let calls = matches!(entry, Entry::Call(_));
    let style = if calls {
        canvas.mark_style(row.mark)
    } else {
        quiet
    };
    canvas.mark(area.x + 1, area.y, row.mark, style);
    let marked = matches!(entry, Entry::Call(cause) if model.queue.marked.contains(cause));
    if marked {
        let flag = canvas.mark_style(Mark::Flag);
        canvas.put(area.x + 2, area.y, 1, "*", flag);
    }
    let text = if calls {
        canvas.role(Role::Text)
    } else {
        quiet
    };
    let name = if here {
        canvas.role(Role::Cursor)
    } else {
        text
    };
    canvas.put(area.x + 3, area.y, widths.subject, &row.subject, name);
    let age = area.right().saturating_sub(5);
    canvas.column((age, area.y), 5, Align::Right, &row.age, text);
    let blast = age.saturating_sub(widths.blast);
    if widths.blast > 0 {
        canvas.put(blast, area.y, widths.blast, row.blast, quiet);
    }
    let x = area.x + 3 + widths.subject + 1;
    let more = if row.more.is_empty() {
        0
    } else {
        row.more.len() as u16 + 1
    };
    let room = blast.saturating_sub(x + 1);
    let end = canvas.put(x, area.y, room.saturating_sub(more), &row.what, text);
    if more > 0 && room > more {
        canvas.put(end + 1, area.y, more, &row.more, quiet);
    }
}

/// The title says which of how many; below it the lines of the case.
fn detail(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let area = canvas.beside(area);
    let subject = model
        .queue
        .selected
        .as_ref()
        .map(|entry| subject(model, entry));
    let calls = model
        .queue
        .items
        .iter()
        .filter(|item| matches!(item, Entry::Call(_)))
        .count();
    let at = model.queue_cursor();
    let blast = model
        .queue
        .selected
        .as_ref()
        .and_then(|entry| blast(model, entry));
    let place = (at < calls).then(|| format!("{} of {calls}", at + 1));
    let right: Vec<String> = [blast.map(str::to_owned), place]
        .into_iter()
        .flatten()
        .collect();
    let title = Rect { height: 1, ..area };
    canvas.rule(title, &subject.unwrap_or_default(), &right.join("   "));
    draw_sheet(canvas, area, &model.queue.sheet);
}

fn blast(model: &Model, entry: &Entry) -> Option<&'static str> {
    let word = match model.found(model.fleet(), entry)? {
        Found::Group(group) => group.lead().blast.word(),
        Found::Waiting(_) => "",
    };
    (!word.is_empty()).then_some(word)
}

pub(in crate::ui) fn subject(model: &Model, entry: &Entry) -> String {
    match model.found(model.fleet(), entry) {
        Some(Found::Group(group)) => queue::subject(&group),
        Some(Found::Waiting(waiting)) => format!("{}/{}", waiting.agent.id, waiting.task.id),
        None => String::new(),
    }
}
