//! A finding over time: what the queue shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Finding, Severity};
use super::policy::{GapFlag, Maintenance};
use super::retro::VerdictKind;
use super::time::Ts;

/// What the operator said about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Seen; it counts no more while this case lasts.
    Acknowledged,
    /// Not before then.
    SnoozedUntil(Ts),
}

/// Everything the operator said, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// By the id of the case, with how severe it was when it was said.
    pub cases: BTreeMap<String, (Said, Severity)>,
    /// Windows of maintenance, by when they began.
    pub windows: Vec<Maintenance>,
    /// Gaps that a retro left for a person.
    pub flags: Vec<GapFlag>,
}

impl Spoken {
    /// What holds for a finding. What was said about a warning does not hold for the critical it became.
    pub fn about(&self, finding: &Finding) -> Option<Said> {
        if self.cases.is_empty() {
            return None;
        }
        let (said, severity) = self.cases.get(&finding.id())?;
        (finding.severity <= *severity).then_some(*said)
    }

    /// A gap is flagged, or closed again; the latest word stands.
    pub fn judge(&mut self, flag: GapFlag, verdict: VerdictKind) {
        let same = |known: &GapFlag| {
            (&known.agent, &known.task, known.slot) == (&flag.agent, &flag.task, flag.slot)
        };
        self.flags.retain(|known| !same(known));
        match verdict {
            VerdictKind::Flagged => self.flags.push(flag),
            VerdictKind::Closed => {}
        }
    }

    /// A window begins; whatever stood for the same agent, or for all, ends. One that ends before it begins is no window.
    pub fn maintain(&mut self, window: Maintenance) {
        let stands = |w: &&mut Maintenance| w.agent == window.agent && w.to > window.from;
        for known in self.windows.iter_mut().filter(stands) {
            known.to = window.from;
        }
        if window.to > window.from {
            self.windows.push(window);
        }
    }
}

/// What is remembered of what was told, so that it outlives the process.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A case was told for the first time at this moment, or became worse.
    Raised { at: Ts, finding: Arc<Finding> },
    /// It is over.
    Cleared { at: Ts, case: String },
}

/// One case that is told: it stands, or it flaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub finding: Arc<Finding>,
    /// When it was first told: against `finding.since` this is the delay of detection.
    pub at: Ts,
    /// It came and went three times within the hour.
    pub flaps: bool,
    pub said: Option<Said>,
    /// Its agent, or the whole fleet, is under maintenance until then.
    pub maintained: Option<Ts>,
}

impl Told {
    /// A single look has no memory: whatever it finds is told there and then.
    pub fn at_once(finding: &Arc<Finding>, now: Ts) -> Self {
        Self {
            finding: finding.clone(),
            at: now,
            flaps: false,
            said: None,
            maintained: None,
        }
    }

    /// It asks for a person: for the queue and for exit statuses.
    pub fn counts(&self, now: Ts) -> bool {
        let heard = match self.said {
            None => true,
            Some(Said::Acknowledged) => false,
            Some(Said::SnoozedUntil(until)) => now >= until,
        };
        let works = self.maintained.is_none_or(|until| now >= until);
        heard && works && self.finding.severity > Severity::Info
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Blast, FindingKind};
    use crate::domain::id::AgentId;

    fn window(agent: Option<&str>, from: i64, to: i64) -> Maintenance {
        Maintenance {
            agent: agent.map(AgentId::from),
            from: Ts(from),
            to: Ts(to),
        }
    }

    #[test]
    fn a_window_replaces_the_one_before_of_the_same_agent() {
        let mut spoken = Spoken::default();
        spoken.maintain(window(None, 0, 100));
        spoken.maintain(window(Some("a"), 10, 50));
        spoken.maintain(window(Some("a"), 20, 90));
        spoken.maintain(window(None, 30, 30));
        let expected = [
            window(None, 0, 30),
            window(Some("a"), 10, 20),
            window(Some("a"), 20, 90),
        ];
        assert_eq!(spoken.windows, expected);
    }

    #[test]
    fn an_acknowledged_warning_that_becomes_critical_counts() {
        let mut finding = Finding {
            kind: FindingKind::Missed,
            severity: Severity::Warning,
            agent: AgentId::from("a"),
            task: None,
            since: Ts(1),
            blast: Blast::None,
            sentence: String::new(),
            threshold: None,
            evidence: Vec::new(),
            clears: String::new(),
        };
        let said = (Said::Acknowledged, Severity::Warning);
        let spoken = Spoken {
            cases: [(finding.id(), said)].into(),
            ..Spoken::default()
        };
        assert_eq!(spoken.about(&finding), Some(Said::Acknowledged));
        finding.severity = Severity::Critical;
        assert_eq!(spoken.about(&finding), None);
    }
}
