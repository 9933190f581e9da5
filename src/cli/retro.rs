//! `rounds retro`

use super::args::{Args, Retro};
use super::engine::Engine;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::id::AgentId;
use crate::domain::retro::Week;
use crate::domain::text::clean_within;
use crate::domain::time::{Ts, Zone};
use crate::keeper::RetroWord;
use crate::report::retro as report;

/// Longest note that is kept, in bytes.
const MOST_NOTE: usize = 64 * 1024;

pub fn run(asked: &Retro, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    let judged = place.at.unwrap_or(place.now);
    let week = week(asked.week.as_deref(), judged, place.zone)?;
    if place.read_only && (asked.note.is_some() || !asked.read.is_empty()) {
        return Err(Failure::new(
            "--note and --read are kept in the ledger, and rounds is read-only here",
        )
        .remedy("without --read-only and read_only = true in the config"));
    }
    let mut engine = Engine::open(&place)?;
    if let Some(note) = &asked.note {
        if note.len() > MOST_NOTE {
            return Err(Failure::new("--note is longer than 64 KiB").remedy("a shorter note"));
        }
        engine.retro(RetroWord::Note {
            week: week.name(),
            text: note.clone(),
        })?;
    }
    let mut facts = engine.week(week, judged)?;
    if !asked.read.is_empty() {
        for name in &asked.read {
            let agent = AgentId::from(name.as_str());
            let one = facts.agents.iter().find(|one| one.agent == agent);
            let version = one.filter(|one| one.learned.file.is_some());
            let Some(one) = version else {
                let name = clean_within(name, 64);
                return Err(Failure::new(format!("{name} has no insights"))
                    .remedy("an agent with an INSIGHTS.md"));
            };
            engine.retro(RetroWord::Read {
                agent,
                sha256: one.learned.version.clone(),
            })?;
        }
        facts = engine.week(week, judged)?;
    }
    let text = if asked.json {
        report::json(&facts)
    } else if asked.md {
        report::markdown(&facts)
    } else {
        report::text(
            &facts,
            here.terminal
                .look(args.global.color, place.config.ui.glyphs),
        )
    };
    answer(&text)?;
    Ok(Exit::Done)
}

fn week(text: Option<&str>, now: Ts, zone: Zone) -> Result<Week, Failure> {
    let this = Week::of(zone.day_of(now), zone);
    let week = match text {
        None | Some("this") => Some(this),
        Some("last") => Some(this.plus(-1, zone)),
        Some(name) => Week::parse(name, zone),
    };
    match week {
        Some(week) if week.from <= now => Ok(week),
        Some(week) => Err(
            Failure::new(format!("--week {} has not begun", week.name()))
                .remedy("this, last, or an earlier one"),
        ),
        None => {
            let text = clean_within(text.unwrap_or_default(), 40);
            Err(Failure::new(format!("--week: `{text}` is no week"))
                .remedy("one of this, last, 2026-W13"))
        }
    }
}
