//! The answer about a week.

use serde_json::{Value, json};

use super::answers::named;
use super::{May, Must, about, count, document, flag, list, moment, object, or_null, text, words};

fn rate() -> Value {
    about(
        "In hundredths: ok of ok, partial and failed. A skip is neither.",
        or_null(json!({ "type": "integer", "minimum": 0, "maximum": 100 })),
    )
}

fn causes() -> Value {
    list(&object(vec![
        ("what", Must, text()),
        ("count", Must, count()),
    ]))
}

fn agent() -> Value {
    let before = object(vec![
        ("did", Must, count()),
        ("skipped", Must, count()),
        ("failed", Must, count()),
    ]);
    let learned = object(vec![
        ("at", Must, moment()),
        ("kind", Must, words(&["worked", "didnt", "change", "other"])),
        ("text", Must, text()),
    ]);
    object(vec![
        ("agent", Must, text()),
        ("runs", Must, count()),
        ("success", Must, rate()),
        (
            "change",
            Must,
            about(
                "Against the week before.",
                or_null(json!({ "type": "integer" })),
            ),
        ),
        ("did", Must, count()),
        ("skipped", Must, count()),
        ("failed", Must, count()),
        ("before", Must, before),
        (
            "trend",
            Must,
            about("Eight weeks, oldest first.", list(&rate())),
        ),
        (
            "missing",
            Must,
            about("Slots that nothing accounts for.", count()),
        ),
        ("expected", Must, count()),
        ("causes", Must, causes()),
        ("tags", Must, causes()),
        (
            "insights_read",
            Must,
            about("Null: it has none.", or_null(flag())),
        ),
        (
            "learned",
            Must,
            about("What is new this week.", list(&learned)),
        ),
        ("advice", May, or_null(text())),
    ])
}

pub fn retro() -> Value {
    let gap = object(vec![
        ("agent", Must, text()),
        ("task", Must, text()),
        ("missing", Must, count()),
        ("expected", Must, count()),
        ("oldest", Must, moment()),
    ]);
    let lesson = object(vec![
        ("agent", Must, text()),
        ("lesson", Must, text()),
        ("weeks", Must, about("Of the last four.", count())),
    ]);
    document(
        "rounds.retro/1",
        "Answer of `rounds retro --json`: one document.",
        object(vec![
            named("rounds.retro/1"),
            ("week", Must, text()),
            ("from", Must, moment()),
            ("to", Must, moment()),
            ("agents", Must, list(&agent())),
            ("hours", Must, about("By hour of the day.", list(&rate()))),
            ("weekdays", Must, about("Monday first.", list(&rate()))),
            ("gaps", Must, list(&gap)),
            ("repeats", Must, list(&lesson)),
            ("note", Must, or_null(text())),
        ]),
    )
}
