//! What operations left in rounds' own folder: a line each, and the difference to what is there now.

use std::fmt::Write as _;

use serde::Serialize;

use super::wire;
use crate::domain::finding::Finding;
use crate::domain::id::AgentId;
use crate::domain::page::Compared;
use crate::domain::text::shown;
use crate::domain::time::{Age, Ts, Zone};
use crate::ops::merge::{beside, difference, told};
use crate::ops::{Copy, CopyKind, DiffLine};

/// A line for each, newest last.
pub fn list(agent: &AgentId, copies: &[Copy]) -> String {
    let mut out = String::new();
    for copy in copies {
        let file = copy.file.as_ref();
        let path = file.map_or_else(|| "?".to_owned(), |file| file.path.to_string());
        let _ = writeln!(
            out,
            "{agent}  {path}  {}, {} bytes: {}\n  {}",
            Age(copy.age),
            copy.bytes.len(),
            copy.kind.sentence(),
            shown(&copy.name)
        );
    }
    out
}

/// What it has that is not there now, and the other way round.
pub fn compared(copy: &Copy) -> String {
    let Some(now) = &copy.now else {
        return "the file that it is a version of is not there any more\n".to_owned();
    };
    let mut out = format!(
        "- {} now\n+ {}: {}\n",
        path(copy),
        shown(&copy.name),
        copy.kind.sentence()
    );
    out.push_str(&told(now, &copy.bytes));
    out
}

/// A version that was overwritten, beside what is there now.
pub fn lost(found: &Finding, compared: &Compared, zone: Zone) -> String {
    let beside = beside(compared, zone);
    format!("{}: {}\n{beside}", found.agent, found.sentence)
}

/// Whether the differences to what is there now are told, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    List,
    Compared,
}

/// `rounds.kept/1`.
pub fn json(kept: &[(AgentId, Vec<Copy>)], now: Ts, depth: Depth) -> String {
    let one = |agent: &AgentId, copy: &Copy| WireCopy {
        agent: agent.to_string(),
        file: copy.file.as_ref().map(|file| file.path.to_string()),
        copy: shown(&copy.name).into_owned(),
        op: copy.op.to_string(),
        kind: copy.kind,
        age_s: copy.age.0 / 1_000,
        bytes: copy.bytes.len(),
        difference: match depth {
            Depth::List => None,
            Depth::Compared => differing(copy),
        },
    };
    let all = kept.iter();
    let answer = WireKept {
        schema: "rounds.kept/1",
        at: now.rfc3339(),
        copies: all
            .flat_map(|(agent, copies)| copies.iter().map(|copy| one(agent, copy)))
            .collect(),
    };
    format!("{}\n", wire::line(&answer))
}

fn differing(copy: &Copy) -> Option<Vec<WireLine>> {
    let lines = difference(copy.now.as_ref()?, &copy.bytes)?;
    let line = |line: DiffLine| WireLine {
        line: line.line,
        sign: line.sign.mark(),
        text: line.text,
    };
    Some(lines.into_iter().map(line).collect())
}

#[derive(Serialize)]
struct WireKept {
    schema: &'static str,
    at: String,
    copies: Vec<WireCopy>,
}

#[derive(Serialize)]
struct WireCopy {
    agent: String,
    file: Option<String>,
    copy: String,
    op: String,
    kind: CopyKind,
    age_s: i64,
    bytes: usize,
    difference: Option<Vec<WireLine>>,
}

#[derive(Serialize)]
struct WireLine {
    line: u32,
    sign: char,
    text: String,
}

fn path(copy: &Copy) -> String {
    let file = copy.file.as_ref();
    file.map_or_else(|| "?".to_owned(), |file| file.path.to_string())
}
