//! Moments, spans, days and zones. Calendar arithmetic lives here and in `plan`, nowhere else.
//!
//! A moment is milliseconds since 1970 in UTC. A zone turns it into a calendar day and back, with the rules of
//! daylight saving: a time in the gap is the first instant after it, a time in the overlap is the earlier one.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    SecondsFormat, Timelike, Utc, Weekday,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::zoneinfo::Named;

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
}

/// A length as it stands in thresholds: `45s`, `15m`, `2h05m`, `3d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let seconds = self.0.unsigned_abs() / 1_000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
        let whole_days = days >= 2 && seconds.is_multiple_of(86_400);
        let text = if whole_days || days >= 4 {
            format!("{sign}{days}d")
        } else if hours >= 1 && minutes % 60 == 0 {
            format!("{sign}{hours}h")
        } else if hours >= 1 {
            format!("{sign}{hours}h{:02}m", minutes % 60)
        } else if minutes >= 1 && (seconds.is_multiple_of(60) || minutes >= 10) {
            format!("{sign}{minutes}m")
        } else if minutes >= 1 {
            format!("{sign}{minutes}m{:02}s", seconds % 60)
        } else {
            format!("{sign}{seconds}s")
        };
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

/// A time zone: by name, or a fixed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    Named(Named),
    /// Seconds east of UTC.
    Fixed(i32),
}

impl Zone {
    pub const UTC: Self = Self::Fixed(0);

    /// An IANA name (`Europe/Kyiv`), `UTC`, `Z`, `GMT+2`, or an offset (`+02:00`, `-0330`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if matches!(text, "UTC" | "Z" | "GMT" | "utc") {
            return Some(Self::UTC);
        }
        if let Some(named) = Named::find(text) {
            return Some(Self::Named(named));
        }
        let offset = text
            .strip_prefix("UTC")
            .or_else(|| text.strip_prefix("GMT"))
            .unwrap_or(text);
        let (sign, digits) = match offset.as_bytes().first()? {
            b'+' => (1, &offset[1..]),
            b'-' => (-1, &offset[1..]),
            _ => return None,
        };
        let (h, m) = match digits.split_once(':') {
            Some((h, m)) => (h, m),
            None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
            None => (digits, "0"),
        };
        let (h, m): (i32, i32) = (h.parse().ok()?, m.parse().ok()?);
        (h <= 14 && m < 60).then_some(Self::Fixed(sign * (h * 3_600 + m * 60)))
    }

    fn offset_of(self, at: Ts) -> FixedOffset {
        let secs = match self {
            Self::Named(named) => named.offset(at.utc().timestamp()),
            Self::Fixed(secs) => secs,
        };
        FixedOffset::east_opt(secs).unwrap_or_else(|| Utc.fix())
    }

    fn local(self, at: Ts) -> NaiveDateTime {
        at.utc().with_timezone(&self.offset_of(at)).naive_local()
    }

    /// Local wall time as a calendar value, for cron matching.
    pub fn wall(self, at: Ts) -> NaiveDateTime {
        self.local(at)
    }

    /// The moment of a wall time. In the gap of a clock change: the first instant after the gap; in the overlap: the
    /// earlier of the two.
    pub fn moment(self, wall: NaiveDateTime) -> Ts {
        match self {
            Self::Fixed(secs) => Ts(wall.and_utc().timestamp_millis() - i64::from(secs) * 1_000),
            Self::Named(named) => {
                let first = of_wall(named, wall).next();
                first.unwrap_or_else(|| self.after_gap(wall))
            }
        }
    }

    /// Both moments of a wall time: two in the overlap, none in the gap.
    pub fn moments(self, wall: NaiveDateTime) -> Vec<Ts> {
        match self {
            Self::Fixed(_) => vec![self.moment(wall)],
            Self::Named(named) => of_wall(named, wall).collect(),
        }
    }

    fn after_gap(self, wall: NaiveDateTime) -> Ts {
        // The offset in force a day before leads to a moment at or after the change; its own offset then tells how far
        // past the start of the gap the wall time was meant.
        let before = Ts(wall.and_utc().timestamp_millis()) - Span::DAY;
        let old = self.offset_of(before).local_minus_utc();
        let shifted = Ts(wall.and_utc().timestamp_millis() - i64::from(old) * 1_000);
        let new = self.offset_of(shifted).local_minus_utc();
        let gap = Span::secs(i64::from(new - old));
        // Walk to the first instant of the new offset: at most one gap back.
        let (mut low, mut high) = (shifted - gap - Span::SECOND, shifted);
        while high.0 - low.0 > 1_000 {
            let mid = Ts(low.0.midpoint(high.0));
            if self.offset_of(mid).local_minus_utc() == new {
                high = mid;
            } else {
                low = mid;
            }
        }
        Ts(high.0.div_euclid(1_000) * 1_000)
    }

    pub fn day_of(self, at: Ts) -> Day {
        Day(self.local(at).date())
    }
    /// The first instant of a day.
    pub fn start_of(self, day: Day) -> Ts {
        self.moment(day.0.and_time(NaiveTime::MIN))
    }
    /// The first instant of the day after.
    pub fn end_of(self, day: Day) -> Ts {
        self.start_of(day.plus(1))
    }
    /// The moment of a time of day on a day; `24:00` is the next day's start.
    pub fn at(self, day: Day, time: ClockTime) -> Ts {
        if time.0 >= 86_400 {
            return self.end_of(day);
        }
        let wall =
            NaiveTime::from_num_seconds_from_midnight_opt(time.0, 0).unwrap_or(NaiveTime::MIN);
        self.moment(day.0.and_time(wall))
    }
    pub fn clock_of(self, at: Ts) -> ClockTime {
        ClockTime(self.local(at).time().num_seconds_from_midnight())
    }
    /// `07:10`
    pub fn hhmm(self, at: Ts) -> String {
        let time = self.local(at);
        clock_text("", [time.hour(), time.minute()])
    }
    /// `07:10:04`
    pub fn hhmmss(self, at: Ts) -> String {
        let time = self.local(at);
        clock_text("", [time.hour(), time.minute(), time.second()])
    }
    /// `Fri 07:10`
    pub fn weekday_hhmm(self, at: Ts) -> String {
        let time = self.local(at);
        let day = match time.weekday() {
            Weekday::Mon => "Mon ",
            Weekday::Tue => "Tue ",
            Weekday::Wed => "Wed ",
            Weekday::Thu => "Thu ",
            Weekday::Fri => "Fri ",
            Weekday::Sat => "Sat ",
            Weekday::Sun => "Sun ",
        };
        clock_text(day, [time.hour(), time.minute()])
    }
    /// `2026-03-28 07:10`
    pub fn date_hhmm(self, at: Ts) -> String {
        self.local(at).format("%Y-%m-%d %H:%M").to_string()
    }
    /// `06:02` on the day of `now`, `Thu 06:02` within a week, else with the date.
    pub fn told(self, at: Ts, now: Ts) -> String {
        if self.day_of(at) == self.day_of(now) {
            self.hhmm(at)
        } else if (now - at).abs() < Span::days(6) {
            self.weekday_hhmm(at)
        } else {
            self.date_hhmm(at)
        }
    }
    /// RFC 3339 with this zone's offset, to the second.
    pub fn rfc3339(self, at: Ts) -> String {
        at.utc()
            .with_timezone(&self.offset_of(at))
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    }
}

/// `07:10` behind a word: without the general formatter, because a screen has hundreds of them.
fn clock_text<const N: usize>(before: &str, parts: [u32; N]) -> String {
    let mut text = String::with_capacity(before.len() + 3 * N);
    text.push_str(before);
    for (i, part) in parts.into_iter().enumerate() {
        if i > 0 {
            text.push(':');
        }
        for digit in [part / 10 % 10, part % 10] {
            text.push(char::from(b'0' + digit as u8));
        }
    }
    text
}

/// The moments of a wall time, ascending.
fn of_wall(named: Named, wall: NaiveDateTime) -> impl Iterator<Item = Ts> {
    let wall = wall.and_utc();
    let part = i64::from(wall.timestamp_subsec_millis());
    let moments = named.moments(wall.timestamp());
    moments.map(move |seconds| Ts(seconds * 1_000 + part))
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(named) => f.pad(named.name()),
            Self::Fixed(0) => f.pad("UTC"),
            Self::Fixed(secs) => {
                let sign = if *secs < 0 { '-' } else { '+' };
                f.pad(&format!(
                    "{sign}{:02}:{:02}",
                    secs.abs() / 3_600,
                    secs.abs() / 60 % 60
                ))
            }
        }
    }
}
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        Self::parse(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("no such time zone: {name}")))
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
        let minute = |t: Ts| t.0.div_euclid(Span::MINUTE.0) * Span::MINUTE.0;
        Self(Span((minute(now) - minute(then)).max(0)))
    }
    /// The next moment any age on the screen can change by itself.
    pub fn next_change(now: Ts) -> Ts {
        Ts((now.0.div_euclid(Span::MINUTE.0) + 1) * Span::MINUTE.0)
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
