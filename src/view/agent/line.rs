//! The lines that pages are made of.

use crate::domain::id::{AgentId, Locus, TaskId};
use crate::domain::time::Ts;
use crate::view::Mark;
use crate::view::wrap::wrap;

/// How a line is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens a part of the page.
    Section,
    /// A label and its value.
    Fact,
    /// Something that happened or is, with its mark.
    Entry(Mark),
    /// A line of a file that proves it: when it was written, and where it stands.
    Proof,
    /// Goes on from the line above.
    More,
}

/// An agent's page, or that of one of its tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub agent: AgentId,
    pub task: Option<TaskId>,
}

/// One line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    /// The label of a fact, the time of an entry.
    pub label: String,
    pub text: String,
    /// Where it is written, so that it opens in one key.
    pub locus: Option<Locus>,
    pub at: Option<Ts>,
    /// Whose page it leads to.
    pub opens: Option<Target>,
}

impl Line {
    pub(in crate::view) fn section(text: &str) -> Self {
        Self {
            kind: Kind::Section,
            label: String::new(),
            text: text.to_owned(),
            locus: None,
            at: None,
            opens: None,
        }
    }
    pub(in crate::view) fn fact(label: &str, text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Fact,
            label: label.to_owned(),
            text: text.into(),
            locus: None,
            at: None,
            opens: None,
        }
    }
    pub(in crate::view) fn more(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::More,
            label: String::new(),
            text: text.into(),
            locus: None,
            at: None,
            opens: None,
        }
    }
    pub(in crate::view) fn entry(mark: Mark, label: String, text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Entry(mark),
            label,
            text: text.into(),
            locus: None,
            at: None,
            opens: None,
        }
    }
    pub(in crate::view) fn found_at(mut self, locus: Option<Locus>, at: Option<Ts>) -> Self {
        self.locus = locus;
        self.at = at;
        self
    }
    pub(in crate::view) fn about(mut self, agent: &AgentId, task: Option<&TaskId>) -> Self {
        self.opens = Some(Target {
            agent: agent.clone(),
            task: task.cloned(),
        });
        self
    }
}

/// Sentences go on over as many lines as they need, each as wide as the room it has; a line that has none stays as it is.
pub fn wrapped(lines: Vec<Line>, room: impl Fn(&Line) -> Option<usize>) -> Vec<Line> {
    let mut all = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(width) = room(&line) else {
            all.push(line);
            continue;
        };
        for (i, part) in wrap(&line.text, width).into_iter().enumerate() {
            let mut next = Line {
                text: part,
                ..line.clone()
            };
            if i > 0 {
                next.label.clear();
                next.kind = Kind::More;
            }
            all.push(next);
        }
    }
    all
}
