//! Orders of the command line: decided, carried out and seen through by the process that was asked.

use std::time::{Duration, Instant};

use super::checking::Checking;
use super::one_shot::OneShot;
use crate::apply::{Desk, Level, Operation, Patience, Reading, Stage, operation, resolve};
use crate::domain::finding::Finding;
use crate::domain::fleet::Fleet;
use crate::domain::id::OpId;
use crate::domain::offer::About;
use crate::domain::time::Ts;
use crate::ops::{self, Landed, Plan, Refusal, Request};
use crate::store::StoreError;
use crate::store::operation::{Outcome, Verified};
use crate::sys::gate::Gate;

/// Longest pause between two steps of an operation that waits for somebody.
const PAUSE: Duration = Duration::from_millis(20);

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub landed: Landed,
    pub sentence: String,
    /// A, B or C, of the files that were changed; empty where none was.
    pub level: String,
    /// It was seen to stand some seconds later.
    pub verified: bool,
}

impl OneShot {
    pub fn new_op(&self) -> OpId {
        self.engine().new_op()
    }

    /// What an order would do, after looking outside where that is needed.
    pub fn would(&mut self, request: &Request) -> Result<Plan, Refusal> {
        let checks = self.engine_mut().checks(request)?;
        let mut checking = Checking::new(checks);
        let mut gate = Gate::open();
        let found = loop {
            let engine = self.engine();
            match checking.step(engine, &mut desk(&mut gate, engine.now())) {
                Ok(found) => break found,
                Err(until) => pause(until),
            }
        };
        self.engine_mut().plan(request, &found)
    }

    /// The same board, with what can be done about each of its cases.
    pub fn with_offers(&mut self, fleet: &Fleet) -> Fleet {
        let cases = fleet.cases();
        let abouts: Vec<About> = cases.iter().map(|(finding, _)| about(finding)).collect();
        let offers = if fleet.past {
            let why = "this is the board of a past moment; ask without --at";
            let none = abouts.iter().map(|about| ops::impossible(about, why));
            none.collect()
        } else {
            self.engine_mut().offers(&abouts)
        };
        let ids = cases.iter().map(|(finding, _)| finding.id());
        Fleet {
            offers: ids.zip(offers).collect(),
            ..fleet.clone()
        }
    }

    /// Carries out a plan that was confirmed.
    pub fn carry(&mut self, plan: Plan) -> Result<Carried, Refusal> {
        self.find_out_what_was_cut_off()
            .map_err(|error| Refusal::new(format!("the ledger cannot be used: {error}")))?;
        let job = self.engine_mut().job(plan, operation::COMMAND)?;
        let mut operation = Operation::new(job, self.engine().ledger.clone());
        let mut gate = Gate::open();
        let (mut outcome, mut verified): (Option<Outcome>, Option<Verified>) = (None, None);
        loop {
            let at = self.engine().now();
            match operation.step(&mut desk(&mut gate, at)) {
                Stage::Wait(until) => pause(until),
                Stage::Ended(ended) => outcome = Some(ended),
                Stage::Verified(found) => verified = Some(found),
                Stage::Over => break,
            }
        }
        let outcome = outcome.ok_or_else(|| Refusal::new("nothing came of it"))?;
        let level = outcome.files.iter().map(|file| file.level.clone()).max();
        let (landed, sentence) = match verified.as_ref().filter(|v| v.landed != Landed::Done) {
            Some(verified) => (verified.landed, verified.sentence.clone()),
            None => (outcome.landed, outcome.sentence),
        };
        Ok(Carried {
            landed,
            sentence,
            level: level.unwrap_or_default(),
            verified: verified.is_some(),
        })
    }

    /// Operations of processes that ended before their outcome was known.
    fn find_out_what_was_cut_off(&mut self) -> Result<(), StoreError> {
        let engine = self.engine();
        let reading = Reading {
            zone: engine.policy.zone.value,
            vocabulary: std::sync::Arc::new(engine.setup.config.vocabulary.clone()),
        };
        let mut gate = Gate::open();
        let mut desk = desk(&mut gate, engine.now());
        resolve::open_intents(&mut desk, &engine.ledger, &reading).map(drop)
    }
}

fn about(finding: &Finding) -> About {
    About {
        agent: finding.agent.clone(),
        task: finding.task.clone(),
        slot: None,
        case: Some(finding.id()),
    }
}

fn desk(gate: &mut Gate, at: Ts) -> Desk<'_> {
    Desk {
        now: Instant::now(),
        at,
        gate,
        patience: Patience::default(),
        best: Level::A,
    }
}

fn pause(until: Instant) {
    let left = until.saturating_duration_since(Instant::now());
    std::thread::park_timeout(left.min(PAUSE));
}
