//! Whether a line opens an entry, and with which time.

use super::super::timestamp::{Found, scan};
use super::super::vocabulary::Vocabulary;
use super::odd;

/// Most symbols before a time: brackets, bullets, an emoji.
const MOST_SYMBOLS: usize = 6;
/// Most tags in brackets before a time, and the longest of them in bytes.
const MOST_TAGS: usize = 3;
const MOST_TAG: usize = 80;
/// Words for how loud a line is.
const LEVELS: &[&str] = &[
    "TRACE", "DEBUG", "INFO", "NOTICE", "SUCCESS", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL",
];

/// A line that opens an entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head<'a> {
    pub found: Found,
    /// What stands beside the time, trimmed of its frame.
    pub text: &'a str,
    /// What stands before the time: an emoji or a level there is a sign.
    pub lead: &'a str,
    pub bound: Bound,
    pub form: Form,
}

/// How far the time can be believed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Usual,
    /// The year is a stand-in.
    NoYear,
    /// A bare number, which in a log of other times is none.
    Number,
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
    // No time is without a digit, and most lines that go on are.
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let usual = leading(line, vocabulary)
        .or_else(|| banner(line, vocabulary))
        .or_else(|| tagged(line, vocabulary))
        .or_else(|| labelled(line, vocabulary));
    let ((found, text, lead), form) = match usual {
        Some(parted) => (parted, Form::Usual),
        None => odd(line, vocabulary)?,
    };
    let bound = match bound(text) {
        // Within a run steps begin and end as well: only a frame speaks of the run itself.
        Bound::Neither if is_framed(line) => said(text),
        bound => bound,
    };
    Some(Head {
        found,
        text,
        lead,
        bound,
        form,
    })
}

fn odd<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<(Parted<'a>, Form)> {
    if let Some((found, end)) = odd::number(line) {
        return Some(((found, unframed(&line[end..]), ""), Form::Number));
    }
    let (found, text) = odd::without_year(line, vocabulary)?;
    Some(((found, text, ""), Form::NoYear))
}

/// A time, the text beside it and what stands before it.
type Parted<'a> = (Found, &'a str, &'a str);

fn leading<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<Parted<'a>> {
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
    // `7:05 AM` is a clock, `3:10` may be anything.
    let half_day = line[from..from + end].ends_with(['m', 'M']);
    if clock_alone
        && !half_day
        && !line.as_bytes()[from..]
            .get(1)
            .is_some_and(u8::is_ascii_digit)
        && count == 0
    {
        return None;
    }
    Some((found, unframed(rest), &line[..from]))
}

/// `[worker run:x] -> 2026-03-28T10:00:00Z text`, `web_1  | 2026-03-28 10:00:00 text`, `INFO 2026-03-28 10:00:00 text`:
/// what wraps a program's output or names its level stands before the time. Only a whole time counts here, so that a
/// sentence that mentions one opens nothing.
fn tagged<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<Parted<'a>> {
    let lead = tag(line).or_else(|| time_field(line))?;
    let (found, end) = scan(&line[lead..], vocabulary)?;
    let rest = &line[lead + end..];
    let whole = found.day.is_some() && found.clock.is_some();
    let parted = !rest.starts_with(|c: char| c.is_alphanumeric());
    (whole && parted).then(|| (found, unframed(rest), &line[..lead]))
}

/// `time="2026-03-28T10:00:00Z" level=error msg=…`: where the time begins.
fn time_field(line: &str) -> Option<usize> {
    let names = ["time=", "ts=", "timestamp=", "t="];
    let len = names.iter().find(|name| line.starts_with(**name))?.len();
    Some(len + usize::from(line[len..].starts_with('"')))
}

/// `Started: Sat Mar 28 10:15:07 CET 2026`: what a script prints with the clock behind it. Only a whole time that ends the line
/// counts.
fn labelled<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<Parted<'a>> {
    let ends_like_one = |byte: &u8| !byte.is_ascii_lowercase() && !byte.is_ascii_whitespace();
    line.as_bytes().last().filter(|byte| ends_like_one(byte))?;
    let parted = || line.split_once(": ").or_else(|| line.split_once(" at "));
    let (label, time) = bounded(line).or_else(parted)?;
    let short = label.len() <= MOST_TAG && label.starts_with(|c: char| c.is_alphanumeric());
    let time = time.trim().trim_end_matches(['.', '!', ')']);
    let (found, end) = scan(time, vocabulary).filter(|_| short)?;
    let whole = found.day.is_some() && found.clock.is_some() && end == time.len();
    whole.then_some((found, label, ""))
}

/// `HEARTBEAT START 2026-03-28T10:15:07Z`: what it is that begins or ends, and the time.
fn bounded(line: &str) -> Option<(&str, &str)> {
    let marks = [" START ", " BEGIN ", " END ", " FINISH "];
    marks.iter().find_map(|mark| {
        let at = line.find(mark)? + mark.trim_end().len();
        Some((&line[..at], &line[at + 1..]))
    })
}

/// Where what stands before the time ends.
fn tag(line: &str) -> Option<usize> {
    let mut at = 0;
    for _ in 0..MOST_TAGS {
        let rest = &line[at..];
        let Some(inner) = rest.strip_prefix('[') else {
            break;
        };
        let end = inner.get(..inner.len().min(MOST_TAG))?.find(']')?;
        at += end + 2;
        at += line[at..].len() - line[at..].trim_start().len();
    }
    let word = line[at..]
        .find([' ', '\t'])
        .map_or(&line[at..], |end| &line[at..at + end]);
    let name = word.trim_end_matches(':');
    let level = LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
    let piped = at == 0 && line[word.len()..].trim_start().starts_with("| ");
    if (level || piped) && word.len() <= MOST_TAG {
        at += word.len();
    }
    if at == 0 {
        return None;
    }
    let rest = &line[at..];
    let body = rest.trim_start_matches([' ', '\t', '-', '>', '|', '[', '(', ':']);
    (rest.len() - body.len() <= MOST_TAG).then_some(line.len() - body.len())
}

fn is_framed(line: &str) -> bool {
    let frames = ["===", "---", "***", "###", "+++"];
    frames.iter().any(|frame| line.starts_with(frame))
}

/// `=== Heartbeat: 2026-03-22 09:25:31 ===`, `Heartbeat: 2026-03-23`.
fn banner<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<Parted<'a>> {
    let framed = is_framed(line);
    let lead = lead_of(line);
    let named = line[lead.len()..]
        .get(..10)
        .is_some_and(|w| w.eq_ignore_ascii_case("heartbeat:"));
    if !framed && !named {
        return None;
    }
    let inner = unframed(&line[lead.len()..]);
    let starts = inner.char_indices().filter(|(at, c)| {
        c.is_ascii_digit()
            && !inner[..*at].ends_with(|p: char| p.is_alphanumeric() || p == '-' || p == ':')
    });
    for (at, _) in starts.take(16) {
        if let Some((found, end)) = scan(&inner[at..], vocabulary)
            && found.day.is_some()
        {
            let (before, after) = (unframed(&inner[..at]), unframed(&inner[at + end..]));
            // What stands behind the time, such as how it ended, is a sign and no name.
            let (text, lead) = match (before.is_empty(), after.is_empty()) {
                (true, _) => (after, lead),
                (false, true) => (before, lead),
                (false, false) => (before, after),
            };
            return Some((found, text, lead));
        }
    }
    None
}

/// The symbols that open a banner.
fn lead_of(line: &str) -> &str {
    let end = line.find(char::is_alphanumeric).unwrap_or(line.len());
    &line[..end]
}

fn unframed(text: &str) -> &str {
    let frame = |c: char| {
        c.is_whitespace() || matches!(c, '=' | ']' | ')' | '*' | '|' | ':' | '—' | '–' | ',' | '"')
    };
    let start =
        text.trim_start_matches(|c| frame(c) || c == '-' || c == '#' || c == '+' || c == '>');
    start.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '=' | '*' | '|' | '—' | '–' | ':')
    })
}

fn bound(text: &str) -> Bound {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let text = before(before(text, '=', "===").trim(), '(', " (");
    let last = text.rsplit([' ', '_', '-']).next().unwrap_or("");
    let short = text.len() <= 40;
    match last {
        "START" | "BEGIN" if short => Bound::Start,
        "END" | "FINISH" if short => Bound::End,
        _ => Bound::Neither,
    }
}

/// `Run started at`, `Backup finished`: a name and what became of it, and nothing else.
fn said(text: &str) -> Bound {
    let text = text.trim_end_matches([' ', ':']);
    let text = text.strip_suffix(" at").unwrap_or(text);
    let mut words = text.split_whitespace().rev();
    let last = words.next().unwrap_or("");
    if !(1..=3).contains(&words.count()) {
        return Bound::Neither;
    }
    match last {
        "started" | "starting" => Bound::Start,
        "finished" | "ended" | "completed" => Bound::End,
        _ => Bound::Neither,
    }
}

/// What stands before a mark. Its rarest character is looked for first: most texts have none.
fn before<'t>(text: &'t str, rare: char, mark: &str) -> &'t str {
    if !text.contains(rare) {
        return text;
    }
    text.split(mark).next().unwrap_or(text)
}

/// What the entry's run is called: the words before START or END.
pub(super) fn run_name(text: &str) -> String {
    let text = text.split(" (").next().unwrap_or(text).trim();
    let text = text.trim_end_matches(':');
    let text = text.strip_suffix(" at").unwrap_or(text);
    let cut = text.rfind([' ', '_', '-']).unwrap_or(0);
    text[..cut].trim().to_lowercase()
}
