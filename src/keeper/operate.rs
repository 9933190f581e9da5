//! Carrying out orders on the keeper's deadlines, while mirroring goes on.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::checking::Checking;
use super::engine::Engine;
use super::{Order, Planned, Reply};
use crate::apply::{
    Desk, Job, Level, Operation, Patience, Reading, Stage, kept, operation, resolve,
};
use crate::domain::time::Span;
use crate::ops::{Answer, BlastRadius, Checked, Confirm, Landed, Plan, Request, Undoing};
use crate::store::StoreError;
use crate::store::ledger::{Deed, Who};
use crate::store::operation::{Verified, Whole};
use crate::sys::gate::Gate;

/// Between the beginnings of two operations: time to see what happens, and to stop.
const STAGGER: Duration = Duration::from_millis(300);
/// Operations that may wait: as many as a bulk has lines on a screen.
const MOST_WAITING: usize = 1_000;
/// How far back operations are taken up again, and their old files looked at.
const BACK: Span = Span::days(1);

/// What the operator wants of an order.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// To see what it would do.
    Preview,
    /// To have it done; confirmed like this.
    Carry(Answer),
}

/// Orders on their way.
pub(super) struct Operating {
    gate: Gate,
    waiting: VecDeque<(Request, Wish)>,
    going: Vec<Going>,
    next_start: Instant,
    began: Instant,
    /// Late writes that were told.
    late: BTreeSet<kept::Late>,
}

struct Going {
    due: Instant,
    what: What,
}

enum What {
    Checking(Box<(Request, Wish, Checking)>),
    Carrying(Box<Operation>),
}

/// What a step brought.
enum Next {
    Again(Going),
    Over,
}

impl Operating {
    pub fn new() -> Self {
        Self {
            gate: Gate::open(),
            waiting: VecDeque::new(),
            going: Vec::new(),
            next_start: Instant::now(),
            began: Instant::now(),
            late: BTreeSet::new(),
        }
    }

    /// Takes an order that is one of operating, with an answer where there is one at once; gives back any other.
    pub fn order(&mut self, order: Order) -> Result<Option<Reply>, Order> {
        match order {
            Order::Preview(request) => Ok(self.take(*request, Wish::Preview)),
            Order::Operate(ordered) => {
                let (request, answer) = *ordered;
                Ok(self.take(request, Wish::Carry(answer)))
            }
            Order::StopOperating => Ok(Some(Reply::Done(self.stop()))),
            other @ (Order::Rescan
            | Order::Possible(_)
            | Order::Storm
            | Order::Draft(..)
            | Order::MarkStandup(_)
            | Order::Say { .. }
            | Order::Retro(_)
            | Order::Maintain { .. }) => Err(other),
        }
    }

    fn take(&mut self, request: Request, wish: Wish) -> Option<Reply> {
        if self.waiting.len() >= MOST_WAITING {
            let why = "a thousand operations wait already: this one was not taken";
            return Some(match wish {
                Wish::Preview => Reply::Refused(why.to_owned()),
                Wish::Carry(_) => not_done(request, why.to_owned()),
            });
        }
        match wish {
            // Looking waits for nothing.
            Wish::Preview => self.waiting.push_front((request, wish)),
            Wish::Carry(_) => self.waiting.push_back((request, wish)),
        }
        None
    }

    /// Forgets what has not begun. A sentence says how many.
    fn stop(&mut self) -> String {
        let before = self.waiting.len();
        self.waiting
            .retain(|(_, wish)| matches!(wish, Wish::Preview));
        match before - self.waiting.len() {
            0 => "nothing was waiting; what has begun ends by itself".to_owned(),
            n => format!("stopped: {n} not begun, nothing of them was changed"),
        }
    }

    /// When there is something to do.
    pub fn due(&self) -> Option<Instant> {
        let waiting = match self.waiting.front() {
            // Long ago, so that it is due at whatever moment it is asked for.
            Some((_, Wish::Preview)) => Some(self.began),
            Some((_, Wish::Carry(_))) => Some(self.next_start),
            None => None,
        };
        let going = self.going.iter().map(|going| going.due).min();
        waiting.into_iter().chain(going).min()
    }

    /// Does what is due. Files that were changed come back with the replies.
    pub fn step(&mut self, engine: &mut Engine) -> (Vec<Reply>, Vec<PathBuf>) {
        let (mut replies, mut changed) = (Vec::new(), Vec::new());
        let now = Instant::now();
        let begins = match self.waiting.front() {
            Some((_, Wish::Preview)) => true,
            Some((_, Wish::Carry(_))) => now >= self.next_start,
            None => false,
        };
        if begins && let Some((request, wish)) = self.waiting.pop_front() {
            if matches!(wish, Wish::Carry(_)) {
                self.next_start = now + STAGGER;
            }
            self.begin(engine, request, wish, &mut replies);
        }
        for going in std::mem::take(&mut self.going) {
            if going.due > now {
                self.going.push(going);
                continue;
            }
            let next = match going.what {
                What::Checking(checking) => self.check(engine, *checking, &mut replies),
                What::Carrying(operation) => {
                    self.carry(engine, operation, &mut replies, &mut changed)
                }
            };
            if let Next::Again(going) = next {
                self.going.push(going);
            }
        }
        (replies, changed)
    }

    fn begin(
        &mut self,
        engine: &mut Engine,
        mut request: Request,
        wish: Wish,
        replies: &mut Vec<Reply>,
    ) {
        // A screen has no clock to make an id from.
        if request.op.as_str().is_empty() {
            request.op = engine.new_op();
        }
        match engine.checks(&request) {
            Ok(checks) => self.going.push(Going {
                due: Instant::now(),
                what: What::Checking(Box::new((request, wish, Checking::new(checks)))),
            }),
            Err(refusal) => replies.push(match wish {
                Wish::Preview => planned(request, Err(refusal)),
                Wish::Carry(_) => not_done(request, refusal.to_string()),
            }),
        }
    }

    fn check(
        &mut self,
        engine: &mut Engine,
        (request, wish, mut checking): (Request, Wish, Checking),
        replies: &mut Vec<Reply>,
    ) -> Next {
        let found = checking.step(engine, &mut desk(&mut self.gate, engine));
        match found {
            Err(due) => Next::Again(Going {
                due,
                what: What::Checking(Box::new((request, wish, checking))),
            }),
            Ok(checked) => decide(engine, request, &wish, &checked, replies),
        }
    }

    fn carry(
        &mut self,
        engine: &mut Engine,
        mut operation: Box<Operation>,
        replies: &mut Vec<Reply>,
        changed: &mut Vec<PathBuf>,
    ) -> Next {
        let stage = operation.step(&mut desk(&mut self.gate, engine));
        let due = match stage {
            Stage::Over => return Next::Over,
            Stage::Wait(due) => due,
            Stage::Ended(outcome) => {
                let job = operation.job();
                changed.extend(job.files.values().map(|file| job.folder.join(file)));
                replies.push(Reply::Operated(Box::new(outcome)));
                Instant::now()
            }
            Stage::Verified(verified) => {
                if verified.landed != Landed::Done {
                    replies.push(Reply::Refused(verified.sentence));
                }
                Instant::now()
            }
        };
        Next::Again(Going {
            due,
            what: What::Carrying(operation),
        })
    }

    /// Finds out what came of operations that another process left, and takes up those that nobody has seen stand.
    pub fn take_up(&mut self, engine: &mut Engine) -> Result<(), StoreError> {
        if engine.setup.read_only {
            return Ok(());
        }
        let reading = reading(engine);
        let ledger = engine.ledger.clone();
        let found = resolve::open_intents(&mut desk(&mut self.gate, engine), &ledger, &reading)?;
        for outcome in found {
            engine.notices.insert(outcome.sentence);
        }
        let since = engine.now() - BACK;
        for whole in ledger.operations()? {
            let is_followed = whole.verified.iter().any(|(_, v)| v.after_s >= Some(30));
            if whole.at < since || is_followed || whole.landed() != Landed::Done {
                continue;
            }
            if let Some((_, outcome)) = &whole.outcome
                && !outcome.touched.is_empty()
            {
                let job = job_of(&whole, &reading);
                let operation = Operation::taken_up(job, ledger.clone(), outcome, Instant::now());
                self.going.push(Going {
                    due: Instant::now(),
                    what: What::Carrying(Box::new(operation)),
                });
            }
        }
        Ok(())
    }

    /// Looks at the old files of the last day: a write into one of them is told once.
    pub fn look_at_kept(&mut self, engine: &Engine) -> Vec<Reply> {
        let mut replies = Vec::new();
        let since = engine.now() - BACK - BACK;
        let Ok(operations) = engine.ledger.operations() else {
            return replies;
        };
        let recent = operations.iter().filter(|whole| whole.at >= since);
        let folders: BTreeSet<&PathBuf> = recent.map(|whole| &whole.intent.folder).collect();
        for folder in folders {
            let found = kept::look(&mut self.gate, folder).unwrap_or_default();
            for late in found {
                let told = |whole: &Whole| {
                    let mut verified = whole.verified.iter();
                    whole.intent.op == late.op
                        && verified.any(|(_, v)| v.sentence.contains(&late.name))
                };
                if operations.iter().any(told) || !self.late.insert(late.clone()) {
                    continue;
                }
                replies.push(Reply::Refused(self.tell_late(engine, &late)));
            }
        }
        replies
    }

    fn tell_late(&mut self, engine: &Engine, late: &kept::Late) -> String {
        let sentence = format!(
            "an agent wrote into a file after it was replaced: its version is kept as .rounds/{}; `rounds kept` compares it, `rounds merge` takes it up",
            late.name
        );
        let deed = Deed::Verified(Verified {
            op: late.op.clone(),
            after_s: None,
            landed: Landed::Conflicted,
            sentence: sentence.clone(),
        });
        let written = engine
            .ledger
            .append_through(&mut self.gate, engine.now(), Who::here(), deed);
        if let Err(error) = written {
            tracing::warn!(%error, "a late write was not written down");
        }
        sentence
    }
}

/// With what was found outside the order is decided; a confirmed one is carried out.
fn decide(
    engine: &mut Engine,
    request: Request,
    wish: &Wish,
    checked: &[Checked],
    replies: &mut Vec<Reply>,
) -> Next {
    let plan = engine.plan(&request, checked);
    let answer = match wish {
        Wish::Preview => {
            replies.push(planned(request, plan));
            return Next::Over;
        }
        Wish::Carry(answer) => answer,
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(refusal) => {
            replies.push(not_done(request, refusal.to_string()));
            return Next::Over;
        }
    };
    // What the order would do has changed since it was looked at.
    if let Err(why) = plan.level.admits(answer) {
        replies.push(not_done(request, why));
        return Next::Over;
    }
    match engine.job(plan, operation::ROOM) {
        Ok(job) => Next::Again(Going {
            due: Instant::now(),
            what: What::Carrying(Box::new(Operation::new(job, engine.ledger.clone()))),
        }),
        Err(refusal) => {
            replies.push(not_done(request, refusal.to_string()));
            Next::Over
        }
    }
}

fn planned(request: Request, plan: Result<Plan, crate::ops::Refusal>) -> Reply {
    Reply::Planned(Box::new(Planned { request, plan }))
}

fn not_done(request: Request, why: String) -> Reply {
    Reply::NotDone(Box::new((request, why)))
}

fn desk<'a>(gate: &'a mut Gate, engine: &Engine) -> Desk<'a> {
    Desk {
        now: Instant::now(),
        at: engine.now(),
        gate,
        patience: Patience::default(),
        best: Level::A,
    }
}

fn reading(engine: &Engine) -> Reading {
    Reading {
        zone: engine.policy.zone.value,
        vocabulary: Arc::new(engine.setup.config.vocabulary.clone()),
    }
}

/// What following an operation needs, from the ledger alone.
fn job_of(whole: &Whole, reading: &Reading) -> Job {
    let intent = &whole.intent;
    Job {
        plan: Plan {
            request: intent.request.clone(),
            sentence: intent.sentence.clone(),
            blast: BlastRadius::nothing(),
            timeline: Vec::new(),
            ground: None,
            level: Confirm::None,
            changes: intent.changes.clone(),
            diff: Vec::new(),
            undo: Undoing::Never("it is over".to_owned()),
        },
        folder: intent.folder.clone(),
        files: intent.files.iter().cloned().collect(),
        reading: reading.clone(),
        saw: intent.saw.clone(),
        who: whole.who.clone(),
        looks: operation::ROOM,
    }
}
