//! Note and hand-off: words for the ledger, and for the agent's inbox.

use super::Draft;
use crate::ops::change::{Append, AppendTo, Ask, Change, Plan, Refusal, Word};
use crate::ops::desk::Desk;
use crate::ops::request::Letter;

/// More is a document, not a note.
const MOST: usize = 16 * 1024;

pub(in super::super) fn note(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let request = desk.request;
    let text = request
        .reason()
        .or(request.letter.as_ref().map(|letter| letter.text.trim()));
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Err(Refusal::new("a note needs its text").asking(Ask::Letter));
    };
    short(text)?;
    let about = request
        .task
        .as_ref()
        .map_or_else(String::new, |task| format!("/{task}"));
    let word = Change::Ledger(Word::Note {
        text: text.to_owned(),
    });
    let Some(letter) = &request.letter else {
        let sentence = format!("notes it for {}{about}, in the ledger only", request.agent);
        return Ok(Draft::new(sentence).change(word).done(desk));
    };
    let sentence = format!(
        "notes it for {}{about}, and appends it to its inbox.jsonl as {}",
        request.agent,
        letter.kind.word()
    );
    Ok(Draft::new(sentence)
        .change(word)
        .change(append(desk, letter))
        .never("what stands in an inbox may have been read")
        .done(desk))
}

pub(in super::super) fn handoff(desk: &Desk<'_>) -> Result<Plan, Refusal> {
    let request = desk.request;
    let Some(letter) = &request.letter else {
        return Err(
            Refusal::new("a hand-off says what is done, what is pending and what to mind")
                .asking(Ask::Letter),
        );
    };
    let said = [&letter.done, &letter.pending, &letter.gotchas];
    if letter.text.trim().is_empty() && said.iter().all(|list| list.is_empty()) {
        return Err(Refusal::new("the hand-off is empty").asking(Ask::Letter));
    }
    short(&letter.text)?;
    let task = request
        .task
        .as_ref()
        .map_or_else(String::new, |task| format!(" {task}"));
    let to = letter
        .to
        .as_ref()
        .map_or_else(String::new, |to| format!(" for {to}"));
    let sentence = format!(
        "hands{task} over{to}: {} done, {} pending, {} to mind; appended to inbox.jsonl of {}",
        letter.done.len(),
        letter.pending.len(),
        letter.gotchas.len(),
        request.agent
    );
    Ok(Draft::new(sentence)
        .change(append(desk, letter))
        .never("what stands in an inbox may have been read")
        .done(desk))
}

fn short(text: &str) -> Result<(), Refusal> {
    if text.len() > MOST {
        return Err(Refusal::new(format!(
            "{} bytes; a note has at most {MOST}",
            text.len()
        )));
    }
    Ok(())
}

fn append(desk: &Desk<'_>, letter: &Letter) -> Change {
    let mut line = serde_json::json!({
        "ts": desk.stamp(desk.now),
        "op": desk.request.op.as_str(),
        "from": "operator",
        "kind": letter.kind.word(),
        "text": letter.text,
    });
    if let Some(members) = line.as_object_mut() {
        if let Some(task) = &desk.request.task {
            members.insert("task".to_owned(), task.as_str().into());
        }
        if let Some(to) = &letter.to {
            members.insert("to".to_owned(), to.as_str().into());
        }
        for (key, list) in [
            ("done", &letter.done),
            ("pending", &letter.pending),
            ("gotchas", &letter.gotchas),
        ] {
            if !list.is_empty() {
                members.insert(key.to_owned(), list.as_slice().into());
            }
        }
    }
    Change::Append(Append {
        to: AppendTo::Inbox,
        line: line.to_string(),
    })
}
