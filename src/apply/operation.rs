//! A whole operation: the intent in the ledger, its changes one after another, the outcome in the ledger, and whether it still
//! stands some time after.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::follow::Follow;
use super::resolve;
use super::say;
use super::task::{Reading, TaskChange};
use super::{AppendLine, Desk, Effect, Ended, FileChange, Hand, Program, Replaced, Step, append};
use crate::domain::id::FileId;
use crate::ops::{AppendTo, Change, Landed, Plan, TouchedTask};
use crate::store::ledger::{Deed, Ledger, Who};
use crate::store::operation::{Begun, FileOutcome, Intent, Outcome, Saw, Verified};
use crate::sys::process;
use crate::sys::run::{End, Surrounding};

/// Seconds after the outcome at which a room looks whether it still stands.
pub const ROOM: &[u64] = &[2, 30];
/// And a command, which is not there any more after half a minute.
pub const COMMAND: &[u64] = &[2];

/// Everything that carrying out a plan needs.
#[derive(Clone, Debug)]
pub struct Job {
    pub plan: Plan,
    /// The agent's folder; absolute.
    pub folder: PathBuf,
    /// The files that the changes name, beneath it.
    pub files: BTreeMap<FileId, String>,
    pub reading: Reading,
    pub saw: Saw,
    pub who: Who,
    /// When it is looked whether it still stands, in seconds after the outcome.
    pub looks: &'static [u64],
}

/// What a step of an operation brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Call again then.
    Wait(Instant),
    /// It is over, and this came of it. It may go on to see whether that stands.
    Ended(Outcome),
    /// What became of it since.
    Verified(Verified),
    /// Nothing more will come.
    Over,
}

/// An operation on its way.
pub struct Operation {
    job: Job,
    hand: Hand,
    ledger: Ledger,
    state: State,
    done: Done,
}

/// What has been done so far.
#[derive(Default)]
struct Done {
    files: Vec<FileOutcome>,
    touched: Vec<TouchedTask>,
    notes: Vec<String>,
    /// Changes that have taken effect.
    count: usize,
}

enum State {
    Begin,
    Change(usize, Box<Mover>),
    Follow(Box<Follow>),
    Over,
}

/// One change on its way.
enum Mover {
    File(FileChange),
    Line(AppendLine),
    Program(Program),
    /// The ledger's own line is all there is.
    Word,
    /// The plan names a file that is not there.
    Nowhere,
}

impl Operation {
    pub fn new(job: Job, ledger: Ledger) -> Self {
        let pid = std::process::id();
        let hand = Hand {
            op: job.plan.request.op.clone(),
            verb: job.plan.request.verb.word().to_owned(),
            uid: job.who.uid,
            tty: job.who.tty.clone(),
            host: job.who.host.clone(),
            pid,
            pid_started: process::started(pid),
        };
        Self {
            job,
            hand,
            ledger,
            state: State::Begin,
            done: Done::default(),
        }
    }

    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Goes one step.
    pub fn step(&mut self, desk: &mut Desk<'_>) -> Stage {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Begin => self.begin(desk),
            State::Change(at, mover) => self.change(desk, at, mover),
            State::Follow(mut follow) => {
                let stage = follow.step(desk, &self.ledger, &self.job.who);
                if stage != Stage::Over {
                    self.state = State::Follow(follow);
                }
                stage
            }
            State::Over => Stage::Over,
        }
    }

    fn begin(&mut self, desk: &mut Desk<'_>) -> Stage {
        let intent = Intent {
            op: self.hand.op.clone(),
            request: self.job.plan.request.clone(),
            sentence: self.job.plan.sentence.clone(),
            changes: self.job.plan.changes.clone(),
            folder: self.job.folder.clone(),
            files: self.job.files.clone().into_iter().collect(),
            saw: self.job.saw.clone(),
            pid: self.hand.pid,
            pid_started: self.hand.pid_started,
        };
        let who = self.job.who.clone();
        match self.ledger.begin(desk.gate, desk.at, who, intent) {
            Ok(Begun::New) => self.next(desk, 0),
            // The same operation twice has the same outcome.
            Ok(Begun::Known(_, Some(outcome))) => Stage::Ended(*outcome),
            Ok(Begun::Known(intent, None)) => self.known(desk, &intent),
            Err(error) => Stage::Ended(
                self.outcome(Landed::NotApplied, format!("nothing was changed: {error}")),
            ),
        }
    }

    fn known(&mut self, desk: &mut Desk<'_>, intent: &Intent) -> Stage {
        if !process::is_gone(intent.pid, intent.pid_started) {
            let sentence = "this very operation is being carried out already".to_owned();
            return Stage::Ended(self.outcome(Landed::Open, sentence));
        }
        let found = resolve::look(desk, intent, &self.job.reading);
        self.record(desk, found)
    }

    fn next(&mut self, desk: &mut Desk<'_>, at: usize) -> Stage {
        let Some(change) = self.job.plan.changes.get(at) else {
            return self.finish(desk);
        };
        let mover = self.mover(desk, change);
        self.state = State::Change(at, Box::new(mover));
        Stage::Wait(desk.now)
    }

    fn mover(&self, desk: &Desk<'_>, change: &Change) -> Mover {
        let place = |id: &FileId| self.job.files.get(id).cloned();
        match change {
            Change::Edit(edit) => place(&edit.file.id).map_or(Mover::Nowhere, |relative| {
                let change = TaskChange::new(
                    self.hand.op.clone(),
                    edit.clone(),
                    relative.clone(),
                    self.job.reading.clone(),
                    desk.at,
                );
                Mover::File(FileChange::new(
                    self.hand.clone(),
                    self.job.folder.clone(),
                    relative,
                    Box::new(change),
                ))
            }),
            Change::Rewrite(rewrite) => {
                place(&rewrite.file.id).map_or(Mover::Nowhere, |relative| {
                    Mover::File(FileChange::new(
                        self.hand.clone(),
                        self.job.folder.clone(),
                        relative,
                        Box::new(rewrite.clone()),
                    ))
                })
            }
            Change::Append(line) => {
                let (relative, missing) = match &line.to {
                    AppendTo::Inbox => (Some(INBOX.to_owned()), append::Missing::Made),
                    AppendTo::Wal(file) => (place(&file.id), append::Missing::Refused),
                };
                relative.map_or(Mover::Nowhere, |relative| {
                    Mover::Line(AppendLine::new(
                        self.hand.clone(),
                        self.job.folder.clone(),
                        relative,
                        line.line.clone(),
                        missing,
                    ))
                })
            }
            Change::Act(act) => Mover::Program(Program::new(
                act.argv.clone(),
                act.timeout.to_std(),
                Surrounding::Own,
            )),
            Change::Ledger(_) => Mover::Word,
        }
    }

    fn change(&mut self, desk: &mut Desk<'_>, at: usize, mut mover: Box<Mover>) -> Stage {
        let step = match mover.as_mut() {
            Mover::File(change) => change.step(desk),
            Mover::Line(line) => line.step(desk),
            Mover::Program(program) => program.step(desk),
            Mover::Word => Step::Ended(Ended::Already),
            Mover::Nowhere => Step::Ended(Ended::Refused(
                "a file that is to be changed is not there any more".to_owned(),
            )),
        };
        match step {
            Step::Wait(until) => {
                self.state = State::Change(at, mover);
                Stage::Wait(until)
            }
            Step::Ended(ended) => self.ended(desk, at, &mover, ended),
        }
    }

    fn ended(&mut self, desk: &mut Desk<'_>, at: usize, mover: &Mover, ended: Ended) -> Stage {
        match ended {
            Ended::Done(Effect::File(replaced)) => self.replaced(at, mover, replaced),
            Ended::Done(Effect::Line(notes)) => self.done.notes.extend(notes),
            Ended::Done(Effect::Program(ran)) => {
                let sentence = ran.sentence();
                if !ran.is_good() {
                    let landed = if ran.end == End::TimedOut {
                        Landed::Unknown
                    } else {
                        Landed::NotApplied
                    };
                    return self.stop(desk, landed, sentence);
                }
                self.done.notes.push(sentence);
            }
            Ended::Already => {}
            Ended::Refused(why) | Ended::Failed(why) => {
                return self.stop(desk, Landed::NotApplied, why);
            }
            Ended::Conflicted(why) => return self.stop(desk, Landed::Conflicted, why),
        }
        self.done.count += 1;
        self.next(desk, at + 1)
    }

    fn replaced(&mut self, at: usize, mover: &Mover, replaced: Replaced) {
        let Mover::File(change) = mover else {
            return;
        };
        if let Some(Change::Edit(edit)) = self.job.plan.changes.get(at) {
            self.done.touched.push(TouchedTask {
                file: edit.file.clone(),
                task: edit.task.clone(),
                members: change.edit().touched().to_vec(),
            });
        }
        self.done.notes.extend(replaced.notes);
        self.done.files.push(FileOutcome {
            file: change.relative().to_owned(),
            level: replaced.level.word().to_owned(),
            before: replaced.before,
            after: replaced.after,
            displaced: replaced.displaced,
            collisions: replaced.collisions,
        });
    }

    /// One change did not take effect: what follows it is left.
    fn stop(&mut self, desk: &mut Desk<'_>, landed: Landed, why: String) -> Stage {
        let all = self.job.plan.changes.len();
        let (landed, sentence) = match (self.done.count, landed) {
            (0, landed) => (landed, why),
            (some, Landed::NotApplied) => (
                Landed::Done,
                format!("{some} of {all} changes are made, then: {why}"),
            ),
            (some, landed) => (
                landed,
                format!("{some} of {all} changes are made, then: {why}"),
            ),
        };
        let outcome = self.outcome(landed, sentence);
        self.record(desk, outcome)
    }

    fn finish(&mut self, desk: &mut Desk<'_>) -> Stage {
        let sentence = say::done(&self.job.plan.request, &self.done.files, &self.done.notes);
        let outcome = self.outcome(Landed::Done, sentence);
        self.record(desk, outcome)
    }

    fn outcome(&self, landed: Landed, sentence: String) -> Outcome {
        Outcome {
            op: self.hand.op.clone(),
            landed,
            sentence,
            files: self.done.files.clone(),
            touched: self.done.touched.clone(),
            found_later: false,
        }
    }

    fn record(&mut self, desk: &mut Desk<'_>, mut outcome: Outcome) -> Stage {
        let deed = Deed::Outcome(Box::new(outcome.clone()));
        let written = self
            .ledger
            .append_through(desk.gate, desk.at, self.job.who.clone(), deed);
        if let Err(error) = written {
            outcome.sentence = format!(
                "{} (the ledger could not be written: {error}; the next start finds it out)",
                outcome.sentence
            );
        }
        if outcome.landed == Landed::Done && !outcome.touched.is_empty() {
            let follow = Follow::new(&self.job, &self.hand, &outcome, desk.now);
            self.state = State::Follow(Box::new(follow));
        }
        Stage::Ended(outcome)
    }

    /// Takes up an operation of another process that ended before it was seen whether it stands.
    pub fn taken_up(job: Job, ledger: Ledger, outcome: &Outcome, now: Instant) -> Self {
        let mut operation = Self::new(job, ledger);
        let follow = Follow::new(&operation.job, &operation.hand, outcome, now);
        operation.state = State::Follow(Box::new(follow));
        operation
    }
}

/// Where agents find what the operator says to them.
pub const INBOX: &str = "inbox.jsonl";

/// Runs an operation until its outcome is known, then as long as it is followed. For commands: nothing else is to be done
/// meanwhile.
pub fn run(
    operation: &mut Operation,
    mut desk: impl FnMut(&mut dyn FnMut(&mut Desk<'_>) -> Stage) -> Stage,
    mut tell: impl FnMut(&Stage),
) {
    loop {
        match desk(&mut |desk| operation.step(desk)) {
            Stage::Wait(until) => {
                let left = until.saturating_duration_since(Instant::now());
                std::thread::park_timeout(left.min(Duration::from_millis(50)));
            }
            Stage::Over => return,
            stage @ (Stage::Ended(_) | Stage::Verified(_)) => tell(&stage),
        }
    }
}
