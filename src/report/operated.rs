//! What came of orders on the command line: `rounds.operated/1`, and the preview and a line each.

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{fitted, legible};
use super::{Look, wire};
use crate::domain::time::Ts;
use crate::ops::{Confirm, DiffLine, Landed, Plan, Refusal, Undoing, Wording};

/// Everything that one command ordered.
#[derive(Clone, Debug)]
pub struct Operated {
    pub at: Ts,
    pub verb: &'static str,
    pub dry_run: bool,
    pub ones: Vec<One>,
}

/// One order and what came of it.
#[derive(Clone, Debug, Default)]
pub struct One {
    pub op: String,
    pub subject: String,
    /// What it would do.
    pub meant: String,
    pub blast: String,
    /// The last that is known of the task.
    pub timeline: Vec<String>,
    /// What is less than safe about changing its file; nothing at level A.
    pub ground: Option<String>,
    pub diff: Vec<DiffLine>,
    /// What has to be said to it; `None`: it was refused before that was known.
    pub confirm: Option<Confirm>,
    /// Whether it can be taken back.
    pub undo: Option<Undoing>,
    /// `None`: it was not carried out.
    pub landed: Option<Landed>,
    /// What came of it.
    pub sentence: String,
    /// A, B or C; empty where no file was changed.
    pub level: String,
    pub verified: bool,
    /// Why not, and what would make it possible.
    pub refused: Option<(String, Option<String>)>,
}

impl One {
    pub fn new(op: String, subject: String) -> Self {
        Self {
            op,
            subject,
            ..Self::default()
        }
    }

    pub fn plan(&mut self, plan: &Plan) {
        self.meant.clone_from(&plan.sentence);
        self.blast.clone_from(&plan.blast.sentence);
        self.timeline.clone_from(&plan.timeline);
        self.ground.clone_from(&plan.ground);
        self.diff.clone_from(&plan.diff);
        self.confirm = Some(plan.level.clone());
        self.undo = Some(plan.undo.clone());
    }

    #[must_use]
    pub fn refuse(mut self, refusal: &Refusal) -> Self {
        self.refused = Some((refusal.why.clone(), refusal.possible.clone()));
        self
    }

    /// The sentence, how far it reaches, and the exact difference.
    pub fn preview(&self, look: Look) -> String {
        let mut text = format!("{}: {}\n", self.subject, self.meant);
        if !self.meant.contains(&self.blast) {
            let _ = writeln!(text, "  {}", self.blast);
        }
        for line in self.timeline.iter().chain(&self.ground) {
            let _ = writeln!(text, "  {line}");
        }
        let mut text = fitted(text, look);
        for line in &self.diff {
            let line = legible(line.told(look.form.wording()), look);
            let _ = writeln!(text, "  {line}");
        }
        let undo = match &self.undo {
            Some(Undoing::Possible(how)) => format!("  undo: {how}\n"),
            Some(Undoing::Never(why)) => format!("  cannot be undone: {why}\n"),
            None => String::new(),
        };
        text + &fitted(undo, look)
    }

    /// What came of it, for people.
    pub fn text(&self, look: Look) -> String {
        let text = match (&self.refused, self.landed) {
            (Some((why, possible)), _) => {
                let possible = possible
                    .as_deref()
                    .filter(|text| !text.is_empty())
                    .map_or_else(String::new, |text| format!("\n  possible: {text}"));
                format!("{}: not done: {why}{possible}\n", self.subject)
            }
            (None, Some(Landed::Done)) if self.verified => format!("{}; verified\n", self.sentence),
            (None, Some(_)) if self.sentence.contains(&self.subject) => {
                format!("{}\n", self.sentence)
            }
            (None, Some(_)) => format!("{}: {}\n", self.subject, self.sentence),
            (None, None) => {
                let confirm = self.confirm.as_ref().map(said).unwrap_or_default();
                return format!("{}  confirm: {confirm}\n", self.preview(look));
            }
        };
        fitted(text, look)
    }
}

/// What says yes to it on the command line.
pub fn said(confirm: &Confirm) -> String {
    match confirm {
        Confirm::None => "not needed".to_owned(),
        Confirm::Yes => "--yes".to_owned(),
        Confirm::Code(code) => format!("--code {}", code.text()),
        Confirm::CodeAndOutside(code) => {
            format!("--code {} --checked-outside, once you have", code.text())
        }
    }
}

/// The word of the table in docs/operations.md, and the code where there is one.
fn asked(confirm: &Confirm) -> (&'static str, Option<&str>) {
    match confirm {
        Confirm::None => ("none", None),
        Confirm::Yes => ("yes", None),
        Confirm::Code(code) => ("code", Some(code.text())),
        Confirm::CodeAndOutside(code) => ("code_and_outside", Some(code.text())),
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    at: String,
    verb: &'a str,
    dry_run: bool,
    subjects: Vec<WireOne<'a>>,
}

#[derive(Serialize)]
struct WireOne<'a> {
    subject: &'a str,
    op: &'a str,
    would: Option<&'a str>,
    reach: Option<&'a str>,
    diff: Vec<String>,
    confirm: Option<&'static str>,
    code: Option<&'a str>,
    undo: Option<&'a str>,
    landed: Option<&'static str>,
    sentence: Option<&'a str>,
    level: Option<&'a str>,
    verified: bool,
    refused: Option<&'a str>,
    possible: Option<&'a str>,
}

/// The word of JSON and the ledger's table.
pub fn word(landed: Landed) -> &'static str {
    match landed {
        Landed::Open => "open",
        Landed::Done => "done",
        Landed::NotApplied => "not_applied",
        Landed::Conflicted => "conflicted",
        Landed::Unknown => "unknown",
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Operated {
    /// One JSON document and a line end.
    pub fn json(&self) -> String {
        let subjects = self.ones.iter().map(|one| WireOne {
            subject: &one.subject,
            op: &one.op,
            would: some(&one.meant),
            reach: some(&one.blast),
            diff: one
                .diff
                .iter()
                .map(|line| line.told(Wording::Signs))
                .collect(),
            confirm: one.confirm.as_ref().map(|confirm| asked(confirm).0),
            code: one.confirm.as_ref().and_then(|confirm| asked(confirm).1),
            undo: match &one.undo {
                Some(Undoing::Possible(how)) => Some(how),
                Some(Undoing::Never(_)) | None => None,
            },
            landed: one.landed.map(word),
            sentence: some(&one.sentence),
            level: some(&one.level),
            verified: one.verified,
            refused: one.refused.as_ref().map(|(why, _)| why.as_str()),
            possible: one
                .refused
                .as_ref()
                .and_then(|(_, possible)| possible.as_deref()),
        });
        let mut out = wire::line(&Wire {
            schema: "rounds.operated/1",
            at: self.at.rfc3339(),
            verb: self.verb,
            dry_run: self.dry_run,
            subjects: subjects.collect(),
        });
        out.push('\n');
        out
    }
}
