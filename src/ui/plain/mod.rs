//! The same room for those who hear it: [`Form::Lines`](super::layout::Form::Lines).
//!
//! ```text
//! 4 need you, live, worst: publisher sent newsletter twice 06:02
//! Standup, 14 agents since Thu 18:40
//! publisher: fail since 06:02; newsletter sent twice 06:02; 4 did, 2 failed
//! social: ok; 31 did; 8 of 8 planned done; 31 replies, 2 over limit
//!
//! drafter was ok, is gap; digest skipped silently
//! ```
//!
//! Every line is one fact in words. The terminal's own cursor stands on the line that the keys are on, or where text is
//! typed, because that is what a reader reads; moving it writes nothing else. The last line is what was said last.

mod overlays;
mod panes;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::domain::text::cut;
use crate::view::spoken;
use crate::view::wrap::wrap;

use super::draw::{Look, with_keys};
use super::model::Model;
use super::widget::Canvas;

/// A screen of lines from the top.
#[derive(Debug, Default)]
struct Spoken {
    lines: Vec<String>,
    /// Line and column that the cursor stands on.
    at: (usize, usize),
    /// What stands in the last line instead of what was said.
    last: Option<String>,
}

impl Spoken {
    /// A title and what follows from `top` on; the cursor stands on the title.
    fn titled(title: String) -> Self {
        Self {
            lines: vec![title],
            ..Self::default()
        }
    }

    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// The cursor stands on the line that comes next.
    fn here(&mut self) {
        self.at = (self.lines.len(), 0);
    }

    /// Sentences from the first that is shown, each over as many lines as it needs; the cursor stands on the first.
    fn read(&mut self, from: usize, sentences: &[String], width: usize) {
        self.here();
        for sentence in sentences.iter().skip(from) {
            self.lines.extend(wrap(sentence, width));
        }
    }

    /// The cursor stands behind the end of the line that was pushed last.
    fn typing(&mut self) {
        let line = self.lines.len().saturating_sub(1);
        let wide = self.lines.last().map_or(0, |line| line.width());
        self.at = (line, wide);
    }
}

/// Draws the screen and says where the cursor stands.
pub fn draw(model: &Model, look: &Look, buffer: &mut Buffer) -> Position {
    let page = match &model.overlay {
        Some(overlay) => overlays::page(model, look, overlay),
        None => panes::page(model, look),
    };
    let (width, height) = model.size;
    let mut canvas = Canvas::new(buffer, &look.theme, look.charset);
    let foot = model.screen.foot.map(|area| area.y);
    let room = foot.unwrap_or(height);
    let style = Style::new();
    for (y, line) in (0..room).zip(&page.lines) {
        canvas.put(0, y, width, &fit(line, width), style);
    }
    let mut at = (
        u16::try_from(page.at.1).unwrap_or(u16::MAX),
        u16::try_from(page.at.0).unwrap_or(u16::MAX),
    );
    if let Some(y) = foot {
        let typed = typed(model);
        if let Some(typed) = &typed {
            at = (typed.1, y);
        }
        let last = typed.map(|typed| typed.0).or(page.last);
        let last = last.unwrap_or_else(|| said_last(model, look));
        canvas.put(0, y, width, &fit(&last, width), style);
    }
    Position {
        x: at.0.min(width.saturating_sub(1)),
        y: at.1.min(height.saturating_sub(1)),
    }
}

fn fit(line: &str, width: u16) -> String {
    cut(&spoken::unpainted(line), usize::from(width)).into_owned()
}

/// The filter while it is typed, and the column behind it.
fn typed(model: &Model) -> Option<(String, u16)> {
    let line = model.filter();
    if !line.editing || model.overlay.is_some() {
        return None;
    }
    let typed = format!("filter: {}", line.text);
    let wide = u16::try_from(typed.width()).unwrap_or(u16::MAX);
    let problem = line.problems.first();
    let problem = problem.map(|problem| format!(", {problem}"));
    Some((format!("{typed}{}", problem.unwrap_or_default()), wide))
}

/// What the last key did, else what changed last.
fn said_last(model: &Model, look: &Look) -> String {
    if let Some(toast) = &model.toast {
        return with_keys(&toast.0, &look.keymap);
    }
    if let Some(heard) = &model.heard {
        return heard.clone();
    }
    if model.live.health.filling.is_some() {
        return "reading the history: not everything is shown yet".to_owned();
    }
    String::new()
}
