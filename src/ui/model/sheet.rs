//! A page of lines with a cursor, beside or beneath a list.

use std::sync::Arc;

use crate::ui::layout::{self, Form};
use crate::view::agent::{Line, wrapped};
use crate::view::spoken;

use super::Model;

#[derive(Debug, Default)]
pub struct Sheet {
    /// It has the keys.
    pub focused: bool,
    pub lines: Arc<Vec<Line>>,
    pub at: usize,
    pub top: usize,
}

impl Sheet {
    /// Takes the keys, from the first line on.
    pub fn focus(&mut self) {
        if !self.focused {
            *self = Self {
                focused: true,
                lines: std::mem::take(&mut self.lines),
                ..Self::default()
            };
        }
    }

    /// Other lines: the cursor stays on the line that it was on, wherever that is now. Where no cursor is, the page begins with
    /// its first line, also when something worse has come before what stood there.
    pub fn show(&mut self, lines: Vec<Line>, height: usize) {
        let lines = Arc::new(lines);
        if !self.focused {
            (self.at, self.top) = (0, 0);
            self.lines = lines;
            return;
        }
        let held = self.lines.get(self.at);
        let found = held.and_then(|held| {
            lines
                .iter()
                .position(|line| line.locus == held.locus && line.text == held.text)
        });
        let last = lines.len().saturating_sub(1);
        self.at = found.unwrap_or(self.at).min(last);
        self.lines = lines;
        self.scroll(height);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn move_by(&mut self, lines: isize, height: usize) {
        let last = self.lines.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(lines).min(last);
        self.scroll(height);
    }

    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.at)
    }

    fn scroll(&mut self, height: usize) {
        self.top = layout::scrolled(self.top, self.at, height, self.lines.len());
    }
}

impl Model {
    /// How far a text of so many lines that lies over the panes can be scrolled: until its last line is seen; where the cursor
    /// of the terminal stands on the first one that is shown, until that is the last.
    pub fn last_top(&self, lines: usize) -> usize {
        match self.form {
            Form::Grid => lines.saturating_sub(usize::from(self.size.1.saturating_sub(2))),
            Form::Lines => lines.saturating_sub(1),
        }
    }

    /// The lines of a page as they fit into an area of so many columns; in the grid `beside` of them are not for the text.
    pub fn fitted(&self, lines: Vec<Line>, columns: u16, beside: u16) -> Vec<Line> {
        match self.form {
            Form::Grid => {
                let width = usize::from(columns.saturating_sub(beside));
                wrapped(lines, |_| Some(width))
            }
            Form::Lines => {
                let (width, zone) = (usize::from(columns), self.fleet().zone());
                wrapped(lines, |line| spoken::room(line, width, self.now(), zone))
            }
        }
    }
}
