//! The slots by which an agent's rhythm is told: eight days back, with the one before them, and eight ahead, by the newest plans;
//! where the same times come every day, three days tell as much.

use super::calendar::{Calendar, Window};
use super::cron::Pattern;
use super::expand::{Began, Firing, Read};
use super::owed::is_quiet;
use crate::domain::schedule::Quiet;
use crate::domain::time::{Day, Span, Ts, Zone};

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
    /// Ascending, without repeats, quiet ones left out; of what comes every day only those of three days.
    pub slots: Vec<Ts>,
    /// The first on the day of the last.
    pub first_of_last_day: Option<Ts>,
    /// Every one comes from a plan for one day, which promises nothing for the next.
    pub dated_only: bool,
    /// Its newest plan is of the Friday of a whole week, and no weekend was ever planned: it comes again on Monday.
    pub weekend_off: bool,
    /// They come at the same times every day, and no clock changes: one day back and two ahead say it all.
    every_day: bool,
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
    let counts = |&(i, read): &(usize, &Read<'_>)| {
        let plan = &read.version.plan;
        !known[i + 1..].iter().any(|Read { version: later, .. }| {
            later.plan.date == plan.date
                && (later.plan.date.is_some() || later.file == read.version.file)
        })
    };
    let newest_of_each = || {
        known
            .iter()
            .enumerate()
            .filter(counts)
            .map(|(_, read)| read)
    };
    let every_day = quiet.is_empty()
        && calendar.days.iter().all(|day| day.regular)
        && newest_of_each().all(|read| is_every_day(read, zone));
    let window = if every_day {
        Window::new(now - Span::DAY, now + Span::days(2))
    } else {
        Window::new(now - REACH, now + REACH)
    };
    let wide = looked_at(now);
    let mut rhythm = Rhythm {
        slots: Vec::new(),
        first_of_last_day: None,
        dated_only: true,
        weekend_off: false,
        every_day,
    };
    let mut foreign: Option<Calendar> = None;
    for read in newest_of_each() {
        let version = read.version;
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
    // Most plans give them in order already.
    if !rhythm.slots.is_sorted_by(|a, b| a < b) {
        rhythm.slots.sort();
        rhythm.slots.dedup();
    }
    let before = rhythm.slots.partition_point(|&at| at < window.from);
    rhythm.slots.drain(..before.saturating_sub(1));
    rhythm.first_of_last_day = rhythm.slots.last().and_then(|&last| {
        let days = calendar.touching(Window::new(last, last + Span(1)));
        let day = days.first().map_or(last, |day| day.start);
        rhythm.slots.iter().copied().find(|&slot| slot >= day)
    });
    rhythm
}

/// Whether all that a plan asks for comes at the same times every day.
fn is_every_day(read: &Read<'_>, zone: Zone) -> bool {
    let plan = &read.version.plan;
    plan.date.is_none()
        && plan.quiet.is_empty()
        && plan.zone.is_none_or(|own| own == zone)
        && read.tasks.iter().filter(|one| is_asked(one)).all(|one| {
            let pattern = one.pattern_in(zone);
            pattern.is_some_and(|pattern| pattern.daily().is_some())
        })
}

fn is_asked(one: &Firing<'_>) -> bool {
    let task = one.task;
    task.enabled && !task.on_demand && task.held.is_none()
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
        let firing = || read.tasks.iter().filter(|one| is_asked(one));
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

    /// The first slot after a moment, of the next days or any before.
    pub fn next_after(&self, at: Ts) -> Option<Ts> {
        let first = *self.slots.first()?;
        let earlier = if self.every_day && at < first {
            Span::days((first - at).0.div_euclid(Span::DAY.0) + 1)
        } else {
            Span::ZERO
        };
        let i = self.slots.partition_point(|&slot| slot <= at + earlier);
        self.slots.get(i).map(|&slot| slot - earlier)
    }
}

/// The slots of patterns. Most plans name times for every day: these come in order, and need not be sorted.
fn day_by_day(patterns: &[&Pattern], calendar: &Calendar, span: Window, out: &mut Vec<Ts>) {
    let mut daily: Vec<u32> = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        daily.extend_from_slice(pattern.daily().unwrap_or_default());
    }
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
        let other = patterns
            .iter()
            .filter(|pattern| !frame.regular || pattern.daily().is_none());
        for pattern in other {
            pattern.slots_of(calendar, frame, span, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::PlanVersion;
    use crate::domain::id::FileId;
    use crate::domain::schedule::{Plan, Schedule};
    use crate::domain::task::Task;
    use crate::plan::expand;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn version(tasks: Vec<Task>) -> PlanVersion {
        PlanVersion {
            plan: Arc::new(Plan {
                tasks,
                ..Plan::default()
            }),
            file: FileId(1),
            known: Ts(0),
            hash: String::new(),
        }
    }

    fn daily(n: usize, minute: u32) -> Task {
        let mut task = Task::named(format!("t{n}").as_str().into());
        let expr = format!("{} {} * * *", minute % 60, minute / 60);
        task.schedule = Some(Schedule::Cron {
            expr: expr.as_str().into(),
            zone: None,
        });
        task
    }

    proptest! {
        #[test]
        fn what_comes_every_day_is_told_by_three_days_as_by_sixteen(
            minutes in prop::collection::vec(0_u32..1_440, 1..6),
            now in 0_i64..2_880,
        ) {
            let tasks: Vec<Task> = minutes.iter().enumerate().map(|(n, &at)| daily(n, at)).collect();
            let now = Ts(1_774_641_900_000) + Span::mins(now);
            let plans = [version(tasks.clone())];
            let calendar = Calendar::new(Zone::UTC, looked_at(now));
            let told = gather(&Read::known(&plans, now), &calendar, &[], now);
            prop_assert!(told.every_day);
            let all = Window::new(now - REACH, now + REACH);
            let began = Began::default();
            let mut slots: Vec<Ts> = tasks
                .iter()
                .flat_map(|task| expand::slots(task, &calendar, all, began))
                .collect();
            slots.sort_unstable();
            slots.dedup();
            let longest = |slots: &[Ts]| slots.windows(2).map(|pair| pair[1] - pair[0]).max();
            prop_assert_eq!(longest(&told.slots), longest(&slots));
            for hours in 0..150 {
                let at = now - Span::hours(hours);
                let next = slots.iter().copied().find(|&slot| slot > at);
                prop_assert_eq!(told.next_after(at), next);
            }
        }
    }

    #[test]
    fn where_a_clock_changes_or_a_task_comes_otherwise_sixteen_days_are_looked_at() {
        let now = Ts(1_774_641_900_000);
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        let weekly = {
            let mut task = daily(1, 60);
            let expr = "0 1 * * MON".into();
            task.schedule = Some(Schedule::Cron { expr, zone: None });
            task
        };
        for (zone, tasks, every_day) in [
            (Zone::UTC, vec![daily(0, 60)], true),
            (berlin, vec![daily(0, 60)], false),
            (Zone::UTC, vec![daily(0, 60), weekly], false),
        ] {
            let plans = [version(tasks)];
            let calendar = Calendar::new(zone, looked_at(now));
            let told = gather(&Read::known(&plans, now), &calendar, &[], now);
            assert_eq!(told.every_day, every_day);
            assert_eq!(told.slots.len() > 4, !every_day);
        }
    }
}
