//! Schemas of what was ordered and of the ledger.

use serde_json::Value;

use super::parts::{named, verb};
use super::{Must, about, count, document, flag, list, moment, object, or_null, text, words};

fn landed() -> Value {
    about(
        "`done`; `not_applied`: nothing was changed; `conflicted`: an agent wrote over it; `unknown`: it may have taken effect; `open`: \
         not known yet.",
        words(&["open", "done", "not_applied", "conflicted", "unknown"]),
    )
}

fn confirm() -> Value {
    about(
        "What it wants: nothing, `--yes`, `--code`, or that and `--checked-outside`; null where it is refused.",
        or_null(words(&["none", "yes", "code", "code_and_outside"])),
    )
}

pub fn operated() -> Value {
    let one = object(vec![
        ("subject", Must, text()),
        (
            "op",
            Must,
            about("The operation's id, as in the ledger.", text()),
        ),
        (
            "would",
            Must,
            about(
                "What it would do; null where it is refused.",
                or_null(text()),
            ),
        ),
        (
            "reach",
            Must,
            about("How far it reaches outside.", or_null(text())),
        ),
        (
            "diff",
            Must,
            about(
                "The exact difference, a line each, after `+` or `-`; after `@` the task of those that follow, where there are several.",
                list(&text()),
            ),
        ),
        ("confirm", Must, confirm()),
        ("code", Must, or_null(text())),
        (
            "undo",
            Must,
            about(
                "What taking it back would do; null where it cannot be taken back.",
                or_null(text()),
            ),
        ),
        (
            "landed",
            Must,
            about("Null where it was not carried out.", or_null(landed())),
        ),
        ("sentence", Must, or_null(text())),
        (
            "level",
            Must,
            about("A, B or C, where a file was changed.", or_null(text())),
        ),
        (
            "verified",
            Must,
            about("It was seen to stand two seconds later.", flag()),
        ),
        ("refused", Must, or_null(text())),
        (
            "possible",
            Must,
            about("What would make it possible.", or_null(text())),
        ),
    ]);
    document(
        "rounds.operated/1",
        "Answer of every verb with `--json`: one document. The exit status is 0 where all is done, 1 where something was \
         refused, 2 where something is in conflict or not known.",
        object(vec![
            named("rounds.operated/1"),
            ("at", Must, moment()),
            ("verb", Must, verb()),
            ("dry_run", Must, flag()),
            ("subjects", Must, list(&one)),
        ]),
    )
}

/// In the words of [`crate::view::ledger::Came::word`].
const STANDINGS: [&str; 10] = [
    "open",
    "done",
    "verified",
    "undone",
    "not_applied",
    "conflicted",
    "unknown",
    "awaiting",
    "not_picked_up",
    "picked_up",
];

pub fn ledger() -> Value {
    let one = object(vec![
        ("at", Must, moment()),
        ("op", Must, text()),
        ("verb", Must, verb()),
        ("subject", Must, text()),
        ("who", Must, text()),
        (
            "standing",
            Must,
            about("What has become of it.", words(&STANDINGS)),
        ),
        (
            "picked_up",
            Must,
            about("When a run of the task began after it.", or_null(moment())),
        ),
        ("sentence", Must, about("What came of it.", text())),
        (
            "lineage",
            Must,
            about(
                "Why, by whom and with what effect, in one sentence.",
                text(),
            ),
        ),
    ]);
    document(
        "rounds.ledger/1",
        "Answer of `rounds ledger --json`: every operation, oldest first.",
        object(vec![
            named("rounds.ledger/1"),
            ("operations", Must, list(&one)),
        ]),
    )
}

pub fn chain() -> Value {
    let one = object(vec![("line", Must, count()), ("what", Must, text())]);
    document(
        "rounds.chain/1",
        "Answer of `rounds ledger verify --json`. The exit status is 1 where a line is broken.",
        object(vec![
            named("rounds.chain/1"),
            ("lines", Must, count()),
            ("whole", Must, flag()),
            (
                "broken",
                Must,
                about(
                    "Lines that do not follow from the one before, from 1.",
                    list(&one),
                ),
            ),
        ]),
    )
}

/// Lines of a difference to what is there now.
fn difference() -> Value {
    let line = object(vec![
        ("line", Must, count()),
        ("sign", Must, words(&["+", "-"])),
        ("text", Must, text()),
    ]);
    or_null(list(&line))
}

pub fn lost() -> Value {
    let one = object(vec![
        (
            "finding",
            Must,
            about("Its id, as `check` tells it.", text()),
        ),
        ("agent", Must, text()),
        ("sentence", Must, text()),
        ("file", Must, text()),
        (
            "written",
            Must,
            about(
                "When the version that was overwritten was written.",
                or_null(moment()),
            ),
        ),
        (
            "version",
            Must,
            about(
                "Under which name it lies in `versions` of the state folder.",
                text(),
            ),
        ),
        (
            "there",
            Must,
            about(
                "What it is compared with: the file as it is; what replaced it then, where the file cannot be read; or nothing.",
                words(&["file", "replaced", "nothing"]),
            ),
        ),
        (
            "difference",
            Must,
            about(
                "After `+` what only the lost version has, after `-` what is there instead; null where too little is in common.",
                difference(),
            ),
        ),
    ]);
    document(
        "rounds.lost/1",
        "Answer of `rounds kept --lost --json`: one document.",
        object(vec![
            named("rounds.lost/1"),
            ("at", Must, moment()),
            ("lost", Must, list(&one)),
        ]),
    )
}

pub fn kept() -> Value {
    let copy = object(vec![
        ("agent", Must, text()),
        (
            "file",
            Must,
            about(
                "Which file it is a version of; null where the ledger does not say.",
                or_null(text()),
            ),
        ),
        (
            "copy",
            Must,
            about("Its name, for `kept` and `merge`.", text()),
        ),
        ("op", Must, text()),
        (
            "kind",
            Must,
            words(&["late", "put_back", "displaced", "draft"]),
        ),
        (
            "age_s",
            Must,
            about("Seconds since it was written, or lost its name.", count()),
        ),
        ("bytes", Must, count()),
        (
            "difference",
            Must,
            about(
                "To what is there now, where one copy is asked for; null where too little is in common.",
                difference(),
            ),
        ),
    ]);
    document(
        "rounds.kept/1",
        "Answer of `rounds kept --json`: one document.",
        object(vec![
            named("rounds.kept/1"),
            ("at", Must, moment()),
            ("copies", Must, list(&copy)),
        ]),
    )
}
