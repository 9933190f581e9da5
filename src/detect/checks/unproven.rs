//! `unproven_done`: a skip says "already done", and nothing shows the doing. State drift's signature.

use super::{Draft, REMEMBERED, gathered};
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::action::StepStatus;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::fleet::Proven;
use crate::domain::heartbeat::{Item, ItemClass, RunStatus};
use crate::domain::id::{ItemId, TaskId};
use crate::domain::policy::Source;
use crate::domain::proof::{Asked, Deed, Done, EverRan, History, Proof, mentions_done, says_done};

/// As many lines of one task as are kept: with fewer the whole history is at hand.
const KEPT_OF_TASK: usize = 40;

/// Proofs that are shown.
const MOST_PROVEN: usize = 12;

struct Claimed<'a> {
    beat: &'a Beat,
    task: Option<&'a TaskId>,
    count: u32,
}

/// One finding per task, for what was claimed within a day.
pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let claims = claimed(of);
    let found = claims.iter().map(|claimed| about(of, claimed)).collect();
    gathered(found, |n, _| {
        let total: u32 = claims.iter().map(|claimed| claimed.count).sum();
        format!(
            "already_done ×{total} in {n} tasks, no proof: nothing shows that any of it was ever done"
        )
    })
}

/// Over all tasks.
pub fn total(of: &Judgement<'_>) -> u32 {
    claimed(of).iter().map(|claimed| claimed.count).sum()
}

fn claimed<'a>(of: &Judgement<'a>) -> Vec<Claimed<'a>> {
    let mut found: Vec<Claimed<'_>> = Vec::new();
    for run in &of.runs {
        let beat = run.last;
        if beat.at < of.case.now - REMEMBERED || beat.skipped == 0 && !run.is_completed() {
            continue;
        }
        let count = unproven_items(of, run);
        if count == 0 {
            continue;
        }
        match found.iter_mut().find(|known| known.task == run.task()) {
            Some(known) => known.count += count,
            None => found.push(Claimed {
                beat,
                task: run.task(),
                count,
            }),
        }
    }
    found
}

fn unproven_items(of: &Judgement<'_>, run: &Run<'_>) -> u32 {
    let beat = run.last;
    let mut count = 0;
    let mut listed = false;
    for id in skipped(beat) {
        let Some(item) = of.case.facts.items.get(id) else {
            continue;
        };
        listed = true;
        if says_done(item) && !is_proven(of, beat, *id, item, run.task()) {
            count += 1;
        }
    }
    let bare = run.status() == RunStatus::Skipped && !listed;
    let said = || {
        of.case
            .message(beat)
            .is_some_and(|text| mentions_done(text.exact()))
    };
    if bare && said() && !task_ever_done(of, beat, run.task()) && knows_all(of, run.task()) {
        count += beat.skipped.max(1);
    }
    count
}

/// What a line lists as skipped. Hardly a line does, so its class is asked before its text is looked up.
fn skipped(beat: &Beat) -> impl Iterator<Item = &ItemId> {
    let skipped = beat.items.iter();
    let skipped = skipped.filter(|(class, _)| *class == ItemClass::Skipped);
    skipped.map(|(_, id)| id)
}

/// Skips of the last day that call themselves done, each with what shows it. Newest first.
pub fn proven(of: &Judgement<'_>) -> Vec<Proven> {
    let mut found: Vec<Proven> = Vec::new();
    let recent = of.runs.iter().rev();
    for run in recent.take_while(|run| run.last.at >= of.case.now - REMEMBERED) {
        for id in skipped(run.last) {
            let item = of.case.facts.items.get(id);
            let Some(item) = item.filter(|item| says_done(item)) else {
                continue;
            };
            let known = found.iter().any(|known| known.what == item.what);
            if known || found.len() == MOST_PROVEN {
                continue;
            }
            if let Shown::By(proof) = proof_of(of, run.last, *id, item, run.task()) {
                let place = proof.locus;
                found.push(Proven {
                    what: item.what.clone(),
                    task: run.task().cloned(),
                    at: run.last.at,
                    skip: run.last.locus,
                    place: place.map(|locus| of.case.evidence(locus, proof.shown())),
                    proof,
                });
            }
        }
    }
    found
}

fn is_proven(
    of: &Judgement<'_>,
    beat: &Beat,
    id: ItemId,
    item: &Item,
    task: Option<&TaskId>,
) -> bool {
    match proof_of(of, beat, id, item, task) {
        Shown::By(_) | Shown::Perhaps => true,
        Shown::ByNothing => false,
    }
}

/// Whether anything shows that it was done.
enum Shown {
    By(Proof),
    ByNothing,
    /// Not everything was looked through.
    Perhaps,
}

impl From<Option<Proof>> for Shown {
    fn from(found: Option<Proof>) -> Self {
        found.map_or(Self::ByNothing, Self::By)
    }
}

/// Found by whoever looked through the whole history, else in what is at hand, where that is everything.
fn proof_of(
    of: &Judgement<'_>,
    beat: &Beat,
    id: ItemId,
    item: &Item,
    task: Option<&TaskId>,
) -> Shown {
    if let Some(proofs) = &of.case.facts.proofs {
        return proofs.get(&id).cloned().into();
    }
    if !knows_all(of, task) {
        return Shown::Perhaps;
    }
    let ever = if task_ever_done(of, beat, task) {
        EverRan::Yes
    } else {
        EverRan::No
    };
    let asked = Asked {
        item,
        at: beat.at,
        ever,
    };
    asked.shown_by(&history(of)).into()
}

/// What is at hand of what the agent did.
fn history<'b>(of: &'b Judgement<'_>) -> History<'b> {
    let deeds = of.case.beats.iter().flat_map(|beat| {
        let did = beat
            .items
            .iter()
            .filter(|(class, _)| *class == ItemClass::Did);
        did.filter_map(|(_, id)| {
            Some(Deed {
                at: beat.at,
                id: *id,
                item: of.case.facts.items.get(id)?,
                place: Some((beat.locus, beat.run.as_ref())),
            })
        })
    });
    let done = of.case.steps.iter();
    let steps = done
        .filter(|fact| fact.step.status == StepStatus::Done)
        .map(|fact| Done {
            step: &fact.step,
            locus: fact.locus,
        });
    History {
        deeds: deeds.collect(),
        steps: steps.collect(),
    }
}

fn knows_all(of: &Judgement<'_>, task: Option<&TaskId>) -> bool {
    let oldest = of.case.beats.first().map(|beat| beat.at);
    let whole = of.case.facts.first_beat.is_none() || of.case.facts.first_beat >= oldest;
    let lines = of
        .case
        .beats
        .iter()
        .filter(|beat| beat.task.as_ref() == task)
        .count();
    whole && lines < KEPT_OF_TASK
}

fn task_ever_done(of: &Judgement<'_>, before: &Beat, task: Option<&TaskId>) -> bool {
    let by_run = of.runs.iter().any(|run| {
        let good = matches!(run.status(), RunStatus::Ok | RunStatus::Partial);
        good && run.task() == task && run.last.at < before.at
    });
    let by_step = || {
        of.case.steps.iter().any(|fact| {
            fact.step.task.as_ref() == task
                && fact.step.status == StepStatus::Done
                && fact.step.at.at < before.at
        })
    };
    by_run || by_step()
}

fn about(of: &Judgement<'_>, claimed: &Claimed<'_>) -> Finding {
    let name = claimed
        .task
        .map_or_else(|| "a run".to_owned(), ToString::to_string);
    Draft::new(
        of,
        FindingKind::UnprovenDone,
        Severity::Critical,
        claimed.beat.at,
    )
    .task(claimed.task)
    .says(format!(
        "{name}: already_done ×{}, no proof: no run, step or entry shows it was ever done",
        claimed.count
    ))
    .shows(Some(of.case.evidence_of(claimed.beat)))
    .limit(
        "a run, a step or an entry before every already_done".to_owned(),
        Source::Default,
    )
    .clears("when the doing is found, or a day after the last such skip")
}
