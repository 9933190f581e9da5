//! A plan as the file that holds it: `schedule/YYYY-MM-DD.json`.

use std::fmt::Write as _;

use super::{Desk, Placed};
use crate::domain::action::Reversible;
use crate::domain::id::TaskId;
use crate::domain::task::Task;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts, Zone};

/// Members that are written anew: they speak of the former day.
const ANEW: &[&str] = &[
    "due", "schedule", "jitter_s", "jitterS", "jitter", "status", "state", "claim", "attempt",
    "held", "flag", "last_op", "lastOp",
];

/// One plan to be written.
pub struct Page<'a> {
    pub desk: &'a Desk,
    /// By time.
    pub placed: &'a [&'a Placed],
    /// Recurring tasks of the former day's plan, member by member as they stood.
    pub carried: &'a [Vec<(String, String)>],
    pub generated: Ts,
    pub seed: u64,
}

/// The document: two-space indented, one task a line.
pub fn text(page: &Page<'_>) -> String {
    let desk = page.desk;
    let mut out = String::from("{\n");
    let mut member = |key: &str, value: String| {
        let _ = writeln!(out, "  {}: {value},", json(key));
    };
    member("agent", json(desk.agent.as_str()));
    member("date", json(&desk.day.to_string()));
    member("tz", json(&desk.zone.to_string()));
    member("generated", json(&desk.zone.rfc3339(page.generated)));
    member("generated_by", json("rounds"));
    member("seed", page.seed.to_string());
    if !desk.limits.is_empty() {
        let limits = desk
            .limits
            .iter()
            .map(|limit| (limit.action.exact().to_owned(), limit.most.to_string()));
        member("limits", object(limits));
    }
    if !desk.quiet.is_empty() {
        let hours: Vec<String> = desk
            .quiet
            .iter()
            .map(|hours| format!("[\"{}\", \"{}\"]", hours.from, hours.to))
            .collect();
        member("quiet", format!("[{}]", hours.join(", ")));
    }
    if let Some(grace) = desk.grace {
        member("grace_s", seconds(grace));
    }
    if let Some(spacing) = desk.spacing {
        member("spacing_s", seconds(spacing));
    }
    let carried = page.carried.iter().map(|task| {
        let keep =
            |(key, _): &&(String, String)| key == "schedule" || !ANEW.contains(&key.as_str());
        object(task.iter().filter(keep).cloned())
    });
    let placed = page.placed.iter().map(|one| task(one, desk.zone));
    let tasks: Vec<String> = carried
        .chain(placed)
        .map(|task| format!("    {task}"))
        .collect();
    let _ = write!(out, "  \"tasks\": [\n{}\n  ]\n}}\n", tasks.join(",\n"));
    out
}

fn task(placed: &Placed, zone: Zone) -> String {
    let due = ("due".to_owned(), json(&zone.rfc3339(placed.at)));
    let jitter = ("jitter_s".to_owned(), seconds(placed.jitter));
    let mut members: Vec<(String, String)> = if placed.wish.members.is_empty() {
        declared(&placed.wish.task)
    } else {
        let keep = |(key, _): &&(String, String)| !ANEW.contains(&key.as_str());
        placed.wish.members.iter().filter(keep).cloned().collect()
    };
    let place = members
        .iter()
        .position(|(key, _)| key == "title")
        .map_or(1.min(members.len()), |at| at + 1);
    members.splice(place..place, [due, jitter]);
    object(members.into_iter())
}

/// What a backlog declares of a task, in the order of the contract.
fn declared(task: &Task) -> Vec<(String, String)> {
    let mut members = Vec::new();
    let mut put = |key: &str, value: Option<String>| {
        members.extend(value.map(|value| (key.to_owned(), value)));
    };
    let list = |texts: Vec<&str>| {
        let all: Vec<String> = texts.into_iter().map(json).collect();
        (!all.is_empty()).then(|| format!("[{}]", all.join(", ")))
    };
    put("id", Some(json(task.id.as_str())));
    put("title", task.title.as_ref().map(|t| json(t.exact())));
    put("est_s", task.estimate.map(seconds));
    put("priority", task.priority.map(|p| p.to_string()));
    let uses = task.uses.iter();
    let uses = uses.map(|one| (one.action.exact().to_owned(), one.most.to_string()));
    put("uses", (!task.uses.is_empty()).then(|| object(uses)));
    put(
        "resource",
        list(task.resources.iter().map(Untrusted::exact).collect()),
    );
    put("shared", task.shared.then(|| "true".to_owned()));
    put("tier", task.tier.map(|tier| json(tier.word())));
    put(
        "reversible",
        match task.reversible {
            Reversible::Yes => Some("true".to_owned()),
            Reversible::No => Some("false".to_owned()),
            Reversible::Undeclared => None,
        },
    );
    put("key", task.key.as_ref().map(|key| json(key.exact())));
    put(
        "depends_on",
        list(task.depends_on.iter().map(TaskId::as_str).collect()),
    );
    put("reviewer", task.reviewer.as_ref().map(|r| json(r.as_str())));
    put(
        "done_criteria",
        list(task.done_criteria.iter().map(Untrusted::exact).collect()),
    );
    put("expect_min", task.expect_min.map(|least| least.to_string()));
    members
}

fn seconds(span: Span) -> String {
    (span.0 / 1_000).to_string()
}

fn object(members: impl Iterator<Item = (String, String)>) -> String {
    let all: Vec<String> = members
        .map(|(key, value)| format!("{}: {value}", json(&key)))
        .collect();
    format!("{{{}}}", all.join(", "))
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
