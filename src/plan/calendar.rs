//! Days of a zone with their first and last instants, looked up once per judging.

use chrono::NaiveTime;

use crate::domain::time::{Day, Span, Ts, Zone};

/// A stretch of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Ts,
    pub to: Ts,
}

impl Window {
    pub fn new(from: Ts, to: Ts) -> Self {
        Self { from, to }
    }

    pub fn holds(self, at: Ts) -> bool {
        self.from <= at && at < self.to
    }

    /// The part both share; empty where `to` ≤ `from`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }
}

/// One day of a zone.
#[derive(Clone, Copy, Debug)]
pub struct DayFrame {
    pub day: Day,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub of_month: u8,
    /// Monday is 0.
    pub weekday: u8,
    pub start: Ts,
    pub end: Ts,
    /// No clock change falls into it: wall time is `start` plus seconds.
    pub regular: bool,
}

impl DayFrame {
    fn new(day: Day, start: Ts, end: Ts) -> Self {
        Self {
            day,
            month: day.month() as u8,
            of_month: day.of_month() as u8,
            weekday: day.weekday() as u8,
            start,
            end,
            regular: end - start == Span::DAY,
        }
    }
}

/// The days of a zone that a window touches.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: Zone,
    pub days: Vec<DayFrame>,
}

impl Calendar {
    pub fn new(zone: Zone, window: Window) -> Self {
        let mut days = Vec::new();
        let mut day = zone.day_of(window.from);
        let mut start = zone.start_of(day);
        while start < window.to {
            let end = zone.end_of(day);
            days.push(DayFrame::new(day, start, end));
            if end <= start {
                break;
            }
            day = day.plus(1);
            start = end;
        }
        Self { zone, days }
    }

    /// The days that a window touches.
    pub fn touching(&self, window: Window) -> &[DayFrame] {
        let first = self.days.partition_point(|day| day.end <= window.from);
        let last = self.days.partition_point(|day| day.start < window.to);
        &self.days[first.min(last)..last]
    }

    /// The instants of a time of day, in seconds since midnight, on a day of this zone.
    ///
    /// On a day with a clock change a wall time may occur twice or never. [`Wall::EveryInstant`] gives all its
    /// occurrences, [`Wall::Once`] exactly one: the earlier of two, or the first instant after the gap.
    pub fn instants(&self, frame: &DayFrame, second: u32, wall: Wall, out: &mut Vec<Ts>) {
        if frame.regular {
            out.push(frame.start + Span::secs(i64::from(second)));
            return;
        }
        let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0);
        let meant = frame.day.date().and_time(time.unwrap_or(NaiveTime::MIN));
        match wall {
            Wall::Once => out.push(self.zone.moment(meant)),
            Wall::EveryInstant => out.extend(self.zone.moments(meant)),
        }
    }
}

/// How a wall time is read where the clock changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// A fixed time of day: one slot a day, whatever the clock does.
    Once,
    /// A wildcard: whenever the clock shows it.
    EveryInstant,
}
