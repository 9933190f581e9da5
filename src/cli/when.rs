//! Moments as people name them: `yesterday`, `8h`, `monday`, `18:40`, `2026-03-28 07:10`, RFC 3339.
//!
//! Pure: the moment that `8h` counts back from and the zone of `18:40` are parameters.

use crate::config::duration;
use crate::domain::text;
use crate::domain::time::{ClockTime, Day, Span, Ts, Zone};

/// What is accepted, for help and errors.
pub const FORMS: &str = "8h, 30m, yesterday, monday, 18:40, 2026-03-28, \"2026-03-28 07:10\", 2026-03-28T07:10:00+02:00";

/// A moment that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no moment")]
pub struct NoMoment(pub String);

/// Reads a moment.
///
/// A length of time counts back from `now`. A day is its first instant, a weekday the latest one that began. A time of
/// day without a day is the latest one that is not in the future.
///
/// # Errors
/// The text, made safe to show, where it is none of these.
pub fn parse(text: &str, now: Ts, zone: Zone) -> Result<Ts, NoMoment> {
    let words = text.trim();
    read(words, now, zone).ok_or_else(|| NoMoment(text::clean_within(words, 40)))
}

/// Reads a moment to come: a length of time counts from `now`, a time of day is the next one.
///
/// # Errors
/// As [`parse`].
pub fn ahead(text: &str, now: Ts, zone: Zone) -> Result<Ts, NoMoment> {
    let words = text.trim();
    if let Some(span) = duration::parse(words) {
        return Ok(now + span);
    }
    let Some(time) = ClockTime::parse(words) else {
        return parse(words, now, zone);
    };
    let today = zone.at(zone.day_of(now), time);
    Ok(if today > now {
        today
    } else {
        zone.at(zone.day_of(now).plus(1), time)
    })
}

fn read(words: &str, now: Ts, zone: Zone) -> Option<Ts> {
    if words.eq_ignore_ascii_case("now") {
        return Some(now);
    }
    let back = words.strip_suffix("ago").unwrap_or(words).trim_end();
    if let Some(span) = duration::parse(back) {
        return Some(now - span);
    }
    if let Some(time) = ClockTime::parse(words) {
        let today = zone.at(zone.day_of(now), time);
        let yesterday = || zone.at(zone.day_of(now).plus(-1), time);
        return Some(if today > now { yesterday() } else { today });
    }
    let (day, rest) = words
        .split_once(' ')
        .or_else(|| {
            words
                .split_once(['T', 't'])
                .filter(|(day, _)| Day::parse(day).is_some())
        })
        .unwrap_or((words, ""));
    let day = day_named(day, now, zone)?;
    if rest.trim().is_empty() {
        return Some(zone.start_of(day));
    }
    timed(day, rest.trim(), zone)
}

fn day_named(word: &str, now: Ts, zone: Zone) -> Option<Day> {
    let today = zone.day_of(now);
    if let Some(day) = Day::parse(word) {
        return Some(day);
    }
    match word.to_ascii_lowercase().as_str() {
        "today" => Some(today),
        "yesterday" => Some(today.plus(-1)),
        word => {
            let wanted = Day::weekday_named(word)?;
            let back = (today.weekday() + 7 - wanted) % 7;
            Some(today.plus(-i64::from(back)))
        }
    }
}

/// `07:10`, `07:10:09.5`, with or without an offset or `Z`.
fn timed(day: Day, rest: &str, zone: Zone) -> Option<Ts> {
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'))
        .unwrap_or(rest.len());
    let (clock, offset) = rest.split_at(end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let offset = offset.trim();
    let zone = match offset {
        "" => zone,
        "z" => Zone::UTC,
        name => Zone::parse(name)?,
    };
    let at = zone.at(day, ClockTime::parse(clock)?);
    Some(at + millis(fraction)?)
}

/// The first three digits of a fraction of a second.
fn millis(fraction: &str) -> Option<Span> {
    if fraction.is_empty() {
        return Some(Span::ZERO);
    }
    let digits: String = fraction.chars().chain("00".chars()).take(3).collect();
    digits.parse().ok().map(Span)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Zone = Zone::Fixed(7_200);

    /// Friday 2026-03-27 07:10 +02:00
    fn now() -> Ts {
        ZONE.at(
            Day::new(2026, 3, 27).expect("a day"),
            ClockTime(7 * 3_600 + 600),
        )
    }

    fn at(text: &str) -> String {
        match parse(text, now(), ZONE) {
            Ok(at) => ZONE.rfc3339(at),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn counts_back() {
        assert_eq!(at("8h"), "2026-03-26T23:10:00+02:00");
        assert_eq!(at("90m ago"), "2026-03-27T05:40:00+02:00");
        assert_eq!(at("2d"), "2026-03-25T07:10:00+02:00");
        assert_eq!(at("now"), "2026-03-27T07:10:00+02:00");
    }

    #[test]
    fn names_days() {
        assert_eq!(at("today"), "2026-03-27T00:00:00+02:00");
        assert_eq!(at("Yesterday"), "2026-03-26T00:00:00+02:00");
        assert_eq!(at("monday"), "2026-03-23T00:00:00+02:00");
        assert_eq!(at("fri"), "2026-03-27T00:00:00+02:00");
        assert_eq!(at("saturday"), "2026-03-21T00:00:00+02:00");
        assert_eq!(at("2026-03-01"), "2026-03-01T00:00:00+02:00");
        assert_eq!(at("yesterday 18:40"), "2026-03-26T18:40:00+02:00");
        assert_eq!(at("monday 9:05"), "2026-03-23T09:05:00+02:00");
    }

    #[test]
    fn a_time_of_day_is_the_latest_that_was() {
        assert_eq!(at("18:40"), "2026-03-26T18:40:00+02:00");
        assert_eq!(at("07:10"), "2026-03-27T07:10:00+02:00");
        assert_eq!(at("6:00:30"), "2026-03-27T06:00:30+02:00");
    }

    #[test]
    fn reads_full_moments() {
        assert_eq!(at("2026-03-26 18:40"), "2026-03-26T18:40:00+02:00");
        assert_eq!(at("2026-03-26T18:40"), "2026-03-26T18:40:00+02:00");
        assert_eq!(at("2026-03-26T18:40:00Z"), "2026-03-26T20:40:00+02:00");
        assert_eq!(at("2026-03-26T18:40:00-05:00"), "2026-03-27T01:40:00+02:00");
        assert_eq!(
            at("2026-03-26T18:40:00.250+0200"),
            "2026-03-26T18:40:00+02:00"
        );
        let exact = parse("2026-03-26T18:40:00.25Z", now(), ZONE).expect("a moment");
        assert_eq!(exact.0 % 1_000, 250);
    }

    #[test]
    fn a_day_of_a_clock_change_begins_where_it_begins() {
        let kyiv = Zone::parse("Europe/Kyiv").expect("a zone");
        let gap = parse("2026-03-29 03:30", now(), kyiv).expect("a moment");
        assert_eq!(kyiv.rfc3339(gap), "2026-03-29T04:00:00+03:00");
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "soon",
            "25:00",
            "2026-13-01",
            "8",
            "2026-03-26T",
            "26T18:40",
            "monday x",
            "2026-03-26T18:40:00+99",
        ] {
            let refused = parse(text, now(), ZONE);
            let midnight = text == "2026-03-26T";
            assert_eq!(refused.is_ok(), midnight, "{text}: {refused:?}");
        }
        assert!(at("\u{1b}[2J").contains('␛'));
    }
}
