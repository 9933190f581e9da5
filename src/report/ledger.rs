//! The ledger's operations: `rounds.ledger/1`, and a line each.

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::fitted;
use super::{Look, wire};
use crate::domain::fleet::Fleet;
use crate::domain::ordered::{Chain, Journal};
use crate::view::ledger::{came, lineage};

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    operations: Vec<WireRow<'a>>,
}

#[derive(Serialize)]
struct WireRow<'a> {
    at: String,
    op: &'a str,
    verb: &'a str,
    subject: String,
    who: &'a str,
    standing: &'static str,
    picked_up: Option<String>,
    sentence: &'a str,
    lineage: String,
}

/// One JSON document and a line end, oldest first.
pub fn json(journal: &Journal, fleet: &Fleet) -> String {
    let operations = journal.orders.iter().rev().map(|one| WireRow {
        at: one.at.rfc3339(),
        op: one.op.as_str(),
        verb: one.verb.word(),
        subject: one.subject(),
        who: &one.who,
        standing: came(one, fleet).word(),
        picked_up: wire::moment(one.effect.taken),
        sentence: &one.sentence,
        lineage: lineage(one, fleet, fleet.at),
    });
    let mut out = wire::line(&Wire {
        schema: "rounds.ledger/1",
        operations: operations.collect(),
    });
    out.push('\n');
    out
}

/// A line each, newest last.
pub fn text(journal: &Journal, fleet: &Fleet, look: Look) -> String {
    if journal.orders.is_empty() {
        return "nothing was ordered yet\n".to_owned();
    }
    let mut out = String::new();
    for one in journal.orders.iter().rev() {
        let _ = writeln!(
            out,
            "{}  {:<13}  {}",
            fleet.zone().date_hhmm(one.at),
            came(one, fleet).word().replace('_', " "),
            lineage(one, fleet, fleet.at)
        );
    }
    fitted(out, look)
}

#[derive(Serialize)]
struct WireCheck<'a> {
    schema: &'static str,
    lines: usize,
    whole: bool,
    broken: Vec<WireBroken<'a>>,
}

#[derive(Serialize)]
struct WireBroken<'a> {
    line: usize,
    what: &'a str,
}

/// One JSON document and a line end.
pub fn check_json(chain: &Chain) -> String {
    let mut out = wire::line(&WireCheck {
        schema: "rounds.chain/1",
        lines: chain.lines,
        whole: chain.broken.is_empty(),
        broken: chain
            .broken
            .iter()
            .map(|(line, what)| WireBroken { line: *line, what })
            .collect(),
    });
    out.push('\n');
    out
}

/// A line for each that is wrong; one where nothing is.
pub fn check_text(chain: &Chain) -> String {
    if chain.broken.is_empty() {
        return match chain.lines {
            0 => "no operations yet\n".to_owned(),
            1 => "1 line, whole\n".to_owned(),
            n => format!("{n} lines, each follows from the one before\n"),
        };
    }
    let mut out = String::new();
    for (line, what) in &chain.broken {
        let _ = writeln!(out, "ledger.jsonl:{line}: {what}");
    }
    out
}
