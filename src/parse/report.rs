//! Collects what a parser could not read, with its place.

use memchr::memchr_iter;

use crate::domain::text::{Untrusted, decode};

use super::diagnostic::{Diagnostic, DiagnosticKind};

/// How much of the text is quoted, in characters.
const MOST_FOUND: usize = 120;

/// What should stand there and how to mend it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Advice {
    pub expected: &'static str,
    pub remedy: &'static str,
}

/// Said once in place of what all of its bytes would be called.
pub(super) const UTF_16: Advice = Advice {
    expected: "UTF-8, not UTF-16",
    remedy: "write UTF-8, in PowerShell with -Encoding utf8; other letters than English ones are lost",
};
/// Gathers diagnostics of one chunk. Damage is reported each time; a doubt (a foreign word, an assumed zone) once per
/// chunk and kind, because it says something about the writer and not about the line.
pub(super) struct Reporter<'a> {
    bytes: &'a [u8],
    offset: u64,
    mark: Mark,
    every_doubt: bool,
    pub out: Vec<Diagnostic>,
}

impl<'a> Reporter<'a> {
    pub fn new(bytes: &'a [u8], offset: u64, line: u32) -> Self {
        Self {
            bytes,
            offset,
            mark: Mark::start(line),
            every_doubt: false,
            out: Vec::new(),
        }
    }

    /// For the contract check, where each occurrence counts.
    pub fn of_every_doubt(bytes: &'a [u8]) -> Self {
        Self {
            every_doubt: true,
            ..Self::new(bytes, 0, 1)
        }
    }

    /// Reports what stands at `at` (from the start of the bytes).
    pub fn say(&mut self, kind: DiagnosticKind, at: usize, advice: Advice) {
        self.tell(
            kind,
            at,
            advice.expected.to_owned(),
            advice.remedy.to_owned(),
        );
    }

    /// As [`say`](Self::say), with sentences made for the case.
    pub fn tell(&mut self, kind: DiagnosticKind, at: usize, expected: String, remedy: String) {
        if !kind.is_damage() && !self.every_doubt && self.out.iter().any(|d| d.kind == kind) {
            return;
        }
        let at = at.min(self.bytes.len());
        self.mark.advance(self.bytes, at);
        let tail = &self.bytes[at..];
        let tail = &tail[..tail.len().min(MOST_FOUND * 4)];
        let tail = tail.split(|b| *b == b'\n').next().unwrap_or_default();
        let found: String = decode(tail).trim_end().chars().take(MOST_FOUND).collect();
        self.out.push(Diagnostic {
            kind,
            offset: self.offset + at as u64,
            line: self.mark.line,
            column: self.mark.column,
            found: Untrusted::from(found),
            expected,
            remedy,
        });
    }
}

/// The last place that was reported: counting goes on from there, so that many reports of one long line stay cheap.
#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    line: u32,
    column: u32,
}

impl Mark {
    fn start(line: u32) -> Self {
        Self {
            at: 0,
            line,
            column: 1,
        }
    }

    fn advance(&mut self, bytes: &[u8], to: usize) {
        if to < self.at {
            self.step_back(bytes, to);
            return;
        }
        let passed = &bytes[self.at..to];
        let newlines = memchr_iter(b'\n', passed).count();
        let tail = match memchr::memrchr(b'\n', passed) {
            Some(last) => {
                self.column = 1;
                &passed[last + 1..]
            }
            None => passed,
        };
        self.line += newlines as u32;
        self.column += characters(tail);
        self.at = to;
    }

    /// Costs the distance, and the line's length where it crosses into another line.
    fn step_back(&mut self, bytes: &[u8], to: usize) {
        let passed = &bytes[to..self.at];
        let newlines = memchr_iter(b'\n', passed).count() as u32;
        self.line -= newlines;
        self.column = if newlines == 0 {
            self.column - characters(passed)
        } else {
            let start = memchr::memrchr(b'\n', &bytes[..to]).map_or(0, |i| i + 1);
            characters(&bytes[start..to]) + 1
        };
        self.at = to;
    }
}

fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| !matches!(b, 0x80..=0xbf)).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn places_are_right_in_any_order(text in "[aé\n]{0,40}", places in proptest::collection::vec(0_usize..60, 0..8)) {
            let mut mark = Mark::start(1);
            for place in places {
                let at = place.min(text.len());
                mark.advance(text.as_bytes(), at);
                let before = &text.as_bytes()[..at];
                let line_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
                proptest::prop_assert_eq!(mark.line, memchr_iter(b'\n', before).count() as u32 + 1);
                proptest::prop_assert_eq!(mark.column, characters(&before[line_start..]) + 1);
            }
        }
    }
}
