//! Shapes that several JSON answers share. `docs/json.md` and `assets/schema` describe them; a test compares.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::finding::{Evidence, Finding, Threshold};
use crate::domain::fleet::Fleet;
use crate::domain::offer::Offer;
use crate::domain::text::clean;
use crate::domain::time::{Ts, Zone};
use crate::domain::told::Told;
use crate::plan::make::Left;
use crate::view::told;

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
    /// When it was first told; `null` while it is not.
    first_shown: Option<String>,
    /// It comes and goes.
    flaps: bool,
    /// It asks for a person: neither acknowledged nor snoozed nor under maintenance, and more than an info.
    counts: bool,
    said: Option<&'static str>,
    /// Until when it is snoozed, or its agent under maintenance.
    until: Option<String>,
    /// Verbs that are possible on the subject.
    operations: Vec<&'static str>,
    refused: Vec<WireRefused<'a>>,
}

#[derive(Debug, Serialize)]
pub struct WireRefused<'a> {
    op: &'static str,
    why: &'a str,
}

#[derive(Debug, Serialize)]
pub struct WireEvidence<'a> {
    file: Cow<'a, str>,
    line: u32,
    text: Cow<'a, str>,
}

/// A task that is not planned, and why.
#[derive(Debug, Serialize)]
pub struct WireLeft {
    agent: Option<String>,
    task: String,
    why: String,
}

pub fn left(all: &[Left], zone: Zone) -> Vec<WireLeft> {
    let one = |left: &Left| WireLeft {
        agent: left.agent.as_ref().map(ToString::to_string),
        task: left.task.to_string(),
        why: clean(&left.why.says(zone)).into_owned(),
    };
    all.iter().map(one).collect()
}

/// Every case of a fleet that `wanted` takes, worst first.
pub fn findings(fleet: &Fleet, wanted: impl Fn(&Finding) -> bool) -> Vec<WireFinding<'_>> {
    let cases = fleet.cases().into_iter();
    cases
        .filter(|(finding, _)| wanted(finding))
        .map(|(finding, told)| {
            let offers = fleet.offers.get(&finding.id());
            let offers = offers.map_or(&[][..], Vec::as_slice);
            WireFinding::of(finding, told, offers, fleet.at)
        })
        .collect()
}

impl<'a> WireFinding<'a> {
    pub fn of(finding: &'a Finding, told: Option<&Told>, offers: &'a [Offer], now: Ts) -> Self {
        let (said, until) = told.map_or((None, None), |told| told::said(told, now));
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
            first_shown: moment(told.map(|told| told.at)),
            flaps: told.is_some_and(|told| told.flaps),
            counts: told.is_some_and(|told| told.counts(now)),
            said,
            until: moment(until),
            operations: offers
                .iter()
                .filter(|offer| offer.is_open())
                .map(|offer| offer.verb.word())
                .collect(),
            refused: offers
                .iter()
                .filter_map(|offer| {
                    Some(WireRefused {
                        op: offer.verb.word(),
                        why: offer.refused.as_deref()?,
                    })
                })
                .collect(),
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
