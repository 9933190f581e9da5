//! `wal_incomplete`, `approval` and `conflicted`: steps that were begun, wait, or contradict each other.

use super::{Draft, REMEMBERED};
use crate::detect::judgement::Judgement;
use crate::detect::orders;
use crate::detect::runs::Run;
use crate::domain::action::{Reversible, StepStatus, Tier};
use crate::domain::facts::StepFact;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::{RunId, TaskId};
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};
use crate::plan::quick::ByName;

/// The steps of one run, each with its newest word, in the order they were begun.
pub struct Work<'a> {
    run: Option<&'a RunId>,
    task: Option<&'a TaskId>,
    steps: Vec<StepWord<'a>>,
}

struct StepWord<'a> {
    first: &'a StepFact,
    newest: &'a StepFact,
    done_otherwise: Option<&'a StepFact>,
}

impl<'a> Work<'a> {
    fn last_at(&self) -> Ts {
        self.steps
            .iter()
            .map(|step| step.newest.step.at.at)
            .max()
            .unwrap_or_default()
    }

    fn leaves_open(&self) -> bool {
        let mut words = self.steps.iter();
        words.any(|word| is_open(word.newest.step.status))
    }

    fn take(&mut self, fact: &'a StepFact) {
        self.task = self.task.or(fact.step.task.as_ref());
        let same = |word: &StepWord<'_>| {
            let (a, b) = (&word.first.step, &fact.step);
            match (&a.step, &b.step) {
                (Some(a), Some(b)) => a == b,
                _ => a.key == b.key && a.action == b.action && a.target == b.target,
            }
        };
        match self.steps.iter_mut().find(|word| same(word)) {
            Some(word) => {
                let both_done = word.newest.step.status == StepStatus::Done
                    && fact.step.status == StepStatus::Done;
                let (a, b) = (&word.newest.step, &fact.step);
                let other = a.action != b.action || a.target != b.target || a.key != b.key;
                if both_done && other {
                    word.done_otherwise = Some(word.newest);
                }
                word.newest = fact;
            }
            None => self.steps.push(StepWord {
                first: fact,
                newest: fact,
                done_otherwise: None,
            }),
        }
    }
}

/// Steps by the run that took them.
pub fn works<'a>(steps: &'a [StepFact]) -> Vec<Work<'a>> {
    let mut works: Vec<Work<'a>> = Vec::new();
    let mut by_run: ByName<'a, usize> = ByName::default();
    for fact in steps {
        let run = fact.step.run.as_ref();
        let task = fact.step.task.as_ref();
        let known = match run {
            Some(run) => by_run.get(run.as_str()).copied(),
            None => works
                .iter()
                .rposition(|work| work.run.is_none() && work.task == task),
        };
        if let Some(work) = known.and_then(|at| works.get_mut(at)) {
            work.take(fact);
            continue;
        }
        if let Some(run) = run {
            by_run.insert(run.as_str(), works.len());
        }
        let mut work = Work {
            run,
            task,
            steps: Vec::new(),
        };
        work.take(fact);
        works.push(work);
    }
    works
}

fn run_of<'a, 'b>(of: &'b Judgement<'a>, work: &Work<'_>) -> Option<&'b Run<'a>> {
    of.run_named(work.run?)
}

fn is_open(status: StepStatus) -> bool {
    match status {
        StepStatus::Intended | StepStatus::Ready => true,
        StepStatus::Done | StepStatus::Failed | StepStatus::Skipped | StepStatus::Unknown => false,
    }
}

/// What became of the run that did the steps.
enum Fate {
    /// It still works, or may.
    Alive,
    /// It ended, and may have left a question.
    EndedWell,
    Dead,
}

fn fate(of: &Judgement<'_>, work: &Work<'_>) -> Fate {
    let run = run_of(of, work);
    if let Some(run) = run
        && run.closing.is_some()
    {
        return match run.status() {
            RunStatus::Failed | RunStatus::Partial => Fate::Dead,
            RunStatus::Ok
            | RunStatus::Skipped
            | RunStatus::Blocked
            | RunStatus::Running
            | RunStatus::Unknown => Fate::EndedWell,
        };
    }
    if of.case.now > silent_at(of, work) {
        Fate::Dead
    } else {
        Fate::Alive
    }
}

/// When the run that did the steps has been silent for its lease.
fn silent_at(of: &Judgement<'_>, work: &Work<'_>) -> Ts {
    let run = run_of(of, work);
    let last = run.map_or(work.last_at(), |run| run.last.at.max(work.last_at()));
    of.case.active.after(last, lease_of(of, work))
}

/// When runs that left steps open will have fallen silent.
pub fn limits(of: &Judgement<'_>) -> Vec<Ts> {
    of.works()
        .iter()
        .filter(|work| work.leaves_open())
        .map(|work| silent_at(of, work) + Span(1))
        .collect()
}

fn lease_of(of: &Judgement<'_>, work: &Work<'_>) -> Span {
    let slot = work
        .task
        .and_then(|task| of.declared_at(task.as_str(), work.last_at()));
    if let Some(one) = slot {
        return one.lease.value;
    }
    let longest = of.thresholds.longest_run(None, &[]);
    of.thresholds.lease(None, longest).value
}

/// A later run that finished the same step settles it.
fn settled_later(of: &Judgement<'_>, word: &StepWord<'_>) -> bool {
    let open = &word.newest.step;
    of.case.steps.iter().any(|fact| {
        let step = &fact.step;
        let same = match (&open.key, &step.key) {
            (Some(a), Some(b)) => a == b,
            _ => step.action == open.action && step.target == open.target && step.task == open.task,
        };
        same && step.at.at > open.at.at && !is_open(step.status)
    })
}

pub fn incomplete(of: &Judgement<'_>) -> Vec<Finding> {
    of.works()
        .iter()
        .filter(|work| work.leaves_open())
        .filter(|work| !orders::answered(of, work.task))
        .filter_map(|work| {
            let open: Vec<&StepWord<'_>> = work
                .steps
                .iter()
                .filter(|word| is_open(word.newest.step.status) && !settled_later(of, word))
                .collect();
            let first = *open.first()?;
            let waits = open.iter().all(|word| waits_for_yes(word));
            match fate(of, work) {
                Fate::Alive => return None,
                Fate::EndedWell if waits => return None,
                Fate::EndedWell | Fate::Dead => {}
            }
            Some(about_incomplete(of, work, &open, first))
        })
        .collect()
}

fn tier_of(of: &Judgement<'_>, word: &StepWord<'_>, task: Option<&TaskId>) -> Tier {
    let by_task = || {
        let one = of.declared_at(task?.as_str(), word.newest.step.at.at)?;
        one.slot.task.tier
    };
    word.newest
        .step
        .tier
        .or(word.first.step.tier)
        .or_else(by_task)
        .unwrap_or(Tier::Mutating)
}

fn about_incomplete(
    of: &Judgement<'_>,
    work: &Work<'_>,
    open: &[&StepWord<'_>],
    first: &StepWord<'_>,
) -> Finding {
    let mutates = open
        .iter()
        .any(|word| tier_of(of, word, work.task) == Tier::Mutating);
    let severity = if mutates {
        Severity::Critical
    } else {
        Severity::Warning
    };
    let run = run_of(of, work);
    let since = run.map_or(work.last_at(), |run| {
        run.ended().unwrap_or(run.last.at.max(work.last_at()))
    });
    let done = work.steps.len() - open.len();
    let name = work
        .task
        .map_or_else(|| "a run".to_owned(), ToString::to_string);
    let step = first
        .newest
        .step
        .step
        .as_ref()
        .or(first.newest.step.action.as_ref())
        .map_or_else(
            || format!("step {}", done + 1),
            |step| step.shown_within(24),
        );
    let tier = tier_of(of, first, work.task).word();
    Draft::new(of, FindingKind::WalIncomplete, severity, since)
        .task(work.task)
        .says(format!(
            "{name}: {done} of {} steps done, cut off at {step} ({tier})",
            work.steps.len()
        ))
        .limit(
            "every step done when its run is over".to_owned(),
            Source::Default,
        )
        .shows(open.iter().take(3).map(|word| {
            of.case
                .evidence(word.newest.locus, format!("{step} intended"))
                .written(word.newest.step.at.at)
        }))
        .clears("when the step is done, failed or skipped in the log of steps")
}

/// Only what is declared irreversible asks; what says nothing is done without asking.
fn waits_for_yes(word: &StepWord<'_>) -> bool {
    word.newest.step.status == StepStatus::Intended
        && (word.newest.step.reversible == Reversible::No
            || word.first.step.reversible == Reversible::No)
}

pub fn approval(of: &Judgement<'_>) -> Vec<Finding> {
    of.works()
        .iter()
        .filter(|work| work.steps.iter().any(waits_for_yes))
        .filter(|work| !matches!(fate(of, work), Fate::Dead))
        .flat_map(|work| {
            work.steps
                .iter()
                .filter(|word| waits_for_yes(word) && !settled_later(of, word))
                .map(|word| about_approval(of, work, word))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn about_approval(of: &Judgement<'_>, work: &Work<'_>, word: &StepWord<'_>) -> Finding {
    let step = &word.newest.step;
    let action = step
        .action
        .as_ref()
        .or(step.step.as_ref())
        .map_or_else(|| "a step".to_owned(), |text| text.shown_within(40));
    let target = step
        .target
        .as_ref()
        .map(|target| format!(" {}", target.shown_within(32)))
        .unwrap_or_default();
    Draft::new(
        of,
        FindingKind::Approval,
        Severity::Warning,
        word.first.step.at.at,
    )
    .task(work.task)
    .says(format!(
        "{action}{target} is irreversible and waits for your yes since {}",
        of.case.when(word.first.step.at.at)
    ))
    .shows(Some(
        of.case
            .evidence(word.newest.locus, action.clone())
            .written(step.at.at),
    ))
    .limit(
        "a yes before every irreversible step".to_owned(),
        Source::Declared,
    )
    .clears("when it is approved, or the agent drops it")
}

/// One step of one run, done twice with different content.
pub fn conflicted(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for work in of.works() {
        for word in &work.steps {
            let Some(other) = word.done_otherwise else {
                continue;
            };
            let at = word.newest.step.at.at;
            if at < of.case.now - REMEMBERED {
                continue;
            }
            let name = work
                .task
                .map_or_else(|| "a run".to_owned(), ToString::to_string);
            found.push(
                Draft::new(of, FindingKind::Conflicted, Severity::Critical, at)
                    .task(work.task)
                    .says(format!(
                        "{name}: one step was done twice with different content, {} and {}",
                        of.case.when(other.step.at.at),
                        of.case.when(at)
                    ))
                    .shows([
                        of.case
                            .evidence(other.locus, "done")
                            .written(other.step.at.at),
                        of.case
                            .evidence(word.newest.locus, "done again, otherwise")
                            .written(at),
                    ])
                    .limit(
                        "a step is done once, with one content".to_owned(),
                        Source::Default,
                    )
                    .clears("when acknowledged, or a day after"),
            );
        }
    }
    found
}
