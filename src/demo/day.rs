//! One agent's day: its tasks, its runs and what goes wrong with them. A pure function of the spec, the agent and the day,
//! so that the written history and the live fleet are one and the same.

use crate::domain::time::{Day, Span, Ts};

use super::Incident;
use super::assignment::{Assignment, Rhythm};
use super::plants::{Change, Fate, Plant, Since};
use super::rng::Rng;
use super::roster::PlanHabit;
use super::slots::slots;
use super::world::{Member, World};

/// A task as it stands in the day's plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub spec: &'static Assignment,
    pub id: String,
    /// A slot of its own; recurring tasks have none.
    pub due: Option<Ts>,
    /// The agent put it into its plan; one that died did not get so far.
    pub listed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Into [`Program::tasks`].
    pub task: usize,
    /// When it should have begun.
    pub slot: Ts,
    pub start: Ts,
    pub end: Ts,
    pub fate: Fate,
    /// All its texts and ids come from here.
    pub seed: u64,
    /// From 1; also the epoch of its claim.
    pub attempt: u32,
}

/// How long a run works that then falls silent.
const ORPHAN_WORKS: Span = Span::mins(12);

/// A line of the heartbeat log, or a piece of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Start,
    Progress,
    End,
    /// The beginning of the last line, without its end.
    Head,
    /// What ends that line: the rest of it, or only the line end.
    Rest,
}

#[derive(Debug)]
pub(super) struct Program {
    pub agent: usize,
    pub day: Day,
    /// When the plan was made: the night before.
    pub generated: Ts,
    pub tasks: Vec<Planned>,
    pub runs: Vec<Run>,
    pub held: Option<Ts>,
    /// While the plan file is half written.
    pub torn: Vec<(Ts, Ts)>,
    /// When an old copy of the plan is written back.
    pub lost: Vec<Ts>,
    pub rotations: Vec<Ts>,
    /// With the number of the plant, so that each is told once.
    pub incidents: Vec<(usize, Incident)>,
}

impl Run {
    /// What this run writes into the heartbeat log, in order of time.
    pub(super) fn beats(&self, starts: bool) -> impl Iterator<Item = (Ts, Beat)> {
        let start = (starts && self.fate != Fate::Vanished).then_some((self.start, Beat::Start));
        let (then, last) = match self.fate {
            Fate::Vanished | Fate::Unfinished => (None, None),
            Fate::Orphaned => (Some((self.start + ORPHAN_WORKS, Beat::Progress)), None),
            Fate::Torn => pieces(self.end, Span::secs(90)),
            Fate::Halting => pieces(self.end, Span::mins(3)),
            Fate::Ok
            | Fate::Partial
            | Fate::NothingToDo
            | Fate::Failed(_)
            | Fate::FailedAtStep(_)
            | Fate::WrongClock
            | Fate::Hostile
            | Fate::LeaksSecret
            | Fate::NeedsHuman
            | Fate::Shrunk
            | Fate::Twice
            | Fate::AlreadyDone(_) => (Some((self.end, Beat::End)), None),
        };
        [start, then, last].into_iter().flatten()
    }

    /// The run comes to an end and lets go of what it holds.
    pub(super) fn ends(&self) -> bool {
        !matches!(
            self.fate,
            Fate::Vanished | Fate::Unfinished | Fate::Orphaned
        )
    }
}

type Piece = Option<(Ts, Beat)>;

fn pieces(end: Ts, pause: Span) -> (Piece, Piece) {
    (Some((end, Beat::Head)), Some((end + pause, Beat::Rest)))
}

impl Program {
    /// Heartbeat lines that are complete within `[from, until]`.
    pub(super) fn lines_within(&self, member: &Member, from: Ts, until: Ts) -> u64 {
        let runs = self.runs.iter().filter(|run| run.start >= from);
        let beats = runs.flat_map(|run| run.beats(member.role.starts));
        beats
            .filter(|(at, beat)| *beat != Beat::Head && *at <= until)
            .count() as u64
    }
}

pub(super) fn program(world: &World, agent: usize, day: Day) -> Program {
    let member = &world.members[agent];
    let start = member.zone.start_of(day);
    let mut rng = Rng::keyed(&[world.spec.seed, 3, agent as u64, start.0 as u64]);
    let mut program = Program {
        agent,
        day,
        generated: start - Span::secs(rng.range(240, 600)),
        tasks: Vec::new(),
        runs: Vec::new(),
        held: None,
        torn: Vec::new(),
        lost: Vec::new(),
        rotations: Vec::new(),
        incidents: Vec::new(),
    };
    if member.lean {
        return program;
    }
    let mut builder = Builder {
        world,
        member,
        end: member.zone.end_of(day),
        start,
        rng,
        out: &mut program,
    };
    builder.usual();
    for (nth, plant) in member.plants.iter().enumerate() {
        builder.plant(nth, plant);
    }
    program.runs.sort_by_key(|run| (run.start, run.task));
    program
}

/// How the tasks of one assignment are told apart within a day.
#[derive(Clone, Copy)]
enum Named {
    Plainly,
    ByNumber,
}

struct Builder<'a> {
    world: &'a World,
    member: &'a Member,
    start: Ts,
    end: Ts,
    rng: Rng,
    out: &'a mut Program,
}

impl Builder<'_> {
    fn today(&self, at: Ts) -> bool {
        self.start <= at && at < self.end
    }

    fn usual(&mut self) {
        let crowded = self.member.plants.iter().any(|plant| {
            matches!(plant.change, Change::Crowd) && plant.from < self.end && plant.to > self.start
        });
        for spec in self.member.role.tasks {
            let slots = slots(
                spec.rhythm,
                self.member,
                self.out.day,
                crowded,
                &mut self.rng,
            );
            match spec.rhythm {
                Rhythm::Minutes(_) | Rhythm::Hours { .. } => self.recurring(spec, &slots),
                Rhythm::Daily(_) | Rhythm::Weekly { .. }
                    if self.member.role.plan == PlanHabit::Standing =>
                {
                    self.recurring(spec, &slots);
                }
                Rhythm::Daily(_) | Rhythm::Weekly { .. } => {
                    self.single(spec, &slots, Named::Plainly);
                }
                Rhythm::Portions { .. } | Rhythm::Queue { .. } => {
                    self.single(spec, &slots, Named::ByNumber);
                }
            }
        }
    }

    /// One task of the plan, many runs.
    fn recurring(&mut self, spec: &'static Assignment, slots: &[Ts]) {
        let task = self.out.tasks.len();
        self.out.tasks.push(Planned {
            spec,
            id: spec.id.to_owned(),
            due: None,
            listed: true,
        });
        for slot in slots {
            let fate = self.mishap(*slot);
            self.run(task, *slot, 0, fate);
        }
    }

    /// One task of the plan for every slot, numbered where there are several a day.
    fn single(&mut self, spec: &'static Assignment, slots: &[Ts], named: Named) {
        for (nth, slot) in slots.iter().enumerate() {
            let id = match named {
                Named::Plainly => spec.id.to_owned(),
                Named::ByNumber => format!("{}-{:02}", spec.id, nth + 1),
            };
            let task = self.out.tasks.len();
            self.out.tasks.push(Planned {
                spec,
                id,
                due: Some(*slot),
                listed: true,
            });
            self.run(task, *slot, 0, Fate::Ok);
        }
    }

    /// What happens to anybody now and then. Not within the day before the history ends: what stands on the board then
    /// is planted.
    fn mishap(&mut self, slot: Ts) -> Fate {
        let until = self.world.spec.until;
        let calm = slot > until - Span::hours(26) && slot < until + Span::mins(5);
        let roll = self.rng.below(1_000);
        match roll {
            _ if calm => Fate::Ok,
            0..12 => Fate::Partial,
            12..18 => Fate::Failed("timeout after 30 s"),
            18..28 => Fate::NothingToDo,
            _ => Fate::Ok,
        }
    }

    fn run(&mut self, task: usize, slot: Ts, after_min: i64, fate: Fate) {
        let delay = if after_min == 0 {
            self.rng.range(4, 55)
        } else {
            self.rng.range(0, 20)
        };
        let est = i64::from(self.out.tasks[task].spec.est_s);
        let start = slot + Span::mins(after_min) + Span::secs(delay);
        let end = start + Span(est * self.rng.range(700, 1_300));
        let attempt = self.out.runs.iter().filter(|run| run.task == task).count() as u32 + 1;
        let attempt = if self.out.tasks[task].due.is_some() {
            attempt
        } else {
            1
        };
        let seed = self.rng.next();
        self.out.runs.push(Run {
            task,
            slot,
            start,
            end,
            fate,
            seed,
            attempt,
        });
    }

    fn plant(&mut self, nth: usize, plant: &Plant) {
        match &plant.change {
            Change::Drop => self.drop_runs(nth, plant),
            Change::Turn(fate) => self.turn_runs(nth, plant, *fate),
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
                self.out.lost.push(plant.from);
                self.tell(nth, plant, None, &[]);
            }
            Change::Rotate if self.today(plant.from) => {
                self.out.rotations.push(plant.from);
                self.tell(nth, plant, None, &[]);
            }
            Change::Crowd if plant.from < self.end && plant.to > self.start => {
                self.tell(nth, plant, None, &[]);
            }
            Change::Noted if self.today(plant.from) => {
                let own = |run: &&Run| self.out.tasks[run.task].spec.id == plant.task;
                let runs: Vec<Run> = self.out.runs.iter().filter(own).cloned().collect();
                self.tell(nth, plant, None, &runs);
            }
            Change::Add(..)
            | Change::Hold
            | Change::TearPlan
            | Change::LoseUpdate
            | Change::Rotate
            | Change::Crowd
            | Change::Noted => {}
        }
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
        self.out
            .runs
            .retain(|run| !plant.covers(tasks[run.task].spec.id, run.slot));
        // A queue is planned as it is worked through.
        for run in &gone {
            let task = &mut self.out.tasks[run.task];
            task.listed &= !matches!(task.spec.rhythm, Rhythm::Queue { .. });
        }
        if let Some(run) = gone.first() {
            self.tell(nth, plant, Some(run.slot), &gone);
        }
    }

    fn turn_runs(&mut self, nth: usize, plant: &Plant, fate: Fate) {
        let mut turned = Vec::new();
        for run in &mut self.out.runs {
            if plant.covers(self.out.tasks[run.task].spec.id, run.slot) {
                run.fate = fate;
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
