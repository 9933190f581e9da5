//! `unfinished_run`: a start without an end by the next start of the same task, or by the longest run.

use super::{Draft, REMEMBERED};
use crate::detect::judgement::Judgement;
use crate::detect::orders;
use crate::detect::runs::Run;
use crate::detect::thresholds;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::TaskState;
use crate::domain::id::TaskId;
use crate::domain::policy::Sourced;
use crate::domain::time::{Span, Ts};

/// An agent none of whose last starts ever got an end does not write ends.
const ENOUGH_STARTS: usize = 5;

/// Runs that began and did not end, with the moment from which that was certain.
pub fn unfinished<'a, 'b>(of: &'b Judgement<'a>) -> Vec<(&'b Run<'a>, Ts, Sourced<Span>)> {
    let opened = of.runs.iter().rev().filter(|run| run.opening.is_some());
    let newest = opened.clone().take(ENOUGH_STARTS);
    let never_ends = newest.clone().count() == ENOUGH_STARTS && newest.clone().all(Run::is_open);
    if never_ends {
        return Vec::new();
    }
    opened
        .filter(|run| run.is_open())
        .filter_map(|run| {
            let longest = longest_of(of, run);
            // A run that still writes lives; the time counts from its last line.
            let writes_for = run.last.at - run.begun();
            let patience = longest.value + writes_for;
            let at = run.unfinished(of.case.now, patience)?;
            Some((run, at, longest))
        })
        .collect()
}

/// T of a run: its task's, else what its own lengths say.
pub fn longest_of(of: &Judgement<'_>, run: &Run<'_>) -> Sourced<Span> {
    let name = run.task().map_or("", TaskId::as_str);
    if let Some(one) = of.declared_at(name, run.begun()) {
        return one.longest;
    }
    let lengths = thresholds::lengths_of(name, &of.by_task, &of.runs);
    of.thresholds.longest_run(None, &lengths)
}

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let mut seen: Vec<Option<&TaskId>> = Vec::new();
    let mut found = Vec::new();
    for (run, certain, longest) in unfinished(of) {
        let is_old = certain < of.case.now - REMEMBERED;
        if is_old
            || is_held(of, run)
            || orders::answered(of, run.task())
            || seen.contains(&run.task())
        {
            continue;
        }
        seen.push(run.task());
        let name = run
            .task()
            .map_or_else(|| "a run".to_owned(), ToString::to_string);
        let how = match run.superseded {
            Some(next) if next <= certain => {
                format!("the next one began {}", of.case.when(next))
            }
            _ => format!("nothing since {}", of.case.when(run.last.at)),
        };
        let sentence = format!(
            "{name} began {} and never ended; {how}",
            of.case.when(run.begun())
        );
        found.push(
            Draft::new(
                of,
                FindingKind::UnfinishedRun,
                Severity::Warning,
                run.begun(),
            )
            .task(run.task())
            .says(sentence)
            .limit(
                format!("an end within {}, or before the next start", longest.value),
                longest.source,
            )
            .shows(Some(of.case.evidence_of(run.last)))
            .clears("when its end is written; a day after it otherwise"),
        );
    }
    found
}

/// A claim says more about this run than the missing end does.
fn is_held(of: &Judgement<'_>, run: &Run<'_>) -> bool {
    of.slots.iter().any(|one| {
        let held = matches!(
            one.state,
            TaskState::PhantomClaim | TaskState::Orphaned | TaskState::Silent | TaskState::Stuck
        );
        let hold = one.hold.as_ref().filter(|hold| hold.claimed);
        held && hold.is_some_and(|hold| match (&hold.run, run.id()) {
            (Some(a), Some(b)) => a == b,
            _ => run.task() == Some(&one.slot.task.id),
        })
    })
}
