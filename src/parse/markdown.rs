//! Heartbeats kept as Markdown: dated headings, bullets and table rows that begin with a time, ledgers of `DATE | what`
//! lines, standups in which several agents have a section each, and files of one run each.
//!
//! A date alone is in force for what stands below it; only where nothing finer does is the heading itself the entry.
//! A status is claimed by a `Status` field, an emoji, or what a failing tool prints; prose claims nothing. What stands
//! below a heading such as "Plan" or "Tomorrow" has not happened.

use crate::domain::heartbeat::{Heartbeat, RunStatus, Stamp};
use crate::domain::text::Lent;
use crate::domain::time::Day;

use super::lines::{Line, LineKind, cells, checkbox, field, front_matter, lines};
use super::marker::{sign, worse};
use super::timestamp::{self, Found, Frame};
use super::vocabulary::{Class, Place, Vocabulary};
use super::{Body, Chunk, Context, Record, Rest, dated};

mod entry;
mod page;
mod standup;
mod table;
#[cfg(test)]
mod tests;

use entry::{Entry, Opener, list, person, planned};
use table::Table;

/// Names of fields that hold how it went.
const STATUS: &[&str] = &["status", "state", "状态", "result", "outcome"];
/// A clock that runs back by more than this is on the next day, in milliseconds.
const HALF_A_DAY: u32 = 12 * 3_600_000;

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, mut take: impl FnMut(Record<'_>)) -> Rest {
    let lines = lines(chunk.bytes, chunk.line);
    let base = chunk.offset;
    let mut placed = |record: Record<'static>| {
        take(Record {
            offset: record.offset + base,
            ..record
        });
    };
    match page::read(&lines, ctx) {
        Some(record) => placed(record),
        None => Reading::of(&lines, ctx, placed),
    }
    let newlines = memchr::memchr_iter(b'\n', chunk.bytes).count() as u32;
    Rest {
        consumed: chunk.bytes.len(),
        next_line: chunk.line + newlines,
        ..Rest::default()
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
    let mut found = false;
    read(Chunk::whole(text.as_bytes()), &ctx, |_| found = true);
    found
}

/// Whether the text is about one run, by what it says before anything else.
pub(super) fn is_page(text: &str, path: &str, vocabulary: &Vocabulary) -> bool {
    let ctx = Context {
        path,
        zone: crate::domain::time::Zone::UTC,
        modified: crate::domain::time::Ts(0),
        vocabulary,
    };
    text.trim_start_matches('\u{feff}').starts_with("---")
        && page::read(&lines(text.as_bytes(), 1), &ctx).is_some()
}

/// Whether the text is a ledger of what was done, one `DATE | what` a line: at least three, and half of its lines.
pub(super) fn is_ledger(text: &str, vocabulary: &Vocabulary) -> bool {
    let lines = lines(text.as_bytes(), 1);
    let written = lines.iter().filter(|line| line.kind != LineKind::Blank);
    let (mut all, mut dated) = (0, 0);
    for line in written {
        all += 1;
        dated += u32::from(ledger_row(&line.text, vocabulary).is_some());
    }
    dated >= 3 && dated * 2 >= all
}

/// `2026-03-28 | id | title`, also with a clock.
fn ledger_row<'a>(text: &'a str, vocabulary: &Vocabulary) -> Option<(Found, &'a str)> {
    let (found, end) = timestamp::scan(text, vocabulary)?;
    let rest = text[end..].trim_start().strip_prefix('|')?;
    (found.day.is_some() && !rest.trim().is_empty()).then_some((found, rest.trim()))
}

struct Reading<'a, 'c, T> {
    ctx: &'a Context<'c>,
    lines: &'a [Line<'a>],
    /// Whether the days run backwards; told at the first clock that does.
    newest_first: Option<bool>,
    /// The table that is being read.
    table: Table,
    day: Option<Day>,
    /// The last clock of the day in force, in milliseconds.
    clock: Option<u32>,
    /// The agent that the file is about, where its name or its first lines say so.
    agent: Option<String>,
    /// Several agents have a section each.
    standup: bool,
    /// Several agents have a line each, which begins with a name in bold.
    bold_names: bool,
    /// Below a heading of this level stands what is only planned.
    planned: Option<usize>,
    open: Option<Entry>,
    /// The dated heading that the open entry stands under.
    held: Option<Entry>,
    take: T,
}

impl<'a, 'c, T: FnMut(Record<'static>)> Reading<'a, 'c, T> {
    fn of(lines: &'a [Line<'a>], ctx: &'a Context<'c>, take: T) {
        let (fields, matter) = front_matter(lines);
        let field = |names: &[&str]| {
            let found = fields.iter().find(|(name, _)| names.contains(&&**name));
            found.map(|(_, value)| value.as_str())
        };
        let stated = field(&["date", "day"]).and_then(|date| Day::parse(date.get(..10)?));
        let standup = ctx.path.to_ascii_lowercase().contains("standup");
        let of_name = || standup.then(|| agent_in_name(ctx.path)).flatten();
        let mut reading = Self {
            ctx,
            lines,
            newest_first: None,
            table: Table::default(),
            day: stated.or_else(|| timestamp::day_in_name(ctx.path)),
            clock: None,
            agent: field(&["agent", "author"])
                .map(str::to_owned)
                .or_else(of_name),
            standup,
            bold_names: standup && standup::has_bold_names(lines),
            planned: None,
            open: None,
            held: None,
            take,
        };
        reading.open = of_file_name(lines, ctx, standup);
        for line in &lines[matter.min(lines.len())..] {
            reading.line(line);
        }
        reading.close_all();
    }

    fn line(&mut self, line: &Line) {
        if line.kind != LineKind::Row {
            self.table = Table::default();
        }
        match line.kind {
            LineKind::Heading(level) => self.heading(line, level),
            LineKind::Bullet(indent) => self.bullet(line, indent),
            LineKind::Row => self.row(line),
            LineKind::Text if ledger_row(&line.text, self.ctx.vocabulary).is_some() => {
                self.bullet(line, 0);
            }
            LineKind::Text if self.is_bold_entry(&line.text) => self.bullet(line, 0),
            LineKind::Text if self.standup && is_bold(&line.text) => self.heading(line, 6),
            LineKind::Text if self.of_person(line, 0) => {}
            LineKind::Text => self.inner(line),
            LineKind::Blank => {}
        }
    }

    /// `**2026-03-28 10:15** — what was done`, where no list is used.
    fn is_bold_entry(&self, text: &str) -> bool {
        let found = text
            .starts_with("**")
            .then(|| dated::in_bullet(text, self.ctx.vocabulary));
        found
            .flatten()
            .is_some_and(|(found, _)| found.day.is_some() && found.clock.is_some())
    }

    fn heading(&mut self, line: &Line, level: usize) {
        if self.planned.is_some_and(|of| level <= of) {
            self.planned = None;
        }
        let dated = dated::in_heading(&line.text, self.ctx.vocabulary);
        if dated.is_none() && planned(&line.text) {
            self.planned = Some(level);
        }
        if let Some((found, title)) = dated {
            self.close_all();
            if found.clock.is_none() {
                self.day = found.day;
                self.clock = None;
            }
            self.begin(line, Opener::Heading(level), Some(found), title);
            return;
        }
        while self.open.as_ref().is_some_and(|e| !e.opener.holds(level)) {
            self.close();
        }
        let clocked = self.open.as_ref().is_some_and(Entry::has_clock);
        if !clocked
            && self.day.is_some()
            && self.planned.is_none()
            && let Some((found, title)) = dated::clock_in_heading(&line.text, self.ctx.vocabulary)
        {
            self.stands_under();
            self.begin(line, Opener::Heading(level), Some(found), title);
            return;
        }
        let list = list(&line.text);
        match &mut self.open {
            // A heading below a mere date may turn out to be an entry of its own.
            Some(entry) if list.is_none() && entry.is_day() => {
                self.held = self.open.take();
                self.begin(
                    line,
                    Opener::Heading(level),
                    None,
                    line.text.clone().into_owned(),
                );
            }
            Some(entry) => {
                entry.list = list;
                entry.headed = true;
                entry.parts += 1;
                entry.end = line.end;
            }
            None => {}
        }
    }

    fn bullet(&mut self, line: &Line, indent: usize) {
        if self.of_person(line, indent) {
            return;
        }
        let within = self.open.as_ref().filter(|e| e.opener.is_heading());
        // A "Time" field below a heading is the heading's time; below a heading with a clock all bullets are its content.
        let timed = || field(&line.text).is_some_and(|(name, _)| dated::is_time(&name));
        let content = within.is_some_and(|e| e.has_clock() || timed());
        let (done, text) = checkbox(&line.text);
        let found = dated::in_bullet(text, self.ctx.vocabulary).filter(|(found, _)| {
            let dated = found.day.is_some() || found.clock.is_some() && self.day.is_some();
            dated && indent < 2 && !content && self.planned.is_none()
        });
        let Some((found, rest)) = found else {
            self.inner(line);
            return;
        };
        if done == Some(false) {
            // An open box has yet to happen.
            return;
        }
        self.stands_under();
        let rest = rest.to_owned();
        self.begin(line, Opener::Bullet(indent), Some(found), rest);
        if let Some(entry) = self.open.as_mut().filter(|_| done == Some(true)) {
            entry.status = worse(RunStatus::Ok, entry.status);
        }
        if let Some((_, row)) = ledger_row(&line.text, self.ctx.vocabulary)
            && let Some(entry) = &mut self.open
        {
            entry.of_ledger(row);
        }
    }

    /// `| 09:00 | mail | ✅ |`: a row that begins with a time is an entry, any other tells of a part of the open one.
    fn row(&mut self, line: &Line) {
        let all: Vec<&str> = cells(&line.text).collect();
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return;
        };
        if self.table.is_rule(&all) || self.row_of_person(line, &all) {
            return;
        }
        let judge = self
            .table
            .judge()
            .and_then(|at| all.get(at))
            .unwrap_or(last);
        let class = self.verdict(judge);
        let within = self.open.as_ref().filter(|e| e.opener.is_heading());
        let content = within.is_some_and(Entry::has_clock);
        let timed = self.time_of_row(&all);
        if let Some((at, found)) =
            timed.filter(|_| !content && self.planned.is_none() && all.len() > 1)
        {
            // How it went stands where the table's head says, or last, else in the first cell that says so.
            let judge = match class {
                Some(_) => Some(self.table.judge().unwrap_or(all.len() - 1)),
                None if self.table.judge().is_some() => None,
                None => (0..all.len()).find(|i| *i != at && self.verdict(all[*i]).is_some()),
            };
            let class = judge.and_then(|judge| self.verdict(all[judge]));
            if class == Some(Class::Pending) {
                return;
            }
            self.stands_under();
            let judge = judge.filter(|_| all.len() > 2);
            let said = all
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != at && Some(*i) != judge);
            let said: Vec<&str> = said.map(|(_, cell)| *cell).collect();
            self.begin(line, Opener::Bullet(0), Some(found), said.join(" · "));
            if let (Some(entry), Some(class)) = (&mut self.open, class) {
                entry.status = class.run_status();
                entry.declared = true;
            }
            return;
        }
        if let (Some(entry), Some(class)) = (&mut self.open, class)
            && all.len() > 1
        {
            entry.end = line.end;
            entry.part(class, first);
        }
    }

    /// The cell of a row that is its time: the first one, else one that names the day, too.
    fn time_of_row(&self, all: &[&str]) -> Option<(usize, Found)> {
        let whole = |cell: &str| {
            let (found, end) = timestamp::scan(cell, self.ctx.vocabulary)?;
            (end == cell.len()).then_some(found)
        };
        let first = whole(all.first()?).filter(|f| f.day.is_some() || self.day.is_some());
        let further = || {
            let mut cells = all.iter().enumerate().skip(1);
            cells.find_map(|(i, cell)| {
                let found = whole(cell).filter(|f| f.day.is_some() && f.clock.is_some())?;
                Some((i, found))
            })
        };
        first.map(|found| (0, found)).or_else(further)
    }

    /// What a cell says by itself: a sign, or one of the words for how it went.
    fn verdict(&self, cell: &str) -> Option<Class> {
        let short = cell.split_whitespace().count() <= 3;
        let class = self.ctx.vocabulary.class(cell, Place::Status);
        class.filter(|_| short && !cell.is_empty())
    }

    /// Ends the entries beside a new one; the day that both stand under is only their heading.
    fn stands_under(&mut self) {
        while self.open.as_ref().is_some_and(|e| !e.is_day()) {
            self.close();
        }
        if let Some(mut day) = self.open.take() {
            day.outer = true;
            self.held = Some(day);
        }
    }

    fn begin(&mut self, line: &Line, opener: Opener, found: Option<Found>, title: String) {
        self.open = Some(Entry::new(line, opener, found, title));
    }

    /// A line inside the entry that is open.
    fn inner(&mut self, line: &Line) {
        let vocabulary = self.ctx.vocabulary;
        let Some(entry) = &mut self.open else {
            return;
        };
        entry.end = line.end;
        if self.planned.is_some() || line.text == "---" {
            return;
        }
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
            if self.standup && standup::is_part(&name) {
                entry.parts += 1;
            }
            let nested = matches!(line.kind, LineKind::Bullet(indent) if indent >= 2);
            if STATUS.contains(&name.as_str()) && !value.is_empty() && !nested {
                entry.declare(value, vocabulary);
                return;
            }
            let opened = list(&name);
            let part = entry.list.is_some() && entry.headed;
            if value.is_empty() && (opened.is_some() || !part) {
                entry.list = opened;
                entry.headed = false;
                entry.parts += u32::from(opened.is_some());
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
        let Some(mut entry) = self.open.take() else {
            return;
        };
        self.open = self.held.take();
        let mut agent = self.agent.clone();
        if entry.found.is_none() {
            let of_person = self.standup && entry.parts > 0;
            let name = of_person.then(|| person(&entry.title)).flatten();
            match (&mut self.open, name) {
                (Some(day), Some(name)) => {
                    entry.found = day.found;
                    agent = Some(name);
                }
                (Some(day), None) => {
                    day.absorb(entry);
                    return;
                }
                (None, _) => return,
            }
        }
        if let Some(day) = &mut self.open {
            day.outer = true;
        }
        if entry.outer {
            return;
        }
        if let Some(stamp) = self.stamp(&entry) {
            (self.take)(record(entry, stamp, agent));
        }
    }

    fn close_all(&mut self) {
        self.close();
        self.close();
    }

    /// Whether the first day that a heading names is later than the last.
    fn is_newest_first(&mut self) -> bool {
        *self.newest_first.get_or_insert_with(|| {
            let heading = |line: &&Line<'_>| matches!(line.kind, LineKind::Heading(_));
            let day = |line: &Line<'_>| dated::in_heading(&line.text, self.ctx.vocabulary)?.0.day;
            let mut days = self.lines.iter().filter(heading).filter_map(day);
            let first = days.next();
            first.is_some_and(|first| days.next_back().is_some_and(|last| last < first))
        })
    }

    /// The moment of an entry. A clock that runs back by more than half a day is on the next day.
    fn stamp(&mut self, entry: &Entry) -> Option<Stamp> {
        let found = entry.found?;
        if let (None, Some(day), Some(clock)) = (found.day, self.day, found.clock) {
            if self.clock.is_some_and(|last| last > clock + HALF_A_DAY) && !self.is_newest_first() {
                self.day = Some(day.plus(1));
            }
            self.clock = Some(clock);
        }
        found.stamp(&Frame {
            zone: self.ctx.zone,
            day: self.day,
            vocabulary: self.ctx.vocabulary,
        })
    }
}

/// The entry that a file of one run, or the standup of one day, is, where its name says when and no heading does: all of it.
fn of_file_name(lines: &[Line<'_>], ctx: &Context<'_>, standup: bool) -> Option<Entry> {
    let dated = |line: &Line<'_>| match line.kind {
        LineKind::Heading(_) => dated::in_heading(&line.text, ctx.vocabulary).is_some(),
        LineKind::Bullet(0) if !standup => dated::in_bullet(&line.text, ctx.vocabulary).is_some(),
        LineKind::Bullet(_) | LineKind::Row | LineKind::Text | LineKind::Blank => false,
    };
    let said = |line: &&Line<'_>| !matches!(line.kind, LineKind::Blank | LineKind::Heading(_));
    let first = lines.iter().find(said)?;
    let folders = ["runs", "logs", "log", "heartbeat", "heartbeats", "outputs"];
    let of_run = || {
        folders
            .contains(&ctx.path.rsplit('/').nth(1)?)
            .then(|| timestamp::time_in_name(ctx.path))?
    };
    let of_day = || {
        Some(Found {
            day: Some(timestamp::day_in_name(ctx.path)?),
            ..Found::default()
        })
    };
    let found = if standup { of_day() } else { of_run() }?;
    let whole = !lines.iter().any(dated);
    whole.then(|| Entry::new(first, Opener::Heading(0), Some(found), String::new()))
}

fn record(entry: Entry, at: Stamp, agent: Option<String>) -> Record<'static> {
    Record {
        offset: entry.offset as u64,
        len: (entry.end - entry.offset) as u32,
        line: entry.number,
        body: Body::Beat(Heartbeat {
            agent: agent.map(Lent::from),
            ..entry.beat(at)
        }),
    }
}

/// A line that is one bold word or two: what some write in place of a heading.
fn is_bold(text: &str) -> bool {
    let inner = text.strip_prefix("**").and_then(|t| t.strip_suffix("**"));
    inner.is_some_and(|name| !name.contains("**") && name.split_whitespace().count() <= 3)
}

/// The agent that a standup's file name ends with: `2026-03-19-misty.md`.
fn agent_in_name(path: &str) -> Option<String> {
    timestamp::day_in_name(path)?;
    let name = path.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let tail = stem.rsplit(|c: char| c.is_ascii_digit()).next()?;
    let tail = tail.strip_prefix(['-', '_', '.'])?;
    let common = ["standup", "daily", "report", "log", "notes", "update"];
    let plain = !tail.is_empty() && tail.chars().all(|c| c.is_alphanumeric() || c == '-');
    (plain && !common.contains(&tail)).then(|| tail.to_lowercase())
}
