//! Answers about files: what is wrong with them, and how they are read.

use serde_json::Value;

use super::parts::named;
use super::{May, Must, about, count, document, flag, list, object, or_null, text, words};
use crate::parse::DiagnosticKind;

fn diagnostic() -> Value {
    let kinds = DIAGNOSTICS.map(DiagnosticKind::word);
    object(vec![
        ("line", Must, count()),
        ("column", Must, about("From 1, in characters.", count())),
        ("offset", Must, about("From 0, in bytes.", count())),
        ("kind", Must, words(&kinds)),
        (
            "damage",
            Must,
            about(
                "Something of the file was lost; the others are doubts.",
                flag(),
            ),
        ),
        ("found", Must, text()),
        ("expected", Must, text()),
        ("remedy", Must, text()),
    ])
}

const DIAGNOSTICS: [DiagnosticKind; 12] = [
    DiagnosticKind::Torn,
    DiagnosticKind::Invalid,
    DiagnosticKind::Trailing,
    DiagnosticKind::Oversize,
    DiagnosticKind::NulBytes,
    DiagnosticKind::InvalidUtf8,
    DiagnosticKind::UnknownStatus,
    DiagnosticKind::AssumedZone,
    DiagnosticKind::BadTime,
    DiagnosticKind::MissingField,
    DiagnosticKind::WrongType,
    DiagnosticKind::DuplicateId,
];

pub fn lint() -> Value {
    document(
        "rounds.lint/1",
        "Answer of `rounds lint --json`: one document.",
        object(vec![
            named("rounds.lint/1"),
            (
                "files",
                Must,
                list(&object(vec![
                    ("file", Must, text()),
                    ("reader", Must, or_null(text())),
                    (
                        "error",
                        May,
                        about("Why the file could not be read.", or_null(text())),
                    ),
                    ("diagnostics", Must, list(&diagnostic())),
                ])),
            ),
        ]),
    )
}

fn check() -> Value {
    object(vec![
        ("name", Must, text()),
        ("verdict", Must, words(&["good", "doubt", "bad"])),
        ("found", Must, text()),
        ("remedy", Must, or_null(text())),
    ])
}

fn file() -> Value {
    object(vec![
        ("file", Must, text()),
        ("reader", Must, text()),
        ("why", Must, about("Why this reader was chosen.", text())),
        ("bytes", Must, count()),
        ("records", Must, count()),
        ("damaged", Must, count()),
        (
            "unknown_words",
            Must,
            about("Status words that are in no list.", list(&text())),
        ),
        (
            "assumed_zones",
            Must,
            about("Times without a zone.", count()),
        ),
        (
            "wrong_clocks",
            Must,
            about(
                "Records that claim to be two days younger than their file, or more.",
                count(),
            ),
        ),
        ("error", Must, or_null(text())),
        (
            "first",
            Must,
            about(
                "The first thing that is wrong, with its line.",
                or_null(text()),
            ),
        ),
    ])
}

pub fn doctor() -> Value {
    let agent = object(vec![
        ("agent", Must, text()),
        ("folder", Must, text()),
        ("files", Must, list(&file())),
    ]);
    let body = object(vec![
        named("rounds.doctor/1"),
        ("version", Must, text()),
        ("checks", Must, list(&check())),
        ("agents", Must, list(&agent)),
        ("looked_at", Must, list(&text())),
    ]);
    document(
        "rounds.doctor/1",
        "Answer of `rounds doctor --json`: one document.",
        body,
    )
}
