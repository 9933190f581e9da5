//! Shapes that several JSON answers share. `docs/json.md` and `assets/schema` describe them; a test compares.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::finding::{Evidence, Finding, Threshold};
use crate::domain::text::clean;
use crate::domain::time::Ts;

/// Everything here borrows from the snapshot where nothing had to be made visible.
#[derive(Debug, Serialize)]
pub struct WireFinding<'a> {
    id: String,
    kind: &'static str,
    severity: &'static str,
    agent: String,
    task: Option<String>,
    since: String,
    /// With its source: `08:00 + 15m grace (default)`.
    threshold: Option<String>,
    sentence: Cow<'a, str>,
    clears: Cow<'a, str>,
    evidence: Vec<WireEvidence<'a>>,
    /// Verbs that are possible on the subject.
    operations: [&'static str; 0],
    refused: [&'static str; 0],
}

#[derive(Debug, Serialize)]
pub struct WireEvidence<'a> {
    file: Cow<'a, str>,
    line: u32,
    text: Cow<'a, str>,
}

impl<'a> From<&'a Finding> for WireFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            id: finding.id(),
            kind: finding.kind.word(),
            severity: finding.severity.word(),
            agent: finding.agent.to_string(),
            task: finding.task.as_ref().map(ToString::to_string),
            since: finding.since.rfc3339(),
            threshold: finding.threshold.as_ref().map(threshold),
            sentence: clean(&finding.sentence),
            clears: clean(&finding.clears),
            evidence: finding.evidence.iter().map(Into::into).collect(),
            operations: [],
            refused: [],
        }
    }
}

impl<'a> From<&'a Evidence> for WireEvidence<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            file: evidence.file.shown(),
            line: evidence.locus.line,
            text: evidence.text.shown(),
        }
    }
}

/// A threshold with its source.
pub fn threshold(threshold: &Threshold) -> String {
    format!("{} ({})", clean(&threshold.text), threshold.source.word())
}

pub fn moment(at: Option<Ts>) -> Option<String> {
    at.map(Ts::rfc3339)
}

/// One line of JSON without a line end.
///
/// # Panics
/// Never: the shapes have string keys and no maps of other keys, the only things that JSON cannot hold.
pub fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("shapes of this module are JSON")
}
