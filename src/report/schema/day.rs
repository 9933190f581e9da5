//! Answers about days: how one was planned, and how it goes.

use serde_json::Value;

use super::parts::{finding, named};
use super::{Must, about, count, document, flag, list, moment, object, or_null, text, words};

pub fn plan() -> Value {
    let planned = object(vec![
        ("agent", Must, text()),
        ("task", Must, text()),
        ("due", Must, moment()),
        ("jitter_s", Must, count()),
        ("est_s", Must, or_null(count())),
        ("origin", Must, words(&["unfinished", "backlog", "repeats"])),
        (
            "tier",
            Must,
            or_null(words(&["read-only", "append-only", "mutating"])),
        ),
        ("resources", Must, list(&text())),
    ]);
    let left = object(vec![
        ("agent", Must, or_null(text())),
        ("task", Must, text()),
        ("why", Must, about("Why it is not planned.", text())),
    ]);
    let file = object(vec![
        ("agent", Must, text()),
        ("file", Must, text()),
        (
            "replaces",
            Must,
            about("An earlier plan of rounds' making for that day.", flag()),
        ),
        ("failed", Must, about("It could not be written.", flag())),
        ("notes", Must, list(&text())),
    ]);
    let backlog = object(vec![("file", Must, text()), ("entries", Must, count())]);
    document(
        "rounds.plan/1",
        "Answer of `rounds plan --json`: one document.",
        object(vec![
            named("rounds.plan/1"),
            ("date", Must, text()),
            ("tz", Must, text()),
            ("seed", Must, count()),
            (
                "written",
                Must,
                about("False: a dry run, nothing was touched.", flag()),
            ),
            ("backlogs", Must, list(&backlog)),
            ("planned", Must, list(&planned)),
            ("left", Must, list(&left)),
            ("files", Must, list(&file)),
            ("notices", Must, list(&text())),
        ]),
    )
}

fn end() -> Value {
    object(vec![
        ("agent", Must, text()),
        ("task", Must, or_null(text())),
        ("at", Must, moment()),
    ])
}

fn slot() -> Value {
    let stages = crate::view::sprint::Stage::ALL.map(crate::view::sprint::Stage::word);
    object(vec![
        ("task", Must, text()),
        ("due", Must, or_null(moment())),
        ("jitter_s", Must, count()),
        ("est_s", Must, or_null(count())),
        ("state", Must, text()),
        ("column", Must, or_null(words(&stages))),
        ("since", Must, about("When the state began.", moment())),
        ("started", Must, or_null(moment())),
        ("ended", Must, or_null(moment())),
        (
            "tier",
            Must,
            or_null(words(&["read-only", "append-only", "mutating"])),
        ),
        ("resources", Must, list(&text())),
        ("depends_on", Must, list(&text())),
        (
            "reviews_itself",
            Must,
            about("The one who did the work would review it.", flag()),
        ),
    ])
}

pub fn sprint() -> Value {
    let bar = object(vec![
        ("action", Must, text()),
        ("planned", Must, count()),
        ("limit", Must, count()),
    ]);
    let lane = object(vec![
        ("agent", Must, text()),
        ("done", Must, count()),
        ("planned", Must, count()),
        ("unaccounted", Must, count()),
        ("capacity", Must, list(&bar)),
        ("tasks", Must, list(&slot())),
    ]);
    let link = object(vec![
        ("kind", Must, words(&["collision", "spacing", "dependency"])),
        ("from", Must, end()),
        ("to", Must, end()),
        ("resource", Must, or_null(text())),
        ("sentence", Must, text()),
    ]);
    document(
        "rounds.sprint/1",
        "Answer of `rounds sprint --json`: one document.",
        object(vec![
            named("rounds.sprint/1"),
            ("at", Must, moment()),
            ("date", Must, text()),
            ("tz", Must, text()),
            ("agents", Must, list(&lane)),
            (
                "links",
                Must,
                about("Two slots, and what is wrong between them.", list(&link)),
            ),
            (
                "tomorrow",
                Must,
                about("Findings of the kind plan_lint.", list(&finding())),
            ),
        ]),
    )
}

pub fn storm() -> Value {
    let overdue = object(vec![
        ("agent", Must, text()),
        ("task", Must, text()),
        ("slots", Must, count()),
        ("first", Must, moment()),
        ("last", Must, moment()),
        (
            "tier",
            Must,
            or_null(words(&["read-only", "append-only", "mutating"])),
        ),
    ]);
    let together = object(vec![
        ("resource", Must, text()),
        ("tasks", Must, list(&text())),
    ]);
    let over = object(vec![
        ("agent", Must, text()),
        ("action", Must, text()),
        ("would", Must, count()),
        ("limit", Must, count()),
    ]);
    let spread = object(vec![
        ("agent", Must, text()),
        ("task", Must, text()),
        ("due", Must, moment()),
    ]);
    let left = object(vec![
        ("agent", Must, or_null(text())),
        ("task", Must, text()),
        ("why", Must, text()),
    ]);
    document(
        "rounds.storm/1",
        "Answer of `rounds sprint --storm --json`: one document.",
        object(vec![
            named("rounds.storm/1"),
            ("at", Must, moment()),
            ("overdue", Must, list(&overdue)),
            (
                "together",
                Must,
                about(
                    "Tasks that would begin on one resource at once.",
                    list(&together),
                ),
            ),
            (
                "over",
                Must,
                about("Limits that would be passed.", list(&over)),
            ),
            (
                "spread",
                Must,
                about(
                    "Where each would go in what is left of the day.",
                    list(&spread),
                ),
            ),
            ("left", Must, list(&left)),
        ]),
    )
}
