//! The mouse, for those who switched it on: a click moves the cursor, a second one opens what is under it, the wheel scrolls.
//!
//! A click never begins or confirms an order: over an overlay it moves the cursor of a list at most, and what it opens in a
//! pane is what Enter opens there.

use ratatui::layout::Rect;

use crate::ui::command::Place;
use crate::ui::draw;
use crate::ui::effect::Effect;
use crate::ui::layout::Form;
use crate::ui::model::{Model, Overlay, Pane};
use crate::ui::msg::Touch;
use crate::ui::overlay::{choose, palette};

use super::act;
use super::history;

/// Lines of one step of the wheel.
const STEP: isize = 3;

/// What lies under the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Tab(Pane),
    /// A line of the list that has, or can have, the keys.
    Row(usize),
    /// A line of the page beside or beneath the list.
    Line(usize),
    /// A line of the log beside the board.
    Log(usize),
    Nothing,
}

pub fn touch(model: &mut Model, touch: Touch, effects: &mut Vec<Effect>) {
    match touch {
        Touch::Click(x, y) => click(model, (x, y), effects),
        Touch::Up(x, y) => wheel(model, (x, y), -STEP),
        Touch::Down(x, y) => wheel(model, (x, y), STEP),
    }
}

fn click(model: &mut Model, at: (u16, u16), effects: &mut Vec<Effect>) {
    if model.overlay.is_some() {
        point(model, at);
        return;
    }
    if model.filter().editing || model.walk.is_some() || model.reading.is_some() {
        return;
    }
    model.toast = None;
    model.standup.settled = true;
    match under(model, at) {
        Under::Tab(pane) => act::switch(model, pane),
        Under::Row(row) => {
            if sheet_has_keys(model) {
                act::leave_sheet(model);
            }
            if list_cursor(model) == Some(row) {
                act::open(model, effects);
            } else {
                go_to(model, row);
            }
        }
        Under::Line(line) => {
            let had = sheet_has_keys(model);
            if !had {
                act::focus_sheet(model);
            }
            if !sheet_has_keys(model) {
                return;
            }
            if had && model.sheet().at == line {
                act::open(model, effects);
            } else {
                let (rows, from) = (model.sheet_rows(), model.sheet().at);
                model.sheet_mut().move_by(distance(from, line), rows);
            }
        }
        Under::Log(row) => {
            act::switch(model, Pane::Log);
            go_to(model, row);
        }
        Under::Nothing => {}
    }
}

fn wheel(model: &mut Model, at: (u16, u16), lines: isize) {
    if model.overlay.is_some() {
        turn(model, lines);
        return;
    }
    if model.filter().editing || model.walk.is_some() {
        return;
    }
    model.standup.settled = true;
    if model.reading.is_some() {
        act::move_by(model, lines);
        return;
    }
    match under(model, at) {
        Under::Row(_) if !sheet_has_keys(model) => act::move_by(model, lines),
        Under::Row(_) => {
            let row = list_cursor(model).unwrap_or_default();
            act::leave_sheet(model);
            go_to(model, row.saturating_add_signed(lines));
        }
        Under::Line(_) => {
            let rows = model.sheet_rows();
            model.sheet_mut().move_by(lines, rows);
        }
        Under::Log(_) => history::move_by(model, lines),
        Under::Tab(_) | Under::Nothing => {}
    }
}

/// The wheel over what lies over the panes.
fn turn(model: &mut Model, lines: isize) {
    match (&mut model.overlay, model.form) {
        (Some(Overlay::Help { .. } | Overlay::Why { .. } | Overlay::Report { .. }), _) => {
            act::move_by(model, lines);
        }
        (Some(Overlay::Choose { .. }), _) => act::move_by(model, lines.signum()),
        (Some(Overlay::Palette { text, at, from }), _) => {
            let last = palette::matches(text, *from).len().saturating_sub(1);
            *at = at.saturating_add_signed(lines.signum()).min(last);
        }
        (Some(Overlay::Preview(preview)), _) => {
            preview.top = preview.top.saturating_add_signed(lines.signum());
        }
        (Some(Overlay::Editor(_)) | None, _) => {}
    }
}

/// A click over what lies over the panes: the cursor of its list, and nothing else.
fn point(model: &mut Model, at: (u16, u16)) {
    let place = match (&model.overlay, model.form) {
        (Some(Overlay::Choose { .. }), Form::Grid) => choose::row_at(model, at),
        (Some(Overlay::Palette { .. }), Form::Grid) => palette::row_at(model, at),
        _ => None,
    };
    if let (Some(row), Some(Overlay::Choose { at, .. } | Overlay::Palette { at, .. })) =
        (place, &mut model.overlay)
    {
        *at = row;
    }
}

fn sheet_has_keys(model: &Model) -> bool {
    matches!(model.base(), Place::Detail | Place::WeekPage)
}

fn distance(from: usize, to: usize) -> isize {
    let signed = |n: usize| isize::try_from(n).unwrap_or(isize::MAX);
    signed(to) - signed(from)
}

/// The place of the cursor in the list of this pane.
fn list_cursor(model: &Model) -> Option<usize> {
    match model.pane {
        Pane::Standup => Some(model.cursor()),
        Pane::Sprint | Pane::Retro => model.named_lines().1,
        Pane::Queue => Some(model.queue_cursor()),
        Pane::Log => model.log_at(),
        Pane::Ledger => Some(model.ledger_cursor()),
    }
}

fn go_to(model: &mut Model, row: usize) {
    match model.pane {
        Pane::Standup => model.select(row),
        Pane::Sprint | Pane::Retro => model.select_line(row),
        Pane::Queue => model.select_entry(row),
        Pane::Log => {
            let from = model.log_at().unwrap_or_default();
            history::move_by(model, distance(from, row));
        }
        Pane::Ledger => model.select_order(row),
    }
}

fn under(model: &Model, at: (u16, u16)) -> Under {
    if let Some(tabs) = model.screen.tabs
        && at.1 == tabs.y
    {
        let found = draw::tab_at(model, at.0);
        return found.map_or(Under::Nothing, Under::Tab);
    }
    let whole_page = sheet_has_keys(model) && page_alone(model);
    if !whole_page && let Some(row) = row_in(list(model), at) {
        let row = row + top(model);
        return if row < count(model) {
            Under::Row(row)
        } else {
            Under::Nothing
        };
    }
    if let Some(line) = page(model).and_then(|area| row_in(area, at)) {
        let line = line + model.sheet().top;
        return if line < model.sheet().lines.len() {
            Under::Line(line)
        } else {
            Under::Nothing
        };
    }
    let log = model.board.log.filter(|_| model.pane == Pane::Standup);
    if let Some(row) = log.and_then(|area| row_in(area, at)) {
        let row = row + model.log.top;
        return if row < model.log.folds.len() {
            Under::Log(row)
        } else {
            Under::Nothing
        };
    }
    Under::Nothing
}

/// Which line beneath the first of an area.
fn row_in(area: Rect, (x, y): (u16, u16)) -> Option<usize> {
    let inside =
        (area.left()..area.right()).contains(&x) && (area.top() + 1..area.bottom()).contains(&y);
    inside.then(|| usize::from(y - area.top() - 1))
}

/// A page that has the keys stands in the place of the list.
fn page_alone(model: &Model) -> bool {
    model.form == Form::Lines || model.pane == Pane::Standup
}

/// The list of this pane, its heading included.
fn list(model: &Model) -> Rect {
    match model.pane {
        Pane::Standup => model.board.list,
        Pane::Queue => model.desk().list,
        Pane::Ledger => model.ledger_desk().list,
        Pane::Log => model.screen.body,
        Pane::Sprint | Pane::Retro => model.lines_area(),
    }
}

/// The page beside or beneath it, its title included.
fn page(model: &Model) -> Option<Rect> {
    match model.pane {
        Pane::Standup if sheet_has_keys(model) => Some(model.page_area()),
        Pane::Standup => model.board.page,
        Pane::Queue => Some(model.desk().detail),
        Pane::Ledger => Some(model.ledger_desk().detail),
        Pane::Retro => Some(model.retro_desk().detail),
        Pane::Sprint | Pane::Log => None,
    }
}

/// The first row that the list shows.
fn top(model: &Model) -> usize {
    match model.pane {
        Pane::Standup => model.standup.top,
        Pane::Sprint | Pane::Retro => model.lines_top(),
        Pane::Queue => model.queue.top,
        Pane::Log => model.log.top,
        Pane::Ledger => model.ledger.top,
    }
}

fn count(model: &Model) -> usize {
    match model.pane {
        Pane::Standup => model.standup.items.len(),
        Pane::Sprint | Pane::Retro => model.named_lines().0.len(),
        Pane::Queue => model.queue.items.len(),
        Pane::Log => model.log.folds.len(),
        Pane::Ledger => model.orders().len(),
    }
}
