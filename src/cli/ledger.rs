//! `rounds ledger`

use super::args::Args;
use super::engine::Engine;
use super::orders::{LedgerWhat, ShowLedger};
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::report::ledger as report;

pub fn run(asked: &ShowLedger, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    let mut engine = Engine::open(&place)?;
    // The board first: it brings the mirror up to date, which knows what the agents did about an order.
    let fleet = engine.whoever_is_there(None)?;
    let journal = engine.ledger()?;
    if asked.what == Some(LedgerWhat::Verify) {
        answer(&if asked.json {
            report::check_json(&journal.chain)
        } else {
            report::check_text(&journal.chain)
        })?;
        return Ok(if journal.chain.broken.is_empty() {
            Exit::Done
        } else {
            Exit::Found
        });
    }
    answer(&if asked.json {
        report::json(&journal, &fleet)
    } else {
        let look = here.terminal.look(args.global.color, &place.config.ui);
        report::text(&journal, &fleet, look)
    })?;
    Ok(Exit::Done)
}
