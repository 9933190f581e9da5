//! `rounds plan`

use super::args::{Args, Plan};
use super::engine::Engine;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::id::AgentId;
use crate::domain::schedule::Quiet;
use crate::domain::text::clean_within;
use crate::domain::time::{Day, Ts, Zone};
use crate::keeper::{PlanAsk, PlanFile, PlanPlace, Planning};
use crate::parse::timestamp;
use crate::report::plan::{self as report, FileNews, Planned, Stage};

pub fn run(asked: &Plan, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    if place.at.is_some() {
        return Err(Failure::new("a day that is over is not planned").remedy("without --at"));
    }
    if asked.write {
        let what = "--write puts plans into the agents' folders";
        place.writable(what, "without --write, to see them")?;
    }
    let ask = PlanAsk {
        day: day(asked.date.as_deref(), place.now, place.zone)?,
        only: asked
            .agent
            .iter()
            .map(|name| AgentId::from(name.as_str()))
            .collect(),
        hours: hours(asked.hours.as_deref())?,
        seed: asked.seed,
    };
    let mut engine = Engine::open(&place)?;
    let planning = engine.plan(&ask);
    strangers(&ask, &planning)?;
    let stage = if asked.write {
        Stage::Written
    } else {
        Stage::Dry
    };
    let before: Vec<Option<String>> = planning.files.iter().map(before).collect();
    let mut files = Vec::new();
    for (file, before) in planning.files.iter().zip(&before) {
        let mut news = news(file, before.as_deref());
        if stage == Stage::Written {
            write(&mut engine, file, &mut news);
        }
        files.push(news);
    }
    let failed = files.iter().any(|file| file.failed);
    let planned = Planned {
        day: planning.day,
        zone: planning.zone,
        seed: planning.seed,
        desks: &planning.desks,
        made: &planning.made,
        files,
        backlogs: &planning.backlogs,
        notices: &planning.notices,
        stage,
    };
    let text = if asked.json {
        report::json(&planned)
    } else {
        let look = here.terminal.look(args.global.color, &place.config.ui);
        report::text(&planned, look)
    };
    answer(&text)?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn day(text: Option<&str>, now: Ts, zone: Zone) -> Result<Option<Day>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let today = zone.day_of(now);
    let day = match text {
        "today" => Some(today),
        "tomorrow" => Some(today.plus(1)),
        other => Day::parse(other),
    };
    match day {
        Some(day) if day >= today => Ok(Some(day)),
        Some(day) => Err(Failure::new(format!("--date {day} is over"))
            .remedy("today, tomorrow, or a day to come")),
        None => Err(
            Failure::new(format!("--date: `{}` is no day", clean_within(text, 40)))
                .remedy("one of today, tomorrow, 2026-03-29"),
        ),
    }
}

fn hours(text: Option<&str>) -> Result<Vec<Quiet>, Failure> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let read: Option<Vec<Quiet>> = text
        .split(',')
        .map(|part| timestamp::range(part.trim()).map(|(from, to)| Quiet { from, to }))
        .collect();
    read.ok_or_else(|| {
        Failure::new(format!(
            "--hours: `{}` are no hours",
            clean_within(text, 40)
        ))
        .remedy("such as 09:00-18:00, or 09:00-12:00,13:00-18:00")
    })
}

fn strangers(ask: &PlanAsk, planning: &Planning) -> Result<(), Failure> {
    let known = |name: &&AgentId| planning.desks.iter().any(|desk| desk.agent == **name);
    match ask.only.iter().find(|name| !known(name)) {
        Some(name) => Err(Failure::new(format!("there is no agent {name}"))),
        None => Ok(()),
    }
}

fn before(file: &PlanFile) -> Option<String> {
    let bytes = file.before.as_ref()?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// What is said about one file.
fn news<'a>(file: &'a PlanFile, before: Option<&'a str>) -> FileNews<'a> {
    let stays = file.stays.as_ref();
    let also = file.standing.as_ref();
    FileNews {
        agent: &file.agent,
        path: format!("{}/{}", file.agent, file.relative),
        before,
        text: &file.text,
        notes: stays
            .map(|why| format!("schedule.json stays: {why}"))
            .or_else(|| also.map(|_| "replaces schedule.json as well".to_owned()))
            .into_iter()
            .collect(),
        failed: false,
    }
}

/// Writes it, to both places where there are two.
fn write(engine: &mut Engine, file: &PlanFile, news: &mut FileNews<'_>) {
    let also = file.standing.is_some().then_some(PlanPlace::Standing);
    for place in [Some(PlanPlace::Dated), also].into_iter().flatten() {
        if let Err(why) = engine.write_plan(file, place) {
            news.notes.push(why);
            news.failed = true;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    #[test]
    fn days_that_are_over_are_refused() {
        let zone = Zone::UTC;
        let today = Day::new(2026, 3, 28).unwrap();
        let now = zone.start_of(today) + Span::hours(20);
        assert_eq!(day(None, now, zone).unwrap(), None);
        assert_eq!(
            day(Some("tomorrow"), now, zone).unwrap(),
            Some(today.plus(1))
        );
        assert_eq!(day(Some("today"), now, zone).unwrap(), Some(today));
        assert!(day(Some("2026-03-27"), now, zone).is_err());
        assert!(day(Some("soon"), now, zone).is_err());
    }

    #[test]
    fn hours_are_stretches_of_a_day() {
        assert_eq!(hours(Some("09:00-12:00, 13:00-18:00")).unwrap().len(), 2);
        assert!(hours(Some("9 to 5 or so")).is_err());
    }
}
