//! Contract files: what agents write. Unknown keys are allowed everywhere and kept.

use serde_json::{Value, json};

use super::{May, Must, about, count, document, flag, list, moment, object, or_null, text, words};

fn tier() -> Value {
    about(
        "What the action may change outside; absent counts as mutating.",
        words(&["read-only", "append-only", "mutating"]),
    )
}

fn epoch() -> Value {
    about(
        "The claim epoch the work is done under; it only grows.",
        count(),
    )
}

/// Strings, objects, or a bare count.
fn items(more: &str) -> Value {
    let one = object(vec![
        ("what", Must, text()),
        (
            "why",
            May,
            about(
                "already_done, limit, quiet_hours, nothing_to_do, dependency, held, needs_human, or the error.",
                text(),
            ),
        ),
        (
            "key",
            May,
            about("Makes doing it twice recognisable.", text()),
        ),
        ("target", May, text()),
        ("tier", May, tier()),
        ("retry", May, words(&["safe", "check", "never"])),
    ]);
    about(
        more,
        json!({ "anyOf": [
        { "type": "array", "items": { "anyOf": [text(), one] } },
        count(),
    ] }),
    )
}

fn resource() -> Value {
    about(
        "What is touched, as in `linkedin` or `repo:site`.",
        json!({ "anyOf": [text(), list(&text())] }),
    )
}

fn process() -> Vec<super::Property> {
    vec![
        ("pid", May, count()),
        (
            "pid_started",
            May,
            about("When that process began.", moment()),
        ),
        ("host", May, text()),
    ]
}

pub fn heartbeat() -> Value {
    let mut all = vec![
        (
            "ts",
            Must,
            about("When the line was written, with offset.", moment()),
        ),
        (
            "status",
            Must,
            words(&["running", "ok", "partial", "skipped", "failed"]),
        ),
        (
            "agent",
            May,
            about("Needed where the folder does not say it.", text()),
        ),
        (
            "run_id",
            May,
            about(
                "Pairs the line that opens a run with the one that ends it.",
                text(),
            ),
        ),
        ("task", May, about("An id of schedule.json.", text())),
        ("due", May, about("The slot this run serves.", moment())),
        ("started", May, moment()),
        ("duration_ms", May, count()),
        ("did", May, items("What was done.")),
        ("skipped", May, items("What was skipped, and why.")),
        ("failed", May, items("What failed, and why.")),
    ];
    all.extend(circumstances());
    all.extend(process());
    document(
        "heartbeat.jsonl",
        "One line: what one run did.",
        object(all),
    )
}

/// What a line may say besides.
fn circumstances() -> Vec<super::Property> {
    let next = "When the agent itself expects to run next; wins over what is computed.";
    vec![
        ("resource", May, resource()),
        ("msg", May, about("A line for people.", text())),
        ("next", May, about(next, moment())),
        ("epoch", May, epoch()),
        ("model", May, text()),
        ("tokens_in", May, count()),
        ("tokens_out", May, count()),
        ("cost_usd", May, json!({ "type": "number", "minimum": 0 })),
        ("error_type", May, text()),
    ]
}

fn rule() -> Value {
    let kind = |kind: &str| json!({ "const": kind });
    about(
        "When it fires.",
        json!({ "anyOf": [
        object(vec![("kind", Must, kind("cron")), ("expr", Must, text()), ("tz", May, text())]),
        object(vec![("kind", Must, kind("every")), ("everyMs", Must, json!({ "type": "integer", "minimum": 1 })),
            ("anchorMs", May, json!({ "type": "integer" }))]),
        object(vec![("kind", Must, kind("at")), ("at", Must, json!({ "anyOf": [moment(), { "type": "integer" }] }))]),
        object(vec![("kind", Must, kind("interval")), ("minutes", Must, json!({ "type": "number", "exclusiveMinimum": 0 }))]),
        object(vec![("kind", Must, kind("once")), ("run_at", Must, moment())]),
    ] }),
    )
}

fn task() -> Value {
    let mut all = vec![
        ("id", Must, about("Unique within the agent.", text())),
        ("title", May, text()),
    ];
    all.extend(when());
    all.extend(risk());
    all.extend(progress());
    object(all)
}

/// When a task is due, and how long it takes.
fn when() -> Vec<super::Property> {
    let held = object(vec![("since", May, moment()), ("why", May, text())]);
    let one_slot = "One slot, with offset. Either this or `schedule`.";
    vec![
        ("due", May, about(one_slot, moment())),
        ("schedule", May, rule()),
        ("enabled", May, flag()),
        ("on_demand", May, about("Never due by itself.", flag())),
        ("held", May, or_null(held)),
        (
            "jitter_s",
            May,
            about("Earliest to latest is due ± jitter.", count()),
        ),
        ("est_s", May, about("How long it takes.", count())),
        ("priority", May, json!({ "type": "integer" })),
        ("depends_on", May, list(&text())),
    ]
}

/// What a task touches and spends.
fn risk() -> Vec<super::Property> {
    let shared = "The resource may be used by several at once.";
    vec![
        ("uses", May, about("What it spends of `limits`.", amounts())),
        ("resource", May, resource()),
        ("shared", May, about(shared, flag())),
        ("tier", May, tier()),
        ("reversible", May, about("Absent counts as no.", flag())),
        ("key", May, text()),
    ]
}

/// How far a task is, and in whose hands.
fn progress() -> Vec<super::Property> {
    let statuses = [
        "pending", "claimed", "running", "review", "done", "skipped", "failed",
    ];
    let least = "The least number of did-items of a good run.";
    let handoff = object(vec![
        ("to", May, text()),
        ("done", May, list(&text())),
        ("pending", May, list(&text())),
        ("gotchas", May, list(&text())),
        ("at", May, moment()),
    ]);
    vec![
        (
            "status",
            May,
            about(
                "What the plan claims; absent means pending.",
                words(&statuses),
            ),
        ),
        ("claim", May, or_null(claim())),
        ("attempt", May, count()),
        (
            "reviewer",
            May,
            about("Must differ from the one who does the work.", text()),
        ),
        ("done_criteria", May, list(&text())),
        ("expect_min", May, about(least, count())),
        ("handoff", May, handoff),
    ]
}

fn claim() -> Value {
    let lease = "How long the claim lives without a sign of its run.";
    let mut all = vec![
        ("by", May, or_null(text())),
        ("run", May, or_null(text())),
        ("at", May, moment()),
        ("epoch", May, epoch()),
        ("lease_s", May, about(lease, count())),
    ];
    all.extend(process());
    object(all)
}

/// Action to count.
fn amounts() -> Value {
    json!({ "type": "object", "additionalProperties": count() })
}

pub fn schedule() -> Value {
    let day = json!({ "type": "string", "format": "date" });
    let window = json!({ "type": "array", "items": text(), "minItems": 2, "maxItems": 2 });
    let standing = "The day; absent: the plan holds until it is changed.";
    let spacing = "Least gap to another agent's work on the same resource.";
    let body = object(vec![
        ("agent", May, text()),
        ("date", May, about(standing, day)),
        ("tz", May, about("Zone of times that name none.", text())),
        ("generated", May, moment()),
        (
            "limits",
            May,
            about(
                "The most of each action a day; `tasks` caps tasks.",
                amounts(),
            ),
        ),
        (
            "quiet",
            May,
            about(
                "Windows in which nothing is due, local time.",
                list(&window),
            ),
        ),
        (
            "grace_s",
            May,
            about("How long after a slot a start is still in time.", count()),
        ),
        ("spacing_s", May, about(spacing, count())),
        ("tasks", Must, list(&task())),
    ]);
    document(
        "schedule.json",
        "The plan of a day, or a standing plan.",
        body,
    )
}

pub fn wal() -> Value {
    document(
        "wal.jsonl",
        "One line: one step of one run, before and after it is done.",
        object(vec![
            ("ts", Must, moment()),
            (
                "status",
                Must,
                words(&["intended", "ready", "done", "failed", "skipped"]),
            ),
            ("run_id", May, text()),
            ("task", May, text()),
            ("step", May, text()),
            ("do", May, about("The action.", text())),
            ("target", May, text()),
            ("tier", May, tier()),
            ("reversible", May, about("Absent counts as no.", flag())),
            (
                "key",
                May,
                about(
                    "Absent: a hash of `do` and `target`. The same key done within 24 h is a duplicate.",
                    text(),
                ),
            ),
            ("epoch", May, epoch()),
            ("why", May, text()),
        ]),
    )
}

pub fn lock() -> Value {
    document(
        "<resource>.lock",
        "Who holds a resource.",
        object(vec![
            ("holder", Must, text()),
            ("run_id", May, text()),
            ("epoch", May, epoch()),
            ("acquired", May, moment()),
            ("renewed", May, moment()),
            (
                "ttl_s",
                May,
                about("How long it lives after it was renewed.", count()),
            ),
        ]),
    )
}
