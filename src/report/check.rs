//! What is wrong: one line a finding for people, `rounds.check/1` for scripts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::Look;
use super::sign::{faint, fitted, left, paint, right, sign_of};
use super::standup::is_complete;
use super::wire::{self, WireFinding};
use crate::domain::finding::{Finding, Severity};
use crate::domain::fleet::Fleet;
use crate::domain::text::clean;
use crate::domain::time::Age;
use crate::domain::told::Told;
use crate::view::{digest, told};

/// Which findings are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `None`: all.
    pub least: Option<Severity>,
    /// Cases that were told before, by id: only others are wanted.
    pub known: BTreeSet<String>,
}

impl Wanted {
    fn takes(&self, finding: &Finding) -> bool {
        self.least.is_none_or(|least| finding.severity >= least)
            && (self.known.is_empty() || !self.known.contains(&finding.id()))
    }

    fn cases<'a>(&self, fleet: &'a Fleet) -> Vec<(&'a Finding, Option<&'a Told>)> {
        let cases = fleet.cases().into_iter();
        cases
            .filter(|(finding, _)| self.takes(finding))
            .map(|(finding, told)| (finding.as_ref(), told))
            .collect()
    }

    /// Whether any of them asks for a person.
    pub fn counts(&self, fleet: &Fleet) -> bool {
        let cases = self.cases(fleet).into_iter();
        cases
            .filter_map(|(_, told)| told)
            .any(|told| told.counts(fleet.at))
    }

    /// The ids of what counts, whether it was known or not: what the next check need not tell again.
    pub fn standing(&self, fleet: &Fleet) -> BTreeSet<String> {
        let severe = |told: &&Told| {
            self.least
                .is_none_or(|least| told.finding.severity >= least)
        };
        let told = fleet.told.iter().filter(severe);
        told.map(|told| told.finding.id()).collect()
    }
}

/// One JSON document and a line end.
pub fn json(fleet: &Fleet, wanted: &Wanted) -> String {
    let answer = Check {
        schema: "rounds.check/1",
        at: fleet.at.rfc3339(),
        complete: is_complete(fleet),
        blind: fleet.health.blind.iter().map(|name| clean(name)).collect(),
        findings: wire::findings(fleet, |finding| wanted.takes(finding)),
    };
    let mut out = wire::line(&answer);
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    at: String,
    complete: bool,
    blind: Vec<Cow<'a, str>>,
    findings: Vec<WireFinding<'a>>,
}

/// One line a finding, worst first, and one at the end that says whether everything was read.
pub fn text(fleet: &Fleet, wanted: &Wanted, look: Look) -> String {
    let mut out = String::with_capacity(256);
    let cases = wanted.cases(fleet);
    for (finding, told) in &cases {
        line(&mut out, fleet, finding, *told, look);
    }
    for source in &fleet.health.blind {
        let _ = writeln!(out, "cannot be read: {}", clean(source));
    }
    let counting = |told: &&Told| told.counts(fleet.at);
    let n = cases
        .iter()
        .filter_map(|(_, told)| *told)
        .filter(counting)
        .count();
    let verdict = match (is_complete(fleet), n) {
        (false, _) => "not everything could be read: this is no all clear",
        (true, 0) if wanted.known.is_empty() => "all clear",
        (true, 0) => "nothing new",
        (true, _) => "",
    };
    if !verdict.is_empty() {
        let _ = writeln!(out, "{verdict}");
    }
    fitted(out, look)
}

fn line(out: &mut String, fleet: &Fleet, finding: &Finding, told: Option<&Told>, look: Look) {
    let row = fleet.agent(&finding.agent).map(|agent| agent.row);
    let mark = digest::mark(finding, row);
    paint(out, look, mark, sign_of(mark, look));
    out.push(' ');
    left(out, finding.severity.word(), 9);
    right(out, &Age::at(fleet.at, finding.since).to_string(), 6);
    let _ = write!(out, "  {} ", finding.agent);
    let _ = write!(out, "{}", clean(&finding.sentence));
    if let Some(text) = told.and_then(|told| told::aside(fleet, told)) {
        faint(out, look, &format!(" ({text})"));
    }
    let mut id = String::from("  ");
    id.push_str(&finding.id());
    faint(out, look, &id);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::told::Said;
    use crate::view::fixture;

    #[test]
    fn what_is_acknowledged_is_listed_and_does_not_count() {
        let mut fleet = fixture::fleet();
        let all = Wanted::default();
        assert!(all.counts(&fleet));
        for told in &mut fleet.told {
            told.said = Some(Said::Acknowledged);
        }
        assert!(!all.counts(&fleet));
        let text = text(&fleet, &all, Look::PLAIN);
        assert!(text.contains("(acknowledged)"), "{text}");
        assert!(text.ends_with("all clear\n"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&json(&fleet, &all)).unwrap();
        assert_eq!(json["findings"][0]["said"], "acknowledged");
        assert_eq!(json["findings"][0]["counts"], false);
    }

    #[test]
    fn only_what_is_asked_for_is_told() {
        let fleet = fixture::fleet();
        let critical = Wanted {
            least: Some(Severity::Critical),
            ..Wanted::default()
        };
        let all = Wanted::default();
        let (some, every) = (critical.cases(&fleet).len(), all.cases(&fleet).len());
        assert!(some > 0 && some < every);
        let known = Wanted {
            known: all.standing(&fleet),
            ..Wanted::default()
        };
        assert_eq!(known.cases(&fleet), []);
        assert!(text(&fleet, &known, Look::PLAIN).contains("nothing new"));
    }

    #[test]
    fn what_was_not_read_is_no_all_clear() {
        let mut fleet = fixture::fleet();
        (fleet.findings, fleet.told) = (Vec::new(), Vec::new());
        let all = Wanted::default();
        assert_eq!(text(&fleet, &all, Look::PLAIN), "all clear\n");
        fleet.health.blind = vec!["a/heartbeat.jsonl: permission denied".to_owned()];
        let text = text(&fleet, &all, Look::PLAIN);
        assert!(text.contains("permission denied") && text.contains("no all clear"));
    }
}
