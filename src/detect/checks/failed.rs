//! `failed`: the last run of a task failed or was partial, and nothing since succeeded.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::detect::orders;
use crate::detect::runs::Run;
use crate::domain::action::Reversible;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::{ItemClass, RunStatus};
use crate::domain::id::TaskId;
use crate::domain::policy::Source;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;

/// A failure of a task that comes again is believed this long without a newer run.
const BELIEVED: Span = Span::days(8);
/// From this many in a row it is critical.
const CRITICAL_FROM: usize = 3;

/// Failures of one task in a row, newest first.
pub struct Streak<'a, 'b> {
    pub task: Option<&'a TaskId>,
    pub runs: Vec<&'b Run<'a>>,
    /// The last success before them.
    pub success: Option<&'b Run<'a>>,
}

impl<'a> Streak<'a, '_> {
    pub fn newest(&self) -> &'a Beat {
        self.runs[0].last
    }
    pub fn first(&self) -> &'a Beat {
        self.runs[self.runs.len() - 1].last
    }
}

/// Tasks whose last word is a failure.
pub fn streaks<'a, 'b>(of: &'b Judgement<'a>) -> Vec<Streak<'a, 'b>> {
    let fails = |run: &Run<'_>| matches!(run.status(), RunStatus::Failed | RunStatus::Partial);
    if !of.runs.iter().any(fails) {
        return Vec::new();
    }
    let mut found: Vec<Streak<'a, 'b>> = Vec::new();
    // Of each task its place among the found, and whether its last word was reached. The last is that of runs without a task.
    let nameless = of.by_task.count();
    let mut known: Vec<Option<usize>> = vec![None; nameless + 1];
    let mut closed: Vec<bool> = Vec::new();
    for (place, run) in of.runs.iter().enumerate().rev() {
        let fails = match run.status() {
            RunStatus::Failed | RunStatus::Partial => true,
            RunStatus::Ok => false,
            RunStatus::Running | RunStatus::Skipped | RunStatus::Blocked | RunStatus::Unknown => {
                continue;
            }
        };
        let task = of
            .by_task
            .of_run(place)
            .map_or(nameless, |task| task as usize);
        let i = *known[task].get_or_insert_with(|| {
            found.push(Streak {
                task: run.task(),
                runs: Vec::new(),
                success: None,
            });
            closed.push(false);
            found.len() - 1
        });
        if closed[i] {
            continue;
        }
        if fails {
            found[i].runs.push(run);
        } else {
            closed[i] = true;
            found[i].success = Some(run);
        }
    }
    found.retain(|streak| {
        !streak.runs.is_empty() && still_matters(of, streak) && !orders::answered(of, streak.task)
    });
    found
}

/// A name that occurred once belongs to a task that will not come again: its failure is yesterday's at most.
fn still_matters(of: &Judgement<'_>, streak: &Streak<'_, '_>) -> bool {
    let at = streak.newest().at;
    let comes_again = streak
        .task
        .is_none_or(|task| of.runs_of(task.as_str()).count() > 1);
    if comes_again {
        at > of.case.now - BELIEVED
    } else {
        at >= of.case.yesterday
    }
}

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    streaks(of)
        .into_iter()
        .map(|streak| {
            let n = streak.runs.len();
            let irreversible = is_irreversible(of, &streak);
            let severity = if irreversible || n >= CRITICAL_FROM {
                Severity::Critical
            } else {
                Severity::Warning
            };
            let evidence = streak
                .runs
                .iter()
                .take(3)
                .map(|run| of.case.evidence_of(run.last));
            let found = Draft::new(of, FindingKind::Failed, severity, streak.first().at)
                .task(streak.task)
                .says(sentence(of, &streak))
                .shows(evidence);
            let limit = if n >= CRITICAL_FROM {
                format!("{CRITICAL_FROM} in a row")
            } else {
                "nothing since succeeded".to_owned()
            };
            let found = found.limit(limit, Source::Default);
            found.clears("when a run of it succeeds")
        })
        .collect()
}

fn is_irreversible(of: &Judgement<'_>, streak: &Streak<'_, '_>) -> bool {
    let Some(id) = streak.task else { return false };
    of.declared_at(id.as_str(), streak.newest().at)
        .is_some_and(|one| one.slot.task.reversible == Reversible::No)
}

fn sentence(of: &Judgement<'_>, streak: &Streak<'_, '_>) -> String {
    let newest = streak.newest();
    let name = streak
        .task
        .map_or_else(|| "the last run".to_owned(), ToString::to_string);
    let verb = match newest.status {
        RunStatus::Partial => "was partial",
        RunStatus::Failed
        | RunStatus::Running
        | RunStatus::Ok
        | RunStatus::Skipped
        | RunStatus::Blocked
        | RunStatus::Unknown => "failed",
    };
    let why = cause(of, newest)
        .map(|why| format!(": {}", why.shown_within(120)))
        .unwrap_or_default();
    let row = match streak.runs.len() {
        1 => String::new(),
        n => format!(", {n} times since {}", of.case.when(streak.first().at)),
    };
    let success = streak
        .success
        .map(|run| format!("; last good {}", of.case.when(run.last.at)))
        .unwrap_or_default();
    format!(
        "{name} {verb} {}{why}{row}{success}",
        of.case.when(newest.at)
    )
}

/// Why a run failed, in the agent's words: the failed item's reason, else the message, else the item.
pub fn cause(of: &Judgement<'_>, beat: &Beat) -> Option<Untrusted> {
    let item = beat
        .items
        .iter()
        .find(|(class, _)| *class == ItemClass::Failed)
        .and_then(|(_, id)| of.case.facts.items.get(id));
    let reason = item.and_then(|item| item.why.clone());
    reason
        .or_else(|| item.map(|item| item.what.clone()))
        .or_else(|| of.case.message(beat))
        .or_else(|| {
            beat.extra
                .as_ref()
                .and_then(|extra| extra.error_type.clone())
        })
        .filter(|why| !why.is_empty())
}
