//! Times as agents write them. Pure: the zone and the day in force are given.
//!
//! [`exact`] reads the contract's form (RFC 3339) without an allocation. [`scan`] reads every other form at the start
//! of a text and says how far it reaches, so that a log line can be split behind its time.

use chrono::{Datelike, NaiveDate};

use crate::domain::heartbeat::{Stamp, Surety};
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

use super::vocabulary::Vocabulary;

mod scan;
#[cfg(test)]
mod tests;

pub use scan::{may_begin, month, scan};

/// 2001-01-01 and 2100-01-01 in seconds: a number outside them is no moment.
const EPOCH_FROM: i64 = 978_307_200;
const EPOCH_TO: i64 = 4_102_444_800;

/// What the text does not say about a time.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// For times without a zone.
    pub zone: Zone,
    /// For times without a date: of the file name, the heading above, or carried from the entry before.
    pub day: Option<Day>,
    pub vocabulary: &'a Vocabulary,
}

/// A time as found in a text, not yet resolved to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub day: Option<Day>,
    /// Milliseconds since midnight; 86,400,000 is `24:00`.
    pub clock: Option<u32>,
    pub zone: Option<Zone>,
    /// The text itself said "about".
    pub about: bool,
    /// The text named a zone that nobody declared.
    pub strange_zone: bool,
}

impl Found {
    /// The moment, if day and clock together name one.
    pub fn stamp(&self, frame: &Frame<'_>) -> Option<Stamp> {
        let zone = self.zone.unwrap_or(frame.zone);
        let day = self.day.or(frame.day)?;
        let Some(clock) = self.clock else {
            return Some(Stamp {
                at: zone.start_of(day),
                surety: Surety::DayOnly,
            });
        };
        let at = zone.at(day, ClockTime(clock / 1_000)) + Span(i64::from(clock % 1_000));
        let surety = if self.about {
            Surety::About
        } else if self.zone.is_some() {
            Surety::Exact
        } else {
            Surety::AssumedZone
        };
        Some(Stamp { at, surety })
    }
}

/// The moment a whole text names: every form of the contract, or epoch digits.
pub fn stamp(text: &str, frame: &Frame<'_>) -> Option<Stamp> {
    let text = text.trim();
    if let Some(at) = exact(text.as_bytes()) {
        return Some(Stamp::exact(at));
    }
    if text.len() >= 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch(text).map(Stamp::exact);
    }
    let (found, end) = scan(text, frame.vocabulary)?;
    // A range is its start; a remark in brackets may follow; anything else is not a time but a text that begins with one.
    let rest = text[end..].trim_start();
    let tail_ok = rest.is_empty()
        || rest.starts_with('(')
        || rest.starts_with('[')
        || dash(rest).is_some_and(|rest| scan(rest.trim_start(), frame.vocabulary).is_some());
    if !tail_ok {
        return None;
    }
    found.stamp(frame)
}

/// RFC 3339 with an offset, any fraction (cut to milliseconds), `T` or a space, offset with or without a colon.
pub fn exact(text: &[u8]) -> Option<Ts> {
    let (seconds, mut at) = wall(text)?;
    let mut millis = 0;
    if matches!(text.get(at), Some(b'.' | b',')) {
        let from = at + 1;
        at = from + digits(&text[from..]);
        if at == from {
            return None;
        }
        millis = (0..3).fold(0, |sum, i| {
            let digit = text.get(from + i).filter(|_| from + i < at);
            sum * 10 + digit.map_or(0, |d| i64::from(d - b'0'))
        });
    }
    let offset = offset(&text[at..])?;
    Some(Ts((seconds - offset) * 1_000 + millis))
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

fn number(text: &[u8], from: usize, len: usize) -> Option<i64> {
    text.get(from..from + len)?
        .iter()
        .try_fold(0_i64, |sum, b| {
            b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0'))
        })
}

/// `YYYY-MM-DD?hh:mm:ss` as seconds since 1970 as if in UTC, and where it ends.
fn wall(text: &[u8]) -> Option<(i64, usize)> {
    if text.len() < 20 || text[4] != b'-' || text[7] != b'-' || text[13] != b':' || text[16] != b':'
    {
        return None;
    }
    if !matches!(text[10], b'T' | b't' | b' ') {
        return None;
    }
    let (year, month, day) = (
        number(text, 0, 4)?,
        number(text, 5, 2)?,
        number(text, 8, 2)?,
    );
    let (hour, minute, second) = (
        number(text, 11, 2)?,
        number(text, 14, 2)?,
        number(text, 17, 2)?,
    );
    if hour > 23
        || minute > 59
        || second > 60
        || !(1..=12).contains(&month)
        || day < 1
        || day > month_days(year, month)
    {
        return None;
    }
    let days = days_from_civil(year, month, day);
    Some((days * 86_400 + hour * 3_600 + minute * 60 + second, 19))
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `Z`, `+02:00`, `+0200`, `+02`: seconds east of UTC, and nothing behind it.
fn offset(text: &[u8]) -> Option<i64> {
    let sign = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = match text.len() {
        6 if text[3] == b':' => (number(text, 1, 2)?, number(text, 4, 2)?),
        5 => (number(text, 1, 2)?, number(text, 3, 2)?),
        3 => (number(text, 1, 2)?, 0),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude (years 2001 to 2100).
pub fn epoch(text: &str) -> Option<Ts> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    if in_years(value) {
        let millis = format!("{fraction:0<3}");
        let millis: i64 = millis.get(..3)?.parse().ok()?;
        return Some(Ts(value * 1_000 + millis));
    }
    [1_000, 1_000_000, 1_000_000_000]
        .into_iter()
        .find(|unit| in_years(value / unit))
        .map(|unit| Ts(value / (unit / 1_000)))
}

fn in_years(seconds: i64) -> bool {
    (EPOCH_FROM..EPOCH_TO).contains(&seconds)
}

/// What follows a dash of any kind, or `to`.
fn dash(text: &str) -> Option<&str> {
    text.strip_prefix(['-', '–', '—', '‒', '−', '~', '→'])
        .or_else(|| text.strip_prefix("to "))
}

/// `22:30–01:30` with any dash. An end at or before the start is on the next day.
pub fn range(text: &str) -> Option<(ClockTime, ClockTime)> {
    let cut = text.find(['-', '–', '—', '‒', '−', '→'])?;
    let from = ClockTime::parse(&text[..cut])?;
    let to = ClockTime::parse(dash(&text[cut..])?)?;
    Some((from, to))
}

/// A length: `3960m`, `1h30m`, `45s`, `250ms`, `2 h`, `0:04:12`, `04:12` (minutes and seconds), or plain seconds.
pub fn length(text: &str) -> Option<Span> {
    let text = text.trim();
    let (text, sign) = text
        .strip_prefix('-')
        .map_or((text, 1.0), |rest| (rest, -1.0));
    if text.is_empty() || text.starts_with(['+', '-']) {
        return None;
    }
    if text.contains(':') {
        return clock_length(text, sign);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return span(seconds * sign * 1_000.0);
    }
    let mut rest = text;
    let mut millis = 0.0;
    while !rest.is_empty() {
        let cut = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let amount: f64 = rest[..cut].parse().ok()?;
        let tail = rest[cut..].trim_start();
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        millis += amount * unit(&tail[..end])?;
        rest = tail[end..].trim_start_matches([' ', ',']);
    }
    span(millis * sign)
}

fn clock_length(text: &str, sign: f64) -> Option<Span> {
    let parts: Option<Vec<f64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let parts = parts?;
    if parts.len() > 3 {
        return None;
    }
    let seconds = parts.iter().fold(0.0, |sum, part| sum * 60.0 + part);
    span(seconds * sign * 1_000.0)
}

fn unit(word: &str) -> Option<f64> {
    Some(match word.to_ascii_lowercase().as_str() {
        "ms" | "msec" | "millis" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
        "d" | "day" | "days" => 86_400_000.0,
        "w" | "week" | "weeks" => 604_800_000.0,
        _ => return None,
    })
}

/// Milliseconds as a span; a length over a hundred years is no length.
fn span(millis: f64) -> Option<Span> {
    (millis.is_finite() && millis.abs() < 3.2e12).then_some(Span(millis.round() as i64))
}

/// A day in a file name: `2026-03-28.jsonl`, `monitor-20260328.log`, `2026_03_28`. The last one counts.
pub fn day_in_name(name: &str) -> Option<Day> {
    let bytes = name.as_bytes();
    let mut last = None;
    let mut at = 0;
    while at < bytes.len() {
        let run = digits(&bytes[at..]);
        let parts = match run {
            8 => Some((
                number(bytes, at, 4),
                number(bytes, at + 4, 2),
                number(bytes, at + 6, 2),
            )),
            4 if matches!(bytes.get(at + 4), Some(b'-' | b'_' | b'.'))
                && bytes.get(at + 4) == bytes.get(at + 7)
                && !bytes.get(at + 10).is_some_and(u8::is_ascii_digit) =>
            {
                Some((
                    number(bytes, at, 4),
                    number(bytes, at + 5, 2),
                    number(bytes, at + 8, 2),
                ))
            }
            _ => None,
        };
        if let Some((Some(year), Some(month), Some(day))) = parts {
            last = civil(year, month, day).or(last);
        }
        at += run.max(1);
    }
    last
}

/// A day and a clock in the name of a file of one run: `2026-03-28_101507.md`, `run-20260328-1015.log`,
/// `2026-03-28T10-15-07`.
pub fn time_in_name(path: &str) -> Option<Found> {
    let name = path.rsplit('/').next()?;
    let day = day_in_name(name)?;
    let at = name.char_indices().find_map(|(at, _)| {
        let tail = &name.as_bytes()[at..];
        let starts = !name[..at].ends_with(|c: char| c.is_ascii_digit());
        let len = match digits(tail) {
            8 => 8,
            4 if day_in_name(name.get(at..at + 10)?) == Some(day) => 10,
            _ => return None,
        };
        starts.then_some(at + len)
    })?;
    let behind = name.get(at..)?.strip_prefix(['_', '-', 'T', 't', ' '])?;
    let clock = behind.split(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | ':' | '.'));
    let text = clock.map(|c| c.trim_end_matches(['-', '.'])).next()?;
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    let parted =
        text.len() == plain.len() || text.bytes().skip(2).step_by(3).all(|b| !b.is_ascii_digit());
    let seconds = match plain.len() {
        4 => 0,
        6 => number(plain.as_bytes(), 4, 2)?,
        _ => return None,
    };
    let (hour, minute) = (
        number(plain.as_bytes(), 0, 2)?,
        number(plain.as_bytes(), 2, 2)?,
    );
    let clock = u32::try_from(hour * 3_600 + minute * 60 + seconds).ok()?;
    (parted && hour < 24 && minute < 60 && seconds < 60).then_some(Found {
        day: Some(day),
        clock: Some(clock * 1_000),
        ..Found::default()
    })
}

/// A day whose year nobody said, in the last year in which it was by the day of `modified`.
pub fn in_last_year(day: Day, modified: Day) -> Option<Day> {
    /// How far ahead of the file's own time a day may lie: zones differ, and clocks do.
    const AHEAD: i64 = 2;
    /// How many years are tried, so that a 29th of February is found.
    const YEARS: i32 = 8;
    let (last, wanted) = (modified.plus(AHEAD), day.date());
    let year = last.date().year();
    (0..YEARS)
        .filter_map(|back| Day::new(year - back, wanted.month(), wanted.day()))
        .find(|day| *day <= last)
}

/// The Monday of a week of ISO 8601: `2026-W13`, `Week 13, 2026`, `2026 week 13`, anywhere in a text.
pub fn week_in(text: &str) -> Option<Day> {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let (mut year, mut week, mut named) = (None, None, false);
    for word in words.by_ref().filter(|word| !word.is_empty()) {
        let figures = word
            .strip_prefix('w')
            .or_else(|| word.strip_prefix("kw"))
            .unwrap_or(word);
        let value: Option<u32> = figures.parse().ok();
        match value {
            Some(value) if figures.len() == 4 && figures == word && year.is_none() => {
                year = i32::try_from(value).ok();
            }
            Some(value) if figures.len() <= 2 && (named || figures != word) && week.is_none() => {
                week = Some(value);
            }
            Some(_) | None => {}
        }
        named = matches!(word, "week" | "kw" | "woche" | "semaine" | "semana");
    }
    let year = year.filter(|year| (1990..=2100).contains(year))?;
    NaiveDate::from_isoywd_opt(year, week?, chrono::Weekday::Mon).map(Day::from_date)
}

/// A calendar day of the years an agent can have lived in.
fn civil(year: i64, month: i64, day: i64) -> Option<Day> {
    if !(1990..=2100).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(
        year as i32,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )
    .map(Day::from_date)
}
