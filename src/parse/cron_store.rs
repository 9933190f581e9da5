//! The store of a scheduler: crontabs, timers of systemd and property lists of launchd, or one JSON document that says what fires when, for one agent or several, and how each job
//! went the last time. `OpenClaw`, nanobot, Hermes and Claude Code each have one, and many are written by hand.
//!
//! It is a standing plan and a snapshot at once. A rule is what is owed; the scheduler's own `next` says nothing about
//! what it missed and is not believed.

use crate::domain::heartbeat::{Heartbeat, Item, Items, RunStatus, Stamp, Surety};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::schedule::Plan;
use crate::domain::task::TaskStatus;
use crate::domain::text::Lent;
use crate::domain::time::{Span, Ts};

use super::beat::session_agent;
use super::diagnostic::{Diagnostic, DiagnosticKind};
use super::json::{Kind, Node, Source};
use super::members::Members;
use super::numbering::Numbering;
use super::plan_file::task::{self, Name};
use super::plan_file::timetable;
use super::plan_file::{MOST_BYTES, MOST_TASKS, TOO_LONG, documents, number_lines};
use super::report::Reporter;
use super::vocabulary::{Class, Place};
use super::{Body, Context, Record};

pub(super) mod crontab;
pub(super) mod launchd;
pub(super) mod systemd;

/// The lists that hold jobs: of `OpenClaw`, nanobot and Hermes; of Claude Code; and what they are called by hand.
const LISTS: &[&str] = &[
    "jobs",
    "tasks",
    "crons",
    "cronjobs",
    "schedules",
    "scheduledjobs",
    "scheduledtasks",
];
/// Names of a list that say by themselves that it holds jobs.
const SURE: &[&str] = &[
    "jobs",
    "crons",
    "cronjobs",
    "schedules",
    "scheduledjobs",
    "scheduledtasks",
];
const RULE: &[&str] = &[
    "schedule",
    "cron",
    "trigger",
    "scheduletype",
    "cronexpression",
    "cronexpr",
    "expression",
    "intervalminutes",
    "intervalseconds",
    "intervalms",
    "everyms",
    "everyminutes",
];
/// Rules by names that also mean other things: they count where they are read as one.
const LOOSE: &[&str] = &["every", "interval"];
/// What is told of the last run, by its names.
struct Told {
    at: &'static [&'static str],
    status: &'static [&'static str],
    error: &'static [&'static str],
}

/// Among the members of the job or of its state.
const AMONG: Told = Told {
    at: &["lastrunatms", "lastrunat", "lastrun", "lastfiredat"],
    status: &["laststatus", "lastrunstatus", "lastresult"],
    error: &["lasterror", "lasterrormessage"],
};
/// In an object of its own: `"lastRun": {"at": …, "status": …}`.
const APART: Told = Told {
    at: &[
        "at",
        "runatms",
        "runat",
        "time",
        "timestamp",
        "ts",
        "startedat",
        "started",
        "finishedat",
    ],
    status: &["status", "result", "outcome"],
    error: &["error", "errormessage"],
};
/// The runs that nanobot keeps of a job, and others under their names.
const HISTORY: &[&str] = &["runhistory", "history", "runs"];
const DELIVERY: &[&str] = &["lastdeliveryerror", "deliveryerror"];
const DELIVERED: &[&str] = &["lastdeliverystatus", "deliverystatus"];

/// What a store says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    /// One for each agent that the jobs name; `agent` is empty for the jobs that name none.
    pub plans: Vec<Plan>,
    /// The last run of each job, and those that run now.
    pub records: Vec<Record<'static>>,
}

/// Whether it is a list called jobs, or a bare one, in which a job says when it fires.
pub(super) fn knows(root: Node<'_>) -> bool {
    let named = Members::of(root).get(SURE).is_some();
    let fires = |(_, job): (_, Node<'_>)| Members::of(job).get(RULE).is_some();
    (named || root.kind() == Kind::Array) && jobs(root).into_iter().any(fires)
}

pub(super) fn read(bytes: &[u8], ctx: &Context<'_>) -> (Store, Vec<Diagnostic>) {
    let mut reporter = Reporter::new(bytes, 0, 1);
    if bytes.len() > MOST_BYTES {
        reporter.say(DiagnosticKind::Oversize, 0, TOO_LONG);
        return (Store::default(), reporter.out);
    }
    if let Some(plan) = of_record(bytes, ctx.path, &mut reporter) {
        let store = Store {
            plans: vec![plan],
            records: Vec::new(),
        };
        return (store, reporter.out);
    }
    let source = Source::new(bytes);
    let tapes = documents(bytes, &mut reporter);
    let mut store = Store::default();
    let Some(root) = tapes.last().map(|tape| tape.root(&source)) else {
        return (store, reporter.out);
    };
    // The jobs that name nobody are the file's own agent's, also when there are none.
    store.plans.push(Plan::default());
    for (index, (key, job)) in jobs(root).into_iter().take(MOST_TASKS).enumerate() {
        one(&mut store, Name { index, key }, job, ctx, &mut reporter);
    }
    if let Some(map) = list_of(root).filter(Node::is_object) {
        store.plans[0]
            .tasks
            .extend(timetable::rules(map, None, ctx));
    }
    for plan in &mut store.plans {
        number_lines(plan, bytes);
    }
    let mut numbering = Numbering::new(bytes, 0);
    for record in &mut store.records {
        record.line += numbering.at(record.offset as usize);
    }
    (store, reporter.out)
}

/// A schedule of record in the form of the system's own scheduler.
fn of_record(bytes: &[u8], path: &str, reporter: &mut Reporter<'_>) -> Option<Plan> {
    let end = path.rsplit(['.', '/']).next().unwrap_or(path);
    match end.to_ascii_lowercase().as_str() {
        "plist" => Some(launchd::read(bytes, reporter)),
        "timer" => Some(systemd::read(bytes, path, reporter)),
        "json" | "sqlite" | "sqlite3" | "db" => None,
        _ => Some(crontab::read(bytes, reporter)),
    }
}

/// The list or map that is called after jobs.
fn list_of(root: Node<'_>) -> Option<Node<'_>> {
    LISTS.iter().find_map(|name| {
        let node = Members::of(root).get(&[name])?;
        matches!(node.kind(), Kind::Array | Kind::Object).then_some(node)
    })
}

/// The jobs, each with its key where they stand in a map.
fn jobs(root: Node<'_>) -> Vec<(Option<Node<'_>>, Node<'_>)> {
    let listed = list_of(root);
    let list = listed.unwrap_or(root);
    let mut jobs: Vec<_> = match list.kind() {
        Kind::Array => list.items().map(|job| (None, job)).collect(),
        Kind::Object if listed.is_some() => {
            let named = |(key, job)| (Some(key), job);
            list.fields().map(named).collect()
        }
        Kind::Object | Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } => Vec::new(),
    };
    jobs.retain(|(_, job)| job.is_object());
    jobs
}

fn one(
    store: &mut Store,
    name: Name<'_>,
    job: Node<'_>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) {
    let m = Members::of(job);
    let mut task = task::task(job, &m, name, None, ctx, reporter);
    let agent = owner(&m);
    store
        .records
        .extend(runs(job, &task.id, agent.as_ref(), ctx));
    let loose = || m.get(LOOSE).is_some() && task.schedule.is_some();
    if m.get(RULE).is_none() && !loose() {
        return;
    }
    // A status is the last run's here; what a job owes follows from its rule.
    if task.schedule.is_some() && task.status != TaskStatus::Off {
        task.status = TaskStatus::Pending;
        task.word = None;
    }
    let at = store.plans.iter().position(|plan| plan.agent == agent);
    match at {
        Some(at) => store.plans[at].tasks.push(task),
        None => store.plans.push(Plan {
            agent,
            tasks: vec![task],
            ..Plan::default()
        }),
    }
}

/// The agent a job names, by itself or in its session's key.
fn owner(m: &Members<'_>) -> Option<AgentId> {
    let session = || m.text(&["sessionkey"]);
    m.agent(&["agentid", "agent"])
        .or_else(|| session_agent(session()?.exact()).map(AgentId::from))
}

/// Where the scheduler keeps what it did: an object of its own, else the job itself.
fn state(job: Node<'_>) -> Node<'_> {
    job.get("state").filter(Node::is_object).unwrap_or(job)
}

/// Where and by which names the last run is told.
fn told(state: Members<'_>) -> (Members<'_>, &'static Told) {
    let apart = state
        .get(&["lastrun", "lastexecution"])
        .filter(Node::is_object);
    match apart.map(Members::of) {
        Some(apart) => (apart, &APART),
        None => (state, &AMONG),
    }
}

/// What the store says of the job's runs: those it keeps a list of, the last one, and the one that runs now.
fn runs(
    job: Node<'_>,
    task: &TaskId,
    agent: Option<&AgentId>,
    ctx: &Context<'_>,
) -> Vec<Record<'static>> {
    let m = Members::of(state(job));
    let record = |(node, beat): (Node<'_>, Heartbeat<'static>)| {
        let (from, to) = node.span();
        Record {
            body: Body::Beat(Heartbeat {
                task: Some(lent(task.as_str())),
                agent: agent.map(|agent| lent(agent.as_str())),
                ..beat
            }),
            offset: from as u64,
            len: (to - from) as u32,
            line: 1,
        }
    };
    let running = m
        .at(&["runningatms", "runningat"], ctx)
        .map(|at| Heartbeat {
            at: exact(at),
            started: Some(at),
            status: RunStatus::Running,
            ..Heartbeat::default()
        });
    let kept = m.get(HISTORY).into_iter().flat_map(|list| list.items());
    let kept = kept.filter_map(|run| Some((run, ended(&Members::of(run), &APART, ctx)?)));
    let mut all: Vec<(Node<'_>, Heartbeat<'static>)> = kept.collect();
    let (m, told) = told(m);
    // The last of the list is mostly the last run, too.
    let last =
        ended(&m, told, ctx).filter(|last| all.iter().all(|(_, run)| run.started != last.started));
    all.extend(last.into_iter().chain(running).map(|beat| (job, beat)));
    all.into_iter().map(record).collect()
}

/// A run that is over, by the names under which it is told.
fn ended(m: &Members<'_>, told: &Told, ctx: &Context<'_>) -> Option<Heartbeat<'static>> {
    let begun = m.stamp(told.at, None, ctx)?;
    let length = m.span(&["lastdurationms", "durationms"], Span(1));
    let mut beat = Heartbeat {
        at: Stamp {
            at: begun.at + length.unwrap_or_default(),
            surety: begun.surety,
        },
        started: Some(begun.at),
        duration: length,
        ..Heartbeat::default()
    };
    outcome(&mut beat, m, told, ctx);
    Some(beat)
}

fn exact(at: Ts) -> Stamp {
    Stamp {
        at,
        surety: Surety::Exact,
    }
}

/// How the last run went. A store that only says when it fired (Claude Code) says nothing of that.
fn outcome(beat: &mut Heartbeat<'_>, m: &Members<'_>, told: &Told, ctx: &Context<'_>) {
    let error = m.text(told.error).filter(|e| !e.is_empty());
    if let Some(word) = m.text(told.status) {
        let class = ctx.vocabulary.class(word.exact(), Place::Status);
        beat.status = class.map_or(RunStatus::Unknown, Class::run_status);
        beat.word = Some(lent(word.exact()));
    } else if error.is_some() {
        beat.status = RunStatus::Failed;
    }
    let undelivered = m.text(DELIVERY).filter(|e| !e.is_empty()).or_else(|| {
        let word = m.text(DELIVERED)?;
        let class = ctx.vocabulary.class(word.exact(), Place::Status);
        (class.map(Class::run_status) == Some(RunStatus::Failed)).then_some(word)
    });
    if let Some(why) = undelivered
        && beat.status == RunStatus::Ok
    {
        beat.status = RunStatus::Partial;
        beat.failed = items("delivery failed", Some(lent(why.exact())));
    } else if let Some(error) = error {
        match beat.status {
            RunStatus::Ok => {}
            // Why it was passed over is no failure.
            RunStatus::Skipped => beat.skipped = items(error.exact(), None),
            RunStatus::Running
            | RunStatus::Partial
            | RunStatus::Failed
            | RunStatus::Blocked
            | RunStatus::Unknown => beat.failed = items(error.exact(), None),
        }
    }
}

fn lent(text: &str) -> Lent<'static> {
    Lent::from(text.to_owned())
}

fn items(what: &str, why: Option<Lent<'static>>) -> Items<'static> {
    Items::from_list(vec![Item {
        what: lent(what),
        why,
        ..Item::default()
    }])
}

#[cfg(test)]
mod tests;
