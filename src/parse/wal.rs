//! `wal.jsonl`: each object one step of the write-ahead log.

use crate::domain::action::{Reversible, Step, StepStatus};
use crate::domain::heartbeat::{Stamp, Surety};
use crate::domain::id::{RunId, TaskId};
use crate::domain::text::Untrusted;

use super::diagnostic::DiagnosticKind;
use super::items::tier;
use super::json::Node;
use super::report::{Advice, Reporter};
use super::slots::Slots;
use super::vocabulary::{Class, Field, Place, Vocabulary};
use super::{Body, Chunk, Context, Record, Rest, stream};

const NO_STEP: Advice = Advice {
    expected: "a step with \"ts\", \"do\" and \"status\"",
    remedy: "write one object per step: intended before, done after",
};
const STRANGE_STATUS: Advice = Advice {
    expected: "a status of intended, ready, done, failed, skipped",
    remedy: "use one of these words",
};

pub(super) fn read(chunk: Chunk<'_>, ctx: &Context<'_>, take: impl FnMut(Record<'_>)) -> Rest {
    stream::read(
        chunk,
        |object, reporter| step(object, ctx, reporter).map(Body::Step),
        take,
    )
}

fn step(object: Node<'_>, ctx: &Context<'_>, reporter: &mut Reporter<'_>) -> Option<Step> {
    let slots = Slots::of(object, ctx.vocabulary);
    let action = text(object, &["do", "action"]);
    let place = object.span().0;
    let stamp = slots.stamp(Field::At, ctx).ok().flatten();
    if action.is_none() && !slots.has("status") {
        reporter.say(DiagnosticKind::MissingField, place, NO_STEP);
        return None;
    }
    if stamp.is_none() {
        reporter.say(DiagnosticKind::MissingField, place, NO_STEP);
    }
    let word = slots.text(Field::Status).unwrap_or_default();
    let status = status(&word, ctx.vocabulary);
    if status == StepStatus::Unknown {
        reporter.say(DiagnosticKind::UnknownStatus, place, STRANGE_STATUS);
    }
    Some(Step {
        at: stamp.unwrap_or(Stamp {
            at: ctx.modified,
            surety: Surety::FileTime,
        }),
        run: slots.text(Field::Run).map(RunId::new),
        task: text(object, &["task", "task_id", "taskId"]).map(|t| TaskId::new(t.exact())),
        step: text(object, &["step", "step_id", "stepId"]),
        action,
        target: text(object, &["target"]),
        tier: text(object, &["tier"]).and_then(|t| tier(t.exact())),
        reversible: reversible(object),
        key: text(object, &["key"]),
        status,
        epoch: slots.count(Field::Epoch),
        why: text(object, &["why", "reason", "error"]),
    })
}

/// The first of these members that says something.
fn text(object: Node<'_>, keys: &[&str]) -> Option<Untrusted> {
    keys.iter()
        .find_map(|key| object.get(key).filter(|node| !node.is_empty()))
        .map(|node| Untrusted::new(node.verbatim()))
}

pub(super) fn reversible(object: Node<'_>) -> Reversible {
    match object.get("reversible").and_then(|node| node.boolean()) {
        Some(true) => Reversible::Yes,
        Some(false) => Reversible::No,
        None => Reversible::Undeclared,
    }
}

fn status(word: &str, vocabulary: &Vocabulary) -> StepStatus {
    match word {
        "intended" | "intent" | "begin" => return StepStatus::Intended,
        "ready" => return StepStatus::Ready,
        "done" => return StepStatus::Done,
        _ => {}
    }
    match vocabulary.class(word, Place::Status) {
        Some(Class::Ok) => StepStatus::Done,
        Some(Class::Failed) => StepStatus::Failed,
        Some(Class::Skipped) => StepStatus::Skipped,
        Some(Class::Running | Class::Pending) => StepStatus::Intended,
        Some(Class::Partial | Class::Review | Class::Blocked | Class::Off) | None => {
            StepStatus::Unknown
        }
    }
}
