//! What each command does.

use std::collections::HashSet;

use crate::domain::id::AgentId;
use crate::domain::time::Span;
use crate::keeper::Order;
use crate::ops::Verb;
use crate::reader::Query;
use crate::ui::command::{COMMANDS, CommandId, CommandSpec, Place};
use crate::ui::effect::Effect;
use crate::ui::model::{FilterLine, Folding, Item, Model, Overlay, Pane};
use crate::ui::overlay::{help, report, why};

use super::sprint::Turn;
use super::{
    carry, copy, history, offers, operate, page, queue, retro, said, say, sprint, text, walk,
};

/// The commands of a place, in the order of the registry, that work now.
pub fn visible_commands(model: &Model, place: Place) -> impl Iterator<Item = &'static CommandSpec> {
    let ctx = model.ctx(place);
    COMMANDS
        .iter()
        .filter(move |spec| spec.scope.contains(&place) && (spec.enabled)(&ctx).is_ok())
}

pub fn command(model: &mut Model, id: CommandId, effects: &mut Vec<Effect>) {
    let place = model.place();
    if let Err(reason) = model.enabled(id, place) {
        say(model, reason.to_string());
        return;
    }
    match id {
        CommandId::Up => move_by(model, -1),
        CommandId::Down => move_by(model, 1),
        CommandId::PageUp => move_by(model, -half_page(model)),
        CommandId::PageDown | CommandId::ReadOn => move_by(model, half_page(model)),
        CommandId::Top => to_end(model, End::First),
        CommandId::Bottom => to_end(model, End::Last),
        CommandId::FocusLeft => leave_sheet(model),
        CommandId::FocusRight => focus_sheet(model),
        CommandId::Open => open(model, effects),
        CommandId::Back if model.is_clear() && carry::stop(model, effects) => {}
        CommandId::Back => back(model),
        CommandId::NextPane => switch(model, neighbour(model.pane, Direction::Forward)),
        CommandId::PreviousPane => switch(model, neighbour(model.pane, Direction::Back)),
        CommandId::StandupPane => switch(model, Pane::Standup),
        CommandId::SprintPane => switch(model, Pane::Sprint),
        CommandId::RetroPane => switch(model, Pane::Retro),
        CommandId::Face => sprint::turn(model, Turn::Face),
        CommandId::Closer => sprint::turn(model, Turn::Closer),
        CommandId::Wider => sprint::turn(model, Turn::Wider),
        CommandId::Earlier => sprint::turn(model, Turn::Earlier),
        CommandId::Later => sprint::turn(model, Turn::Later),
        CommandId::WeekBack => sprint::travel(model, -1),
        CommandId::WeekForward => sprint::travel(model, 1),
        CommandId::ReadInsights
        | CommandId::NextInsights
        | CommandId::PreviousInsights
        | CommandId::Decide
        | CommandId::WeekNote => retro::command(model, id, effects),
        CommandId::QueuePane => switch(model, Pane::Queue),
        CommandId::LogPane => switch(model, Pane::Log),
        CommandId::LedgerPane => switch(model, Pane::Ledger),
        CommandId::NextFinding => jump(model, Direction::Forward),
        CommandId::PreviousFinding => jump(model, Direction::Back),
        CommandId::Mark => mark(model),
        CommandId::MarkAll => mark_all(model),
        CommandId::Acknowledge => said::ask(model),
        CommandId::Rounds => walk::begin(model),
        CommandId::NextStop => walk::go(model, Direction::Forward, effects),
        CommandId::PreviousStop => walk::go(model, Direction::Back, effects),
        CommandId::Sort => sort(model),
        CommandId::Why => explain(model),
        CommandId::LostVersion => said::ask_lost(model, effects),
        CommandId::Filter => model.filter_mut().editing = true,
        CommandId::Palette => palette(model, place),
        CommandId::Help => {
            model.overlay = Some(Overlay::Help {
                from: place,
                top: 0,
            });
        }
        CommandId::Copy => copy::copy(model, effects),
        CommandId::OpenCopy => effects.extend(model.locus().map(|at| Effect::Ask(Query::Copy(at)))),
        CommandId::DayBack => history::travel(model, Span::ZERO - Span::DAY, effects),
        CommandId::DayForward => history::travel(model, Span::DAY, effects),
        CommandId::HourBack => history::travel(model, Span::ZERO - Span::HOUR, effects),
        CommandId::HourForward => history::travel(model, Span::HOUR, effects),
        CommandId::Freeze => freeze(model),
        CommandId::Rescan => effects.push(Effect::Order(Order::Rescan)),
        CommandId::StandupDone => standup_done(model, effects),
        CommandId::Undo => undo(model, effects),
        CommandId::Reclaim => operate::order(model, Verb::Reclaim, effects),
        CommandId::Retry => operate::order(model, Verb::Retry, effects),
        CommandId::Skip => operate::order(model, Verb::Skip, effects),
        CommandId::Hold => operate::hold(model, effects),
        CommandId::Merge | CommandId::Edit => operate::whole_file(model, id, effects),
        CommandId::Note => operate::order(model, Verb::Note, effects),
        CommandId::Possible => offers::menu(model, effects),
        CommandId::Storm => operate::storm(model, effects),
        CommandId::Repaint => effects.push(Effect::Repaint),
        CommandId::Suspend => effects.push(Effect::Suspend),
        CommandId::Quit => quit(model, effects),
    }
}

fn palette(model: &mut Model, from: Place) {
    model.overlay = Some(Overlay::Palette {
        text: String::new(),
        at: 0,
        from,
    });
}

/// The last order, else the standup mark.
fn undo(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.pane == Pane::Ledger && model.walk.is_none() {
        operate::undo_ordered(model, effects);
        return;
    }
    if model.undo.is_some() {
        operate::undo(model, effects);
        return;
    }
    let mark = model.former_mark.take();
    effects.extend(mark.map(|at| Effect::Order(Order::MarkStandup(at))));
}

fn half_page(model: &Model) -> isize {
    let height = match model.place() {
        Place::Standup => model.board.list.height,
        Place::Queue => model.desk().list.height,
        Place::Sprint | Place::Retro => model.screen.body.height,
        Place::Detail | Place::WeekPage => model.sheet_rows() as u16,
        Place::Log => model.log_area().height,
        Place::Ledger => model.ledger_desk().list.height,
        Place::Reading
        | Place::Menu
        | Place::Walk
        | Place::Insights
        | Place::Palette
        | Place::Filter
        | Place::Preview
        | Place::Editor => model.size.1,
    };
    isize::try_from(height / 2).unwrap_or(1).max(1)
}

pub(super) fn move_by(model: &mut Model, lines: isize) {
    match model.place() {
        Place::Standup => {
            let at = model.cursor().saturating_add_signed(lines);
            model.select(at);
        }
        Place::Sprint | Place::Retro => {
            let at = model
                .named_lines()
                .1
                .unwrap_or(0)
                .saturating_add_signed(lines);
            model.select_line(at);
        }
        Place::Queue => {
            let at = model.queue_cursor().saturating_add_signed(lines);
            model.select_entry(at);
        }
        Place::Detail | Place::WeekPage => {
            let rows = model.sheet_rows();
            model.sheet_mut().move_by(lines, rows);
        }
        Place::Log => history::move_by(model, lines),
        Place::Ledger => {
            let at = model.ledger_cursor().saturating_add_signed(lines);
            model.select_order(at);
        }
        Place::Reading => {
            let last = match &model.overlay {
                Some(Overlay::Help { from, .. }) => help::last_top(model, *from),
                Some(Overlay::Why { about, .. }) => why::last_top(model, about),
                Some(Overlay::Report { text, .. }) => report::last_top(model, text),
                Some(
                    Overlay::Choose { .. }
                    | Overlay::Palette { .. }
                    | Overlay::Preview(_)
                    | Overlay::Editor(_),
                )
                | None => 0,
            };
            if let Some(
                Overlay::Help { top, .. } | Overlay::Why { top, .. } | Overlay::Report { top, .. },
            ) = &mut model.overlay
            {
                *top = top.saturating_add_signed(lines).min(last);
            }
        }
        Place::Menu => {
            if let Some(Overlay::Choose { choices, at, .. }) = &mut model.overlay {
                let last = choices.len().saturating_sub(1);
                *at = at.saturating_add_signed(lines).min(last);
            }
        }
        Place::Insights => retro::scroll(model, lines),
        Place::Walk | Place::Palette | Place::Filter | Place::Preview | Place::Editor => {}
    }
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

fn to_end(model: &mut Model, end: End) {
    match (model.place(), end) {
        (Place::Log, End::First) => history::to_top(model),
        (Place::Log, End::Last) => history::follow(model),
        (_, End::First) => move_by(model, isize::MIN / 2),
        (_, End::Last) => move_by(model, isize::MAX / 2),
    }
}

pub(super) fn focus_sheet(model: &mut Model) {
    match model.pane {
        Pane::Standup if model.selected_agent().is_some() => page::open(model),
        Pane::Queue => queue::open(model),
        Pane::Ledger => model.ledger.sheet.focus(),
        Pane::Retro => model.retro.sheet.focus(),
        Pane::Standup | Pane::Sprint | Pane::Log => {}
    }
}

pub(super) fn leave_sheet(model: &mut Model) {
    match model.pane {
        Pane::Standup => page::leave(model),
        Pane::Queue => model.queue.sheet.focused = false,
        Pane::Ledger => model.ledger.sheet.focused = false,
        Pane::Retro => model.retro.sheet.focused = false,
        Pane::Sprint | Pane::Log => {}
    }
}

pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.place() {
        Place::Standup => match model.standup.items.get(model.cursor()).cloned() {
            Some(Item::Agent(_)) => page::open(model),
            Some(Item::Fold(hidden)) => {
                model.standup.folding = Folding::Never;
                if let Some(first) = hidden.first() {
                    model.select_agent(first);
                }
            }
            None => {}
        },
        Place::Queue => queue::open(model),
        Place::Ledger => model.ledger.sheet.focus(),
        Place::Detail | Place::WeekPage => {
            if let Some(line) = model.sheet().line().cloned() {
                page::open_line(model, &line, effects);
            }
        }
        Place::Retro => model.retro.sheet.focus(),
        Place::Sprint | Place::Log => {
            if let Some(target) = model.target() {
                page::go(model, target);
            }
        }
        Place::Reading => model.overlay = None,
        Place::Menu => said::choose(model, effects),
        Place::Walk
        | Place::Insights
        | Place::Palette
        | Place::Filter
        | Place::Preview
        | Place::Editor => {}
    }
}

/// One level: what lies on top, then what narrows or holds the view, then the pane.
fn back(model: &mut Model) {
    if operate::forget_asked(model) {
        return;
    }
    if let Some(overlay) = model.overlay.take() {
        if matches!(overlay, Overlay::Preview(_)) {
            say(model, "nothing was changed");
        }
        return;
    }
    if model.walk.is_some() {
        walk::leave(model);
        return;
    }
    if model.reading.is_some() {
        retro::leave(model);
        return;
    }
    let sheet = model.pane != Pane::Log && model.sheet().focused;
    if model.filter().editing || (!sheet && !model.filter().text.is_empty()) {
        *model.filter_mut() = FilterLine::default();
        text::apply_filter(model);
    } else if page::back(model) {
    } else if model.pane != Pane::Standup && sheet {
        model.sheet_mut().focused = false;
    } else if unmark(model) {
    } else if model.past.is_some() {
        history::return_to_now(model);
    } else if model.frozen.is_some() {
        freeze(model);
    } else {
        back_from_list(model);
    }
}

/// Forgets the marks of this pane. `false`: there are none.
fn unmark(model: &mut Model) -> bool {
    let marks = match model.pane {
        Pane::Standup => model.standup.marked.drain().count(),
        Pane::Queue => model.queue.marked.drain().count(),
        Pane::Sprint | Pane::Retro | Pane::Log | Pane::Ledger => 0,
    };
    marks > 0
}

fn back_from_list(model: &mut Model) {
    match model.pane {
        Pane::Standup if model.standup.folding == Folding::Never => {
            model.standup.folding = Folding::WhereNeeded;
            model.relist();
        }
        Pane::Standup => {}
        Pane::Queue if model.queue.aside == Folding::Never => {
            model.queue.aside = Folding::WhereNeeded;
            model.requeue();
        }
        Pane::Log if model.back_to.is_none() && !model.log.follow => history::follow(model),
        Pane::Sprint | Pane::Retro | Pane::Queue | Pane::Log | Pane::Ledger => {
            let pane = model.back_to.take().unwrap_or(Pane::Standup);
            if model.pane == Pane::Log {
                history::follow(model);
            }
            model.pane = pane;
        }
    }
}

fn neighbour(pane: Pane, direction: Direction) -> Pane {
    let all = Pane::ALL;
    let step = match direction {
        Direction::Forward => 1,
        Direction::Back => all.len() - 1,
    };
    all[(pane as usize + step) % all.len()]
}

pub(super) fn switch(model: &mut Model, pane: Pane) {
    page::leave(model);
    model.queue.sheet.focused = false;
    model.retro.sheet.focused = false;
    model.ledger.sheet.focused = false;
    model.back_to = None;
    model.pane = pane;
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Back,
}

fn jump(model: &mut Model, direction: Direction) {
    match model.pane {
        Pane::Standup => next_trouble(model, direction),
        Pane::Sprint | Pane::Ledger => {}
        Pane::Retro => sprint::next_unread(model, direction),
        Pane::Queue => queue::jump(model, direction),
        Pane::Log => history::jump(model, direction),
    }
}

fn mark(model: &mut Model) {
    if model.pane == Pane::Queue {
        queue::mark(model);
        return;
    }
    if let Some(id) = model.selected_agent().cloned()
        && !model.standup.marked.remove(&id)
    {
        model.standup.marked.insert(id);
    }
    let at = model.cursor();
    model.select(at + 1);
}

fn mark_all(model: &mut Model) {
    if model.pane == Pane::Queue {
        queue::mark_all(model);
        return;
    }
    let shown = model.standup.items.iter().flat_map(|item| match item {
        Item::Agent(id) => std::slice::from_ref(id),
        Item::Fold(ids) => ids.as_slice(),
    });
    let shown: HashSet<AgentId> = shown.cloned().collect();
    let all = shown == model.standup.marked;
    model.standup.marked = if all { HashSet::new() } else { shown };
}

/// News first; then the next row in trouble, around the end.
fn next_trouble(model: &mut Model, direction: Direction) {
    if direction == Direction::Forward
        && let Some(news) = model.news.first().cloned()
    {
        model.news.remove(0);
        model.select_agent(&news);
        return;
    }
    let troubled: Vec<AgentId> = model.troubled().cloned().collect();
    let order = &model.standup.order;
    let place = |id: &AgentId| order.iter().position(|other| other == id).unwrap_or(0);
    let here = model.selected_agent().map_or(order.len(), place);
    let next = match direction {
        Direction::Forward => troubled
            .iter()
            .find(|id| place(id) > here)
            .or(troubled.first()),
        Direction::Back => troubled
            .iter()
            .rev()
            .find(|id| place(id) < here)
            .or(troubled.last()),
    };
    if let Some(next) = next.cloned() {
        model.select_agent(&next);
    }
}

fn sort(model: &mut Model) {
    model.standup.settled = false;
    model.board_changed();
    model.standup.settled = true;
    say(model, "worst first");
}

fn explain(model: &mut Model) {
    if let Some(about) = model.target() {
        model.overlay = Some(Overlay::Why { about, top: 0 });
    }
}

fn freeze(model: &mut Model) {
    if model.frozen.take().is_some() {
        model.board_changed();
    } else {
        model.frozen = Some(std::sync::Arc::clone(&model.live));
    }
}

fn standup_done(model: &mut Model, effects: &mut Vec<Effect>) {
    model.former_mark = Some(model.live.since);
    effects.push(Effect::Order(Order::MarkStandup(model.clock)));
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.overlay.take().is_none() {
        effects.push(Effect::Quit);
    }
}
