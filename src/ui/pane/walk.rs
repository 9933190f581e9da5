//! The rounds, one problem a screen, and what came of them.
//!
//! ```text
//! ─ publisher/newsletter ─────────────────── irreversible   3 of 7 ─
//!  1h08 ✗ critical: newsletter done twice within 24 h
//!  05:58:11  wal.jsonl:212  s3 done, run 01JQE2
//!  limit  24 h (default)
//!
//!  a acknowledge   Say that a finding was seen, or snooze it
//!  n next          On to the next problem
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::ops::Verb;
use crate::ui::command::{CommandId, CommandSpec, Danger, Place};
use crate::ui::keymap::Keymap;
use crate::ui::model::{Model, Walk};
use crate::ui::theme::Role;
use crate::ui::update::visible_commands;
use crate::ui::widget::Canvas;
use crate::view::Mark;
use crate::view::walk::verdict;

use super::detail::draw_line;

pub fn draw(model: &Model, keymap: &Keymap, canvas: &mut Canvas<'_>, walk: &Walk) {
    let area = model.screen.body;
    let title = Rect {
        height: area.height.min(1),
        ..area
    };
    let below = Rect {
        y: area.y + title.height,
        height: area.height.saturating_sub(1),
        ..area
    };
    let Some(stop) = walk.stop() else {
        canvas.rule(title, "rounds made", "");
        draw_summary(model, canvas, below, walk);
        return;
    };
    let place = format!("{} of {}", walk.at + 1, walk.stops.len());
    canvas.rule(title, &stop.subject, &place);
    let most = usize::from(below.height / 3);
    let keys: Vec<&CommandSpec> = safe_keys(model).take(most).collect();
    let room = below.height.saturating_sub(keys.len() as u16 + 2);
    let mut y = below.y;
    for line in walk.lines.iter().take(usize::from(room)) {
        draw_line(
            canvas,
            Rect {
                y,
                height: 1,
                ..below
            },
            line,
        );
        y += 1;
    }
    if let Some(outcome) = &stop.outcome {
        let style = canvas.mark_style(Mark::Ok);
        canvas.mark(below.x + 1, y, Mark::Ok, style);
        let text = canvas.role(Role::Title);
        canvas.put(below.x + 3, y, below.width.saturating_sub(3), outcome, text);
        y += 1;
    }
    y += 1;
    for spec in keys {
        if y >= below.bottom() {
            break;
        }
        draw_key(
            keymap,
            canvas,
            Rect {
                y,
                height: 1,
                ..below
            },
            spec,
        );
        y += 1;
    }
}

/// What can be done about it, how to look closer, and how to go on.
pub(in crate::ui) fn safe_keys(model: &Model) -> impl Iterator<Item = &'static CommandSpec> {
    let all = || visible_commands(model, Place::Walk);
    let acts = all().filter(|spec| spec.danger != Danger::None && fits(model, spec.id));
    let looks = all().filter(|spec| {
        matches!(
            spec.id,
            CommandId::Why | CommandId::OpenCopy | CommandId::LostVersion
        )
    });
    let on = all().filter(|spec| spec.id == CommandId::NextStop);
    acts.chain(looks).chain(on)
}

/// The verbs that a key orders.
const ORDERS: [(CommandId, &[Verb]); 4] = [
    (CommandId::Reclaim, &[Verb::Reclaim]),
    (CommandId::Retry, &[Verb::Retry]),
    (CommandId::Skip, &[Verb::Skip]),
    (CommandId::Hold, &[Verb::Hold, Verb::Release]),
];

/// No key is shown whose order would be refused.
fn fits(model: &Model, id: CommandId) -> bool {
    let offers = &model.offers.list;
    let known = ORDERS.iter().find(|(command, _)| *command == id);
    known.is_none_or(|(_, verbs)| {
        let open = |verb| offers.iter().any(|one| one.verb == verb && one.is_open());
        offers.is_empty() || verbs.iter().any(|verb| open(*verb))
    })
}

fn draw_key(keymap: &Keymap, canvas: &mut Canvas<'_>, area: Rect, spec: &CommandSpec) {
    let name = keymap.keys(spec.id).next().unwrap_or_default();
    let (key, text, quiet) = (
        canvas.role(Role::Key),
        canvas.role(Role::Text),
        canvas.role(Role::Quiet),
    );
    canvas.put(area.x + 1, area.y, 6, &name, key);
    canvas.put(area.x + 8, area.y, 17, spec.title, text);
    let room = area.width.saturating_sub(26);
    canvas.put(area.x + 26, area.y, room, spec.help, quiet);
}

fn draw_summary(model: &Model, canvas: &mut Canvas<'_>, area: Rect, walk: &Walk) {
    let title = canvas.role(Role::Title);
    let told = verdict(&walk.stops, walk.took(model.clock));
    canvas.put(
        area.x + 1,
        area.y,
        area.width.saturating_sub(1),
        &told,
        title,
    );
    let rows = usize::from(area.height.saturating_sub(2));
    let widest = walk.stops.iter().map(|stop| stop.subject.width()).max();
    let subject = (widest.unwrap_or(0) as u16).min(area.width / 3);
    for (y, stop) in (area.y + 2..).zip(walk.stops.iter().take(rows)) {
        let mark = if stop.outcome.is_some() {
            Mark::Ok
        } else {
            Mark::Flag
        };
        let style = canvas.mark_style(mark);
        canvas.mark(area.x + 1, y, mark, style);
        let (text, quiet) = (canvas.role(Role::Text), canvas.role(Role::Quiet));
        let outcome = stop.outcome.as_deref().unwrap_or("waiting on you");
        canvas.put(area.x + 3, y, subject, &stop.subject, text);
        let x = area.x + 3 + subject;
        let room = area.right().saturating_sub(x + 2);
        let x = canvas.put(x + 2, y, room, outcome, text);
        let room = area.right().saturating_sub(x + 2);
        canvas.put(x + 2, y, room, &stop.sentence, quiet);
    }
}
