//! What the contract check found, for people, for editors and for agents.

use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, paint, strong};
use super::{Look, wire};
use crate::domain::text::clean;
use crate::parse::{Diagnostic, Reader};
use crate::view::Mark;

/// Mistakes of one file that are written out; the rest is counted.
const MOST: usize = 200;

/// What became of one file.
#[derive(Clone, Debug)]
pub struct Linted {
    /// As it was named.
    pub file: String,
    /// None: not a file of the contract.
    pub reader: Option<Reader>,
    pub diagnostics: Vec<Diagnostic>,
    /// Why it could not be read.
    pub error: Option<String>,
}

/// `file:line:column: kind: what was found`, with what was expected and a remedy beneath.
pub fn text(files: &[Linted], look: Look) -> String {
    let mut out = String::new();
    for file in files {
        let name = clean(&file.file);
        if let Some(error) = &file.error {
            paint(
                &mut out,
                look,
                Mark::Fail,
                &format!("{name}: {}", clean(error)),
            );
            out.push('\n');
        }
        for one in file.diagnostics.iter().take(MOST) {
            diagnostic(&mut out, &name, one, look);
        }
        let rest = file.diagnostics.len().saturating_sub(MOST);
        if rest > 0 {
            let _ = writeln!(out, "{name}: and {rest} more (--json has all)");
        }
    }
    summary(&mut out, files, look);
    fitted(out, look)
}

fn diagnostic(out: &mut String, name: &str, one: &Diagnostic, look: Look) {
    strong(out, look, &format!("{name}:{}:{}:", one.line, one.column));
    let mark = if one.kind.is_damage() {
        Mark::Fail
    } else {
        Mark::Late
    };
    out.push(' ');
    paint(out, look, mark, one.kind.word());
    if !one.found.is_empty() {
        let _ = write!(out, ": {}", one.found);
    }
    out.push('\n');
    for (label, text) in [("expected", &one.expected), ("remedy", &one.remedy)] {
        if !text.is_empty() {
            faint(out, look, &format!("  {label}: "));
            let _ = writeln!(out, "{}", clean(text));
        }
    }
}

fn summary(out: &mut String, files: &[Linted], look: Look) {
    let checked = files
        .iter()
        .filter(|file| file.reader.is_some() && file.error.is_none())
        .count();
    let passed = files
        .iter()
        .filter(|file| file.reader.is_none() && file.error.is_none())
        .count();
    let mistakes: usize = files.iter().map(|file| file.diagnostics.len()).sum();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let found = match mistakes {
        0 => "nothing to mend".to_owned(),
        n => format!("{n} mistake{}", s(n)),
    };
    strong(
        out,
        look,
        &format!("{checked} file{} checked, {found}", s(checked)),
    );
    if passed > 0 {
        let _ = write!(out, "; {passed} not of the contract");
    }
    out.push('\n');
}

/// `rounds.lint/1`
pub fn json(files: &[Linted]) -> String {
    let files = files.iter().map(|file| WireFile {
        file: clean(&file.file).into_owned(),
        reader: file.reader.map(Reader::word),
        error: file.error.as_ref().map(|error| clean(error).into_owned()),
        diagnostics: file.diagnostics.iter().map(Into::into).collect(),
    });
    let mut out = wire::line(&WireLint {
        schema: "rounds.lint/1",
        files: files.collect(),
    });
    out.push('\n');
    out
}

#[derive(Serialize)]
struct WireLint<'a> {
    schema: &'static str,
    files: Vec<WireFile<'a>>,
}

#[derive(Serialize)]
struct WireFile<'a> {
    file: String,
    reader: Option<&'static str>,
    error: Option<String>,
    diagnostics: Vec<WireDiagnostic<'a>>,
}

#[derive(Serialize)]
struct WireDiagnostic<'a> {
    line: u32,
    column: u32,
    offset: u64,
    kind: &'static str,
    damage: bool,
    found: String,
    expected: &'a str,
    remedy: &'a str,
}

impl<'a> From<&'a Diagnostic> for WireDiagnostic<'a> {
    fn from(one: &'a Diagnostic) -> Self {
        Self {
            line: one.line,
            column: one.column,
            offset: one.offset,
            kind: one.kind.word(),
            damage: one.kind.is_damage(),
            found: one.found.to_string(),
            expected: &one.expected,
            remedy: &one.remedy,
        }
    }
}
