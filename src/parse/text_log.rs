//! Logs of lines that begin with a time.
//!
//! A line with a time opens an entry; lines without one belong to the entry above, and the worst sign in the block is
//! its status. The last entry is provisional, because its next lines may still come. `… START` and `… END` lines make
//! a run: the start is a running record, the end a final one with the worst sign of all between.

use std::borrow::Cow;

use crate::domain::heartbeat::{Heartbeat, RunStatus, Stamp, Surety};
use crate::domain::text::{Lent, decode, strip_styles};
use crate::domain::time::{Day, Span, Ts};

use super::diagnostic::DiagnosticKind;
use super::lines::{is_utf16, without_mark};
use super::marker::{of_line, worse};
use super::report::{Advice, Reporter, UTF_16};
use super::timestamp::{self, Found, Frame};
use super::vocabulary::Vocabulary;
use super::{Body, Carry, Chunk, Context, MOST_RECORD, Record, Rest};

mod carry;
mod head;
mod odd;
#[cfg(test)]
mod tests;

use carry::State;
use head::{Bound, Form, Head, head};

/// Longest line that is looked at, in bytes; the rest of it is passed over.
const MOST_LINE: usize = 64 * 1024;
/// Longest message made of a block, in bytes.
const MOST_MESSAGE: usize = 400;
/// Lines of the start in which a time is looked for.
const TRIED_LINES: usize = 200;
/// How far ahead the next date is looked for where a clock runs back, in bytes.
const AHEAD: usize = 64 * 1024;

const NUL: Advice = Advice {
    expected: "no NUL bytes",
    remedy: "rotate by rename, not by truncating under an open writer",
};
const NOT_UTF8: Advice = Advice {
    expected: "UTF-8",
    remedy: "write UTF-8",
};
const LONG_LINE: Advice = Advice {
    expected: "lines of at most 64 KiB",
    remedy: "write long output to a file of its own and log its path",
};
const NO_ZONE: Advice = Advice {
    expected: "an offset behind the time, such as +02:00 or Z",
    remedy: "log RFC 3339 with offset; the agent's zone was assumed",
};

/// Whether one of the first lines opens an entry.
pub(super) fn has_times(bytes: &[u8], vocabulary: &Vocabulary) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').take(TRIED_LINES);
    lines.any(|line| head(&plain(line), vocabulary).is_some())
}

/// A line as people see it: without NUL, colours, BOM, and what a progress bar wrote over.
fn plain(line: &[u8]) -> Cow<'_, str> {
    let nul = line.iter().rev().take_while(|b| **b == 0).count();
    let line = without_mark(&line[..line.len() - nul]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let shown = memchr::memrchr(b'\r', line).map_or(line, |i| &line[i + 1..]);
    let shown = &shown[..shown.len().min(MOST_LINE)];
    let text = decode(shown);
    if memchr::memchr3(0, 0x1b, 0xef, shown).is_none() {
        return text;
    }
    let text = strip_styles(&text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Cow::Owned(text.replace('\0', ""))
}

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, take: impl FnMut(Record<'_>)) -> Rest {
    let mut log = Log {
        chunk,
        ctx,
        reporter: Reporter::new(chunk.bytes, chunk.offset, chunk.line),
        take,
        state: State::of(chunk.carry),
        stem: stem_task(ctx.path),
        open: None,
        settled: (0, chunk.line, State::of(chunk.carry)),
    };
    log.note_bytes();
    log.lines();
    log.finish()
}

/// The entry that is being read.
struct Entry {
    stamp: Stamp,
    bound: Bound,
    text: String,
    status: RunStatus,
    /// The line that carried the worst sign.
    sign: String,
    offset: usize,
    end: usize,
    line: u32,
}

impl Entry {
    /// The line that went wrong, else what was said.
    fn said(self) -> Option<Lent<'static>> {
        let bad = matches!(self.status, RunStatus::Failed | RunStatus::Partial);
        let said = if bad && !self.sign.is_empty() {
            self.sign
        } else {
            self.text
        };
        (!said.is_empty()).then(|| Lent::from(said))
    }
}

struct Log<'a, 'c, T> {
    chunk: Chunk<'a>,
    ctx: &'a Context<'c>,
    reporter: Reporter<'a>,
    take: T,
    state: State,
    /// The task the file's name gives to every entry.
    stem: Option<String>,
    open: Option<Entry>,
    /// Offset, line and state before the last entry that began with a whole line.
    settled: (usize, u32, State),
}

impl<T: FnMut(Record<'_>)> Log<'_, '_, T> {
    fn note_bytes(&mut self) {
        let bytes = self.chunk.bytes;
        if is_utf16(bytes) {
            self.reporter.say(DiagnosticKind::InvalidUtf8, 0, UTF_16);
            return;
        }
        if let Some(at) = memchr::memchr(0, bytes) {
            self.reporter.say(DiagnosticKind::NulBytes, at, NUL);
        }
        if let Some(at) = super::json::Source::new(bytes).invalid_at() {
            self.reporter.say(DiagnosticKind::InvalidUtf8, at, NOT_UTF8);
        }
    }

    fn lines(&mut self) {
        let bytes = self.chunk.bytes;
        let (mut at, mut line) = (0, self.chunk.line);
        while at < bytes.len() {
            let newline = memchr::memchr(b'\n', &bytes[at..]).map(|i| at + i);
            if newline.is_none() && !self.chunk.end {
                break;
            }
            let end = newline.unwrap_or(bytes.len());
            if end - at > MOST_LINE {
                self.reporter.say(DiagnosticKind::Oversize, at, LONG_LINE);
            }
            self.line(&plain(&bytes[at..end]), at, end, line, newline.is_some());
            at = end + 1;
            line += 1;
            if newline.is_some() && self.open.is_none() {
                self.settled = (at, line, self.state.clone());
            }
        }
        let stalled = !self.chunk.end && self.settled.0 == 0 && bytes.len() >= MOST_RECORD;
        if stalled && at <= bytes.len() {
            // One entry without end: what is there is the record, the rest of it is passed over.
            self.close();
            let done = if at == 0 { bytes.len() } else { at };
            self.settled = (done, line, self.state.clone());
        }
    }

    fn line(&mut self, text: &str, at: usize, end: usize, line: u32, whole: bool) {
        let Some(head) = head(text, self.ctx.vocabulary) else {
            self.continued(text, end);
            return;
        };
        if head.found.clock.is_none() && head.text.is_empty() {
            // A date alone is a heading for what follows.
            self.close();
            if let (Some(last), Some(day)) = (self.state.day, head.found.day) {
                self.state.newest_first = day < last;
            }
            self.state.day = head.found.day;
            self.state.clock = Some(0);
            return;
        }
        if head.form == Form::Number && self.state.clock.is_some() && !self.state.numbers {
            // In a log with other times a number is an id or an amount.
            self.continued(text, end);
            return;
        }
        if head.found.clock.is_none() && self.state.clock.is_some() {
            // In a log with clocks a line with a date alone is quoted text.
            self.continued(text, end);
            return;
        }
        self.close();
        if whole {
            self.settled = (at, line, self.state.clone());
        }
        self.begin(&head, at, end, line);
    }

    fn begin(&mut self, head: &Head<'_>, at: usize, end: usize, line: u32) {
        let mut found = head.found;
        if head.form == Form::NoYear {
            let written = self.ctx.zone.day_of(self.ctx.modified);
            found.day = found
                .day
                .and_then(|day| timestamp::in_last_year(day, written));
        }
        self.state.numbers = head.form == Form::Number;
        let Some(stamp) = self.stamp(&found, end) else {
            return;
        };
        if stamp.surety == Surety::AssumedZone {
            self.reporter.say(DiagnosticKind::AssumedZone, at, NO_ZONE);
        }
        let mut status = of_line(head.text, self.ctx.vocabulary);
        // Nearly always a bracket or nothing, which says nothing.
        let speaks = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        if head.lead.bytes().any(speaks) {
            status = worse(status, of_line(head.lead, self.ctx.vocabulary));
        }
        let text = if head.text.contains('=') {
            limited(&head.text.replace(" === ", " "), MOST_MESSAGE)
        } else {
            limited(head.text, MOST_MESSAGE)
        };
        self.open = Some(Entry {
            stamp,
            bound: head.bound,
            sign: if status == RunStatus::Unknown {
                String::new()
            } else {
                text.clone()
            },
            text,
            status,
            offset: at,
            end,
            line,
        });
    }

    /// The moment of a head whose line ends at `end`. A clock that runs back by more than half a day is on the next day,
    /// where the days do not run backwards.
    fn stamp(&mut self, found: &Found, end: usize) -> Option<Stamp> {
        if found.day.is_some() {
            self.state.day = found.day;
        } else if let Some(clock) = found.clock {
            let day = self
                .state
                .day
                .or_else(|| timestamp::day_in_name(self.ctx.path));
            let guessed = day.is_none();
            let day = day.unwrap_or_else(|| self.ctx.zone.day_of(self.ctx.modified));
            let back = self
                .state
                .clock
                .is_some_and(|last| last > clock + 12 * 3_600_000)
                && !self.is_newest_first(day, end);
            self.state.day = (!guessed).then(|| if back { day.plus(1) } else { day });
            if guessed {
                return found.stamp(&self.frame(Some(day))).map(|s| Stamp {
                    surety: Surety::About,
                    ..s
                });
            }
        }
        self.state.clock = found.clock.or(self.state.clock);
        found.stamp(&self.frame(self.state.day))
    }

    /// Whether the days run backwards, by what was read or by the next day behind `from`.
    fn is_newest_first(&mut self, day: Day, from: usize) -> bool {
        if !self.state.newest_first {
            let ahead = &self.chunk.bytes[from..];
            let mut lines = ahead[..ahead.len().min(AHEAD)].split(|b| *b == b'\n');
            let next = lines.find_map(|line| head(&plain(line), self.ctx.vocabulary)?.found.day);
            self.state.newest_first = next.is_some_and(|next| next < day);
        }
        self.state.newest_first
    }

    fn frame(&self, day: Option<Day>) -> Frame<'_> {
        Frame {
            zone: self.ctx.zone,
            day,
            vocabulary: self.ctx.vocabulary,
        }
    }

    fn continued(&mut self, text: &str, end: usize) {
        let Some(entry) = &mut self.open else {
            return;
        };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        entry.end = end;
        let status = of_line(text, self.ctx.vocabulary);
        let worst = worse(entry.status, status);
        if worst != entry.status {
            entry.status = worst;
            entry.sign = limited(text, MOST_MESSAGE);
        }
        if entry.text.len() < MOST_MESSAGE {
            let room = MOST_MESSAGE - entry.text.len();
            if !entry.text.is_empty() {
                entry.text.push_str(" · ");
            }
            push_limited(&mut entry.text, text, room);
        }
    }

    /// Makes the record of the entry that is open.
    fn close(&mut self) {
        let Some(entry) = self.open.take() else {
            return;
        };
        if self.is_printed_again(&entry) {
            return;
        }
        let (offset, end, line) = (entry.offset, entry.end, entry.line);
        let beat = match entry.bound {
            Bound::Start => self.start(entry),
            Bound::End => self.finished(entry),
            Bound::Neither => {
                self.state.worsen(entry.status, &entry.sign);
                Heartbeat {
                    at: entry.stamp,
                    task: self.stem(),
                    status: entry.status,
                    msg: entry.said(),
                    ..Heartbeat::default()
                }
            }
        };
        (self.take)(Record {
            body: Body::Beat(beat),
            offset: self.chunk.offset + offset as u64,
            len: (end - offset) as u32,
            line,
        });
    }

    /// What is printed reaches some logs twice. Most of a copy says what was said, and is let go where that is known; but
    /// an end closes the run that is open, and its copy finds none.
    fn is_printed_again(&self, entry: &Entry) -> bool {
        entry.bound == Bound::End
            && self.state.open.is_none()
            && self.state.ended == Some((entry.stamp.at, hash(&entry.text)))
    }

    fn stem(&self) -> Option<Lent<'static>> {
        self.stem.clone().map(Lent::from)
    }

    fn start(&mut self, entry: Entry) -> Heartbeat<'static> {
        let at = entry.stamp.at;
        self.state.open = Some(at);
        self.state.begin(entry.status, &entry.sign);
        Heartbeat {
            at: entry.stamp,
            run: Some(Lent::from(at.rfc3339())),
            task: Self::named(&entry.text).or_else(|| self.stem()),
            status: RunStatus::Running,
            started: Some(at),
            msg: Some(Lent::from(entry.text)),
            ..Heartbeat::default()
        }
    }

    fn finished(&mut self, entry: Entry) -> Heartbeat<'static> {
        self.state.worsen(entry.status, &entry.sign);
        let started = self.state.open.take();
        self.state.ended = started.map(|_| (entry.stamp.at, hash(&entry.text)));
        let length = started
            .map(|s| entry.stamp.at - s)
            .filter(|d| *d >= Span::ZERO);
        let worst = std::mem::take(&mut self.state.worst);
        let sign = std::mem::take(&mut self.state.sign);
        Heartbeat {
            at: entry.stamp,
            run: started.map(|s: Ts| Lent::from(s.rfc3339())),
            task: Self::named(&entry.text).or_else(|| self.stem()),
            status: worst,
            started,
            duration: length,
            msg: if sign.is_empty() {
                entry.said()
            } else {
                Some(Lent::from(sign))
            },
            ..Heartbeat::default()
        }
    }

    fn named(text: &str) -> Option<Lent<'static>> {
        let name = head::run_name(text.split(" · ").next().unwrap_or(text));
        (!name.is_empty()).then(|| Lent::from(name))
    }

    fn finish(mut self) -> Rest {
        let (consumed, next_line, state) = self.settled.clone();
        self.close();
        Rest {
            diagnostics: self.reporter.out,
            consumed: consumed.min(self.chunk.bytes.len()),
            next_line,
            carry: Carry(state.text()),
        }
    }
}

fn hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}

fn limited(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most + 3));
    push_limited(&mut out, text, most);
    out
}

fn push_limited(out: &mut String, text: &str, most: usize) {
    if text.len() <= most {
        out.push_str(text);
        return;
    }
    let end = (0..=most).rev().find(|i| text.is_char_boundary(*i));
    out.push_str(&text[..end.unwrap_or(0)]);
    out.push('…');
}

/// The task that the name of a log gives: `monitor-2026-03-08.log` is about `monitor`. Names that every log has are none.
fn stem_task(path: &str) -> Option<String> {
    const COMMON: [&str; 14] = [
        "heartbeat",
        "log",
        "logs",
        "agent",
        "output",
        "out",
        "err",
        "main",
        "run",
        "runs",
        "history",
        "events",
        "stdout",
        "stderr",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_');
    let known = COMMON.contains(&stem.to_ascii_lowercase().as_str());
    (!known && stem.chars().any(char::is_alphabetic)).then(|| stem.to_owned())
}
