//! One JSON document that is the latest state of an agent: its times become beats that claim nothing more than life,
//! unless the document names a status.

use std::cell::Cell;

use crate::domain::heartbeat::{Heartbeat, RunStatus, Surety};
use crate::domain::text::Lent;
use crate::domain::time::{Day, Ts, Zone};

use super::beat::beat;
use super::json::{Kind, Node, Source};
use super::members::Members;
use super::numbering::Numbering;
use super::plan_file::documents;
use super::report::Reporter;
use super::slots::moment;
use super::timestamp::Frame;
use super::vocabulary::{Field, Place, Vocabulary};
use super::{Body, Chunk, Context, Record, Rest, dated, timestamp};

mod keyed;

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, mut take: impl FnMut(Record<'_>)) -> Rest {
    let mut reporter = Reporter::new(chunk.bytes, chunk.offset, chunk.line);
    let source = Source::new(chunk.bytes);
    let tapes = documents(chunk.bytes, &mut reporter);
    let mut numbering = Numbering::new(chunk.bytes, chunk.line);
    // Of several documents appended one after another the last is the state.
    if let Some(root) = tapes.last().map(|tape| tape.root(&source)) {
        beats(root, ctx, &mut reporter, &mut |node, beat| {
            let (from, to) = node.span();
            take(Record {
                body: Body::Beat(beat),
                offset: chunk.offset + from as u64,
                len: (to - from) as u32,
                line: numbering.at(from),
            });
        });
    }
    Rest {
        diagnostics: reporter.out,
        consumed: chunk.bytes.len(),
        next_line: numbering.at(chunk.bytes.len()),
        ..Rest::default()
    }
}

/// Whether the bytes are a document that gives at least one beat.
pub(super) fn knows(bytes: &[u8], vocabulary: &Vocabulary) -> bool {
    let ctx = Context {
        path: "",
        zone: Zone::UTC,
        modified: Ts(0),
        vocabulary,
    };
    let mut reporter = Reporter::new(bytes, 0, 1);
    let source = Source::new(bytes);
    let tapes = documents(bytes, &mut reporter);
    let mut found = false;
    if let Some(root) = tapes.last().map(|tape| tape.root(&source)) {
        beats(root, &ctx, &mut reporter, &mut |_, _| found = true);
    }
    found
}

/// Members that map a name to when it was last done.
const CHECKS: &[&str] = &[
    "lastchecks",
    "lastcheck",
    "lastruns",
    "lastexecutions",
    "lastheartbeats",
    "checks",
];
/// Members that hold the task at hand, where the document says no more than when it was written.
const CURRENT: &[&str] = &["currenttask", "activetask", "task", "current"];
/// Members that list what happened, an object each.
const LISTS: &[&str] = &[
    "runs",
    "history",
    "executions",
    "records",
    "events",
    "log",
    "logs",
    "entries",
    "heartbeats",
    "beats",
    "agents",
];
/// Names of members that only wrap.
const ENVELOPES: &[&str] = &[
    "meta",
    "metadata",
    "data",
    "info",
    "heartbeat",
    "state",
    "status",
];
/// How deep a map of maps is followed.
const DEEPEST: usize = 3;
/// Longest text that says how and when at once, in bytes.
const LONGEST_SENTENCE: usize = 80;

/// Takes what a member of a document says.
type Out<'o, 't> = &'o mut dyn FnMut(Node<'t>, Heartbeat<'t>);

fn beats<'t>(root: Node<'t>, ctx: &Context<'_>, reporter: &mut Reporter<'_>, out: Out<'_, 't>) {
    if !root.is_object() || root.is_empty() {
        return;
    }
    let said = Cell::new(false);
    let out = &mut |node, beat| {
        said.set(true);
        out(node, beat);
    };
    let members = Members::of(root);
    // The day that the document names is that of the clocks in it.
    let day = root.get("date").and_then(|date| date.text());
    let day =
        day.filter(|day| Day::parse(day).is_some() && timestamp::day_in_name(ctx.path).is_none());
    let ctx = &Context {
        path: day.as_deref().unwrap_or(ctx.path),
        ..*ctx
    };
    listed(&members, ctx, reporter, out);
    if keyed::is_one(root, ctx.vocabulary) {
        keyed::read(root, ctx, out);
    } else if has_time(root, ctx) {
        let own = own(root, &members, ctx, reporter);
        // A mere date beside records is the heading of them.
        if let Some(beat) = own.filter(|own| own.at.surety != Surety::DayOnly || !said.get()) {
            out(root, beat);
        }
    } else if !said.get() {
        bare(root, ctx, reporter, out);
    }
}

/// What a document says of itself: of the task at hand where it has one and no status of its own.
fn own<'t>(
    root: Node<'t>,
    members: &Members<'t>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Option<Heartbeat<'t>> {
    let own = beat(root, ctx, reporter)?;
    let current = members
        .get(CURRENT)
        .filter(|node| node.is_object() && !node.is_empty());
    let silent = own.status == RunStatus::Unknown && own.word.is_none() && own.task.is_none();
    let Some(current) = current.filter(|_| silent) else {
        return Some(own);
    };
    let Some(task) = beat(current, ctx, reporter) else {
        return Some(own);
    };
    Some(Heartbeat { at: own.at, ..task })
}

/// The checks and lists among the members of an object.
fn listed<'t>(
    members: &Members<'t>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
    out: Out<'_, 't>,
) {
    for name in CHECKS {
        if let Some(checks) = members.get(&[name]) {
            times(checks, ctx, out);
            named_objects(checks, ctx, reporter, out);
        }
    }
    for name in LISTS {
        let Some(list) = members.get(&[name]) else {
            continue;
        };
        if list.is_object() && keyed::is_one(list, ctx.vocabulary) {
            keyed::read(list, ctx, out);
        }
        for item in list.items().filter(|item| has_time(*item, ctx)) {
            if let Some(beat) = beat(item, ctx, reporter) {
                out(item, beat);
            }
        }
    }
}

/// A document without a time of its own: a map of times, or of things that have one each.
fn bare<'t>(root: Node<'t>, ctx: &Context<'_>, reporter: &mut Reporter<'_>, out: Out<'_, 't>) {
    let mut values = root.fields().map(|(_, value)| value);
    if values.all(|v| v.kind() == Kind::Null || at(v, ctx).is_some()) {
        times(root, ctx, out);
    } else {
        inner(root, ctx, reporter, DEEPEST, out);
    }
}

/// The objects with a time in a map of things, also one map further in. What has none says nothing.
fn inner<'t>(
    map: Node<'t>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
    depth: usize,
    out: Out<'_, 't>,
) {
    named_objects(map, ctx, reporter, out);
    let plain = map
        .fields()
        .filter(|(_, value)| value.is_object() && !has_time(*value, ctx));
    for (_, value) in plain {
        listed(&Members::of(value), ctx, reporter, out);
    }
    for (key, value) in map.fields() {
        if let Some((node, beat)) = sentence(key, value, ctx) {
            out(node, beat);
        }
    }
    if depth == 0 {
        return;
    }
    let further = map.fields().filter(|(_, value)| {
        let mut values = value.fields().map(|(_, value)| value);
        value.is_object() && !has_time(*value, ctx) && values.any(|v| v.is_object())
    });
    for (_, value) in further {
        inner(value, ctx, reporter, depth - 1, out);
    }
}

/// How and when in one text: `"press": "✅ passed 2026-03-28 18:56"`.
fn sentence<'t>(
    key: Node<'t>,
    value: Node<'t>,
    ctx: &Context<'_>,
) -> Option<(Node<'t>, Heartbeat<'t>)> {
    let text = value.text().filter(|text| text.len() <= LONGEST_SENTENCE)?;
    let (found, said) = dated::in_heading(&text, ctx.vocabulary)?;
    let class = ctx.vocabulary.class(&said, Place::Status)?;
    let frame = Frame {
        zone: ctx.zone,
        day: None,
        vocabulary: ctx.vocabulary,
    };
    let at = found.stamp(&frame).filter(|_| found.clock.is_some())?;
    let beat = Heartbeat {
        at,
        task: Some(Lent::new(key.verbatim())),
        status: class.run_status(),
        word: Some(Lent::from(said)),
        ..Heartbeat::default()
    };
    Some((value, beat))
}

fn has_time(object: Node<'_>, ctx: &Context<'_>) -> bool {
    object.fields().any(|(key, value)| {
        let targets = ctx.vocabulary.targets(&key.verbatim());
        let time = |field: &Field| matches!(field, Field::At | Field::Ended | Field::Started);
        targets.iter().any(|(field, _)| time(field)) && at(value, ctx).is_some()
    })
}

fn at(node: Node<'_>, ctx: &Context<'_>) -> Option<crate::domain::heartbeat::Stamp> {
    moment(node, || timestamp::day_in_name(ctx.path), ctx)
}

/// A map from a name to when it was last done.
pub(super) fn times<'t>(map: Node<'t>, ctx: &Context<'_>, out: Out<'_, 't>) {
    for (key, value) in map.fields() {
        let Some(at) = at(value, ctx) else {
            continue;
        };
        let beat = Heartbeat {
            at,
            task: Some(Lent::new(key.verbatim())),
            ..Heartbeat::default()
        };
        out(value, beat);
    }
}

fn named_objects<'t>(
    map: Node<'t>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
    out: Out<'_, 't>,
) {
    let timed = map.fields().filter(|(_, value)| has_time(*value, ctx));
    for (key, value) in timed {
        if let Some(mut beat) = beat(value, ctx, reporter) {
            // An envelope's name says nothing of what it holds.
            if !ENVELOPES.contains(&&*key.verbatim()) {
                beat.task.get_or_insert_with(|| Lent::new(key.verbatim()));
            }
            out(value, beat);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{DiagnosticKind, Reader, log};

    type Brief = (Option<String>, RunStatus, String);

    fn snapshot(text: &str) -> (Vec<Brief>, Vec<DiagnosticKind>) {
        let vocabulary = Vocabulary::default();
        let ctx = Context {
            path: "state.json",
            zone: Zone::UTC,
            modified: Ts(0),
            vocabulary: &vocabulary,
        };
        let chunk = Chunk::whole(text.as_bytes());
        let parsed = log(Reader::Snapshot, chunk, &ctx);
        let each = parsed.records.into_iter().map(|r| match r.body {
            Body::Beat(b) => (
                b.task.map(|t| t.exact().to_owned()),
                b.status,
                b.at.at.rfc3339(),
            ),
            Body::Insight(_) | Body::Step(_) => panic!("a beat"),
        });
        (
            each.collect(),
            parsed.diagnostics.iter().map(|d| d.kind).collect(),
        )
    }

    #[test]
    fn last_checks_mix_epoch_and_iso() {
        let (beats, _) = snapshot(
            r#"{"lastChecks":{"mail":1774692907,"git":"2026-03-28T10:15:07Z","weather":null},"lastHeartbeat":"2026-03-28T05:15:07-05:00"}"#,
        );
        let at = || "2026-03-28T10:15:07Z".to_owned();
        assert_eq!(
            beats,
            [
                (Some("mail".into()), RunStatus::Unknown, at()),
                (Some("git".into()), RunStatus::Unknown, at()),
                (None, RunStatus::Unknown, at()),
            ]
        );
    }

    #[test]
    fn a_current_task_with_a_status() {
        let (beats, _) = snapshot(
            r#"{"task":"t","status":"running","done":["a"],"updatedAt":"2026-03-28T18:15:07+08:00"}"#,
        );
        assert_eq!(
            beats,
            [(
                Some("t".into()),
                RunStatus::Running,
                "2026-03-28T10:15:07Z".into()
            )]
        );
    }

    #[test]
    fn maps_of_times_and_of_timed_objects() {
        assert_eq!(
            snapshot(r#"{"a":"2026-03-28T10:00:00Z","b":1774692907}"#)
                .0
                .len(),
            2
        );
        let (beats, _) = snapshot(
            r#"{"a":{"date":"2026-03-28","状态":"已完成"},"b":{"ts":1774692907,"status":"failed"}}"#,
        );
        let statuses: Vec<_> = beats.iter().map(|b| b.1).collect();
        assert_eq!(statuses, [RunStatus::Ok, RunStatus::Failed]);
    }

    #[test]
    fn the_last_of_several_documents_wins() {
        let (beats, _) = snapshot(
            "{\"ts\":1774692900,\"task\":\"old\"}\n{\"ts\":1774692907,\"task\":\"new\"}\n",
        );
        assert_eq!(beats[0].0.as_deref(), Some("new"));
    }

    #[test]
    fn a_missing_value_is_damage_and_nothing_is_claimed() {
        let (beats, kinds) =
            snapshot("{\n  \"ts\": 1774692907,\n  \"failed\": ,\n  \"ok\": true\n}");
        assert_eq!((beats.len(), kinds), (0, vec![DiagnosticKind::Invalid]));
    }

    #[test]
    fn settings_are_no_state() {
        assert_eq!(snapshot(r#"{"a":1,"b":"x"}"#).0, []);
        assert_eq!(snapshot("{}").0, []);
    }
}
