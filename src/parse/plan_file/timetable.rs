//! Plans whose keys say when: `{"monday": [{"time": "09:00", "task": "…"}]}`, `{"06:30": "…"}`, `{"2026-03-28": [{…}]}`; and
//! those whose values do: `{"jobs": {"brief": "0 7 * * *"}}`.

use crate::domain::id::TaskId;
use crate::domain::schedule::{Plan, Schedule};
use crate::domain::task::Task;
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Day, Zone};

use super::super::Context;
use super::super::json::{Kind, Node};
use super::super::members::Members;
use super::super::report::Reporter;
use super::super::timestamp::{Frame, scan};
use super::rule::{clock, of_text, weekday};
use super::task::{self, Entry, Name};
use super::{LISTS, MOST_TASKS};

/// Members that hold a map of times and mean nothing else.
const WRAPPERS: &[&str] = &[
    "schedule",
    "week",
    "weekly",
    "weeklyschedule",
    "days",
    "timetable",
    "routine",
    "plan",
    "daily",
    "calendar",
];

/// When what stands under a key is due.
#[derive(Clone, Copy)]
enum When<'a> {
    /// The weekdays of a cron pattern.
    Weekdays(&'a str),
    On(Day),
    /// Every day, at the clock that the key is.
    Daily(ClockTime),
}

/// The tasks of the document, where its keys say when they are due; none where they do not.
pub(super) fn read(
    root: Node<'_>,
    plan: &Plan,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    let members = Members::of(root);
    let inner = WRAPPERS
        .iter()
        .find_map(|name| members.get(&[name]).filter(Node::is_object));
    let tables = std::iter::once(root).chain(inner);
    let mut reading = Reading {
        plan,
        ctx,
        reporter: &mut *reporter,
        out: Vec::new(),
    };
    for table in tables {
        for (key, value) in table.fields() {
            if let Some(when) = key.text().and_then(|key| when(&key, plan, ctx)) {
                reading.under(when, value);
            }
        }
    }
    let mut tasks = reading.out;
    if tasks.is_empty() {
        let named = LISTS.iter().chain(WRAPPERS).find_map(|name| {
            let map = members.get(&[name]).filter(Node::is_object)?;
            let rules = rules(map, plan.zone, ctx);
            (!rules.is_empty()).then_some((map, rules))
        });
        if let Some((map, rules)) = named {
            tasks = rules;
            tasks.extend(objects(map, plan, ctx, reporter));
        }
    }
    distinct(&mut tasks);
    tasks
}

/// The entries of a map from name to rule that are written as texts.
pub(in super::super) fn rules(map: Node<'_>, zone: Option<Zone>, ctx: &Context<'_>) -> Vec<Task> {
    // The parts of one rule are no names.
    const PARTS: &[&str] = &[
        "cron",
        "expr",
        "expression",
        "pattern",
        "every",
        "interval",
        "time",
        "at",
    ];
    let rule = |(key, value): (Node<'_>, Node<'_>)| {
        if PARTS.contains(&&*key.verbatim()) {
            return None;
        }
        let schedule = match value.kind() {
            Kind::Text { .. } => of_text(value, None, ctx)?,
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Array | Kind::Object => return None,
        };
        Some(Task {
            schedule: Some(in_zone(schedule, zone)),
            offset: value.span().0 as u64,
            ..Task::named(TaskId::new(key.verbatim()))
        })
    };
    map.fields().filter_map(rule).take(MOST_TASKS).collect()
}

/// Those that are written as objects.
fn objects(
    map: Node<'_>,
    plan: &Plan,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    let entries: Vec<Entry<'_>> = map
        .fields()
        .filter(|(_, node)| node.is_object())
        .map(|(key, node)| Entry {
            key: Some(key),
            node,
        })
        .collect();
    task::tasks(&entries, "tasks", plan, ctx, reporter)
}

fn in_zone(schedule: Schedule, zone: Option<Zone>) -> Schedule {
    match schedule {
        Schedule::Cron { expr, zone: own } => Schedule::Cron {
            expr,
            zone: own.or(zone),
        },
        Schedule::Every { .. } | Schedule::At(_) => schedule,
    }
}

fn when<'a>(key: &str, plan: &Plan, ctx: &Context<'_>) -> Option<When<'a>> {
    if let Some(days) = weekday(key) {
        return Some(When::Weekdays(days));
    }
    if let Some(day) = Day::parse(key) {
        return Some(When::On(day));
    }
    // In the plan of a day a clock is that day's.
    plan.date
        .is_none()
        .then(|| clock(key, ctx).map(When::Daily))?
}

struct Reading<'r, 'c, 'b> {
    plan: &'r Plan,
    ctx: &'r Context<'c>,
    reporter: &'r mut Reporter<'b>,
    out: Vec<Task>,
}

impl Reading<'_, '_, '_> {
    /// What stands under a key: one entry or a list of them.
    fn under(&mut self, when: When<'_>, value: Node<'_>) {
        match value.kind() {
            Kind::Array => {
                for entry in value.items() {
                    self.entry(when, entry);
                }
            }
            Kind::Object | Kind::Text { .. } => self.entry(when, value),
            Kind::Null | Kind::Bool(_) | Kind::Number => {}
        }
    }

    fn entry(&mut self, when: When<'_>, node: Node<'_>) {
        if self.out.len() >= MOST_TASKS {
            return;
        }
        let task = match node.kind() {
            Kind::Object => self.object(when, node),
            Kind::Text { .. } => self.text(when, node),
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Array => None,
        };
        self.out.extend(task);
    }

    fn object(&mut self, when: When<'_>, node: Node<'_>) -> Option<Task> {
        let members = Members::of(node);
        let said = members
            .get(&["time", "at", "start"])
            .and_then(|time| time.text());
        let own = said.and_then(|time| clock(&time, self.ctx));
        let name = Name {
            index: self.out.len(),
            key: None,
        };
        let day = match when {
            When::On(day) => Some(day),
            When::Weekdays(_) | When::Daily(_) => None,
        };
        let task = task::task(node, &members, name, day, self.ctx, self.reporter);
        self.timed(when, own, task)
    }

    /// `"09:00 plan the week"`; under a clock the text is all name.
    fn text(&mut self, when: When<'_>, node: Node<'_>) -> Option<Task> {
        let text = node.text()?;
        let (own, name) = match (when, scan(&text, self.ctx.vocabulary)) {
            (When::Weekdays(_) | When::On(_), Some((found, end))) if found.day.is_none() => {
                let name = text[end..].trim_start_matches([' ', ':', '-', '–', '—']);
                (found.clock.map(|clock| ClockTime(clock / 1_000)), name)
            }
            _ => (None, &*text),
        };
        let task = Task {
            offset: node.span().0 as u64,
            ..Task::named(TaskId::from(name))
        };
        // A sentence under a weekday is a remark.
        (!name.is_empty() && (own.is_some() || matches!(when, When::Daily(_))))
            .then(|| self.timed(when, own, task))?
    }

    /// The task at its time. One that no clock belongs to is due never: nothing says when.
    fn timed(&self, when: When<'_>, own: Option<ClockTime>, mut task: Task) -> Option<Task> {
        let pattern = |clock: ClockTime, days: &str| Schedule::Cron {
            expr: Untrusted::from(format!(
                "{} {} * * {days}",
                clock.0 / 60 % 60,
                clock.0 / 3_600 % 24
            )),
            zone: self.plan.zone,
        };
        match (when, own) {
            (When::Weekdays(days), Some(clock)) => task.schedule = Some(pattern(clock, days)),
            (When::Daily(clock), _) => task.schedule = Some(pattern(clock, "*")),
            (When::On(day), Some(clock)) if task.due.is_none() => {
                let found = super::super::timestamp::Found {
                    day: Some(day),
                    clock: Some(clock.0 * 1_000),
                    ..Default::default()
                };
                task.due = found.stamp(&Frame {
                    zone: self.ctx.zone,
                    day: None,
                    vocabulary: self.ctx.vocabulary,
                });
            }
            (When::Weekdays(_), None) => return task.schedule.is_some().then_some(task),
            (When::On(_), _) => {}
        }
        if task.schedule.is_some() {
            task.due = None;
        }
        Some(task)
    }
}

/// Tasks of one name on several days are several tasks.
fn distinct(tasks: &mut [Task]) {
    let mut seen = std::collections::HashMap::new();
    for task in tasks {
        let times: &mut u32 = seen.entry(task.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            task.id = TaskId::from(format!("{}-{times}", task.id.as_str()).as_str());
        }
    }
}
