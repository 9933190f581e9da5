//! What an agent has learned, as it wrote it; what is new since the week began is marked.
//!
//! ```text
//! ─ social ───────────────────────── 3 of 14, 5 of 14 read ─
//!   2026-03-29
//!   Worked
//! ● - Replies before 10:00 got answers twice as often
//! ```

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use crate::ui::layout::Form;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::widget::Canvas;
use crate::view::Mark;
use crate::view::retro::{Passage, passages, read};
use crate::view::wrap::wrap;

/// Stands before what is new. No text of an agent's holds it: it is invisible, and what is invisible is shown as a picture.
const NEW: char = '\u{2063}';

/// One line as it is drawn.
struct Drawn {
    is_new: bool,
    style: Style,
    text: String,
}

pub fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let (Some(reading), Some(facts)) = (&model.reading, model.retro.facts.as_deref()) else {
        return;
    };
    let (done, of) = read(facts);
    let place = format!(
        "{} of {}, {done} of {of} read",
        reading.at + 1,
        reading.agents.len()
    );
    let name = reading.agent().map(ToString::to_string).unwrap_or_default();
    canvas.rule(Rect { height: 1, ..area }, &name, &place);
    let lines = lines(model, usize::from(area.width.saturating_sub(4)), canvas);
    let fresh = canvas.mark_style(Mark::Flag);
    let ascii = canvas.signs().rule == "-";
    for (y, line) in (area.y + 1..area.bottom()).zip(lines.iter().skip(reading.top)) {
        if line.is_new {
            canvas.put(area.x + 1, y, 1, if ascii { "*" } else { "●" }, fresh);
        }
        let room = area.width.saturating_sub(4);
        canvas.put(area.x + 3, y, room, &line.text, line.style);
    }
}

/// The furthest that it can be scrolled.
pub fn last_top(model: &Model) -> usize {
    if model.form == Form::Lines {
        return model.last_top(told(model).len());
    }
    let area = model.screen.body;
    let width = usize::from(area.width.saturating_sub(4));
    let text = source(model);
    // Markdown draws no more lines than it has, but for those that are too long.
    let lines: usize = text
        .iter()
        .map(|one| wrap(one.text.exact(), width).len())
        .sum();
    lines.saturating_sub(usize::from(area.height.saturating_sub(1)))
}

/// Line by line for those who hear it: what is new says so.
pub(in crate::ui) fn told(model: &Model) -> Vec<String> {
    let width = usize::from(model.size.0);
    let mut lines = Vec::new();
    for passage in source(model) {
        let text = passage.text.shown();
        let text = text.trim_start_matches('#').trim();
        if text.is_empty() {
            continue;
        }
        let new = if passage.is_new { "new: " } else { "" };
        lines.extend(wrap(&format!("{new}{text}"), width));
    }
    lines
}

fn source(model: &Model) -> Vec<Passage> {
    let (Some(reading), Some(facts)) = (&model.reading, model.retro.facts.as_deref()) else {
        return Vec::new();
    };
    let one = facts
        .agents
        .iter()
        .find(|one| Some(&one.agent) == reading.agent());
    one.map(|one| passages(one, facts)).unwrap_or_default()
}

fn lines(model: &Model, width: usize, canvas: &Canvas<'_>) -> Vec<Drawn> {
    let mut text = String::new();
    for passage in source(model) {
        text.push_str(&marked(&passage));
        text.push('\n');
    }
    let rendered = tui_markdown::from_str(&text);
    let (title, plain) = (canvas.role(Role::Title), canvas.role(Role::Text));
    let mut drawn = Vec::new();
    for line in &rendered.lines {
        let whole: String = line
            .spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        let is_new = whole.contains(NEW);
        let whole = whole.replace(NEW, "");
        let style = if whole.starts_with('#') { title } else { plain };
        let style = style.add_modifier(modifier(line));
        let text = whole.trim_start_matches('#').trim_start_matches(' ');
        let text = if whole.starts_with('#') { text } else { &whole };
        for (i, part) in wrap(text, width).into_iter().enumerate() {
            drawn.push(Drawn {
                is_new: is_new && i == 0,
                style,
                text: part,
            });
        }
    }
    drawn
}

/// What Markdown makes of a whole line: colours are the theme's.
fn modifier(line: &Line<'_>) -> Modifier {
    let kept = Modifier::BOLD | Modifier::ITALIC | Modifier::CROSSED_OUT;
    let spans = line
        .spans
        .iter()
        .filter(|span| !span.content.trim().is_empty());
    let all = spans.map(|span| span.style.add_modifier & kept);
    all.reduce(|a, b| a & b).unwrap_or(Modifier::empty())
}

/// The line as it may be shown, with the sign of what is new behind its bullet.
fn marked(passage: &Passage) -> String {
    let text = passage.text.shown().into_owned();
    if !passage.is_new {
        return text;
    }
    let head = text.len() - text.trim_start_matches([' ', '-', '*', '+']).len();
    let (bullet, rest) = text.split_at(head);
    match rest.strip_prefix("[ ] ").or(rest.strip_prefix("[x] ")) {
        Some(said) => format!("{bullet}{}{NEW}{said}", &rest[..4]),
        None => format!("{bullet}{NEW}{rest}"),
    }
}
