//! Dates in headings and bullets of Markdown.

use super::timestamp::{Found, may_begin, scan};
use super::vocabulary::Vocabulary;

/// Names of fields that hold the time of an entry.
const TIME_FIELDS: &[&str] = &[
    "time",
    "timestamp",
    "timestamp (utc)",
    "date",
    "logged",
    "when",
    "at",
    "started",
    "run time",
    "执行时间",
    "时间",
    "日期",
];

/// A time with a day anywhere in a heading, and the heading without it.
pub(super) fn in_heading(text: &str, vocabulary: &Vocabulary) -> Option<(Found, String)> {
    let starts = text.char_indices().filter(|(at, c)| {
        let before = &text[..*at];
        if c.is_ascii_digit() {
            return !before.ends_with(|p: char| p.is_ascii_digit() || p == '/' || p == '_');
        }
        // `March 22, 2026`: a word is tried where one begins.
        c.is_ascii_alphabetic()
            && !before.ends_with(|p: char| p.is_alphanumeric())
            && may_begin(&text.as_bytes()[*at..])
    });
    for (at, _) in starts.take(16) {
        if let Some((found, end)) = scan(&text[at..], vocabulary)
            && found.day.is_some()
            && !text[at + end..].starts_with(|c: char| c.is_alphanumeric())
        {
            let frame = |c: char| c.is_whitespace() || "()[]{}-–—:|,#*_·".contains(c);
            let (before, after) = (
                text[..at].trim_matches(frame),
                text[at + end..].trim_matches(frame),
            );
            if text[..at].ends_with('-') {
                // The date is a part of an id, which names the entry.
                return Some((found, text.trim().to_owned()));
            }
            let title = [before, after].into_iter().filter(|p| !p.is_empty());
            let title = title.collect::<Vec<_>>().join(" ");
            return Some((with_clock(found, &title, vocabulary), title));
        }
    }
    None
}

/// A clock without a day that a heading begins or ends with, or has in brackets: `10:15 Mail`, `[10:15] Mail`, `Round 4 –
/// 10:15`, `Evening (7 pm)`; and the heading without it.
pub(super) fn clock_in_heading(text: &str, vocabulary: &Vocabulary) -> Option<(Found, String)> {
    let starts = text.char_indices().filter(|(at, c)| {
        let before = &text[..*at];
        let parted = before.is_empty() || before.ends_with([' ', '[', '(', '@', '*', '`', '_']);
        c.is_ascii_digit() && parted
    });
    for (at, _) in starts.take(8) {
        let Some((found, end)) = scan(&text[at..], vocabulary) else {
            continue;
        };
        let (before, after) = (&text[..at], &text[at + end..]);
        let opened = before.trim_end_matches(['*', '`', '_']);
        let framed = opened.is_empty() || opened.ends_with(['[', '(', '@']);
        let last = after
            .trim_end_matches(['*', '`', '_', ')', ']', ' ', ':'])
            .is_empty();
        let parted = !after.starts_with(|c: char| c.is_alphanumeric() || c == '%');
        if found.clock.is_some() && found.day.is_none() && parted && (framed || last) {
            let frame = |c: char| c.is_whitespace() || "()[]{}-–—:|,#*_·@".contains(c);
            let parts = [before.trim_matches(frame), after.trim_matches(frame)];
            let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return Some((found, said.join(" ")));
        }
    }
    None
}

/// A clock further on in the heading belongs to its date.
fn with_clock(found: Found, title: &str, vocabulary: &Vocabulary) -> Found {
    if found.clock.is_some() {
        return found;
    }
    let starts = title.char_indices().filter(|(at, c)| {
        (c.is_ascii_digit() || *c == '~') && title[..*at].ends_with([' ', '('])
            || (*at == 0 && c.is_ascii_digit())
    });
    let mut clocks =
        starts.filter_map(|(at, _)| scan(&title[at..], vocabulary).map(|(clock, _)| clock));
    clocks
        .find(|clock| clock.day.is_none() && clock.clock.is_some())
        .map_or(found, |clock| Found {
            day: found.day,
            ..clock
        })
}

/// A time at the start of a bullet, bold or not, or behind a label that says so; and what follows it.
pub(super) fn in_bullet<'a>(text: &'a str, vocabulary: &Vocabulary) -> Option<(Found, &'a str)> {
    let labelled = super::lines::field(text)
        .filter(|(name, _)| TIME_FIELDS.contains(&name.as_str()))
        .map(|(_, value)| value);
    let body = labelled.unwrap_or(text);
    let body = body.trim_start_matches(['*', '[', '(', '`', '_', ' ']);
    let (found, end) = scan(body, vocabulary)?;
    let rest = &body[end..];
    // `[2026-03-28](notes.md) text`: the link's target says nothing.
    let rest = rest
        .strip_prefix("](")
        .and_then(|link| Some(link.split_once(')')?.1))
        .unwrap_or(rest);
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '%' || c == '.') {
        return None;
    }
    // What closes the time's own frame goes; what opens a bold word behind it stays.
    let rest = rest.trim_start_matches(|c: char| "*])`_:".contains(c));
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "|:–—-,".contains(c));
    Some((found, rest))
}

/// Whether a field of this name holds the time of an entry.
pub(super) fn is_time(name: &str) -> bool {
    TIME_FIELDS.contains(&name)
}

/// The time a field line gives to its entry.
pub(super) fn in_field(name: &str, value: &str, vocabulary: &Vocabulary) -> Option<Found> {
    if !is_time(name) {
        return None;
    }
    scan(value, vocabulary).map(|(found, _)| found)
}
