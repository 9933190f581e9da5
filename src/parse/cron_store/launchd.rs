//! A property list of launchd: one job, which fires by a calendar or every so many seconds.

use std::io::Cursor;

use plist::{Dictionary, Value};

use crate::domain::id::TaskId;
use crate::domain::schedule::{Plan, Schedule};
use crate::domain::task::Task;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;

use super::super::diagnostic::DiagnosticKind;
use super::super::report::{Advice, Reporter};

const BROKEN: Advice = Advice {
    expected: "a property list",
    remedy: "check it with `plutil -lint FILE`; the last good reading stays in force",
};
/// Fields of `StartCalendarInterval` in the order of a cron pattern. One that is missing is any.
const FIELDS: [&str; 5] = ["Minute", "Hour", "Day", "Month", "Weekday"];

/// Whether it says when it fires; one that only runs at login owes nothing.
pub(in super::super) fn knows(head: &[u8]) -> bool {
    let listed = head.starts_with(b"bplist") || memchr::memmem::find(head, b"<plist").is_some();
    let fires = ["StartCalendarInterval", "StartInterval"];
    listed
        && fires
            .iter()
            .any(|key| memchr::memmem::find(head, key.as_bytes()).is_some())
}

pub(super) fn read(bytes: &[u8], reporter: &mut Reporter<'_>) -> Plan {
    let mut plan = Plan::default();
    let value = Value::from_reader(Cursor::new(bytes)).ok();
    let Some(job) = value.as_ref().and_then(Value::as_dictionary) else {
        reporter.say(DiagnosticKind::Invalid, 0, BROKEN);
        return plan;
    };
    let label = job.get("Label").and_then(Value::as_string).unwrap_or("job");
    let disabled = job.get("Disabled").and_then(Value::as_boolean) == Some(true);
    for (index, schedule) in schedules(job).into_iter().enumerate() {
        let id = match index {
            0 => label.to_owned(),
            n => format!("{label}-{}", n + 1),
        };
        plan.tasks.push(Task {
            title: Some(Untrusted::from(label)),
            schedule: Some(schedule),
            enabled: !disabled,
            line: 1,
            ..Task::named(TaskId::from(id.as_str()))
        });
    }
    plan
}

fn schedules(job: &Dictionary) -> Vec<Schedule> {
    let one = |value: &Value| value.as_dictionary().map(calendar);
    let mut found: Vec<Schedule> = match job.get("StartCalendarInterval") {
        Some(Value::Array(list)) => list.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    };
    let seconds = job.get("StartInterval").and_then(Value::as_signed_integer);
    if let Some(seconds) = seconds.filter(|s| *s > 0) {
        found.push(Schedule::Every {
            every: Span::secs(seconds),
            anchor: None,
        });
    }
    found
}

/// Day and weekday together fire on either, as in cron.
fn calendar(when: &Dictionary) -> Schedule {
    let field = |name: &&str| {
        let value = when.get(name).and_then(Value::as_signed_integer);
        value.map_or_else(|| "*".to_owned(), |value| value.to_string())
    };
    let fields: Vec<String> = FIELDS.iter().map(field).collect();
    Schedule::Cron {
        expr: Untrusted::from(fields.join(" ")),
        zone: None,
    }
}
