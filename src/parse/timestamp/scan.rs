//! The time at the start of a text, in any of the forms people and programs write.

use crate::domain::time::{Day, Zone};

use super::super::vocabulary::Vocabulary;
use super::{Found, civil, digits, number};

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

/// Reads a time from the first byte on and says where it ends. Clock only, date only or both; nothing else before it
/// but `~`.
pub fn scan(text: &str, vocabulary: &Vocabulary) -> Option<(Found, usize)> {
    if !may_begin(text.as_bytes()) {
        return None;
    }
    let mut cursor = Cursor { text, at: 0 };
    let about = cursor.about();
    let mut found = cursor.numeric().or_else(|| cursor.named())?;
    found.about = about;
    cursor.zone(&mut found, vocabulary);
    Some((found, cursor.at))
}

/// The month whose name begins with these three letters, from 1.
pub fn month(word: &str) -> Option<u32> {
    let at = MONTHS
        .iter()
        .position(|name| word.as_bytes().eq_ignore_ascii_case(*name))?;
    u32::try_from(at + 1).ok()
}

/// Whether a time can begin like this: words do mostly not, and every line of every log is asked.
pub fn may_begin(text: &[u8]) -> bool {
    if !text.first().is_some_and(u8::is_ascii_alphabetic) {
        return true;
    }
    let about: [&[u8; 3]; 3] = [b"ca.", b"abo", b"aro"];
    let names = MONTHS.iter().chain(&WEEKDAYS).chain(&about);
    let mut names = names.map(|name| name.as_slice());
    text.get(..3)
        .is_some_and(|word| names.any(|name| word.eq_ignore_ascii_case(name)))
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn bytes(&self) -> &'a [u8] {
        self.rest().as_bytes()
    }

    fn about(&mut self) -> bool {
        let rest = self.rest();
        for mark in ["~", "≈", "ca. ", "about ", "around "] {
            if let Some(tail) = rest.strip_prefix(mark) {
                self.at += rest.len() - tail.trim_start().len();
                return true;
            }
        }
        false
    }

    /// `2026-03-28`, `2026/03/28`, `20260328`, each with or without a clock behind it; or a clock alone.
    fn numeric(&mut self) -> Option<Found> {
        if let Some(day) = self.date() {
            let clock = self.clock_after_date();
            return Some(Found {
                day: Some(day),
                clock,
                ..Found::default()
            });
        }
        let clock = self.clock()?;
        let behind = self.at;
        // `10:15 Sat 28 Mar 2026`: the date may stand behind its clock.
        let date = (self.bytes().first() == Some(&b' ')).then(|| {
            self.skip_gaps();
            self.date().or_else(|| self.named()?.day)
        });
        let day = date.flatten();
        if day.is_none() {
            self.at = behind;
        }
        Some(Found {
            day,
            clock: Some(clock),
            ..Found::default()
        })
    }

    fn date(&mut self) -> Option<Day> {
        let b = self.bytes();
        let (day, len) = match digits(b) {
            8 => (
                civil(number(b, 0, 4)?, number(b, 4, 2)?, number(b, 6, 2)?)?,
                8,
            ),
            4 if matches!(b.get(4), Some(b'-' | b'/' | b'.')) && b.get(4) == b.get(7) => (
                civil(number(b, 0, 4)?, number(b, 5, 2)?, number(b, 8, 2)?)?,
                10,
            ),
            1 | 2 => year_last(b)?,
            _ => return None,
        };
        if b.get(len).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        self.at += len;
        Some(day)
    }

    fn clock_after_date(&mut self) -> Option<u32> {
        let before = self.at;
        let rest = self.rest();
        let gap = match self.bytes().first() {
            Some(b'T' | b't' | b'_' | b'-') => 1,
            Some(b' ' | b'\t' | b',') => {
                rest.len() - rest.trim_start_matches([' ', '\t', ',']).len()
            }
            _ => return None,
        };
        self.at += gap;
        let clock = self.clock().or_else(|| self.packed_clock());
        if clock.is_none() {
            self.at = before;
        }
        clock
    }

    /// `101507` or `1015` right behind a `T`.
    fn packed_clock(&mut self) -> Option<u32> {
        if !self.text[..self.at].ends_with(['T', 't']) {
            return None;
        }
        let b = self.bytes();
        let len = digits(b);
        let second = match len {
            4 => 0,
            6 => number(b, 4, 2)?,
            _ => return None,
        };
        self.at += len;
        clock_of(number(b, 0, 2)?, number(b, 2, 2)?, second)
    }

    /// `7:05`, `07:05:09.123`, `24:00`, `7:05 pm`. Not `1:2` and not `12:345`.
    fn clock(&mut self) -> Option<u32> {
        let b = self.bytes();
        let hours = digits(b);
        if !(1..=2).contains(&hours) {
            return None;
        }
        if b.get(hours) != Some(&b':') {
            return self.hour(hours);
        }
        if digits(b.get(hours + 1..)?) != 2 {
            return None;
        }
        let (mut hour, minute) = (number(b, 0, hours)?, number(b, hours + 1, 2)?);
        let mut end = hours + 3;
        let mut second = 0;
        let mut millis = 0;
        if b.get(end) == Some(&b':') && digits(b.get(end + 1..)?) == 2 {
            second = number(b, end + 1, 2)?;
            end += 3;
            let fraction = b.get(end + 1..).map_or(0, digits);
            if matches!(b.get(end), Some(b'.' | b',')) && fraction > 0 {
                millis = (0..3).fold(0, |sum, i| {
                    sum * 10
                        + if i < fraction {
                            u32::from(b[end + 1 + i] - b'0')
                        } else {
                            0
                        }
                });
                end += 1 + fraction;
            }
        }
        if b.get(end) == Some(&b':') && b.get(end + 1).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        if let Some((pm, len)) = half_day(&self.rest()[end..]) {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if pm { 12 } else { 0 };
            end += len;
        }
        let clock = clock_of(hour, minute, second)?;
        self.at += end;
        Some(clock + millis)
    }

    /// `7 pm`, `11AM`.
    fn hour(&mut self, digits: usize) -> Option<u32> {
        let hour = number(self.bytes(), 0, digits).filter(|hour| (1..=12).contains(hour))?;
        let (pm, len) = half_day(&self.rest()[digits..])?;
        self.at += digits + len;
        clock_of(hour % 12 + if pm { 12 } else { 0 }, 0, 0)
    }

    /// The family of `date`, RFC 2822, Apache and syslog: weekday, month name, day, clock, zone and year in any order.
    fn named(&mut self) -> Option<Found> {
        let start = self.at;
        let (mut year, mut month, mut day, mut clock) = (None, None, None, None);
        let mut end = self.at;
        for _ in 0..7 {
            self.skip_gaps();
            if let Some(found) = clock.is_none().then(|| self.clock()).flatten() {
                clock = Some(found);
            } else if !self.named_part(&mut year, &mut month, &mut day, clock.is_some()) {
                break;
            }
            end = self.at;
        }
        self.at = end;
        // Without a year a name is too often a word ("may 3"); only with a clock is it a time.
        let date = match (year, month, day) {
            (Some(y), Some(m), Some(d)) => civil(y, m, d),
            _ => None,
        };
        if date.is_none() {
            self.at = start;
            return None;
        }
        Some(Found {
            day: date,
            clock,
            ..Found::default()
        })
    }

    fn skip_gaps(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', ',', '/', '-', ':']).len();
    }

    fn named_part(
        &mut self,
        year: &mut Option<i64>,
        month: &mut Option<i64>,
        day: &mut Option<i64>,
        clocked: bool,
    ) -> bool {
        let b = self.bytes();
        let count = digits(b);
        if count == 4 && year.is_none() && month.is_some() {
            *year = number(b, 0, 4);
            self.at += 4;
            return true;
        }
        if (1..=2).contains(&count) && day.is_none() {
            *day = number(b, 0, count);
            self.at += count;
            return true;
        }
        let len = b.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let word = b[..len].get(..3).unwrap_or_default();
        let one_of = |names: &[&[u8; 3]]| {
            names
                .iter()
                .position(|name| word.eq_ignore_ascii_case(*name))
        };
        if month.is_none()
            && let Some(i) = one_of(&MONTHS)
        {
            *month = i64::try_from(i + 1).ok();
            self.at += len;
            return true;
        }
        let weekday = !clocked && one_of(&WEEKDAYS).is_some();
        // `date` puts the zone between clock and year: step over it here, the year matters more.
        let zone = clocked && year.is_none() && (2..=5).contains(&len) && self.year_behind(len);
        if !weekday && !zone {
            return false;
        }
        self.at += len;
        true
    }

    fn year_behind(&self, len: usize) -> bool {
        let rest = self.rest()[len..].trim_start();
        digits(rest.as_bytes()) == 4
    }

    /// An offset or a zone word behind the clock.
    fn zone(&mut self, found: &mut Found, vocabulary: &Vocabulary) {
        if found.clock.is_none() {
            return;
        }
        // `date` wrote it before the year.
        if let Some(word) = self.text[..self.at].split_whitespace().rev().nth(1)
            && word.len() >= 2
            && word.bytes().all(|b| b.is_ascii_uppercase())
        {
            resolve(word, found, vocabulary);
            return;
        }
        let rest = self.rest();
        let tail = rest.trim_start_matches(' ');
        let gap = rest.len() - tail.len();
        // `09:00-09:40` is a stretch of a day, not a clock nine hours west.
        if found.day.is_none() && tail.starts_with('-') {
            return;
        }
        let len = zone_len(tail, gap);
        let word = &tail[..len];
        let spelled = word.trim_start_matches('(').trim_end_matches(')');
        if len > 0 && resolve(spelled, found, vocabulary) {
            self.at += gap + len;
        }
    }
}

/// `22.03.2026`, `22/03/2026`, `03/22/2026`, and how long it is. With dots the day is first; with strokes only a part over 12
/// tells day from month, and where none does the date stays unread.
fn year_last(b: &[u8]) -> Option<(Day, usize)> {
    let first = digits(b);
    let mark = *b.get(first).filter(|mark| matches!(mark, b'.' | b'/'))?;
    let second = digits(b.get(first + 1..)?);
    let year = first + second + 2;
    let parted = (1..=2).contains(&second) && b.get(year - 1) == Some(&mark);
    if !parted || digits(b.get(year..)?) != 4 {
        return None;
    }
    let (one, two) = (number(b, 0, first)?, number(b, first + 1, second)?);
    let (day, month) = match mark {
        b'.' => (one, two),
        _ if one > 12 => (one, two),
        _ if two > 12 || one == two || american(&b[year + 4..]) => (two, one),
        _ => return None,
    };
    Some((civil(number(b, year, 4)?, month, day)?, year + 4))
}

/// `, 10:15:07 PM`: of those who write dates with strokes only Americans have half days in capitals, as every program has that
/// asks JavaScript for a local time.
fn american(behind: &[u8]) -> bool {
    let clock = |b: &u8| b.is_ascii_digit() || *b == b':';
    let Some(rest) = behind.strip_prefix(b", ") else {
        return false;
    };
    let tail = &rest[rest.iter().take_while(|b| clock(b)).count()..];
    let blank = [&b" "[..], b"\xe2\x80\xaf", b"\xc2\xa0"];
    let tail = blank.iter().find_map(|b| tail.strip_prefix(*b));
    tail.is_some_and(|half| half.starts_with(b"AM") || half.starts_with(b"PM"))
}

/// How many bytes at the start may be a zone.
fn zone_len(tail: &str, gap: usize) -> usize {
    let end = tail
        .find(|c: char| c.is_whitespace() || matches!(c, ']' | '|' | ',' | ';'))
        .unwrap_or(tail.len());
    let word = &tail[..end];
    let first = word.as_bytes().first().copied().unwrap_or(0);
    match first {
        b'Z' | b'z' if !word[1..].starts_with(|c: char| c.is_alphanumeric()) => 1,
        b'+' | b'-' => {
            let len = 1 + word[1..]
                .bytes()
                .take_while(|b| b.is_ascii_digit() || *b == b':')
                .count();
            word[..len].trim_end_matches(':').len()
        }
        b'(' if gap > 0 && word.ends_with(')') => end,
        b'A'..=b'Z' => word.trim_end_matches([')', ':', '.', '*']).len(),
        _ => 0,
    }
}

/// Takes a word as the zone: exact, configured, or (upper case, three to five letters) strange. False: no zone at all.
fn resolve(word: &str, found: &mut Found, vocabulary: &Vocabulary) -> bool {
    let offset_like = word.starts_with(['+', '-']) && word.len() >= 3;
    let zone_like = word == "z" || word == "Z" || word.contains('/') || word.len() >= 3;
    if !(offset_like || zone_like) {
        return false;
    }
    if let Some(zone) = vocabulary.zone(word) {
        found.zone = Some(zone);
        return true;
    }
    let known =
        word.contains('/') || offset_like || ["UTC", "GMT"].iter().any(|w| word.starts_with(w));
    if word.eq_ignore_ascii_case("z") {
        found.zone = Some(Zone::UTC);
        return true;
    }
    if known {
        found.zone = Zone::parse(word);
        return found.zone.is_some();
    }
    let strange = (3..=5).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_uppercase())
        && (word.ends_with('T') || word == "MSK");
    found.strange_zone |= strange;
    strange
}

fn half_day(rest: &str) -> Option<(bool, usize)> {
    // Newer programs part the two by a narrow blank.
    let tail = rest.trim_start_matches([' ', '\u{202f}', '\u{a0}']);
    let word = tail.get(..2)?;
    let pm = match word.to_ascii_lowercase().as_str() {
        "am" => false,
        "pm" => true,
        _ => return None,
    };
    let ends = !tail[2..].starts_with(|c: char| c.is_alphanumeric());
    ends.then_some((pm, rest.len() - tail.len() + 2))
}

fn clock_of(hour: i64, minute: i64, second: i64) -> Option<u32> {
    let total = hour * 3_600 + minute * 60 + second.min(59);
    (hour <= 24 && minute < 60 && second <= 60 && total <= 86_400).then_some(total as u32 * 1_000)
}
