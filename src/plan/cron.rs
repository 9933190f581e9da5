//! Cron patterns: which seconds of which days. The fields are read by `croner`; the walk over days is ours, so that
//! clock changes follow the rules of `docs/rules.md`.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::Datelike;
use croner::{Cron, Weekday};

use super::calendar::{Calendar, DayFrame, Wall, Window};
use super::quick::Quick;
use crate::domain::time::{Span, Ts};

/// Patterns remembered, for all threads: reading one costs more than walking it. Full, it starts over.
const MOST_REMEMBERED: usize = 4_096;

/// Of a pattern that names none.
const ANY_YEAR: &str = "2000";

type Remembered = HashMap<String, Option<Arc<Pattern>>, BuildHasherDefault<Quick>>;

static REMEMBERED: LazyLock<RwLock<Remembered>> = LazyLock::new(RwLock::default);

/// A pattern that was understood.
#[derive(Debug)]
pub struct Pattern {
    days: Days,
    /// Seconds since midnight, ascending.
    times: Vec<u32>,
    wall: Wall,
}

/// On which days.
#[derive(Debug)]
enum Days {
    Every,
    /// Told by the place in its month and week alone.
    Plain(Plain),
    /// Last days, nearest weekdays and years are for `croner` to tell.
    Told {
        cron: Box<Cron>,
        every_year: bool,
    },
}

/// One bit for each month, day of the month and day of the week, from the lowest.
#[derive(Debug)]
struct Plain {
    months: u16,
    of_month: u32,
    /// From Monday.
    of_week: u8,
    rule: Rule,
}

/// Which of the two fields for days must agree.
#[derive(Clone, Copy, Debug)]
enum Rule {
    Month,
    Week,
    Either,
    Both,
}

impl Days {
    fn read(cron: Cron, every_year: bool) -> Self {
        let fields = &cron.pattern;
        if !every_year || fields.days.has_modifiers() || fields.days_of_week.has_modifiers() {
            let cron = Box::new(cron);
            return Self::Told { cron, every_year };
        }
        let (any_month_day, any_weekday) = (fields.is_dom_wildcard(), fields.is_dow_wildcard());
        let months = bits(fields.months.values().into_iter().map(|month| month - 1)) as u16;
        if any_month_day && any_weekday && months == 0xfff {
            return Self::Every;
        }
        // Sunday is 0, here it is the last.
        let of_week = fields.days_of_week.values().into_iter();
        Self::Plain(Plain {
            months,
            of_month: bits(fields.days.values().into_iter().map(|day| day - 1)),
            of_week: bits(of_week.map(|day| (day + 6) % 7)) as u8,
            rule: match (any_month_day, any_weekday) {
                (_, true) => Rule::Month,
                (true, false) => Rule::Week,
                (false, false) if fields.matches_dom_and_dow() => Rule::Both,
                (false, false) => Rule::Either,
            },
        })
    }

    fn hold(&self, frame: &DayFrame) -> bool {
        match self {
            Self::Every => true,
            Self::Plain(plain) => plain.holds(frame),
            Self::Told { cron, every_year } => is_told(cron, *every_year, frame),
        }
    }
}

impl Plain {
    fn holds(&self, frame: &DayFrame) -> bool {
        let month = self.months >> (frame.month - 1) & 1 == 1;
        let of_month = self.of_month >> (frame.of_month - 1) & 1 == 1;
        let of_week = self.of_week >> frame.weekday & 1 == 1;
        month
            && match self.rule {
                Rule::Month => of_month,
                Rule::Week => of_week,
                Rule::Either => of_month || of_week,
                Rule::Both => of_month && of_week,
            }
    }
}

fn bits(places: impl Iterator<Item = u16>) -> u32 {
    places.fold(0, |bits, place| bits | 1 << place)
}

fn is_told(cron: &Cron, every_year: bool, frame: &DayFrame) -> bool {
    let pattern = &cron.pattern;
    let year = frame.day.date().year();
    let (month, day) = (u32::from(frame.month), u32::from(frame.of_month));
    let weekday = match frame.weekday {
        0 => Weekday::Monday,
        1 => Weekday::Tuesday,
        2 => Weekday::Wednesday,
        3 => Weekday::Thursday,
        4 => Weekday::Friday,
        5 => Weekday::Saturday,
        _ => Weekday::Sunday,
    };
    pattern.month_match(month).unwrap_or(false)
        && (every_year || pattern.year_match(year).unwrap_or(false))
        && pattern
            .day_match(year, month, day, weekday)
            .unwrap_or(false)
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
        Self::learn(expr)
    }

    /// As [`parse`](Self::parse), of all the patterns of a plan: the threads that judge do not wait for each other at
    /// every one.
    pub fn parse_all<'e>(
        exprs: impl Iterator<Item = Option<&'e str>>,
    ) -> impl Iterator<Item = Option<Arc<Self>>> {
        let mut known = Some(REMEMBERED.read().unwrap_or_else(PoisonError::into_inner));
        exprs.map(move |expr| {
            let expr = expr?;
            if let Some(found) = known.as_ref().and_then(|known| known.get(expr)) {
                return found.clone();
            }
            // What is new is written down, which waits for whoever reads.
            known = None;
            Self::parse(expr)
        })
    }

    fn learn(expr: &str) -> Option<Arc<Self>> {
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
            days: Days::read(cron, every_year),
            times,
            wall,
        })
    }

    /// How often it fires on a day on which it fires.
    pub fn per_day(&self) -> usize {
        self.times.len()
    }

    /// Its times, in seconds since midnight, where it fires every day.
    pub fn daily(&self) -> Option<&[u32]> {
        match self.days {
            Days::Every => Some(&self.times),
            Days::Plain(_) | Days::Told { .. } => None,
        }
    }

    /// Whether any day of the calendar is one of its days.
    pub fn fires_within(&self, calendar: &Calendar) -> bool {
        !self.times.is_empty() && calendar.days.iter().any(|frame| self.days.hold(frame))
    }

    /// Every instant within the window, ascending and without repeats.
    pub fn slots(&self, calendar: &Calendar, window: Window, out: &mut Vec<Ts>) {
        let days = calendar.touching(window);
        out.reserve(days.len() * self.times.len());
        for frame in days {
            self.slots_of(calendar, frame, window, out);
        }
    }

    /// Those of one day, ascending and without repeats.
    pub fn slots_of(
        &self,
        calendar: &Calendar,
        frame: &DayFrame,
        window: Window,
        out: &mut Vec<Ts>,
    ) {
        if !self.days.hold(frame) {
            return;
        }
        if frame.regular {
            let whole = window.from <= frame.start && frame.end <= window.to;
            for &second in &self.times {
                let at = frame.start + Span::secs(i64::from(second));
                if whole || window.holds(at) {
                    out.push(at);
                }
            }
            return;
        }
        let mut found = Vec::new();
        for &second in &self.times {
            calendar.instants(frame, second, self.wall, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        // What a change of the clock moves into the next day may be its first slot too.
        let before = out.last().copied();
        let new = found.into_iter();
        out.extend(new.filter(|&at| window.holds(at) && Some(at) != before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Day, Zone};

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
    fn days_are_those_that_croner_tells() {
        let window = Window::new(day(2026, 1, 1), day(2029, 1, 1));
        let calendar = Calendar::new(Zone::UTC, window);
        let days = [
            "* * *",
            "? * ?",
            "*/2 * *",
            "1 * *",
            "1,15 2-4 *",
            "* 2 1",
            "31 * *",
            "* * 0",
            "* * 7",
            "* * 5-7",
            "* * MON-FRI",
            "10-20 * 3",
            "1-7 * +6",
            "*/1 * 1",
            "* JUL,DEC SUN",
            "29 2 *",
            "L * *",
            "LW * *",
            "15W * *",
            "* * 5#2",
            "* * 5L",
            "1 */3 1-5/2",
        ];
        let mut plain = 0;
        for fields in days {
            let cron = Cron::from_str(&format!("0 0 0 {fields} {ANY_YEAR}")).unwrap();
            let days = Days::read(cron.clone(), true);
            plain += usize::from(!matches!(days, Days::Told { .. }));
            for frame in &calendar.days {
                let told = is_told(&cron, true, frame);
                assert_eq!(days.hold(frame), told, "{fields} on {}", frame.day);
            }
        }
        assert_eq!(plain, days.len() - 5);
    }

    #[test]
    fn a_weekday_with_a_plus_wants_the_day_of_the_month_too() {
        let found = slots("0 0 18 1-7 * +6 *", "UTC", day(2026, 3, 1), day(2026, 4, 1));
        assert_eq!(found, ["2026-03-07T18:00:00Z"]);
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
