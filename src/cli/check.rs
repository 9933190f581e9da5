//! `rounds check`

use super::args::{Args, Check};
use super::engine::Engine;
use super::place::Place;
use super::{Exit, Failure, Surroundings, out};
use crate::domain::finding::Severity;
use crate::report::check::{self as report, Wanted};
use crate::report::standup::is_complete;

pub fn run(asked: &Check, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    if asked.new.is_some() {
        let remedy = "without --new; or without read_only = true in the config";
        place.writable("--new remembers what it told", remedy)?;
    }
    let mut engine = Engine::open(&place)?;
    let mut wanted = Wanted {
        least: Some(Severity::from(asked.min)),
        ..Wanted::default()
    };
    if let Some(name) = &asked.new {
        wanted.known = engine.told_before(name)?;
    }
    let fleet = engine.board(None)?;
    let text = if asked.json {
        report::json(&engine.with_offers(&fleet), &wanted)
    } else {
        let look = here.terminal.look(args.global.color, &place.config.ui);
        report::text(&fleet, &wanted, look)
    };
    let told = out::write(&text)?;
    let complete = is_complete(&fleet);
    // What a reader did not take is told again; so is nothing that was merely out of sight.
    if let Some(name) = &asked.new
        && told == out::Written::Whole
    {
        let mut standing = wanted.standing(&fleet);
        if !complete {
            standing.append(&mut wanted.known.clone());
        }
        engine.remember_told(name, &standing)?;
    }
    Ok(if !complete {
        Exit::Failed
    } else if wanted.counts(&fleet) {
        Exit::Found
    } else {
        Exit::Done
    })
}
