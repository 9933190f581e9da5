//! Moments, spans, days and zones. Calendar arithmetic lives here and in `plan`, nowhere else.
//!
//! A moment is milliseconds since 1970 in UTC. A zone turns it into a calendar day and back, with the rules of
//! daylight saving: a time in the gap is the first instant after it, a time in the overlap is the earlier one.

mod zone;

use std::fmt;
use std::ops::{Add, RangeInclusive, Sub};

use chrono::{DateTime, Datelike, Days, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use zone::Zone;

/// Monday first.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const DAY_SECONDS: i64 = 86_400;
/// As calendars count days: from the first of year 1.
const DAYS_BEFORE_1970: i64 = 719_163;
/// The moments that calendars reach.
const CALENDAR: RangeInclusive<i64> =
    DateTime::<Utc>::MIN_UTC.timestamp_millis()..=DateTime::<Utc>::MAX_UTC.timestamp_millis();

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ts(pub i64);

/// A length of time in milliseconds; negative when it points back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(pub i64);

impl Span {
    pub const ZERO: Self = Self(0);
    pub const SECOND: Self = Self(1_000);
    pub const MINUTE: Self = Self(60_000);
    pub const HOUR: Self = Self(3_600_000);
    pub const DAY: Self = Self(86_400_000);

    pub const fn secs(n: i64) -> Self {
        Self(n.saturating_mul(1_000))
    }
    pub const fn mins(n: i64) -> Self {
        Self(n.saturating_mul(60_000))
    }
    pub const fn hours(n: i64) -> Self {
        Self(n.saturating_mul(3_600_000))
    }
    pub const fn days(n: i64) -> Self {
        Self(n.saturating_mul(86_400_000))
    }
    #[must_use]
    pub const fn times(self, n: i64) -> Self {
        Self(self.0.saturating_mul(n))
    }
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
    #[must_use]
    pub fn clamped(self, least: Self, most: Self) -> Self {
        Self(self.0.clamp(least.0, most.0))
    }
    /// For the standard library's timers; a negative span is zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
    /// Puts it behind a text as it is shown. Every screen has many of them: it does without the general formatter.
    pub fn tell(self, text: &mut String) {
        let sign = if self.0 < 0 { "-" } else { "" };
        let seconds = self.0.unsigned_abs() / 1_000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
        let whole_days = days >= 2 && seconds.is_multiple_of(86_400);
        text.push_str(sign);
        let mut put = |n: u64, unit: &str, lead: &str| {
            text.push_str(if n < 10 { lead } else { "" });
            text.push_str(itoa::Buffer::new().format(n));
            text.push_str(unit);
        };
        if whole_days || days >= 4 {
            put(days, "d", "");
        } else if hours >= 1 {
            put(hours, "h", "");
            if !minutes.is_multiple_of(60) {
                put(minutes % 60, "m", "0");
            }
        } else if minutes >= 1 {
            put(minutes, "m", "");
            if !seconds.is_multiple_of(60) && minutes < 10 {
                put(seconds % 60, "s", "0");
            }
        } else {
            put(seconds, "s", "");
        }
    }
}

/// A length as it stands in thresholds: `45s`, `15m`, `2h05m`, `3d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(16);
        self.tell(&mut text);
        f.pad(&text)
    }
}

impl Add<Span> for Ts {
    type Output = Self;
    fn add(self, rhs: Span) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}
impl Sub<Span> for Ts {
    type Output = Self;
    fn sub(self, rhs: Span) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}
impl Sub for Ts {
    type Output = Span;
    fn sub(self, rhs: Self) -> Span {
        Span(self.0.saturating_sub(rhs.0))
    }
}
impl Add for Span {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}
impl Sub for Span {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl Ts {
    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Seconds since 1970; 1970 for what no calendar reaches.
    fn seconds(self) -> i64 {
        if CALENDAR.contains(&self.0) {
            self.0.div_euclid(1_000)
        } else {
            0
        }
    }

    /// The minute it lies in.
    #[must_use]
    pub fn minute(self) -> Self {
        Self(self.0.div_euclid(Span::MINUTE.0) * Span::MINUTE.0)
    }

    /// The moment that RFC 3339 with an offset names.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self(at.timestamp_millis()))
    }

    /// RFC 3339 in UTC with the fraction only where there is one: the form of every JSON answer.
    pub fn rfc3339(self) -> String {
        let form = if self.0.rem_euclid(1_000) == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Millis
        };
        self.utc().to_rfc3339_opts(form, true)
    }

    /// The start of the hour (UTC) this moment lies in, counted in hours since 1970.
    pub fn hour_index(self) -> i64 {
        self.0.div_euclid(Span::HOUR.0)
    }
}

/// A calendar day, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }
    /// `2026-03-28`; anything after the tenth character must not be a digit.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
            .ok()
            .map(Self)
    }
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date)
    }
    pub fn date(self) -> NaiveDate {
        self.0
    }
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        let step = Days::new(days.unsigned_abs());
        let moved = if days < 0 {
            self.0.checked_sub_days(step)
        } else {
            self.0.checked_add_days(step)
        };
        Self(moved.unwrap_or(self.0))
    }
    /// Monday is 0.
    pub fn weekday(self) -> u32 {
        self.0.weekday().num_days_from_monday()
    }
    /// A weekday as people write it, whole or its first three letters: 0 for `Monday`, `mon`.
    pub fn weekday_named(word: &str) -> Option<u32> {
        let is =
            |name: &&str| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]);
        let at = WEEKDAYS.iter().position(is)?;
        u32::try_from(at).ok()
    }
    /// From 1.
    pub fn month(self) -> u32 {
        self.0.month()
    }
    /// From 1.
    pub fn of_month(self) -> u32 {
        self.0.day()
    }
    /// ISO week, as in `2026-W13`.
    pub fn iso_week(self) -> (i32, u32) {
        let week = self.0.iso_week();
        (week.year(), week.week())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.format("%Y-%m-%d").to_string())
    }
}
impl Serialize for Day {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(self.0.num_days_from_ce())
    }
}
impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let days = i32::deserialize(d)?;
        NaiveDate::from_num_days_from_ce_opt(days)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("day out of range"))
    }
}

/// A time of day in seconds since local midnight; 86,400 is `24:00`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ClockTime(pub u32);

impl ClockTime {
    /// `7:05`, `07:05`, `07:05:09`, `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(':');
        let h: u32 = parts.next()?.parse().ok()?;
        let m: u32 = parts.next()?.parse().ok()?;
        let s: u32 = match parts.next() {
            Some(s) => s.parse().ok()?,
            None => 0,
        };
        let total = h * 3_600 + m * 60 + s;
        (parts.next().is_none() && h <= 24 && m < 60 && s < 60 && total <= 86_400)
            .then_some(Self(total))
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3_600, self.0 / 60 % 60)
    }
}

/// Elapsed time as shown: coarse, four columns, the same everywhere.
///
/// `now` under a minute, then `7m`, `2h05`, `41h`, `3d`. It changes only on whole minutes of its own age, and the screen
/// lets all ages change together on the minute of the wall clock: see [`Age::at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(pub Span);

impl Age {
    /// The age of `then` at `now`, both cut to the minute so that all ages on a screen turn at once.
    pub fn at(now: Ts, then: Ts) -> Self {
        Self((now.minute() - then.minute()).max(Span::ZERO))
    }
    /// The next moment any age on the screen can change by itself.
    pub fn next_change(now: Ts) -> Ts {
        now.minute() + Span::MINUTE
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = self.0.0 / 60_000;
        let text = match m {
            ..1 => "now".to_owned(),
            1..60 => format!("{m}m"),
            60..600 => format!("{}h{:02}", m / 60, m % 60),
            600..2_880 => format!("{}h", m / 60),
            _ => format!("{}d", m / 1_440),
        };
        f.pad(&text)
    }
}
