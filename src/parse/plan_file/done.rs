//! What a task list says was done, and when: entries with a time of completion, and `last_runs` maps. The list claims it
//! of itself; where nobody else keeps a log, it is all the evidence there is.

use crate::domain::heartbeat::{Heartbeat, RunStatus, Stamp, Surety};
use crate::domain::text::Lent;

use super::super::json::{Kind, Node, Source};
use super::super::members::Members;
use super::super::numbering::Numbering;
use super::super::report::Reporter;
use super::super::vocabulary::{Class, Place};
use super::super::{Body, Context, Record, snapshot};
use super::names::{NAMES, STATUS};
use super::task::{DONE_AT, STARTED};
use super::{MOST_BYTES, MOST_TASKS, documents};

/// Times that end an entry which has a status beside them.
const ENDED: &[&str] = &["completed", "ended", "endedat", "finished", "failedat"];
/// Maps from a name to when it last ran.
const LAST_RUNS: &[&str] = &["lastruns", "lastchecks", "lastexecutions"];

pub(in super::super) fn read(bytes: &[u8], ctx: &Context<'_>) -> Vec<Record<'static>> {
    if bytes.len() > MOST_BYTES || is_export(ctx.path) {
        return Vec::new();
    }
    let mut unheard = Reporter::new(bytes, 0, 1);
    let source = Source::new(bytes);
    let tapes = documents(bytes, &mut unheard);
    let roots = tapes.iter().map(|tape| tape.root(&source));
    let roots = roots.map(|root| super::lists(root, ctx.vocabulary).unwrap_or(root));
    let roots: Vec<Node<'_>> = roots.collect();
    let mut found = Vec::new();
    for root in &roots {
        match root.kind() {
            Kind::Array => found.extend(root.items().filter_map(|entry| done(entry, ctx))),
            Kind::Object => {
                found.extend(done(*root, ctx).filter(|_| roots.len() > 1));
                of_object(*root, ctx, &mut found);
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::Text { .. } => {}
        }
    }
    found.truncate(MOST_TASKS);
    let mut numbering = Numbering::new(bytes, 1);
    found
        .into_iter()
        .map(|(node, beat)| place(node, beat, &mut numbering))
        .collect()
}

/// A tracker's export of its issues: that one was closed is no run of an agent.
fn is_export(path: &str) -> bool {
    path.ends_with("issues.jsonl")
}

fn of_object<'t>(
    root: Node<'t>,
    ctx: &Context<'_>,
    found: &mut Vec<(Node<'t>, Heartbeat<'static>)>,
) {
    for (key, value) in Members::of(root).all() {
        if LAST_RUNS.contains(&key) {
            snapshot::times(value, ctx, &mut |node, beat| {
                found.push((node, beat.into_owned()));
            });
        } else if value.kind() == Kind::Array {
            found.extend(value.items().filter_map(|entry| done(entry, ctx)));
        } else if super::LISTS.contains(&key) {
            found.extend(value.fields().filter_map(|(_, entry)| done(entry, ctx)));
        }
    }
}

/// An entry that is over, or that began and is not over.
fn done<'t>(entry: Node<'t>, ctx: &Context<'_>) -> Option<(Node<'t>, Heartbeat<'static>)> {
    if !entry.is_object() {
        return None;
    }
    let m = Members::of(entry);
    let word = m.get(STATUS).and_then(|node| node.text());
    let class = word
        .as_deref()
        .and_then(|word| ctx.vocabulary.class(word, Place::Status));
    let told = |names: &[&str]| m.stamp(names, None, ctx);
    let ended = told(DONE_AT).or_else(|| told(ENDED));
    let started = told(STARTED);
    let (at, status) = match (ended, started, class) {
        (Some(at), _, None) if word.is_none() => (at, RunStatus::Ok),
        (Some(at), _, class) => (at, class.map_or(RunStatus::Unknown, Class::run_status)),
        (None, Some(at), Some(Class::Running)) => (at, RunStatus::Running),
        (None, Some(at), None) if word.is_none() => (at, RunStatus::Running),
        (None, _, _) => return None,
    };
    let started = started.filter(exact).map(|stamp| stamp.at);
    let lent = |text: &str| Lent::from(text.to_owned());
    let said = |names: &[&str]| {
        let text = m
            .get(names)
            .filter(|n| matches!(n.kind(), Kind::Text { .. }))?;
        text.text().map(|text| lent(&text))
    };
    let beat = Heartbeat {
        at,
        task: m.text(NAMES).map(|name| lent(name.exact())),
        agent: m
            .text(&["agent", "agentid", "assignee", "owner"])
            .map(|name| lent(name.exact())),
        status,
        word: word.as_deref().map(lent),
        started: started.filter(|started| *started <= at.at),
        duration: started
            .filter(|started| *started < at.at)
            .map(|started| at.at - started),
        msg: said(&["result", "summary", "message", "note", "notes", "error"]),
        ..Heartbeat::default()
    };
    Some((entry, beat))
}

fn exact(stamp: &Stamp) -> bool {
    stamp.surety != Surety::DayOnly
}

fn place(
    node: Node<'_>,
    beat: Heartbeat<'static>,
    numbering: &mut Numbering<'_>,
) -> Record<'static> {
    let (from, to) = node.span();
    Record {
        body: Body::Beat(beat),
        offset: from as u64,
        len: (to - from) as u32,
        line: numbering.at(from),
    }
}
