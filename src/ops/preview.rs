//! The exact difference of a plan, from the bytes as they are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::change::{Append, AppendTo, Change, EditTask, Plan, Refusal, Rewrite};
use super::difference::difference;
use super::edit::{DiffLine, Sign};
use super::splice::{splice, task_in};
use crate::domain::hash::sha256;
use crate::domain::id::FileId;
use crate::domain::text::shown;
use crate::domain::time::Ts;
use crate::domain::verb::Verb;
use crate::parse::classify::reader_for;
use crate::parse::{Context, Diagnostic, lint};

/// Bytes that decide how a file is read.
const HEAD: usize = 64 * 1_024;

/// Fills in what each change looks like in its file. `read` gives a file's bytes now, and how it is to be read.
///
/// # Errors
/// Where a file cannot be changed with care, or what the plan rests on has moved already.
pub fn preview<'a>(
    mut plan: Plan,
    read: &dyn Fn(FileId) -> Option<(Vec<u8>, Context<'a>)>,
    now: Ts,
) -> Result<Plan, Refusal> {
    let mut files: BTreeMap<FileId, (Vec<u8>, Context<'a>)> = BTreeMap::new();
    let mut diff = Vec::new();
    let edits = plan.changes.iter();
    let several = edits.filter(|one| matches!(one, Change::Edit(_))).count() > 1;
    for change in &plan.changes {
        match change {
            Change::Edit(edit) => {
                diff.extend(several.then(|| heading(edit)));
                let (bytes, ctx) = match files.entry(edit.file.id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        let missing =
                            || Refusal::new(format!("{} cannot be read now", edit.file.path));
                        place.insert(read(edit.file.id).ok_or_else(missing)?)
                    }
                };
                diff.extend(edited(edit, bytes, ctx, now)?);
            }
            Change::Rewrite(rewrite) => {
                diff.extend(rewritten(rewrite, plan.request.verb, read)?);
            }
            Change::Append(append) => diff.push(appended(append)),
            Change::Act(act) => diff.push(DiffLine {
                sign: Sign::Added,
                line: 0,
                text: shown(&format!("runs {}", act.argv.join(" "))).into_owned(),
                blanks: false,
            }),
            Change::Ledger(_) => {}
        }
    }
    plan.diff = diff;
    Ok(plan)
}

fn heading(edit: &EditTask) -> DiffLine {
    DiffLine {
        sign: Sign::Of,
        line: 0,
        text: edit.task.to_string(),
        blanks: false,
    }
}

fn edited(
    edit: &EditTask,
    bytes: &mut Vec<u8>,
    ctx: &Context<'_>,
    now: Ts,
) -> Result<Vec<DiffLine>, Refusal> {
    let careful = |why: super::NotSpliceable| {
        Refusal::new(format!("{}: {why}", edit.file.path))
            .but("edit the file yourself while its agent is stopped")
    };
    let task = task_in(bytes, &edit.task, ctx).map_err(careful)?;
    if let Some(moved) = edit.base.moved(&task, now) {
        return Err(Refusal::new(moved).but("look again"));
    }
    let spliced = splice(bytes, &edit.task, &edit.edit).map_err(careful)?;
    *bytes = spliced.bytes;
    Ok(spliced.diff)
}

fn rewritten<'a>(
    rewrite: &Rewrite,
    verb: Verb,
    read: &dyn Fn(FileId) -> Option<(Vec<u8>, Context<'a>)>,
) -> Result<Vec<DiffLine>, Refusal> {
    let path = &rewrite.file.path;
    let Some((bytes, ctx)) = read(rewrite.file.id) else {
        return Err(Refusal::new(format!("{path} cannot be read now")));
    };
    if sha256(&bytes) != rewrite.before {
        return Err(Refusal::new(format!("{path} was written since")).but("look again"));
    }
    if verb == Verb::Edit {
        unbroken(rewrite, &bytes, &ctx)?;
    }
    difference(&bytes, &rewrite.bytes)
        .ok_or_else(|| Refusal::new(format!("the change of {path} is too large to be shown")))
}

/// What was in order stays in order: the first new doubt about the contract, with its place.
fn unbroken(rewrite: &Rewrite, old: &[u8], ctx: &Context<'_>) -> Result<(), Refusal> {
    let head = &rewrite.bytes[..rewrite.bytes.len().min(HEAD)];
    let Some((reader, _)) = reader_for(ctx.path, head, ctx.vocabulary) else {
        return Ok(());
    };
    let before = lint::file(reader, old, ctx);
    let was_there = |one: &Diagnostic| {
        let mut before = before.iter();
        before.any(|old| {
            (old.kind, &old.expected, &old.found) == (one.kind, &one.expected, &one.found)
        })
    };
    let mut after = lint::file(reader, &rewrite.bytes, ctx).into_iter();
    let Some(new) = after.find(|one| !was_there(one)) else {
        return Ok(());
    };
    Err(Refusal::new(format!(
        "{} would break the contract: line {}, column {}: expected {}, found {}",
        rewrite.file.path,
        new.line,
        new.column,
        new.expected,
        new.found.shown_within(60)
    ))
    .but(format!(
        "{}; your draft is kept: `E` or `rounds edit` takes it up again",
        new.remedy
    )))
}

fn appended(append: &Append) -> DiffLine {
    let file = match &append.to {
        AppendTo::Inbox => "inbox.jsonl".to_owned(),
        AppendTo::Wal(file) => file.path.shown().into_owned(),
    };
    DiffLine {
        sign: Sign::Added,
        line: 0,
        text: format!("{file}: {}", shown(&append.line)),
        blanks: false,
    }
}
