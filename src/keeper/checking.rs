//! Looking outside before a decision: the operator's pre-checks, and records of a key in the agent's files.

use std::io::Read;
use std::time::Instant;

use super::engine::Engine;
use crate::apply::{Desk, Effect, Ended, Program, Step};
use crate::domain::text::clean_within;
use crate::domain::time::Ts;
use crate::ops::{Check, Checked, FileRef, How, Outcome};
use crate::sys::file::open_beneath;
use crate::sys::run::{End, Ran, Surrounding};

/// A file larger than that is not searched: whether the key stands in it is not known.
const MOST: u64 = 64 << 20;

/// Checks on their way, one after another.
pub struct Checking {
    waiting: Vec<Check>,
    running: Option<(Check, Program)>,
    found: Vec<Checked>,
}

impl Checking {
    pub fn new(mut checks: Vec<Check>) -> Self {
        checks.reverse();
        Self {
            waiting: checks,
            running: None,
            found: Vec::new(),
        }
    }

    /// What was found, once everything is; until then the moment to call again.
    pub fn step(&mut self, engine: &Engine, desk: &mut Desk<'_>) -> Result<Vec<Checked>, Instant> {
        if let Some((check, program)) = &mut self.running {
            match program.step(desk) {
                Step::Wait(until) => return Err(until),
                Step::Ended(ended) => {
                    let (found, proof) = answer(&ended);
                    let key = check.key.clone();
                    self.found.push(checked(key, found, desk.at, proof));
                    self.running = None;
                }
            }
        }
        while let Some(check) = self.waiting.pop() {
            match &check.how {
                How::Run(command) => {
                    let program = Program::new(
                        command.argv.clone(),
                        command.timeout.to_std(),
                        Surrounding::Cleared,
                    );
                    self.running = Some((check, program));
                    return Err(desk.now);
                }
                How::Search { files, since } => {
                    let (found, proof) = search(engine, files, &check.key, *since);
                    self.found.push(checked(check.key, found, desk.at, proof));
                }
            }
        }
        Ok(std::mem::take(&mut self.found))
    }
}

fn checked(key: String, found: Outcome, at: Ts, proof: String) -> Checked {
    Checked {
        key,
        found,
        at,
        proof,
    }
}

fn answer(ended: &Ended) -> (Outcome, String) {
    match ended {
        Ended::Done(Effect::Program(Ran { end, said })) => {
            let found = match end {
                End::Exit(0) => Outcome::Present,
                End::Exit(1) => Outcome::Absent,
                End::Exit(_) | End::Signal(_) => Outcome::Unknown,
                End::TimedOut => Outcome::TimedOut,
            };
            let said = if said.is_empty() {
                String::new()
            } else {
                format!(": {said}")
            };
            (found, format!("pre-check says {}{said}", found.word()))
        }
        Ended::Failed(why) => (Outcome::Unknown, why.clone()),
        Ended::Done(Effect::File(_) | Effect::Line(_))
        | Ended::Already
        | Ended::Refused(_)
        | Ended::Conflicted(_) => (Outcome::Unknown, "pre-check gave no answer".to_owned()),
    }
}

fn search(engine: &Engine, files: &[FileRef], key: &str, since: Ts) -> (Outcome, String) {
    if files.is_empty() {
        return (Outcome::Unknown, "there is no file to look into".to_owned());
    }
    for file in files {
        let Some(text) = text_of(engine, file) else {
            return (Outcome::Unknown, format!("{} cannot be read", file.path));
        };
        for (number, line) in text.lines().enumerate() {
            if line.contains(key) && !is_older(line, since) {
                let shown = clean_within(key, 60);
                let proof = format!("{shown} stands in {}:{}", file.path, number + 1);
                return (Outcome::Present, proof);
            }
        }
    }
    let names: Vec<String> = files.iter().map(|file| file.path.to_string()).collect();
    let proof = format!(
        "{} does not stand in {}",
        clean_within(key, 60),
        names.join(", ")
    );
    (Outcome::Absent, proof)
}

/// The record says that it was written before; one without a time counts.
fn is_older(line: &str, since: Ts) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let written = value.as_ref().and_then(|value| value.get("ts")?.as_str());
    written
        .and_then(|text| crate::parse::timestamp::exact(text.as_bytes()))
        .is_some_and(|at| at < since)
}

fn text_of(engine: &Engine, file: &FileRef) -> Option<String> {
    let row = engine.file(file.id)?;
    let root = std::path::Path::new(&*row.root);
    let opened = open_beneath(root, &row.relative).ok()?;
    if opened.metadata().ok()?.len() > MOST {
        return None;
    }
    let mut bytes = Vec::new();
    opened.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
