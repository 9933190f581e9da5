//! From a finished buffer to the fewest bytes that change the screen.
//!
//! One `write` per frame, wrapped in synchronized-update markers; nothing at all when nothing changed. The screen is never
//! asked anything and never cleared in the loop: after a resize or ctrl-l every cell is simply written again.

pub mod kept;
mod pen;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use kept::{Kept, Parts};
use pen::Pen;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::domain::text::{clean, clean_within};
use crate::view::mark::likeness;

use super::caps::{Charset, Sync};

const SYNC_ON: &[u8] = b"\x1b[?2026h";
const SYNC_OFF: &[u8] = b"\x1b[?2026l";

const BELL: u8 = 0x07;
/// Characters of a notification.
const LONGEST_CALL: usize = 120;
/// Two calls are at least this far apart.
const CALLS_APART: Duration = Duration::from_secs(30);

/// What was sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Frames that changed something; each was one write.
    pub frames: u64,
    pub bytes: u64,
    /// Of the newest of them.
    pub last: u64,
}

/// Draws frames into a buffer and sends what differs from the one before.
#[derive(Debug)]
pub struct FrameWriter {
    /// Empty between two frames.
    next: Buffer,
    shown: Buffer,
    parts: Parts,
    /// What is on the screen is not known: write every cell.
    lost: bool,
    sync: Sync,
    charset: Charset,
    out: Vec<u8>,
    /// What goes out with the next frame beside it.
    beside: Vec<u8>,
    called: Option<Instant>,
    /// Where the terminal's own cursor was put last.
    cursor: Option<Position>,
    sent: Sent,
}

impl FrameWriter {
    pub fn new(width: u16, height: u16, sync: Sync, charset: Charset) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            next: Buffer::empty(area),
            shown: Buffer::empty(area),
            parts: Parts::default(),
            lost: true,
            sync,
            charset,
            out: Vec::with_capacity(16 * 1_024),
            beside: Vec::new(),
            called: None,
            cursor: None,
            sent: Sent::default(),
        }
    }

    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// What is on the screen, as far as rounds knows.
    pub fn shown(&self) -> &Buffer {
        &self.shown
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        let area = Rect::new(0, 0, width, height);
        self.next = Buffer::empty(area);
        self.shown = Buffer::empty(area);
        self.lost = true;
    }

    /// Someone else wrote to the screen: the next frame writes every cell.
    pub fn repaint(&mut self) {
        self.lost = true;
    }

    /// Rings the terminal's bell with the next frame.
    pub fn ring(&mut self) {
        self.beside.push(BELL);
    }

    /// Lets the terminal show a notification with the next frame: OSC 9 and a line of plain text, nothing else.
    pub fn notify(&mut self, sentence: &str) {
        let line = clean_within(sentence, LONGEST_CALL);
        let plain = line.chars().map(|c| match self.charset {
            Charset::Ascii if !c.is_ascii() => likeness(c),
            Charset::Ascii | Charset::Unicode => c,
        });
        let plain: String = plain.filter(|c| !c.is_control()).collect();
        self.beside.extend_from_slice(b"\x1b]9;rounds: ");
        self.beside.extend_from_slice(plain.as_bytes());
        self.beside.extend_from_slice(b"\x1b\\");
    }

    /// What was called out goes behind the frame; what comes too soon after the last call is dropped.
    fn call_out(&mut self) {
        if self.beside.is_empty() {
            return;
        }
        if self.called.is_none_or(|at| at.elapsed() >= CALLS_APART) {
            self.out.append(&mut self.beside);
            self.called = Some(Instant::now());
        }
        self.beside.clear();
    }

    /// Lets `draw` fill an empty buffer, then sends the difference in one write. An error of the sink leaves the screen
    /// unknown, so that the next frame is whole again.
    pub fn frame(&mut self, sink: &mut dyn Write, draw: impl Fn(&mut Buffer)) -> io::Result<()> {
        self.frame_of(sink, |buffer, _| {
            draw(buffer);
            None
        })
    }

    /// A frame of which `draw` says where the terminal's own cursor shall stand, if it is shown. It may keep parts of the
    /// frame before, where there is one.
    pub fn frame_of(
        &mut self,
        sink: &mut dyn Write,
        draw: impl Fn(&mut Buffer, Option<Kept<'_>>) -> Option<Position>,
    ) -> io::Result<()> {
        if self.lost {
            self.parts.forget();
        }
        self.parts.begin(usize::from(self.next.area.height));
        let kept = Kept {
            shown: &self.shown,
            parts: &mut self.parts,
        };
        let cursor = draw(&mut self.next, Some(kept));
        self.parts.end();
        self.encode(cursor);
        debug_assert!(
            self.is_whole(|buffer| draw(buffer, None)),
            "a part was kept that differs"
        );
        self.call_out();
        let sent = self.send(sink);
        self.clear();
        sent
    }

    /// Whether the screen is as if nothing had been kept.
    fn is_whole(&self, draw: impl Fn(&mut Buffer) -> Option<Position>) -> bool {
        let mut whole = Buffer::empty(self.shown.area);
        draw(&mut whole);
        let mut cells = whole.content.iter_mut().zip(&self.shown.content);
        cells.all(|(whole, shown)| {
            sweep(whole, self.charset);
            is_same(whole, shown)
        })
    }

    /// Empties what was drawn, behind what somebody waits for.
    fn clear(&mut self) {
        let width = usize::from(self.next.area.width).max(1);
        for (y, line) in self.next.content.chunks_mut(width).enumerate() {
            line[self.parts.upto(y)..].iter_mut().for_each(Cell::reset);
        }
    }

    fn send(&mut self, sink: &mut dyn Write) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = sink.write_all(&self.out).and_then(|()| sink.flush());
        if let Err(error) = written {
            self.lost = true;
            return Err(error);
        }
        self.sent.frames += 1;
        self.sent.bytes += self.out.len() as u64;
        self.sent.last = self.out.len() as u64;
        Ok(())
    }

    fn encode(&mut self, cursor: Option<Position>) {
        self.out.clear();
        if self.sync == Sync::On {
            self.out.extend_from_slice(SYNC_ON);
        }
        let start = self.out.len();
        let mut pen = Pen::new(&mut self.out);
        if self.lost {
            pen.forget();
        }
        let width = usize::from(self.next.area.width);
        if width > 0 {
            let rows = self
                .next
                .content
                .chunks_mut(width)
                .zip(self.shown.content.chunks_mut(width));
            for (y, (next, shown)) in rows.enumerate() {
                let from = self.parts.upto(y);
                let mut same = true;
                for (next, shown) in next[from..].iter_mut().zip(&shown[from..]) {
                    sweep(next, self.charset);
                    same &= is_same(next, shown);
                }
                if self.lost || !same {
                    row(&mut pen, (y as u16, from), next, shown, self.lost);
                    next[from..].swap_with_slice(&mut shown[from..]);
                }
            }
        }
        pen.rest();
        self.lost = false;
        let wrote = self.out.len() > start;
        if !wrote {
            self.out.clear();
        }
        // Writing moves the terminal's cursor, too.
        let stands = self.cursor == cursor && !wrote;
        self.cursor = cursor;
        if let Some(at) = cursor.filter(|_| !stands) {
            Pen::new(&mut self.out).stand(at.x, at.y);
        }
        if wrote && self.sync == Sync::On {
            self.out.extend_from_slice(SYNC_OFF);
        }
    }
}

/// The last sweep: whatever way a text took to the buffer, no cell holds anything a terminal could act on.
fn sweep(cell: &mut Cell, charset: Charset) {
    let symbol = cell.symbol();
    if matches!(symbol.as_bytes(), [0x20..0x7f]) {
        return;
    }
    if charset == Charset::Ascii {
        let plain = symbol
            .chars()
            .next()
            .map_or(' ', |c| if c.is_ascii_graphic() { c } else { likeness(c) });
        cell.set_char(plain);
    } else if !is_known_sign(symbol) && (symbol.is_empty() || clean(symbol) != symbol) {
        cell.set_char('\u{fffd}');
    }
}

/// One character out of the blocks that rounds draws with: no need to look closer.
fn is_known_sign(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let first = chars.next().map(u32::from);
    chars.next().is_none()
        && first.is_some_and(|c| matches!(c, 0xa1..=0xac | 0xae..=0x2ff | 0x2190..=0x27bf | 0x2010..=0x2027 | 0x29d7))
}

/// A blank that an erase-to-end-of-line would leave just the same.
fn is_blank(cell: &Cell) -> bool {
    cell.bg == Color::Reset
        && cell.symbol() == " "
        && !cell
            .modifier
            .intersects(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT)
}

/// Whether two cells look alike. Nearly every symbol is a single byte, which is compared without a call for it: a frame
/// asks this of every cell of the screen.
fn is_same(a: &Cell, b: &Cell) -> bool {
    let symbols = match (a.symbol().as_bytes(), b.symbol().as_bytes()) {
        ([one], [other]) => one == other,
        (one, other) => one == other,
    };
    symbols && (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
}

fn is_wide(cell: &Cell) -> bool {
    cell.symbol().len() > 1 && cell.symbol().width() > 1
}

/// Writes what changed in one row, from a column on. A cell beside a wide character is written again with it, so that no half
/// of one stays.
fn row(pen: &mut Pen<'_>, (y, from): (u16, usize), next: &[Cell], shown: &[Cell], all: bool) {
    let last = |cells: &[Cell]| {
        let last = cells[from..].iter().rposition(|cell| !is_blank(cell));
        last.map(|last| from + last)
    };
    let text_end = last(next).map_or(from, |last| last + 1 + usize::from(is_wide(&next[last])));
    let shown_end = last(shown).map_or(from, |last| last + 1);
    let erase = all || shown_end > text_end + ERASE_PAYS;
    let end = if erase {
        text_end.min(next.len())
    } else {
        next.len()
    };
    let mut x = from;
    let mut dirty_until = 0;
    while x < end {
        let wide = is_wide(&next[x]);
        let was_wide = is_wide(&shown[x]);
        let changed = all
            || !is_same(&next[x], &shown[x])
            || x < dirty_until
            || (wide && x + 1 < shown.len() && !is_same(&next[x + 1], &shown[x + 1]));
        if changed {
            pen.put(x as u16, y, next, x);
            let halves = was_wide || (wide && x + 1 < shown.len() && is_wide(&shown[x + 1]));
            if wide || halves {
                dirty_until = x + 2 + usize::from(halves);
            }
        }
        x += if wide { 2 } else { 1 };
    }
    if erase && text_end < next.len() {
        pen.erase(text_end as u16, y, next);
    }
}

/// Moving to the place and erasing costs about this many bytes.
const ERASE_PAYS: usize = 6;

#[cfg(test)]
mod tests;
