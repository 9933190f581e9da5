//! Cursor moves and styles, each in the fewest bytes.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The terminal's cursor and style, as far as they are known.
pub(super) struct Pen<'a> {
    out: &'a mut Vec<u8>,
    at: Option<(u16, u16)>,
    style: Option<(Color, Color, Modifier)>,
}

const PLAIN: (Color, Color, Modifier) = (Color::Reset, Color::Reset, Modifier::empty());

impl<'a> Pen<'a> {
    /// Between frames the style is plain and the cursor anywhere.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            at: None,
            style: Some(PLAIN),
        }
    }

    pub(super) fn forget(&mut self) {
        self.at = None;
        self.style = None;
    }

    pub(super) fn put(&mut self, x: u16, y: u16, row: &[Cell], i: usize) {
        self.go(x, y, row);
        let cell = &row[i];
        self.style((cell.fg, cell.bg, cell.modifier));
        let symbol = cell.symbol();
        self.out.extend_from_slice(symbol.as_bytes());
        // Terminals disagree on the width of anything but plain characters, and hold at the last column: then the
        // next cell is addressed outright.
        let simple = symbol.len() == 1 || (symbol.chars().nth(1).is_none() && symbol.width() == 1);
        self.at = (simple && i + 1 < row.len()).then_some((x + 1, y));
    }

    /// The shortest way there: a few cells that stay the same are cheaper written again than jumped over.
    fn go(&mut self, x: u16, y: u16, row: &[Cell]) {
        if self.at == Some((x, y)) {
            return;
        }
        if let Some((from, line)) = self.at
            && line == y
            && from < x
            && self.bridge(from, x, row)
        {
            return;
        }
        self.out.extend_from_slice(b"\x1b[");
        number(self.out, y + 1);
        if x > 0 {
            self.out.push(b';');
            number(self.out, x + 1);
        }
        self.out.push(b'H');
    }

    fn bridge(&mut self, from: u16, to: u16, row: &[Cell]) -> bool {
        let cells = &row[usize::from(from)..usize::from(to)];
        let alike = |cell: &Cell| {
            cell.symbol().len() == 1 && self.style == Some((cell.fg, cell.bg, cell.modifier))
        };
        if cells.len() <= 5 && cells.iter().all(alike) {
            for cell in cells {
                self.out.extend_from_slice(cell.symbol().as_bytes());
            }
            return true;
        }
        self.out.extend_from_slice(b"\x1b[");
        if to - from > 1 {
            number(self.out, to - from);
        }
        self.out.push(b'C');
        true
    }

    pub(super) fn erase(&mut self, x: u16, y: u16, row: &[Cell]) {
        self.style(PLAIN);
        if self.at != Some((x, y)) {
            self.go(x, y, row);
        }
        self.out.extend_from_slice(b"\x1b[K");
        self.at = Some((x, y));
    }

    fn style(&mut self, wanted: (Color, Color, Modifier)) {
        if self.style == Some(wanted) {
            return;
        }
        let from = self.style.filter(|have| wanted.2.contains(have.2));
        let (have, mut codes) = match from {
            Some(have) => (have, Codes::new()),
            None => (PLAIN, Codes::reset()),
        };
        codes.modifiers(wanted.2 - have.2);
        if wanted.0 != have.0 {
            codes.color(wanted.0, 30);
        }
        if wanted.1 != have.1 {
            codes.color(wanted.1, 40);
        }
        self.out.extend_from_slice(b"\x1b[");
        self.out.extend_from_slice(codes.text.as_bytes());
        self.out.push(b'm');
        self.style = Some(wanted);
    }

    /// Puts the terminal's own cursor where it shall stand.
    pub(super) fn stand(&mut self, x: u16, y: u16) {
        self.go(x, y, &[]);
    }

    pub(super) fn rest(&mut self) {
        if self.style != Some(PLAIN) && !self.out.is_empty() {
            self.style(PLAIN);
        }
    }
}

/// The parameters of one style sequence.
struct Codes {
    text: String,
}

impl Codes {
    fn new() -> Self {
        Self {
            text: String::new(),
        }
    }
    fn reset() -> Self {
        // An empty sequence resets; with more behind it the 0 is written out for terminals that insist.
        Self {
            text: String::new(),
        }
        .marked()
    }
    fn marked(mut self) -> Self {
        self.text.push('0');
        self
    }
    fn add(&mut self, code: &str) {
        if !self.text.is_empty() {
            self.text.push(';');
        }
        self.text.push_str(code);
    }
    fn modifiers(&mut self, modifiers: Modifier) {
        let codes = [
            (Modifier::BOLD, "1"),
            (Modifier::DIM, "2"),
            (Modifier::ITALIC, "3"),
            (Modifier::UNDERLINED, "4"),
            (Modifier::REVERSED, "7"),
            (Modifier::CROSSED_OUT, "9"),
        ];
        for (modifier, code) in codes {
            if modifiers.contains(modifier) {
                self.add(code);
            }
        }
    }
    fn color(&mut self, color: Color, base: u8) {
        let bright = base + 60;
        let code = match color {
            Color::Reset => (base + 9).to_string(),
            Color::Black => base.to_string(),
            Color::Red => (base + 1).to_string(),
            Color::Green => (base + 2).to_string(),
            Color::Yellow => (base + 3).to_string(),
            Color::Blue => (base + 4).to_string(),
            Color::Magenta => (base + 5).to_string(),
            Color::Cyan => (base + 6).to_string(),
            Color::Gray => (base + 7).to_string(),
            Color::DarkGray => bright.to_string(),
            Color::LightRed => (bright + 1).to_string(),
            Color::LightGreen => (bright + 2).to_string(),
            Color::LightYellow => (bright + 3).to_string(),
            Color::LightBlue => (bright + 4).to_string(),
            Color::LightMagenta => (bright + 5).to_string(),
            Color::LightCyan => (bright + 6).to_string(),
            Color::White => (bright + 7).to_string(),
            Color::Indexed(i) => format!("{};5;{i}", base + 8),
            Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
        };
        self.add(&code);
    }
}

fn number(out: &mut Vec<u8>, n: u16) {
    if n >= 10 {
        number(out, n / 10);
    }
    out.push(b'0' + (n % 10) as u8);
}
