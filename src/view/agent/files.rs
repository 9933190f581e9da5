//! An agent's files: those that changed lately or are not whole.

use crate::domain::facts::{FileFacts, FileState};
use crate::domain::fleet::AgentView;
use crate::domain::text::clean;
use crate::domain::time::{Age, Span, Ts};
use crate::view::Mark;

use super::Line;

/// Files that changed lately or are not whole; the others are counted.
pub(super) fn files(agent: &AgentView, now: Ts, lines: &mut Vec<Line>) {
    lines.push(Line::section("files"));
    lines.push(Line::fact("folder", agent.folder.shown()));
    let telling = |file: &&FileFacts| {
        file.damaged > 0 || file.state != FileState::Good || now - file.modified < Span::days(2)
    };
    for file in agent.files.iter().filter(telling) {
        let age = Age::at(now, file.modified).to_string();
        lines.push(Line::entry(file_mark(file), age, file_text(file, now)));
    }
    match agent.files.len() - agent.files.iter().filter(telling).count() {
        0 => {}
        1 => lines.push(Line::more("and one older file")),
        older => lines.push(Line::more(format!("and {older} older files"))),
    }
}

fn file_mark(file: &FileFacts) -> Mark {
    match file.state {
        FileState::Good if file.damaged == 0 => Mark::Ok,
        FileState::Good | FileState::Gone { .. } => Mark::Unknown,
        FileState::Torn { .. } | FileState::Unreadable { .. } => Mark::Fail,
    }
}

fn file_text(file: &FileFacts, now: Ts) -> String {
    let state = match &file.state {
        FileState::Good => String::new(),
        FileState::Torn { since, what } => {
            format!(", torn for {}: {}", Age::at(now, *since), clean(what))
        }
        FileState::Unreadable { since, what } => {
            format!(", unreadable for {}: {}", Age::at(now, *since), clean(what))
        }
        FileState::Gone { since } => format!(", gone for {}", Age::at(now, *since)),
    };
    let damage = match (&file.damage, file.damaged) {
        (_, 0) => String::new(),
        (Some(what), n) => format!(", {n} damaged, last: {what}"),
        (None, n) => format!(", {n} damaged"),
    };
    format!("{} {}{state}{damage}", file.path, bytes(file.size))
}

/// `412 B`, `12 kB`, `1.2 MB`
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", n / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.1} GB", n as f64 / 1e9),
    }
}
