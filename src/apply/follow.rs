//! After the outcome: whether the change still stands, and making it once more where an agent wrote over it from an older copy.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::operation::{Job, Stage};
use super::place::{Place, Read};
use super::say;
use super::task::TaskChange;
use super::{Desk, Edit, Ended, FileChange, Hand, Seen, Step};
use crate::ops::{Change, EditTask, Landed};
use crate::store::ledger::{Deed, Ledger, Who};
use crate::store::operation::{Outcome, Verified};

/// Times that a change which was written over is made again.
const MOST: u32 = 3;
/// Until a file that is being written is looked at again.
const TORN: Duration = Duration::from_millis(200);

/// An operation that is over, and what it made.
pub struct Follow {
    job: Job,
    hand: Hand,
    outcome: Outcome,
    began: Instant,
    /// Seconds after the beginning at which to look.
    looks: VecDeque<u64>,
    last: u64,
    torn: u32,
    again: u32,
    state: State,
}

enum State {
    Waiting,
    /// The change of this number is made again.
    Again(usize, Box<FileChange>),
}

/// What a look at all changes found.
enum Found {
    Stand,
    Torn,
    /// The change of this number was written over.
    Overwritten(usize),
    Otherwise(String),
}

impl Follow {
    pub fn new(job: &Job, hand: &Hand, outcome: &Outcome, now: Instant) -> Self {
        Self {
            job: job.clone(),
            hand: hand.clone(),
            outcome: outcome.clone(),
            began: now,
            looks: [0].into_iter().chain(job.looks.iter().copied()).collect(),
            last: 0,
            torn: 0,
            again: 0,
            state: State::Waiting,
        }
    }

    pub fn step(&mut self, desk: &mut Desk<'_>, ledger: &Ledger, who: &Who) -> Stage {
        match std::mem::replace(&mut self.state, State::Waiting) {
            State::Waiting => self.look(desk, ledger, who),
            State::Again(at, mut change) => match change.step(desk) {
                Step::Wait(until) => {
                    self.state = State::Again(at, change);
                    Stage::Wait(until)
                }
                Step::Ended(ended) => self.made_again(desk, ledger, who, ended),
            },
        }
    }

    fn look(&mut self, desk: &mut Desk<'_>, ledger: &Ledger, who: &Who) -> Stage {
        let Some(next) = self.looks.front().copied() else {
            return Stage::Over;
        };
        let due = self.began + Duration::from_secs(next);
        if desk.now < due {
            return Stage::Wait(due);
        }
        match self.find(desk) {
            Found::Torn if self.torn < 10 => {
                self.torn += 1;
                Stage::Wait(desk.now + TORN)
            }
            Found::Stand => {
                self.torn = 0;
                self.last = next;
                self.looks.pop_front();
                if self.looks.is_empty() {
                    let sentence = format!("stands after {next} s");
                    return self.tell(desk, ledger, who, Landed::Done, sentence);
                }
                Stage::Wait(desk.now)
            }
            Found::Overwritten(at) if self.again < MOST => {
                self.again += 1;
                match self.change(desk, at) {
                    Some(change) => {
                        self.state = State::Again(at, Box::new(change));
                        Stage::Wait(desk.now)
                    }
                    None => self.end(
                        desk,
                        ledger,
                        who,
                        "its file is not there any more".to_owned(),
                    ),
                }
            }
            Found::Overwritten(_) => {
                let sentence = format!(
                    "an agent wrote over it {MOST} times from an older copy: it does not stand"
                );
                self.end(desk, ledger, who, sentence)
            }
            Found::Torn => {
                let sentence = "the file does not parse any more".to_owned();
                self.end(desk, ledger, who, sentence)
            }
            Found::Otherwise(why) => self.end(desk, ledger, who, why),
        }
    }

    fn find(&self, desk: &mut Desk<'_>) -> Found {
        for (at, change) in self.job.plan.changes.iter().enumerate() {
            let Some((edit, relative)) = self.edit_of(change) else {
                continue;
            };
            let task = self.task_change(desk, edit, relative.clone());
            let seen = match Place::open(desk.gate, &self.job.folder, &relative)
                .and_then(|place| place.read(desk.gate))
            {
                Ok(Read::Whole(version, _)) => task.look(&version.bytes),
                Ok(Read::Moving) | Err(_) => Seen::Torn,
            };
            match seen {
                Seen::Stands => {}
                Seen::Torn => return Found::Torn,
                Seen::Overwritten => return Found::Overwritten(at),
                Seen::Otherwise(why) => return Found::Otherwise(why),
            }
        }
        Found::Stand
    }

    /// Only what was touched is looked for.
    fn edit_of<'a>(&'a self, change: &'a Change) -> Option<(&'a EditTask, String)> {
        let Change::Edit(edit) = change else {
            return None;
        };
        let was = |touched: &crate::ops::TouchedTask| {
            touched.task == edit.task && touched.file.id == edit.file.id
        };
        self.outcome.touched.iter().find(|touched| was(touched))?;
        let relative = self.job.files.get(&edit.file.id)?;
        Some((edit, relative.clone()))
    }

    fn task_change(&self, desk: &Desk<'_>, edit: &EditTask, relative: String) -> TaskChange {
        let touched = self.outcome.touched.iter().find(|t| t.task == edit.task);
        TaskChange::new(
            self.hand.op.clone(),
            edit.clone(),
            relative,
            self.job.reading.clone(),
            desk.at,
        )
        .that_touched(touched.map_or_else(Vec::new, |touched| touched.members.clone()))
    }

    fn change(&self, desk: &Desk<'_>, at: usize) -> Option<FileChange> {
        let (edit, relative) = self.edit_of(self.job.plan.changes.get(at)?)?;
        let change = self.task_change(desk, edit, relative.clone());
        Some(FileChange::new(
            self.hand.clone(),
            self.job.folder.clone(),
            relative,
            Box::new(change),
        ))
    }

    fn made_again(
        &mut self,
        desk: &mut Desk<'_>,
        ledger: &Ledger,
        who: &Who,
        ended: Ended,
    ) -> Stage {
        match ended {
            Ended::Done(_) | Ended::Already => {
                let sentence = format!(
                    "an agent wrote over it from an older copy: made again ({} of {MOST})",
                    self.again
                );
                self.tell(desk, ledger, who, Landed::Done, sentence)
            }
            Ended::Refused(why) | Ended::Failed(why) | Ended::Conflicted(why) => {
                let sentence = format!("an agent wrote over it, and it was not made again: {why}");
                self.end(desk, ledger, who, sentence)
            }
        }
    }

    fn end(&mut self, desk: &mut Desk<'_>, ledger: &Ledger, who: &Who, why: String) -> Stage {
        self.looks.clear();
        self.tell(desk, ledger, who, Landed::Conflicted, why)
    }

    fn tell(
        &mut self,
        desk: &mut Desk<'_>,
        ledger: &Ledger,
        who: &Who,
        landed: Landed,
        sentence: String,
    ) -> Stage {
        let after = desk.now.saturating_duration_since(self.began).as_secs();
        let verified = Verified {
            op: self.hand.op.clone(),
            after_s: Some(after.max(self.last)),
            landed,
            sentence: format!("{}: {sentence}", say::subject(&self.job.plan.request)),
        };
        let deed = Deed::Verified(verified.clone());
        if let Err(error) = ledger.append_through(desk.gate, desk.at, who.clone(), deed) {
            tracing::warn!(%error, "what became of an operation was not written down");
        }
        Stage::Verified(verified)
    }
}
