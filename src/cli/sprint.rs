//! `rounds sprint`

use super::args::{Args, Sprint};
use super::engine::Engine;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::text::clean_within;
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::report::sprint::{self as report};
use crate::report::{standup, storm};

/// As far ahead as plans say anything worth drawing.
const AHEAD: i64 = 7;

pub fn run(asked: &Sprint, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    let look = here.terminal.look(args.global.color, &place.config.ui);
    let mut engine = Engine::open(&place)?;
    if asked.storm {
        let now = place.now;
        let (storm, zone) = engine.storm();
        let text = if asked.json {
            storm::json(&storm, now, zone)
        } else {
            storm::text(&storm, now, zone, look)
        };
        answer(&text)?;
        return Ok(Exit::Done);
    }
    let judged = place.at.unwrap_or(place.now);
    let shown = moment(asked.day.as_deref(), judged, place.zone)?;
    let mut now = engine.board(None)?;
    if asked.json {
        now = std::sync::Arc::new(engine.with_offers(&now));
    }
    let fleet = match shown {
        Some(at) => engine.board_at(at)?,
        None => now.clone(),
    };
    let day = report::Day {
        fleet: &fleet,
        day: shown.unwrap_or(fleet.at),
        tomorrow: &now,
    };
    let text = if asked.json {
        report::json(&day)
    } else if asked.md {
        report::markdown(&day)
    } else if asked.columns {
        report::board(&day, look)
    } else {
        report::text(&day, look)
    };
    answer(&text)?;
    Ok(if standup::is_complete(&now) {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The moment whose board shows a day: the end of one that is over, the start of one to come; none for the day itself.
fn moment(text: Option<&str>, now: Ts, zone: Zone) -> Result<Option<Ts>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let today = zone.day_of(now);
    let day = match text {
        "today" => Some(today),
        "tomorrow" => Some(today.plus(1)),
        "yesterday" => Some(today.plus(-1)),
        other => Day::parse(other),
    };
    let Some(day) = day else {
        return Err(
            Failure::new(format!("--day: `{}` is no day", clean_within(text, 40)))
                .remedy("one of today, tomorrow, yesterday, 2026-03-29"),
        );
    };
    if day > today.plus(AHEAD) {
        return Err(Failure::new(format!("--day {day} lies too far ahead"))
            .remedy(format!("at most {AHEAD} days from now")));
    }
    Ok(match day.cmp(&today) {
        std::cmp::Ordering::Less => Some(zone.end_of(day) - Span(1)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(zone.start_of(day)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_shown_from_its_end_or_its_start() {
        let zone = Zone::UTC;
        let today = Day::new(2026, 3, 28).unwrap();
        let now = zone.start_of(today) + Span::hours(9);
        let at = |text: &str| moment(Some(text), now, zone).unwrap();
        assert_eq!(at("today"), None);
        assert_eq!(at("tomorrow"), Some(zone.start_of(today.plus(1))));
        assert_eq!(at("2026-03-27"), Some(zone.start_of(today) - Span(1)));
        assert!(moment(Some("2026-05-01"), now, zone).is_err());
        assert!(moment(Some("whenever"), now, zone).is_err());
    }
}
