//! Hours in which nothing is due.

use super::calendar::{Calendar, Window};
use crate::domain::schedule::Quiet;
use crate::domain::time::{Span, Ts, Zone};

/// The stretches of a window that are quiet, ascending and without overlaps.
pub fn stretches(zone: Zone, quiet: &[Quiet], window: Window) -> Vec<(Ts, Ts)> {
    if quiet.is_empty() || window.is_empty() {
        return Vec::new();
    }
    let from = Window::new(window.from - Span::DAY, window.to);
    let calendar = Calendar::new(zone, from);
    let mut found = Vec::new();
    for frame in &calendar.days {
        for hours in quiet {
            let start = zone.at(frame.day, hours.from);
            let end_day = if hours.to <= hours.from {
                frame.day.plus(1)
            } else {
                frame.day
            };
            let end = zone.at(end_day, hours.to);
            if end > window.from && start < window.to {
                found.push((start, end));
            }
        }
    }
    merged(found)
}

/// Sorts stretches and joins those that touch or overlap.
pub fn merged(mut stretches: Vec<(Ts, Ts)>) -> Vec<(Ts, Ts)> {
    stretches.sort_unstable();
    let mut out: Vec<(Ts, Ts)> = Vec::with_capacity(stretches.len());
    for (start, end) in stretches {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// Whether a moment lies in one of the sorted stretches.
pub fn within(stretches: &[(Ts, Ts)], at: Ts) -> bool {
    let after = stretches.partition_point(|&(start, _)| start <= at);
    after > 0 && at < stretches[after - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{ClockTime, Day};

    #[test]
    fn over_midnight_and_not_at_its_end() {
        let quiet = [Quiet {
            from: ClockTime(23 * 3_600),
            to: ClockTime(7 * 3_600),
        }];
        let noon = Zone::UTC.start_of(Day::new(2026, 3, 28).unwrap()) + Span::hours(12);
        let found = stretches(Zone::UTC, &quiet, Window::new(noon, noon + Span::DAY));
        assert_eq!(found.len(), 1);
        assert!(within(&found, noon + Span::hours(11)));
        assert!(within(&found, noon + Span::hours(18)));
        assert!(!within(&found, noon + Span::hours(19)), "07:00 is due");
        assert!(!within(&found, noon + Span::hours(11) - Span(1)));
    }
}
