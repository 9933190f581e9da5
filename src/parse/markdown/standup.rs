//! Standups in which each agent has a line of its own: `**Ada**: shipped it`, `- **Ada** — shipped it`, a row of a table.

use std::collections::HashSet;

use crate::domain::heartbeat::{Heartbeat, RunStatus};
use crate::domain::text::Lent;

use super::super::lines::{Line, LineKind};
use super::super::marker::sign;
use super::super::timestamp::{Found, Frame};
use super::super::{Body, Record};
use super::{Entry, Opener, Reading, list, person};

/// What every standup asks, as the name of a field.
const ASKED: &[&str] = &[
    "yesterday",
    "today",
    "did",
    "done",
    "doing",
    "next",
    "blockers",
    "blocker",
    "blocked",
    "plan",
    "summary",
    "status",
];

/// Whether a field is a part of somebody's report.
pub(super) fn is_part(name: &str) -> bool {
    ASKED.contains(&name)
}

impl<T: FnMut(Record<'static>)> Reading<'_, '_, T> {
    /// A line that begins with somebody's name in bold: an entry of its own, on the day in force.
    pub(super) fn of_person(&mut self, line: &Line, indent: usize) -> bool {
        // The title of the page is no section either.
        let title = |e: &Entry| matches!(e.opener, Opener::Heading(1));
        let below_day = self.open.as_ref().is_none_or(|e| e.is_day() || title(e));
        if !self.bold_names || indent >= 2 || self.planned.is_some() || !below_day {
            return false;
        }
        let Some((bold, said)) = label(&line.text) else {
            return false;
        };
        let Some(name) = name(bold) else {
            return false;
        };
        self.tell(line, name, said.to_owned(), sign(said))
    }

    /// A row of a table whose first column names people.
    pub(super) fn row_of_person(&mut self, line: &Line, cells: &[&str]) -> bool {
        if !self.standup || !self.table.is_of_people() || cells.len() < 2 {
            return false;
        }
        let Some(name) = person(cells[0]) else {
            return false;
        };
        let told: Vec<&str> = cells[1..]
            .iter()
            .copied()
            .filter(|cell| !cell.is_empty())
            .collect();
        self.tell(line, name, told.join(" · "), RunStatus::Unknown)
    }

    fn tell(&mut self, line: &Line, name: String, said: String, status: RunStatus) -> bool {
        let found = Found {
            day: self.day,
            ..Found::default()
        };
        let Some(at) = found.stamp(&Frame {
            zone: self.ctx.zone,
            day: None,
            vocabulary: self.ctx.vocabulary,
        }) else {
            return false;
        };
        self.stands_under();
        (self.take)(Record {
            offset: line.offset as u64,
            len: (line.end - line.offset) as u32,
            line: line.number,
            body: Body::Beat(Heartbeat {
                at,
                agent: Some(Lent::from(name)),
                status,
                msg: Some(Lent::from(said)),
                ..Heartbeat::default()
            }),
        });
        true
    }
}

/// Whether the bold words that lines directly below the day begin with are names of people: two at the least, and all of
/// them. One that is none makes the others labels of one report, too.
pub(super) fn has_bold_names(lines: &[Line<'_>]) -> bool {
    let mut names = HashSet::new();
    let mut within = false;
    for line in lines {
        match line.kind {
            // A title or a day is no section.
            LineKind::Heading(level) => {
                within = level > 1 && !line.text.contains(|c: char| c.is_ascii_digit());
            }
            LineKind::Text | LineKind::Bullet(0 | 1) if !within => {
                let Some((label, _)) = label(&line.text) else {
                    continue;
                };
                let Some(name) = name(label) else {
                    return false;
                };
                names.insert(name);
            }
            LineKind::Text | LineKind::Bullet(_) | LineKind::Row | LineKind::Blank => {}
        }
    }
    names.len() > 1
}

/// `**Ada**: text`, `**Ada:** text`, `**Ada** — text`: what is bold, and the text.
fn label(text: &str) -> Option<(&str, &str)> {
    let (bold, rest) = text.strip_prefix("**")?.split_once("**")?;
    let marks = [':', '：', '—', '–', '-'];
    let parted = bold.ends_with([':', '：']) || rest.trim_start().starts_with(marks);
    let said = rest.trim_start_matches(|c| c == ' ' || marks.contains(&c));
    (parted && !said.is_empty()).then_some((bold, said))
}

/// The name of one who reports: one word, that is no part of a report and nothing that was done.
fn name(bold: &str) -> Option<String> {
    const THINGS: &[&str] = &[
        "tests",
        "docs",
        "bugs",
        "fixes",
        "features",
        "releases",
        "issues",
        "tickets",
        "deploys",
        "infrastructure",
        "security",
        "lessons",
        "learnings",
        "wins",
        "risks",
        "time",
        "date",
        "agent",
        "focus",
        "mood",
        "result",
        "results",
        "errors",
    ];
    let word = bold.trim_matches(|c: char| !c.is_alphanumeric());
    let name = person(word)?;
    let done = ["ed", "ing", "tion", "ment"];
    let thing = THINGS.contains(&name.as_str()) || done.iter().any(|end| name.ends_with(end));
    let one = !word.contains(' ') && word.starts_with(char::is_alphabetic);
    (one && !thing && list(word).is_none() && !is_part(&name)).then_some(name)
}
