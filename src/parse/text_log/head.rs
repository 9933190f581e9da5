//! Whether a line opens an entry, and with which time.

use super::super::timestamp::{Found, scan};
use super::super::vocabulary::Vocabulary;

/// Most symbols before a time: brackets, bullets, an emoji.
const MOST_SYMBOLS: usize = 6;

/// A line that opens an entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head<'a> {
    pub found: Found,
    /// What stands beside the time, trimmed of its frame.
    pub text: &'a str,
    pub bound: Bound,
}

/// Whether the entry opens or closes a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Start,
    End,
    Neither,
}

/// Reads a line as a head. None: the line continues the entry above.
pub(super) fn head<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<Head<'a>> {
    let (found, text) = leading(line, vocabulary).or_else(|| banner(line, vocabulary))?;
    let bound = bound(text);
    Some(Head { found, text, bound })
}

fn leading<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<(Found, &'a str)> {
    let symbols = line
        .chars()
        .take_while(|c| !c.is_alphanumeric())
        .take(MOST_SYMBOLS + 1);
    let (count, bytes) = symbols.fold((0, 0), |(n, b), c| (n + 1, b + c.len_utf8()));
    if count > MOST_SYMBOLS {
        return None;
    }
    // `~08:00`: the sign belongs to the time.
    let from = if line[..bytes].ends_with('~') {
        bytes - 1
    } else {
        bytes
    };
    let (found, end) = scan(&line[from..], vocabulary)?;
    let rest = &line[from + end..];
    // Something must part the time from the text, or it is no time but a part of a number or a name.
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '%') {
        return None;
    }
    let clock_alone = found.day.is_none();
    if clock_alone
        && !line.as_bytes()[from..]
            .get(1)
            .is_some_and(u8::is_ascii_digit)
        && count == 0
    {
        return None;
    }
    Some((found, unframed(rest)))
}

/// `=== Heartbeat: 2026-03-22 09:25:31 ===`, `Heartbeat: 2026-03-23`.
fn banner<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<(Found, &'a str)> {
    let framed = ["===", "---", "***", "###", "+++"]
        .iter()
        .any(|f| line.starts_with(f));
    let inner = unframed(line);
    let named = inner
        .get(..10)
        .is_some_and(|w| w.eq_ignore_ascii_case("heartbeat:"));
    if !framed && !named {
        return None;
    }
    let starts = inner.char_indices().filter(|(at, c)| {
        c.is_ascii_digit()
            && !inner[..*at].ends_with(|p: char| p.is_alphanumeric() || p == '-' || p == ':')
    });
    for (at, _) in starts.take(16) {
        if let Some((found, end)) = scan(&inner[at..], vocabulary)
            && found.day.is_some()
        {
            let (before, after) = (unframed(&inner[..at]), unframed(&inner[at + end..]));
            let text = if before.is_empty() { after } else { before };
            return Some((found, text));
        }
    }
    None
}

fn unframed(text: &str) -> &str {
    let frame = |c: char| {
        c.is_whitespace() || matches!(c, '=' | ']' | ')' | '*' | '|' | ':' | '—' | '–' | ',')
    };
    let start = text.trim_start_matches(|c| {
        frame(c) || c == '-' || c == '#' || c == '+' || c == '✅' || c == '>'
    });
    start.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '=' | '*' | '|' | '—' | '–' | ':')
    })
}

fn bound(text: &str) -> Bound {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let text = text.split("===").next().unwrap_or(text).trim();
    let text = text.split(" (").next().unwrap_or(text);
    let last = text.rsplit([' ', '_', '-']).next().unwrap_or("");
    let short = text.len() <= 40;
    match last {
        "START" | "BEGIN" if short => Bound::Start,
        "END" | "FINISH" if short => Bound::End,
        _ => Bound::Neither,
    }
}

/// What the entry's run is called: the words before START or END.
pub(super) fn run_name(text: &str) -> String {
    let text = text.split(" (").next().unwrap_or(text).trim();
    let cut = text.rfind([' ', '_', '-']).unwrap_or(0);
    text[..cut].trim().to_lowercase()
}
