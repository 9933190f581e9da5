//! Answers of rounds.

use serde_json::Value;

use super::parts::{
    RUN_STATUSES, STATES, TASK_STATES, cadence, case, counts, evidence, finding, item, named, row,
    since, source,
};
use super::{
    Must, Property, about, count, document, flag, list, moment, object, or_null, text, words,
};

pub fn alert() -> Value {
    let mut all = vec![
        named("rounds.alert/1"),
        ("at", Must, moment()),
        ("event", Must, words(&["raised", "cleared"])),
    ];
    all.extend(case());
    all.extend([
        ("since", Must, moment()),
        ("first_shown", Must, moment()),
        ("sentence", Must, text()),
    ]);
    document(
        "rounds.alert/1",
        "What the hook of `rounds watch` gets on standard input, and what `rounds watch --json` writes: one document a line.",
        object(all),
    )
}

pub fn said() -> Value {
    let case = object(vec![
        ("id", Must, or_null(text())),
        ("agent", Must, or_null(text())),
        ("done", Must, flag()),
        (
            "sentence",
            Must,
            about("What holds now, or why nothing was said.", text()),
        ),
    ]);
    document(
        "rounds.said/1",
        "Answer of `rounds ack --json` and `rounds maintain --json`: one document.",
        object(vec![
            named("rounds.said/1"),
            ("at", Must, moment()),
            (
                "dry_run",
                Must,
                about("Nothing was kept: the sentences say what would be.", flag()),
            ),
            (
                "said",
                Must,
                words(&["acknowledged", "snoozed", "maintenance", "taken back"]),
            ),
            ("until", Must, or_null(moment())),
            (
                "subjects",
                Must,
                about(
                    "Each finding; for maintenance the agent, or null for the fleet.",
                    list(&case),
                ),
            ),
        ]),
    )
}

pub fn check() -> Value {
    document(
        "rounds.check/1",
        "Answer of `rounds check --json`: one document. The exit status is 0 where nothing counts, 1 where a finding counts, \
         2 where `complete` is false.",
        object(vec![
            named("rounds.check/1"),
            ("at", Must, about("The moment that was judged.", moment())),
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
                "findings",
                Must,
                about(
                    "Worst first; with `--min` those at least as severe, with `--new` those that the last check of that name did not tell.",
                    list(&finding()),
                ),
            ),
        ]),
    )
}

fn standup_agent() -> Value {
    let mut all = vec![
        ("agent", Must, text()),
        ("state", Must, words(STATES)),
        row(),
        since(),
        ("last_beat", Must, or_null(moment())),
        ("next_due", Must, or_null(moment())),
        (
            "headline",
            Must,
            about("What happened, in one sentence.", text()),
        ),
    ];
    all.extend(work());
    all.push(("tasks", Must, tally()));
    all.extend(cadence());
    object(all)
}

/// Runs and items since the mark.
fn work() -> [Property; 5] {
    let reason = || item(vec![("why", Must, or_null(text()))]);
    let runs = [
        "ok",
        "partial",
        "failed",
        "skipped",
        "running",
        "unfinished",
        "unknown",
    ];
    let sums = "Items since the mark, with those that were only counted.";
    [
        ("runs", Must, counts(&runs)),
        (
            "counts",
            Must,
            about(sums, counts(&["did", "skipped", "failed"])),
        ),
        ("did", Must, list(&item(Vec::new()))),
        ("skipped", Must, list(&reason())),
        ("failed", Must, list(&reason())),
    ]
}

fn tally() -> Value {
    let states = [
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
    ];
    about(
        "Today's slots. planned = upcoming + due + running + review + held + done + skipped + failed + unaccounted; \
         unaccounted = late + missed + skipped_silently.",
        counts(&states),
    )
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

fn proven() -> Value {
    object(vec![
        ("what", Must, text()),
        ("task", Must, or_null(text())),
        ("at", Must, about("When it was skipped.", moment())),
        ("by", Must, words(&["step", "report", "entry", "run"])),
        ("run", Must, or_null(text())),
        ("step", Must, or_null(text())),
        ("done", Must, about("When it was done.", or_null(moment()))),
        ("evidence", Must, or_null(evidence())),
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
        row(),
        since(),
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
        (
            "proven",
            Must,
            about(
                "Skips of the last day that call themselves done, each with what shows it.",
                list(&proven()),
            ),
        ),
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
