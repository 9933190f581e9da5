//! A buffer with a theme and a glyph set: text goes in cut to its width, never wrapped, never over the edge.

use std::sync::LazyLock;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::text::cut;
use crate::ui::caps::Charset;
use crate::ui::frame::kept::Kept;
use crate::ui::glyph::{self, Signs};
use crate::ui::theme::{Role, Theme};
use crate::view::Mark;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// The whole style of a cell; nothing of what was drawn there before shines through.
fn dress(cell: &mut Cell, style: Style) {
    cell.fg = style.fg.unwrap_or(Color::Reset);
    cell.bg = style.bg.unwrap_or(Color::Reset);
    cell.modifier = style.add_modifier;
}

/// A cell of each ASCII letter: a copy costs a quarter of a new one, and a screen is made of thousands.
static LETTERS: LazyLock<Vec<Cell>> = LazyLock::new(|| {
    let letters = (0..128_u8).map(|byte| {
        let mut cell = Cell::EMPTY;
        cell.set_char(char::from(byte));
        cell
    });
    letters.collect()
});

/// Whether a sign takes one column wherever it stands: what nearly every line is made of needs no table of widths.
fn is_one_column(sign: char) -> bool {
    sign.is_ascii() || matches!(sign, '\u{2500}'..='\u{259f}' | '·' | '…')
}

pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    charset: Charset,
    kept: Option<Kept<'a>>,
}

impl<'a> Canvas<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, charset: Charset) -> Self {
        Self {
            buffer,
            theme,
            charset,
            kept: None,
        }
    }

    /// Parts of the frame before may be kept.
    #[must_use]
    pub fn keeping(self, kept: Option<Kept<'a>>) -> Self {
        Self { kept, ..self }
    }

    /// Something will lie over the parts, or changes them all: everything is drawn.
    pub fn keep_nothing(&mut self) {
        if let Some(kept) = self.kept.take() {
            kept.nothing();
        }
    }

    /// What all parts depend on besides their own sources.
    pub fn ground<G: PartialEq + 'static>(&mut self, ground: G) {
        if let Some(kept) = &mut self.kept {
            kept.ground(ground);
        }
    }

    /// Whether a part is on the screen as it would be drawn from this source: then it need not be.
    pub fn stands<S: PartialEq + 'static>(&mut self, area: Rect, source: S) -> bool {
        let kept = self.kept.as_mut();
        kept.is_some_and(|kept| kept.stands(self.buffer, area, source))
    }

    /// As [`stands`](Self::stands), of a source that is looked at where it lies.
    pub fn stands_as<S: 'static>(
        &mut self,
        area: Rect,
        is_same: impl FnOnce(&S) -> bool,
        source: impl FnOnce() -> S,
    ) -> bool {
        let kept = self.kept.as_mut();
        kept.is_some_and(|kept| kept.stands_as(self.buffer, area, is_same, source))
    }

    pub fn signs(&self) -> &'static Signs {
        glyph::signs(self.charset)
    }
    pub fn role(&self, role: Role) -> Style {
        self.theme.role(role)
    }
    pub fn mark_style(&self, mark: Mark) -> Style {
        self.theme.mark(mark)
    }

    /// Writes `text` from `x`, at most `width` columns of it, and gives the column behind it.
    pub fn put(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() {
            return x;
        }
        let width = width.min(area.right() - x);
        let text = cut(text, usize::from(width));
        if !text.is_empty() {
            self.halve(x, y);
        }
        // Where other text follows, the last sign before it may carry its marks.
        let mut plain = text.char_indices().skip_while(|(_, c)| is_one_column(*c));
        let letters = match plain.next() {
            None => text.as_ref(),
            Some((end, _)) => {
                let last = text[..end].char_indices().next_back();
                &text[..last.map_or(0, |(at, _)| at)]
            }
        };
        let from = self.buffer.index_of(x, y);
        let cells = self.buffer.content[from..].iter_mut();
        let mut at = x;
        for (sign, cell) in letters.chars().zip(cells) {
            match LETTERS.get(sign as usize) {
                Some(letter) => cell.clone_from(letter),
                None => {
                    cell.set_char(sign);
                }
            }
            dress(cell, style);
            at += 1;
        }
        let rest = &text[letters.len()..];
        self.put_graphemes(at, y, x + width, rest, style)
    }

    /// A wide character whose second half is about to be covered goes as a whole: terminals draw no halves.
    fn halve(&mut self, x: u16, y: u16) {
        let Some(before) = x.checked_sub(1) else {
            return;
        };
        let cell = &mut self.buffer[(before, y)];
        if cell.symbol().len() > 1 && cell.symbol().width() > 1 {
            cell.set_char(' ');
        }
    }

    fn put_graphemes(&mut self, mut x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        for grapheme in text.graphemes(true) {
            let width = grapheme.width() as u16;
            if width == 0 {
                continue;
            }
            if x + width > end {
                break;
            }
            let cell = &mut self.buffer[(x, y)];
            cell.set_symbol(grapheme);
            dress(cell, style);
            for covered in x + 1..x + width {
                let cell = &mut self.buffer[(covered, y)];
                cell.set_char(' ');
                dress(cell, style);
            }
            x += width;
        }
        x
    }

    /// Writes into a column of fixed width.
    pub fn column(
        &mut self,
        (x, y): (u16, u16),
        width: u16,
        align: Align,
        text: &str,
        style: Style,
    ) {
        let pad = match align {
            Align::Left => 0,
            Align::Right => width.saturating_sub(text.width() as u16),
        };
        self.put(x + pad, y, width - pad, text, style);
    }

    pub fn mark(&mut self, x: u16, y: u16, mark: Mark, style: Style) {
        self.put(x, y, 1, glyph::mark(mark, self.charset), style);
    }

    /// `─ title ─────────── right ─`
    pub fn rule(&mut self, area: Rect, title: &str, right: &str) {
        let quiet = self.role(Role::Quiet);
        let line = self.signs().rule.repeat(usize::from(area.width));
        self.put(area.x, area.y, area.width, &line, quiet);
        if area.width < 8 {
            return;
        }
        let room = area.width - 4;
        let title = cut(title, usize::from(room)).into_owned();
        let used = title.width() as u16;
        if !title.is_empty() {
            let style = self.role(Role::Title);
            self.put(area.x + 2, area.y, room, &title, style);
            self.blank_around(area.x + 2, area.y, used);
        }
        let wide = right.width() as u16;
        if wide > 0 && used + wide + 6 < area.width {
            let x = area.right() - wide - 2;
            self.put(x, area.y, wide, right, quiet);
            self.blank_around(x, area.y, wide);
        }
    }

    fn blank_around(&mut self, x: u16, y: u16, width: u16) {
        self.put(x - 1, y, 1, " ", Style::new());
        self.put(x + width, y, 1, " ", Style::new());
    }

    /// The sign of the row the keys are on.
    pub fn cursor(&mut self, x: u16, y: u16) {
        let (style, sign) = (self.role(Role::Cursor), self.signs().cursor);
        self.put(x, y, 1, sign, style);
    }

    /// Cursor, mark and name: how a row begins that is about one agent. What is well is quiet until the keys are on it.
    pub fn head(&mut self, line: Rect, mark: Mark, here: bool, (name, width): (&str, u16)) {
        if here {
            self.cursor(line.x, line.y);
        }
        let style = self.mark_style(mark);
        self.mark(line.x + 1, line.y, mark, style);
        let style = self.role(match (here, mark.is_trouble()) {
            (true, _) => Role::Cursor,
            (false, true) => Role::Text,
            (false, false) => Role::Quiet,
        });
        self.column((line.x + 3, line.y), width, Align::Left, name, style);
    }

    /// A line down the left of an area that stands beside another; the area without it comes back.
    pub fn beside(&mut self, area: Rect) -> Rect {
        if area.x == 0 {
            return area;
        }
        self.upright(area.x, area.y, area.height);
        Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(1),
            ..area
        }
    }

    pub fn upright(&mut self, x: u16, top: u16, height: u16) {
        let (style, sign) = (self.role(Role::Quiet), self.signs().upright);
        for y in top..top + height {
            self.put(x, y, 1, sign, style);
        }
    }

    /// A cleared area with a border and a title; what is left inside comes back.
    pub fn window(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            self.halve(area.left(), y);
            for x in area.left()..area.right() {
                self.buffer[(x, y)].reset();
            }
        }
        if area.width < 4 || area.height < 3 {
            return area;
        }
        self.rule(Rect { height: 1, ..area }, title, "");
        let bottom = area.bottom() - 1;
        self.rule(
            Rect {
                y: bottom,
                height: 1,
                ..area
            },
            "",
            "",
        );
        self.upright(area.x, area.y + 1, area.height - 2);
        self.upright(area.right() - 1, area.y + 1, area.height - 2);
        let (style, corners) = (self.role(Role::Quiet), self.signs().corners);
        let places = [
            (area.x, area.y),
            (area.right() - 1, area.y),
            (area.x, bottom),
            (area.right() - 1, bottom),
        ];
        for ((x, y), corner) in places.into_iter().zip(corners) {
            self.put(x, y, 1, corner, style);
        }
        Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width - 4,
            height: area.height - 2,
        }
    }

    /// Everything drawn so far in the area turns grey: nothing of it is claimed now.
    pub fn grey(&mut self, area: Rect) {
        let quiet = self.role(Role::Quiet);
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                dress(&mut self.buffer[(x, y)], quiet);
            }
        }
    }
}
