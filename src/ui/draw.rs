//! One whole screen from the model: a pure read.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use crate::domain::text::cut;
use crate::domain::time::{Ts, Zone};
use crate::domain::verb::Verb;
use crate::view::agent::bytes;
use crate::view::pulse::Freshness;
use crate::view::{Mark, pulse, standup};

use super::caps::Charset;
use super::command::{CommandId, Place, by_name};
use super::frame::kept::Kept;
use super::keymap::Keymap;
use super::layout::Form;
use super::model::{Model, Overlay, Pane};
use super::overlay::{choose, editor, help, palette, preview, report, why};
use super::pane;
use super::plain;
use super::theme::{Role, Theme};
use super::update::visible_commands;
use super::widget::Canvas;

/// What drawing needs besides the model.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    pub charset: Charset,
    pub keymap: Keymap,
}

/// What the parts of a frame depend on besides their own sources. Ages and clocks change with the minute.
#[derive(Debug, PartialEq, Eq)]
struct Ground {
    zone: Zone,
    minute: Ts,
    name_width: usize,
    plan_width: u16,
}

impl Ground {
    fn of(model: &Model) -> Self {
        Self {
            zone: model.fleet().zone(),
            minute: model.now().minute(),
            name_width: model.standup.name_width,
            plan_width: model.standup.plan_width,
        }
    }
}

/// Draws the screen. Where the terminal's own cursor is shown, it comes back where that stands.
/// Of the frame before, parts may be `kept`.
pub fn draw(
    model: &Model,
    look: &Look,
    buffer: &mut Buffer,
    kept: Option<Kept<'_>>,
) -> Option<Position> {
    match model.form {
        Form::Grid => {
            let canvas = Canvas::new(buffer, &look.theme, look.charset);
            grid(model, look, &mut canvas.keeping(kept));
            None
        }
        Form::Lines => Some(plain::draw(model, look, buffer)),
    }
}

fn grid(model: &Model, look: &Look, canvas: &mut Canvas<'_>) {
    if model.overlay.is_some() || model.freshness().is_blind() {
        canvas.keep_nothing();
    }
    canvas.ground(Ground::of(model));
    if let Some(area) = model.screen.tabs {
        tabs(model, canvas, area);
    }
    pulse_line(model, canvas, model.screen.pulse);
    match model.pane {
        _ if model.walk.is_some() => {
            if let Some(walk) = &model.walk {
                pane::walk::draw(model, &look.keymap, canvas, walk);
            }
        }
        Pane::Standup if model.page.sheet.focused && model.board.page.is_none() => {
            pane::detail::draw(model, canvas, model.screen.body);
        }
        Pane::Standup => {
            pane::standup::draw(model, canvas);
            if let Some(area) = model.board.page {
                pane::detail::draw(model, canvas, area);
            }
            if let Some(area) = model.board.log {
                pane::log::draw(model, canvas, area);
            }
        }
        Pane::Sprint => pane::sprint::draw(model, canvas, model.screen.body),
        Pane::Retro if model.reading.is_some() => {
            pane::insights::draw(model, canvas, model.screen.body);
        }
        Pane::Retro => pane::retro::draw(model, canvas, model.screen.body),
        Pane::Queue => pane::queue::draw(model, canvas),
        Pane::Log => pane::log::draw(model, canvas, model.screen.body),
        Pane::Ledger => pane::ledger::draw(model, canvas),
    }
    if let Some(area) = model.screen.progress {
        progress(model, canvas, area);
    }
    if let Some(area) = model.screen.foot {
        foot(model, look, canvas, area);
    }
    overlay(model, look, canvas);
}

fn overlay(model: &Model, look: &Look, canvas: &mut Canvas<'_>) {
    match &model.overlay {
        None => {}
        Some(Overlay::Help { from, top }) => help::draw(model, &look.keymap, canvas, (*from, *top)),
        Some(Overlay::Why { about, top }) => why::draw(model, canvas, (about, *top)),
        Some(Overlay::Report { title, text, top }) => {
            report::draw(model, canvas, title, (text, *top));
        }
        Some(Overlay::Preview(preview)) => preview::draw(model, canvas, preview),
        Some(Overlay::Editor(editor)) => editor::draw(model, canvas, editor),
        Some(Overlay::Choose { title, choices, at }) => {
            choose::draw(model, canvas, (title, choices, *at));
        }
        Some(Overlay::Palette { text, at, from }) => {
            palette::draw(model, &look.keymap, canvas, (text, *at, *from));
        }
    }
}

/// The tabs from the left, each with the column that it begins in. Where they do not all fit, those of closed panes are their
/// digits.
fn tab_texts(model: &Model) -> Vec<(Pane, u16, String)> {
    let whole = tabs_of(model, Pane::title);
    let fits = |(_, from, text): &(Pane, u16, String)| from + text.len() as u16 <= model.size.0;
    if whole.last().is_none_or(fits) {
        return whole;
    }
    tabs_of(
        model,
        |pane| if pane == model.pane { pane.title() } else { "" },
    )
}

fn tabs_of(model: &Model, title: impl Fn(Pane) -> &'static str) -> Vec<(Pane, u16, String)> {
    let calls = model.calls.count;
    let mut x = 1;
    let tab = |pane: Pane| {
        let (left, right) = if pane == model.pane {
            ("[", "]")
        } else {
            (" ", " ")
        };
        let gap = if title(pane).is_empty() { "" } else { " " };
        let count = match pane {
            Pane::Queue if calls > 0 && gap.is_empty() => format!(":{calls}"),
            Pane::Queue if calls > 0 => format!(" {calls}"),
            Pane::Standup | Pane::Sprint | Pane::Retro | Pane::Queue | Pane::Log | Pane::Ledger => {
                String::new()
            }
        };
        let text = format!("{left}{}{gap}{}{count}{right}", pane.digit(), title(pane));
        let from = x;
        x += text.len() as u16;
        (pane, from, text)
    };
    Pane::ALL.into_iter().map(tab).collect()
}

/// The pane whose tab covers a column.
pub fn tab_at(model: &Model, x: u16) -> Option<Pane> {
    let mut tabs = tab_texts(model).into_iter();
    let found = tabs.find(|(_, from, text)| (*from..*from + text.len() as u16).contains(&x));
    found.map(|(pane, _, _)| pane)
}

fn tabs(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let mut x = area.x + 1;
    for (pane, from, text) in tab_texts(model) {
        let role = if pane == model.pane {
            Role::Here
        } else {
            Role::Quiet
        };
        let style = canvas.role(role);
        x = canvas.put(area.x + from, area.y, 24, &text, style);
    }
    let fleet = model.fleet();
    let since = format!("since {}", pulse::moment(fleet, fleet.since, model.now()));
    let quiet = canvas.role(Role::Quiet);
    let wide = since.width() as u16 + 1;
    if x + wide < area.right() {
        canvas.put(area.right() - wide, area.y, wide, &since, quiet);
    }
}

/// `✗ 4 need you   worst: publisher newsletter failed twice     live Fri 07:10`
fn pulse_line(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let fleet = model.fleet();
    let freshness = model.freshness();
    let mut fresh = freshness.sentence(fleet, model.now());
    if model.past.as_ref().is_some_and(|past| past.reading) {
        fresh.push_str(", reading");
    }
    if area.width < 36 && freshness == Freshness::Live {
        fresh.clear();
    }
    let away = freshness.is_blind() || model.past.is_some() || model.frozen.is_some();
    let wide = (fresh.width() as u16).min(area.width / 2 + 4);
    let style = canvas.role(if away { Role::Away } else { Role::Quiet });
    let right = area.right().saturating_sub(wide + 1);
    canvas.put(right, area.y, wide, &fresh, style);
    let pulse = &model.calls.pulse;
    let grey = freshness.is_blind();
    let mark = if grey { Mark::Unknown } else { pulse.mark };
    let style = canvas.mark_style(mark);
    canvas.mark(area.x + 1, area.y, mark, style);
    let room = right.saturating_sub(area.x + 4);
    let text = canvas.role(if grey || pulse.mark == Mark::Ok {
        Role::Quiet
    } else {
        Role::Title
    });
    let end = canvas.put(area.x + 3, area.y, room, &pulse.verdict, text);
    let plain = canvas.role(if pulse.mark == Mark::Ok {
        Role::Quiet
    } else {
        Role::Text
    });
    let x = if area.width < 60 { end + 2 } else { end + 3 };
    let told = news(model).unwrap_or_else(|| pulse.worst.clone());
    let told = if area.width < 60 {
        told.trim_start_matches("worst: ")
    } else {
        &told
    };
    canvas.put(x, area.y, right.saturating_sub(x + 1), told, plain);
}

/// A problem that is new since the operator looked; the list does not move for it.
fn news(model: &Model) -> Option<String> {
    let id = model.news.first()?;
    let agent = model.agent(id)?;
    let row = standup::row(agent, model.now(), model.fleet().zone());
    let more = match model.news.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "new: {} {} {}{more}",
        row.name, row.word, row.happened
    ))
}

fn progress(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(filling) = model.live.health.filling else {
        return;
    };
    let total = filling.total_bytes.max(1);
    let done = filling.done_bytes.min(total);
    let signs = canvas.signs();
    let full = (done * 10 / total) as usize;
    let bar = format!(
        "{}{}",
        signs.full.repeat(full),
        signs.empty.repeat(10 - full)
    );
    let seconds = ((model.clock - filling.started).0 as f64 / 1_000.0).max(0.1);
    let rate = done as f64 / seconds;
    let left = if rate > 0.0 {
        ((total - done) as f64 / rate).ceil() as u64
    } else {
        0
    };
    let text = format!(
        " reading history {bar} {}% of {}, {}/s, {left} s left",
        done * 100 / total,
        bytes(total),
        bytes(rate as u64)
    );
    let quiet = canvas.role(Role::Quiet);
    canvas.put(area.x, area.y, area.width, &text, quiet);
}

fn foot(model: &Model, look: &Look, canvas: &mut Canvas<'_>, area: Rect) {
    let line = model.filter();
    if line.editing {
        let problem = line
            .problems
            .first()
            .map(|problem| format!("   {problem}"))
            .unwrap_or_default();
        let key = canvas.role(Role::Key);
        let x = canvas.put(area.x + 1, area.y, 2, "/ ", key);
        let text = canvas.role(Role::Text);
        let x = canvas.put(
            x,
            area.y,
            area.right().saturating_sub(x + 1),
            &line.text,
            text,
        );
        let cursor = canvas.role(Role::Toast);
        let x = canvas.put(x, area.y, 1, " ", cursor);
        let late = canvas.mark_style(Mark::Late);
        canvas.put(x, area.y, area.right().saturating_sub(x), &problem, late);
        return;
    }
    if let Some(toast) = &model.toast {
        let style = canvas.role(Role::Toast);
        let text = format!(
            " {} ",
            cut(
                &with_keys(&toast.0, &look.keymap),
                usize::from(area.width.saturating_sub(2))
            )
        );
        canvas.put(area.x, area.y, area.width, &text, style);
        return;
    }
    hints(model, look, canvas, area);
}

/// A verb that a sentence names in backticks gets its key: "`retry`" becomes "retry (r)".
pub(in crate::ui) fn with_keys(sentence: &str, keymap: &Keymap) -> String {
    let mut said = sentence.to_owned();
    for verb in Verb::ALL {
        let named = format!("`{}`", verb.word());
        if !said.contains(&named) {
            continue;
        }
        let command = match verb {
            Verb::Release => "hold",
            Verb::Acknowledge | Verb::Snooze => "acknowledge",
            other => other.word(),
        };
        let key = by_name(command).and_then(|spec| keymap.keys(spec.id).next());
        let menu = || keymap.keys(CommandId::Possible).next();
        let shown = match key.or_else(menu) {
            Some(key) => format!("{} ({key})", verb.word()),
            None => verb.word().to_owned(),
        };
        said = said.replace(&named, &shown);
    }
    said
}

fn hints(model: &Model, look: &Look, canvas: &mut Canvas<'_>, area: Rect) {
    let mut x = area.x + 1;
    let line = model.filter();
    if !line.text.is_empty() {
        let late = canvas.mark_style(Mark::Late);
        x = canvas.put(x, area.y, area.width / 2, &format!("/ {}", line.text), late) + 2;
    }
    let place = match model.place() {
        Place::Filter | Place::Palette | Place::Preview | Place::Editor => return,
        place => place,
    };
    if model.overlay.is_some() {
        return;
    }
    let (key, quiet) = (canvas.role(Role::Key), canvas.role(Role::Quiet));
    for spec in visible_commands(model, place) {
        let Some(name) = look.keymap.keys(spec.id).next() else {
            continue;
        };
        let wide = (name.width() + 1 + spec.title.width()) as u16;
        if x + wide + 1 > area.right() {
            break;
        }
        x = canvas.put(x, area.y, wide, &name, key);
        x = canvas.put(x + 1, area.y, wide, spec.title, quiet) + 2;
    }
}
