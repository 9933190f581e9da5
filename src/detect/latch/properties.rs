//! What holds of every course of looks: nothing that stands is silent, nothing is over without being said so, nothing is told
//! twice, and neither the order of findings nor a restart changes anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::finding::Blast;
use crate::domain::policy::Maintenance;
use crate::domain::told::{Said, Spoken};

/// What one look saw: which of a few cases, how many minutes later, whether every file was looked at, which agent was dark.
#[derive(Clone, Debug)]
struct Seen {
    cases: Vec<u8>,
    after: i64,
    first: bool,
    dark: Option<u8>,
}

/// Two agents, two beginnings, two severities.
fn case(n: u8) -> Arc<Finding> {
    Arc::new(Finding {
        kind: FindingKind::AgentStale,
        severity: if n & 4 == 0 {
            Severity::Warning
        } else {
            Severity::Critical
        },
        agent: AgentId::from(if n & 1 == 0 { "a" } else { "b" }),
        task: None,
        since: Ts(i64::from(n >> 1 & 1)),
        blast: Blast::None,
        sentence: format!("case {n}"),
        threshold: None,
        evidence: Vec::new(),
        clears: String::new(),
    })
}

/// One severity of each case in a look, as a detector gives it.
fn findings(cases: &[u8]) -> Vec<Arc<Finding>> {
    let mut found: BTreeMap<String, Arc<Finding>> = BTreeMap::new();
    for n in cases {
        let one = case(*n);
        found.insert(one.id(), one);
    }
    found.into_values().collect()
}

fn course() -> impl Strategy<Value = Vec<Seen>> {
    let seen = (
        proptest::collection::vec(0u8..8, 0..5),
        1i64..40,
        proptest::bool::weighted(0.1),
        proptest::option::weighted(0.15, 0u8..2),
    );
    let seen = seen.prop_map(|(cases, after, first, dark)| Seen {
        cases,
        after,
        first,
        dark,
    });
    proptest::collection::vec(seen, 1..40)
}

fn hidden(dark: Option<u8>) -> impl Fn(&Finding) -> bool {
    move |found| dark.is_some_and(|dark| (found.agent.as_str() == "a") == (dark == 0))
}

fn look_of(seen: &Seen) -> Look {
    if seen.first { Look::First } else { Look::Full }
}

proptest! {
    #[test]
    fn what_stands_is_told_and_what_is_over_was_seen_to_be(course in course()) {
        let (mut book, mut now) = (Book::default(), Ts(0));
        for seen in course {
            now = now + Span::mins(seen.after);
            let found = findings(&seen.cases);
            let before: BTreeSet<String> = book.told().iter().map(|told| told.finding.id()).collect();
            let there: BTreeSet<String> = found.iter().map(|one| one.id()).collect();
            let flapping: BTreeSet<String> = book.told().iter().filter(|told| told.flaps).map(|told| told.finding.id()).collect();
            (book, _) = book.settle(&found, now, look_of(&seen), hidden(seen.dark));
            let after: BTreeSet<String> = book.told().iter().map(|told| told.finding.id()).collect();
            if !seen.first {
                prop_assert!(there.is_subset(&after), "what every file shows is told");
            }
            for gone in before.difference(&after) {
                prop_assert!(!there.contains(gone));
                let agent = (0..8).map(case).find(|one| one.id() == *gone).unwrap();
                // What flapped and was gone for an hour needs no look to be over.
                let calm = flapping.contains(gone);
                prop_assert!(calm || !seen.first, "a first look ends nothing");
                prop_assert!(calm || !hidden(seen.dark)(&agent), "nobody saw that it is over");
            }
        }
    }

    #[test]
    fn nothing_is_raised_twice_without_being_over_or_worse(course in course()) {
        let (mut book, mut now) = (Book::default(), Ts(0));
        let mut open: BTreeMap<String, Severity> = BTreeMap::new();
        for seen in course {
            now = now + Span::mins(seen.after);
            let events;
            (book, events) = book.settle(&findings(&seen.cases), now, look_of(&seen), hidden(seen.dark));
            for event in events {
                match event {
                    Event::Raised { finding, .. } => {
                        let known = open.insert(finding.id(), finding.severity);
                        prop_assert!(known.is_none_or(|known| known < finding.severity));
                    }
                    Event::Cleared { case, .. } => prop_assert!(open.remove(&case).is_some()),
                }
            }
        }
    }

    #[test]
    fn order_does_not_matter(course in course(), turn in any::<prop::sample::Index>()) {
        let (mut one, mut other, mut now) = (Book::default(), Book::default(), Ts(0));
        for seen in course {
            now = now + Span::mins(seen.after);
            let found = findings(&seen.cases);
            let mut turned = found.clone();
            if !turned.is_empty() {
                let by = turn.index(turned.len());
                turned.rotate_left(by);
                turned.reverse();
            }
            let (mut a, mut b);
            (one, a) = one.settle(&found, now, look_of(&seen), hidden(seen.dark));
            (other, b) = other.settle(&turned, now, look_of(&seen), hidden(seen.dark));
            let name = |event: &Event| format!("{event:?}");
            a.sort_by_key(name);
            b.sort_by_key(name);
            prop_assert_eq!(a, b);
            prop_assert_eq!(&one, &other);
        }
    }

    #[test]
    fn a_restart_tells_nothing_anew(course in course(), restarts in proptest::collection::vec(any::<bool>(), 40)) {
        let (mut book, mut now) = (Book::default(), Ts(0));
        let mut kept: Vec<Event> = Vec::new();
        let mut open: BTreeMap<String, Severity> = BTreeMap::new();
        for (seen, restart) in course.into_iter().zip(restarts) {
            now = now + Span::mins(seen.after);
            if restart {
                book = Book::default();
                for event in &kept {
                    book.replay(event.clone());
                }
                // One sweep of grace: half of the files were looked at.
                let (next, told) = book.settle(&[], now, Look::First, |_| false);
                prop_assert_eq!(told, vec![]);
                book = next;
            }
            let events;
            (book, events) = book.settle(&findings(&seen.cases), now, look_of(&seen), hidden(seen.dark));
            for event in &events {
                match event {
                    Event::Raised { finding, .. } => {
                        let known = open.insert(finding.id(), finding.severity);
                        prop_assert!(known.is_none_or(|known| known < finding.severity));
                    }
                    Event::Cleared { case, .. } => {
                        open.remove(case);
                    }
                }
            }
            kept.extend(events);
        }
    }

    /// Acknowledged, snoozed or under maintenance: it stays told, and counts or not by what was said alone.
    #[test]
    fn what_is_silenced_stays_visible(n in 0u8..8, said in 0u8..4, minutes in 0i64..200) {
        let (began, now) = (Ts(0), Ts(0) + Span::mins(minutes));
        let until = began + Span::mins(100);
        let finding = case(n);
        let (book, _) = Book::default().settle(std::slice::from_ref(&finding), now, Look::Full, |_| false);
        let mut told = book.told();
        prop_assert_eq!(told.len(), 1);
        let mut spoken = Spoken::default();
        match said {
            0 => {}
            1 => drop(spoken.cases.insert(finding.id(), (Said::Acknowledged, finding.severity))),
            2 => drop(spoken.cases.insert(finding.id(), (Said::SnoozedUntil(until), finding.severity))),
            _ => spoken.maintain(Maintenance { agent: None, from: began, to: until }),
        }
        told[0].said = spoken.about(&finding);
        told[0].maintained = spoken.windows.iter().map(|window| window.to).max();
        let expected = match said {
            0 => true,
            1 => false,
            _ => now >= until,
        };
        prop_assert_eq!(told[0].counts(now), expected);
    }
}
