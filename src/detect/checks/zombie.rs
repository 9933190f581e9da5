//! `zombie_write`: a run wrote after its claim was taken from it. And `conflicted`, where an epoch itself went back.

use std::collections::BTreeMap;

use super::{Draft, REMEMBERED};
use crate::detect::judgement::Judgement;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::{Locus, RunId, TaskId};
use crate::domain::policy::Source;
use crate::domain::task::Claim;
use crate::domain::time::{Day, Ts, Zone};
use crate::plan::calendar::Window;
use crate::plan::quick::{ByName, Names};

/// A claim as one version of the plan had it, from when on.
struct Held<'a> {
    claim: &'a Claim,
    from: Ts,
    /// Epochs of a plan for one day begin anew the next day.
    day: Option<Day>,
}

/// A write by somebody who no longer holds the task.
#[derive(Clone, Debug)]
pub struct Zombie {
    pub task: Option<TaskId>,
    pub run: Option<RunId>,
    pub at: Ts,
    pub locus: Locus,
    pub epoch: u64,
    pub current: u64,
}

/// By task: plans repeat a claim in every version, and a fleet's plans have thousands of versions of claims.
fn claims<'a>(of: &Judgement<'a>) -> ByName<'a, Vec<Held<'a>>> {
    let mut all: ByName<'a, Vec<Held<'a>>> = ByName::default();
    for version in &of.case.facts.plans {
        if version.known > of.case.now {
            break;
        }
        for task in &version.plan.tasks {
            let Some(claim) = &task.claim else { continue };
            let from = claim.at.unwrap_or(version.known);
            if from > of.case.now {
                continue;
            }
            let held = all.entry(task.id.as_str()).or_default();
            let known = held.iter().rev().any(|other| {
                other.claim.epoch == claim.epoch
                    && other.day == version.plan.date
                    && other.claim.run == claim.run
            });
            if known {
                continue;
            }
            held.push(Held {
                claim,
                from,
                day: version.plan.date,
            });
        }
    }
    all
}

/// One line of a log or step, by somebody.
#[derive(Clone, Copy)]
struct Write<'a> {
    at: Ts,
    task: Option<&'a TaskId>,
    run: Option<&'a RunId>,
    epoch: Option<u64>,
    locus: Locus,
}

/// Everything that names its epoch or a run that claimed something, in order of time: without an epoch only a claim on the
/// task can speak against a write.
fn all_writes<'a>(of: &Judgement<'a>, claimants: &Names<'_>) -> Vec<Write<'a>> {
    let beats = of.case.beats.iter().map(|beat| Write {
        at: beat.at,
        task: beat.task.as_ref(),
        run: beat.run.as_ref(),
        epoch: beat.epoch,
        locus: beat.locus,
    });
    let steps = of.case.steps.iter().map(|fact| Write {
        at: fact.step.at.at,
        task: fact.step.task.as_ref(),
        run: fact.step.run.as_ref(),
        epoch: fact.step.epoch,
        locus: fact.locus,
    });
    let mut all: Vec<Write<'a>> = beats
        .chain(steps)
        .filter(|write| {
            let claims = |run: &RunId| claimants.contains(run.as_str());
            write.epoch.is_some() || write.run.is_some_and(claims)
        })
        .collect();
    all.sort_by_key(|write| (write.at, write.locus));
    all
}

/// Days of moments that come in order: each day is looked up once.
struct Days {
    zone: Zone,
    last: Option<(Window, Day)>,
}

impl Days {
    fn new(zone: Zone) -> Self {
        Self { zone, last: None }
    }

    fn of(&mut self, at: Ts) -> Day {
        if let Some((window, day)) = self.last
            && window.holds(at)
        {
            return day;
        }
        let day = self.zone.day_of(at);
        let window = Window::new(self.zone.start_of(day), self.zone.end_of(day));
        self.last = Some((window, day));
        day
    }
}

/// Every write with an epoch below the one in force, or by a run whose claim went to another.
pub fn writes(of: &Judgement<'_>) -> Vec<Zombie> {
    let held = claims(of);
    let by_beat = of.case.beats.iter().any(|beat| beat.epoch.is_some());
    let by_step = || of.case.steps.iter().any(|fact| fact.step.epoch.is_some());
    if held.is_empty() && !by_beat && !by_step() {
        return Vec::new();
    }
    let mut days = Days::new(of.case.zone.value);
    let by_day = held.values().flatten().any(|held| held.day.is_some());
    let claimed = held.values().flatten();
    let claimed = claimed.filter_map(|held| Some(held.claim.run.as_ref()?.as_str()));
    let claimants: Names<'_> = claimed.collect();
    let mut newest: BTreeMap<(Option<&TaskId>, Option<Day>), u64> = BTreeMap::new();
    let mut found = Vec::new();
    for Write {
        at,
        task,
        run,
        epoch,
        locus,
    } in all_writes(of, &claimants)
    {
        let held = task
            .and_then(|task| held.get(task.as_str()))
            .map_or(&[][..], Vec::as_slice);
        if epoch.is_none() && !held.iter().any(|held| held.claim.run.as_ref() == run) {
            continue;
        }
        let today = by_day.then(|| days.of(at));
        let in_force = |held: &&Held<'_>| held.day.is_none() || held.day == today;
        let held = || held.iter().filter(in_force);
        let by_claim = held()
            .filter(|held| held.from <= at)
            .map(|held| held.claim.epoch)
            .max();
        let by_log = newest.get(&(task, today)).copied();
        let current = by_claim.max(by_log.filter(|_| task.is_some())).unwrap_or(0);
        // Who holds the newest claim is no zombie of its own older one: an undo gives it back under the next epoch.
        let holds =
            held().any(|held| held.claim.epoch == current && held.claim.run.as_ref() == run);
        let holds = holds && run.is_some();
        let below = epoch.is_some_and(|epoch| epoch < current) && !holds;
        if below || superseded(held(), run, at) {
            found.push(Zombie {
                task: task.cloned(),
                run: run.cloned(),
                at,
                locus,
                epoch: epoch.unwrap_or(0),
                current,
            });
        }
        if let Some(epoch) = epoch {
            let most = newest.entry((task, today)).or_insert(epoch);
            *most = (*most).max(epoch);
        }
    }
    found
}

/// The run held the task under an older epoch, and another run holds it since. Of the claims of that task.
fn superseded<'a>(
    held: impl Iterator<Item = &'a Held<'a>> + Clone,
    run: Option<&RunId>,
    at: Ts,
) -> bool {
    let Some(run) = run else { return false };
    let own = held
        .clone()
        .filter(|held| held.claim.run.as_ref() == Some(run));
    let Some(mine) = own.map(|held| held.claim.epoch).max() else {
        return false;
    };
    held.clone().any(|held| {
        held.claim.epoch > mine && held.from < at && held.claim.run.as_ref() != Some(run)
    })
}

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for zombie in &of.zombies {
        let recent = zombie.at >= of.case.now - REMEMBERED;
        let told = found.iter().any(|known| known.task == zombie.task);
        if !recent || told {
            continue;
        }
        let name = zombie
            .task
            .as_ref()
            .map_or_else(|| "a task".to_owned(), ToString::to_string);
        let run = zombie
            .run
            .as_ref()
            .map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
        found.push(
            Draft::new(of, FindingKind::ZombieWrite, Severity::Critical, zombie.at)
                .task(zombie.task.as_ref())
                .says(format!(
                    "{name}: {run} wrote {} under an old claim; the current epoch is {}",
                    of.case.when(zombie.at),
                    zombie.current
                ))
                .limit(format!("epoch {}", zombie.current), Source::Declared)
                .shows(Some(
                    of.case
                        .evidence(zombie.locus, "written under an old claim")
                        .written(zombie.at),
                ))
                .clears("when acknowledged, or a day after"),
        );
    }
    found
}

/// A plan whose claim epoch is lower than it was.
pub fn epoch_back(of: &Judgement<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut newest: ByName<'_, Vec<(Option<Day>, u64)>> = ByName::default();
    for version in &of.case.facts.plans {
        if version.known > of.case.now {
            break;
        }
        for task in &version.plan.tasks {
            let Some(claim) = &task.claim else { continue };
            let day = version.plan.date;
            let of_task = newest.entry(task.id.as_str()).or_default();
            let known = of_task.iter_mut().rev().find(|(of, _)| *of == day);
            match known {
                Some((_, epoch)) if claim.epoch < *epoch => {
                    if version.known < of.case.now - REMEMBERED {
                        continue;
                    }
                    let locus = Locus {
                        file: version.file,
                        offset: task.offset,
                        len: 0,
                        line: task.line,
                    };
                    found.push(
                        Draft::new(
                            of,
                            FindingKind::Conflicted,
                            Severity::Critical,
                            version.known,
                        )
                        .task(Some(&task.id))
                        .says(format!(
                            "{}: the epoch of its claim went back from {epoch} to {} at {}",
                            task.id,
                            claim.epoch,
                            of.case.when(version.known)
                        ))
                        .limit(format!("epoch {epoch}, which only grows"), Source::Declared)
                        .shows(Some(of.case.evidence(locus, "an older epoch")))
                        .clears("when acknowledged, or a day after"),
                    );
                }
                Some((_, epoch)) => *epoch = claim.epoch,
                None => of_task.push((day, claim.epoch)),
            }
        }
    }
    found
}
