//! The answer about a week.

use serde_json::{Value, json};

use super::parts::named;
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

fn topic() -> Value {
    object(vec![
        ("what", Must, text()),
        ("did", Must, count()),
        ("failed", Must, count()),
    ])
}

fn incidents() -> Value {
    object(vec![
        ("wal_incomplete", Must, count()),
        ("done_twice", Must, count()),
        ("collisions", Must, count()),
    ])
}

fn detection() -> Value {
    about(
        "How long it took until a finding of the week was told.",
        or_null(object(vec![
            ("cases", Must, count()),
            ("median_s", Must, count()),
            ("worst_s", Must, count()),
            ("worst_agent", Must, text()),
        ])),
    )
}

fn codes() -> Value {
    about(
        "Failure codes (MAST) that were attached to incidents of the week.",
        list(&object(vec![
            ("code", Must, text()),
            ("title", Must, text()),
            ("count", Must, count()),
        ])),
    )
}

fn actions() -> Value {
    about(
        "Boxes that notes of earlier weeks left open.",
        list(&object(vec![
            ("since", Must, text()),
            ("what", Must, text()),
        ])),
    )
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
        (
            "topics",
            Must,
            about(
                "Tags and targets of what it did and failed at.",
                list(&topic()),
            ),
        ),
        (
            "cost_usd",
            Must,
            about(
                "Null where no costs are logged.",
                or_null(json!({ "type": "number" })),
            ),
        ),
        (
            "well_in_a_row",
            Must,
            about(
                "Runs that went well since the hour of the last failure.",
                count(),
            ),
        ),
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
        (
            "verdict",
            Must,
            about(
                "What the operator said of it.",
                or_null(words(&["closed", "flagged"])),
            ),
        ),
        ("why", Must, or_null(text())),
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
            ("incidents", Must, incidents()),
            ("detection", Must, detection()),
            ("codes", Must, codes()),
            ("actions", Must, actions()),
            ("note", Must, or_null(text())),
        ]),
    )
}
