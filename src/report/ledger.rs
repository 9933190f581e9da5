//! The ledger's operations: `rounds.ledger/1`, and a line each.

use std::fmt::Write as _;

use serde::Serialize;

use super::operated::word;
use super::wire;
use crate::domain::time::{Ts, Zone};
use crate::ops::Landed;

/// One operation.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: Ts,
    pub op: String,
    pub verb: &'static str,
    pub subject: String,
    pub who: String,
    pub landed: Landed,
    pub sentence: String,
    pub lineage: String,
}

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
    subject: &'a str,
    who: &'a str,
    landed: &'static str,
    sentence: &'a str,
    lineage: &'a str,
}

/// One JSON document and a line end.
pub fn json(rows: &[Row]) -> String {
    let operations = rows.iter().map(|row| WireRow {
        at: row.at.rfc3339(),
        op: &row.op,
        verb: row.verb,
        subject: &row.subject,
        who: &row.who,
        landed: word(row.landed),
        sentence: &row.sentence,
        lineage: &row.lineage,
    });
    let mut out = wire::line(&Wire {
        schema: "rounds.ledger/1",
        operations: operations.collect(),
    });
    out.push('\n');
    out
}

/// A line each, newest last.
pub fn text(rows: &[Row], zone: Zone) -> String {
    if rows.is_empty() {
        return "nothing was ordered yet\n".to_owned();
    }
    let mut out = String::new();
    for row in rows {
        let _ = writeln!(
            out,
            "{}  {:<11}  {}",
            zone.date_hhmm(row.at),
            word(row.landed).replace('_', " "),
            row.lineage
        );
    }
    out
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
pub fn check_json(lines: usize, broken: &[(usize, String)]) -> String {
    let mut out = wire::line(&WireCheck {
        schema: "rounds.chain/1",
        lines,
        whole: broken.is_empty(),
        broken: broken
            .iter()
            .map(|(line, what)| WireBroken { line: *line, what })
            .collect(),
    });
    out.push('\n');
    out
}

/// A line for each that is wrong; one where nothing is.
pub fn check_text(lines: usize, broken: &[(usize, String)]) -> String {
    if broken.is_empty() {
        return format!("{lines} lines, each follows from the one before\n");
    }
    let mut out = String::new();
    for (line, what) in broken {
        let _ = writeln!(out, "ledger.jsonl:{line}: {what}");
    }
    out
}
