//! Random files: what is outside the change stays to the byte, what is inside reads as meant, and it can be taken back.

use std::fmt::Write as _;

use super::*;

/// Small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

#[derive(Clone, Copy)]
struct Spacing {
    line: &'static str,
    unit: &'static str,
    comma: &'static str,
    colon: &'static str,
    pretty: bool,
    chaotic: bool,
}

struct Writer<'d> {
    dice: &'d mut Dice,
    spacing: Spacing,
    out: String,
}

impl Writer<'_> {
    fn odd(&mut self) {
        if self.spacing.chaotic && self.dice.one_in(3) {
            let blank = self.dice.of(&[" ", "  ", "\t", "\n", "\r\n", " \n "]);
            self.out.push_str(blank);
        }
    }

    fn line(&mut self, depth: usize) {
        if self.spacing.pretty {
            self.out.push_str(self.spacing.line);
            self.out.push_str(&self.spacing.unit.repeat(depth));
        }
        self.odd();
    }

    fn comma(&mut self) {
        self.odd();
        self.out.push_str(if self.spacing.pretty {
            ","
        } else {
            self.spacing.comma
        });
        self.odd();
    }

    fn key(&mut self, key: &str) {
        let _ = write!(self.out, "\"{key}\"");
        self.odd();
        self.out.push_str(self.spacing.colon);
        self.odd();
    }

    /// A value that nobody knows the meaning of.
    fn strange(&mut self, depth: usize) {
        let simple = [
            "null",
            "true",
            "-0",
            "1.0E+2",
            "123456789012345678901234567890",
            "0.1000",
            "1e-400",
            "\"\"",
            "\"\\u00e9\\/\\n\"",
            "\"зранку 🌅\"",
            "\"{\\\"status\\\":\\\"done\\\"}\"",
            "[]",
            "{}",
        ];
        if depth > 6 || self.dice.below(3) > 0 {
            let value = self.dice.of(&simple);
            self.out.push_str(value);
            return;
        }
        let is_list = self.dice.one_in(2);
        self.out.push(if is_list { '[' } else { '{' });
        let n = 1 + self.dice.below(3);
        for at in 0..n {
            if at > 0 {
                self.comma();
            }
            self.line(depth + 1);
            if !is_list {
                let key = self.dice.of(&["id", "status", "x", "claim", "tasks"]);
                self.key(key);
            }
            self.strange(depth + 1);
        }
        self.line(depth);
        self.out.push(if is_list { ']' } else { '}' });
    }

    /// A member that rounds may write, with a value some fleet has.
    fn known(&mut self, depth: usize) {
        let (key, values): (&str, &[&str]) = self.dice.of(&[
            (
                "status",
                &[
                    "\"claimed\"",
                    "\"failed\"",
                    "\"in_progress\"",
                    "null",
                    "true",
                    "\"\"",
                ][..],
            ),
            ("state", &["\"done\"", "\"open\"", "null"]),
            ("Status", &["\"failed\""]),
            (
                "claim",
                &[
                    "{\"by\":\"x\",\"run\":\"r\",\"epoch\":3}",
                    "null",
                    "{}",
                    "{ \"epoch\" : 12345678901234567890 }",
                ],
            ),
            ("attempt", &["1", "\"2\"", "null"]),
            ("attempts", &["3", "[1,2]"]),
            (
                "held",
                &[
                    "true",
                    "{\"since\":\"2026-03-28T09:00:00Z\",\"why\":\"w\"}",
                    "\"waits\"",
                    "false",
                ],
            ),
            ("flag", &["{\"why\":\"w\",\"by\":\"me\"}", "null"]),
            ("last_op", &["{\"id\":\"01\",\"verb\":\"skip\"}", "null"]),
        ]);
        let value = self.dice.of(values);
        self.line(depth);
        self.key(key);
        self.out.push_str(value);
    }

    fn task(&mut self, name: Option<&str>, depth: usize) {
        self.out.push('{');
        let (before, after) = (self.dice.below(4), self.dice.below(4));
        let mut first = true;
        for at in 0..=before + after {
            if !std::mem::take(&mut first) {
                self.comma();
            }
            match name {
                Some(name) if at == before => {
                    self.line(depth + 1);
                    self.key("id");
                    let _ = write!(self.out, "\"{name}\"");
                }
                _ if self.dice.one_in(2) => {
                    self.known(depth + 1);
                }
                _ => {
                    self.line(depth + 1);
                    let key = self.dice.of(&["note", "x", "due_at", "ünïcode", "a\\\"b"]);
                    self.key(key);
                    self.strange(depth + 2);
                }
            }
        }
        self.line(depth);
        self.out.push('}');
    }
}

/// A file with the tasks `a`, `b` and `c` in one of the shapes that are read.
fn file(dice: &mut Dice) -> String {
    let spacing = Spacing {
        line: dice.of(&["\n", "\r\n"]),
        unit: dice.of(&["  ", "    ", "\t", " "]),
        comma: dice.of(&[",", ", "]),
        colon: dice.of(&[":", ": ", " : "]),
        pretty: dice.one_in(2),
        chaotic: dice.one_in(3),
    };
    let shape = dice.below(5);
    let mut to = Writer {
        dice,
        spacing,
        out: String::new(),
    };
    if to.dice.one_in(6) {
        to.out.push('\u{feff}');
    }
    let list = to
        .dice
        .of(&["tasks", "items", "posts", "jobs", "userStories"]);
    match shape {
        0 => {
            for name in ["a", "b", "c"] {
                let was = std::mem::replace(&mut to.spacing.pretty, false);
                to.task(Some(name), 0);
                to.spacing.pretty = was;
                to.out.push('\n');
            }
        }
        1 => {
            to.out.push('{');
            to.line(1);
            to.key("tasks");
            to.out.push('{');
            for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
                if at > 0 {
                    to.comma();
                }
                to.line(2);
                to.key(name);
                to.task(None, 2);
            }
            to.line(1);
            to.out.push('}');
            to.line(0);
            to.out.push('}');
        }
        2 => {
            to.out.push('[');
            for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
                if at > 0 {
                    to.comma();
                }
                to.line(1);
                to.task(Some(name), 1);
            }
            to.line(0);
            to.out.push(']');
        }
        _ => {
            to.out.push('{');
            to.line(1);
            to.key("generated");
            to.out.push_str("\"2026-03-27T23:50:11+02:00\"");
            to.comma();
            to.line(1);
            to.key(list);
            to.out.push('[');
            for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
                if at > 0 {
                    to.comma();
                }
                to.line(2);
                to.task(Some(name), 2);
            }
            to.line(1);
            to.out.push(']');
            to.comma();
            to.line(1);
            to.key("limits");
            to.strange(1);
            to.line(0);
            to.out.push('}');
        }
    }
    let end = to.dice.of(&["", "\n", "\r\n", "  \n\n"]);
    to.out.push_str(end);
    to.out
}

fn edit(dice: &mut Dice) -> TaskEdit {
    let mut edit = TaskEdit::default();
    if dice.below(3) > 0 {
        edit = edit.set(
            Member::Status,
            &dice.of(&["pending", "skipped", "done", "failed"]),
        );
    }
    if dice.one_in(2) {
        edit = edit.set(
            Member::Claim,
            &serde_json::json!({"by": null, "epoch": dice.below(9)}),
        );
    }
    if dice.one_in(3) {
        edit = edit.set(Member::Attempt, &dice.below(5));
    }
    if dice.one_in(2) {
        edit = if dice.one_in(2) {
            edit.with(Member::Held, Write::Remove)
        } else {
            edit.set(
                Member::Held,
                &serde_json::json!({"since": "2026-03-28T09:00:00Z", "why": "r\"ä\u{1b}"}),
            )
        };
    }
    if dice.one_in(3) {
        edit = if dice.one_in(3) {
            edit.with(Member::Flag, Write::Remove)
        } else {
            edit.set(
                Member::Flag,
                &serde_json::json!({"why": "w", "by": "uid 1000"}),
            )
        };
    }
    edit.set(
        Member::LastOp,
        &serde_json::json!({"id": "01X", "verb": "skip", "steps": ["s1", "s2"]}),
    )
}

/// The object of a task in the file.
fn object(bytes: &[u8], name: &TaskId) -> (usize, usize) {
    let start = place_of(&read(bytes).unwrap(), name).unwrap();
    let mut tape = Tape::default();
    let Outcome::Value { end } = tape.read(bytes, start) else {
        panic!("the object is whole");
    };
    (start, end)
}

/// Every member of an object that rounds may not write, as it is written.
fn untouchable(bytes: &[u8], name: &TaskId) -> Vec<Vec<u8>> {
    let (start, _) = object(bytes, name);
    let mut tape = Tape::default();
    assert!(matches!(tape.read(bytes, start), Outcome::Value { .. }));
    let source = Source::new(bytes);
    let ours = [
        "status", "state", "claim", "attempt", "attempts", "held", "flag", "lastop",
    ];
    tape.root(&source)
        .fields()
        .filter(|(key, _)| !ours.contains(&&*folded(&key.verbatim())))
        .map(|(key, value)| bytes[key.span().0..value.span().1].to_vec())
        .collect()
}

#[test]
fn what_is_not_named_stays_to_the_byte() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let files = if large { 100_000 } else { 800 };
    let seed = 0x5eed_0001_u64;
    let mut dice = Dice(seed);
    let (mut changed, mut refused) = (0, 0);
    while changed + refused < files {
        let n = changed + refused;
        let text = file(&mut dice);
        let edit = edit(&mut dice);
        let name = id(dice.of(&["a", "b", "c"]));
        let bytes = text.as_bytes();
        // In lists of other names an entry that says neither when nor in what state it is is no task.
        if place_of(&read(bytes).unwrap(), &name) == Err(NotSpliceable::Missing) {
            continue;
        }
        let spliced = match splice(bytes, &name, &edit) {
            Ok(spliced) => spliced,
            Err(NotSpliceable::Twice(_) | NotSpliceable::Foreign(_)) => {
                refused += 1;
                continue;
            }
            Err(other) => panic!("file {n}: {other}\n{text}\n{edit:?}"),
        };
        changed += 1;
        let (start, end) = object(bytes, &name);
        let (new_start, new_end) = object(&spliced.bytes, &name);
        assert_eq!(
            bytes[..start],
            spliced.bytes[..new_start],
            "file {n}\n{text}"
        );
        assert_eq!(bytes[end..], spliced.bytes[new_end..], "file {n}\n{text}");
        assert_eq!(
            untouchable(bytes, &name),
            untouchable(&spliced.bytes, &name),
            "file {n}\n{text}"
        );
        let known = serde_json::from_slice::<serde::de::IgnoredAny>(
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
        )
        .is_ok();
        let new = spliced
            .bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&spliced.bytes);
        assert!(
            !known || serde_json::from_slice::<serde::de::IgnoredAny>(new).is_ok(),
            "file {n}"
        );
        let undone = splice(&spliced.bytes, &name, &back(&spliced))
            .unwrap_or_else(|why| panic!("file {n}: {why}\n{text}"));
        assert_eq!(
            String::from_utf8_lossy(&undone.bytes),
            text,
            "file {n}\n{edit:?}"
        );
    }
    assert!(changed * 10 > files * 9, "{changed} of {files}");
    println!(
        "splice: {changed} files changed and taken back to the byte, {refused} refused politely, seed {seed:#x}"
    );
}
