//! Noise: what was found becomes what is told.
//!
//! A verdict is made anew at every look, so a condition that comes and goes would be told again and again. The latch
//! keeps one entry per subject (kind, agent, task): its cases, when each was first told, whether it flaps. It is a pure
//! step: the book of the last look and the findings of this one give the next book and what is to be remembered of it; the
//! same events, read again, give the same book.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::checks;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::time::{Span, Ts};
use crate::domain::told::{Event, Told};

/// This many changes between there and gone within [`FLAP_WITHIN`] are flapping.
const FLAPS: usize = 3;
const FLAP_WITHIN: Span = Span::HOUR;

/// What a finding is about: one cause and subject is told once, however often it is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    kind: FindingKind,
    agent: AgentId,
    task: Option<TaskId>,
}

impl Subject {
    fn of(found: &Finding) -> Self {
        Self {
            kind: found.kind,
            agent: found.agent.clone(),
            task: found.task.clone(),
        }
    }
}

/// One case: the same kind, subject and beginning.
#[derive(Clone, Debug, PartialEq)]
struct Case {
    finding: Arc<Finding>,
    /// When it was first told: against `since` this is the delay of detection.
    told: Ts,
}

/// One subject over time.
#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    /// What stands, by id.
    cases: BTreeMap<String, Case>,
    /// What stood last, while nothing stands.
    last: Option<(String, Case)>,
    /// Changes between there and gone within the last hour.
    flips: Vec<Ts>,
    /// What is remembered as told, by id, and how severe it was. While a subject flaps this stays as it is.
    announced: BTreeMap<String, Severity>,
}

impl Entry {
    fn flaps(&self) -> bool {
        self.flips.len() >= FLAPS
    }

    /// The id of a finding that stands just as it was found last: most of a fleet's do, and an id is dear.
    fn id_of(&self, found: &Arc<Finding>) -> Option<&str> {
        let mut cases = self.cases.iter();
        let same = cases.find(|(_, case)| Arc::ptr_eq(&case.finding, found));
        same.map(|(id, _)| id.as_str())
    }

    fn tell(&self, case: &Case) -> Told {
        Told {
            finding: case.finding.clone(),
            at: case.told,
            flaps: self.flaps(),
            said: None,
            maintained: None,
        }
    }

    /// It stands, or it flaps.
    fn tells(&self, id: &str) -> bool {
        let last = self.last.as_ref().filter(|_| self.flaps());
        self.cases.contains_key(id) || last.is_some_and(|(gone, _)| gone == id)
    }

    /// What stands, and what flaps even where it is gone at the moment.
    fn told(&self) -> impl Iterator<Item = Told> {
        let gone = self.last.iter().filter(|_| self.flaps());
        let gone = gone.map(|(_, case)| case);
        self.cases.values().chain(gone).map(|case| self.tell(case))
    }

    /// A case is there.
    fn put(&mut self, id: &str, finding: &Arc<Finding>, now: Ts) {
        if let Some(known) = self.cases.get_mut(id) {
            known.finding = finding.clone();
            return;
        }
        if self.cases.is_empty() && self.last.is_some() {
            self.flips.push(now);
        }
        let same = self.last.as_ref().filter(|(gone, _)| *gone == id);
        let told = same.map_or(now, |(_, case)| case.told);
        let finding = finding.clone();
        self.cases.insert(id.to_owned(), Case { finding, told });
    }

    /// All that is there was put: what stood last is told by what stands now.
    fn stands(&mut self) {
        if !self.cases.is_empty() {
            self.last = None;
        }
    }

    /// A case is gone.
    fn take(&mut self, id: &str, now: Ts) {
        let Some(case) = self.cases.remove(id) else {
            return;
        };
        if self.cases.is_empty() {
            self.flips.push(now);
            self.last = Some((id.to_owned(), case));
        }
    }

    fn calm(&mut self, now: Ts) {
        self.flips.retain(|&flip| now - flip < FLAP_WITHIN);
        if self.flips.is_empty() {
            self.last = None;
        }
    }

    /// What is to be remembered: what differs from what was. Nothing while it flaps.
    fn announce(&mut self, now: Ts, events: &mut Vec<Event>) {
        if self.flaps() {
            return;
        }
        let gone = self
            .announced
            .keys()
            .filter(|id| !self.cases.contains_key(*id));
        let gone: Vec<String> = gone.cloned().collect();
        for case in gone {
            self.announced.remove(&case);
            events.push(Event::Cleared { at: now, case });
        }
        for (id, case) in &self.cases {
            let severity = case.finding.severity;
            if self.announced.get(id).is_none_or(|known| *known < severity) {
                self.announced.insert(id.clone(), severity);
                let (at, finding) = (case.told, case.finding.clone());
                events.push(Event::Raised { at, finding });
            }
        }
    }
}

/// Everything that is told or was within the hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    entries: BTreeMap<Subject, Entry>,
}

/// How a look may change what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Half of the files may not have been looked at yet: nothing new is told, and nothing is over.
    First,
    Full,
}

impl Book {
    /// What is told, worst first.
    pub fn told(&self) -> Vec<Told> {
        let mut told: Vec<Told> = self.entries.values().flat_map(Entry::told).collect();
        let order = |a: &Told, b: &Told| -> Ordering { checks::order(&a.finding, &b.finding) };
        told.sort_by(order);
        told
    }

    /// The next moment at which time alone changes what is told: something that flapped has been calm for an hour.
    pub fn changes_at(&self) -> Option<Ts> {
        let flaps = self.entries.values().filter(|entry| entry.flaps());
        let calm = flaps.map(|entry| entry.flips[entry.flips.len() - FLAPS] + FLAP_WITHIN);
        calm.min()
    }

    /// The next book, and what is to be remembered. Where `hidden` says that a finding's subject cannot be seen, that it is
    /// not found means nothing: it stays told.
    #[must_use]
    pub fn settle(
        mut self,
        found: &[Arc<Finding>],
        now: Ts,
        look: Look,
        hidden: impl Fn(&Finding) -> bool,
    ) -> (Self, Vec<Event>) {
        // An id names its subject, too.
        let mut there: HashSet<String> = HashSet::with_capacity(found.len());
        for finding in found {
            let subject = Subject::of(finding);
            let known = self.entries.get(&subject);
            let id = known.and_then(|entry| entry.id_of(finding));
            let id = id.map_or_else(|| finding.id(), str::to_owned);
            let is_known = known.is_some_and(|entry| entry.tells(&id));
            if look == Look::Full || is_known {
                let entry = self.entries.entry(subject).or_default();
                entry.put(&id, finding, now);
            }
            there.insert(id);
        }
        let mut events = Vec::new();
        for entry in self.entries.values_mut() {
            entry.stands();
            let gone: Vec<String> = entry
                .cases
                .iter()
                .filter(|(id, case)| !there.contains(*id) && !hidden(&case.finding))
                .map(|(id, _)| id.clone())
                .filter(|_| look == Look::Full)
                .collect();
            for id in gone {
                entry.take(&id, now);
            }
            entry.calm(now);
            entry.announce(now, &mut events);
        }
        self.forget();
        (self, events)
    }

    /// Takes over what was remembered, by whichever process.
    pub fn replay(&mut self, event: Event) {
        match event {
            Event::Raised { at, finding } => {
                let id = finding.id();
                let entry = self.entries.entry(Subject::of(&finding)).or_default();
                entry.put(&id, &finding, at);
                entry.stands();
                if let Some(case) = entry.cases.get_mut(&id) {
                    case.told = case.told.min(at);
                }
                entry.announced.insert(id, finding.severity);
            }
            Event::Cleared { at, case } => {
                let mut entries = self.entries.values_mut();
                if let Some(entry) = entries.find(|entry| entry.announced.contains_key(&case)) {
                    entry.announced.remove(&case);
                    entry.take(&case, at);
                }
            }
        }
    }

    /// From when on the same findings, found again, change what stands here; none where they never will.
    pub fn holds_until(&self) -> Option<Ts> {
        let flips = self.entries.values().flat_map(|entry| &entry.flips);
        flips.min().map(|oldest| *oldest + FLAP_WITHIN)
    }

    /// A case that stands is found again in other words, as severe as before: nothing else changes with it.
    pub fn renew(&mut self, finding: &Arc<Finding>) {
        let entry = self.entries.get_mut(&Subject::of(finding));
        if let Some(case) = entry.and_then(|entry| entry.cases.get_mut(&finding.id())) {
            case.finding = finding.clone();
        }
    }

    /// Lets go of what is over and calm.
    fn forget(&mut self) {
        self.entries.retain(|_, entry| {
            !entry.cases.is_empty() || !entry.flips.is_empty() || !entry.announced.is_empty()
        });
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Blast;

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

    fn look(book: Book, found: &[Arc<Finding>], minute: i64) -> (Book, Vec<Event>) {
        book.settle(found, at(minute), Look::Full, |_| false)
    }

    fn raised(events: &[Event]) -> usize {
        let is = |event: &&Event| matches!(event, Event::Raised { .. });
        events.iter().filter(is).count()
    }

    #[test]
    fn one_case_is_told_once_and_cleared_once() {
        let (book, first) = look(Book::default(), &[found(1)], 10);
        assert_eq!(raised(&first), 1);
        let (book, again) = look(book, &[found(1)], 11);
        assert_eq!(again, []);
        assert_eq!(book.told()[0].at, at(10), "the delay of detection stays");
        let (book, gone) = look(book, &[], 12);
        let case = found(1).id();
        assert_eq!(gone, [Event::Cleared { at: at(12), case }]);
        assert_eq!(book.told(), []);
        let (_, anew) = look(book, &[found(2)], 200);
        assert_eq!(raised(&anew), 1, "another case of the same subject");
    }

    #[test]
    fn two_cases_of_one_subject_stand_beside_each_other() {
        let both = [found(1), found(2)];
        let (book, first) = look(Book::default(), &both, 10);
        assert_eq!(raised(&first), 2);
        let (book, again) = look(book, &both, 11);
        assert_eq!((again.len(), book.told().len()), (0, 2));
        let (book, one) = look(book, &both[1..], 12);
        assert_eq!((one.len(), book.told().len()), (1, 1));
    }

    #[test]
    fn a_warning_that_becomes_critical_is_told_again_with_its_first_moment() {
        let (book, _) = look(Book::default(), &[found(1)], 10);
        let worse = Arc::new(Finding {
            severity: Severity::Critical,
            ..Finding::clone(&found(1))
        });
        let (book, events) = look(book, std::slice::from_ref(&worse), 20);
        assert_eq!(raised(&events), 1);
        assert_eq!(book.told()[0].at, at(10));
    }

    #[test]
    fn after_a_restart_nothing_new_is_told_and_nothing_is_over_before_a_full_look() {
        let (old, _) = look(Book::default(), &[found(1)], 0);
        let (book, early) = old.settle(&[found(2)], at(1), Look::First, |_| false);
        assert_eq!(early, []);
        assert_eq!(book.told()[0].finding.since, Ts(1));
        let (book, later) = look(book, &[found(2)], 2);
        assert_eq!((later.len(), book.told()[0].finding.since), (2, Ts(2)));
    }

    #[test]
    fn what_cannot_be_seen_is_not_over() {
        let (book, _) = look(Book::default(), &[found(1)], 0);
        let (book, events) = book.settle(&[], at(1), Look::Full, |_| true);
        assert_eq!((events.len(), book.told().len()), (0, 1));
        let (book, events) = look(book, &[], 2);
        assert_eq!((events.len(), book.told().len()), (1, 0));
    }

    #[test]
    fn three_flips_in_an_hour_flap_and_are_told_as_one() {
        let mut book = Book::default();
        let mut events = Vec::new();
        for minute in 0..10 {
            let there = [found(minute)];
            let list: &[Arc<Finding>] = if minute % 2 == 0 { &there } else { &[] };
            let (next, more) = look(book, list, minute);
            events.extend(more);
            book = next;
        }
        assert_eq!(raised(&events), 2, "told twice, then it flaps");
        assert_eq!(events.len(), 3);
        assert!(book.told()[0].flaps, "and stays told while it does");
        assert_eq!(book.changes_at(), Some(at(67)));
        let (calm, over) = look(book, &[], 90);
        assert_eq!(calm.told(), []);
        assert_eq!((over.len(), raised(&over)), (1, 0), "now it is over");
        assert_eq!(calm, Book::default());
    }

    #[test]
    fn what_is_remembered_gives_the_same_book() {
        let mut book = Book::default();
        let mut again = Book::default();
        for minute in [0, 7, 20, 21] {
            let there = [found(1), found(2)];
            let (next, events) = look(book, &there[..(minute % 2 + 1) as usize], minute);
            book = next;
            for event in events {
                again.replay(event);
            }
            assert_eq!(again.told(), book.told(), "{minute}");
        }
        let (book, events) = look(book, &[], 30);
        for event in events {
            again.replay(event);
        }
        assert_eq!(again, book, "with its flips");
    }

    #[test]
    fn who_told_first_counts() {
        let mut book = Book::default();
        for minute in [9, 5, 7] {
            let (at, finding) = (at(minute), found(1));
            book.replay(Event::Raised { at, finding });
        }
        assert_eq!(book.told()[0].at, at(5));
        let (_, events) = look(book, &[found(1)], 10);
        assert_eq!(events, [], "and it is not told again");
    }
}
