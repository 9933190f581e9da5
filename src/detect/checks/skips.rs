//! `skip_streak` and `skipped_no_reason`: a task that is always skipped, or skipped without a word.

use super::{Draft, gathered};
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::id::TaskId;
use crate::domain::policy::Source;
use crate::domain::time::Span;

/// In this many slots in a row.
const STREAK: usize = 3;
/// A skip nobody followed is told this long.
const BELIEVED: Span = Span::days(8);

/// Reasons that are no refusal: there was nothing to do, or it was not the time.
const IDLE: &[&str] = &[
    "nothing_to_do",
    "nothing to do",
    "quiet_hours",
    "quiet hours",
    "held",
    "not_due",
];

/// The runs at these places that ended with a word, newest first.
pub fn ended<'a, 'b>(
    of: &'b Judgement<'a>,
    places: &'b [u32],
) -> impl Iterator<Item = &'b Run<'a>> {
    of.runs_at(places).rev().filter(|run| run.is_completed())
}

pub fn streak(of: &Judgement<'_>) -> Vec<Finding> {
    let found = of
        .by_task
        .iter()
        .filter(|(_, mine)| mine.len() >= STREAK)
        .filter_map(|(task, mine)| {
            let row: Vec<&Run<'_>> = ended(of, mine)
                .take_while(|run| run.status() == RunStatus::Skipped)
                .collect();
            let newest = row.first()?;
            let first = row.last()?;
            let idle = row.iter().take(STREAK).any(|run| is_idle(of, run.last));
            if row.len() < STREAK || idle || newest.last.at < of.case.now - BELIEVED {
                return None;
            }
            Some(about_streak(of, task, &row, first.last))
        })
        .collect();
    gathered(found, |n, first| {
        format!("{n} tasks skipped {STREAK} times in a row or more, {first} first")
    })
}

fn about_streak(of: &Judgement<'_>, task: &TaskId, row: &[&Run<'_>], first: &Beat) -> Finding {
    let items: u32 = row.iter().map(|run| run.last.skipped.max(1)).sum();
    let success = of
        .case
        .facts
        .successes
        .iter()
        .find(|success| success.task.as_ref() == Some(task))
        .map(|success| (success.at, success.locus));
    let at_hand = of
        .runs_of(task.as_str())
        .rev()
        .find(|run| run.last.did > 0)
        .map(|run| (run.last.at, run.last.locus));
    let success = success.max(at_hand);
    let told = match success {
        Some((at, _)) => format!("the last real success was {}", of.case.when(at)),
        None => "no success is known".to_owned(),
    };
    let proof =
        success.map(|(at, locus)| of.case.evidence(locus, "the last real success").written(at));
    Draft::new(of, FindingKind::SkipStreak, Severity::Warning, first.at)
        .task(Some(task))
        .says(format!(
            "{task} skipped {} times in a row ({items} items) since {}; {told}",
            row.len(),
            of.case.when(first.at)
        ))
        .limit(format!("{STREAK} in a row"), Source::Default)
        .shows(row.first().map(|run| of.case.evidence_of(run.last)))
        .shows(proof)
        .clears("when a run of it does something")
}

fn is_idle(of: &Judgement<'_>, beat: &Beat) -> bool {
    let mut skipped = beat
        .items
        .iter()
        .filter(|(class, _)| *class == ItemClass::Skipped)
        .filter_map(|(_, id)| of.case.facts.items.get(id))
        .peekable();
    if skipped.peek().is_none() {
        return of
            .case
            .message(beat)
            .is_some_and(|text| IDLE.contains(&text.exact().trim()));
    }
    skipped.all(|item| {
        let why = item.why.as_ref().unwrap_or(&item.what);
        IDLE.contains(&why.exact().trim())
    })
}

/// Whether a run says that there was nothing to do.
pub fn says_idle(of: &Judgement<'_>, beat: &Beat) -> bool {
    let listed = beat
        .items
        .iter()
        .filter(|(class, _)| *class == ItemClass::Skipped)
        .filter_map(|(_, id)| of.case.facts.items.get(id))
        .any(|item| {
            let why = item.why.as_ref().unwrap_or(&item.what);
            IDLE.contains(&why.exact().trim())
        });
    listed
        || of.case.message(beat).is_some_and(|text| {
            let text = text.exact().to_lowercase();
            ["nothing", "no new", "up to date", "no change", "none"]
                .iter()
                .any(|word| text.contains(word))
        })
}

/// The last run of a task was a skip whose record says nothing at all. A bare count of items is no reason, but such
/// items belong to a run that did its work otherwise; only a skipped task is meant here.
pub fn no_reason(of: &Judgement<'_>) -> Vec<Finding> {
    of.by_task
        .iter()
        .filter_map(|(task, mine)| {
            let run = ended(of, mine).next()?;
            let beat = run.closing?;
            let silent = beat.status == RunStatus::Skipped
                && beat.items.is_empty()
                && beat
                    .extra
                    .as_ref()
                    .is_none_or(|extra| extra.error_type.is_none());
            if !silent || beat.at < of.case.now - BELIEVED {
                return None;
            }
            let found = Draft::new(of, FindingKind::SkippedNoReason, Severity::Warning, beat.at)
                .task(Some(task))
                .says(format!(
                    "{task} was skipped {} and its record names no reason",
                    of.case.when(beat.at)
                ))
                .shows(Some(of.case.evidence_of(beat)))
                .limit("a skipped task names a reason".to_owned(), Source::Default)
                .clears("with the next run of it that says more");
            Some(found)
        })
        .collect()
}
