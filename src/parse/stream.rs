//! Values in an appended file: one a line, pretty-printed one after another, or in an array, and all the ways in which
//! crashed writers leave them.
//!
//! The reading keeps no state between values but what [`Carry`] tells, so that a file cut at any line boundary gives the
//! same records as the whole. A value that fails is damage up to the next line that opens a value and is not indented
//! deeper than the failed one began.

use memchr::{memchr, memchr_iter};

use super::diagnostic::DiagnosticKind;
use super::json::{Fault, Node, Outcome, Source, Tape};
use super::lines::is_utf16;
use super::report::{Advice, Reporter, UTF_16};
use super::{Body, Carry, Chunk, Record, Rest};

#[cfg(test)]
mod tests;

/// A value longer than this is skipped, in bytes: memory stays bounded whatever a file holds. A reader that hands in
/// chunks must be able to hand in one of this size.
pub const MOST_RECORD: usize = 4 * 1024 * 1024;

/// Members that say when; one of them must be there before a damaged line counts for anything.
const TIMES: [&str; 3] = ["ts", "timestamp", "time"];

/// Most places tried when a record is looked for behind a torn one on the same line.
const MOST_TRIES: usize = 64;

const ONE_WRITE: &str = "write the line with one write() and a final newline";
const TORN: Advice = Advice {
    expected: "the rest of the object",
    remedy: ONE_WRITE,
};
const BROKEN: Advice = Advice {
    expected: "valid JSON",
    remedy: "let a JSON library write the object; a shell template with an empty variable makes this",
};
const DEEP: Advice = Advice {
    expected: "at most 64 levels of brackets",
    remedy: "write flat objects",
};
const TRAILING: Advice = Advice {
    expected: "nothing behind the object",
    remedy: "remove what follows the object's last brace; the object itself was read",
};
const NO_OBJECT: Advice = Advice {
    expected: "an object",
    remedy: "write nothing but JSON objects into this file",
};
const OVERSIZE: Advice = Advice {
    expected: "a record of at most 4 MiB",
    remedy: "write long output to a file of its own and log its path",
};
const NUL: Advice = Advice {
    expected: "no NUL bytes",
    remedy: "rotate by rename, not by truncating under an open writer; a crash of the machine leaves them too",
};
const NOT_UTF8: Advice = Advice {
    expected: "UTF-8",
    remedy: "write UTF-8",
};

/// What a chunk begins inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    /// A damaged value that began at this indentation.
    Damage(usize),
    /// A record too long to be read.
    Oversize,
}

impl Inside {
    fn of(carry: &Carry) -> Self {
        match carry.0.split_once(' ') {
            Some(("damage", indent)) => indent.parse().map_or(Self::Nothing, Self::Damage),
            None if carry.0 == "oversize" => Self::Oversize,
            Some(_) | None => Self::Nothing,
        }
    }

    fn carry(self) -> Carry {
        Carry(match self {
            Self::Nothing => String::new(),
            Self::Damage(indent) => format!("damage {indent}"),
            Self::Oversize => "oversize".to_owned(),
        })
    }
}

/// Reads all objects of a chunk; `make` makes a record of each, or none, and `take` has it.
pub(super) fn read(
    chunk: Chunk<'_>,
    make: impl for<'t> FnMut(Node<'t>, &mut Reporter<'_>) -> Option<Body<'t>>,
    take: impl FnMut(Record<'_>),
) -> Rest {
    let reporter = Reporter::new(chunk.bytes, chunk.offset, chunk.line);
    read_into(reporter, chunk, make, take)
}

/// As [`read`], reporting into a reporter of one's own.
pub(super) fn read_into<'a>(
    reporter: Reporter<'a>,
    chunk: Chunk<'a>,
    make: impl for<'t> FnMut(Node<'t>, &mut Reporter<'_>) -> Option<Body<'t>>,
    take: impl FnMut(Record<'_>),
) -> Rest {
    let mut stream = Stream {
        bytes: chunk.bytes,
        base: chunk.offset,
        end: chunk.end,
        at: 0,
        line: chunk.line,
        done: 0,
        done_line: chunk.line,
        done_inside: Inside::of(chunk.carry),
        inside: Inside::of(chunk.carry),
        source: Source::new(chunk.bytes),
        reporter,
        last: None,
        make,
        take,
    };
    stream.note_bytes();
    let mut tape = Tape::default();
    while stream.step(&mut tape) {}
    stream.finish()
}

/// Where the last record ended, and the line it began on.
#[derive(Clone, Copy)]
struct Last {
    end: usize,
    line: u32,
}

struct Stream<'a, M, T> {
    bytes: &'a [u8],
    base: u64,
    end: bool,
    at: usize,
    line: u32,
    /// Behind the last line that need not be read again, and the state there.
    done: usize,
    done_line: u32,
    done_inside: Inside,
    inside: Inside,
    source: Source<'a>,
    reporter: Reporter<'a>,
    last: Option<Last>,
    make: M,
    take: T,
}

impl<M, T> Stream<'_, M, T>
where
    M: for<'t> FnMut(Node<'t>, &mut Reporter<'_>) -> Option<Body<'t>>,
    T: FnMut(Record<'_>),
{
    fn note_bytes(&mut self) {
        if is_utf16(self.bytes) {
            self.reporter.say(DiagnosticKind::InvalidUtf8, 0, UTF_16);
            return;
        }
        if let Some(at) = memchr(0, self.bytes) {
            self.reporter.say(DiagnosticKind::NulBytes, at, NUL);
        }
        if let Some(at) = self.source.invalid_at() {
            self.reporter.say(DiagnosticKind::InvalidUtf8, at, NOT_UTF8);
        }
    }

    /// One value, one bad line, or the blanks between them. False at the end.
    fn step(&mut self, tape: &mut Tape) -> bool {
        match self.inside {
            Inside::Oversize => return self.skip_line(Inside::Nothing),
            Inside::Damage(indent) => {
                if !opens(&self.bytes[self.at..], indent) {
                    return self.skip_line(self.inside);
                }
                self.inside = Inside::Nothing;
            }
            Inside::Nothing => {}
        }
        self.skip_between();
        match self.bytes.get(self.at) {
            None => false,
            Some(b'{') => self.object(tape),
            Some(b'}') => {
                self.reporter
                    .say(DiagnosticKind::Trailing, self.at, TRAILING);
                self.skip_line(Inside::Nothing)
            }
            Some(_) => {
                let kind = if self.follows_object() {
                    (DiagnosticKind::Trailing, TRAILING)
                } else {
                    (DiagnosticKind::Invalid, NO_OBJECT)
                };
                self.reporter.say(kind.0, self.at, kind.1);
                self.skip_line(Inside::Nothing)
            }
        }
    }

    /// Whether a record ended on this line.
    fn follows_object(&self) -> bool {
        self.last.is_some_and(|last| {
            last.end <= self.at && memchr(b'\n', &self.bytes[last.end..self.at]).is_none()
        })
    }

    /// Blanks, line ends, BOM, and the brackets and commas of an array around the objects.
    fn skip_between(&mut self) {
        loop {
            match self.bytes.get(self.at) {
                Some(b'\n') => {
                    self.at += 1;
                    self.line += 1;
                    self.settle();
                }
                Some(b' ' | b'\t' | b'\r' | 0 | b'[' | b']' | b',') => self.at += 1,
                Some(0xef) if self.bytes[self.at..].starts_with(b"\xef\xbb\xbf") => self.at += 3,
                _ => return,
            }
        }
    }

    /// All before this place is read for good.
    fn settle(&mut self) {
        self.done = self.at;
        self.done_line = self.line;
        self.done_inside = self.inside;
    }

    /// Goes to the next line; false where the line's end is not there yet.
    fn skip_line(&mut self, then: Inside) -> bool {
        let Some(len) = memchr(b'\n', &self.bytes[self.at..]) else {
            if self.inside == Inside::Oversize {
                self.at = self.bytes.len();
                self.settle();
            }
            return false;
        };
        self.at += len + 1;
        self.line += 1;
        self.inside = then;
        self.settle();
        true
    }

    fn object(&mut self, tape: &mut Tape) -> bool {
        let start = self.at;
        match tape.read(self.bytes, start) {
            Outcome::Value { end } => {
                self.record(tape, start, end);
                true
            }
            Outcome::Cut => self.cut(start),
            Outcome::Broken { at, fault } => self.broken(tape, start, at, fault),
        }
    }

    fn record(&mut self, tape: &Tape, start: usize, end: usize) {
        let source = self.source;
        if let Some(body) = (self.make)(tape.root(&source), &mut self.reporter) {
            (self.take)(Record {
                body,
                offset: self.base + start as u64,
                len: (end - start) as u32,
                line: self.line,
            });
            self.last = Some(Last {
                end,
                line: self.line,
            });
        }
        self.line += memchr_iter(b'\n', &self.bytes[start..end]).count() as u32;
        self.at = end;
    }

    /// The bytes end inside a value: the rest may still come, unless it is too long to wait for.
    fn cut(&mut self, start: usize) -> bool {
        if self.bytes.len() - start >= MOST_RECORD {
            self.reporter.say(DiagnosticKind::Oversize, start, OVERSIZE);
            self.inside = Inside::Oversize;
            return true;
        }
        if self.end {
            self.reporter.say(DiagnosticKind::Torn, start, TORN);
        }
        false
    }

    fn broken(&mut self, tape: &mut Tape, start: usize, at: usize, fault: Fault) -> bool {
        let line_end = memchr(b'\n', &self.bytes[start..]).map(|i| start + i);
        let line_start = |at| memchr::memrchr(b'\n', &self.bytes[..at]).map_or(0, |i| i + 1);
        let indent = indentation(&self.bytes[line_start(start)..start]);
        // The next record began where this one was not yet done.
        let overrun =
            line_end.is_some_and(|end| at > end) && opens(&self.bytes[line_start(at)..], indent);
        let torn = fault == Fault::OpenString || overrun;
        let (kind, place, advice) = match fault {
            Fault::Deep => (DiagnosticKind::Oversize, at, DEEP),
            _ if torn => (DiagnosticKind::Torn, start, TORN),
            Fault::OpenString | Fault::Syntax => (DiagnosticKind::Invalid, at, BROKEN),
        };
        self.reporter.say(kind, place, advice);
        if let Some(end) = line_end
            && let Some(found) = self.glued(tape, start + 1, end)
        {
            self.at = found;
            return true;
        }
        if let Some(end) = line_end.filter(|_| fault == Fault::OpenString) {
            self.unclosed(tape, start, end);
        }
        self.inside = Inside::Damage(indent);
        self.skip_line(self.inside)
    }

    /// A line that was written to its end, but whose last text lost its closing quote (its writer cut it inside of an
    /// escape): what stands there is said, and the line counts as damaged all the same.
    fn unclosed(&mut self, tape: &mut Tape, start: usize, line_end: usize) {
        let line = self.bytes[start..line_end].trim_ascii_end();
        let Some(open) = line.strip_suffix(b"}") else {
            return;
        };
        let closed = [open, b"\"}"].concat();
        let whole = matches!(tape.read(&closed, 0), Outcome::Value { end } if end == closed.len());
        if !whole {
            return;
        }
        let source = Source::new(&closed);
        let root = tape.root(&source);
        let timed = TIMES.iter().any(|key| root.get(key).is_some());
        let mut unheard = Reporter::new(&closed, 0, 1);
        if timed && let Some(body) = (self.make)(root, &mut unheard) {
            (self.take)(Record {
                body,
                offset: self.base + start as u64,
                len: line.len() as u32,
                line: self.line,
            });
        }
    }

    /// A whole record behind a torn one on the same line: the writer died and its successor went on without a newline.
    fn glued(&mut self, tape: &mut Tape, from: usize, line_end: usize) -> Option<usize> {
        let line = &self.bytes[..line_end];
        let tries = memchr::memmem::find_iter(&line[from..], b"{\"").take(MOST_TRIES);
        for candidate in tries.map(|i| from + i) {
            let Outcome::Value { end } = tape.read(line, candidate) else {
                continue;
            };
            let source = self.source;
            let timed = ["ts", "timestamp"]
                .iter()
                .any(|key| tape.root(&source).get(key).is_some());
            if timed && line[end..].iter().all(u8::is_ascii_whitespace) {
                return Some(candidate);
            }
        }
        None
    }

    fn finish(mut self) -> Rest {
        let stalled = self.done == 0 && !self.end && self.bytes.len() >= MOST_RECORD;
        if stalled && let Some(last) = self.last {
            // Objects without a line end between them: go on behind the last whole one.
            self.done = last.end;
            self.done_line = last.line;
        }
        Rest {
            diagnostics: self.reporter.out,
            consumed: self.done,
            next_line: self.done_line,
            carry: self.done_inside.carry(),
        }
    }
}

/// Whether a line opens a value and is indented no deeper than `most`.
fn opens(line: &[u8], most: usize) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let indent = indentation(line);
    indent <= most && matches!(line.get(indent), Some(b'{' | b'['))
}

fn indentation(line: &[u8]) -> usize {
    line.iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}
