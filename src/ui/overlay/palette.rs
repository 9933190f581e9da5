//! Every command by name, found by a few of its letters.
//!
//! ```text
//! ┌ : stan ───────────────────────────────────┐
//! │▸ D  standup done   Finish the standup: …  │
//! └───────────────────────────────────────────┘
//! ```

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::layout::Rect;

use crate::ui::command::{COMMANDS, CommandSpec, Place};
use crate::ui::keymap::Keymap;
use crate::ui::model::{Model, Overlay};
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;

/// The commands of a place that match, best first; without a text all of them in their order.
pub fn matches(text: &str, place: Place) -> Vec<&'static CommandSpec> {
    let here = COMMANDS.iter().filter(|spec| spec.scope.contains(&place));
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut letters = Vec::new();
    let mut found: Vec<(u32, &CommandSpec)> = here
        .filter_map(|spec| {
            let named = format!("{} {}", spec.title, spec.name);
            let score = |text: &str, letters: &mut Vec<char>, matcher: &mut Matcher| {
                pattern.score(Utf32Str::new(text, letters), matcher)
            };
            let by_name = score(&named, &mut letters, &mut matcher).map(|score| score * 2);
            let by_help = score(spec.help, &mut letters, &mut matcher);
            by_name.max(by_help).map(|score| (score, spec))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, spec)| spec).collect()
}

pub fn draw(
    model: &Model,
    keymap: &Keymap,
    canvas: &mut Canvas<'_>,
    (text, at, from): (&str, usize, Place),
) {
    let found = matches(text, from);
    let area = window(model.size);
    let inner = canvas.window(area, &format!(": {text}"));
    let rows = usize::from(inner.height);
    let top = crate::ui::layout::scrolled(0, at, rows, found.len());
    for (y, (i, spec)) in (inner.y..).zip(found.iter().enumerate().skip(top).take(rows)) {
        let enabled = model.enabled(spec.id, from);
        let style = canvas.role(if enabled.is_ok() {
            Role::Text
        } else {
            Role::Quiet
        });
        if i == at {
            canvas.cursor(inner.x.saturating_sub(1), y);
        }
        let keys = keymap.keys(spec.id).next().unwrap_or_default();
        let key = canvas.role(Role::Key);
        canvas.put(inner.x, y, 8, &keys, key);
        canvas.put(inner.x + 9, y, 17, spec.title, style);
        let told = enabled
            .err()
            .map_or(spec.help.to_owned(), |reason| format!("not now: {reason}"));
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            inner.x + 27,
            y,
            inner.width.saturating_sub(27),
            &told,
            quiet,
        );
    }
    if found.is_empty() {
        let quiet = canvas.role(Role::Quiet);
        canvas.put(
            inner.x,
            inner.y,
            inner.width,
            "no command has these letters",
            quiet,
        );
    }
}

fn window((width, height): (u16, u16)) -> Rect {
    let wide = width.min(76);
    let high = height.saturating_sub(2).clamp(3, 16);
    Rect {
        x: (width - wide) / 2,
        y: (height - high.min(height)) / 4,
        width: wide,
        height: high,
    }
}

/// The command that stands under a place of the screen.
pub fn row_at(model: &Model, (x, y): (u16, u16)) -> Option<usize> {
    let Some(Overlay::Palette { text, at, from }) = &model.overlay else {
        return None;
    };
    let area = window(model.size);
    let found = matches(text, *from).len();
    let rows = usize::from(area.height.saturating_sub(2));
    let top = crate::ui::layout::scrolled(0, *at, rows, found);
    let line = usize::from(y.checked_sub(area.y + 1)?);
    let inside = (area.left() + 1..area.right().saturating_sub(1)).contains(&x) && line < rows;
    (inside && top + line < found).then_some(top + line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::CommandId;

    #[test]
    fn a_few_letters_find_a_command() {
        assert_eq!(
            matches("done", Place::Standup)[0].id,
            CommandId::StandupDone
        );
        assert_eq!(matches("resc", Place::Standup)[0].id, CommandId::Rescan);
        assert!(matches("zzzz", Place::Standup).is_empty());
        assert!(
            matches("sort", Place::Log)
                .iter()
                .all(|spec| spec.id != CommandId::Sort)
        );
    }
}
