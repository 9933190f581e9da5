//! What is in rounds' way, and how it reads every file.

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, sign_of, strong};
use super::{Form, Look, wire};
use crate::domain::text::clean;
use crate::view::Mark;
use crate::view::agent::bytes;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Good,
    /// Works, with less.
    Doubt,
    /// Does not work.
    Bad,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
        }
    }

    fn mark(self) -> Mark {
        match self {
            Self::Good => Mark::Ok,
            Self::Doubt => Mark::Late,
            Self::Bad => Mark::Fail,
        }
    }
}

/// One thing that was looked at. Texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub verdict: Verdict,
    pub found: String,
    pub remedy: Option<String>,
}

/// One file and what its reader makes of it. Texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    pub file: String,
    pub reader: &'static str,
    pub why: &'static str,
    pub bytes: u64,
    pub records: u64,
    pub damaged: u64,
    pub unknown_words: Vec<String>,
    pub assumed_zones: u64,
    /// Records later than the file itself.
    pub wrong_clocks: u64,
    pub error: Option<String>,
    pub first: Option<String>,
}

/// One agent and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    pub agent: String,
    pub folder: String,
    pub files: Vec<File>,
}

/// Everything `rounds doctor` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doctor {
    pub checks: Vec<Check>,
    pub agents: Vec<Agent>,
    pub looked_at: Vec<String>,
    /// Files were read in full, not only recognised.
    pub in_full: bool,
}

impl Doctor {
    pub fn worst(&self) -> Verdict {
        let checks = self.checks.iter().map(|check| check.verdict);
        checks.max().unwrap_or(Verdict::Good)
    }
}

/// For people.
pub fn text(doctor: &Doctor, look: Look) -> String {
    let mut out = String::new();
    for check in &doctor.checks {
        match look.form {
            Form::Columns => {
                mark(&mut out, check.verdict.mark(), look);
                out.push(' ');
            }
            Form::Lines => {
                out.push_str(check.verdict.word());
                out.push_str(", ");
            }
        }
        left(&mut out, check.name, 10);
        let _ = writeln!(out, " {}", check.found);
        if let Some(remedy) = &check.remedy {
            faint(&mut out, look, "             try: ");
            let _ = writeln!(out, "{remedy}");
        }
    }
    for agent in &doctor.agents {
        out.push('\n');
        strong(&mut out, look, &agent.agent);
        let _ = writeln!(out, "  {}", agent.folder);
        for one in &agent.files {
            file(&mut out, one, doctor.in_full, look);
        }
    }
    if !doctor.in_full && !doctor.agents.is_empty() {
        out.push_str("\n`rounds doctor PATH` reads these files in full and says what is damaged\n");
    }
    fitted(out, look)
}

fn mark(out: &mut String, mark: Mark, look: Look) {
    paint(out, look, mark, sign_of(mark, look));
}

fn file(out: &mut String, file: &File, in_full: bool, look: Look) {
    let trouble = file.error.is_some() || file.damaged > 0;
    out.push_str("  ");
    mark(out, if trouble { Mark::Fail } else { Mark::Ok }, look);
    out.push(' ');
    left(out, &file.file, 28);
    let _ = write!(
        out,
        " {}, {} ({})",
        bytes(file.bytes),
        file.reader,
        file.why
    );
    out.push('\n');
    if let Some(error) = &file.error {
        let _ = writeln!(out, "      cannot be read: {error}");
        return;
    }
    if !in_full {
        return;
    }
    let mut parts = vec![format!("{} records", file.records)];
    if file.damaged > 0 {
        parts.push(format!("{} damaged", file.damaged));
    }
    if file.assumed_zones > 0 {
        parts.push(format!("{} times without a zone", file.assumed_zones));
    }
    if file.wrong_clocks > 0 {
        parts.push(format!("{} by a clock that runs ahead", file.wrong_clocks));
    }
    if !file.unknown_words.is_empty() {
        parts.push(format!("unknown words: {}", file.unknown_words.join(", ")));
    }
    let _ = writeln!(out, "      {}", parts.join("; "));
    if let Some(first) = &file.first {
        faint(out, look, "      first: ");
        let _ = writeln!(out, "{first}");
    }
}

/// `rounds.doctor/1`
pub fn json(doctor: &Doctor) -> String {
    let checks = doctor.checks.iter().map(|check| WireCheck {
        name: check.name,
        verdict: check.verdict.word(),
        found: clean(&check.found).into_owned(),
        remedy: check.remedy.as_deref(),
    });
    let mut out = wire::line(&WireDoctor {
        schema: "rounds.doctor/1",
        version: env!("CARGO_PKG_VERSION"),
        checks: checks.collect(),
        agents: &doctor.agents,
        looked_at: &doctor.looked_at,
    });
    out.push('\n');
    out
}

#[derive(Serialize)]
struct WireDoctor<'a> {
    schema: &'static str,
    version: &'static str,
    checks: Vec<WireCheck<'a>>,
    agents: &'a [Agent],
    looked_at: &'a [String],
}

#[derive(Serialize)]
struct WireCheck<'a> {
    name: &'static str,
    verdict: &'static str,
    found: String,
    remedy: Option<&'a str>,
}
