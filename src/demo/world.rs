//! The fleet of one `Spec`: who is in it, where each writes, and how many lines each owes.

use crate::domain::time::{Day, Span, Ts, Zone};

use super::day::{self, Program};
use super::plants::{Change, Plant};
use super::rng::Rng;
use super::roster::{ROLES, Role};
use super::{Length, Spec, trouble};

/// One agent of the simulated fleet.
#[derive(Debug)]
pub(super) struct Member {
    pub name: String,
    pub role: &'static Role,
    /// 0 for the first fourteen, 1 for `social-2` and its kin.
    pub generation: u32,
    pub zone: Zone,
    /// One heartbeat file a day instead of one file.
    pub day_logs: bool,
    /// Owes so few lines that a plan would not fit: writes plain beats only.
    pub lean: bool,
    /// Plain beats to spread over the history beside the planned runs.
    pub fill: u64,
    /// Where those end: an agent that fell silent or was paused writes none.
    pub fill_until: Ts,
    pub plants: Vec<Plant>,
}

#[derive(Debug)]
pub(super) struct World {
    pub spec: Spec,
    pub members: Vec<Member>,
}

impl World {
    pub(super) fn new(spec: Spec) -> Self {
        let members = (0..spec.agents).map(|i| member(&spec, i)).collect();
        let mut world = Self { spec, members };
        for plant in trouble::of(&spec) {
            if let Some(member) = world.members.get_mut(plant.agent) {
                if plant.open && matches!(plant.change, Change::Drop | Change::Hold) {
                    member.fill_until = member.fill_until.min(plant.from);
                }
                member.plants.push(plant);
            }
        }
        if let Length::Beats(total) = spec.length {
            world.share_out(total);
        }
        world
    }

    /// Every agent owes the same number of lines, the first ones one more where it does not divide. What its planned runs
    /// do not write, plain beats do.
    fn share_out(&mut self, total: u64) {
        let agents = self.members.len() as u64;
        for i in 0..self.members.len() {
            let quota = total / agents + u64::from((i as u64) < total % agents);
            let planned = self.planned_lines(i);
            let member = &mut self.members[i];
            member.lean = planned > quota;
            member.fill = if member.lean { quota } else { quota - planned };
        }
    }

    fn planned_lines(&self, agent: usize) -> u64 {
        let (from, until) = (self.spec.from(), self.spec.until);
        let zone = self.members[agent].zone;
        let (first, last) = (zone.day_of(from), zone.day_of(until));
        let mut day = first.plus(-1);
        let mut lines = 0;
        while day <= last.plus(1) {
            let program = day::program(self, agent, day);
            let ended = program.lines_within(&self.members[agent], from, until);
            lines += ended;
            day = day.plus(1);
        }
        lines
    }

    pub(super) fn program(&self, agent: usize, day: Day) -> Program {
        day::program(self, agent, day)
    }

    /// The moments of the plain beats of an agent in `[a, b)`. Beat `j` lies anywhere within the `j`th of equal parts of
    /// the history, so any stretch of time can be asked for by itself, also behind the history's end.
    pub(super) fn plain_beats(&self, agent: usize, a: Ts, b: Ts) -> Vec<(u64, Ts)> {
        let member = &self.members[agent];
        let fill = i128::from(member.fill);
        let from = self.spec.from();
        let width = i128::from((member.fill_until - from).0 + 1);
        let silent = member.fill_until < self.spec.until;
        let b = if silent {
            b.min(member.fill_until + Span(1))
        } else {
            b
        };
        if fill == 0 || b <= from || width <= 0 {
            return Vec::new();
        }
        let start = |j: i128| from.0 + (j * width / fill) as i64;
        let mut j = i128::from((a - from).0.max(0)) * fill / width;
        j = (j - 1).max(0);
        let mut beats = Vec::new();
        while start(j) < b.0 {
            let mut rng = Rng::keyed(&[self.spec.seed, 71, agent as u64, j as u64]);
            let part = (start(j + 1) - start(j)).max(1);
            let at = Ts(start(j) + rng.below(part as u64) as i64);
            if at >= a && at < b {
                beats.push((j as u64, at));
            }
            j += 1;
        }
        beats
    }
}

fn member(spec: &Spec, i: usize) -> Member {
    let role = &ROLES[i % ROLES.len()];
    let generation = (i / ROLES.len()) as u32;
    let name = if generation == 0 {
        role.name.to_owned()
    } else {
        format!("{}-{}", role.name, generation + 1)
    };
    Member {
        name,
        role,
        generation,
        zone: role.zone.and_then(Zone::parse).unwrap_or(spec.zone),
        day_logs: i % 5 == 4,
        lean: false,
        fill: 0,
        fill_until: spec.until,
        plants: Vec::new(),
    }
}

/// The last moment that is a multiple of five minutes: people plan on round times.
pub(super) fn round_down(at: Ts) -> Ts {
    let step = 5 * Span::MINUTE.0;
    Ts(at.0.div_euclid(step) * step)
}
