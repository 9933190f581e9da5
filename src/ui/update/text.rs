//! Typing into the filter line and the palette.

use unicode_segmentation::UnicodeSegmentation;

use crate::ui::effect::Effect;
use crate::ui::model::{Model, Overlay, Pane};
use crate::ui::msg::Edit;
use crate::ui::overlay::palette;
use crate::view::filter::Filter;

use super::{act, history, ledger, operate};

/// Longest text that can be typed, in bytes.
const LONGEST: usize = 200;

pub fn edit(model: &mut Model, edit: Edit, effects: &mut Vec<Effect>) {
    match &model.overlay {
        Some(Overlay::Palette { .. }) => edit_palette(model, edit, effects),
        Some(Overlay::Preview(_)) => operate::type_into(model, &edit, effects),
        Some(Overlay::Editor(_)) => operate::written(model, &edit, effects),
        None if model.filter().editing => edit_filter(model, &edit),
        None
        | Some(
            Overlay::Help { .. }
            | Overlay::Why { .. }
            | Overlay::Report { .. }
            | Overlay::Choose { .. },
        ) => {}
    }
}

fn edit_palette(model: &mut Model, edit: Edit, effects: &mut Vec<Effect>) {
    let Some(Overlay::Palette { text, at, from }) = &mut model.overlay else {
        return;
    };
    let found = palette::matches(text, *from);
    match edit {
        Edit::Next => *at = (*at + 1).min(found.len().saturating_sub(1)),
        Edit::Previous => *at = at.saturating_sub(1),
        Edit::Accept => {
            let chosen = found.get(*at).map(|spec| spec.id);
            model.overlay = None;
            if let Some(id) = chosen {
                act::command(model, id, effects);
            }
        }
        Edit::Insert(_) | Edit::Erase | Edit::EraseWord | Edit::EraseAll => {
            change(text, &edit);
            *at = 0;
        }
        Edit::Line | Edit::Left | Edit::Right => {}
    }
}

fn edit_filter(model: &mut Model, edit: &Edit) {
    if *edit == Edit::Accept {
        model.filter_mut().editing = false;
        return;
    }
    let line = model.filter_mut();
    change(&mut line.text, edit);
    apply_filter(model);
}

/// Reads the filter line again and lets the list follow it.
pub fn apply_filter(model: &mut Model) {
    let line = model.filter_mut();
    (line.filter, line.problems) = Filter::parse(&line.text);
    match model.pane {
        Pane::Standup => model.relist(),
        Pane::Sprint | Pane::Retro => {}
        Pane::Queue => model.requeue(),
        Pane::Log => history::follow(model),
        Pane::Ledger => ledger::outdated(model),
    }
}

fn change(text: &mut String, edit: &Edit) {
    match edit {
        Edit::Insert(new) if text.len() + new.len() <= LONGEST => text.push_str(new),
        Edit::Erase => {
            let last = text.grapheme_indices(true).next_back().map(|(at, _)| at);
            text.truncate(last.unwrap_or(0));
        }
        Edit::EraseWord => {
            let kept = text
                .trim_end()
                .rfind(char::is_whitespace)
                .map_or(0, |at| at + 1);
            text.truncate(kept);
        }
        Edit::EraseAll => text.clear(),
        Edit::Insert(_)
        | Edit::Line
        | Edit::Next
        | Edit::Previous
        | Edit::Left
        | Edit::Right
        | Edit::Accept => {}
    }
}
