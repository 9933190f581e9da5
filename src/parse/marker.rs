//! Signs of success and trouble in free text: level words, tags, emoji, and what tools print when they fail.
//!
//! Prose is not searched for words: "improved error handling" says nothing. What counts is where writers put a verdict:
//! a tag in brackets, a word in capitals, the first word of a line, the last word of a short one.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::domain::heartbeat::RunStatus;

use super::vocabulary::{Class, Place, Vocabulary, words};

/// Which of two signs decides about a block: the worse.
pub(super) fn worse(a: RunStatus, b: RunStatus) -> RunStatus {
    let rank = |status| match status {
        RunStatus::Unknown => 0,
        RunStatus::Running => 1,
        RunStatus::Ok => 2,
        RunStatus::Skipped => 3,
        RunStatus::Blocked => 4,
        RunStatus::Partial => 5,
        RunStatus::Failed => 6,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// What one line says; `Unknown` where it says nothing. That something runs or waits is no verdict.
pub(super) fn of_line(line: &str, vocabulary: &Vocabulary) -> RunStatus {
    let line = line.trim();
    if line.is_empty() {
        return RunStatus::Unknown;
    }
    if trouble(line) {
        return RunStatus::Failed;
    }
    let picture = words::emoji(line).map(verdict);
    let mut status = worse(picture.unwrap_or_default(), level(line, vocabulary));
    let mut rest = line;
    while let Some((tag, after)) = tag(rest) {
        status = worse(status, of_tag(tag, vocabulary));
        rest = after;
    }
    status = worse(status, stated(line, vocabulary));
    status = worse(status, cells(rest, vocabulary));
    status = worse(status, capitals(rest, vocabulary));
    // A picture is a verdict by itself; then the words beside it tell of what, not how.
    match picture {
        Some(_) => status,
        None => worse(status, first_and_last(rest, vocabulary)),
    }
}

/// What a line of prose says: only an emoji or what a failing tool prints is a sign there.
pub(super) fn sign(line: &str) -> RunStatus {
    if trouble(line) {
        return RunStatus::Failed;
    }
    // What an agent answers that found nothing to do.
    if line.ends_with("HEARTBEAT_OK") {
        return RunStatus::Ok;
    }
    words::emoji(line).map_or(RunStatus::Unknown, verdict)
}

fn verdict(class: Class) -> RunStatus {
    match class {
        Class::Ok => RunStatus::Ok,
        Class::Partial => RunStatus::Partial,
        Class::Skipped => RunStatus::Skipped,
        Class::Failed => RunStatus::Failed,
        Class::Blocked => RunStatus::Blocked,
        Class::Running | Class::Pending | Class::Review | Class::Off => RunStatus::Unknown,
    }
}

/// What tools print when they fail, whatever stands around it.
fn trouble(line: &str) -> bool {
    // Every line of every log is searched for these, so what a search needs is made ready once.
    static SIGNS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| {
        [
            Finder::new("Traceback (most recent call last)"),
            Finder::new("API Error"),
            Finder::new("panicked at"),
        ]
    });
    let line = line.as_bytes();
    SIGNS.iter().any(|sign| sign.find(line).is_some())
        || no_command(line)
        || http(line)
        || exit(line)
}

/// `command not found`, `failed to run command`.
fn no_command(line: &[u8]) -> bool {
    static COMMAND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("command"));
    COMMAND.find_iter(line).any(|at| {
        line[..at].ends_with(b"failed to run ") || line[at..].starts_with(b"command not found")
    })
}

/// What stands behind each place of a word.
fn behind<'l>(line: &'l [u8], word: &'static Finder<'static>) -> impl Iterator<Item = &'l [u8]> {
    let len = word.needle().len();
    word.find_iter(line).map(move |at| &line[at + len..])
}

/// `HTTP 429`, `HTTP/1.1 503`, `HTTP error 500`.
fn http(line: &[u8]) -> bool {
    static HTTP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("HTTP"));
    behind(line, &HTTP).any(|rest| {
        let rest = without(rest, &[b"/1.1", b"/2"]);
        let rest = without(past(rest, b" :="), &[b"error ", b"status "]);
        rest.len() >= 3
            && matches!(rest[0], b'4' | b'5')
            && rest[1..3].iter().all(u8::is_ascii_digit)
            && !rest.get(3).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// `exit=1`, `exit code 127`, `exit status: 2`; not 0.
fn exit(line: &[u8]) -> bool {
    static EXIT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("exit"));
    behind(line, &EXIT).any(|rest| {
        let rest = past(without(rest, &[b"ed with", b"_code"]), b" =:");
        let rest = past(without(rest, &[b"code", b"status"]), b" =:");
        matches!(rest.first(), Some(b'1'..=b'9'))
    })
}

/// The text behind the first of these that it begins with; all of it where it begins with none.
fn without<'l>(text: &'l [u8], starts: &[&[u8]]) -> &'l [u8] {
    let rest = starts.iter().find_map(|start| text.strip_prefix(*start));
    rest.unwrap_or(text)
}

/// The text behind the marks that it begins with.
fn past<'l>(text: &'l [u8], marks: &[u8]) -> &'l [u8] {
    let count = text.iter().take_while(|byte| marks.contains(byte)).count();
    &text[count..]
}

/// `level=error`, as programs write that log in pairs.
fn level(line: &str, vocabulary: &Vocabulary) -> RunStatus {
    static LEVEL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("level="));
    let paired = line.contains('=').then(|| LEVEL.find(line.as_bytes()));
    let Some(at) = paired.flatten() else {
        return RunStatus::Unknown;
    };
    let word = line[at + LEVEL.needle().len()..].trim_start_matches('"');
    let word = word.split([' ', '"', ',']).next().unwrap_or(word);
    vocabulary
        .class(word, Place::Level)
        .map(verdict)
        .unwrap_or_default()
}

/// A tag at the start: `[ERROR] rest`, `INFO: rest`.
fn tag(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '-', '*', '|', ':', '•']);
    if let Some(inner) = text.strip_prefix('[') {
        let (tag, after) = inner.split_once(']')?;
        return (tag.len() <= 60).then_some((tag, after));
    }
    let loud = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (tag, rest) = text.split_at(loud);
    let after = rest.strip_prefix(": ")?;
    (1..=10).contains(&loud).then_some((tag, after))
}

fn of_tag(tag: &str, vocabulary: &Vocabulary) -> RunStatus {
    let level = vocabulary.class(tag, Place::Level).map(verdict);
    let whole = || {
        let first = tag.split_whitespace().next()?;
        let last = tag.split_whitespace().next_back()?;
        let class = |word: &str| vocabulary.class(word, Place::Event).map(verdict);
        match (class(first), class(last)) {
            (Some(a), Some(b)) => Some(worse(a, b)),
            (a, b) => a.or(b),
        }
    };
    level.or_else(whole).unwrap_or_default()
}

/// Words in capitals: `DONE`, `PRODUCTION_FAILURE`.
fn capitals(text: &str, vocabulary: &Vocabulary) -> RunStatus {
    let mut pairs = text.as_bytes().windows(2);
    if !pairs.any(|pair| pair.iter().all(u8::is_ascii_uppercase)) {
        return RunStatus::Unknown;
    }
    let mut status = RunStatus::Unknown;
    let mut previous = "";
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        let loud = word.len() >= 2 && word.bytes().all(|b| b.is_ascii_uppercase());
        if loud && !negates(previous) {
            status = worse(
                status,
                vocabulary
                    .class(word, Place::Event)
                    .map(verdict)
                    .unwrap_or_default(),
            );
        }
        previous = word;
    }
    status
}

/// `status=ok`, `result="failed"`: a field that says how it went.
fn stated(line: &str, vocabulary: &Vocabulary) -> RunStatus {
    static NAMES: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["status=", "result=", "outcome="].map(Finder::new));
    if !line.contains('=') {
        return RunStatus::Unknown;
    }
    let said = NAMES.iter().find_map(|name| {
        let at = name.find(line.as_bytes())?;
        let alone = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let value = line[at + name.needle().len()..].trim_start_matches('"');
        let end = value.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        alone.then(|| &value[..end.unwrap_or(value.len())])
    });
    let class = said.and_then(|word| vocabulary.class(word, Place::Event));
    class.map(verdict).unwrap_or_default()
}

/// `brief,ok,3 items`, `brief | ok | 3 items`: a column that is one word for how it went.
fn cells(text: &str, vocabulary: &Vocabulary) -> RunStatus {
    // In prose a blank follows a comma.
    let mark = if text.contains('|') {
        '|'
    } else if text.contains(',') && !text.contains(", ") {
        ','
    } else {
        return RunStatus::Unknown;
    };
    let word = |cell: &str| {
        let cell = cell.trim();
        let one = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        one.then(|| vocabulary.class(cell, Place::Event))?
    };
    let first = text.split(mark).find_map(word);
    first.map(verdict).unwrap_or_default()
}

fn negates(word: &str) -> bool {
    ["no", "not", "0", "zero", "without", "never"]
        .iter()
        .any(|n| word.eq_ignore_ascii_case(n))
}

/// The first word of a line, or the last of a short one.
fn first_and_last(text: &str, vocabulary: &Vocabulary) -> RunStatus {
    let word = |w: &str| {
        let plain = w.bytes().all(|b| b.is_ascii_alphanumeric());
        let w = if plain {
            w
        } else {
            w.trim_matches(|c: char| !c.is_alphanumeric())
        };
        // A word inside a name (`fix-critical`, `logs/error`) is no verdict.
        if !plain && w.contains(['-', '/', '.']) {
            return RunStatus::Unknown;
        }
        vocabulary
            .class(w, Place::Event)
            .map(verdict)
            .unwrap_or_default()
    };
    let speaks = |w: &&str| {
        w.bytes().any(|b| b.is_ascii_alphanumeric())
            || !w.is_ascii() && w.contains(char::is_alphanumeric)
    };
    let mut list = text.split_ascii_whitespace().filter(speaks);
    let Some(first) = list.next() else {
        return RunStatus::Unknown;
    };
    let second = list.next();
    // `Errors: 0`, `Timeout: 120m`: a name and its value.
    let names_value = first.ends_with([':', '='])
        && second.is_none_or(|v| {
            v.starts_with(|c: char| c.is_ascii_digit()) || v.eq_ignore_ascii_case("none")
        });
    let status = if names_value {
        RunStatus::Unknown
    } else {
        word(first)
    };
    // Of a line of two to four words the last one counts, too.
    let (mut before, mut last) = (first, second);
    for next in list.by_ref().take(2) {
        (before, last) = (last.unwrap_or(first), Some(next));
    }
    match last {
        Some(last) if list.next().is_none() && !negates(before) => worse(status, word(last)),
        Some(_) | None => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_in_free_text() {
        use RunStatus::{Failed, Ok, Partial, Skipped, Unknown};
        let v = Vocabulary::default();
        for (line, status) in [
            ("INFO: starting step 2", Unknown),
            ("[INFO] starting", Unknown),
            ("SUCCESS: patterns queried", Ok),
            ("[ERROR] no route", Failed),
            ("WARN: slow", Partial),
            ("[SKIP] Already executed today", Skipped),
            ("[HEARTBEAT 2026-03-22 DONE]", Ok),
            ("[FAILURE] FLOW: 29 tasks stuck", Failed),
            ("Failures: PRODUCTION_FAILURE", Failed),
            ("Failures: None", Unknown),
            ("Monitor complete", Ok),
            ("Not complete", Unknown),
            ("✅ Deployed", Ok),
            ("⚠️ low disk", Partial),
            ("improved error handling in three modules today", Unknown),
            ("found 0 errors", Unknown),
            ("no errors", Unknown),
            ("NO ERROR", Unknown),
            ("Error: no such host", Failed),
            ("got HTTP 429 from api", Failed),
            ("HTTP/1.1 200 OK", Ok),
            ("Traceback (most recent call last):", Failed),
            ("bash: claude: command not found", Failed),
            ("API Error: 404 {}", Failed),
            ("exit=1", Failed),
            ("exited with code 127", Failed),
            ("exit=0", Ok),
            ("timeout: failed to run command 'x'", Failed),
            ("- fix-performance-critical (worktree)", Unknown),
            ("Timeout: 120m", Unknown),
            ("Errors: 0", Unknown),
            ("⚠️  STALE (exceeded timeout)", Partial),
            ("run brief attempt=2 status=ok duration=12s", Ok),
            ("the run of brief had exit_status=ok in the end", Unknown),
            ("run brief result=\"failed\" after 3 tries", Failed),
            ("brief,ok,3 items", Ok),
            ("mail | skipped | quiet hours until seven", Skipped),
            ("read mail, done with it, next one now", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(of_line(line, &v), status, "{line}");
        }
    }
}
