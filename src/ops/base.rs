//! The precondition of a change: what was seen of a task when the operator decided.

use serde::{Deserialize, Serialize};

use super::edit::{Member, Raw};
use super::splice::members;
use crate::domain::id::{AgentId, RunId, TaskId};
use crate::domain::task::{LastOp, Task, TaskStatus};
use crate::domain::time::{Span, Ts};
use crate::domain::verb::Verb;

/// The values of one task that a decision rests on. Other tasks of the file may change meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    pub status: TaskStatus,
    pub by: Option<AgentId>,
    pub run: Option<RunId>,
    /// Absent where the task has no claim.
    pub epoch: Option<u64>,
    pub attempt: Option<u32>,
    pub held: bool,
    pub flagged: bool,
    /// The last operation that rounds wrote into it.
    pub last_op: Option<String>,
    /// SHA-256 of the file as it was seen, in hex: for the record, not a condition.
    pub hash: String,
    /// Values that must stand there as they are: only what is taken back needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exact: Vec<(Member, Option<Raw>)>,
}

impl Base {
    pub fn of(task: &Task, hash: &str) -> Self {
        let claim = task.claim.as_ref();
        Self {
            status: task.status,
            by: claim.and_then(|claim| claim.by.clone()),
            run: claim.and_then(|claim| claim.run.clone()),
            epoch: claim.map(|claim| claim.epoch),
            attempt: task.attempt,
            held: task.held.is_some(),
            flagged: task.flag.is_some(),
            last_op: task.last_op.as_ref().map(|op| op.id.exact().to_owned()),
            hash: hash.to_owned(),
            exact: Vec::new(),
        }
    }

    /// What moved since, in one sentence; nothing where the decision still rests on what it rested on.
    pub fn moved(&self, task: &Task, now: Ts) -> Option<String> {
        let other = Self::of(task, &self.hash);
        if let Some(op) = task.last_op.as_ref()
            && other.last_op != self.last_op
        {
            return Some(told(op, now));
        }
        if other.status != self.status {
            return Some(format!(
                "its status is {} now; it was {} when you looked",
                other.status.word(),
                self.status.word()
            ));
        }
        if (&other.by, &other.run, other.epoch) != (&self.by, &self.run, self.epoch) {
            return Some(match &other.run {
                Some(run) => format!("run {run} holds its claim now"),
                None => "its claim changed meanwhile".to_owned(),
            });
        }
        let moved = [
            (
                other.attempt != self.attempt,
                "its attempt changed meanwhile",
            ),
            (other.held != self.held, "it was held or released meanwhile"),
            (other.flagged != self.flagged, "its flag changed meanwhile"),
            (
                other.last_op != self.last_op,
                "its last operation was removed meanwhile",
            ),
        ];
        let first = moved.iter().find(|(moved, _)| *moved);
        first.map(|(_, what)| (*what).to_owned())
    }

    /// Whether the values that must stand exactly so do: what is taken back is what was written, however it is spaced now.
    ///
    /// # Errors
    /// What does not, in one sentence.
    pub fn exact_in(&self, bytes: &[u8], task: &TaskId) -> Result<(), String> {
        if self.exact.is_empty() {
            return Ok(());
        }
        let stands = members(bytes, task).map_err(|why| why.to_string())?;
        for (member, wanted) in &self.exact {
            let found = stands.iter().find(|(known, _)| known == member);
            let same = match (found.and_then(|(_, raw)| raw.as_ref()), wanted) {
                (Some(found), Some(wanted)) => found.same(wanted),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if !same {
                return Err(format!(
                    "`{}` is not what rounds wrote any more",
                    member.word()
                ));
            }
        }
        Ok(())
    }

    /// All that a confirmation code depends on.
    pub fn fingerprint(&self) -> String {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {} {} {:?}",
            self.status,
            self.by.as_ref().map(AgentId::as_str),
            self.run.as_ref().map(RunId::as_str),
            self.epoch,
            self.attempt,
            self.held,
            self.flagged,
            self.last_op
        )
    }
}

/// `uid 1001 on tty3 reclaimed this 3s ago`
pub(super) fn told(op: &LastOp, now: Ts) -> String {
    let who = op.uid.map_or_else(
        || "another rounds".to_owned(),
        |uid| match &op.tty {
            Some(tty) => format!("uid {uid} on {}", tty.shown_within(24)),
            None => format!("uid {uid}"),
        },
    );
    let what = Verb::named(op.verb.exact()).map_or("changed", Verb::past);
    let when = op.at.map_or_else(String::new, |at| {
        let seconds = (now - at).0.max(0) / 1_000;
        format!(" {} ago", Span::secs(seconds))
    });
    format!("{who} {what} this{when}")
}
