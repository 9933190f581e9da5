//! Numbers of lines for places in a file: each place is counted from the one before, so that a file of many records is gone through
//! once and not once for each.

use memchr::memchr_iter;

pub(super) struct Numbering<'a> {
    bytes: &'a [u8],
    from: usize,
    line: u32,
    first: u32,
}

impl<'a> Numbering<'a> {
    /// `first` is the number of the line that the bytes begin with.
    pub fn new(bytes: &'a [u8], first: u32) -> Self {
        Self {
            bytes,
            from: 0,
            line: first,
            first,
        }
    }

    /// The line of a place. A place before the last one is counted from the start again.
    pub fn at(&mut self, offset: usize) -> u32 {
        let at = offset.min(self.bytes.len());
        if at < self.from {
            (self.from, self.line) = (0, self.first);
        }
        self.line += memchr_iter(b'\n', &self.bytes[self.from..at]).count() as u32;
        self.from = at;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::Numbering;

    #[test]
    fn places_are_numbered_in_any_order() {
        let bytes = b"a\nb\n\nd";
        let mut numbering = Numbering::new(bytes, 7);
        let lines = [0, 2, 5, 4, 1, 99].map(|at| numbering.at(at));
        assert_eq!(lines, [7, 8, 10, 9, 7, 10]);
    }
}
