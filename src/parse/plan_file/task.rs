//! One object of a task list as a task.

use crate::domain::heartbeat::Surety;
use crate::domain::id::TaskId;
use crate::domain::schedule::Plan;
use crate::domain::task::{Claim, Flag, Handoff, Held, LastOp, Task, TaskStatus};
use crate::domain::text::{Lent, Untrusted};
use crate::domain::time::{Day, Span};

use super::super::beat::texts;
use super::super::diagnostic::DiagnosticKind;
use super::super::items::tier;
use super::super::json::{Kind, Node};
use super::super::members::Members;
use super::super::report::{Advice, Reporter};
use super::super::vocabulary::{Class, Place, Vocabulary};
use super::super::wal::reversible;
use super::super::{Context, timestamp};
use super::names::{ATTEMPT, NAMES, STATUS};
use super::{MOST_TASKS, TOO_LONG, actions, rule};

const STRANGE_STATUS: Advice = Advice {
    expected: "a status of pending, claimed, running, review, done, skipped, failed",
    remedy: "use one of these words, or add yours to the vocabulary of the config",
};
const NO_ID: Advice = Advice {
    expected: "\"id\", unique within the file",
    remedy: "give each task an id",
};
const BAD_DUE: Advice = Advice {
    expected: "a time for \"due\", best RFC 3339 with offset",
    remedy: "write the time with date and offset",
};

pub(super) const DUE: &[&str] = &[
    "due",
    "dueat",
    "scheduledat",
    "scheduled",
    "scheduledfor",
    "publishafter",
    "publishat",
    "publishtime",
    "scheduledtime",
    "scheduledate",
    "duedate",
    "duetime",
    "deadline",
    "sendat",
    "postat",
];
/// Times of which only the place says that they are ahead: of a task without any of the names above.
pub(super) const WHEN: &[&str] = &["time", "at", "when"];
/// What a store computed itself; a rule, where there is one, says it better.
const NEXT: &[&str] = &["nextrunat", "nextrun", "nextrunatms"];
/// Times at which somebody began.
pub(super) const STARTED: &[&str] = &["startedat", "started", "claimedat"];
/// Times that prove an entry was done where it has no status.
pub(super) const DONE_AT: &[&str] = &[
    "completedat",
    "postedat",
    "publishedat",
    "sentat",
    "doneat",
    "finishedat",
    "publishedtime",
];
/// What a bare time is ahead of depends on the file: in a schedule it is due, in any other it may have been.
pub(super) fn ahead(path: &str) -> &'static [&'static str] {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let schedule = ["schedule", "plan", "agenda"]
        .iter()
        .any(|word| name.contains(word))
        || path.contains("schedule/");
    if schedule { WHEN } else { &[] }
}

/// Flags that say it is done, where nothing else says how it stands.
const DONE: &[&str] = &[
    "done",
    "completed",
    "complete",
    "finished",
    "published",
    "posted",
    "sent",
];

/// One entry of a list, or of a map from name to task.
#[derive(Clone, Copy)]
pub(super) struct Entry<'t> {
    /// Its name in the map, which counts where it names itself not.
    pub key: Option<Node<'t>>,
    pub node: Node<'t>,
}

impl<'t> Entry<'t> {
    pub fn listed(node: Node<'t>) -> Self {
        Self { key: None, node }
    }
}

/// The tasks of a list. In lists that are not called after tasks or what is waiting an entry must say when or in what state it is: a
/// list of things is no plan.
pub(super) fn tasks(
    entries: &[Entry<'_>],
    list: &str,
    plan: &Plan,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    if entries.len() > MOST_TASKS {
        let at = entries[MOST_TASKS].node.span().0;
        reporter.say(DiagnosticKind::Oversize, at, TOO_LONG);
    }
    let mut out = Vec::new();
    for (index, entry) in entries.iter().take(MOST_TASKS).enumerate() {
        if !entry.node.is_object() {
            continue;
        }
        let members = Members::of(entry.node);
        if !matches!(list, "tasks" | "pending" | "queue") && !plans(&members, ctx.path) {
            continue;
        }
        let name = Name {
            index,
            key: entry.key,
        };
        out.push(task(entry.node, &members, name, plan.date, ctx, reporter));
    }
    out
}

/// What a task is called where it has no id of its own.
pub(in super::super) struct Name<'t> {
    pub index: usize,
    pub key: Option<Node<'t>>,
}

fn plans(members: &Members<'_>, path: &str) -> bool {
    let rules = [
        "schedule",
        "trigger",
        "cron",
        "claim",
        "scheduletype",
        "enabled",
        "hour",
        "days",
    ];
    [DUE, NEXT, ahead(path), STATUS, DONE_AT, DONE, &rules]
        .iter()
        .any(|names| members.get(names).is_some())
}

/// A file without a list: a single rule, or a map from name to the next time.
pub(super) fn of_bare_object(
    root: Node<'_>,
    members: &Members<'_>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Vec<Task> {
    let ruled = members
        .get(&["schedule", "trigger"])
        .filter(Node::is_object);
    let named = || members.task(NAMES).is_some();
    if (ruled.is_some() || named()) && rule::schedule(members, None, ctx).is_some() {
        let name = Name {
            index: 0,
            key: None,
        };
        let mut task = task(root, members, name, None, ctx, reporter);
        let inner = members.get(&["schedule", "trigger"]).map(Members::of);
        task.enabled &= inner
            .and_then(|rule| rule.flag(&["enabled"]))
            .unwrap_or(true);
        return vec![task];
    }
    let due = |node: Node<'_>| {
        let stamp = super::super::slots::moment(node, || None, ctx)?;
        (stamp.surety != Surety::DayOnly && matches!(node.kind(), Kind::Text { .. }))
            .then_some(stamp)
    };
    let all_times = root.fields().all(|(_, value)| due(value).is_some());
    if !all_times {
        return Vec::new();
    }
    let each = root.fields().map(|(key, value)| Task {
        due: due(value),
        offset: value.span().0 as u64,
        ..Task::named(TaskId::new(key.verbatim()))
    });
    each.collect()
}

pub(in super::super) fn task(
    node: Node<'_>,
    m: &Members<'_>,
    name: Name<'_>,
    date: Option<Day>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Task {
    let place = node.span().0;
    let by_key = |key: Node<'_>| TaskId::new(key.verbatim());
    let id = m.task(NAMES).or_else(|| name.key.map(by_key));
    if id.is_none() {
        reporter.say(DiagnosticKind::MissingField, place, NO_ID);
    }
    let mut task = Task {
        title: m.text(&[
            "title",
            "name",
            "task",
            "what",
            "do",
            "description",
            "desc",
            "summary",
        ]),
        jitter: m
            .span(&["jitters", "jitter"], Span::SECOND)
            .or_else(|| m.span(&["jitterms"], Span(1)))
            .unwrap_or_default()
            .abs(),
        estimate: m.span(&["ests", "estimate", "estimates"], Span::SECOND),
        priority: m.get(&["priority", "prio"]).and_then(priority),
        uses: m.get(&["uses"]).map(actions).unwrap_or_default(),
        shared: m.flag(&["shared"]).unwrap_or(false),
        tier: m.text(&["tier"]).and_then(|t| tier(t.exact())),
        reversible: reversible(node),
        key: m.text(&["key"]),
        depends_on: named(m, &["dependson", "dependencies", "blockedby", "deps"]),
        attempt: m.small(ATTEMPT),
        reviewer: m.agent(&["reviewer"]),
        done_criteria: list(m, &["donecriteria", "acceptancecriteria"]),
        enabled: m.flag(&["enabled"]).unwrap_or(true)
            && m.flag_of(&["isenabled", "isactive", "active"]) != Some(false)
            && m.flag(&["paused", "disabled"]) != Some(true),
        on_demand: m.flag(&["ondemand"]).unwrap_or(false),
        expect_min: m.small(&["expectmin"]),
        offset: place as u64,
        ..Task::named(id.unwrap_or_else(|| TaskId::new(format!("#{}", name.index + 1))))
    };
    resources(&mut task, m);
    when(&mut task, m, date, ctx, reporter);
    status(&mut task, m, ctx.vocabulary, reporter);
    state(&mut task, m, ctx);
    task
}

/// `resource: "x"`, `["x"]`, `{name, shared}`.
fn resources(task: &mut Task, m: &Members<'_>) {
    let Some(node) = m.get(&["resource", "resources"]) else {
        return;
    };
    task.resources = texts(node).iter().map(Lent::keep).collect();
    for object in std::iter::once(node)
        .chain(node.items())
        .filter(Node::is_object)
    {
        let inner = Members::of(object);
        task.resources
            .extend(inner.text(&["name", "id", "resource"]));
        task.shared |= inner.flag(&["shared"]).unwrap_or(false);
    }
}

fn list(m: &Members<'_>, names: &[&str]) -> Vec<Untrusted> {
    let listed = m.get(names).map(texts).unwrap_or_default();
    listed.iter().map(Lent::keep).collect()
}

fn named(m: &Members<'_>, names: &[&str]) -> Vec<TaskId> {
    let each = list(m, names).into_iter().map(|t| TaskId::from(t.exact()));
    each.collect()
}

/// A number, `P1`, or a word.
fn priority(node: Node<'_>) -> Option<i64> {
    if let Some(number) = node.number() {
        return Some(number as i64);
    }
    let text = node.text()?.to_ascii_lowercase();
    match text.as_str() {
        "critical" | "urgent" => Some(0),
        "high" => Some(1),
        "normal" | "medium" => Some(2),
        "low" => Some(3),
        _ => text.strip_prefix('p')?.parse().ok(),
    }
}

/// `due`, or `date` and `time`, or a rule.
fn when(
    task: &mut Task,
    m: &Members<'_>,
    date: Option<Day>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) {
    let own_day = m.day(&["date", "day", "createdat", "created"]);
    let day = date
        .or(own_day)
        .or_else(|| timestamp::day_in_name(ctx.path));
    task.due = m.stamp(DUE, day, ctx);
    if task.due.is_none() && m.get(&["date"]).is_some() {
        task.due = m.stamp(&["time"], own_day, ctx);
    }
    if task.due.is_none()
        && let Some(node) = m.get(DUE)
        && matches!(node.kind(), Kind::Text { .. })
    {
        reporter.say(DiagnosticKind::BadTime, node.span().0, BAD_DUE);
    }
    task.schedule = rule::schedule(m, own_day.or(day), ctx);
    if task.due.is_none() && task.schedule.is_none() {
        task.due = m
            .stamp(NEXT, day, ctx)
            .or_else(|| m.stamp(ahead(ctx.path), day, ctx));
    }
}

fn status(task: &mut Task, m: &Members<'_>, vocabulary: &Vocabulary, reporter: &mut Reporter<'_>) {
    let Some(node) = m.get(STATUS) else {
        let done = m.flag_of(DONE);
        if done == Some(true) || m.get(DONE_AT).is_some() {
            task.status = TaskStatus::Done;
        } else if m
            .get(&["started", "startedat"])
            .is_some_and(|n| n.boolean() != Some(false))
        {
            task.status = TaskStatus::Running;
        } else if m.get(&["claimedat"]).is_some() {
            task.status = TaskStatus::Claimed;
        }
        return;
    };
    if let Kind::Bool(done) = node.kind() {
        task.status = if done {
            TaskStatus::Done
        } else {
            TaskStatus::Pending
        };
        return;
    }
    let Some(text) = node.text() else {
        return;
    };
    let (status, own) = claim_status(&text, vocabulary);
    task.status = status;
    task.word = (!own).then(|| Untrusted::new(text));
    if status == TaskStatus::Unknown {
        reporter.say(DiagnosticKind::UnknownStatus, node.span().0, STRANGE_STATUS);
    }
}

/// What a plan claims with a word, and whether the word is the contract's.
pub(in super::super) fn claim_status(word: &str, vocabulary: &Vocabulary) -> (TaskStatus, bool) {
    let own = match word {
        "pending" => Some(TaskStatus::Pending),
        "claimed" => Some(TaskStatus::Claimed),
        "running" => Some(TaskStatus::Running),
        "review" => Some(TaskStatus::Review),
        "done" => Some(TaskStatus::Done),
        "skipped" => Some(TaskStatus::Skipped),
        "failed" => Some(TaskStatus::Failed),
        _ => None,
    };
    if let Some(status) = own {
        return (status, true);
    }
    let lower = word.to_ascii_lowercase();
    let status = match lower.as_str() {
        "claimed" | "hooked" | "assigned" => TaskStatus::Claimed,
        _ => vocabulary
            .class(word, Place::Status)
            .map_or(TaskStatus::Unknown, Class::task_status),
    };
    (status, false)
}

/// A claim that stands beside the task's other members instead of in an object of its own.
fn claim_beside(m: &Members<'_>, ctx: &Context<'_>) -> Option<Claim> {
    let by = m.agent(&["claimedby"]);
    let at = m.at(STARTED, ctx);
    (by.is_some() || at.is_some()).then_some(Claim {
        by,
        run: None,
        at,
        epoch: 0,
        lease: None,
        pid: None,
        pid_started: None,
        host: None,
    })
}

/// Claim, hold, hand-over, and the operator's marks.
fn state(task: &mut Task, m: &Members<'_>, ctx: &Context<'_>) {
    let object = |names: &[&str]| m.get(names).filter(Node::is_object).map(Members::of);
    let claim = object(&["claim"]).map(|c| Claim {
        by: c.agent(&["by", "agent", "holder"]),
        run: c.run(&["run", "runid"]),
        at: c.at(&["at", "since", "claimedat"], ctx),
        epoch: c.count(&["epoch"]).unwrap_or(0),
        lease: c.span(&["leases", "lease"], Span::SECOND),
        pid: c.small(&["pid"]),
        pid_started: c.at(&["pidstarted"], ctx),
        host: c.text(&["host"]),
    });
    let taken = matches!(task.status, TaskStatus::Claimed | TaskStatus::Running);
    let beside = || claim_beside(m, ctx).filter(|_| taken);
    task.claim = claim.or_else(beside).map(Box::new);
    let held = match m.get(&["held"]) {
        Some(node) if node.is_object() => {
            let h = Members::of(node);
            Some(Held {
                since: h.at(&["since", "at"], ctx),
                why: h.text(&["why", "reason"]),
            })
        }
        Some(node) if node.boolean() == Some(true) => Some(Held {
            since: None,
            why: None,
        }),
        Some(node) if matches!(node.kind(), Kind::Text { .. }) && node.boolean().is_none() => {
            Some(Held {
                since: None,
                why: node.text().map(Untrusted::new),
            })
        }
        Some(_) | None => None,
    };
    task.held = held.map(Box::new);
    let handoff = object(&["handoff"]).map(|h| Handoff {
        to: h.agent(&["to"]),
        at: h.at(&["at"], ctx),
    });
    task.handoff = handoff.map(Box::new);
    let flag = object(&["flag"]).map(|f| Flag {
        why: f.text(&["why", "reason"]),
        by: f.text(&["by"]),
        at: f.at(&["at"], ctx),
        op: f.text(&["op"]),
    });
    task.flag = flag.map(Box::new);
    let last_op = object(&["lastop"]).and_then(|o| {
        Some(LastOp {
            id: o.text(&["id"])?,
            verb: o.text(&["verb"])?,
            uid: o.small(&["uid"]),
            tty: o.text(&["tty"]),
            at: o.at(&["at"], ctx),
            steps: list(&o, &["steps"]),
        })
    });
    task.last_op = last_op.map(Box::new);
}
