//! Edit: what the operator changed in a copy of one of the agent's own files is written into the file itself. What its agent
//! wrote meanwhile stays.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use super::{Draft, reasoned};
use crate::domain::action::{Reversible, Tier};
use crate::domain::facts::FileRole;
use crate::domain::id::TaskId;
use crate::domain::text::{Untrusted, shown};
use crate::ops::change::{Change, FileRef, Plan, Refusal, Rewrite};
use crate::ops::copy::{Copy, CopyKind};
use crate::ops::desk::Desk;
use crate::ops::merge::{Clash, merge};
use crate::ops::reach::{BlastRadius, Risk};
use crate::ops::tiers::Level;

/// Tasks that the sentence names.
const MOST_NAMED: usize = 4;

/// Whether the operator may edit a file of this kind.
///
/// # Errors
/// Why not, and what would do instead.
pub fn editable(role: FileRole, path: &Untrusted) -> Result<(), Refusal> {
    let is_log = path.exact().to_ascii_lowercase().ends_with(".jsonl");
    let (why, possible) = match role {
        FileRole::Log | FileRole::Wal => (
            "is a log: only its agent appends to it, and nothing is ever taken out",
            "to say something about it: a note (`m`)",
        ),
        FileRole::Document if is_log => (
            "is a log: lines are only ever appended to it",
            "to say something to the agent: a note (`m`)",
        ),
        FileRole::Lock => (
            "is a lock: it is its holder's",
            "to free the task of a run that is gone: `reclaim`",
        ),
        FileRole::LifeSign => ("is only a sign of life", "edit what writes it"),
        FileRole::Plan | FileRole::Insights | FileRole::Document => return Ok(()),
    };
    Err(Refusal::new(format!("{path} {why}")).but(possible))
}

pub(in super::super) fn plan(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let mut copies = desk.scene.copies.iter();
    let draft = copies
        .find(|copy| copy.kind == CopyKind::Draft)
        .ok_or_else(|| Refusal::new("there is no such draft any more").but("begin anew: `edit`"))?;
    let (Some(file), Some(now), Some(base)) = (&draft.file, &draft.now, &draft.base) else {
        return Err(kept(
            Refusal::new("the file it was made from is not there any more"),
            draft,
        ));
    };
    let role = desk.scene.facts.file(file.id).map(|file| file.role);
    let role = role.unwrap_or(FileRole::Document);
    editable(role, &file.path)?;
    if draft.bytes == *base {
        return Err(Refusal::new("nothing was changed in the editor"));
    }
    whole(file, &draft.bytes).map_err(|refusal| kept(refusal, draft))?;
    let new = taken_in(draft, (base, now), file)?;
    if new == *now {
        return Err(Refusal::new("all that you wrote stands there already"));
    }
    whole(file, &new).map_err(|refusal| kept(refusal, draft))?;
    let reached = match role {
        FileRole::Plan => tasks(now, &new),
        _ => BTreeMap::new(),
    };
    let level = level(&reached);
    reasoned(desk, level)?;
    let meanwhile = if now == base {
        ""
    } else {
        "; what was written into it meanwhile stays"
    };
    let sentence = format!(
        "writes your edit into {}{}{meanwhile}",
        file.path,
        named(&reached)
    );
    let mut plan = Draft::new(sentence)
        .level(level)
        .blast(BlastRadius::nothing())
        .change(Change::Rewrite(Rewrite::new(file.clone(), now, new)))
        .done(desk);
    plan.undo = crate::ops::change::Undoing::Possible(
        "`undo` puts every byte back while nobody has written the file since".to_owned(),
    );
    Ok(plan)
}

/// What was changed in the copy, in what stands there now.
fn taken_in(draft: &Copy, (base, now): (&[u8], &[u8]), file: &FileRef) -> Result<Vec<u8>, Refusal> {
    if now == base {
        return Ok(draft.bytes.clone());
    }
    merge(base, &draft.bytes, now).map_err(|clash| {
        let why = match clash {
            Clash::At(line) => format!(
                "{} was written meanwhile, and both changed line {line} of what the draft was made from, each in its own way",
                file.path
            ),
            Clash::TooDifferent => format!(
                "{} was written meanwhile, and has too little in common with the draft",
                file.path
            ),
        };
        kept(Refusal::new(why), draft)
    })
}

/// The draft is never lost.
fn kept(refusal: Refusal, draft: &Copy) -> Refusal {
    refusal.but(format!(
        "your draft is kept as drafts/{}: `E` or `rounds edit` takes it up again, `rounds kept` lists it",
        draft.name
    ))
}

/// JSON has to stay JSON.
fn whole(file: &FileRef, bytes: &[u8]) -> Result<(), Refusal> {
    if std::str::from_utf8(bytes).is_err() {
        return Err(Refusal::new(format!("{} would not be UTF-8", file.path)));
    }
    if !file.path.exact().to_ascii_lowercase().ends_with(".json") {
        return Ok(());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut values = Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let Some(wrong) = values.find_map(Result::err) else {
        return Ok(());
    };
    let (line, column) = (wrong.line(), wrong.column());
    let what = wrong.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    Err(Refusal::new(format!(
        "{} would not be JSON any more: line {line}, column {column}: {}",
        file.path,
        shown(what)
    )))
}

/// Tasks that are not as they were, each with the worst that it was or is declared to do.
fn tasks(old: &[u8], new: &[u8]) -> BTreeMap<TaskId, Risk> {
    let (old, new) = (by_id(old), by_id(new));
    let mut all: Vec<&String> = old.keys().chain(new.keys()).collect();
    all.sort_unstable();
    all.dedup();
    let changed = all.into_iter().filter(|id| old.get(*id) != new.get(*id));
    changed
        .map(|id| {
            let risks = [old.get(id), new.get(id)].into_iter().flatten().map(risk);
            let worst = risks.max().unwrap_or(Risk::Undeclared);
            (TaskId::from(id.as_str()), worst)
        })
        .collect()
}

/// The objects of a document that have an id.
fn by_id(bytes: &[u8]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut open: Vec<Value> = serde_json::from_slice(bytes).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                if let Some(Value::String(id)) = members.get("id") {
                    found.insert(id.clone(), Value::Object(members));
                } else {
                    open.extend(members.into_iter().map(|(_, value)| value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

fn risk(task: &Value) -> Risk {
    let tier = task.get("tier").and_then(Value::as_str);
    let tier = tier.and_then(|word| Tier::ALL.into_iter().find(|tier| tier.word() == word));
    let reversible = match task.get("reversible").and_then(Value::as_bool) {
        Some(true) => Reversible::Yes,
        Some(false) => Reversible::No,
        None => Reversible::Undeclared,
    };
    Risk::of(tier, reversible)
}

/// What can be taken back is confirmed by y, also where nothing of a task is touched.
fn level(reached: &BTreeMap<TaskId, Risk>) -> Level {
    match reached.values().max() {
        Some(Risk::Irreversible | Risk::Undeclared) => Level::Code,
        Some(Risk::ReadOnly | Risk::AppendOnly | Risk::Reversible) | None => Level::Yes,
    }
}

fn named(reached: &BTreeMap<TaskId, Risk>) -> String {
    if reached.is_empty() {
        return String::new();
    }
    let first = reached.iter().take(MOST_NAMED);
    let names: Vec<String> = first
        .map(|(id, risk)| format!("{id} ({})", risk.word()))
        .collect();
    let more = match reached.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(": changes {}{more}", names.join(", "))
}
