//! `schedule.json` and the many shapes of task lists.
//!
//! The document is read whole or not at all: of a file that does not parse the plan is empty and the diagnostics hold
//! damage, so that the caller keeps its last good reading.

use crate::domain::schedule::{Limit, Plan, Quiet};
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Span, Zone};

use super::diagnostic::{Diagnostic, DiagnosticKind};
use super::json::{Fault, Kind, Node, Outcome, Source, Tape};
use super::members::Members;
use super::numbering::Numbering;
use super::report::{Advice, Reporter};
use super::vocabulary::{Class, Place, Vocabulary};
use super::{Context, timestamp};
pub(super) use day_plan::is_one as is_day_plan;
pub(super) use done::read as done;
use task::Entry;

mod day_plan;
mod done;
pub mod names;
mod rule;
pub(super) mod task;
#[cfg(test)]
mod tests;
pub(super) mod timetable;

/// Largest plan that is read, in bytes.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most tasks taken from one file.
pub const MOST_TASKS: usize = 10_000;

/// Members that hold tasks, the contract's first.
pub(super) const LISTS: &[&str] = &[
    "tasks",
    "items",
    "reports",
    "entries",
    "posts",
    "agents",
    "stories",
    "userstories",
    "pipelines",
    "jobs",
    "messages",
    "queue",
    "pending",
    "drafts",
    "replies",
    "issues",
    "slots",
    "blocks",
    "events",
    "activities",
    "schedule",
    "agenda",
    "plan",
    "todos",
];

pub(super) const TOO_LONG: Advice = Advice {
    expected: "a plan of at most 4 MiB with at most 10,000 tasks",
    remedy: "start a new file each day",
};
const TORN: Advice = Advice {
    expected: "the rest of the document",
    remedy: "write a temporary file and rename it over this one",
};
const BROKEN: Advice = Advice {
    expected: "valid JSON",
    remedy: "let a JSON library write the document; the last good reading stays in force",
};
const TRAILING: Advice = Advice {
    expected: "one JSON document",
    remedy: "remove what follows the last brace",
};
const DUPLICATE: Advice = Advice {
    expected: "an id that occurs once",
    remedy: "give each task an id of its own",
};

/// Reads a plan. Empty, with damage among the diagnostics, where the document cannot be read.
pub(super) fn read(bytes: &[u8], ctx: &Context<'_>) -> (Plan, Vec<Diagnostic>) {
    let mut reporter = Reporter::new(bytes, 0, 1);
    if bytes.len() > MOST_BYTES {
        reporter.say(DiagnosticKind::Oversize, 0, TOO_LONG);
        return (Plan::default(), reporter.out);
    }
    if is_markdown(ctx.path) {
        return (day_plan::read(bytes, ctx), reporter.out);
    }
    let source = Source::new(bytes);
    if let Some(at) = memchr::memchr(0, bytes) {
        reporter.say(DiagnosticKind::NulBytes, at, TRAILING);
    }
    let tapes = documents(bytes, &mut reporter);
    let roots: Vec<Node<'_>> = tapes.iter().map(|tape| tape.root(&source)).collect();
    let mut plan = plan(&roots, ctx, &mut reporter);
    number_lines(&mut plan, bytes);
    duplicates(&plan, &mut reporter);
    (plan, reporter.out)
}

fn is_markdown(path: &str) -> bool {
    let end = path.rsplit('.').next().unwrap_or("");
    end.eq_ignore_ascii_case("md") || end.eq_ignore_ascii_case("markdown")
}

/// The documents of the file: one, or several appended one after another. What is damaged behind a good one is
/// reported; where the first is damaged nothing is read.
pub(super) fn documents(bytes: &[u8], reporter: &mut Reporter<'_>) -> Vec<Tape> {
    let mut tapes = Vec::new();
    let mut at = 0;
    loop {
        while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n' | 0))
            || bytes[at..].starts_with(b"\xef\xbb\xbf")
        {
            at += if bytes[at] == 0xef { 3 } else { 1 };
        }
        if at == bytes.len() {
            return tapes;
        }
        let mut tape = Tape::default();
        match tape.read(bytes, at) {
            Outcome::Value { end } => {
                tapes.push(tape);
                at = end;
            }
            Outcome::Cut if tapes.is_empty() => {
                reporter.say(DiagnosticKind::Torn, at, TORN);
                return tapes;
            }
            Outcome::Broken { at, fault } if tapes.is_empty() => {
                let kind = match fault {
                    Fault::Deep => DiagnosticKind::Oversize,
                    Fault::OpenString | Fault::Syntax => DiagnosticKind::Invalid,
                };
                reporter.say(kind, at, BROKEN);
                return tapes;
            }
            Outcome::Cut | Outcome::Broken { .. } => {
                reporter.say(DiagnosticKind::Trailing, at, TRAILING);
                return tapes;
            }
        }
    }
}

fn plan(roots: &[Node<'_>], ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Plan {
    // Of several whole plans the last one is in force.
    let document = roots
        .iter()
        .rev()
        .find_map(|root| lists(*root, ctx.vocabulary));
    if let Some(root) = document {
        return of_object(root, ctx, reporter);
    }
    if let [root] = roots
        && root.is_object()
    {
        return of_object(*root, ctx, reporter);
    }
    // A bare array of tasks, or one task a line.
    let entries: Vec<Entry<'_>> = match roots {
        [root] => root.items().map(Entry::listed).collect(),
        many => many.iter().copied().map(Entry::listed).collect(),
    };
    let mut plan = Plan {
        date: timestamp::day_in_name(ctx.path),
        ..Plan::default()
    };
    plan.tasks = task::tasks(&entries, "", &plan, ctx, reporter);
    plan
}

/// The member that holds tasks: a list, or a map from name to task.
pub(super) fn list_of(root: Node<'_>) -> Option<(&'static str, Node<'_>)> {
    let members = Members::of(root);
    LISTS.iter().find_map(|name| {
        let node = members.get(&[name])?;
        let holds_objects = match node.kind() {
            Kind::Array => node.items().any(|n| n.is_object()),
            Kind::Object => node.fields().all(|(_, v)| v.is_object()),
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } => false,
        };
        holds_objects.then_some((*name, node))
    })
}

/// The object that holds tasks: the document, or the one member of it that does.
fn lists<'t>(root: Node<'t>, vocabulary: &Vocabulary) -> Option<Node<'t>> {
    let holds = |node: &Node<'_>| list_of(*node).is_some() || columns(*node, vocabulary).len() > 1;
    if holds(&root) {
        return Some(root);
    }
    let mut inner = root.fields().map(|(_, value)| value).filter(holds);
    let first = inner.next()?;
    inner.next().is_none().then_some(first)
}

/// Whether a document is a list of tasks, under whatever name, or a map of them.
pub(super) fn holds_tasks(root: Node<'_>, vocabulary: &Vocabulary) -> bool {
    lists(root, vocabulary).is_some() || is_map_of_tasks(root)
}

/// `{"send-mail": {"status": "pending"}}`: each value says how it stands or when it is due.
fn is_map_of_tasks(root: Node<'_>) -> bool {
    let stands = |(_, value): (Node<'_>, Node<'_>)| {
        let members = Members::of(value);
        let names = [names::STATUS, task::DUE];
        value.is_object() && names.iter().any(|names| members.get(names).is_some())
    };
    root.is_object() && root.fields().next().is_some() && root.fields().all(stands)
}

/// Lists that are called after the state of what they hold, as on a board: `todo`, `in_progress`, `done`.
fn columns<'t>(root: Node<'t>, vocabulary: &Vocabulary) -> Vec<(Class, Node<'t>)> {
    let column = |(key, value): (Node<'t>, Node<'t>)| {
        let class = vocabulary.class(&key.text()?, Place::Status)?;
        let empty = value.items().next().is_none();
        let list = value.kind() == Kind::Array && (empty || value.items().all(|n| n.is_object()));
        list.then_some((class, value))
    };
    root.fields().filter_map(column).collect()
}

fn of_object(root: Node<'_>, ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Plan {
    let members = Members::of(root);
    let zone = members.zone(&["tz", "timezone"]);
    let inner = Context {
        zone: zone.unwrap_or(ctx.zone),
        ..*ctx
    };
    let mut plan = Plan {
        agent: members.agent(&["agent", "agentid", "owner"]),
        date: members
            .day(&["date", "day"])
            .or_else(|| timestamp::day_in_name(ctx.path)),
        zone,
        generated: members.stamp(&["generated", "generatedat"], None, &inner),
        limits: limits(&members),
        quiet: Vec::new(),
        grace: members.span(&["graces", "grace"], Span::SECOND),
        spacing: members.span(&["spacings", "spacing"], Span::SECOND),
        tasks: Vec::new(),
    };
    quiet(&members, &mut plan);
    let columns = columns(root, ctx.vocabulary);
    if columns.len() > 1 {
        let of_column = |(class, list): &(Class, Node<'_>)| {
            let entries: Vec<Entry<'_>> = list.items().map(Entry::listed).collect();
            let mut tasks = task::tasks(&entries, "tasks", &plan, &inner, reporter);
            for task in tasks
                .iter_mut()
                .filter(|task| task.status == TaskStatus::Pending)
            {
                task.status = class.task_status();
            }
            tasks
        };
        plan.tasks = columns.iter().flat_map(of_column).collect();
        return plan;
    }
    plan.tasks = match list_of(root) {
        Some((name, list)) => task::tasks(&entries_of(list), name, &plan, &inner, reporter),
        None => without_list(root, &plan, &inner, reporter),
    };
    plan
}

/// The entries of a list, or of a map from name to task.
fn entries_of(list: Node<'_>) -> Vec<Entry<'_>> {
    match list.kind() {
        Kind::Object => list
            .fields()
            .map(|(key, node)| Entry {
                key: Some(key),
                node,
            })
            .collect(),
        Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } | Kind::Array => {
            list.items().map(Entry::listed).collect()
        }
    }
}

/// The tasks of a document that lists none: a rule of its own, or keys that say when.
fn without_list(
    root: Node<'_>,
    plan: &Plan,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    if is_map_of_tasks(root) {
        return task::tasks(&entries_of(root), "tasks", plan, ctx, reporter);
    }
    let tasks = task::of_bare_object(root, &Members::of(root), ctx, reporter);
    if tasks.is_empty() {
        timetable::read(root, plan, ctx, reporter)
    } else {
        tasks
    }
}

/// `limits: {comment: 8}` and the `posts_per_day: 12` of others.
fn limits(members: &Members<'_>) -> Vec<Limit> {
    let declared = members
        .get(&["limits"])
        .map(|node| actions(node))
        .unwrap_or_default();
    let per_day = members.all().filter_map(|(key, value)| {
        let action = key.strip_suffix("perday").filter(|a| !a.is_empty())?;
        let most = u32::try_from(value.count()?).ok()?;
        Some(Limit {
            action: Untrusted::from(action),
            most,
        })
    });
    declared.into_iter().chain(per_day).collect()
}

/// A map from action to number.
fn actions(node: Node<'_>) -> Vec<Limit> {
    let each = node.fields().filter_map(|(key, value)| {
        let most = u32::try_from(value.count()?).ok()?;
        Some(Limit {
            action: Untrusted::new(key.verbatim()),
            most,
        })
    });
    each.collect()
}

/// `quiet: [["23:00","07:00"]]`, `["23:00-07:00"]`, `quiet_hours_utc: ["00:00","06:00"]`, `{from, to}`.
fn quiet(members: &Members<'_>, plan: &mut Plan) {
    let in_utc = members.get(&["quiethoursutc"]);
    if in_utc.is_some() && plan.zone.is_none() {
        plan.zone = Some(Zone::UTC);
    }
    let Some(node) = in_utc.or_else(|| members.get(&["quiet", "quiethours"])) else {
        return;
    };
    plan.quiet = stretches(node);
}

/// One stretch of hours, or a list of them.
pub(super) fn stretches(node: Node<'_>) -> Vec<Quiet> {
    match pair(node) {
        Some(hours) => vec![hours],
        None => node.items().filter_map(pair).collect(),
    }
}

/// Every object of a list as a task, whatever the list is called.
pub(super) fn tasks_of(
    entries: &[Node<'_>],
    bytes: &[u8],
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    let mut plan = Plan::default();
    let entries: Vec<Entry<'_>> = entries.iter().copied().map(Entry::listed).collect();
    plan.tasks = task::tasks(&entries, "tasks", &plan, ctx, reporter);
    number_lines(&mut plan, bytes);
    plan.tasks
}

fn pair(node: Node<'_>) -> Option<Quiet> {
    let clock = |node: Node<'_>| ClockTime::parse(&node.text()?);
    if let Some(text) = node.text() {
        let (from, to) = timestamp::range(&text)?;
        return Some(Quiet { from, to });
    }
    if node.is_object() {
        let members = Members::of(node);
        let from = members.get(&["from", "start"]).and_then(clock)?;
        let to = members.get(&["to", "end", "until"]).and_then(clock)?;
        return Some(Quiet { from, to });
    }
    let mut ends = node.items();
    let (from, to) = (clock(ends.next()?)?, clock(ends.next()?)?);
    ends.next().is_none().then_some(Quiet { from, to })
}

pub(super) fn number_lines(plan: &mut Plan, bytes: &[u8]) {
    let mut numbering = Numbering::new(bytes, 1);
    for task in &mut plan.tasks {
        task.line = numbering.at(task.offset as usize);
    }
}

fn duplicates(plan: &Plan, reporter: &mut Reporter<'_>) {
    let mut seen = std::collections::HashSet::new();
    for task in &plan.tasks {
        if !seen.insert(&task.id) {
            reporter.say(DiagnosticKind::DuplicateId, task.offset as usize, DUPLICATE);
        }
    }
}
