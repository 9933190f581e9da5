//! Orders of the command line: decided, carried out and seen through by the process that was asked.

use std::time::{Duration, Instant};

use super::checking::Checking;
use super::one_shot::OneShot;
use crate::apply::{Desk, Level, Operation, Patience, Reading, Stage, operation, resolve};
use crate::domain::id::OpId;
use crate::domain::time::Ts;
use crate::ops::{Landed, Plan, Refusal, Request};
use crate::store::StoreError;
use crate::store::ledger::Ledger;
use crate::store::operation::{Outcome, Verified, Whole};
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

/// One operation of the ledger, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub at: Ts,
    pub op: String,
    pub verb: &'static str,
    pub subject: String,
    pub who: String,
    pub landed: Landed,
    /// What came of it.
    pub sentence: String,
    /// Why it was done, by whom, and what became of it: one sentence to copy.
    pub lineage: String,
}

/// Whether the ledger is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerCheck {
    pub lines: usize,
    /// Lines that do not follow from the one before, from 1, with what is wrong.
    pub broken: Vec<(usize, String)>,
}

impl LedgerCheck {
    pub(super) fn of(ledger: &Ledger) -> Result<Self, StoreError> {
        let broken = ledger.verify()?;
        Ok(Self {
            lines: ledger.lines()?,
            broken: broken.into_iter().map(|b| (b.line, b.what)).collect(),
        })
    }
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

    /// Every operation, oldest first.
    pub fn ledger(&self) -> Result<Vec<LedgerRow>, StoreError> {
        let operations = self.engine().ledger.operations()?;
        Ok(operations.iter().map(row).collect())
    }

    pub fn verify_ledger(&self) -> Result<LedgerCheck, StoreError> {
        LedgerCheck::of(&self.engine().ledger)
    }
}

fn row(whole: &Whole) -> LedgerRow {
    LedgerRow {
        at: whole.at,
        op: whole.intent.op.to_string(),
        verb: whole.intent.request.verb.word(),
        subject: whole.subject(),
        who: whole.who.shown(),
        landed: whole.landed(),
        sentence: whole.sentence(),
        lineage: whole.lineage(),
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
