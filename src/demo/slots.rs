//! When a rhythm comes round on a day, and how an agent writes that down.

use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

use super::assignment::Rhythm;
use super::rng::Rng;
use super::world::Member;

/// The slots of a rhythm on one day. A fixed time in the gap of a clock change is the first instant after it, in the
/// overlap it is one slot; what recurs within the hour comes at every instant.
pub(super) fn slots(
    rhythm: Rhythm,
    member: &Member,
    day: Day,
    crowded: bool,
    rng: &mut Rng,
) -> Vec<Ts> {
    let zone = member.zone;
    let shift = member.generation % 6 * 5;
    match rhythm {
        Rhythm::Minutes(every) => walls(zone, day, |s| s.is_multiple_of(every * 60)),
        Rhythm::Hours { hours, minute } => {
            let minute = (minute + shift) % 60;
            walls(zone, day, |s| {
                (s / 3_600).is_multiple_of(hours) && s % 3_600 == minute * 60
            })
        }
        Rhythm::Portions { hours, minute } => {
            let (hours, minute) = (if crowded { 2 } else { hours }, (minute + shift) % 60);
            let fixed = |h: u32| zone.at(day, ClockTime(h * 3_600 + minute * 60));
            (0..24).step_by(hours as usize).map(fixed).collect()
        }
        Rhythm::Daily(at) => vec![zone.at(day, ClockTime(at + shift * 60))],
        Rhythm::Weekly { weekday, at } if day.weekday() == weekday => {
            vec![zone.at(day, ClockTime(at + shift * 60))]
        }
        Rhythm::Weekly { .. } => Vec::new(),
        Rhythm::Queue { minutes } => {
            let mut slots = Vec::new();
            let mut at = zone.start_of(day) + Span::mins(rng.range(2, 20));
            while at < zone.end_of(day) - Span::mins(15) {
                slots.push(at);
                at = at + Span::secs(i64::from(minutes) * rng.range(54, 66));
            }
            slots
        }
    }
}

/// Every instant of the day, in steps of five minutes, whose wall clock suits.
fn walls(zone: Zone, day: Day, suits: impl Fn(u32) -> bool) -> Vec<Ts> {
    let (start, end) = (zone.start_of(day), zone.end_of(day));
    let plain = end - start == Span::DAY;
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let wall = if plain {
            ((at - start).0 / 1_000) as u32
        } else {
            zone.clock_of(at).0
        };
        if suits(wall) {
            found.push(at);
        }
        at = at + Span::mins(5);
    }
    found
}

/// The cron expression of a recurring task, as the agent writes it into its plan.
pub(super) fn cron(rhythm: Rhythm, generation: u32) -> String {
    let shift = generation % 6 * 5;
    match rhythm {
        Rhythm::Minutes(every) => format!("*/{every} * * * *"),
        Rhythm::Hours { hours: 1, minute } => format!("{} * * * *", (minute + shift) % 60),
        Rhythm::Hours { hours, minute } | Rhythm::Portions { hours, minute } => {
            format!("{} */{hours} * * *", (minute + shift) % 60)
        }
        Rhythm::Daily(at) => {
            let at = at / 60 + shift;
            format!("{} {} * * *", at % 60, at / 60)
        }
        Rhythm::Weekly { weekday, at } => {
            let at = at / 60 + shift;
            format!("{} {} * * {}", at % 60, at / 60, (weekday + 1) % 7)
        }
        Rhythm::Queue { minutes } => format!("*/{minutes} * * * *"),
    }
}
