//! What is told, kept over restarts: the book of findings, and the file that remembers it.

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
    /// What is to be written down: see [`keep`](Self::keep).
    news: Vec<Event>,
    pub keeps: Keeps,
}

impl Telling {
    pub fn new(log: ToldLog) -> Self {
        Self {
            book: Book::default(),
            log,
            place: Place::default(),
            look: Look::First,
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
        let book = std::mem::take(&mut self.book);
        let all_dark = fleet.health.blind_since.is_some();
        // Nearly always nobody, where a look for each finding's agent would be felt.
        let agents = fleet.agents.iter();
        let blind = agents.filter(|agent| agent.state == AgentState::Blind);
        let blind: Vec<&AgentId> = blind.map(|agent| &agent.id).collect();
        let dark = |found: &Finding| all_dark || blind.contains(&&found.agent);
        let (book, events) = book.settle(&fleet.findings, fleet.at, self.look, dark);
        let told = book.told().into_iter();
        fleet.told = told
            .map(|told| Told {
                maintained: policy.maintained(&told.finding.agent, fleet.at),
                ..told
            })
            .collect();
        fleet.settled = self.look == Look::Full;
        self.book = book;
        if self.keeps == Keeps::Here {
            self.news.extend(events);
        }
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
