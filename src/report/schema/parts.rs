//! Parts that several answers share.

use serde_json::{Value, json};

use super::{Must, Property, about, count, flag, list, moment, object, or_null, text, words};
use crate::domain::finding::FindingKind;
use crate::domain::policy::Source;
use crate::domain::verb::Verb;

pub(super) const STATES: &[&str] = &["blind", "paused", "down", "stale", "late", "unknown", "ok"];

const ROWS: &[&str] = &[
    "fail", "gap", "down", "stale", "skip", "late", "blind", "?", "run", "paused", "ok",
];

pub(super) const TASK_STATES: &[&str] = &[
    "blind",
    "conflicted",
    "done",
    "failed",
    "skipped",
    "off",
    "held",
    "phantom claim",
    "orphaned",
    "silent",
    "stuck",
    "awaiting agent",
    "review",
    "running",
    "claimed",
    "skipped silently",
    "missed",
    "late",
    "due",
    "upcoming",
    "unjudged",
];

pub(super) const RUN_STATUSES: &[&str] = &[
    "running", "ok", "partial", "skipped", "failed", "blocked", "unknown",
];

const SEVERITIES: &[&str] = &["info", "warning", "critical"];

pub(super) fn named(schema: &str) -> Property {
    ("schema", Must, json!({ "const": schema }))
}

pub(super) fn row() -> Property {
    (
        "row",
        Must,
        about(
            "How its row looks: by the worst of its findings, else by its state.",
            words(ROWS),
        ),
    )
}

pub(super) fn since() -> Property {
    (
        "since",
        Must,
        about(
            "Since when the row looks like this; null for healthy rows.",
            or_null(moment()),
        ),
    )
}

pub(super) fn source() -> Value {
    let sources = [
        Source::Default,
        Source::Fleet,
        Source::Agent,
        Source::Declared,
        Source::Learned,
        Source::System,
    ];
    words(&sources.map(Source::word))
}

pub(super) fn evidence() -> Value {
    object(vec![
        (
            "file",
            Must,
            about(
                "Relative to the fleet's root where it lies beneath one.",
                text(),
            ),
        ),
        (
            "line",
            Must,
            about("From 1; 0 where the file as a whole is meant.", count()),
        ),
        (
            "text",
            Must,
            about("What stands there, in short and made safe to show.", text()),
        ),
    ])
}

/// What names a case, wherever one is told.
pub(super) fn case() -> [Property; 5] {
    let kinds: Vec<&str> = FindingKind::ALL.iter().map(|kind| kind.word()).collect();
    [
        (
            "id",
            Must,
            about("The same as long as the case lasts.", text()),
        ),
        ("kind", Must, words(&kinds)),
        ("severity", Must, words(SEVERITIES)),
        ("agent", Must, text()),
        ("task", Must, or_null(text())),
    ]
}

pub(super) fn finding() -> Value {
    let mut all = Vec::from(case());
    all.extend([
        (
            "since",
            Must,
            about("When it began, not when it was noticed.", moment()),
        ),
        (
            "threshold",
            Must,
            about(
                "The limit that was passed, and its source in brackets.",
                or_null(text()),
            ),
        ),
        ("sentence", Must, text()),
        ("clears", Must, about("What would make it go away.", text())),
        ("evidence", Must, list(&evidence())),
        (
            "operations",
            Must,
            about(
                "Verbs that can be ordered now, as an order for each would be decided; what only waits for a reason or a text is among them.",
                list(&verb()),
            ),
        ),
        (
            "refused",
            Must,
            about(
                "Verbs that would be refused, each with the reason and what would make it possible.",
                list(&refused()),
            ),
        ),
        (
            "first_shown",
            Must,
            about(
                "When it was first told: against `since` this is the delay of detection. Null while it is not told.",
                or_null(moment()),
            ),
        ),
        (
            "flaps",
            Must,
            about("It came and went three times within an hour.", flag()),
        ),
        (
            "counts",
            Must,
            about(
                "It asks for a person: a warning or worse, told, and neither acknowledged nor snoozed nor under maintenance.",
                flag(),
            ),
        ),
        (
            "said",
            Must,
            or_null(words(&["acknowledged", "snoozed", "maintenance"])),
        ),
        (
            "until",
            Must,
            about(
                "Until when it is snoozed, or under maintenance.",
                or_null(moment()),
            ),
        ),
    ]);
    object(all)
}

pub(super) fn verb() -> Value {
    words(&Verb::ALL.iter().map(|verb| verb.word()).collect::<Vec<_>>())
}

fn refused() -> Value {
    object(vec![("op", Must, verb()), ("why", Must, text())])
}

pub(super) fn counts(names: &[&'static str]) -> Value {
    object(names.iter().map(|name| (*name, Must, count())).collect())
}

pub(super) fn item(more: Vec<Property>) -> Value {
    let mut all = vec![
        ("what", Must, about("In the agent's words.", text())),
        ("at", Must, about("The last time.", moment())),
        ("task", Must, or_null(text())),
        (
            "count",
            Must,
            about("Equal items are folded into one.", count()),
        ),
    ];
    all.extend(more);
    object(all)
}

pub(super) fn cadence() -> [Property; 2] {
    [
        (
            "cadence_s",
            Must,
            about("How often life is expected.", or_null(count())),
        ),
        ("cadence_source", Must, or_null(source())),
    ]
}
