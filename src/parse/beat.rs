//! One JSON object as a heartbeat.

use crate::domain::heartbeat::{Cost, Heartbeat, Item, Items, Process, RunStatus, Stamp, Surety};
use crate::domain::text::Lent;

use super::diagnostic::DiagnosticKind;
use super::items::{items, stages};
use super::json::{Kind, Node};
use super::report::{Advice, Reporter};
use super::slots::Slots;
use super::vocabulary::{Class, Field, Place, Vocabulary};
use super::{Context, timestamp};

/// Longest message taken from a value that is no text, in bytes.
const MOST_VERBATIM: usize = 500;

const NO_TIME: Advice = Advice {
    expected: "\"ts\", when the line was written",
    remedy: "add \"ts\" as RFC 3339 with offset; until then the file's time stands in",
};
const BAD_TIME: Advice = Advice {
    expected: "a time, best RFC 3339 with offset such as 2026-03-28T10:15:07+02:00",
    remedy: "write the time with date and offset",
};
const NO_ZONE: Advice = Advice {
    expected: "an offset behind the time, such as +02:00 or Z",
    remedy: "write RFC 3339 with offset; the agent's zone was assumed",
};
const STRANGE_STATUS: Advice = Advice {
    expected: "a status of running, ok, partial, skipped, failed",
    remedy: "use one of these words, or add yours to the vocabulary of the config",
};
const NO_BEAT: Advice = Advice {
    expected: "an object with \"ts\" and \"status\"",
    remedy: "give each report a time and a status, or ignore this file in the config",
};

/// The heartbeat an object stands for; none where it says nothing of a run.
pub(super) fn beat<'t>(
    object: Node<'t>,
    ctx: &Context<'_>,
    reporter: &mut Reporter<'_>,
) -> Option<Heartbeat<'t>> {
    let slots = Slots::of(object, ctx.vocabulary);
    let place = object.span().0;
    let timed = when(&slots, ctx, reporter);
    if timed.is_none() && !speaks(&slots) {
        if let Some(inner) = enveloped(object, ctx) {
            return beat(inner, ctx, reporter);
        }
        reporter.say(DiagnosticKind::MissingField, place, NO_BEAT);
        return None;
    }
    let mut beat = Heartbeat {
        at: timed.unwrap_or_else(|| file_time(ctx)),
        ..Heartbeat::default()
    };
    if timed.is_none() {
        reporter.say(DiagnosticKind::MissingField, place, NO_TIME);
    }
    name(&mut beat, &slots);
    status(&mut beat, &slots, ctx.vocabulary, reporter);
    lists(&mut beat, &slots, ctx.vocabulary);
    words(&mut beat, &slots, ctx.vocabulary);
    delivery(&mut beat, &slots);
    times(&mut beat, &slots, ctx);
    extras(&mut beat, &slots, ctx);
    Some(beat)
}

/// What an envelope holds: the one member of an object that says when, where the object itself does not.
fn enveloped<'t>(object: Node<'t>, ctx: &Context<'_>) -> Option<Node<'t>> {
    let timed = |node: &Node<'_>| {
        let slots = Slots::of(*node, ctx.vocabulary);
        let at = |field| matches!(slots.stamp(field, ctx), Ok(Some(_)));
        [Field::At, Field::Ended, Field::Started]
            .into_iter()
            .any(at)
    };
    let mut inner = object
        .fields()
        .map(|(_, value)| value)
        .filter(|n| n.is_object() && timed(n));
    let first = inner.next()?;
    inner.next().is_none().then_some(first)
}

/// Whether it tells anything of a run although it has no time.
fn speaks(slots: &Slots<'_>) -> bool {
    [
        Field::Status,
        Field::Run,
        Field::Did,
        Field::Skipped,
        Field::Failed,
    ]
    .into_iter()
    .any(|field| slots.get(field).is_some_and(|n| !n.is_object()))
}

fn file_time(ctx: &Context<'_>) -> Stamp {
    match timestamp::day_in_name(ctx.path) {
        Some(day) => Stamp {
            at: ctx.zone.start_of(day),
            surety: Surety::DayOnly,
        },
        None => Stamp {
            at: ctx.modified,
            surety: Surety::FileTime,
        },
    }
}

/// When the record was written: its own time, else its end, else its start.
fn when(slots: &Slots<'_>, ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Option<Stamp> {
    for field in [Field::At, Field::Ended, Field::Started] {
        match slots.stamp(field, ctx) {
            Ok(Some(stamp)) => {
                if stamp.surety == Surety::AssumedZone
                    && let Some(node) = slots.get(field)
                {
                    reporter.say(DiagnosticKind::AssumedZone, node.span().0, NO_ZONE);
                }
                return Some(stamp);
            }
            Ok(None) => {}
            Err(at) => reporter.say(DiagnosticKind::BadTime, at, BAD_TIME),
        }
    }
    None
}

fn name<'t>(beat: &mut Heartbeat<'t>, slots: &Slots<'t>) {
    beat.run = slots.lent(Field::Run);
    beat.task = slots.lent(Field::Task);
    let owned = |name: &str| Lent::from(name.to_owned());
    let of_session = || session_agent(beat.run.as_ref()?.exact()).map(owned);
    let of_key = || session_agent(&slots.text(Field::Session)?).map(owned);
    beat.agent = slots.lent(Field::Agent).or_else(of_session).or_else(of_key);
}

/// The agent of a session's key: `agent:<name>:…`.
pub(super) fn session_agent(key: &str) -> Option<&str> {
    key.strip_prefix("agent:")?.split(':').next()
}

/// A status of the contract, as it is written in nearly every line.
pub(super) fn contract_status(word: &[u8]) -> Option<RunStatus> {
    Some(match word {
        b"ok" => RunStatus::Ok,
        b"running" => RunStatus::Running,
        b"partial" => RunStatus::Partial,
        b"skipped" => RunStatus::Skipped,
        b"failed" => RunStatus::Failed,
        _ => return None,
    })
}

fn status<'t>(
    beat: &mut Heartbeat<'t>,
    slots: &Slots<'t>,
    vocabulary: &Vocabulary,
    reporter: &mut Reporter<'_>,
) {
    if let Some(node) = slots.get(Field::Status) {
        if let Some(status) = contract_status(node.raw()) {
            beat.status = status;
            return;
        }
        if written(beat, node, slots, vocabulary, reporter) {
            return;
        }
    }
    let flag = |field, good: bool| {
        let node = slots.get(field)?;
        // An exit code: 0 is no trouble.
        let code = || (field == Field::Bad).then(|| node.count()).flatten();
        let value = node.boolean().or_else(|| Some(code()? != 0))?;
        Some(if value == good {
            RunStatus::Ok
        } else {
            RunStatus::Failed
        })
    };
    if let Some(status) = flag(Field::Good, true).or_else(|| flag(Field::Bad, false)) {
        beat.status = status;
        return;
    }
    if let Some(status) = slots.get(Field::Level).and_then(numbered_level) {
        beat.status = status;
        return;
    }
    for (field, place) in [(Field::Level, Place::Level), (Field::Event, Place::Event)] {
        let class = slots.text(field).and_then(|t| vocabulary.class(&t, place));
        if let Some(class) = class {
            beat.status = class.run_status();
            return;
        }
    }
    if slots.text(Field::Error).is_some() {
        beat.status = RunStatus::Failed;
    } else if slots.get(Field::Skipped).and_then(|n| n.boolean()) == Some(true) {
        beat.status = RunStatus::Skipped;
    }
}

/// The levels of pino and bunyan, which are numbers: 40 warns, 50 is an error, 60 is the end.
fn numbered_level(node: Node<'_>) -> Option<RunStatus> {
    match (node.kind(), node.count()?) {
        (Kind::Number, 40) => Some(RunStatus::Partial),
        (Kind::Number, 50 | 60) => Some(RunStatus::Failed),
        _ => None,
    }
}

/// A status in other words. False where the field holds prose or structure and other fields must decide.
fn written<'t>(
    beat: &mut Heartbeat<'t>,
    node: Node<'t>,
    slots: &Slots<'t>,
    vocabulary: &Vocabulary,
    reporter: &mut Reporter<'_>,
) -> bool {
    let inner = if node.is_object() {
        ["status", "state", "code"]
            .into_iter()
            .find_map(|name| node.get(name))
    } else {
        None
    };
    let node = inner.unwrap_or(node);
    if let Some(good) = node.boolean() {
        beat.status = if good {
            RunStatus::Ok
        } else {
            RunStatus::Failed
        };
        return true;
    }
    let Some(text) = node.text() else {
        return false;
    };
    let class = vocabulary.class(&text, Place::Status);
    // "active" of an agent is no run; of a named run or task it is.
    let of_agent = text.eq_ignore_ascii_case("active") || text.eq_ignore_ascii_case("idle");
    let unnamed = slots.get(Field::Task).is_none() && slots.get(Field::Run).is_none();
    let class = class.filter(|_| !(of_agent && unnamed));
    // An answer in words stands where others have a status; what says yes or no beside it decides.
    let decided = || {
        let said = |field| slots.get(field).is_some_and(|n| n.boolean().is_some());
        said(Field::Good) || said(Field::Bad)
    };
    if class.is_none() && (text.split_whitespace().nth(4).is_some() || decided()) {
        return false;
    }
    if class.is_none() {
        reporter.say(DiagnosticKind::UnknownStatus, node.span().0, STRANGE_STATUS);
    }
    beat.status = class.map_or(RunStatus::Unknown, Class::run_status);
    beat.word = Some(Lent::new(text));
    true
}

fn lists<'t>(beat: &mut Heartbeat<'t>, slots: &Slots<'t>, vocabulary: &Vocabulary) {
    for (field, list) in [
        (Field::Did, &mut beat.did),
        (Field::Skipped, &mut beat.skipped),
        (Field::Failed, &mut beat.failed),
    ] {
        if let Some(node) = slots.get(field) {
            *list = items(node);
        }
    }
    if let Some(node) = slots.get(Field::Stages)
        && beat.did.count + beat.skipped.count + beat.failed.count == 0
    {
        [beat.did, beat.skipped, beat.failed] = stages(node, vocabulary);
    }
}

/// The line for people, and the error, which is also what failed where nothing else says so.
fn words<'t>(beat: &mut Heartbeat<'t>, slots: &Slots<'t>, vocabulary: &Vocabulary) {
    let status_index = slots.get(Field::Status).map(|n| n.index());
    beat.msg = slots.get(Field::Message).and_then(|node| {
        let is_status = Some(node.index()) == status_index
            && node
                .text()
                .is_some_and(|t| vocabulary.class(&t, Place::Status).is_some());
        if is_status { None } else { message(node) }
    });
    let error = slots.get(Field::Error).and_then(message);
    if let Some(error) = error {
        let items = || {
            Items::from_list(vec![Item {
                what: error.clone(),
                ..Item::default()
            }])
        };
        // Why a run was passed over is no failure.
        let passed_over = beat.status == RunStatus::Skipped;
        if passed_over && beat.skipped.count == 0 {
            beat.skipped = items();
        } else if !passed_over && beat.failed.count == 0 && beat.status != RunStatus::Ok {
            beat.failed = items();
        }
        beat.msg.get_or_insert(error);
    }
}

fn message(node: Node<'_>) -> Option<Lent<'_>> {
    match node.kind() {
        Kind::Text { .. } => node.text().map(Lent::new),
        Kind::Object => ["message", "msg", "summary", "text", "content", "error"]
            .into_iter()
            .find_map(|key| said(node.get(key)?))
            .or_else(|| (!node.is_empty()).then(|| start_of(node))),
        Kind::Array => (!node.is_empty()).then(|| start_of(node)),
        // A number or a flag in a free field is a counter, not a sentence.
        Kind::Null | Kind::Bool(_) | Kind::Number => None,
    }
}

/// A text that says something, also as the first text of a list of parts.
fn said(node: Node<'_>) -> Option<Lent<'_>> {
    let part = node.items().find_map(|part| part.get("text")?.text());
    let text = node.text().or(part).filter(|text| !text.is_empty());
    text.map(Lent::new)
}

fn start_of(node: Node<'_>) -> Lent<'_> {
    let text = node.verbatim();
    if text.len() <= MOST_VERBATIM {
        return Lent::new(text);
    }
    let end = (0..=MOST_VERBATIM)
        .rev()
        .find(|i| text.is_char_boundary(*i));
    Lent::from(format!("{}…", &text[..end.unwrap_or(0)]))
}

/// A run that went well and a delivery that did not is a partial run, whichever of the two the status tells of.
fn delivery<'t>(beat: &mut Heartbeat<'t>, slots: &Slots<'t>) {
    let own = slots.get(Field::DeliveryError).and_then(message);
    let told = own.is_some()
        || (slots.text(Field::Error)).is_some_and(|e| e.to_ascii_lowercase().contains("delivery"));
    let worked = match beat.status {
        RunStatus::Ok => own.is_some(),
        RunStatus::Failed => told && slots.has("summary"),
        RunStatus::Running
        | RunStatus::Partial
        | RunStatus::Skipped
        | RunStatus::Blocked
        | RunStatus::Unknown => false,
    };
    if worked {
        beat.status = RunStatus::Partial;
        if let Some(error) = own {
            beat.failed = Items::from_list(vec![Item {
                what: Lent::from("delivery failed"),
                why: Some(error),
                ..Item::default()
            }]);
        }
    }
}

fn times(beat: &mut Heartbeat<'_>, slots: &Slots<'_>, ctx: &Context<'_>) {
    beat.due = slots.at(Field::Due, ctx);
    beat.next = slots.at(Field::Next, ctx);
    beat.started = slots.at(Field::Started, ctx);
    beat.duration = slots.duration();
    let ended = slots.at(Field::Ended, ctx);
    if beat.duration.is_none()
        && let (Some(started), Some(ended)) = (beat.started, ended)
        && ended >= started
    {
        beat.duration = Some(ended - started);
    }
    if beat.started.is_none()
        && let Some(duration) = beat.duration
        && beat.status.is_final()
        && beat.at.surety != Surety::FileTime
    {
        beat.started = Some(ended.unwrap_or(beat.at.at) - duration);
    }
}

fn extras<'t>(beat: &mut Heartbeat<'t>, slots: &Slots<'t>, ctx: &Context<'_>) {
    beat.epoch = slots.count(Field::Epoch);
    beat.error_type = slots.lent(Field::ErrorType);
    if let Some(node) = slots.get(Field::Resource) {
        beat.resources = texts(node);
    }
    if let Some(pid) = slots
        .count(Field::Pid)
        .and_then(|pid| u32::try_from(pid).ok())
    {
        beat.process = Some(Process {
            pid,
            started: slots.at(Field::PidStarted, ctx),
            host: slots.lent(Field::Host),
        });
    }
    let inner = slots
        .get(Field::Usage)
        .filter(Node::is_object)
        .map(|node| Slots::of(node, ctx.vocabulary));
    let number = |field| {
        let of_usage = || inner.as_ref().and_then(|usage| usage.get(field));
        slots.get(field).or_else(of_usage)
    };
    let cost = Cost {
        model: slots.lent(Field::Model),
        tokens_in: number(Field::TokensIn).and_then(|n| n.count()),
        tokens_out: number(Field::TokensOut).and_then(|n| n.count()),
        usd: number(Field::CostUsd).and_then(|n| n.number()),
    };
    beat.cost = (cost != Cost::default()).then_some(cost);
}

/// A text, or a list of texts.
pub(super) fn texts(node: Node<'_>) -> Vec<Lent<'_>> {
    let own = node.text().map(Lent::new);
    let listed = node.items().filter_map(|n| n.text().map(Lent::new));
    own.into_iter()
        .chain(listed)
        .filter(|t| !t.is_empty())
        .collect()
}
