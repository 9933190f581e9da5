//! `unproven_done`: a skip says "already done", and nothing shows the doing. State drift's signature.

use super::{Draft, REMEMBERED, gathered};
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::action::StepStatus;
use crate::domain::facts::Beat;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::{Item, ItemClass, RunStatus};
use crate::domain::id::{ItemId, TaskId};

const WORDS: &[&str] = &[
    "already_done",
    "already done",
    "already executed",
    "already sent",
    "already posted",
    "already_sent",
    "already_posted",
    "already_executed",
];

/// As many lines of one task as are kept: with fewer the whole history is at hand.
const KEPT_OF_TASK: usize = 40;

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
    for (class, id) in &beat.items {
        let Some(item) = of.case.facts.items.get(id) else {
            continue;
        };
        if *class != ItemClass::Skipped {
            continue;
        }
        listed = true;
        if says_done(item) && !is_proven(of, beat, *id, item, run.task()) {
            count += 1;
        }
    }
    let bare = run.status() == RunStatus::Skipped && !listed;
    let said = || {
        of.case
            .message(beat)
            .is_some_and(|text| mentions(text.exact()))
    };
    if bare && said() && !task_ever_done(of, beat, run.task()) && knows_all(of, run.task()) {
        count += beat.skipped.max(1);
    }
    count
}

fn mentions(text: &str) -> bool {
    let text = text.to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

fn says_done(item: &Item) -> bool {
    item.why
        .as_ref()
        .map_or_else(|| mentions(item.what.exact()), |why| mentions(why.exact()))
}

/// Found by whoever looked through the whole history; else by what is at hand, where that is everything.
fn is_proven(
    of: &Judgement<'_>,
    beat: &Beat,
    id: ItemId,
    item: &Item,
    task: Option<&TaskId>,
) -> bool {
    if let Some(proofs) = &of.case.facts.proofs {
        return proofs.contains_key(&id);
    }
    if !knows_all(of, task) {
        return true;
    }
    if step_done(of, beat, item) || item_done(of, beat, item) {
        return true;
    }
    // Who counts what it did, or writes it without a word that tells one deed from another, proves by having run.
    let by_name = item.key.is_some() || item.target.is_some();
    let told_apart = if by_name {
        lists_its_deeds(of, beat)
    } else {
        marks(item.what.exact()).next().is_some() && names_its_deeds(of, beat)
    };
    !told_apart && task_ever_done(of, beat, task)
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

fn step_done(of: &Judgement<'_>, before: &Beat, item: &Item) -> bool {
    of.case.steps.iter().any(|fact| {
        let step = &fact.step;
        let same = (item.key.is_some() && step.key == item.key)
            || (item.target.is_some() && step.target == item.target);
        same && step.status == StepStatus::Done && step.at.at < before.at
    })
}

/// It writes down what it does, one by one.
fn lists_its_deeds(of: &Judgement<'_>, before: &Beat) -> bool {
    let stepped = || {
        let mut steps = of.case.steps.iter();
        steps.any(|fact| fact.step.status == StepStatus::Done && fact.step.at.at < before.at)
    };
    done_items(of, before).next().is_some() || stepped()
}

fn item_done(of: &Judgement<'_>, before: &Beat, item: &Item) -> bool {
    let named: Vec<&str> = match &item.target {
        Some(target) => vec![target.exact()],
        None => marks(item.what.exact()).collect(),
    };
    done_items(of, before).any(|done| {
        let text = done.what.exact();
        (item.key.is_some() && done.key == item.key)
            || (item.target.is_some() && done.target == item.target)
            || done.what == item.what
            || named.iter().any(|name| text.contains(name))
    })
}

/// Words that tell one deed from another: a handle, a number, an address, a path.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches([',', '.', ':', ';', '"', '(', ')', '\'']))
        .filter(|word| word.len() > 1)
        .filter(|word| {
            word.contains(['@', '#', '/']) || word.contains(|c: char| c.is_ascii_digit())
        })
}

/// What it lists as done is told apart by such words, so that one that is not among them was not done.
fn names_its_deeds(of: &Judgement<'_>, before: &Beat) -> bool {
    let (mut all, mut told_apart) = (0, 0);
    for done in done_items(of, before) {
        all += 1;
        let named = done.key.is_some() || done.target.is_some();
        told_apart += usize::from(named || marks(done.what.exact()).next().is_some());
    }
    all > 0 && told_apart * 2 > all
}

fn done_items<'b>(of: &'b Judgement<'_>, before: &'b Beat) -> impl Iterator<Item = &'b Item> {
    of.case
        .beats
        .iter()
        .filter(|beat| beat.at < before.at)
        .flat_map(|beat| &beat.items)
        .filter(|(class, _)| *class == ItemClass::Did)
        .filter_map(|(_, id)| of.case.facts.items.get(id))
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
    .clears("when the doing is found, or a day after the last such skip")
}
