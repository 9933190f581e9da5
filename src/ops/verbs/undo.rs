//! Undo: the inverse change, while what was changed is unchanged. What happened outside is never claimed to be undone.

use super::Draft;
use crate::domain::task::Task;
use crate::domain::verb::Verb;
use crate::ops::base::Base;
use crate::ops::change::{Change, EditTask, Plan, Refusal, Rewrite, Undoing, Word};
use crate::ops::desk::{Desk, Route};
use crate::ops::edit::{Cut, Member, Raw, TaskEdit, Touched, Write};
use crate::ops::history::stands;
use crate::ops::scene::{Landed, Past, TouchedTask};
use crate::ops::splice::with_epoch;
use crate::ops::tiers::Level;

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let past = desk.scene.past;
    let one = wanted(desk)?;
    if !stands(past, one) {
        return Err(Refusal::new(
            "it was taken back already, or never took effect",
        ));
    }
    match one.landed {
        Landed::Done => {}
        Landed::Open => {
            return Err(Refusal::new("its outcome is not known yet").but("possible when it is"));
        }
        Landed::Unknown | Landed::Conflicted | Landed::NotApplied => {
            return Err(Refusal::new("nobody can tell what it changed"));
        }
    }
    if matches!(one.verb, Verb::Acknowledge | Verb::Snooze) {
        return unsaid(desk, one);
    }
    if one.verb == Verb::Edit {
        return every_byte(desk, one);
    }
    in_files(one)?;
    let mut changes = Vec::new();
    let mut moved = Vec::new();
    for touched in &one.touched {
        match inverse(desk, one, touched) {
            Ok(edit) => changes.push(Change::Edit(edit)),
            Err(refusal) => moved.push(refusal),
        }
    }
    if changes.is_empty() {
        return Err(moved
            .into_iter()
            .next()
            .unwrap_or_else(|| Refusal::new("nothing is left of it")));
    }
    let what = one
        .task
        .as_ref()
        .map_or_else(|| desk.request.agent.to_string(), ToString::to_string);
    let rest = match moved.len() {
        0 => String::new(),
        n => format!("; {n} of {} moved since and stay", one.touched.len()),
    };
    let sentence = format!(
        "takes back `{}` of {what} from {}{rest}",
        one.verb.word(),
        desk.when(one.at)
    );
    let mut draft = Draft::new(sentence);
    draft.changes = changes;
    draft.undo = Undoing::Never("an undo is not undone; order it again".to_owned());
    Ok(naming(draft.done(desk), one))
}

/// Only what was written into a plan can be taken back: nothing else is ever called undone.
fn in_files(one: &Past) -> Result<(), Refusal> {
    let (why, possible) = match one.verb {
        Verb::Approve => (
            "an approval may have been read",
            "hold the task, or stop the run",
        ),
        Verb::Run => ("a started run cannot be taken back", "stop it: `stop`"),
        Verb::Stop => ("a stopped run cannot be taken back", "start it: `run`"),
        Verb::Handoff => ("a line in an inbox may have been read", "append another"),
        Verb::Note => ("notes stay in the ledger", "write another"),
        Verb::Merge => (
            "the whole file was written",
            "compare it with the version from before: `rounds kept`",
        ),
        Verb::Undo => ("an undo is not undone", "order it again"),
        Verb::Edit => ("the whole file was written", "edit it again"),
        Verb::Reclaim
        | Verb::Retry
        | Verb::Skip
        | Verb::Hold
        | Verb::Release
        | Verb::Done
        | Verb::Acknowledge
        | Verb::Snooze => {
            if !one.touched.is_empty() {
                return Ok(());
            }
            (
                "it was the agent's own command that did it",
                "order the counterpart",
            )
        }
    };
    Err(never(why, possible))
}

fn never(why: &str, possible: &str) -> Refusal {
    Refusal::new(why).but(possible)
}

/// The operation that is meant: by its id, else the last one on the task or the agent.
fn wanted<'a>(desk: &Desk<'a>) -> Result<&'a Past, Refusal> {
    let past = desk.scene.past;
    if let Some(op) = &desk.request.undoes {
        let named = past.iter().find(|one| one.op == *op);
        return named
            .ok_or_else(|| Refusal::new("the ledger knows no such operation of this agent"));
    }
    let task = desk.request.task.as_ref();
    let mut mine = past.iter().rev().filter(|one| {
        one.verb != Verb::Undo && stands(past, one) && (task.is_none() || one.task.as_ref() == task)
    });
    mine.next()
        .ok_or_else(|| Refusal::new("nothing was done to it"))
}

fn unsaid(desk: &Desk<'_>, one: &Past) -> Result<Plan, Refusal> {
    let Some(case) = one.case.clone() else {
        return Err(Refusal::new("nobody can tell which finding it was about"));
    };
    let sentence = format!(
        "takes back `{}` from {}: the finding counts again",
        one.verb.word(),
        desk.when(one.at)
    );
    let plan = Draft::new(sentence)
        .change(Change::Ledger(Word::Unsaid { case }))
        .done(desk);
    Ok(naming(plan, one))
}

/// The file as it was before an edit, while it stands as the edit left it.
fn every_byte(desk: &Desk<'_>, one: &Past) -> Result<Plan, Refusal> {
    let mut copies = desk.scene.copies.iter();
    let Some(copy) = copies.find(|copy| copy.op == one.op) else {
        return Err(Refusal::new(
            "the file as it was before is not kept any more",
        ));
    };
    let (Some(file), Some(now)) = (&copy.file, &copy.now) else {
        return Err(Refusal::new("the file is not there any more"));
    };
    if copy.base.is_none() {
        return Err(
            Refusal::new(format!("{} was written since", file.path)).but(format!(
                "compare it with what the edit replaced: rounds kept {}",
                desk.request.agent
            )),
        );
    }
    let sentence = format!(
        "takes back `edit` of {} from {}: every byte as it was",
        file.path,
        desk.when(one.at)
    );
    let rewrite = Rewrite::new(file.clone(), now, copy.bytes.clone());
    let plan = Draft::new(sentence)
        .level(Level::Yes)
        .change(Change::Rewrite(rewrite))
        .never("an undo is not undone; edit it again")
        .done(desk);
    Ok(naming(plan, one))
}

/// The plan says which operation it takes back, also where the request left that open.
fn naming(mut plan: Plan, one: &Past) -> Plan {
    plan.request.undoes = Some(one.op.clone());
    plan
}

/// The edit that puts the members of one task back.
fn inverse(desk: &Desk<'_>, one: &Past, touched: &TouchedTask) -> Result<EditTask, Refusal> {
    let Route::File(target) = desk.route_to(&touched.task)? else {
        return Err(Refusal::new(format!(
            "{} has no plan file any more",
            touched.task
        )));
    };
    if target.file.id != touched.file.id {
        let why = format!("{} is planned in another file now", touched.task);
        return Err(Refusal::new(why));
    }
    unmoved(one, touched, target.task)?;
    let members: Vec<Touched> = touched
        .members
        .iter()
        .filter(|member| member.member != Member::LastOp)
        .cloned()
        .collect();
    let mut edit = TaskEdit::back(&members);
    let epoch = target.task.claim.as_ref().map(|claim| claim.epoch);
    for (member, write) in &mut edit.0 {
        if *member == Member::Claim {
            *write = under_next_epoch(write, epoch)?;
        }
    }
    let mut base = Base::of(target.task, &target.version.hash);
    base.exact = members
        .iter()
        .map(|member| (member.member, member.after.clone()))
        .collect();
    Ok(EditTask {
        file: target.file.clone(),
        task: target.id.clone(),
        edit: desk.signed(edit, &[]),
        base,
    })
}

/// The owner comes back, but an epoch never goes back: it moves on, so that nobody mistakes the old claim for the new.
fn under_next_epoch(write: &Write, epoch: Option<u64>) -> Result<Write, Refusal> {
    let Some(epoch) = epoch else {
        return Ok(write.clone());
    };
    let unclear = || Refusal::new("the claim it had cannot be read any more");
    let next = epoch.saturating_add(1);
    Ok(match write {
        Write::Exactly(raw) => Write::Exactly(with_epoch(raw, next).ok_or_else(unclear)?),
        Write::Set(raw) => Write::Set(with_epoch(raw, next).ok_or_else(unclear)?),
        Write::PutBack(cut) => {
            let value = with_epoch(&cut.value, next).ok_or_else(unclear)?;
            let bytes = cut.bytes.replacen(cut.value.text(), value.text(), 1);
            Write::PutBack(Cut {
                bytes,
                value,
                ..cut.clone()
            })
        }
        // It had no claim: what fences the run that is gone has to stay.
        Write::Remove => {
            let fence = serde_json::json!({ "by": null, "epoch": next });
            Write::Set(Raw::of(&fence))
        }
    })
}

/// Whether the task still stands as the operation left it.
fn unmoved(one: &Past, touched: &TouchedTask, task: &Task) -> Result<(), Refusal> {
    let id = &touched.task;
    let last = task.last_op.as_ref();
    if last.is_none_or(|op| op.id.exact() != one.op.as_str()) {
        let why = match last {
            Some(op) => format!("{id} was changed since, by `{}`", op.verb.shown_within(16)),
            None => format!("{id} was written anew since"),
        };
        return Err(Refusal::new(why));
    }
    let claim = task.claim.as_ref();
    if claim.is_some_and(|claim| claim.by.is_some() || claim.run.is_some()) {
        let kept = touched
            .members
            .iter()
            .all(|member| member.member != Member::Claim);
        if !kept {
            let run = claim.and_then(|claim| claim.run.as_ref());
            let by = run.map_or_else(|| "its agent".to_owned(), |run| format!("run {run}"));
            return Err(Refusal::new(format!("{id} was picked up since, by {by}")));
        }
    }
    let status = touched
        .members
        .iter()
        .find(|member| member.member == Member::Status);
    let wrote = status.and_then(|member| {
        member
            .after
            .as_ref()?
            .text()
            .strip_prefix('"')?
            .strip_suffix('"')
    });
    let now = task
        .word
        .as_ref()
        .map_or_else(|| task.status.word(), |word| word.exact());
    if wrote.is_some_and(|wrote| wrote != now) {
        let shown = crate::domain::text::clean_within(now, 24);
        return Err(Refusal::new(format!(
            "{id} is {shown} now, which is not what rounds wrote"
        )));
    }
    Ok(())
}
