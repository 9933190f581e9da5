//! Puts what goes wrong into an agent's day.

use crate::domain::time::Ts;

use super::Incident;
use super::assignment::{Assignment, Rhythm};
use super::day::{Builder, ORPHAN_WORKS, Planned, Run};
use super::plants::{Change, Fate, Plant, Since};

impl Builder<'_> {
    pub(super) fn plant(&mut self, nth: usize, plant: &Plant) {
        match &plant.change {
            Change::Drop => self.drop_runs(nth, plant),
            Change::Turn(fate) => self.turn_runs(nth, plant, *fate),
            Change::Narrow => self.turn_aside(nth, plant),
            Change::HostDown => self.host_down(nth, plant),
            Change::Add(spec, runs) if self.today(plant.from) => {
                self.add_task(nth, plant, spec, runs);
            }
            Change::Hold if plant.from < self.end => {
                self.out.held = Some(plant.from);
                self.out.runs.retain(|run| run.slot < plant.from);
                self.tell(nth, plant, None, &[]);
            }
            Change::TearPlan if plant.from < self.end && plant.to > self.start => {
                self.out.torn.push((plant.from, plant.to));
                self.tell(nth, plant, None, &[]);
            }
            Change::LoseUpdate if self.today(plant.from) => {
                let window = (plant.task, plant.from, plant.to);
                self.out.lost.push(window);
                self.tell(nth, plant, None, &[]);
            }
            Change::Rotate if self.today(plant.from) => {
                self.out.rotations.push(plant.from);
                self.tell(nth, plant, None, &[]);
            }
            Change::Unplanned if self.today(plant.from) => self.leave_unplanned(nth, plant),
            Change::Forget if plant.from < self.end && plant.to > self.start => {
                let window = (plant.task, plant.from, plant.to);
                self.out.forgotten.push(window);
                self.tell(nth, plant, None, &[]);
            }
            Change::LinkOut if self.today(plant.from) => {
                self.out.linked.push((plant.from, plant.to));
                self.tell(nth, plant, None, &[]);
            }
            Change::Crowd if plant.from < self.end && plant.to > self.start => {
                self.tell(nth, plant, None, &[]);
            }
            Change::Noted if self.today(plant.from) => {
                let own = |run: &&Run| self.out.tasks[run.task].spec.id == plant.task;
                let runs: Vec<Run> = self.out.runs.iter().filter(own).cloned().collect();
                self.tell(nth, plant, Some(plant.from), &runs);
            }
            Change::Add(..)
            | Change::Hold
            | Change::TearPlan
            | Change::LoseUpdate
            | Change::Rotate
            | Change::Crowd
            | Change::Unplanned
            | Change::Forget
            | Change::LinkOut
            | Change::Noted => {}
        }
    }

    /// What would still run when the host goes down, or begin before it is back, does not happen.
    fn host_down(&mut self, nth: usize, plant: &Plant) {
        let during = |run: &Run| run.end > plant.from && run.start < plant.to;
        self.unlist(during);
        self.out.runs.retain(|run| !during(run));
        if self.today(plant.from) {
            self.out.farewells.push(plant.from);
            self.tell(nth, plant, Some(plant.from), &[]);
        }
    }

    fn leave_unplanned(&mut self, nth: usize, plant: &Plant) {
        self.out.unplanned = true;
        let tasks = &self.out.tasks;
        let runs = &mut self.out.runs;
        runs.retain(|run| tasks[run.task].due.is_none());
        self.tell(nth, plant, None, &[]);
    }

    fn turn_aside(&mut self, nth: usize, plant: &Plant) {
        if plant.from >= self.end || plant.to <= self.start {
            return;
        }
        self.out.narrow.push((plant.from, plant.to));
        self.tell(nth, plant, Some(plant.from), &[]);
    }

    fn add_task(
        &mut self,
        nth: usize,
        plant: &Plant,
        spec: &'static Assignment,
        runs: &[(i64, Fate)],
    ) {
        let task = self.out.tasks.len();
        let before = self.out.runs.len();
        let namesakes = self
            .out
            .tasks
            .iter()
            .filter(|t| t.spec.id == spec.id)
            .count();
        let id = match namesakes {
            0 => spec.id.to_owned(),
            n => format!("{}-{}", spec.id, n + 1),
        };
        self.out.tasks.push(Planned {
            spec,
            id,
            due: Some(plant.from),
            listed: true,
        });
        for (after, fate) in runs {
            self.run(task, plant.from, *after, *fate);
        }
        let added = self.out.runs[before..].to_vec();
        self.tell(nth, plant, Some(plant.from), &added);
    }

    fn drop_runs(&mut self, nth: usize, plant: &Plant) {
        let tasks = &self.out.tasks;
        let named = |run: &Run| tasks[run.task].spec.id;
        let gone: Vec<Run> = self
            .out
            .runs
            .iter()
            .filter(|run| plant.covers(named(run), run.slot))
            .cloned()
            .collect();
        self.unlist(|run| gone.iter().any(|other| other.seed == run.seed));
        let tasks = &self.out.tasks;
        let runs = &mut self.out.runs;
        runs.retain(|run| !plant.covers(tasks[run.task].spec.id, run.slot));
        if let Some(run) = gone.first() {
            self.tell(nth, plant, Some(run.slot), &gone);
        }
    }

    /// A queue is planned as it is worked through: what does not run is not in it.
    fn unlist(&mut self, gone: impl Fn(&Run) -> bool) {
        for run in self.out.runs.iter().filter(|run| gone(run)) {
            let task = &mut self.out.tasks[run.task];
            task.listed &= !matches!(task.spec.rhythm, Rhythm::Queue { .. });
        }
    }

    fn turn_runs(&mut self, nth: usize, plant: &Plant, fate: Fate) {
        let mut turned = Vec::new();
        for run in &mut self.out.runs {
            if plant.covers(self.out.tasks[run.task].spec.id, run.slot) {
                *run = run.clone().turned(fate);
                turned.push(run.clone());
            }
        }
        if !turned.is_empty() {
            self.tell(nth, plant, Some(turned[0].slot), &turned);
        }
    }

    fn tell(&mut self, nth: usize, plant: &Plant, slot: Option<Ts>, runs: &[Run]) {
        if plant.kind.is_empty() {
            return;
        }
        let since = match plant.since {
            Since::At(at) => Some(at),
            Since::Due => slot,
            Since::Start(i) => runs.get(i).map(|run| run.start),
            Since::LastBeat(i) => runs.get(i).map(|run| run.start + ORPHAN_WORKS),
            Since::End(i) => runs.get(i).map(|run| run.end),
            Since::Made => Some(self.out.generated),
        };
        let task = match runs.first() {
            Some(run) => Some(self.out.tasks[run.task].id.clone()),
            None => (!plant.task.is_empty()).then(|| plant.task.to_owned()),
        };
        let Some(since) = since else { return };
        self.out.incidents.push((
            nth,
            Incident {
                kind: plant.kind,
                agent: self.member.name.clone(),
                task: task
                    .filter(|_| self.member.role.names_tasks && !plant.kind.starts_with("agent_")),
                since,
                note: plant.note,
                open: plant.open,
            },
        ));
    }
}
