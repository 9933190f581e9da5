//! What is told, kept over restarts: the book of findings, and the file that remembers it.

use std::sync::Arc;

use super::engine::Engine;
use crate::detect::latch::{Book, Look};
use crate::domain::agent::AgentState;
use crate::domain::finding::Finding;
use crate::domain::fleet::Fleet;
use crate::domain::id::AgentId;
use crate::domain::policy::Policy;
use crate::domain::time::Ts;
use crate::domain::told::{Event, Told};
use crate::store::StoreError;
use crate::store::told::{Place, ToldLog};

/// Who writes down what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// This process.
    Here,
    /// The one that mirrors; this one reads what it wrote.
    Elsewhere,
}

/// The book and its file.
#[derive(Debug)]
pub struct Telling {
    book: Book,
    log: ToldLog,
    place: Place,
    look: Look,
    /// What the last look found, where the same would be told again.
    settled: Option<Settled>,
    /// What is to be written down: see [`keep`](Self::keep).
    news: Vec<Event>,
    pub keeps: Keeps,
}

/// What a look found, and what is told of it. Most looks find what the last one found, some of it in other words.
#[derive(Debug)]
struct Settled {
    found: Vec<Arc<Finding>>,
    look: Look,
    told: Vec<Told>,
    /// From then on the same findings may be told otherwise.
    until: Option<Ts>,
}

/// So many findings may be made anew: what one agent's line brings. After a minute's judging all are, and settling them is
/// cheaper than to compare them.
const FEW: usize = 8;

impl Settled {
    /// What takes the place of what, where the findings of this look are those of the last one but for a few that say the
    /// same cases in other words.
    fn renewed(&self, now: &Fleet, look: Look) -> Option<Vec<(Arc<Finding>, Arc<Finding>)>> {
        let found = &now.findings;
        let holds = self.until.is_none_or(|until| now.at < until);
        if !holds || self.look != look || self.found.len() != found.len() {
            return None;
        }
        let pairs = self.found.iter().zip(found);
        let others = pairs.filter(|(one, other)| !Arc::ptr_eq(one, other));
        let others: Vec<_> = others.take(FEW + 1).collect();
        let case = |of: &Finding| (of.kind, of.severity, of.since);
        let same = |(one, other): &(&Arc<Finding>, &Arc<Finding>)| {
            case(one) == case(other) && (&one.agent, &one.task) == (&other.agent, &other.task)
        };
        let is_renewed = others.len() <= FEW && others.iter().all(same);
        let owned = others.into_iter().map(|(a, b)| (a.clone(), b.clone()));
        is_renewed.then(|| owned.collect())
    }

    /// Puts what was found in other words in the place of what was told.
    fn put(&mut self, renewed: &[(Arc<Finding>, Arc<Finding>)]) {
        for (before, now) in renewed {
            let told = self.told.iter_mut();
            for told in told.filter(|told| Arc::ptr_eq(&told.finding, before)) {
                told.finding = Arc::clone(now);
            }
        }
    }
}

impl Telling {
    pub fn new(log: ToldLog) -> Self {
        Self {
            book: Book::default(),
            log,
            place: Place::default(),
            look: Look::First,
            settled: None,
            news: Vec::new(),
            keeps: Keeps::Elsewhere,
        }
    }

    /// Every file was looked at since the start: what is found from now on is told.
    pub fn saw_all(&mut self) {
        self.look = Look::Full;
    }

    /// Takes over what was remembered since the last time. `true`: something.
    pub fn listen(&mut self) -> Result<bool, StoreError> {
        if !self.log.grew(self.place) {
            return Ok(false);
        }
        let tail = self.log.since(self.place)?;
        if tail.anew {
            self.book = Book::default();
        }
        self.place = tail.place;
        let some = !tail.events.is_empty();
        if some || tail.anew {
            self.settled = None;
        }
        for event in tail.events {
            self.book.replay(event);
        }
        Ok(some)
    }

    /// Lets go of what was over long ago.
    pub fn shorten(&self, before: Ts, now: Ts) -> Result<(), StoreError> {
        self.log.shorten(before, now)
    }

    /// The next moment at which time alone changes what is told.
    pub fn changes_at(&self) -> Option<Ts> {
        self.book.changes_at()
    }

    /// Replaces what a look found by what is told of it. [`keep`](Self::keep) writes down what is new.
    pub fn settle(&mut self, fleet: &mut Fleet, policy: &Policy) {
        let told = self.told_of(fleet).into_iter();
        fleet.told = told
            .map(|told| Told {
                maintained: policy.maintained(&told.finding.agent, fleet.at),
                ..told
            })
            .collect();
        fleet.settled = self.look == Look::Full;
    }

    fn told_of(&mut self, fleet: &Fleet) -> Vec<Told> {
        let all_dark = fleet.health.blind_since.is_some();
        // Nearly always nobody, where a look for each finding's agent would be felt.
        let agents = fleet.agents.iter();
        let blind = agents.filter(|agent| agent.state == AgentState::Blind);
        let blind: Vec<&AgentId> = blind.map(|agent| &agent.id).collect();
        let sees_all = !all_dark && blind.is_empty();
        let before = self.settled.take().filter(|_| sees_all);
        let renewed = before.and_then(|it| Some((it.renewed(fleet, self.look)?, it)));
        if let Some((renewed, mut before)) = renewed {
            for (_, now) in &renewed {
                self.book.renew(now);
            }
            before.put(&renewed);
            before.found.clone_from(&fleet.findings);
            let told = before.told.clone();
            self.settled = Some(before);
            return told;
        }
        let dark = |found: &Finding| all_dark || blind.contains(&&found.agent);
        let book = std::mem::take(&mut self.book);
        let (book, events) = book.settle(&fleet.findings, fleet.at, self.look, dark);
        self.book = book;
        if self.keeps == Keeps::Here {
            self.news.extend(events);
        }
        let told = self.book.told();
        if sees_all {
            self.settled = Some(Settled {
                found: fleet.findings.clone(),
                look: self.look,
                told: told.clone(),
                until: self.book.holds_until(),
            });
        }
        told
    }

    /// Writes down what was told since the last time. Whoever looks at a screen need not wait for it.
    pub fn keep(&mut self) -> Result<(), StoreError> {
        let news = std::mem::take(&mut self.news);
        if news.is_empty() {
            return Ok(());
        }
        self.log.append(&news)?;
        // What this process wrote is in its book; what another wrote between is taken over, too.
        self.listen().map(drop)
    }
}

impl Engine {
    /// Puts what is told, and what was said about it, into a snapshot. The next moment that time alone changes it comes
    /// back.
    pub fn tell(&mut self, fleet: &mut Fleet) -> Option<Ts> {
        self.telling.settle(fleet, &self.policy);
        self.ear.mark(&mut fleet.told);
        let counts_again = self.ear.next_change(fleet.at);
        let calm = self.telling.changes_at();
        counts_again.into_iter().chain(calm).min()
    }

    /// Writes down what the last snapshots told.
    pub fn keep_told(&mut self) {
        if let Err(error) = self.telling.keep() {
            self.notices.insert(error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::scenario::Scenario;
    use crate::domain::finding::Severity;
    use crate::domain::time::Zone;

    /// What is found of an agent that stands still with some of its tasks, and in which words.
    fn fleet(tasks: &[bool], minute: i64, is_blind: bool, words: usize) -> Fleet {
        let scenario = Scenario::agent("a").every("05:00", "05:50", 10, "ok read");
        let judged = scenario.at("06:00").judge();
        let mut view = (*judged.view).clone();
        if is_blind {
            view.state = AgentState::Blind;
        }
        let found = |task: usize| {
            let finding = Finding {
                task: Some(format!("t{task}").as_str().into()),
                sentence: format!("in words {words}"),
                severity: Severity::ALL[1 + words / 3],
                ..one_finding()
            };
            Arc::new(finding)
        };
        let there = tasks.iter().enumerate().filter(|(_, there)| **there);
        Fleet {
            at: Ts(minute * 60_000),
            agents: vec![Arc::new(view)],
            findings: there.map(|(task, _)| found(task)).collect(),
            ..Fleet::default()
        }
    }

    fn one_finding() -> Finding {
        let stale = Scenario::agent("a").every("00:00", "01:00", 5, "ok read");
        let judged = stale.at("09:00").judge();
        let first = judged.findings.first().expect("silence is found");
        Finding::clone(first)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whoever remembers what the last look found tells the same as whoever settles every look anew.
        #[test]
        fn a_look_that_finds_the_same_tells_the_same(
            looks in proptest::collection::vec(
                (proptest::collection::vec(any::<bool>(), 2), 0..90_i64, prop::bool::weighted(0.1), 0..4_usize, 1..4_usize),
                1..14,
            )
        ) {
            let folder = tempfile::tempdir().unwrap();
            let policy = Policy::new(Zone::UTC);
            let telling = || {
                let mut telling = Telling::new(ToldLog::in_state(folder.path()));
                telling.keeps = Keeps::Here;
                telling.saw_all();
                telling
            };
            let (mut remembers, mut anew) = (telling(), telling());
            let mut minute = 0;
            for (tasks, later, is_blind, words, times) in looks {
                for _ in 0..times {
                    minute += later;
                    let mut one = fleet(&tasks, minute, is_blind, words);
                    let mut other = fleet(&tasks, minute, is_blind, words);
                    anew.settled = None;
                    remembers.settle(&mut one, &policy);
                    anew.settle(&mut other, &policy);
                    prop_assert_eq!(&one.told, &other.told);
                    prop_assert_eq!(&remembers.news, &anew.news);
                }
            }
            prop_assert_eq!(remembers.book, anew.book);
        }
    }
}
