//! Markdown by lines: headings, bullets, fields and tables, with what stands in code fences and comments left out.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use crate::domain::text::{decode, strip_styles};

/// One line outside of code fences and comments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line<'a> {
    pub kind: LineKind,
    /// Without the mark, without surrounding blanks.
    pub text: Cow<'a, str>,
    pub offset: usize,
    pub end: usize,
    pub number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Its level, from 1.
    Heading(usize),
    /// Its indentation in columns.
    Bullet(usize),
    Row,
    Text,
    Blank,
}

pub(super) fn lines(bytes: &[u8], first: u32) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let (mut at, mut number, mut fenced, mut hidden) = (0, first, false, false);
    while at < bytes.len() {
        let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
        let text = plain(&bytes[at..end]);
        let start = text.trim_start();
        let fence = !hidden && (start.starts_with("```") || start.starts_with("~~~"));
        fenced ^= fence;
        let comment = !fenced && (hidden || start.starts_with("<!--"));
        hidden = comment && !start.contains("-->");
        if !fence && !fenced && !comment {
            let (kind, text) = match text {
                Cow::Borrowed(text) => parted(text),
                Cow::Owned(text) => {
                    let (kind, body) = parted(&text);
                    (kind, Cow::Owned(body.into_owned()))
                }
            };
            out.push(Line {
                kind,
                text,
                offset: at,
                end: end - usize::from(end > at && bytes[end - 1] == b'\r'),
                number,
            });
        }
        at = end + 1;
        number += 1;
    }
    out
}

/// Whether the bytes say that they are UTF-16, as what an old PowerShell redirects does. Its NUL bytes are left out, which
/// makes English text of it.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// What follows the mark that UTF-16 begins with.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    if is_utf16(line) { &line[2..] } else { line }
}

/// A line without what is not for reading: colours, NUL, and marks of the byte order.
fn plain(line: &[u8]) -> Cow<'_, str> {
    let text = decode(without_mark(line));
    if memchr3(0, 0x1b, 0xef, line).is_none() {
        return text;
    }
    Cow::Owned(strip_styles(&text).replace(['\0', '\u{feff}'], ""))
}

fn parted(text: &str) -> (LineKind, Cow<'_, str>) {
    let (kind, body) = kind(text);
    (kind, Cow::Borrowed(body.trim()))
}

/// The fields between two lines of `---` at the start, names in lower case, and how many lines they take.
pub(super) fn front_matter(lines: &[Line<'_>]) -> (Vec<(String, String)>, usize) {
    let is_fence = |line: &Line<'_>| line.kind == LineKind::Text && line.text == "---";
    let first = lines.iter().position(|line| line.kind != LineKind::Blank);
    let Some(first) = first.filter(|first| is_fence(&lines[*first])) else {
        return (Vec::new(), 0);
    };
    let inner = &lines[first + 1..];
    let Some(end) = inner.iter().position(is_fence) else {
        return (Vec::new(), 0);
    };
    let fields = inner[..end].iter().filter_map(|line| {
        let (name, value) = line.text.split_once(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        Some((name.trim().to_lowercase(), value.to_owned()))
    });
    (fields.collect(), first + end + 2)
}

fn kind(line: &str) -> (LineKind, &str) {
    let body = line.trim_start();
    let indent = line.len() - body.len();
    let level = body.bytes().take_while(|b| *b == b'#').count();
    // Four blanks before it make it an example.
    if (1..=6).contains(&level) && indent < 4 && body[level..].starts_with([' ', '\t']) {
        return (LineKind::Heading(level), &body[level..]);
    }
    for mark in ["- ", "* ", "+ ", "• "] {
        if let Some(rest) = body.strip_prefix(mark) {
            return (LineKind::Bullet(indent), rest);
        }
    }
    if let Some(rest) = numbered(body) {
        return (LineKind::Bullet(indent), rest);
    }
    if body.is_empty() {
        return (LineKind::Blank, body);
    }
    let kind = if body.starts_with('|') {
        LineKind::Row
    } else {
        LineKind::Text
    };
    (kind, body)
}

/// `1. text`, `1) text`.
fn numbered(body: &str) -> Option<&str> {
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &body[digits..];
    (1..=3)
        .contains(&digits)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
}

/// `**Status**: ok`, `**Status:** ok`, `Status: ok`: the name in lower case and the value.
pub(super) fn field(text: &str) -> Option<(String, &str)> {
    let (name, value) = match text.strip_prefix("**") {
        Some(bold) => {
            let (name, rest) = bold.split_once("**")?;
            let rest = rest.trim_start();
            let after = rest.strip_prefix([':', '：']);
            match (name.strip_suffix([':', '：']), after) {
                (Some(name), _) => (name, rest),
                (None, Some(after)) => (name, after),
                (None, None) => return None,
            }
        }
        None => text
            .split_once(": ")
            .or_else(|| Some((text.strip_suffix(':')?, "")))?,
    };
    let short = !name.is_empty() && name.chars().count() <= 30;
    short.then(|| (name.trim().to_lowercase(), value.trim()))
}

/// The cells of a table row.
pub(super) fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.trim_matches('|').split('|').map(str::trim)
}

/// A box at the start of a bullet, and what follows it.
pub(super) fn checkbox(text: &str) -> (Option<bool>, &str) {
    let boxed = [
        ("[ ] ", false),
        ("[x] ", true),
        ("[X] ", true),
        ("[✓] ", true),
        ("[✔] ", true),
        ("[✅] ", true),
    ];
    let found = boxed
        .iter()
        .find_map(|(mark, done)| Some((*done, text.strip_prefix(mark)?)));
    found.map_or((None, text), |(done, rest)| (Some(done), rest))
}
