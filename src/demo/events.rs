//! What the fleet writes, in order of time: the one core of the written history and of the live fleet.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::domain::time::{ClockTime, Day, Span, Ts};

use super::day::Program;
use super::plants::Fate;
use super::record::{self, Scene};
use super::rng::Rng;
use super::roster::PlanHabit;
use super::world::World;
use super::{Incident, Spec, papers, planfile, wal};

/// Which of an agent's logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    Heartbeat,
    Wal,
}

/// One write of one agent.
#[derive(Clone, Debug)]
pub enum Event {
    /// Appended with one `write()`: a line, or a piece of one where the agent died or halted.
    Append {
        log: Log,
        bytes: String,
    },
    /// The day's plan, written anew.
    Plan(PlanWrite),
    Insights(String),
    /// What lies beside logs and plans: what could be planned, what the operator said.
    Document {
        name: &'static str,
        text: String,
    },
    Lock {
        resource: String,
        text: String,
    },
    Unlock {
        resource: String,
    },
    /// `heartbeat.jsonl` becomes `heartbeat.jsonl.1`.
    Rotate,
    /// The document becomes a link to somewhere outside the folder.
    LinkOut {
        name: &'static str,
    },
    /// Not a write: from now on this is wrong.
    Incident(Incident),
}

/// A plan at a moment; rendered only when it is really written.
#[derive(Clone, Debug)]
pub struct PlanWrite {
    program: Arc<Program>,
    as_of: Ts,
    pub(super) torn: bool,
}

impl PlanWrite {
    /// The bytes of the file; half of them where the write is torn.
    pub(super) fn text(&self, world: &World) -> String {
        let mut text = planfile::plan(world, &self.program, self.as_of);
        if self.torn {
            text.truncate(record::cut(&text));
        }
        text
    }

    pub(super) fn day(&self) -> Day {
        self.program.day
    }
}

/// All writes of a fleet from the start of its history on, without end. Agents are numbered as in
/// [`agent_name`](super::agent_name).
pub fn events(spec: &Spec) -> Events {
    let world = Arc::new(World::new(*spec));
    Events::from(world, spec.from())
}

/// See [`events`].
#[derive(Debug)]
pub struct Events {
    pub(super) world: Arc<World>,
    after: Ts,
    /// How many days were made, counted from the first.
    day: i64,
    made: Vec<(Ts, usize, Event)>,
    ready: VecDeque<(Ts, usize, Event)>,
    told: HashSet<(usize, usize)>,
}

impl Events {
    /// The writes at and behind a moment; documents that exist by then come first.
    pub(super) fn from(world: Arc<World>, after: Ts) -> Self {
        let mut told = HashSet::new();
        for (agent, member) in world.members.iter().enumerate() {
            let earlier = member.plants.iter().enumerate();
            let earlier = earlier
                .filter(|(_, plant)| plant.open && after > world.spec.until && plant.from < after);
            told.extend(earlier.map(|(nth, _)| (agent, nth)));
        }
        Self {
            world,
            after,
            day: -1,
            made: Vec::new(),
            ready: VecDeque::new(),
            told,
        }
    }

    /// What follows behind the end of the written history.
    pub(super) fn resumed(world: Arc<World>) -> Self {
        let after = world.spec.until + Span(1);
        Self::from(world, after)
    }

    fn day_of(&self, agent: usize, nth: i64) -> Day {
        self.world.members[agent].zone.day_of(self.after).plus(nth)
    }

    /// Makes another day of every agent, and frees what no later day can come before.
    fn make(&mut self) {
        let mut horizon = Ts(i64::MAX);
        for agent in 0..self.world.members.len() {
            self.make_agent(agent, self.day_of(agent, self.day));
            let next = self.day_of(agent, self.day + 1);
            // The next day's plan is made within the hour before that day begins.
            horizon = horizon.min(self.world.members[agent].zone.start_of(next) - Span::HOUR);
        }
        self.day += 1;
        self.made.sort_by_key(|(at, agent, _)| (*at, *agent));
        let free = self.made.partition_point(|(at, ..)| *at < horizon);
        self.ready.extend(self.made.drain(..free));
    }

    fn make_agent(&mut self, agent: usize, day: Day) {
        let program = Arc::new(self.world.program(agent, day));
        let world = Arc::clone(&self.world);
        let mut maker = Maker {
            world: &world,
            program: &program,
            agent,
            from: self.after,
            out: &mut self.made,
        };
        maker.runs();
        maker.plain_beats();
        maker.farewells();
        maker.plans();
        maker.insights();
        maker.documents();
        for at in &program.rotations {
            maker.push(*at, Event::Rotate);
        }
        maker.links();
        // A case that began before this day, or before the history, is told as soon as it can be.
        let soonest = (self.world.members[agent].zone.start_of(day) - Span::HOUR).max(self.after);
        for (plant, incident) in &program.incidents {
            let open = self.world.members[agent].plants[*plant].open;
            if (open || incident.since >= self.after) && self.told.insert((agent, *plant)) {
                let at = incident.since.max(soonest);
                self.made
                    .push((at, agent, Event::Incident(incident.clone())));
            }
        }
    }
}

impl Iterator for Events {
    type Item = (Ts, usize, Event);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            self.make();
        }
        self.ready.pop_front()
    }
}

/// Turns one agent's day into writes.
struct Maker<'a> {
    world: &'a World,
    program: &'a Arc<Program>,
    agent: usize,
    from: Ts,
    out: &'a mut Vec<(Ts, usize, Event)>,
}

impl Maker<'_> {
    fn push(&mut self, at: Ts, event: Event) {
        if at >= self.from {
            self.out.push((at, self.agent, event));
        }
    }

    fn runs(&mut self) {
        let member = &self.world.members[self.agent];
        let history = self.world.spec.from();
        for run in self.program.runs.iter().filter(|run| run.start >= history) {
            let scene = Scene {
                member,
                program: self.program,
                run,
            };
            for (at, beat) in run.beats(member.role.starts) {
                if at >= self.from {
                    self.push(
                        at,
                        Event::Append {
                            log: Log::Heartbeat,
                            bytes: scene.beat(beat, at),
                        },
                    );
                }
            }
            for (at, line) in wal::steps(&scene) {
                self.push(
                    at,
                    Event::Append {
                        log: Log::Wal,
                        bytes: line,
                    },
                );
            }
            if run.fate == Fate::Vanished {
                continue;
            }
            if let Some((resource, text)) = wal::lock(&scene) {
                self.push(
                    run.start,
                    Event::Lock {
                        resource: resource.clone(),
                        text,
                    },
                );
                if run.ends() {
                    self.push(run.end, Event::Unlock { resource });
                }
            }
        }
    }

    fn plain_beats(&mut self) {
        let member = &self.world.members[self.agent];
        let day = self.program.day;
        let (start, end) = (member.zone.start_of(day), member.zone.end_of(day));
        for (nth, at) in self
            .world
            .plain_beats(self.agent, start.max(self.from), end)
        {
            let seed = Rng::keyed(&[self.world.spec.seed, 17, self.agent as u64, nth]).next();
            let bytes = record::plain_beat(member, seed, at);
            self.push(
                at,
                Event::Append {
                    log: Log::Heartbeat,
                    bytes,
                },
            );
        }
    }

    fn farewells(&mut self) {
        let member = &self.world.members[self.agent];
        for at in &self.program.farewells {
            let seed = Rng::keyed(&[self.world.spec.seed, 19, self.agent as u64]).next();
            let bytes = record::farewell(member, seed, *at);
            let log = Log::Heartbeat;
            self.push(*at, Event::Append { log, bytes });
        }
    }

    /// Where INSIGHTS.md is a link for a while, and is a file again afterwards.
    fn links(&mut self) {
        for (from, to) in &self.program.linked {
            self.push(
                *from,
                Event::LinkOut {
                    name: "INSIGHTS.md",
                },
            );
            let text = planfile::insights(self.world, self.agent, self.program.day);
            self.push(*to, Event::Insights(text));
        }
    }

    fn plans(&mut self) {
        let member = &self.world.members[self.agent];
        let early = self.program.day < member.zone.day_of(self.world.spec.from());
        let none = self.program.unplanned || self.program.tasks.is_empty();
        if member.lean || early || none {
            return;
        }
        let moments = match member.role.plan {
            PlanHabit::None => return,
            PlanHabit::Current | PlanHabit::DayFiles => planfile::moments(self.program),
            PlanHabit::Standing => {
                let zone = member.zone;
                let day = zone.day_of(self.world.spec.from());
                let first = (self.program.day == day).then_some(self.world.spec.from());
                let held = self
                    .program
                    .held
                    .filter(|at| zone.day_of(*at) == self.program.day);
                let forgotten = self.program.forgotten.iter();
                let forgotten = forgotten.flat_map(|(_, from, to)| [*from, *to]);
                let forgotten = forgotten.filter(|at| zone.day_of(*at) == self.program.day);
                first.into_iter().chain(held).chain(forgotten).collect()
            }
        };
        for at in moments {
            let torn = self
                .program
                .torn
                .iter()
                .any(|(from, to)| *from <= at && at < *to);
            // A plan that was made before the history begins is there when it begins.
            let seen = if at == self.program.generated {
                at.max(self.world.spec.from())
            } else {
                at
            };
            self.push(
                seen,
                Event::Plan(PlanWrite {
                    program: Arc::clone(self.program),
                    as_of: at,
                    torn,
                }),
            );
        }
    }

    /// There from the first day on.
    fn documents(&mut self) {
        let member = &self.world.members[self.agent];
        let from = self.world.spec.from();
        if self.program.day != member.zone.day_of(from) || member.lean {
            return;
        }
        if let Some(text) = papers::backlog(member) {
            self.push(
                from,
                Event::Document {
                    name: "backlog.json",
                    text,
                },
            );
        }
        if let Some(text) = papers::inbox(member, from) {
            self.push(
                from,
                Event::Document {
                    name: "inbox.jsonl",
                    text,
                },
            );
        }
    }

    /// Written on Sunday evenings; one agent has forgotten about it.
    fn insights(&mut self) {
        let member = &self.world.members[self.agent];
        let (spec, day) = (&self.world.spec, self.program.day);
        let forgotten = member
            .plants
            .iter()
            .any(|plant| plant.kind == "stale_insights");
        let last = spec.until - Span::days(17);
        let first = spec.from().max(if forgotten { last } else { spec.from() });
        if day == member.zone.day_of(first) {
            let text = planfile::insights(self.world, self.agent, day.plus(-1));
            self.push(first, Event::Insights(text));
        }
        let evening = member.zone.at(day, ClockTime(20 * 3_600));
        if day.weekday() == 6 && !forgotten && evening >= spec.from() {
            self.push(
                evening,
                Event::Insights(planfile::insights(self.world, self.agent, day)),
            );
        }
    }
}

/// A piece of a line, for whoever counts lines.
pub(super) fn ends_line(bytes: &str) -> bool {
    bytes.ends_with('\n')
}
