//! Answers about days: how one was planned, and how it goes.

use serde_json::Value;

use super::answers::named;
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
