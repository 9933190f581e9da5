//! Sentences about what was carried out. Names are shown sanitised; an agent's prose is never quoted.

use crate::ops::Request;
use crate::store::operation::FileOutcome;

/// "held drafter/digest".
pub fn done(request: &Request, files: &[FileOutcome], notes: &[String]) -> String {
    let mut sentence = format!("{} {}", request.verb.past(), subject(request));
    let lower = files.iter().map(|file| file.level.as_str()).max();
    if let Some(level) = lower.filter(|level| *level != "A") {
        sentence.push_str("; level ");
        sentence.push_str(level);
    }
    let collisions: u32 = files.iter().map(|file| file.collisions).sum();
    if collisions > 0 {
        sentence.push_str("; the agent wrote at the same moment, and its writes stand");
    }
    for note in notes {
        sentence.push_str("; ");
        sentence.push_str(note);
    }
    sentence
}

/// `agent/task`, or the agent.
pub fn subject(request: &Request) -> String {
    match &request.task {
        Some(task) => format!("{}/{task}", request.agent),
        None => request.agent.to_string(),
    }
}
