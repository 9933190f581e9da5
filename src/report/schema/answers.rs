//! Answers of rounds.

use serde_json::{Value, json};

use super::{
    May, Must, Property, about, count, document, flag, list, moment, object, or_null, text, words,
};
use crate::domain::finding::FindingKind;
use crate::domain::policy::Source;
use crate::parse::DiagnosticKind;

const STATES: &[&str] = &["blind", "paused", "down", "stale", "late", "unknown", "ok"];

const TASK_STATES: &[&str] = &[
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

const RUN_STATUSES: &[&str] = &[
    "running", "ok", "partial", "skipped", "failed", "blocked", "unknown",
];

const SEVERITIES: &[&str] = &["info", "warning", "critical"];

fn named(schema: &str) -> Property {
    ("schema", Must, json!({ "const": schema }))
}

fn source() -> Value {
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

fn evidence() -> Value {
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

fn finding() -> Value {
    let kinds: Vec<&str> = FindingKind::ALL.iter().map(|kind| kind.word()).collect();
    object(vec![
        (
            "id",
            Must,
            about("The same as long as the case lasts.", text()),
        ),
        ("kind", Must, words(&kinds)),
        ("severity", Must, words(SEVERITIES)),
        ("agent", Must, text()),
        ("task", Must, or_null(text())),
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
            about("Verbs that are possible on the subject.", list(&text())),
        ),
        (
            "refused",
            Must,
            about(
                "Verbs that are not, each with the reason.",
                list(&json!({ "type": "object" })),
            ),
        ),
    ])
}

fn counts(names: &[&'static str]) -> Value {
    object(names.iter().map(|name| (*name, Must, count())).collect())
}

fn item(more: Vec<Property>) -> Value {
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

fn cadence() -> [Property; 2] {
    [
        (
            "cadence_s",
            Must,
            about("How often life is expected.", or_null(count())),
        ),
        ("cadence_source", Must, or_null(source())),
    ]
}

fn standup_agent() -> Value {
    let reason = || item(vec![("why", Must, or_null(text()))]);
    let mut all = vec![
        ("agent", Must, text()),
        ("state", Must, words(STATES)),
        (
            "since",
            Must,
            about("Since when it is in this state.", or_null(moment())),
        ),
        ("last_beat", Must, or_null(moment())),
        ("next_due", Must, or_null(moment())),
        (
            "headline",
            Must,
            about("What happened, in one sentence.", text()),
        ),
        (
            "runs",
            Must,
            counts(&[
                "ok",
                "partial",
                "failed",
                "skipped",
                "running",
                "unfinished",
                "unknown",
            ]),
        ),
        (
            "counts",
            Must,
            about(
                "Items since the mark, with those that were only counted.",
                counts(&["did", "skipped", "failed"]),
            ),
        ),
        ("did", Must, list(&item(Vec::new()))),
        ("skipped", Must, list(&reason())),
        ("failed", Must, list(&reason())),
        (
            "tasks",
            Must,
            about(
                "Today's slots. planned = upcoming + due + running + review + held + done + skipped + failed + unaccounted; \
             unaccounted = late + missed + skipped_silently.",
                counts(&[
                    "planned",
                    "upcoming",
                    "due",
                    "running",
                    "review",
                    "held",
                    "done",
                    "skipped",
                    "failed",
                    "unaccounted",
                    "late",
                    "missed",
                    "skipped_silently",
                    "unjudged",
                ]),
            ),
        ),
    ];
    all.extend(cadence());
    object(all)
}

pub fn standup() -> Value {
    document(
        "rounds.standup/1",
        "Answer of `rounds standup --json`: one document.",
        object(vec![
            named("rounds.standup/1"),
            ("at", Must, about("The moment that was judged.", moment())),
            (
                "since",
                Must,
                about("The standup mark: everything is counted from it.", moment()),
            ),
            (
                "complete",
                Must,
                about(
                    "Every source was read. Where this is false nothing may be read as all clear.",
                    flag(),
                ),
            ),
            (
                "blind",
                Must,
                about("Sources that could not be read.", list(&text())),
            ),
            (
                "totals",
                Must,
                counts(&["agents", "runs", "did", "skipped", "failed", "unaccounted"]),
            ),
            ("agents", Must, about("By name.", list(&standup_agent()))),
            ("findings", Must, about("Worst first.", list(&finding()))),
        ]),
    )
}

fn why_task() -> Value {
    object(vec![
        ("task", Must, text()),
        ("title", Must, or_null(text())),
        ("state", Must, words(TASK_STATES)),
        ("since", Must, moment()),
        ("slot", Must, about("When it is due.", or_null(moment()))),
        ("jitter_s", Must, count()),
        ("grace_s", Must, count()),
        ("grace_source", Must, source()),
        ("run", Must, or_null(text())),
        ("run_status", Must, or_null(words(RUN_STATUSES))),
        ("started", Must, or_null(moment())),
        ("ended", Must, or_null(moment())),
        (
            "tier",
            Must,
            or_null(words(&["read-only", "append-only", "mutating"])),
        ),
        ("why", Must, about("In the agent's words.", or_null(text()))),
    ])
}

pub fn why() -> Value {
    let mut all = vec![
        named("rounds.why/1"),
        ("at", Must, moment()),
        ("complete", Must, flag()),
        ("agent", Must, text()),
        (
            "task",
            Must,
            about("The task that was asked for, if one was.", or_null(text())),
        ),
        ("zone", Must, text()),
        ("state", Must, words(STATES)),
        ("since", Must, or_null(moment())),
        ("last_beat", Must, or_null(moment())),
        ("next_due", Must, or_null(moment())),
        (
            "reasons",
            Must,
            about("Sentences, most telling first.", list(&text())),
        ),
        ("threshold", Must, or_null(text())),
        ("evidence", Must, list(&evidence())),
        (
            "changes_at",
            Must,
            about(
                "When the verdict can change without anything new.",
                or_null(moment()),
            ),
        ),
        ("tasks", Must, about("Today's slots.", list(&why_task()))),
        ("findings", Must, list(&finding())),
    ];
    all.extend(cadence());
    document(
        "rounds.why/1",
        "Answer of `rounds why --json`: one document.",
        object(all),
    )
}

pub fn log() -> Value {
    document(
        "rounds.log/1",
        "Answer of `rounds log --json`: one document a line, oldest first.",
        object(vec![
            named("rounds.log/1"),
            ("at", Must, moment()),
            ("agent", Must, text()),
            ("task", Must, or_null(text())),
            ("run", Must, or_null(text())),
            ("kind", Must, words(&["beat", "step", "plan", "damage"])),
            ("status", Must, words(RUN_STATUSES)),
            ("did", Must, count()),
            ("skipped", Must, count()),
            ("failed", Must, count()),
            ("text", Must, text()),
            ("file", Must, or_null(text())),
            ("line", Must, count()),
        ]),
    )
}

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

pub fn doctor() -> Value {
    let file = object(vec![
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
        ("error", Must, or_null(text())),
        (
            "first",
            Must,
            about(
                "The first thing that is wrong, with its line.",
                or_null(text()),
            ),
        ),
    ]);
    document(
        "rounds.doctor/1",
        "Answer of `rounds doctor --json`: one document.",
        object(vec![
            named("rounds.doctor/1"),
            ("version", Must, text()),
            (
                "checks",
                Must,
                list(&object(vec![
                    ("name", Must, text()),
                    ("verdict", Must, words(&["good", "doubt", "bad"])),
                    ("found", Must, text()),
                    ("remedy", Must, or_null(text())),
                ])),
            ),
            (
                "agents",
                Must,
                list(&object(vec![
                    ("agent", Must, text()),
                    ("folder", Must, text()),
                    ("files", Must, list(&file)),
                ])),
            ),
            ("looked_at", Must, list(&text())),
        ]),
    )
}
