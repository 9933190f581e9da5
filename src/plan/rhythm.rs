//! The slots by which an agent's rhythm is told: eight days back, with the one before them, and eight ahead, by the newest plans.

use super::calendar::{Calendar, Window};
use super::cron::Pattern;
use super::expand::{Began, Firing, Read};
use super::owed::is_quiet;
use crate::domain::schedule::Quiet;
use crate::domain::time::{Day, Span, Ts};

/// Gaps longer than this say nothing about a rhythm.
pub const REACH: Span = Span::days(8);

/// Plans for single days are looked at this much further back: the gap that ends within reach may begin before it.
const BEFORE: Span = Span::days(3);

/// Days of the week are counted from Monday, 0.
const FRIDAY: u32 = 4;

/// Beyond this many slots the longest gap is short anyhow.
const ENOUGH: usize = 20_000;

/// The slots of an agent around a moment.
#[derive(Clone, Debug, Default)]
pub struct Rhythm {
    /// Ascending, without repeats, quiet ones left out.
    pub slots: Vec<Ts>,
    /// Every one comes from a plan for one day, which promises nothing for the next.
    pub dated_only: bool,
    /// Its newest plan is of the Friday of a whole week, and no weekend was ever planned: it comes again on Monday.
    pub weekend_off: bool,
}

/// The days that a rhythm is told by.
pub fn looked_at(now: Ts) -> Window {
    Window::new(now - REACH - BEFORE, now + REACH)
}

/// Whether a day lies in a weekend that a planner of weekdays has off: it planned the five days before and no day of a
/// weekend so far. From the second week on its own past tells.
pub fn is_weekend_off(planned: &[Day], day: Day) -> bool {
    let Some(after) = day.weekday().checked_sub(FRIDAY).filter(|&after| after > 0) else {
        return false;
    };
    let friday = day.plus(-i64::from(after));
    (0..5).all(|back| planned.contains(&friday.plus(-back)))
        && planned.iter().all(|day| day.weekday() <= FRIDAY)
}

/// Gathers them from the newest version of each day's plan and of each standing plan.
///
/// The calendar is that of the agent's zone, of [`looked_at`].
pub fn gather(known: &[Read<'_>], calendar: &Calendar, quiet: &[Quiet], now: Ts) -> Rhythm {
    let zone = calendar.zone;
    let window = Window::new(now - REACH, now + REACH);
    let wide = looked_at(now);
    let mut rhythm = Rhythm {
        slots: Vec::new(),
        dated_only: true,
        weekend_off: false,
    };
    let mut foreign: Option<Calendar> = None;
    for (i, read) in known.iter().enumerate() {
        let version = read.version;
        let replaced = known[i + 1..].iter().any(|Read { version: later, .. }| {
            later.plan.date == version.plan.date
                && (later.plan.date.is_some() || later.file == version.file)
        });
        if replaced {
            continue;
        }
        let own = version.plan.zone.unwrap_or(zone);
        let calendar = match &mut foreign {
            _ if own == zone => calendar,
            Some(known) if known.zone == own => known,
            other => other.insert(Calendar::new(own, wide)),
        };
        let window = match version.plan.date {
            Some(_) => wide,
            None => window,
        };
        let before = rhythm.slots.len();
        rhythm.take(read, calendar, window);
        if version.plan.quiet.is_empty() && quiet.is_empty() {
            continue;
        }
        let mut place = 0;
        rhythm.slots.retain(|&at| {
            place += 1;
            let due = !is_quiet(own, &version.plan.quiet, at) && !is_quiet(zone, quiet, at);
            place <= before || due
        });
    }
    let planned: Vec<Day> = known
        .iter()
        .filter_map(|read| read.version.plan.date)
        .collect();
    let newest = planned.iter().max();
    rhythm.weekend_off = newest.is_some_and(|day| is_weekend_off(&planned, day.plus(1)));
    rhythm.slots.sort();
    rhythm.slots.dedup();
    let before = rhythm.slots.partition_point(|&at| at < window.from);
    rhythm.slots.drain(..before.saturating_sub(1));
    rhythm
}

impl Rhythm {
    fn take(&mut self, read: &Read<'_>, calendar: &Calendar, window: Window) {
        let version = read.version;
        let zone = calendar.zone;
        let span = match version.plan.date {
            Some(day) => window.and(Window::new(zone.start_of(day), zone.end_of(day))),
            None => window,
        };
        let began = Began {
            starts: &[],
            generated: Some(span.from),
        };
        let asked = |one: &&Firing<'_>| {
            let task = one.task;
            task.enabled && !task.on_demand && task.held.is_none()
        };
        let firing = || read.tasks.iter().filter(asked);
        if firing().any(Firing::recurs) && version.plan.date.is_none() {
            self.dated_only = false;
        }
        let days = calendar.touching(span);
        let mut patterns: Vec<&Pattern> = Vec::with_capacity(read.tasks.len());
        let mut slots = Vec::new();
        let mut coming = self.slots.len();
        for one in firing() {
            if coming > ENOUGH {
                break;
            }
            if let Some(pattern) = one.pattern_in(zone) {
                coming += pattern.per_day() * days.len();
                patterns.push(pattern);
                continue;
            }
            let within = if one.recurs() { span } else { window };
            one.slots(calendar, within, began, &mut slots);
            coming += slots.len();
            self.slots.extend_from_slice(&slots);
        }
        self.slots.reserve(coming - self.slots.len());
        day_by_day(&patterns, calendar, span, &mut self.slots);
    }

    /// The first slot after a moment.
    pub fn next_after(&self, at: Ts) -> Option<Ts> {
        let i = self.slots.partition_point(|&slot| slot <= at);
        self.slots.get(i).copied()
    }
}

/// The slots of patterns. Most plans name times for every day: these come in order, and need not be sorted.
fn day_by_day(patterns: &[&Pattern], calendar: &Calendar, span: Window, out: &mut Vec<Ts>) {
    let daily = patterns.iter().filter_map(|pattern| pattern.daily());
    let mut daily: Vec<u32> = daily.flatten().copied().collect();
    daily.sort_unstable();
    daily.dedup();
    for frame in calendar.touching(span) {
        if frame.regular {
            let moments = daily.iter();
            let moments = moments.map(|&second| frame.start + Span::secs(i64::from(second)));
            if span.from <= frame.start && frame.end <= span.to {
                out.extend(moments);
            } else {
                out.extend(moments.filter(|&at| span.holds(at)));
            }
        }
        for pattern in patterns {
            if !frame.regular || pattern.daily().is_none() {
                pattern.slots_of(calendar, frame, span, out);
            }
        }
    }
}
