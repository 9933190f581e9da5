//! What is handed to the operator's hook: each case that begins to count, and each that is over. Pure: the moment is a
//! parameter, what was handed over is kept by the caller.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::domain::finding::{Finding, Severity};
use crate::domain::fleet::Fleet;
use crate::domain::text::clean;
use crate::domain::time::{Span, Ts};
use crate::domain::told::Told;

/// Alerts that may wait for a hook; what comes beyond is found again at the next look.
const MOST_WAITING: usize = 256;
/// A hook is started this often within [`WITHIN`], at most.
const MOST_STARTS: usize = 30;
const WITHIN: Span = Span::mins(10);
/// After a failed start it is tried again after these; then the alert is given up.
const AGAIN: [Span; 4] = [Span::secs(10), Span::mins(1), Span::mins(5), Span::mins(15)];

/// What happened to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Raised,
    Cleared,
}

impl What {
    pub fn word(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Cleared => "cleared",
        }
    }
}

/// A case as an alert names it; kept, so that its end can be told after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: String,
    pub kind: String,
    pub severity: String,
    pub agent: String,
    pub task: Option<String>,
    pub since: Ts,
    pub first_shown: Ts,
    pub sentence: String,
}

impl Case {
    fn of(told: &Told) -> Self {
        let finding = &told.finding;
        Self {
            id: finding.id(),
            kind: finding.kind.word().to_owned(),
            severity: finding.severity.word().to_owned(),
            agent: finding.agent.to_string(),
            task: finding.task.as_ref().map(ToString::to_string),
            since: finding.since,
            first_shown: told.at,
            sentence: clean(&finding.sentence).into_owned(),
        }
    }

    /// How severe it was, lowest first.
    fn rank(&self) -> Option<usize> {
        let all = Severity::ALL.iter();
        all.map(|known| known.word())
            .position(|word| word == self.severity)
    }
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub what: What,
    pub case: Case,
    /// Times it was handed over in vain.
    tried: usize,
    /// Not before then.
    after: Ts,
}

/// How handing an alert over ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    Over,
    InVain,
}

/// What became of an alert that was handed over in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// It is tried again.
    Waits,
    GivenUp,
}

/// What was handed over, and what waits.
#[derive(Debug)]
pub struct Alerts {
    least: Severity,
    /// Raised and not yet cleared, by id.
    standing: BTreeMap<String, Case>,
    waiting: VecDeque<Alert>,
    starts: VecDeque<Ts>,
}

impl Alerts {
    /// `standing` is what had been handed over before.
    pub fn new(least: Severity, standing: BTreeMap<String, Case>) -> Self {
        Self {
            least,
            standing,
            waiting: VecDeque::new(),
            starts: VecDeque::new(),
        }
    }

    /// What was raised and is not cleared yet: to be kept.
    pub fn standing(&self) -> &BTreeMap<String, Case> {
        &self.standing
    }

    /// Compares what counts now with what was handed over. A board that is not settled says nothing.
    pub fn observe(&mut self, fleet: &Fleet) {
        if !fleet.settled {
            return;
        }
        let told: BTreeMap<String, &Told> = fleet
            .told
            .iter()
            .map(|told| (told.finding.id(), told))
            .collect();
        let least = self.least;
        let counts = |told: &Told| told.counts(fleet.at) && told.finding.severity >= least;
        // What came and went while it waited is no news.
        self.waiting.retain(|alert| {
            let there = told.get(&alert.case.id);
            match alert.what {
                What::Raised => there.is_some_and(|told| counts(told)),
                What::Cleared => there.is_none(),
            }
        });
        for (id, told) in told.iter().filter(|(_, told)| counts(told)) {
            let known = self.standing.get(id).and_then(Case::rank);
            let worse = known.is_none_or(|known| known < rank(&told.finding));
            if worse && !self.waits(id) {
                self.push(What::Raised, Case::of(told));
            }
        }
        let over: Vec<Case> = self
            .standing
            .values()
            .filter(|case| !told.contains_key(&case.id) && !self.waits(&case.id))
            .cloned()
            .collect();
        for case in over {
            self.push(What::Cleared, case);
        }
    }

    fn waits(&self, id: &str) -> bool {
        self.waiting.iter().any(|alert| alert.case.id == id)
    }

    fn push(&mut self, what: What, case: Case) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(Alert {
                what,
                case,
                tried: 0,
                after: Ts(i64::MIN),
            });
        }
    }

    /// The alert to hand over now, if one may be.
    pub fn next(&mut self, now: Ts) -> Option<Alert> {
        while self.starts.front().is_some_and(|&at| now - at >= WITHIN) {
            self.starts.pop_front();
        }
        if self.starts.len() >= MOST_STARTS {
            return None;
        }
        let alert = self.waiting.iter().find(|alert| alert.after <= now)?;
        let alert = alert.clone();
        self.starts.push_back(now);
        Some(alert)
    }

    /// The next moment at which [`next`](Self::next) may have something that it has not now.
    pub fn wakes_at(&self, now: Ts) -> Option<Ts> {
        let waits = self.waiting.iter().map(|alert| alert.after).min()?;
        let full = self.starts.len() >= MOST_STARTS;
        let free = self.starts.front().filter(|_| full).map(|&at| at + WITHIN);
        Some(waits.max(free.unwrap_or(waits)).max(now))
    }

    /// Takes note of how handing over ended.
    pub fn handed(&mut self, alert: &Alert, how: Handed, now: Ts) -> Fate {
        let same = |other: &Alert| other.case.id == alert.case.id && other.what == alert.what;
        if how == Handed::InVain && alert.tried < AGAIN.len() {
            if let Some(waiting) = self.waiting.iter_mut().find(|other| same(other)) {
                waiting.after = now + AGAIN[waiting.tried];
                waiting.tried += 1;
            }
            return Fate::Waits;
        }
        self.waiting.retain(|other| !same(other));
        match alert.what {
            What::Raised => {
                self.standing
                    .insert(alert.case.id.clone(), alert.case.clone());
            }
            What::Cleared => {
                self.standing.remove(&alert.case.id);
            }
        }
        match how {
            Handed::Over => Fate::Done,
            Handed::InVain => Fate::GivenUp,
        }
    }
}

fn rank(finding: &Finding) -> usize {
    let all = Severity::ALL.iter();
    all.take_while(|known| **known < finding.severity).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::told::Said;
    use crate::view::fixture;
    use std::sync::Arc;

    fn fleet() -> Fleet {
        let mut fleet = fixture::fleet();
        fleet.settled = true;
        fleet.told.truncate(1);
        fleet
    }

    fn later(minutes: i64) -> Ts {
        fixture::now() + Span::mins(minutes)
    }

    fn fresh() -> Alerts {
        Alerts::new(Severity::Warning, BTreeMap::new())
    }

    #[test]
    fn a_case_is_handed_over_once_and_once_when_it_is_over() {
        let mut alerts = fresh();
        let mut fleet = fleet();
        alerts.observe(&fleet);
        let alert = alerts.next(later(0)).unwrap();
        assert_eq!(alert.what, What::Raised);
        assert_eq!(alerts.handed(&alert, Handed::Over, later(0)), Fate::Done);
        alerts.observe(&fleet);
        assert_eq!(alerts.next(later(1)), None);
        // Kept over a restart.
        let mut alerts = Alerts::new(Severity::Warning, alerts.standing().clone());
        fleet.told[0].said = Some(Said::Acknowledged);
        alerts.observe(&fleet);
        assert_eq!(alerts.next(later(2)), None, "acknowledged is not over");
        fleet.told.clear();
        alerts.observe(&fleet);
        let over = alerts.next(later(3)).unwrap();
        assert_eq!((over.what, over.case.id), (What::Cleared, alert.case.id));
    }

    #[test]
    fn before_every_file_was_looked_at_nothing_is_said() {
        let mut alerts = fresh();
        let mut fleet = fleet();
        fleet.settled = false;
        alerts.observe(&fleet);
        assert_eq!(alerts.next(later(0)), None);
    }

    #[test]
    fn what_is_worse_than_it_was_is_handed_over_again() {
        let mut alerts = fresh();
        let mut fleet = fleet();
        let with = |fleet: &mut Fleet, severity| {
            let finding = Finding::clone(&fleet.told[0].finding);
            fleet.told[0].finding = Arc::new(Finding {
                severity,
                ..finding
            });
        };
        for severity in [Severity::Warning, Severity::Critical] {
            with(&mut fleet, severity);
            alerts.observe(&fleet);
            let alert = alerts.next(later(0)).unwrap();
            assert_eq!(alert.case.severity, severity.word());
            alerts.handed(&alert, Handed::Over, later(0));
        }
        with(&mut fleet, Severity::Warning);
        alerts.observe(&fleet);
        assert_eq!(alerts.next(later(1)), None);
    }

    #[test]
    fn a_failed_hook_is_tried_again_later_and_given_up_at_last() {
        let mut alerts = fresh();
        alerts.observe(&fleet());
        let mut now = later(0);
        for wait in AGAIN {
            let alert = alerts.next(now).unwrap();
            assert_eq!(alerts.handed(&alert, Handed::InVain, now), Fate::Waits);
            assert_eq!(alerts.next(now), None);
            assert_eq!(alerts.wakes_at(now), Some(now + wait));
            now = now + wait;
        }
        let alert = alerts.next(now).unwrap();
        assert_eq!(alerts.handed(&alert, Handed::InVain, now), Fate::GivenUp);
        alerts.observe(&fleet());
        assert_eq!(alerts.next(now + Span::DAY), None);
    }

    #[test]
    fn what_came_and_went_while_it_waited_is_no_news() {
        let mut alerts = fresh();
        let mut fleet = fleet();
        alerts.observe(&fleet);
        fleet.told.clear();
        alerts.observe(&fleet);
        assert_eq!(alerts.next(later(0)), None);
    }

    #[test]
    fn hooks_are_not_started_without_end() {
        let mut alerts = fresh();
        let mut fleet = fleet();
        let first = fleet.told[0].clone();
        fleet.told = (0..100)
            .map(|n| Told {
                finding: Arc::new(Finding {
                    since: Ts(n),
                    ..Finding::clone(&first.finding)
                }),
                ..first.clone()
            })
            .collect();
        alerts.observe(&fleet);
        let mut started = 0;
        while let Some(alert) = alerts.next(later(0)) {
            alerts.handed(&alert, Handed::Over, later(0));
            started += 1;
        }
        assert_eq!(started, MOST_STARTS);
        assert_eq!(alerts.wakes_at(later(1)), Some(later(10)));
        assert!(alerts.next(later(10)).is_some());
    }
}
