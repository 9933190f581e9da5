//! Days of a zone with their first and last instants, looked up once per judging.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

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

thread_local! {
    /// The last that was asked for: most agents of a fleet live in one zone, and are judged at one moment.
    static SHARED: RefCell<Option<(Window, Rc<Calendar>)>> = const { RefCell::new(None) };
}

/// The days of a zone that a window touches.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: Zone,
    pub days: Vec<DayFrame>,
    /// The window that was asked about last, and its days: most tasks of a plan are asked about one.
    touched: Cell<(Window, (usize, usize))>,
}

impl Calendar {
    /// As [`new`](Self::new), made once for all who ask for the same one after another.
    pub fn shared(zone: Zone, window: Window) -> Rc<Self> {
        SHARED.with_borrow_mut(|shared| match shared {
            Some((of, calendar)) if *of == window && calendar.zone == zone => calendar.clone(),
            _ => {
                let calendar = Rc::new(Self::new(zone, window));
                *shared = Some((window, calendar.clone()));
                calendar
            }
        })
    }

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
        let nothing = Window::new(window.from, window.from);
        Self {
            zone,
            days,
            touched: Cell::new((nothing, (0, 0))),
        }
    }

    /// The days that a window touches.
    pub fn touching(&self, window: Window) -> &[DayFrame] {
        let (of, (first, last)) = self.touched.get();
        if of == window {
            return &self.days[first..last];
        }
        let first = self.place(window.from, |day| day.end <= window.from);
        let last = self.place(window.to, |day| day.start < window.to);
        let first = first.min(last);
        self.touched.set((window, (first, last)));
        &self.days[first..last]
    }

    /// How many days lie before a moment, as `before` tells it of each. Days are nearly equally long: a division gives a
    /// near guess, and steps correct it.
    fn place(&self, at: Ts, before: impl Fn(&DayFrame) -> bool) -> usize {
        let Some(first) = self.days.first() else {
            return 0;
        };
        let guess = (at - first.start).0.div_euclid(Span::DAY.0);
        let mut place = guess.clamp(0, self.days.len() as i64) as usize;
        while place > 0 && !before(&self.days[place - 1]) {
            place -= 1;
        }
        while self.days.get(place).is_some_and(&before) {
            place += 1;
        }
        place
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_days_a_window_touches_are_those_that_overlap_it(
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Apia"]),
            hours in prop::collection::vec((-100_i64..600, 0_i64..200), 1..8),
        ) {
            let zone = Zone::parse(zone).expect("a zone");
            // Apia had no 2011-12-30.
            let start = Ts(1_324_000_000_000);
            let calendar = Calendar::new(zone, Window::new(start, start + Span::days(20)));
            for (from, long) in hours {
                let from = start + Span::hours(from);
                let window = Window::new(from, from + Span::hours(long));
                let overlap = |day: &&DayFrame| day.start < window.to && window.from < day.end;
                let told: Vec<Ts> = calendar.touching(window).iter().map(|day| day.start).collect();
                let mut known: Vec<Ts> = calendar.days.iter().filter(overlap).map(|day| day.start).collect();
                if window.is_empty() {
                    known.clear();
                    prop_assert!(told.len() <= 1);
                } else {
                    prop_assert_eq!(told, known);
                }
            }
        }
    }
}
