//! `rounds ledger`

use super::args::Args;
use super::engine::Engine;
use super::orders::{LedgerWhat, ShowLedger};
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::report::ledger::{self as report, Row};

pub fn run(asked: &ShowLedger, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    let engine = Engine::open(&place)?;
    if asked.what == Some(LedgerWhat::Verify) {
        let check = engine.verify_ledger()?;
        answer(&if asked.json {
            report::check_json(check.lines, &check.broken)
        } else {
            report::check_text(check.lines, &check.broken)
        })?;
        return Ok(if check.broken.is_empty() {
            Exit::Done
        } else {
            Exit::Found
        });
    }
    let rows: Vec<Row> = engine
        .ledger()?
        .into_iter()
        .map(|row| Row {
            at: row.at,
            op: row.op,
            verb: row.verb,
            subject: row.subject,
            who: row.who,
            landed: row.landed,
            sentence: row.sentence,
            lineage: row.lineage,
        })
        .collect();
    answer(&if asked.json {
        report::json(&rows)
    } else {
        report::text(&rows, place.zone)
    })?;
    Ok(Exit::Done)
}
