//! Files of one run each: the pages that Hermes and nanobot keep under `cron/output/JOB/`, and pages whose front matter
//! says when a run began or what it was called.
//!
//! What the agent was asked stands in a page too; nothing of it counts.

use crate::domain::heartbeat::{Heartbeat, Item, Items, RunStatus, Stamp};
use crate::domain::text::Lent;

use super::super::lines::{Line, LineKind, field, front_matter};
use super::super::timestamp::{self, Found, Frame};
use super::super::vocabulary::{Class, Place};
use super::super::{Body, Context, Record, dated};

/// What an agent answers that has nothing to say: it ran, and that is well.
const SILENT: &str = "[SILENT]";

pub(super) fn read(lines: &[Line], ctx: &Context<'_>) -> Option<Record<'static>> {
    let beat = of_output(lines, ctx).or_else(|| of_front_matter(lines, ctx))?;
    let end = lines.last()?.end;
    Some(Record {
        body: Body::Beat(beat),
        offset: 0,
        len: end as u32,
        line: 1,
    })
}

/// A page of `cron/output/JOB/TIME.md`, with its fields at the start and the answer below its own heading.
fn of_output(lines: &[Line], ctx: &Context<'_>) -> Option<Heartbeat<'static>> {
    let job = job_of(ctx.path)?;
    let heading = |line: &&Line| matches!(line.kind, LineKind::Heading(1));
    let title = lines.iter().find(heading).map_or("", |line| &line.text);
    let head = lines.iter().skip_while(|line| !heading(line)).skip(1);
    let head = head.take_while(|line| !matches!(line.kind, LineKind::Heading(_)));
    let fields: Vec<(String, &str)> = head.filter_map(|line| field(&line.text)).collect();
    let named = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| *v);
    let at = named("run time")
        .and_then(|time| stamp(time, ctx))
        .or_else(|| of_name(ctx))?;
    let word = named("status");
    let declared = word.and_then(|word| ctx.vocabulary.class(word, Place::Status));
    let error = below(lines, "error");
    let answer = below(lines, "response");
    let status = match declared {
        Some(class) => class.run_status(),
        None if title.ends_with("(FAILED)") || error.is_some() => RunStatus::Failed,
        None if answer.is_some() => RunStatus::Ok,
        None => RunStatus::Unknown,
    };
    let silent = answer.as_deref() == Some(SILENT);
    let failed = (status == RunStatus::Failed).then(|| {
        let what = error.clone().or_else(|| word.map(str::to_owned));
        Items::from_list(vec![Item {
            what: Lent::from(what.unwrap_or_else(|| "failed".to_owned())),
            ..Item::default()
        }])
    });
    Some(Heartbeat {
        at,
        task: Some(Lent::from(job.to_owned())),
        status,
        word: word
            .or(silent.then_some(SILENT))
            .map(|word| Lent::from(word.to_owned())),
        failed: failed.unwrap_or_default(),
        msg: error.or(answer.filter(|_| !silent)).map(Lent::from),
        ..Heartbeat::default()
    })
}

/// The job whose folder a page lies in.
fn job_of(path: &str) -> Option<&str> {
    let mut parts = path.rsplit('/').skip(1);
    let job = parts.next()?;
    (parts.next() == Some("output")).then_some(job)
}

/// The first line of what stands below a heading. The front matter of an error is a fence, which is left out, so that
/// an error without other text says only that there was one.
fn below(lines: &[Line], heading: &str) -> Option<String> {
    let is_it = |line: &Line| {
        matches!(line.kind, LineKind::Heading(2)) && line.text.eq_ignore_ascii_case(heading)
    };
    // The last one: what the agent was asked may hold such headings, too.
    let at = lines.iter().rposition(is_it)?;
    let first = lines[at + 1..]
        .iter()
        .find(|line| line.kind != LineKind::Blank);
    Some(first.map_or_else(|| heading.to_owned(), |line| line.text.clone().into_owned()))
}

fn stamp(text: &str, ctx: &Context<'_>) -> Option<Stamp> {
    let frame = Frame {
        zone: ctx.zone,
        day: timestamp::day_in_name(ctx.path),
        vocabulary: ctx.vocabulary,
    };
    timestamp::stamp(text, &frame)
}

/// `2026-03-28_10-15-07.md`.
fn of_name(ctx: &Context<'_>) -> Option<Stamp> {
    let name = ctx.path.rsplit('/').next()?;
    let (day, clock) = name.rsplit_once('.')?.0.split_once(['_', 'T'])?;
    stamp(&format!("{day} {}", clock.replace('-', ":")), ctx)
}

/// A page that begins with `---` and says there when it was (with a clock) or how it went.
fn of_front_matter(lines: &[Line], ctx: &Context<'_>) -> Option<Heartbeat<'static>> {
    let (fields, end) = front_matter(lines);
    let named = |names: &[&str]| {
        let found = fields.iter().find(|(name, _)| names.contains(&&**name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    };
    let time = |names: &[&str]| {
        let found = fields.iter().filter(|(name, _)| names.contains(&&**name));
        let mut found = found.filter_map(|(name, value)| {
            dated::in_field(
                if name == "date" { "date" } else { "time" },
                value,
                ctx.vocabulary,
            )
        });
        found.find(|found| found.clock.is_some())
    };
    let at = |found: Found| {
        found.stamp(&Frame {
            zone: ctx.zone,
            day: timestamp::day_in_name(ctx.path),
            vocabulary: ctx.vocabulary,
        })
    };
    let ended = time(&[
        "ended",
        "finished",
        "completed",
        "ts",
        "timestamp",
        "time",
        "date",
    ]);
    let started = time(&["started", "start"]).and_then(at);
    let word = named(&["status", "state", "result", "outcome"]);
    let id = named(&["run", "run_id", "session", "session_id"]);
    // A time and a status are any note's, too; a beginning or the name of a run are a run's only.
    let run = id.is_some() || started.is_some();
    let stamp = ended.and_then(at).or(started).filter(|_| run)?;
    let class = word.and_then(|word| ctx.vocabulary.class(word, Place::Status));
    let owned = |names: &[&str]| named(names).map(|value| Lent::from(value.to_owned()));
    let said = lines[end..].iter().find(|line| line.kind == LineKind::Text);
    Some(Heartbeat {
        at: stamp,
        started: started.map(|started| started.at),
        duration: started
            .map(|started| stamp.at - started.at)
            .filter(|d| d.0 > 0),
        agent: owned(&["agent", "author"]),
        task: owned(&["task", "job", "title", "name"]),
        run: id.map(|id| Lent::from(id.to_owned())),
        status: class.map_or(RunStatus::Unknown, Class::run_status),
        word: word.map(|word| Lent::from(word.to_owned())),
        msg: said.map(|line| Lent::from(line.text.clone().into_owned())),
        ..Heartbeat::default()
    })
}
