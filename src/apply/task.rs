//! The change of one task as an [`Edit`]: the precondition is asked anew of what was just read, then the bytes are spliced.

use std::sync::Arc;

use super::{Edit, Made, Seen};
use crate::domain::id::OpId;
use crate::domain::task::Task;
use crate::domain::time::{Ts, Zone};
use crate::ops::splice::{members, task_in};
use crate::ops::{EditTask, Member, NotSpliceable, Raw, Touched, splice};
use crate::parse::Context;
use crate::parse::vocabulary::Vocabulary;

/// How the plan files of a place are to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub zone: Zone,
    pub vocabulary: Arc<Vocabulary>,
}

/// The change of one task.
#[derive(Debug)]
pub struct TaskChange {
    op: OpId,
    edit: EditTask,
    relative: String,
    reading: Reading,
    /// When it is carried out.
    at: Ts,
    touched: Vec<Touched>,
}

impl TaskChange {
    pub fn new(op: OpId, edit: EditTask, relative: String, reading: Reading, at: Ts) -> Self {
        Self {
            op,
            edit,
            relative,
            reading,
            at,
            touched: Vec::new(),
        }
    }

    /// One that was carried out before.
    #[must_use]
    pub fn that_touched(mut self, touched: Vec<Touched>) -> Self {
        self.touched = touched;
        self
    }

    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    pub(super) fn at(&self) -> Ts {
        self.at
    }

    fn task_in(&self, bytes: &[u8]) -> Result<Task, NotSpliceable> {
        let ctx = Context {
            path: &self.relative,
            zone: self.reading.zone,
            modified: self.at,
            vocabulary: &self.reading.vocabulary,
        };
        task_in(bytes, &self.edit.task, &ctx)
    }

    fn is_in(&self, bytes: &[u8]) -> Result<bool, NotSpliceable> {
        let task = self.task_in(bytes)?;
        let last = task.last_op.as_ref();
        Ok(last.is_some_and(|last| last.id.exact() == self.op.as_str()))
    }

    fn moved(&self, bytes: &[u8]) -> Result<Option<String>, NotSpliceable> {
        let task = self.task_in(bytes)?;
        Ok(self.edit.base.moved(&task, self.at))
    }

    fn spliced(&mut self, base: &[u8]) -> Result<Made, NotSpliceable> {
        if self.is_in(base)? {
            return Ok(Made::Already);
        }
        if let Some(moved) = self.moved(base)? {
            return Ok(Made::Refused(moved));
        }
        let spliced = splice(base, &self.edit.task, &self.edit.edit)?;
        self.touched = spliced.touched;
        Ok(Made::New(spliced.bytes))
    }

    fn seen(&self, now: &[u8]) -> Result<Seen, NotSpliceable> {
        if self.is_in(now)? {
            return Ok(Seen::Stands);
        }
        let now = members(now, &self.edit.task)?;
        let value = |member: Member| {
            let found = now.iter().find(|(known, _)| *known == member);
            found.and_then(|(_, value)| value.as_ref())
        };
        let all = |wanted: fn(&Touched) -> Option<&Raw>, but: Option<Member>| {
            let mut these = self.touched.iter().filter(|t| Some(t.member) != but);
            these.all(|touched| same(value(touched.member), wanted(touched)))
        };
        if all(|touched| touched.before.as_ref(), None) {
            return Ok(Seen::Overwritten);
        }
        // An agent that keeps no members it does not know has dropped `last_op`; the values stand.
        if all(|touched| touched.after.as_ref(), Some(Member::LastOp)) {
            return Ok(Seen::Stands);
        }
        if epoch(value(Member::Claim)) >= self.touched_epoch() {
            // The agent has gone on, or another operation came after.
            return Ok(Seen::Stands);
        }
        Ok(Seen::Otherwise(
            "its claim went back to an epoch from before the operation".to_owned(),
        ))
    }

    fn touched_epoch(&self) -> Option<u64> {
        let claim = self.touched.iter().find(|t| t.member == Member::Claim);
        claim.and_then(|touched| epoch(touched.after.as_ref()))
    }
}

fn same(now: Option<&Raw>, then: Option<&Raw>) -> bool {
    match (now, then) {
        (None, None) => true,
        (Some(now), Some(then)) => now.same(then),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn epoch(claim: Option<&Raw>) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(claim?.text()).ok()?;
    value.get("epoch")?.as_u64()
}

impl Edit for TaskChange {
    fn make(&mut self, base: &[u8]) -> Made {
        match self.spliced(base) {
            Ok(made) => made,
            Err(why @ NotSpliceable::Damaged) => Made::Torn(why.to_string()),
            Err(why) => Made::Refused(why.to_string()),
        }
    }

    fn look(&self, now: &[u8]) -> Seen {
        match self.seen(now) {
            Ok(seen) => seen,
            Err(NotSpliceable::Damaged) => Seen::Torn,
            Err(why) => Seen::Otherwise(why.to_string()),
        }
    }

    fn touched(&self) -> &[Touched] {
        &self.touched
    }
}
