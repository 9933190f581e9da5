//! What operations left in rounds' own folder: a line each, and the difference to what is there now.

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{fitted, legible};
use super::{Look, wire};
use crate::domain::finding::Finding;
use crate::domain::id::AgentId;
use crate::domain::page::{Compared, Present};
use crate::domain::text::{clean, shown};
use crate::domain::time::{Age, Ts, Zone};
use crate::ops::difference::{beside, between, difference, told};
use crate::ops::{Copy, CopyKind, DiffLine};

/// A line for each, newest last.
pub fn list(agent: &AgentId, copies: &[Copy], look: Look) -> String {
    let mut out = String::new();
    for copy in copies {
        let _ = writeln!(
            out,
            "{agent}  {}  {}, {} bytes: {}\n  {}",
            path(copy),
            Age(copy.age),
            copy.bytes.len(),
            copy.kind.sentence(),
            shown(&copy.name)
        );
    }
    fitted(out, look)
}

/// What it has that is not there now, and the other way round.
pub fn compared(copy: &Copy, look: Look) -> String {
    let Some(now) = &copy.now else {
        return "the file that it is a version of is not there any more\n".to_owned();
    };
    let there = format!("{} now", path(copy));
    let kept = format!("{}: {}", shown(&copy.name), copy.kind.sentence());
    let wording = look.form.wording();
    let mut out = between(&there, &kept, wording);
    out.push_str(&told(now, &copy.bytes, wording));
    legible(out, look)
}

/// A version that was overwritten, beside what is there now.
pub fn lost(found: &Finding, compared: &Compared, zone: Zone, look: Look) -> String {
    let beside = beside(compared, zone, look.form.wording());
    legible(
        format!("{}: {}\n{beside}", found.agent, found.sentence),
        look,
    )
}

/// `rounds.lost/1`.
pub fn lost_json(all: &[(&Finding, Compared)], now: Ts) -> String {
    let one = |(found, compared): &(&Finding, Compared)| WireLost {
        finding: found.id(),
        agent: found.agent.to_string(),
        sentence: clean(&found.sentence).into_owned(),
        file: compared.of.file.shown().into_owned(),
        written: wire::moment(compared.of.at),
        version: shown(&compared.of.name).into_owned(),
        there: match compared.now {
            Present::File(_) => "file",
            Present::Replaced(_) => "replaced",
            Present::Nothing => "nothing",
        },
        difference: differing(compared.now.bytes(), &compared.lost),
    };
    let answer = WireOverwritten {
        schema: "rounds.lost/1",
        at: now.rfc3339(),
        lost: all.iter().map(one).collect(),
    };
    format!("{}\n", wire::line(&answer))
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
            Depth::Compared => copy
                .now
                .as_ref()
                .and_then(|now| differing(now, &copy.bytes)),
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

fn differing(there: &[u8], other: &[u8]) -> Option<Vec<WireLine>> {
    let lines = difference(there, other)?;
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
struct WireOverwritten {
    schema: &'static str,
    at: String,
    lost: Vec<WireLost>,
}

#[derive(Serialize)]
struct WireLost {
    finding: String,
    agent: String,
    sentence: String,
    file: String,
    written: Option<String>,
    version: String,
    there: &'static str,
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
