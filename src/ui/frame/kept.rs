//! Parts of the screen that stay as they are. Whoever draws a part says what it is drawn from; while that is the same, the
//! part is neither drawn nor compared: one agent's line changes one row of fifty.

use std::any::Any;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A shared value that is the same only where it is the very same: no look at what is in it.
#[derive(Debug)]
pub struct Same<T>(pub Arc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug)]
struct Part {
    area: Rect,
    source: Box<dyn Any>,
}

/// What the parts on the screen were drawn from, in the order in which they are drawn.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// What all of them depend on.
    ground: Option<Box<dyn Any>>,
    drawn: Vec<Part>,
    /// How many of them this frame has asked for.
    asked: usize,
    /// Of each line the columns from the left that are kept, as this frame has asked so far.
    upto: Vec<u16>,
}

impl Parts {
    pub(super) fn forget(&mut self) {
        self.ground = None;
        self.drawn.clear();
    }

    /// A frame of so many lines begins.
    pub(super) fn begin(&mut self, lines: usize) {
        self.asked = 0;
        self.upto.clear();
        self.upto.resize(lines, 0);
    }

    /// The frame is drawn: what it did not ask for is not on the screen any more.
    pub(super) fn end(&mut self) {
        self.drawn.truncate(self.asked);
    }

    /// Of a line the columns from the left that are on the screen already and were not drawn.
    pub(super) fn upto(&self, line: usize) -> usize {
        self.upto.get(line).copied().map_or(0, usize::from)
    }
}

/// The frame before, for the parts of it that may be kept.
#[derive(Debug)]
pub struct Kept<'a> {
    pub(super) shown: &'a Buffer,
    pub(super) parts: &'a mut Parts,
}

impl Kept<'_> {
    /// Nothing is kept of this frame, nor for the next one: something lies over the parts.
    pub fn nothing(self) {
        self.parts.forget();
    }

    /// What every part depends on: where it differs, all are drawn. It comes before the first of them.
    pub fn ground<G: PartialEq + 'static>(&mut self, ground: G) {
        debug_assert_eq!(
            self.parts.asked, 0,
            "a part was asked for before its ground"
        );
        let before = self.parts.ground.as_ref();
        if before.and_then(|before| before.downcast_ref()) != Some(&ground) {
            self.parts.forget();
            self.parts.ground = Some(Box::new(ground));
        }
    }

    /// Whether the next part stands in this area as it was drawn from the same source. If it does, it is in the frame;
    /// if not, it is to be drawn.
    pub fn stands<S: PartialEq + 'static>(
        &mut self,
        next: &mut Buffer,
        area: Rect,
        source: S,
    ) -> bool {
        let same = self.was(area, |before: &S| *before == source);
        self.settle(next, area, same, || source)
    }

    /// As [`stands`](Self::stands), where a source is dear to make: it is looked at where it lies, and made for what is drawn.
    pub fn stands_as<S: 'static>(
        &mut self,
        next: &mut Buffer,
        area: Rect,
        is_same: impl FnOnce(&S) -> bool,
        source: impl FnOnce() -> S,
    ) -> bool {
        let same = self.was(area, is_same);
        self.settle(next, area, same, source)
    }

    fn was<S: 'static>(&self, area: Rect, is_same: impl FnOnce(&S) -> bool) -> bool {
        let before = self.parts.drawn.get(self.parts.asked);
        let before = before.filter(|before| before.area == area);
        let source = before.and_then(|before| before.source.downcast_ref());
        source.is_some_and(is_same)
    }

    fn settle<S: 'static>(
        &mut self,
        next: &mut Buffer,
        area: Rect,
        same: bool,
        source: impl FnOnce() -> S,
    ) -> bool {
        let at = self.parts.asked;
        self.parts.asked += 1;
        if same {
            self.keep(next, area);
            return true;
        }
        let part = Part {
            area,
            source: Box::new(source()),
        };
        match self.parts.drawn.get_mut(at) {
            Some(before) => *before = part,
            None => self.parts.drawn.push(part),
        }
        false
    }

    /// A line that is kept from its left end up to this part is kept up to the part's end; elsewhere the cells are copied.
    fn keep(&mut self, next: &mut Buffer, area: Rect) {
        let area = area.intersection(self.shown.area);
        for y in area.top()..area.bottom() {
            let upto = &mut self.parts.upto[usize::from(y)];
            if *upto == area.left() {
                *upto = area.right();
                continue;
            }
            let from = self.shown.index_of(area.left(), y);
            let cells = from..from + usize::from(area.width);
            next.content[cells.clone()].clone_from_slice(&self.shown.content[cells]);
        }
    }
}
