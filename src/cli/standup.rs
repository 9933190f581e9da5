//! `rounds standup`

use super::args::{Args, Standup};
use super::engine::Engine;
use super::place::{MAKE_WRITABLE, Place};
use super::{Exit, Failure, Surroundings, answer, out};
use crate::domain::page::Which;
use crate::report::{Board, standup as report};

pub fn run(asked: &Standup, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    if asked.done {
        let remedy = format!("without --done; or {MAKE_WRITABLE}");
        place.writable("--done moves the standup mark", &remedy)?;
    }
    let since = place.since(asked.since.as_deref())?;
    let mut engine = Engine::open(&place)?;
    let which = if asked.json || asked.md {
        Which::All
    } else {
        Which::Latest(report::MOST_ITEMS)
    };
    let (fleet, items) = engine.board_and_items(since, which)?;
    let offered = asked.json.then(|| engine.with_offers(&fleet));
    let board = Board {
        fleet: offered.as_ref().unwrap_or(&fleet),
        items: &items,
    };
    let text = if asked.json {
        report::json(&board)
    } else if asked.md {
        report::markdown(&board)
    } else {
        report::text(
            &board,
            here.terminal.look(args.global.color, &place.config.ui),
        )
    };
    // The mark moves only when the standup has been read: a reader that left early has not.
    let told = out::write(&text)?;
    if asked.done && told == out::Written::Whole {
        engine.mark(fleet.at)?;
        if !asked.json && !asked.md {
            answer("standup done: counts start again from now\n")?;
        }
    }
    engine.end();
    Ok(if report::is_complete(&fleet) {
        Exit::Done
    } else {
        Exit::Failed
    })
}
