//! `backlog.json` and `backlog.md`: what could be planned.
//!
//! ```text
//! {"hours": ["09:00-18:00"], "tasks": [{"id": "article", "tier": "mutating", "est_s": 1200, "deadline": "friday"}]}
//!
//! ## social
//! - [ ] publish article  tier:mutating resource:devto est:20m prio:1 due:friday after:draft uses:post=1
//! - [x] what is done is passed over
//! ```

use crate::domain::action::Reversible;
use crate::domain::backlog::{Backlog, Entry, Repeat, When};
use crate::domain::heartbeat::{Stamp, Surety};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::schedule::{Limit, Quiet, Schedule};
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::{Untrusted, decode};
use crate::domain::time::{ClockTime, Day, Zone};

use super::diagnostic::{Diagnostic, DiagnosticKind};
use super::items::tier;
use super::json::{Kind, Node, Source};
use super::members::Members;
use super::plan_file::{self, MOST_BYTES, MOST_TASKS, TOO_LONG};
use super::report::{Advice, Reporter};
use super::timestamp::{self, Frame};
use super::{Context, plan_file::documents};

const NO_ID_TWICE: Advice = Advice {
    expected: "an id that occurs once",
    remedy: "give each task an id of its own",
};
const STRANGE_WORD: Advice = Advice {
    expected: "a value that can be read behind the colon",
    remedy: "see docs/contract.md for the words of a backlog",
};
/// Longest id made from a text.
const MOST_SLUG: usize = 48;

/// Reads a backlog whole, by its name as Markdown or JSON.
pub(super) fn read(bytes: &[u8], ctx: &Context<'_>) -> (Backlog, Vec<Diagnostic>) {
    let mut reporter = Reporter::new(bytes, 0, 1);
    if bytes.len() > MOST_BYTES {
        reporter.say(DiagnosticKind::Oversize, 0, TOO_LONG);
        return (Backlog::default(), reporter.out);
    }
    let name = ctx.path.to_ascii_lowercase();
    let mut backlog = if name
        .rsplit('.')
        .next()
        .is_some_and(|end| matches!(end, "md" | "markdown"))
    {
        of_markdown(&decode(bytes), ctx, &mut reporter)
    } else {
        of_json(bytes, ctx, &mut reporter)
    };
    let mut seen = std::collections::HashSet::new();
    backlog.entries.retain(|entry| {
        let is_new = seen.insert(entry.task.id.clone());
        if !is_new {
            let place = usize::try_from(entry.task.offset).unwrap_or(0);
            reporter.say(DiagnosticKind::DuplicateId, place, NO_ID_TWICE);
        }
        is_new
    });
    (backlog, reporter.out)
}

fn of_json(bytes: &[u8], ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Backlog {
    let source = Source::new(bytes);
    let tapes = documents(bytes, reporter);
    let Some(root) = tapes.last().map(|tape| tape.root(&source)) else {
        return Backlog::default();
    };
    let mut backlog = Backlog::default();
    let mut inner = *ctx;
    if root.is_object() {
        let members = Members::of(root);
        backlog.agent = members.agent(&["agent", "owner"]);
        backlog.zone = members.zone(&["tz", "timezone"]);
        inner.zone = backlog.zone.unwrap_or(ctx.zone);
        backlog.hours = members
            .get(&["hours", "workinghours", "work"])
            .map(plan_file::stretches)
            .unwrap_or_default();
    }
    let list = plan_file::list_of(root).map_or(root, |(_, list)| list);
    let nodes: Vec<Node<'_>> = match list.kind() {
        Kind::Object => list.fields().map(|(_, value)| value).collect(),
        Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } | Kind::Array => {
            list.items().collect()
        }
    };
    let tasks = plan_file::tasks_of(&nodes, bytes, &inner, reporter);
    let objects = nodes.into_iter().filter(Node::is_object);
    backlog.entries = tasks
        .into_iter()
        .zip(objects)
        .map(|(task, node)| of_object(task, &Members::of(node), &inner))
        .collect();
    backlog
}

fn of_object(mut task: Task, m: &Members<'_>, ctx: &Context<'_>) -> Entry {
    let when = |names: &[&str]| {
        let node = m.get(names)?;
        match node.kind() {
            Kind::Text { .. } => when(&node.text()?, ctx),
            Kind::Number => m.stamp(names, None, ctx).map(When::At),
            Kind::Null | Kind::Bool(_) | Kind::Array | Kind::Object => None,
        }
    };
    let deadline = when(&["deadline", "dueby", "due", "dueat"]);
    let repeat = match (m.text(&["repeat", "recur", "recurs"]), &task.schedule) {
        (Some(word), _) => repeat(word.exact()),
        (None, Some(Schedule::Cron { expr, .. })) => Repeat::Cron(expr.clone()),
        (None, Some(Schedule::Every { .. } | Schedule::At(_)) | None) => Repeat::Once,
    };
    task.due = None;
    task.schedule = None;
    Entry {
        task,
        agent: m.agent(&["agent", "assignee", "owner", "assignedto"]),
        section: None,
        not_before: when(&["notbefore", "start", "from", "earliest"]),
        deadline,
        repeat,
    }
}

fn of_markdown(text: &str, ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Backlog {
    let mut backlog = Backlog::default();
    let mut section = None;
    let (mut offset, mut number) = (0, 0);
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        number += 1;
        let bare = line.trim();
        if let Some(heading) = bare.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            section = (!heading.is_empty()).then(|| Untrusted::from(heading));
            continue;
        }
        if let Some((is_done, words)) = checkbox(bare) {
            let indented =
                line.starts_with(['\t', ' ']) && line.len() - line.trim_start().len() >= 2;
            if indented && let Some(above) = backlog.entries.last_mut() {
                above.task.done_criteria.push(Untrusted::from(words));
                continue;
            }
            if backlog.entries.len() >= MOST_TASKS {
                reporter.say(DiagnosticKind::Oversize, at, TOO_LONG);
                break;
            }
            let mut entry = line_entry(words, ctx, (at, reporter));
            entry.section.clone_from(&section);
            entry.task.offset = at as u64;
            entry.task.line = number;
            if is_done {
                entry.task.status = TaskStatus::Done;
            }
            backlog.entries.push(entry);
        } else if let Some((key, value)) = bare.split_once(':') {
            setting(&mut backlog, key, value.trim());
        }
    }
    backlog
}

/// `hours: 09:00-18:00, 20:00-22:00` and `tz: Europe/Kyiv` before or between the lists.
fn setting(backlog: &mut Backlog, key: &str, value: &str) {
    match key.trim().to_ascii_lowercase().as_str() {
        "hours" | "working hours" => {
            let stretch = |part: &str| {
                let (from, to) = timestamp::range(part.trim())?;
                Some(Quiet { from, to })
            };
            backlog.hours = value.split(',').filter_map(stretch).collect();
        }
        "tz" | "timezone" => backlog.zone = Zone::parse(value),
        _ => {}
    }
}

/// What follows `- [ ]`, `* [x]` or `1. [ ]`, and whether it is over: any mark in the box means so.
fn checkbox(line: &str) -> Option<(bool, &str)> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = if digits > 0 {
        line[digits..].strip_prefix(['.', ')'])?
    } else {
        line.strip_prefix(['-', '*', '+'])?
    };
    let rest = rest.trim_start().strip_prefix('[')?;
    let (mark, words) = rest.split_once(']')?;
    (mark.chars().count() <= 1).then(|| (!mark.trim().is_empty(), words.trim()))
}

fn line_entry(words: &str, ctx: &Context<'_>, mut doubts: (usize, &mut Reporter<'_>)) -> Entry {
    let mut entry = Entry {
        task: Task::named(TaskId::from("")),
        agent: None,
        section: None,
        not_before: None,
        deadline: None,
        repeat: Repeat::Once,
    };
    let mut title: Vec<&str> = Vec::new();
    let mut id = None;
    for word in split(words) {
        if let Some(name) = word.strip_prefix('@').filter(|name| !name.is_empty()) {
            entry.agent = Some(AgentId::from(name));
            continue;
        }
        match word.split_once(':') {
            Some(("id", value)) if !value.is_empty() => id = Some(TaskId::from(value)),
            Some((key, value)) if !value.is_empty() && is_key(key) => {
                if set(&mut entry, key, value.trim_matches('"'), ctx).is_none() {
                    let (at, reporter) = &mut doubts;
                    reporter.say(DiagnosticKind::WrongType, *at, STRANGE_WORD);
                }
            }
            _ => title.push(word),
        }
    }
    let title = title.join(" ");
    entry.task.id = id.unwrap_or_else(|| TaskId::new(slug(&title)));
    entry.task.title = (!title.is_empty()).then(|| Untrusted::from(title));
    entry
}

/// Words, where a value in double quotes may hold spaces.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (None, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        }
        match (c.is_whitespace() && !quoted, start) {
            (true, Some(from)) => {
                words.push(&text[from..at]);
                start = None;
            }
            (false, None) => start = Some(at),
            (true, None) | (false, Some(_)) => {}
        }
    }
    words.extend(start.map(|from| &text[from..]));
    words
}

const KEYS: &[&str] = &[
    "tier",
    "reversible",
    "rev",
    "resource",
    "res",
    "est",
    "prio",
    "priority",
    "due",
    "deadline",
    "by",
    "from",
    "start",
    "not_before",
    "after",
    "depends",
    "depends_on",
    "repeat",
    "every",
    "uses",
    "key",
    "agent",
    "reviewer",
    "jitter",
    "criteria",
    "done_criteria",
    "shared",
];

fn is_key(word: &str) -> bool {
    KEYS.contains(&word)
}

/// None where the value says nothing that is understood.
fn set(entry: &mut Entry, key: &str, value: &str, ctx: &Context<'_>) -> Option<()> {
    let task = &mut entry.task;
    let listed = || {
        value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    };
    match key {
        "tier" => task.tier = Some(tier(value)?),
        "reversible" | "rev" => {
            task.reversible = match value {
                "yes" | "true" => Reversible::Yes,
                "no" | "false" => Reversible::No,
                _ => return None,
            };
        }
        "resource" | "res" => task.resources.extend(listed().map(Untrusted::from)),
        "shared" => task.shared = matches!(value, "yes" | "true"),
        "est" => task.estimate = Some(timestamp::length(value)?),
        "jitter" => task.jitter = timestamp::length(value)?.abs(),
        "prio" | "priority" => task.priority = Some(value.parse().ok()?),
        "due" | "deadline" | "by" => entry.deadline = Some(when(value, ctx)?),
        "from" | "start" | "not_before" => entry.not_before = Some(when(value, ctx)?),
        "after" | "depends" | "depends_on" => task.depends_on.extend(listed().map(TaskId::from)),
        "repeat" | "every" => entry.repeat = repeat(value),
        "uses" => {
            for part in listed() {
                let (action, most) = part.split_once('=').unwrap_or((part, "1"));
                task.uses.push(Limit {
                    action: Untrusted::from(action),
                    most: most.parse().ok()?,
                });
            }
        }
        "key" => task.key = Some(Untrusted::from(value)),
        "agent" => entry.agent = Some(AgentId::from(value)),
        "reviewer" => task.reviewer = Some(AgentId::from(value)),
        "criteria" | "done_criteria" => task.done_criteria.push(Untrusted::from(value)),
        _ => return None,
    }
    Some(())
}

/// `2026-03-28`, a moment, `friday`, `14:00`.
fn when(text: &str, ctx: &Context<'_>) -> Option<When> {
    let text = text.trim();
    if let Some(clock) = ClockTime::parse(text) {
        return Some(When::Clock(clock));
    }
    if let Some(day) = Day::weekday_named(text) {
        return Some(When::Weekday(day));
    }
    if let Some(day) = Day::parse(text) {
        return Some(When::Day(day));
    }
    let frame = Frame {
        zone: ctx.zone,
        day: None,
        vocabulary: ctx.vocabulary,
    };
    let stamp: Stamp = timestamp::stamp(text, &frame)?;
    (stamp.surety != Surety::DayOnly).then_some(When::At(stamp))
}

/// `daily`, `weekdays`, `weekends`, `weekly` (on Mondays), `monthly` (on the first), `monthly-15`, `mon,thu`, or cron.
fn repeat(text: &str) -> Repeat {
    let lower = text.trim().to_ascii_lowercase();
    match lower.as_str() {
        "" | "no" | "once" | "never" => return Repeat::Once,
        "daily" | "day" | "1d" => return Repeat::DAILY,
        "weekdays" | "workdays" => return Repeat::Weekdays(0b001_1111),
        "weekends" => return Repeat::Weekdays(0b110_0000),
        "weekly" => return Repeat::Weekdays(1),
        "monthly" => return Repeat::Monthly(1),
        _ => {}
    }
    if let Some(day) = lower.strip_prefix("monthly-")
        && let Ok(day) = day.parse::<u32>()
        && (1..=31).contains(&day)
    {
        return Repeat::Monthly(day);
    }
    let days: Option<u8> = lower
        .split([',', '+'])
        .map(|part| Day::weekday_named(part.trim()).map(|day| 1_u8 << day))
        .try_fold(0, |all, day| day.map(|day| all | day));
    if let Some(days) = days {
        return Repeat::Weekdays(days);
    }
    if (5..=6).contains(&text.split_whitespace().count()) {
        return Repeat::Cron(Untrusted::from(text.trim()));
    }
    Repeat::Unclear(Untrusted::from(text.trim()))
}

fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= MOST_SLUG {
            break;
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() {
        "task".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// The members of a task's object as they stand, for writing it anew with nothing lost. None where no object begins
/// there.
pub(super) fn verbatim(bytes: &[u8], offset: u64) -> Option<Vec<(String, String)>> {
    let at = usize::try_from(offset).ok()?;
    let mut tape = super::json::Tape::default();
    let super::json::Outcome::Value { .. } = tape.read(bytes, at) else {
        return None;
    };
    let source = Source::new(bytes);
    let root = tape.root(&source);
    if !root.is_object() {
        return None;
    }
    let text = |node: Node<'_>| {
        let (from, to) = node.span();
        Some(std::str::from_utf8(bytes.get(from..to)?).ok()?.to_owned())
    };
    root.fields()
        .map(|(key, value)| Some((key.verbatim().into_owned(), text(value)?)))
        .collect()
}

#[cfg(test)]
mod tests;
