//! `skipped_silently` and `missed`: a slot passed and nothing accounts for it.

use super::{Draft, REMEMBERED, grace_text};
use crate::detect::judgement::Judgement;
use crate::detect::task_state::SlotCase;
use crate::domain::finding::{Evidence, Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;
use crate::domain::id::{Locus, TaskId};
use crate::plan::expand::recurs;

/// The agent ran on without it, and nothing errored: the worst failure.
pub fn skipped_silently(of: &Judgement<'_>) -> Vec<Finding> {
    rows(of, TaskState::SkippedSilently)
        .into_iter()
        .map(|row| {
            let newest = row[row.len() - 1];
            let went_on = newest.witness.map(|at| &of.runs[at]);
            let with = went_on.map(|run| {
                let name = run.task().map(|task| format!(" with {task}"));
                format!(
                    "; the agent went on {}{}",
                    of.case.when(run.begun()),
                    name.unwrap_or_default()
                )
            });
            let sentence = format!(
                "{} never ran{}",
                was_due(of, &row),
                with.unwrap_or_default()
            );
            let witness = went_on
                .and_then(|run| run.closing)
                .map(|beat| of.case.evidence_of(beat));
            draft(of, FindingKind::SkippedSilently, Severity::Critical, &row)
                .says(sentence)
                .shows(witness)
                .clears("when the slot is run, or flagged as skipped; a day after it otherwise")
        })
        .collect()
}

/// Nothing ran at all.
pub fn missed(of: &Judgement<'_>) -> Vec<Finding> {
    rows(of, TaskState::Missed)
        .into_iter()
        .map(|row| {
            let severity = if row.len() > 1 {
                Severity::Critical
            } else {
                Severity::Warning
            };
            let last = match of.last_beat() {
                Some(beat) => format!("the agent last wrote {}", of.case.when(beat.at)),
                None => "the agent never wrote".to_owned(),
            };
            draft(of, FindingKind::Missed, severity, &row)
                .says(format!("{} did not run; {last}", was_due(of, &row)))
                .shows(of.last_beat().map(|beat| of.case.evidence_of(beat)))
                .clears("when the slot is run, or flagged as skipped; a day after it otherwise")
        })
        .collect()
}

/// Consecutive slots of one task in one state, as far as one of them still matters.
fn rows<'a, 'b>(of: &'b Judgement<'a>, state: TaskState) -> Vec<Vec<&'b SlotCase<'a>>> {
    let mut found: Vec<Vec<&SlotCase<'_>>> = Vec::new();
    if of.slots.iter().all(|one| one.state != state) {
        return found;
    }
    let mut row: Vec<&SlotCase<'_>> = Vec::new();
    let mut task: Option<&TaskId> = None;
    for one in &of.slots {
        if task != Some(&one.slot.task.id) {
            close(of, &mut row, &mut found, Newest::Yes);
            task = Some(&one.slot.task.id);
        }
        if one.state == state {
            row.push(one);
        } else if is_decided(one.state) {
            close(of, &mut row, &mut found, Newest::No);
        }
    }
    close(of, &mut row, &mut found, Newest::Yes);
    found
}

/// Whether a row is the newest that was decided about its task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Newest {
    Yes,
    No,
}

fn close<'a, 'b>(
    of: &Judgement<'a>,
    row: &mut Vec<&'b SlotCase<'a>>,
    found: &mut Vec<Vec<&'b SlotCase<'a>>>,
    newest: Newest,
) {
    let row = std::mem::take(row);
    let Some(at) = row.last().and_then(|one| one.slot.at) else {
        return;
    };
    let case = of.case;
    let recent = at >= case.now - REMEMBERED || at >= case.today.from;
    let lasting = newest == Newest::Yes && (recurs(row[0].slot.task) || at >= case.yesterday);
    if recent || lasting {
        found.push(row);
    }
}

fn is_decided(state: TaskState) -> bool {
    match state {
        TaskState::Upcoming
        | TaskState::Due
        | TaskState::Late
        | TaskState::Off
        | TaskState::Held
        | TaskState::Blind
        | TaskState::Unjudged => false,
        TaskState::Conflicted
        | TaskState::Done
        | TaskState::Failed
        | TaskState::Skipped
        | TaskState::PhantomClaim
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::Stuck
        | TaskState::AwaitingAgent
        | TaskState::Review
        | TaskState::Running
        | TaskState::Claimed
        | TaskState::SkippedSilently
        | TaskState::Missed => true,
    }
}

fn draft(
    of: &Judgement<'_>,
    kind: FindingKind,
    severity: Severity,
    row: &[&SlotCase<'_>],
) -> Draft {
    let first = row[0];
    let since = first.slot.at.unwrap_or(first.since);
    let mut draft = Draft::new(of, kind, severity, since)
        .task(Some(&first.slot.task.id))
        .shows(Some(plan_line(of, first)));
    if let Some(at) = first.slot.at {
        draft = draft.limit(
            grace_text(of, at, first.jitter, first.grace),
            first.grace.source,
        );
    }
    draft
}

/// `digest was due 06:00`, or `digest was due 3 times since 06:00`.
fn was_due(of: &Judgement<'_>, row: &[&SlotCase<'_>]) -> String {
    let id = row[0].slot.task.name();
    let when = of.case.when(row[0].slot.at.unwrap_or(row[0].since));
    if row.len() == 1 {
        format!("{id} was due {when} and")
    } else {
        format!("{id} was due {} times since {when} and", row.len())
    }
}

/// Where the plan says it.
pub fn plan_line(of: &Judgement<'_>, one: &SlotCase<'_>) -> Evidence {
    let task = one.slot.task;
    let locus = Locus {
        file: one.slot.plan.file,
        offset: task.offset,
        len: 0,
        line: task.line,
    };
    let due = one
        .slot
        .at
        .map(|at| format!(" due {}", of.case.when(at)))
        .unwrap_or_default();
    of.case.evidence(locus, format!("{}{due}", task.id))
}
