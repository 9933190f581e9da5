//! One file for each verb, or for two that are each other's counterpart.

pub(super) mod approve;
pub(super) mod done;
pub(super) mod edit;
pub(super) mod hold;
pub(super) mod merge;
pub(super) mod reclaim;
pub(super) mod retry;
pub(super) mod say;
pub(super) mod skip;
pub(super) mod start;
pub(super) mod tell;
pub(super) mod undo;

use super::base::Base;
use super::change::{Change, Plan, Refusal, Undoing};
use super::confirm::{Code, Confirm};
use super::desk::Desk;
use super::reach::BlastRadius;
use super::tiers::Level;
use crate::domain::fleet::TaskState;

/// A plan on its way.
struct Draft {
    sentence: String,
    blast: BlastRadius,
    level: Level,
    changes: Vec<Change>,
    undo: Undoing,
}

impl Draft {
    fn new(sentence: String) -> Self {
        Self {
            sentence,
            blast: BlastRadius::nothing(),
            level: Level::None,
            changes: Vec::new(),
            undo: Undoing::Possible("`undo` puts the values back".to_owned()),
        }
    }

    fn level(mut self, level: Level) -> Self {
        self.level = self.level.max(level);
        self
    }

    fn blast(mut self, blast: BlastRadius) -> Self {
        self.blast = blast;
        self
    }

    fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    fn never(mut self, why: &str) -> Self {
        self.undo = Undoing::Never(why.to_owned());
        self
    }

    fn done(self, desk: &Desk<'_>) -> Plan {
        let bases: Vec<&Base> = self
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Edit(edit) => Some(&edit.base),
                Change::Rewrite(_) | Change::Append(_) | Change::Act(_) | Change::Ledger(_) => None,
            })
            .collect();
        let level: Confirm = self.level.confirm(|| Code::of(desk.request, &bases));
        Plan {
            request: desk.request.clone(),
            sentence: self.sentence,
            blast: self.blast,
            timeline: super::timeline::of(desk),
            ground: None,
            level,
            changes: self.changes,
            diff: Vec::new(),
            undo: self.undo,
        }
    }
}

/// Irreversible work is never asked for without saying why.
fn reasoned(desk: &Desk<'_>, level: Level) -> Result<(), Refusal> {
    if level >= Level::Code {
        desk.reason()?;
    }
    Ok(())
}

/// A state as part of a sentence.
fn is_state(state: TaskState) -> String {
    match state {
        TaskState::AwaitingAgent => "waits for its agent already".to_owned(),
        TaskState::Review => "is in review".to_owned(),
        TaskState::Off => "is switched off".to_owned(),
        TaskState::Blind => {
            "cannot be seen: rounds' own look is too old, or a file does not parse".to_owned()
        }
        TaskState::Conflicted => {
            "is in conflict: a superseded run wrote, or plan and log contradict each other"
                .to_owned()
        }
        TaskState::PhantomClaim => "is claimed by a run that never wrote".to_owned(),
        TaskState::Unjudged => "is not judged: its agent names no tasks".to_owned(),
        TaskState::Due
        | TaskState::Upcoming
        | TaskState::Late
        | TaskState::Done
        | TaskState::Failed
        | TaskState::Skipped
        | TaskState::Held
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::Stuck
        | TaskState::Running
        | TaskState::Claimed
        | TaskState::SkippedSilently
        | TaskState::Missed => format!("is {}", state.word()),
    }
}

fn refuse_state(desk: &Desk<'_>, state: TaskState, possible: &str) -> Refusal {
    let task = desk
        .request
        .task
        .as_ref()
        .map_or_else(|| "it".to_owned(), ToString::to_string);
    let refusal = Refusal::new(format!("{task} {}", is_state(state)));
    if possible.is_empty() {
        refusal
    } else {
        refusal.but(possible)
    }
}
