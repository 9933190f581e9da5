//! Cron patterns: which seconds of which days. The fields are read by `croner`; the walk over days is ours, so that
//! clock changes follow the rules of `docs/rules.md`.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::Datelike;
use croner::{Cron, Weekday};

use super::calendar::{Calendar, Wall, Window};
use crate::domain::time::{Day, Ts};

/// Patterns remembered, for all threads: reading one costs more than walking it. Full, it starts over.
const MOST_REMEMBERED: usize = 4_096;

/// Of a pattern that names none.
const ANY_YEAR: &str = "2000";

type Remembered = HashMap<String, Option<Arc<Pattern>>>;

static REMEMBERED: LazyLock<RwLock<Remembered>> = LazyLock::new(RwLock::default);

/// A pattern that was understood.
#[derive(Debug)]
pub struct Pattern {
    cron: Cron,
    /// No year is named, and the pattern of `cron` has none.
    every_year: bool,
    /// Seconds since midnight, ascending.
    times: Vec<u32>,
    wall: Wall,
}

impl Pattern {
    /// Five fields, six with seconds first, seven with a year, or `@daily` and its kin. A pattern that fires more than
    /// once within a minute is read as firing once, at the first of those seconds: nobody is judged by the second.
    pub fn parse(expr: &str) -> Option<Arc<Self>> {
        let known = REMEMBERED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(expr) {
            return found.clone();
        }
        drop(known);
        let pattern = Self::read(expr).map(Arc::new);
        let mut known = REMEMBERED.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(expr.to_owned(), pattern.clone());
        pattern
    }

    fn read(expr: &str) -> Option<Self> {
        let fields: Vec<&str> = expr.split_whitespace().collect();
        // `croner` notes every year there may be, which takes longer than all else: it is told of one.
        let (cron, every_year) = match fields.len() {
            5 => (Cron::from_str(&format!("0 {expr} {ANY_YEAR}")), true),
            6 => (Cron::from_str(&format!("{expr} {ANY_YEAR}")), true),
            _ => (Cron::from_str(expr), false),
        };
        let mut cron = cron.ok()?;
        if every_year {
            drop(std::mem::take(&mut cron.pattern.years));
        }
        let second = u32::from(*cron.pattern.seconds.values().first()?);
        let minutes = cron.pattern.minutes.values();
        let mut times = Vec::new();
        for hour in cron.pattern.hours.values() {
            for minute in &minutes {
                times.push(u32::from(hour) * 3_600 + u32::from(*minute) * 60 + second);
            }
        }
        times.sort_unstable();
        let wild = [&cron.pattern.minutes, &cron.pattern.hours]
            .into_iter()
            .any(|field| field.from_wildcard || field.step > 1);
        let wall = if wild { Wall::EveryInstant } else { Wall::Once };
        Some(Self {
            cron,
            every_year,
            times,
            wall,
        })
    }

    /// How often it fires on a day on which it fires.
    pub fn per_day(&self) -> usize {
        self.times.len()
    }

    fn fires_on(&self, day: Day) -> bool {
        let date = day.date();
        let pattern = &self.cron.pattern;
        let weekday = match day.weekday() {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        };
        pattern.month_match(date.month()).unwrap_or(false)
            && (self.every_year || pattern.year_match(date.year()).unwrap_or(false))
            && pattern
                .day_match(date.year(), date.month(), date.day(), weekday)
                .unwrap_or(false)
    }

    /// Whether any day of the calendar is one of its days.
    pub fn fires_within(&self, calendar: &Calendar) -> bool {
        !self.times.is_empty() && calendar.days.iter().any(|frame| self.fires_on(frame.day))
    }

    /// Every instant within the window, ascending and without repeats.
    pub fn slots(&self, calendar: &Calendar, window: Window, out: &mut Vec<Ts>) {
        let begin = out.len();
        for frame in calendar.touching(window) {
            if !self.fires_on(frame.day) {
                continue;
            }
            let first = if frame.regular {
                let skip = (window.from.0 - frame.start.0).max(0).div_euclid(1_000);
                self.times.partition_point(|&t| i64::from(t) < skip)
            } else {
                0
            };
            for &second in &self.times[first..] {
                calendar.instants(frame, second, self.wall, out);
                if frame.regular && out.last().is_some_and(|&at| at >= window.to) {
                    break;
                }
            }
            if !frame.regular {
                out[begin..].sort_unstable();
            }
        }
        let mut kept = begin;
        for at in begin..out.len() {
            let slot = out[at];
            let repeated = kept > begin && out[kept - 1] == slot;
            if window.holds(slot) && !repeated {
                out[kept] = slot;
                kept += 1;
            }
        }
        out.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Span, Zone};

    fn slots(expr: &str, zone: &str, from: Ts, to: Ts) -> Vec<String> {
        let zone = Zone::parse(zone).unwrap();
        let window = Window::new(from, to);
        let calendar = Calendar::new(zone, window);
        let mut out = Vec::new();
        Pattern::parse(expr)
            .unwrap()
            .slots(&calendar, window, &mut out);
        out.into_iter().map(Ts::rfc3339).collect()
    }

    fn day(y: i32, m: u32, d: u32) -> Ts {
        Zone::UTC.start_of(Day::new(y, m, d).unwrap())
    }

    #[test]
    fn a_fixed_time_in_the_repeated_hour_is_one_slot() {
        // Berlin, 2026-10-25: 03:00 CEST becomes 02:00 CET, so 02:30 occurs twice.
        let found = slots(
            "30 2 * * *",
            "Europe/Berlin",
            day(2026, 10, 24),
            day(2026, 10, 27),
        );
        assert_eq!(
            found,
            [
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z"
            ]
        );
    }

    #[test]
    fn a_wildcard_fires_at_every_instant() {
        let found = slots(
            "30 * * * *",
            "Europe/Berlin",
            day(2026, 10, 25),
            day(2026, 10, 25) + Span::hours(4),
        );
        assert_eq!(found.len(), 4);
        let gap = slots(
            "30 * * * *",
            "Europe/Berlin",
            day(2026, 3, 29),
            day(2026, 3, 29) + Span::hours(4),
        );
        assert_eq!(gap.len(), 4);
    }

    #[test]
    fn a_fixed_time_in_the_gap_fires_at_the_first_instant_after_it() {
        // Berlin, 2026-03-29: 02:00 CET becomes 03:00 CEST.
        let found = slots(
            "30 2 * * *",
            "Europe/Berlin",
            day(2026, 3, 28),
            day(2026, 3, 31),
        );
        assert_eq!(
            found,
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z"
            ]
        );
        let two = slots(
            "0,30 2 * * *",
            "Europe/Berlin",
            day(2026, 3, 29),
            day(2026, 3, 30),
        );
        assert_eq!(two, ["2026-03-29T01:00:00Z"], "both fall on one instant");
    }

    #[test]
    fn leap_day_weekdays_and_names() {
        let leap = slots("0 9 29 2 *", "UTC", day(2027, 1, 1), day(2029, 1, 1));
        assert_eq!(leap, ["2028-02-29T09:00:00Z"]);
        let sundays = slots("0 20 * * SUN", "UTC", day(2026, 3, 1), day(2026, 3, 9));
        assert_eq!(sundays, ["2026-03-01T20:00:00Z", "2026-03-08T20:00:00Z"]);
        assert!(Pattern::parse("61 * * * *").is_none());
        assert!(Pattern::parse("").is_none());
    }

    #[test]
    fn the_window_is_half_open() {
        let from = day(2026, 3, 1);
        assert_eq!(
            slots("0 * * * *", "UTC", from, from + Span::hours(2)).len(),
            2
        );
        assert_eq!(
            slots("0 * * * *", "UTC", from + Span(1), from + Span::hours(2)).len(),
            1
        );
    }
}
