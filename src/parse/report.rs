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

/// Gathers diagnostics of one chunk. Damage is reported each time; a doubt (a foreign word, an assumed zone) once per
/// chunk and kind, because it says something about the writer and not about the line.
pub(super) struct Reporter<'a> {
    bytes: &'a [u8],
    offset: u64,
    line: u32,
    every_doubt: bool,
    pub out: Vec<Diagnostic>,
}

impl<'a> Reporter<'a> {
    pub fn new(bytes: &'a [u8], offset: u64, line: u32) -> Self {
        Self {
            bytes,
            offset,
            line,
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
        let (line_from, line) = self.line_of(at);
        let tail = &self.bytes[at..];
        let tail = &tail[..tail.len().min(MOST_FOUND * 4)];
        let tail = tail.split(|b| *b == b'\n').next().unwrap_or_default();
        let found: String = decode(tail).trim_end().chars().take(MOST_FOUND).collect();
        self.out.push(Diagnostic {
            kind,
            offset: self.offset + at as u64,
            line,
            column: decode(&self.bytes[line_from..at]).chars().count() as u32 + 1,
            found: Untrusted::from(found),
            expected,
            remedy,
        });
    }

    /// Start of the line that holds this place, and its number.
    fn line_of(&self, at: usize) -> (usize, u32) {
        let (mut from, mut line) = (0, self.line);
        // Diagnostics come in order: count on from the last one.
        if let Some(last) = self.out.last()
            && let Some(known) = last.offset.checked_sub(self.offset).map(|o| o as usize)
            && known <= at
        {
            line = last.line;
            from = memchr::memrchr(b'\n', &self.bytes[..known]).map_or(0, |i| i + 1);
        }
        line += memchr_iter(b'\n', &self.bytes[from..at]).count() as u32;
        let start = memchr::memrchr(b'\n', &self.bytes[..at]).map_or(0, |i| i + 1);
        (start.max(from), line)
    }
}
