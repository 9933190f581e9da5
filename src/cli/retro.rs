//! `rounds retro`

use super::args::{Args, Retro};
use super::engine::Engine;
use super::place::{MAKE_WRITABLE, Place};
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::id::AgentId;
use crate::domain::retro::{VerdictKind, Week, WeekFacts};
use crate::domain::text::clean_within;
use crate::domain::time::{Ts, Zone};
use crate::keeper::RetroWord;
use crate::report::retro as report;
use crate::view::retro::{Gap, gaps};

pub fn run(asked: &Retro, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    let judged = place.at.unwrap_or(place.now);
    let week = week(asked.week.as_deref(), judged, place.zone)?;
    let speaks = asked.note.is_some() || asked.close.is_some() || !asked.read.is_empty();
    if speaks {
        let what = "--note, --read and --close are kept in the ledger";
        place.writable(what, MAKE_WRITABLE)?;
    }
    let mut engine = Engine::open(&place)?;
    // A past moment is judged by the reader; of this one the board is at hand.
    let today = match place.at {
        Some(_) => None,
        None => Some(engine.board(None)?),
    };
    let mut facts = engine.week(week, judged, today.as_deref())?;
    if say(asked, (&mut engine, week), &facts)? {
        facts = engine.week(week, judged, today.as_deref())?;
    }
    let text = if asked.json {
        report::json(&facts)
    } else if asked.md {
        report::markdown(&facts)
    } else {
        report::text(
            &facts,
            here.terminal.look(args.global.color, &place.config.ui),
        )
    };
    answer(&text)?;
    Ok(Exit::Done)
}

/// Keeps what was said. Whether anything was.
fn say(
    asked: &Retro,
    (engine, week): (&mut Engine, Week),
    facts: &WeekFacts,
) -> Result<bool, Failure> {
    if let Some(note) = &asked.note {
        engine.retro(RetroWord::Note {
            week: week.name(),
            text: note.clone(),
        })?;
    }
    for name in &asked.read {
        let agent = AgentId::from(name.as_str());
        let one = facts.agents.iter().find(|one| one.agent == agent);
        let Some(one) = one.filter(|one| one.learned.file.is_some()) else {
            let name = clean_within(name, 64);
            return Err(Failure::new(format!("{name} has no insights"))
                .remedy("an agent with an INSIGHTS.md"));
        };
        engine.retro(RetroWord::Read {
            agent,
            sha256: one.learned.version.clone(),
        })?;
    }
    if let Some(name) = &asked.close {
        let gap = gap(facts, name)?;
        engine.retro(RetroWord::Judge {
            gap: gap.id(),
            agent: gap.agent.clone(),
            verdict: VerdictKind::Closed,
            why: asked.reason.clone().unwrap_or_default(),
        })?;
    }
    Ok(asked.note.is_some() || asked.close.is_some() || !asked.read.is_empty())
}

/// The gap of a task, by `agent/task`.
fn gap(facts: &WeekFacts, name: &str) -> Result<Gap, Failure> {
    let open = gaps(facts).into_iter().filter(|gap| !gap.is_closed());
    let named = |gap: &Gap| format!("{}/{}", gap.agent, gap.task) == name;
    let found = open.clone().find(named);
    found.ok_or_else(|| {
        let names: Vec<String> = open
            .map(|gap| format!("{}/{}", gap.agent, gap.task))
            .collect();
        let what = format!("{} owes nothing this week", clean_within(name, 64));
        if names.is_empty() {
            return Failure::new(what).remedy("no gap is open");
        }
        Failure::new(what).remedy(format!("one of {}", names.join(", ")))
    })
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
