//! Heartbeats kept as Markdown: dated headings, or bullets that begin with a time.
//!
//! A date alone is in force for what stands below it; only where nothing finer does is the heading itself the entry.
//! A status is claimed by a `Status` field, an emoji, or what a failing tool prints; prose claims nothing.

use crate::domain::heartbeat::{Heartbeat, Item, Items, RunStatus, Stamp};
use crate::domain::text::Lent;
use crate::domain::time::Day;

use super::lines::{Line, LineKind, field, lines};
use super::marker::{sign, worse};
use super::timestamp::{self, Found, Frame};
use super::vocabulary::{Class, Place, Vocabulary};
use super::{Body, Carry, Chunk, Context, Parsed, Record, dated};

#[cfg(test)]
mod tests;

/// Most items taken from one entry.
const MOST_ITEMS: usize = 50;
/// Longest message made of an entry, in bytes.
const MOST_MESSAGE: usize = 400;

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>) -> Parsed {
    let mut reading = Reading {
        ctx,
        base: chunk.offset,
        day: timestamp::day_in_name(ctx.path),
        open: None,
        held: None,
        records: Vec::new(),
    };
    for line in lines(chunk.bytes, chunk.line) {
        reading.line(&line);
    }
    reading.close_all();
    let newlines = memchr::memchr_iter(b'\n', chunk.bytes).count() as u32;
    Parsed {
        records: reading.records,
        diagnostics: Vec::new(),
        consumed: chunk.bytes.len(),
        next_line: chunk.line + newlines,
        carry: Carry::default(),
    }
}

/// Whether the text has at least one entry; otherwise it is a document.
pub(super) fn has_entries(text: &str, path: &str, vocabulary: &Vocabulary) -> bool {
    let ctx = Context {
        path,
        zone: crate::domain::time::Zone::UTC,
        modified: crate::domain::time::Ts(0),
        vocabulary,
    };
    let chunk = Chunk::whole(text.as_bytes());
    !read(chunk, &ctx).records.is_empty()
}

/// What opened an entry decides what can end it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opener {
    Heading(usize),
    Bullet(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Did,
    Skipped,
    Failed,
}

struct Entry {
    /// Without a clock only a day or nothing is known yet.
    found: Option<Found>,
    opener: Opener,
    title: String,
    text: String,
    status: RunStatus,
    /// A `Status` field has spoken.
    declared: bool,
    word: Option<String>,
    list: Option<List>,
    did: Vec<Item<Lent<'static>>>,
    skipped: Vec<Item<Lent<'static>>>,
    failed: Vec<Item<Lent<'static>>>,
    offset: usize,
    end: usize,
    number: u32,
    /// A finer entry was found within: this one is only its heading.
    outer: bool,
}

struct Reading<'a, 'c> {
    ctx: &'a Context<'c>,
    base: u64,
    day: Option<Day>,
    open: Option<Entry>,
    /// The dated heading that the open entry stands under.
    held: Option<Entry>,
    records: Vec<Record<'static>>,
}

impl Reading<'_, '_> {
    fn line(&mut self, line: &Line) {
        match line.kind {
            LineKind::Heading(level) => self.heading(line, level),
            LineKind::Bullet(indent) => self.bullet(line, indent),
            LineKind::Row | LineKind::Text => self.inner(line),
            LineKind::Blank => {}
        }
    }

    fn heading(&mut self, line: &Line, level: usize) {
        if let Some((found, title)) = dated::in_heading(&line.text, self.ctx.vocabulary) {
            self.close_all();
            if found.clock.is_none() {
                self.day = found.day;
            }
            self.begin(line, Opener::Heading(level), Some(found), title);
            return;
        }
        while self.open.as_ref().is_some_and(|e| !e.opener.holds(level)) {
            self.close();
        }
        let list = list(&line.text);
        match &mut self.open {
            // A heading below a mere date may turn out to be an entry of its own.
            Some(entry) if list.is_none() && entry.is_day() => {
                self.held = self.open.take();
                self.begin(line, Opener::Heading(level), None, line.text.clone());
            }
            Some(entry) => {
                entry.list = list;
                entry.end = line.end;
            }
            None => {}
        }
    }

    fn bullet(&mut self, line: &Line, indent: usize) {
        let within = self.open.as_ref().filter(|e| e.opener.is_heading());
        // A "Time" field below a heading is the heading's time; below a heading with a clock all bullets are its content.
        let content = within.is_some_and(|e| e.has_clock() || field(&line.text).is_some());
        let found = dated::in_bullet(&line.text, self.ctx.vocabulary).filter(|(found, _)| {
            let dated = found.day.is_some() || found.clock.is_some() && self.day.is_some();
            dated && indent < 2 && !content
        });
        let Some((found, rest)) = found else {
            self.inner(line);
            return;
        };
        while self.open.as_ref().is_some_and(|e| !e.is_day()) {
            self.close();
        }
        if let Some(mut day) = self.open.take() {
            day.outer = true;
            self.held = Some(day);
        }
        self.begin(line, Opener::Bullet(indent), Some(found), rest.to_owned());
    }

    fn begin(&mut self, line: &Line, opener: Opener, found: Option<Found>, title: String) {
        self.open = Some(Entry {
            found,
            opener,
            status: sign(&line.text),
            title,
            text: String::new(),
            declared: false,
            word: None,
            list: None,
            did: Vec::new(),
            skipped: Vec::new(),
            failed: Vec::new(),
            offset: line.offset,
            end: line.end,
            number: line.number,
            outer: false,
        });
    }

    /// A line inside the entry that is open.
    fn inner(&mut self, line: &Line) {
        let vocabulary = self.ctx.vocabulary;
        let Some(entry) = &mut self.open else {
            return;
        };
        entry.end = line.end;
        if let Some((name, value)) = field(&line.text) {
            if let Some(found) = dated::in_field(&name, value, vocabulary) {
                if entry.found.is_none_or(|f| f.clock.is_none()) && found.clock.is_some() {
                    entry.found = Some(Found {
                        day: found.day.or(entry.found.and_then(|f| f.day)),
                        ..found
                    });
                }
                return;
            }
            let nested = matches!(line.kind, LineKind::Bullet(indent) if indent >= 2);
            let known = ["status", "state", "状态", "result"].contains(&name.as_str());
            if known && !value.is_empty() && !nested {
                entry.declare(value, vocabulary);
                return;
            }
            if value.is_empty() {
                entry.list = list(&name);
                return;
            }
        }
        if !entry.declared {
            entry.status = worse(entry.status, sign(&line.text));
        }
        match (line.kind, entry.list) {
            (LineKind::Bullet(_), Some(list)) => entry.item(list, &line.text),
            (LineKind::Bullet(_) | LineKind::Text, None) => entry.say(&line.text),
            (LineKind::Row | LineKind::Text | LineKind::Heading(_) | LineKind::Blank, _) => {}
        }
    }

    /// Ends the entry that is open; the day it stands under, if any, is open again.
    fn close(&mut self) {
        let Some(entry) = self.open.take() else {
            return;
        };
        self.open = self.held.take();
        if entry.found.is_none() {
            if let Some(day) = &mut self.open {
                day.absorb(entry);
            }
            return;
        }
        if let Some(day) = &mut self.open {
            day.outer = true;
        }
        let Some(stamp) = self.stamp(&entry).filter(|_| !entry.outer) else {
            return;
        };
        self.records.push(Record {
            offset: self.base + entry.offset as u64,
            len: (entry.end - entry.offset) as u32,
            line: entry.number,
            body: Body::Beat(entry.beat(stamp)),
        });
    }

    fn close_all(&mut self) {
        self.close();
        self.close();
    }

    fn stamp(&self, entry: &Entry) -> Option<Stamp> {
        let frame = Frame {
            zone: self.ctx.zone,
            day: self.day,
            vocabulary: self.ctx.vocabulary,
        };
        entry.found?.stamp(&frame)
    }
}

impl Opener {
    fn is_heading(self) -> bool {
        matches!(self, Self::Heading(_))
    }

    /// Whether a heading of this level is a part of the entry.
    fn holds(self, level: usize) -> bool {
        match self {
            Self::Heading(own) => level > own,
            Self::Bullet(_) => false,
        }
    }
}

impl Entry {
    fn has_clock(&self) -> bool {
        self.found.is_some_and(|f| f.clock.is_some())
    }

    /// A heading that names a day and no clock.
    fn is_day(&self) -> bool {
        self.opener.is_heading() && self.found.is_some() && !self.has_clock()
    }

    /// Takes in a part that had no time of its own.
    fn absorb(&mut self, part: Self) {
        self.end = part.end;
        if !self.declared {
            self.status = if part.declared {
                part.status
            } else {
                worse(self.status, part.status)
            };
            self.word = self.word.take().or(part.word);
        }
        for (own, more) in [
            (&mut self.did, part.did),
            (&mut self.skipped, part.skipped),
            (&mut self.failed, part.failed),
        ] {
            own.extend(more);
            own.truncate(MOST_ITEMS);
        }
    }

    fn declare(&mut self, value: &str, vocabulary: &Vocabulary) {
        let class = vocabulary.class(value, Place::Status);
        self.declared = true;
        self.status = class.map_or(RunStatus::Unknown, Class::run_status);
        self.word = Some(value.to_owned());
    }

    fn say(&mut self, text: &str) {
        if self.text.len() + text.len() > MOST_MESSAGE {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(" · ");
        }
        self.text.push_str(text);
    }

    fn item(&mut self, list: List, text: &str) {
        let items = match list {
            List::Did => &mut self.did,
            List::Skipped => &mut self.skipped,
            List::Failed => &mut self.failed,
        };
        let nothing = ["none", "nothing", "n/a", "-", "无"];
        let bare = text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        if items.len() < MOST_ITEMS && !bare.is_empty() && !nothing.contains(&bare.as_str()) {
            items.push(Item {
                what: Lent::from(text.to_owned()),
                ..Item::default()
            });
        }
    }

    fn beat(self, at: Stamp) -> Heartbeat<'static> {
        let text = match (self.title.is_empty(), self.text.is_empty()) {
            (false, true) => self.title,
            (true, _) => self.text,
            (false, false) => format!("{} · {}", self.title, self.text),
        };
        Heartbeat {
            at,
            status: self.status,
            word: self.word.map(Lent::from),
            did: Items::from_list(self.did),
            skipped: Items::from_list(self.skipped),
            failed: Items::from_list(self.failed),
            msg: (!text.is_empty()).then(|| Lent::from(text)),
            ..Heartbeat::default()
        }
    }
}

/// The list that a heading or label opens.
fn list(name: &str) -> Option<List> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let has = |list: &[&str]| words.len() <= 4 && words.iter().any(|w| list.contains(w));
    if has(&["skipped", "skip", "deferred"]) {
        Some(List::Skipped)
    } else if has(&["failed", "failures", "errors", "failure"]) {
        Some(List::Failed)
    } else if has(&["did", "done", "completed", "accomplished", "added"]) && !has(&["not", "todo"])
    {
        Some(List::Did)
    } else {
        None
    }
}
