//! One agent's day: its tasks, its runs and what goes wrong with them. A pure function of the spec, the agent and the day,
//! so that the written history and the live fleet are one and the same.

use crate::domain::time::{Day, Span, Ts};

use super::Incident;
use super::assignment::{Assignment, Rhythm};
use super::plants::{Change, Fate};
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
    /// From 1.
    pub attempt: u32,
}

/// How long a run works that then falls silent.
pub(super) const ORPHAN_WORKS: Span = Span::mins(12);

/// A line of the heartbeat log, or a piece of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Start,
    Progress,
    /// It is there, and that is all.
    Alive,
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
    /// While the plan does not know how a task ended.
    pub lost: Vec<(&'static str, Ts, Ts)>,
    pub rotations: Vec<Ts>,
    /// When it says that the host goes down.
    pub farewells: Vec<Ts>,
    /// No plan was made.
    pub unplanned: bool,
    /// Tasks that the plan lacks for a while.
    pub forgotten: Vec<(&'static str, Ts, Ts)>,
    /// While its runs go to few targets.
    pub narrow: Vec<(Ts, Ts)>,
    /// While INSIGHTS.md is a link.
    pub linked: Vec<(Ts, Ts)>,
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
            | Fate::AlreadyDone(_)
            | Fate::Wordless
            | Fate::Empty
            | Fate::Slow
            | Fate::Hung(_)
            | Fate::Misbooked(_)
            | Fate::Outlived(_)
            | Fate::Redone
            | Fate::WaitsForYes(_)
            | Fate::InReview
            | Fate::TakenOver(_)
            | Fate::AskedAgain(_)
            | Fate::Flagged(_) => (Some((self.end, Beat::End)), None),
        };
        let alive = match self.fate {
            Fate::Hung(minutes) => (minutes - 1) / 10,
            _ => 0,
        };
        let alive = (1..=alive).map(|nth| (self.start + Span::mins(10 * nth), Beat::Alive));
        let rest = [then, last].into_iter().flatten();
        start.into_iter().chain(alive).chain(rest)
    }

    /// Of its claim; one that was taken over grew by that.
    pub(super) fn epoch(&self) -> u32 {
        self.attempt + u32::from(matches!(self.fate, Fate::TakenOver(_)))
    }

    /// With another fate, which may take another while.
    pub(super) fn turned(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self.end = match fate {
            Fate::Slow => self.start + (self.end - self.start).times(6),
            Fate::Hung(minutes) | Fate::Outlived(minutes) => self.start + Span::mins(minutes),
            _ => self.end,
        };
        self
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
        let beats = beats.filter(|(at, beat)| *beat != Beat::Head && *at <= until);
        let farewells = self.farewells.iter();
        let farewells = farewells.filter(|at| from <= **at && **at <= until);
        (beats.count() + farewells.count()) as u64
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
        farewells: Vec::new(),
        unplanned: false,
        forgotten: Vec::new(),
        narrow: Vec::new(),
        linked: Vec::new(),
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

pub(super) struct Builder<'a> {
    world: &'a World,
    pub(super) member: &'a Member,
    pub(super) start: Ts,
    pub(super) end: Ts,
    rng: Rng,
    pub(super) out: &'a mut Program,
}

impl Builder<'_> {
    pub(super) fn today(&self, at: Ts) -> bool {
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

    pub(super) fn run(&mut self, task: usize, slot: Ts, after_min: i64, fate: Fate) {
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
        let run = Run {
            task,
            slot,
            start,
            end,
            fate,
            seed,
            attempt,
        };
        self.out.runs.push(run.turned(fate));
    }
}
