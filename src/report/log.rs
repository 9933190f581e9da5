//! The merged log, a line a row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, sign_of};
use super::{Look, wire};
use crate::domain::fleet::Fleet;
use crate::domain::id::FileId;
use crate::domain::log::{LogKind, LogRow};
use crate::domain::text::Untrusted;
use crate::domain::time::Zone;
use crate::view::log::line;

/// Names of files by number, for showing where a row stands.
#[derive(Debug, Default)]
pub struct Files<'a> {
    names: HashMap<FileId, &'a Untrusted>,
}

impl<'a> Files<'a> {
    pub fn of(fleet: &'a Fleet) -> Self {
        let files = fleet.agents.iter().flat_map(|agent| &agent.files);
        Self {
            names: files.map(|file| (file.id, &file.path)).collect(),
        }
    }

    fn name(&self, id: FileId) -> Option<Cow<'a, str>> {
        self.names.get(&id).map(|name| name.shown())
    }
}

/// `2026-03-27 06:02:40  ✗ publisher     newsletter  SMTP 451`
pub fn text(out: &mut String, row: &LogRow, zone: Zone, look: Look) {
    let mut page = String::with_capacity(120);
    write(&mut page, row, zone, look);
    out.push_str(&fitted(page, look));
}

fn write(out: &mut String, row: &LogRow, zone: Zone, look: Look) {
    let line = line(row, 1, zone);
    let day = zone.day_of(row.at);
    faint(out, look, &format!("{day} {}", line.time));
    out.push_str("  ");
    let sign = sign_of(line.mark, look);
    paint(out, look, line.mark, sign);
    out.push(' ');
    left(out, &line.agent, 14);
    out.push(' ');
    left(out, &line.task, 16);
    let _ = writeln!(out, " {}", line.text);
}

/// One line of `rounds.log/1`.
pub fn json(out: &mut String, row: &LogRow, files: &Files<'_>) {
    let row = Row {
        schema: "rounds.log/1",
        at: row.at.rfc3339(),
        agent: row.agent.to_string(),
        task: row.task.as_ref().map(ToString::to_string),
        run: row.run.as_ref().map(ToString::to_string),
        kind: kind(row.kind),
        status: row.status.word(),
        did: row.did,
        skipped: row.skipped,
        failed: row.failed,
        text: row.text.shown(),
        file: files.name(row.locus.file),
        line: row.locus.line,
    };
    out.push_str(&wire::line(&row));
    out.push('\n');
}

fn kind(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Beat => "beat",
        LogKind::Step => "step",
        LogKind::Plan => "plan",
        LogKind::Damage => "damage",
    }
}

#[derive(Serialize)]
struct Row<'a> {
    schema: &'static str,
    at: String,
    agent: String,
    task: Option<String>,
    run: Option<String>,
    kind: &'static str,
    status: &'static str,
    did: u32,
    skipped: u32,
    failed: u32,
    text: Cow<'a, str>,
    file: Option<Cow<'a, str>>,
    line: u32,
}
