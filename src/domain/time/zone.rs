//! Zones: what clock and calendar show at a moment, and the moments of what they show.

use std::fmt;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ClockTime, DAY_SECONDS, DAYS_BEFORE_1970, Day, Span, Ts, WEEKDAYS};
use crate::domain::zoneinfo::Named;

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
        FixedOffset::east_opt(self.east(at.seconds())).unwrap_or_else(|| Utc.fix())
    }

    fn local(self, at: Ts) -> NaiveDateTime {
        at.utc().with_timezone(&self.offset_of(at)).naive_local()
    }

    /// Seconds east of UTC at a moment in seconds since 1970.
    fn east(self, at: i64) -> i32 {
        match self {
            Self::Named(named) => named.offset(at),
            Self::Fixed(secs) => secs,
        }
    }

    fn face(self, at: Ts) -> Face {
        let utc = at.seconds();
        let local = utc + i64::from(self.east(utc));
        Face {
            day: local.div_euclid(DAY_SECONDS),
            second: local.rem_euclid(DAY_SECONDS) as u32,
        }
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
        let day = self.face(at).day + DAYS_BEFORE_1970;
        let day = i32::try_from(day).ok();
        let day = day.and_then(NaiveDate::from_num_days_from_ce_opt);
        Day(day.unwrap_or(NaiveDate::MIN))
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
        ClockTime(self.face(at).second)
    }
    /// `07:10`
    pub fn hhmm(self, at: Ts) -> String {
        self.face(at).hhmm()
    }
    /// `07:10:04`
    pub fn hhmmss(self, at: Ts) -> String {
        let second = self.face(at).second;
        clock_text([second / 3_600, second / 60 % 60, second % 60])
    }
    /// `Fri 07:10`
    pub fn weekday_hhmm(self, at: Ts) -> String {
        self.face(at).weekday_hhmm()
    }
    /// `2026-03-28 07:10`
    pub fn date_hhmm(self, at: Ts) -> String {
        self.local(at).format("%Y-%m-%d %H:%M").to_string()
    }
    /// `06:02` on the day of `now`, `Thu 06:02` within a week, else with the date.
    pub fn told(self, at: Ts, now: Ts) -> String {
        let (face, today) = (self.face(at), self.face(now));
        if face.day == today.day {
            face.hhmm()
        } else if (now - at).abs() < Span::days(6) {
            face.weekday_hhmm()
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

/// What clock and calendar of a zone show: for what is asked so often that going through the calendar is felt.
#[derive(Clone, Copy)]
struct Face {
    /// Since 1970-01-01, a Thursday.
    day: i64,
    /// Since midnight by the clock.
    second: u32,
}

impl Face {
    fn hhmm(self) -> String {
        clock_text([self.second / 3_600, self.second / 60 % 60])
    }

    fn weekday_hhmm(self) -> String {
        const THURSDAY: i64 = 3;
        let weekday = WEEKDAYS[(self.day + THURSDAY).rem_euclid(7) as usize];
        let mut text = weekday[..3].to_owned();
        text.push(' ');
        text.push_str(&self.hhmm());
        text
    }
}

/// `07:10`: without the general formatter, because a screen has hundreds of them.
fn clock_text<const N: usize>(parts: [u32; N]) -> String {
    let mut text = String::with_capacity(3 * N);
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Timelike;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn clock_and_calendar_say_what_chrono_says(
            minute in -60_000_000_i64..120_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "-0330", "Asia/Kathmandu", "Pacific/Apia"]),
        ) {
            let zone = Zone::parse(zone).expect("a zone");
            let at = Ts(minute * 60_000 + 1);
            let local = zone.local(at);
            prop_assert_eq!(zone.day_of(at), Day(local.date()));
            prop_assert_eq!(zone.clock_of(at).0, local.time().num_seconds_from_midnight());
            prop_assert_eq!(zone.hhmm(at), local.format("%H:%M").to_string());
            prop_assert_eq!(zone.hhmmss(at), local.format("%H:%M:%S").to_string());
            prop_assert_eq!(zone.weekday_hhmm(at), local.format("%a %H:%M").to_string());
            prop_assert_eq!(zone.told(at, at + Span::MINUTE).ends_with(&zone.hhmm(at)), true);
        }
    }

    #[test]
    fn what_no_calendar_reaches_is_shown_and_harms_nothing() {
        for at in [Ts(i64::MIN), Ts(i64::MAX)] {
            assert_eq!(Zone::UTC.hhmm(at), "00:00");
            assert_eq!(Zone::UTC.day_of(at), Zone::UTC.day_of(Ts(0)));
        }
    }
}
