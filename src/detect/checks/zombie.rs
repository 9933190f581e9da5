//! `zombie_write`: a run wrote after its claim was taken from it. And `conflicted`, where an epoch itself went back.

use super::{Draft, REMEMBERED};
use crate::detect::judgement::Judgement;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::{Locus, RunId, TaskId};
use crate::domain::policy::Source;
use crate::domain::task::Claim;
use crate::domain::time::{Day, Ts, Zone};
use crate::plan::calendar::Window;
use crate::plan::quick::ByName;

/// A claim as one version of the plan had it, from when on.
struct Held {
    epoch: u64,
    /// Whose it is, as a number of [`Claims`].
    run: Option<u32>,
    from: Ts,
    /// Epochs of a plan for one day begin anew the next day.
    day: Option<Day>,
}

/// What is known of one task.
#[derive(Default)]
struct Epochs {
    held: Vec<Held>,
    /// The newest that a line named, of each day.
    named: Vec<(Option<Day>, u64)>,
}

/// The claims of all plans, by task: plans repeat a claim in every version, and a fleet's plans have thousands of versions
/// of claims. Runs that claimed something are numbered, since every line is compared with every claim on its task.
#[derive(Default)]
struct Claims<'a> {
    tasks: ByName<'a, Epochs>,
    runs: ByName<'a, u32>,
    by_day: bool,
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

impl<'a> Claims<'a> {
    fn of(of: &Judgement<'a>) -> Self {
        let mut all = Self::default();
        for version in &of.case.facts.plans {
            if version.known > of.case.now {
                break;
            }
            let day = version.plan.date;
            for task in &version.plan.tasks {
                let Some(claim) = &task.claim else { continue };
                let from = claim.at.unwrap_or(version.known);
                if from <= of.case.now {
                    all.add(task.id.as_str(), claim, from, day);
                }
            }
        }
        all
    }

    fn add(&mut self, task: &'a str, claim: &'a Claim, from: Ts, day: Option<Day>) {
        let next = self.runs.len() as u32;
        let run = claim.run.as_ref();
        let run = run.map(|run| *self.runs.entry(run.as_str()).or_insert(next));
        let held = &mut self.tasks.entry(task).or_default().held;
        let is = |other: &Held| (other.epoch, other.day, other.run) == (claim.epoch, day, run);
        if held.iter().rev().any(is) {
            return;
        }
        held.push(Held {
            epoch: claim.epoch,
            run,
            from,
            day,
        });
        self.by_day |= day.is_some();
    }

    fn number(&self, run: Option<&RunId>) -> Option<u32> {
        self.runs.get(run?.as_str()).copied()
    }
}

/// One line of a log or step about a task.
#[derive(Clone, Copy)]
struct Write<'a> {
    at: Ts,
    task: &'a TaskId,
    run: Option<&'a RunId>,
    /// The number of its run, where that claimed something.
    claimant: Option<u32>,
    epoch: Option<u64>,
    locus: Locus,
}

/// Everything that names its epoch or a run that claimed something, in order of time: without an epoch only a claim on the
/// task can speak against a write.
fn all_writes<'a>(of: &Judgement<'a>, claims: &Claims<'_>) -> Vec<Write<'a>> {
    let write = |at, task: Option<&'a TaskId>, run, epoch: Option<u64>, locus| {
        let claimant = claims.number(run);
        (epoch.is_some() || claimant.is_some()).then_some(Write {
            at,
            task: task?,
            run,
            claimant,
            epoch,
            locus,
        })
    };
    let beats = of.case.beats.iter().filter_map(|beat| {
        let (task, run) = (beat.task.as_ref(), beat.run.as_ref());
        write(beat.at, task, run, beat.epoch, beat.locus)
    });
    let steps = of.case.steps.iter().filter_map(|fact| {
        let step = &fact.step;
        let (task, run) = (step.task.as_ref(), step.run.as_ref());
        write(step.at.at, task, run, step.epoch, fact.locus)
    });
    let mut all: Vec<Write<'a>> = beats.chain(steps).collect();
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
    let mut claims = Claims::of(of);
    let by_beat = of.case.beats.iter().any(|beat| beat.epoch.is_some());
    let by_step = || of.case.steps.iter().any(|fact| fact.step.epoch.is_some());
    if claims.tasks.is_empty() && !by_beat && !by_step() {
        return Vec::new();
    }
    let mut days = Days::new(of.case.zone.value);
    let mut found = Vec::new();
    for write in all_writes(of, &claims) {
        let today = claims.by_day.then(|| days.of(write.at));
        let epochs = claims.tasks.entry(write.task.as_str()).or_default();
        if let Some(current) = outdated(&write, epochs, today) {
            found.push(Zombie {
                task: Some(write.task.clone()),
                run: write.run.cloned(),
                at: write.at,
                locus: write.locus,
                epoch: write.epoch.unwrap_or(0),
                current,
            });
        }
        if let Some(epoch) = write.epoch {
            epochs.name(today, epoch);
        }
    }
    found
}

impl Epochs {
    fn name(&mut self, today: Option<Day>, epoch: u64) {
        match self.named.iter_mut().rev().find(|(day, _)| *day == today) {
            Some((_, most)) => *most = epoch.max(*most),
            None => self.named.push((today, epoch)),
        }
    }
}

/// The epoch in force, where a write is not under it.
fn outdated(write: &Write<'_>, epochs: &Epochs, today: Option<Day>) -> Option<u64> {
    let is_own = |held: &Held| held.run.is_some() && held.run == write.claimant;
    if write.epoch.is_none() && !epochs.held.iter().any(is_own) {
        return None;
    }
    let in_force = |held: &&Held| held.day.is_none() || held.day == today;
    let held = || epochs.held.iter().filter(in_force);
    let by_claim = held().filter(|held| held.from <= write.at);
    let by_claim = by_claim.map(|held| held.epoch).max();
    let mut named = epochs.named.iter().rev();
    let by_log = named.find(|(day, _)| *day == today).map(|(_, most)| *most);
    let current = by_claim.max(by_log).unwrap_or(0);
    // Who holds the newest claim is no zombie of its own older one: an undo gives it back under the next epoch.
    let holds = || held().any(|held| held.epoch == current && is_own(held));
    let below = write.epoch.is_some_and(|epoch| epoch < current) && !holds();
    (below || superseded(held(), write)).then_some(current)
}

/// The run held the task under an older epoch, and another run holds it since. Of the claims of that task.
fn superseded<'a>(held: impl Iterator<Item = &'a Held> + Clone, write: &Write<'_>) -> bool {
    if write.claimant.is_none() {
        return false;
    }
    let own = held.clone().filter(|held| held.run == write.claimant);
    let Some(mine) = own.map(|held| held.epoch).max() else {
        return false;
    };
    let mut held = held;
    held.any(|held| held.epoch > mine && held.from < write.at && held.run != write.claimant)
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
