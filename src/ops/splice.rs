//! A change of one task as bytes: what the change does not name stays to the byte.
//!
//! The document is never written anew. The spans of the members are taken from the reader that reads the file anyway, so
//! order, spacing, number text, duplicate keys, unknown members, line ends, BOM and final newline stay. The result is read
//! again before it is given out: it must say exactly what was meant, and of every other task exactly what it said before.

use std::sync::LazyLock;

use super::edit::{DiffLine, Member, Raw, Sign, TaskEdit, Touched, Write};
use crate::domain::id::TaskId;
use crate::domain::schedule::Plan;
use crate::domain::task::Task;
use crate::domain::text::{decode, shown};
use crate::domain::time::{Ts, Zone};
use crate::parse::json::{Outcome, Source, Tape};
use crate::parse::vocabulary::{Vocabulary, folded};
use crate::parse::{self, Context, DiagnosticKind};

mod object;
mod style;
#[cfg(test)]
mod tests;

use object::Object;

/// The file with the change in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spliced {
    pub bytes: Vec<u8>,
    pub diff: Vec<DiffLine>,
    /// What each member was and became, with what puts it back.
    pub touched: Vec<Touched>,
}

/// Why a file cannot be changed with care. It stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSpliceable {
    #[error("the file does not parse; rounds changes nothing in a file that it cannot read whole")]
    Damaged,
    #[error(
        "the file holds comments (line {0}), which JSON has none of; rounds does not change such files"
    )]
    Comments(u32),
    #[error("the file is larger than a plan may be")]
    TooLong,
    #[error("the task is not in the file any more")]
    Missing,
    #[error("several tasks of the file have this name: give each an id of its own")]
    Ambiguous,
    #[error("the task has no id of its own in the file: give it one")]
    Nameless,
    #[error("the task is no object of the file, so nothing can be written into it")]
    NoObject,
    #[error("`{}` stands there twice, so removing one would show the other", .0.word())]
    Twice(Member),
    #[error("`{}` holds something here that rounds does not know, so it is not overwritten", .0.word())]
    Foreign(Member),
    #[error("the change would be read in another way than it is meant")]
    Misread,
}

/// Replaces, inserts and removes members of one task.
///
/// # Errors
/// Where the result could not be trusted: see [`NotSpliceable`].
pub fn splice(bytes: &[u8], task: &TaskId, edit: &TaskEdit) -> Result<Spliced, NotSpliceable> {
    let before = read(bytes)?;
    let start = place_of(&before, task)?;
    let mut out = bytes.to_vec();
    let mut touched = Vec::new();
    for (member, write) in &edit.0 {
        let member = *member;
        let mut tape = Tape::default();
        let source = Source::new(&out);
        let object = Object::at(&mut tape, &source, start, task)?;
        let Some(patch) = object.write(member, write)? else {
            continue;
        };
        let next = [&out[..patch.from], patch.bytes.as_bytes(), &out[patch.to..]].concat();
        touched.push(patch.touched);
        out = next;
    }
    if out.len() > parse::MOST_PLAN {
        return Err(NotSpliceable::TooLong);
    }
    let after = read(&out)?;
    same_but_for(&before, &after, task, edit)?;
    let members: Vec<Member> = touched.iter().map(|touched| touched.member).collect();
    let mut diff = Vec::new();
    for member in members {
        let removed = lines(bytes, start, task, member, Sign::Removed)?;
        let added = lines(&out, start, task, member, Sign::Added)?;
        let text = |lines: &[DiffLine]| -> Vec<String> {
            lines.iter().map(|line| line.text.clone()).collect()
        };
        // Written again with the value it had.
        if text(&removed) != text(&added) {
            diff.extend(removed.into_iter().chain(added));
        }
    }
    Ok(Spliced {
        bytes: out,
        diff,
        touched,
    })
}

/// The values of the members as they stand in the file.
///
/// # Errors
/// Where the file or the task cannot be read for certain.
pub fn members(bytes: &[u8], task: &TaskId) -> Result<Vec<(Member, Option<Raw>)>, NotSpliceable> {
    let plan = read(bytes)?;
    let start = place_of(&plan, task)?;
    let mut tape = Tape::default();
    let source = Source::new(bytes);
    let object = Object::at(&mut tape, &source, start, task)?;
    Ok(Member::ALL
        .into_iter()
        .map(|member| (member, object.value(member)))
        .collect())
}

/// A claim with another epoch, every other byte as it was.
pub fn with_epoch(claim: &Raw, epoch: u64) -> Option<Raw> {
    let bytes = claim.text().as_bytes();
    let mut tape = Tape::default();
    let source = Source::new(bytes);
    let Outcome::Value { .. } = tape.read(bytes, 0) else {
        return None;
    };
    let node = tape.root(&source);
    if !node.is_object() {
        // Nothing was claimed: the fence alone stays.
        return Some(Raw::of(&serde_json::json!({ "by": null, "epoch": epoch })));
    }
    let own = node
        .fields()
        .filter(|(key, _)| folded(&key.verbatim()) == "epoch");
    let text = claim.text();
    let put = |from: usize, to: usize, what: &str| {
        Raw::read(&format!("{}{what}{}", text.get(..from)?, text.get(to..)?))
    };
    if let Some((_, value)) = own.last() {
        let (from, to) = value.span();
        return put(from, to, &epoch.to_string());
    }
    let brace = node.span().0 + 1;
    let comma = if node.is_empty() { "" } else { ", " };
    put(brace, brace, &format!("\"epoch\": {epoch}{comma}"))
}

/// One task of a file that reads well, for looking whether what a decision rests on still holds.
///
/// # Errors
/// Where the file or the task cannot be read for certain.
pub fn task_in(bytes: &[u8], task: &TaskId, ctx: &Context<'_>) -> Result<Task, NotSpliceable> {
    place_of(&read(bytes)?, task)?;
    let (plan, _) = parse::plan(bytes, ctx);
    let found = plan.tasks.into_iter().find(|found| found.id == *task);
    found.ok_or(NotSpliceable::Missing)
}

/// What a status means is no matter here, only where it stands.
static WORDS: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::default);

/// The plan in the file: only what is read without loss may be changed.
fn read(bytes: &[u8]) -> Result<Plan, NotSpliceable> {
    let ctx = Context {
        path: "",
        zone: Zone::UTC,
        modified: Ts(0),
        vocabulary: &WORDS,
    };
    let (plan, said) = parse::plan(bytes, &ctx);
    let Some(damage) = said.iter().find(|said| said.kind.is_damage()) else {
        return Ok(plan);
    };
    if let Some(line) = comment(bytes, damage.offset as usize) {
        return Err(NotSpliceable::Comments(line));
    }
    if damage.kind == DiagnosticKind::Oversize {
        return Err(NotSpliceable::TooLong);
    }
    Err(NotSpliceable::Damaged)
}

/// The line of a comment at which reading stopped.
fn comment(bytes: &[u8], at: usize) -> Option<u32> {
    let rest = bytes.get(at..)?;
    let begins = [&b"//"[..], b"/*", b"#"];
    begins
        .iter()
        .any(|mark| rest.starts_with(mark))
        .then(|| line_of(bytes, at))
}

fn line_of(bytes: &[u8], at: usize) -> u32 {
    memchr::memchr_iter(b'\n', &bytes[..at.min(bytes.len())]).count() as u32 + 1
}

/// Where the task's object begins.
fn place_of(plan: &Plan, task: &TaskId) -> Result<usize, NotSpliceable> {
    let mut found = plan.tasks.iter().filter(|found| found.id == *task);
    let one = found.next().ok_or(NotSpliceable::Missing)?;
    match found.next() {
        Some(_) => Err(NotSpliceable::Ambiguous),
        None => Ok(one.offset as usize),
    }
}

/// The members that rounds may write, and the place, do not count.
fn bare(task: &Task) -> Task {
    Task {
        status: crate::domain::task::TaskStatus::Pending,
        word: None,
        claim: None,
        attempt: None,
        held: None,
        flag: None,
        last_op: None,
        due: None,
        offset: 0,
        line: 0,
        ..task.clone()
    }
}

fn same_but_for(
    before: &Plan,
    after: &Plan,
    task: &TaskId,
    edit: &TaskEdit,
) -> Result<(), NotSpliceable> {
    let placeless = |task: &Task| Task {
        offset: 0,
        line: 0,
        ..task.clone()
    };
    let moves = edit.0.iter().any(|(member, _)| *member == Member::Due);
    let same = before.tasks.len() == after.tasks.len()
        && before.tasks.iter().zip(&after.tasks).all(|(old, new)| {
            if old.id == *task {
                let due = |task: &Task| task.due.filter(|_| !moves);
                bare(old) == bare(new) && due(old) == due(new)
            } else {
                placeless(old) == placeless(new)
            }
        });
    let head = |plan: &Plan| Plan {
        tasks: Vec::new(),
        ..plan.clone()
    };
    let new = after.tasks.iter().find(|found| found.id == *task);
    let meant = new.is_some_and(|new| {
        edit.0
            .iter()
            .all(|(member, write)| reads(new, *member, write))
    });
    if same && meant && head(before) == head(after) {
        Ok(())
    } else {
        Err(NotSpliceable::Misread)
    }
}

/// Whether the reader of the file sees what was written.
fn reads(task: &Task, member: Member, write: &Write) -> bool {
    let value = match write {
        Write::Set(raw) => raw,
        Write::Remove => {
            return match member {
                Member::Status => true,
                Member::Claim => task.claim.is_none(),
                Member::Attempt => task.attempt.is_none(),
                Member::Held => task.held.is_none(),
                Member::Flag => task.flag.is_none(),
                Member::LastOp => task.last_op.is_none(),
                Member::Due => task.due.is_none(),
            };
        }
        // What stood there before is put back, whatever it meant.
        Write::PutBack(_) | Write::Exactly(_) => return true,
    };
    let text = value.text();
    let present = !matches!(text, "null" | "{}" | "\"\"" | "[]");
    match member {
        Member::Status => {
            let word = serde_json::from_str::<String>(text).unwrap_or_default();
            task.status.word() == word || task.word.as_ref().is_some_and(|own| own.exact() == word)
        }
        Member::Claim => task.claim.is_some() == present,
        Member::Attempt => task.attempt.map(|n| n.to_string()).as_deref() == Some(text),
        Member::Held => task.held.is_some() == present,
        Member::Flag => task.flag.is_some() == present,
        Member::LastOp => task.last_op.is_some() == present,
        Member::Due => {
            let meant = serde_json::from_str::<String>(text).ok();
            let meant = meant.and_then(|text| Ts::from_rfc3339(&text));
            task.due.map(|due| due.at) == meant
        }
    }
}

/// A member as lines of a difference.
fn lines(
    bytes: &[u8],
    start: usize,
    task: &TaskId,
    member: Member,
    sign: Sign,
) -> Result<Vec<DiffLine>, NotSpliceable> {
    let mut tape = Tape::default();
    let source = Source::new(bytes);
    let object = Object::at(&mut tape, &source, start, task)?;
    let Some((from, to)) = object.span(member) else {
        return Ok(Vec::new());
    };
    let first = line_of(bytes, from);
    let text = decode(&bytes[from..to]);
    Ok((first..)
        .zip(text.split('\n'))
        .map(|(line, text)| DiffLine {
            sign,
            line,
            text: shown(text.trim_end_matches('\r')).into_owned(),
            blanks: false,
        })
        .collect())
}

/// Reads one object at its place.
fn tape_of(tape: &mut Tape, bytes: &[u8], start: usize) -> Result<(), NotSpliceable> {
    match tape.read(bytes, start) {
        Outcome::Value { .. } => Ok(()),
        Outcome::Cut | Outcome::Broken { .. } => Err(NotSpliceable::Damaged),
    }
}
