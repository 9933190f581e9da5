//! What an agent did outside that should not be done twice.

use super::judgement::Judgement;
use super::runs::Run;
use super::trace::REACH;
use crate::domain::action::{Reversible, Step, StepStatus, Tier};
use crate::domain::finding::Evidence;
use crate::domain::heartbeat::{Item, ItemClass};
use crate::domain::id::{ItemId, Locus, RunId, TaskId};
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;

/// Something done outside that should not be done twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The declared key, else what was done to what.
    pub key: Untrusted,
    /// The key is declared and has a number in it: it names one object or one slot, not a kind of work.
    pub specific: bool,
    /// The agent named a key itself; otherwise it is made of what was done to what.
    pub keyed: bool,
    /// From the log of steps; else an item of a run's report.
    pub step: Option<Untrusted>,
    pub at: Ts,
    pub task: Option<TaskId>,
    pub run: Option<RunId>,
    pub slot: Option<Ts>,
    pub irreversible: bool,
    pub file: Untrusted,
    pub locus: Locus,
    /// The item's text.
    pub says: Option<Untrusted>,
}

impl Deed {
    /// The line that says so. Of hundreds of deeds hardly one is shown.
    pub fn evidence(&self) -> Evidence {
        let text = self.says.clone();
        Evidence {
            file: self.file.clone(),
            locus: self.locus,
            at: Some(self.at),
            text: text.unwrap_or_else(|| Untrusted::from(self.done_text())),
        }
    }

    /// `s3 done, run 01JQE2`
    fn done_text(&self) -> String {
        let what = self.step.as_ref();
        let what = what.map_or_else(String::new, |what| format!("{} ", what.shown_within(24)));
        let run = self.run.as_ref().map(|run| format!(", run {run}"));
        format!("{what}done{}", run.unwrap_or_default())
    }
}

/// What was done to what, where no key is named.
fn made_key(what: &Untrusted, target: Option<&Untrusted>) -> Untrusted {
    let target = target.map_or("", Untrusted::exact);
    Untrusted::from(format!("{}\u{0}{target}", what.exact()))
}

fn has_number(key: &Untrusted) -> bool {
    key.exact().contains(|c: char| c.is_ascii_digit())
}

/// The deeds of the last day: from the log of steps, and from items of reports.
pub fn of(of: &Judgement<'_>) -> Vec<Deed> {
    let oldest = of.case.now - REACH;
    let recent = of.runs.iter().rev();
    let mut recent = recent.take_while(|run| run.last.at >= oldest);
    if of.case.steps.is_empty() && recent.all(|run| run.last.items.is_empty()) {
        return Vec::new();
    }
    let served = slots_served(of);
    let done = of.case.steps.iter();
    let done = done
        .filter(|fact| fact.step.status == StepStatus::Done && fact.step.at.at >= oldest)
        .filter_map(|fact| of_step(of, &fact.step, fact.locus, &served));
    let mut deeds: Vec<Deed> = done.collect();
    let runs = of.runs.iter().zip(&served).rev();
    let mutating = mutating(of);
    if mutating.is_empty() {
        return deeds;
    }
    for (run, slot) in runs.take_while(|(run, _)| run.last.at >= oldest) {
        of_items(of, run, *slot, &mutating, &mut deeds);
    }
    deeds
}

/// The items that change something outside, in order. Lines name the same few again and again.
fn mutating<'a>(of: &Judgement<'a>) -> Vec<(ItemId, &'a Item)> {
    let items = of.case.facts.items.iter();
    let mutating = items.filter(|(_, item)| item.tier == Some(Tier::Mutating));
    mutating.map(|(id, item)| (*id, item)).collect()
}

/// The slots that runs served, by the place of the run.
fn slots_served(of: &Judgement<'_>) -> Vec<Option<Ts>> {
    let mut served = vec![None; of.runs.len()];
    // Of a run that served several the first counts.
    for one in of.slots.iter().rev() {
        for &at in &one.runs {
            served[at as usize] = one.slot.at;
        }
    }
    served
}

fn of_step(of: &Judgement<'_>, step: &Step, locus: Locus, served: &[Option<Ts>]) -> Option<Deed> {
    let place = step.run.as_ref().and_then(|id| of.place_of(id));
    let run = place.map(|at| &of.runs[at]);
    let task = step.task.as_ref().or_else(|| run.and_then(Run::task));
    let plan = of.declared(task, step.at.at).map(|one| one.slot.task);
    let tier = step.tier.or_else(|| plan.and_then(|task| task.tier));
    if matches!(tier, Some(Tier::ReadOnly | Tier::AppendOnly)) {
        return None;
    }
    let reversible = match step.reversible {
        Reversible::Undeclared => plan.map_or(Reversible::Undeclared, |task| task.reversible),
        said => said,
    };
    let key = match (&step.key, &step.action) {
        (Some(key), _) => key.clone(),
        (None, Some(action)) => made_key(action, step.target.as_ref()),
        (None, None) => return None,
    };
    Some(Deed {
        specific: step.key.is_some() && has_number(&key),
        keyed: step.key.is_some(),
        key,
        step: step.step.clone().or_else(|| step.action.clone()),
        at: step.at.at,
        task: task.cloned(),
        run: step.run.clone(),
        slot: place.and_then(|at| served[at]),
        irreversible: reversible != Reversible::Yes,
        file: of.case.file(locus),
        locus,
        says: None,
    })
}

fn of_items(
    of: &Judgement<'_>,
    run: &Run<'_>,
    slot: Option<Ts>,
    mutating: &[(ItemId, &Item)],
    deeds: &mut Vec<Deed>,
) {
    let done = run.last.items.iter();
    let done = done.filter(|(class, _)| *class == ItemClass::Did);
    for (_, id) in done {
        let Ok(place) = mutating.binary_search_by_key(id, |(id, _)| *id) else {
            continue;
        };
        let item = mutating[place].1;
        let Some(key) = key_of(item) else {
            continue;
        };
        let plan = of.declared(run.task(), run.begun());
        let plan = plan.map(|one| one.slot.task.reversible);
        deeds.push(Deed {
            specific: item.key.is_some() && has_number(&key),
            keyed: item.key.is_some(),
            key,
            step: None,
            at: run.last.at,
            task: run.task().cloned(),
            run: run.id().cloned(),
            slot,
            irreversible: plan == Some(Reversible::No),
            file: of.case.file(run.last.locus),
            locus: run.last.locus,
            says: Some(item.what.clone()),
        });
    }
}

fn key_of(item: &Item) -> Option<Untrusted> {
    match (&item.key, &item.target) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(target)) => Some(made_key(&item.what, Some(target))),
        (None, None) => None,
    }
}
