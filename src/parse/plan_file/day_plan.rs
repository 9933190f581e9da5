//! A day's plan in Markdown: lines that begin with a clock or a range of clocks.
//!
//! ```text
//! ---
//! date: 2026-03-28
//! agent: social
//! tz: Europe/Kyiv
//! ---
//! ## Morning
//! - [x] 09:00–10:30 write the article
//! - [ ] 10:10 morning replies id:replies
//! | 22:30–01:30 | deploy | planned |
//! ```
//!
//! The day must be said: by the front matter, a dated heading or the file's name. Without one the lines are a habit
//! or a template, and nothing is due.

use crate::domain::heartbeat::Stamp;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::schedule::Plan;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::{Untrusted, decode};
use crate::domain::time::{Day, Span, Zone};

use super::super::lines::{Line, LineKind, cells, checkbox, field, front_matter, lines};
use super::super::timestamp::{self, Found, Frame, scan};
use super::super::vocabulary::{Class, Place, Vocabulary};
use super::super::{Context, dated};

/// Longest id made from a text, in characters.
const MOST_SLUG: usize = 48;
/// A clock that runs back by more than this is on the next day, in milliseconds.
const HALF_A_DAY: u32 = 12 * 3_600_000;
const DAY: u32 = 24 * 3_600_000;

pub(in super::super) fn read(bytes: &[u8], ctx: &Context<'_>) -> Plan {
    let lines = lines(bytes, 1);
    let (fields, matter) = front_matter(&lines);
    let stated = |names: &[&str]| {
        let found = fields.iter().find(|(name, _)| names.contains(&&**name));
        found.map(|(_, value)| value.as_str())
    };
    let zone = stated(&["tz", "timezone", "zone"]).and_then(Zone::parse);
    let mut reading = Reading {
        ctx,
        zone,
        day: stated(&["date", "day"])
            .and_then(|day| Day::parse(day.get(..10)?))
            .or_else(|| timestamp::day_in_name(ctx.path)),
        clock: None,
        tasks: Vec::new(),
    };
    let mut plan = Plan {
        agent: stated(&["agent", "owner"]).map(AgentId::from),
        date: reading.day,
        zone,
        ..Plan::default()
    };
    for line in &lines[matter..] {
        reading.line(line);
    }
    plan.date = plan.date.or(reading.day);
    plan.tasks = reading.tasks;
    plan
}

/// Whether a document has at least two lines that say what is due when, and the day.
pub(in super::super) fn is_one(head: &[u8], path: &str, vocabulary: &Vocabulary) -> bool {
    let ctx = Context {
        path,
        zone: Zone::UTC,
        modified: crate::domain::time::Ts(0),
        vocabulary,
    };
    read(decode(head).as_bytes(), &ctx).tasks.len() >= 2
}

struct Reading<'a, 'c> {
    ctx: &'a Context<'c>,
    /// Where the plan names one.
    zone: Option<Zone>,
    day: Option<Day>,
    /// The last clock, in milliseconds since midnight.
    clock: Option<u32>,
    tasks: Vec<Task>,
}

impl Reading<'_, '_> {
    fn line(&mut self, line: &Line) {
        match line.kind {
            LineKind::Heading(_) => {
                if let Some((found, _)) = dated::in_heading(&line.text, self.ctx.vocabulary)
                    && found.clock.is_none()
                {
                    self.day = found.day;
                    self.clock = None;
                    return;
                }
                self.task(line, &line.text, None);
            }
            LineKind::Bullet(_) => {
                let (done, text) = checkbox(&line.text);
                let status = done.map(|done| {
                    if done {
                        TaskStatus::Done
                    } else {
                        TaskStatus::Pending
                    }
                });
                self.task(line, text, status);
            }
            LineKind::Row => self.row(line),
            LineKind::Text => self.task(line, &line.text, None),
            LineKind::Blank => {}
        }
    }

    /// `| 09:00 | what | status |`, the status only where it is one.
    fn row(&mut self, line: &Line) {
        let all: Vec<&str> = cells(&line.text).collect();
        let Some((last, first)) = all.split_last() else {
            return;
        };
        let class = self.ctx.vocabulary.class(last, Place::Status);
        let status = class.filter(|_| first.len() > 1).map(Class::task_status);
        let said = if status.is_some() { first } else { &all[..] };
        self.task(line, &said.join(" "), status);
    }

    fn task(&mut self, line: &Line, text: &str, status: Option<TaskStatus>) {
        if self.tasks.len() >= super::MOST_TASKS {
            return;
        }
        let Some((from, to, rest)) = span(text, self.ctx.vocabulary) else {
            return;
        };
        let Some(due) = self.due(&from) else {
            return;
        };
        let (title, id) = named(rest);
        if title.is_empty() {
            return;
        }
        let emoji = || {
            let class = super::super::vocabulary::words::emoji(rest)?;
            Some(class.task_status())
        };
        let length = from.clock.zip(to).map(|(from, to)| {
            let to = if to <= from { to + DAY } else { to };
            Span(i64::from(to - from))
        });
        self.tasks.push(Task {
            title: Some(Untrusted::from(title.as_str())),
            due: Some(due),
            estimate: length,
            status: status.or_else(emoji).unwrap_or_default(),
            offset: line.offset as u64,
            line: line.number,
            ..Task::named(self.free(id.unwrap_or_else(|| slug(&title))))
        });
    }

    /// The moment of a clock. One that runs back by more than half a day is on the next day.
    fn due(&mut self, found: &Found) -> Option<Stamp> {
        let clock = found.clock?;
        if found.day.is_some() {
            self.day = found.day;
        } else if self.clock.is_some_and(|last| last > clock + HALF_A_DAY) {
            self.day = self.day.map(|day| day.plus(1));
        }
        self.clock = Some(clock);
        let found = Found {
            zone: found.zone.or(self.zone),
            ..*found
        };
        found.stamp(&Frame {
            zone: self.ctx.zone,
            day: self.day,
            vocabulary: self.ctx.vocabulary,
        })
    }

    /// The same thing twice a day is two tasks.
    fn free(&self, id: String) -> TaskId {
        let taken = |id: &str| self.tasks.iter().any(|task| task.id.as_str() == id);
        let mut tried = id.clone();
        let mut n = 2;
        while taken(&tried) {
            tried = format!("{id}-{n}");
            n += 1;
        }
        TaskId::from(tried.as_str())
    }
}

/// The clock or range of clocks at the start of a text, and what follows. A field such as `Start: 09:00` is no task.
fn span<'a>(text: &'a str, vocabulary: &Vocabulary) -> Option<(Found, Option<u32>, &'a str)> {
    if field(text).is_some_and(|(name, _)| name.starts_with(char::is_alphabetic)) {
        return None;
    }
    let framed =
        |c: char| c.is_whitespace() || matches!(c, '*' | '[' | ']' | '(' | ')' | '`' | '_');
    let body = text.trim_start_matches(framed);
    let (from, end) = scan(body, vocabulary).filter(|(found, _)| found.clock.is_some())?;
    let rest = &body[end..];
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '%') {
        return None;
    }
    let dashed = rest
        .trim_start()
        .trim_start_matches(['-', '–', '—', '‒', '−', '→']);
    let to = (dashed.len() < rest.trim_start().len())
        .then(|| scan(dashed.trim_start(), vocabulary))
        .flatten()
        .filter(|(found, _)| found.clock.is_some());
    let rest = match to {
        Some((_, end)) => &dashed.trim_start()[end..],
        None => rest,
    };
    let rest =
        rest.trim_start_matches(|c| framed(c) || matches!(c, ':' | '-' | '–' | '—' | '|' | ','));
    Some((from, to.and_then(|(found, _)| found.clock), rest.trim_end()))
}

/// What a line says without its `id:word`, and that word.
fn named(text: &str) -> (String, Option<String>) {
    let mut id = None;
    let words = text.split_whitespace().filter(|word| {
        let own = word.strip_prefix("id:").filter(|own| !own.is_empty());
        if let Some(own) = own {
            id = Some(own.to_owned());
        }
        own.is_none()
    });
    let title: Vec<&str> = words.collect();
    let title = title.join(" ");
    let title = title.trim_matches(|c: char| c.is_whitespace() || c == '*' || c == '_');
    (title.to_owned(), id)
}

/// `write-the-article`
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.chars().count() >= MOST_SLUG {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}
