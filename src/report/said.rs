//! What came of saying something about findings: `rounds.said/1`, and a line each.

use serde::Serialize;

use super::sign::fitted;
use super::{Look, wire};
use crate::domain::text::clean;
use crate::domain::time::Ts;

/// What became of one finding, or of a window of maintenance.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The finding; `None` for a window.
    pub id: Option<String>,
    /// `None`: the fleet.
    pub agent: Option<String>,
    /// A sentence either way.
    pub sentence: Result<String, String>,
}

/// Everything that was said by one command.
#[derive(Clone, Debug)]
pub struct Said {
    pub at: Ts,
    pub dry_run: bool,
    /// `acknowledged`, `snoozed`, `maintenance`, `taken back`
    pub word: &'static str,
    pub until: Option<Ts>,
    pub outcomes: Vec<Outcome>,
}

impl Said {
    /// Nothing was refused.
    pub fn is_whole(&self) -> bool {
        self.outcomes.iter().all(|one| one.sentence.is_ok())
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    at: String,
    dry_run: bool,
    said: &'a str,
    until: Option<String>,
    subjects: Vec<WireOutcome<'a>>,
}

#[derive(Serialize)]
struct WireOutcome<'a> {
    id: Option<&'a str>,
    agent: Option<&'a str>,
    done: bool,
    sentence: String,
}

/// One JSON document and a line end.
pub fn json(said: &Said) -> String {
    let subjects = said.outcomes.iter().map(|one| WireOutcome {
        id: one.id.as_deref(),
        agent: one.agent.as_deref(),
        done: one.sentence.is_ok() && !said.dry_run,
        sentence: sentence(one),
    });
    let mut out = wire::line(&Wire {
        schema: "rounds.said/1",
        at: said.at.rfc3339(),
        dry_run: said.dry_run,
        said: said.word,
        until: wire::moment(said.until),
        subjects: subjects.collect(),
    });
    out.push('\n');
    out
}

/// A line each.
pub fn text(said: &Said, look: Look) -> String {
    let mut out = String::new();
    for one in &said.outcomes {
        if one.sentence.is_err() {
            out.push_str("refused: ");
        } else if said.dry_run {
            out.push_str("would be kept: ");
        }
        out.push_str(&sentence(one));
        out.push('\n');
    }
    fitted(out, look)
}

fn sentence(one: &Outcome) -> String {
    match &one.sentence {
        Ok(sentence) | Err(sentence) => clean(sentence).into_owned(),
    }
}
