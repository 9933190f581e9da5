//! Noise: what was found becomes what is told.
//!
//! A verdict is made anew at every look, so a condition that comes and goes would be told again and again. The latch
//! keeps one entry per subject (kind, agent, task): when it was first told, whether it flaps, what the operator said
//! about it. It is a pure step: the book of the last look and the findings of this one give the next book.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::finding::{Finding, FindingKind};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::time::{Span, Ts};
use crate::domain::told::{Said, Told};

/// This many changes between there and gone within [`FLAP_WITHIN`] are flapping.
const FLAPS: usize = 3;
const FLAP_WITHIN: Span = Span::HOUR;

/// What a finding is about: one cause and subject is told once, however often it is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub kind: FindingKind,
    pub agent: AgentId,
    pub task: Option<TaskId>,
}

impl Subject {
    pub fn of(found: &Finding) -> Self {
        Self {
            kind: found.kind,
            agent: found.agent.clone(),
            task: found.task.clone(),
        }
    }
}

/// One subject over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The case: a new one (another `since`) of the same subject is told anew.
    pub case: String,
    pub finding: Arc<Finding>,
    /// When it was first told: against `since` this is the delay of detection.
    pub told: Ts,
    pub gone: Option<Ts>,
    /// Changes between there and gone within the last hour.
    pub flips: Vec<Ts>,
    pub said: Option<Said>,
}

impl Entry {
    pub fn flaps(&self) -> bool {
        self.flips.len() >= FLAPS
    }

    fn told(&self) -> Told {
        Told {
            finding: self.finding.clone(),
            at: self.told,
            flaps: self.flaps(),
            said: self.said,
            maintained: None,
        }
    }
}

/// Everything that is told or was within the hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    entries: BTreeMap<Subject, Entry>,
}

/// What changed at this look: for hooks, the bell and the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub raised: Vec<Arc<Finding>>,
    pub cleared: Vec<Arc<Finding>>,
}

impl Book {
    /// Told now, worst first: what stands, and what flaps even where it is gone at the moment.
    pub fn told(&self) -> impl Iterator<Item = Told> {
        let stands = |entry: &&Entry| entry.gone.is_none() || entry.flaps();
        self.entries.values().filter(stands).map(Entry::told)
    }

    /// What the operator says about a case; a case that is not told is refused.
    #[must_use]
    pub fn say(mut self, case: &str, said: Said) -> Option<Self> {
        let entry = self.entries.values_mut().find(|entry| entry.case == case)?;
        entry.said = Some(said);
        Some(self)
    }

    /// The next book. Nothing new is raised before `quiet_until`: one sweep after a restart, when half of the files may
    /// not have been looked at yet.
    #[must_use]
    pub fn settle(mut self, found: &[Arc<Finding>], now: Ts, quiet_until: Ts) -> (Self, Changes) {
        let mut changes = Changes::default();
        for finding in found {
            self.keep(finding, now, quiet_until, &mut changes);
        }
        for (subject, entry) in &mut self.entries {
            let stands = found.iter().any(|finding| Subject::of(finding) == *subject);
            if !stands && entry.gone.is_none() {
                let steady = !entry.flaps();
                entry.gone = Some(now);
                entry.flips.push(now);
                if steady && !entry.flaps() {
                    changes.cleared.push(entry.finding.clone());
                }
            }
            entry.flips.retain(|&flip| now - flip < FLAP_WITHIN);
        }
        self.entries
            .retain(|_, entry| entry.gone.is_none() || !entry.flips.is_empty());
        (self, changes)
    }

    fn keep(&mut self, found: &Arc<Finding>, now: Ts, quiet_until: Ts, changes: &mut Changes) {
        let subject = Subject::of(found);
        let case = found.id();
        let Some(entry) = self.entries.get_mut(&subject) else {
            if now < quiet_until {
                return;
            }
            changes.raised.push(found.clone());
            let entry = Entry {
                case,
                finding: found.clone(),
                told: now,
                gone: None,
                flips: Vec::new(),
                said: None,
            };
            self.entries.insert(subject, entry);
            return;
        };
        if entry.gone.take().is_some() {
            let steady = !entry.flaps();
            entry.flips.push(now);
            if steady {
                changes.raised.push(found.clone());
            }
        } else if entry.case != case {
            changes.raised.push(found.clone());
        }
        if entry.case != case {
            entry.case = case;
            entry.told = now;
            entry.said = None;
        }
        entry.finding = found.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Blast, Severity};

    fn found(since: i64) -> Arc<Finding> {
        Arc::new(Finding {
            kind: FindingKind::AgentStale,
            severity: Severity::Warning,
            agent: AgentId::from("a"),
            task: None,
            since: Ts(since),
            blast: Blast::None,
            sentence: String::new(),
            threshold: None,
            evidence: Vec::new(),
            clears: String::new(),
        })
    }

    fn at(minute: i64) -> Ts {
        Ts(minute * 60_000)
    }

    #[test]
    fn one_case_is_raised_once_and_cleared_once() {
        let (book, first) = Book::default().settle(&[found(1)], at(10), at(0));
        assert_eq!(first.raised.len(), 1);
        let (book, again) = book.settle(&[found(1)], at(11), at(0));
        assert!(again.raised.is_empty());
        assert_eq!(
            book.told().next().unwrap().at,
            at(10),
            "the delay of detection stays"
        );
        let (book, gone) = book.settle(&[], at(12), at(0));
        assert_eq!(gone.cleared.len(), 1);
        assert_eq!(book.told().count(), 0);
        let (_, anew) = book.settle(&[found(2)], at(200), at(0));
        assert_eq!(anew.raised.len(), 1, "another case of the same subject");
    }

    #[test]
    fn a_restart_has_one_sweep_of_grace() {
        let (book, early) = Book::default().settle(&[found(1)], at(1), at(2));
        assert!(early.raised.is_empty());
        let (_, later) = book.settle(&[found(1)], at(2), at(2));
        assert_eq!(later.raised.len(), 1);
    }

    #[test]
    fn three_flips_in_an_hour_flap_and_are_told_as_one() {
        let mut book = Book::default();
        let mut raised = 0;
        for minute in 0..10 {
            let there = [found(1)];
            let list: &[Arc<Finding>] = if minute % 2 == 0 { &there } else { &[] };
            let (next, changes) = book.settle(list, at(minute), at(0));
            raised += changes.raised.len();
            book = next;
        }
        assert_eq!(raised, 2, "told twice, then it flaps");
        assert!(
            book.told().next().unwrap().flaps,
            "and stays told while it does"
        );
        let (calm, _) = book.settle(&[], at(90), at(0));
        assert_eq!(calm.told().count(), 0);
    }

    #[test]
    fn what_the_operator_says_holds_for_the_case() {
        let (book, _) = Book::default().settle(&[found(1)], at(10), at(0));
        assert!(book.clone().say("other", Said::Acknowledged).is_none());
        let book = book.say(&found(1).id(), Said::Acknowledged).unwrap();
        assert!(
            !book.told().next().unwrap().counts(at(11)),
            "visible, but counts no more"
        );
        let (book, _) = book.settle(&[found(2)], at(20), at(0));
        assert!(
            book.told().next().unwrap().counts(at(21)),
            "a new case counts"
        );
        let book = book
            .say(&found(2).id(), Said::SnoozedUntil(at(30)))
            .unwrap();
        assert!(!book.told().next().unwrap().counts(at(29)));
        assert!(book.told().next().unwrap().counts(at(30)));
    }
}
