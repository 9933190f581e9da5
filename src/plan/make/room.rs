//! How much room is left, at each desk and on each resource.

use std::collections::HashMap;

use super::{Desk, Placed, USUAL_JITTER, USUAL_LENGTH, Why, Wish};
use crate::domain::schedule::{Limit, Quiet};
use crate::domain::task::Task;
use crate::domain::text::Untrusted;
use crate::domain::time::{ClockTime, Span, Ts};
use crate::plan::ahead;
use crate::plan::calendar::Window;
use crate::plan::free::Taken;
use crate::plan::lint::{CROWDED, TASKS};
use crate::plan::quiet;

/// A slot is moved by up to this much, so that not everything begins on the dot.
const WANDER: Span = Span::mins(10);

/// The jitter a wish gets.
pub fn jitter(task: &Task) -> Span {
    if task.jitter > Span::ZERO {
        task.jitter
    } else {
        USUAL_JITTER
    }
}

fn length(task: &Task) -> Span {
    task.estimate
        .filter(|span| *span > Span::ZERO)
        .unwrap_or(USUAL_LENGTH)
}

/// A resource taken by one desk.
#[derive(Clone, Copy)]
struct Taking {
    desk: usize,
    from: Ts,
    to: Ts,
    spacing: Option<Span>,
}

/// What is taken at one desk.
struct Used {
    busy: Vec<(Ts, Ts)>,
    /// Hours that are quiet, or not worked.
    closed: Vec<(Ts, Ts)>,
    limits: Vec<(Limit, u32)>,
    work: Span,
    /// Nine tenths of what is not quiet.
    most_work: Span,
}

pub struct Room {
    used: Vec<Used>,
    resources: HashMap<String, Vec<Taking>>,
}

impl Room {
    pub fn new(desks: &[Desk]) -> Self {
        let mut room = Self {
            used: desks.iter().map(Used::new).collect(),
            resources: HashMap::new(),
        };
        for (at, desk) in desks.iter().enumerate() {
            for given in &desk.fixed {
                let length = given.task.estimate.unwrap_or_default();
                room.take(
                    desks,
                    at,
                    &given.task,
                    (given.at, given.task.jitter, length),
                );
            }
        }
        room
    }

    fn take(&mut self, desks: &[Desk], desk: usize, task: &Task, slot: (Ts, Span, Span)) {
        let (at, jitter, length) = slot;
        let (from, to) = (at - jitter, at + jitter + length);
        let used = &mut self.used[desk];
        used.busy.push((from, to));
        used.work = used.work + task.estimate.unwrap_or_default();
        for (limit, spent) in &mut used.limits {
            *spent += wants(task, limit);
        }
        if !ahead::changes(task) {
            return;
        }
        for resource in &task.resources {
            let takings = self.resources.entry(resource.exact().to_owned());
            takings.or_default().push(Taking {
                desk,
                from,
                to,
                spacing: desks[desk].spacing,
            });
        }
    }

    pub fn place(
        &mut self,
        desks: &[Desk],
        desk: usize,
        wish: &Wish,
        after: Option<Ts>,
        luck: u64,
    ) -> Result<Placed, Why> {
        self.used[desk].allows(&wish.task)?;
        let (jitter, length) = (jitter(&wish.task), length(&wish.task));
        let need = jitter.times(2) + length;
        let from = [wish.not_before, after].into_iter().flatten();
        let own = &desks[desk];
        let from = from.fold(own.window.from, Ts::max);
        let until = wish
            .deadline
            .map_or(own.window.to, |at| at.min(own.window.to));
        let alone = self.used[desk].taken(from, until);
        let shared = self.others(desks, desk, &wish.task);
        let all = alone
            .iter()
            .chain(shared.iter().map(|(stretch, _)| stretch));
        let taken = Taken::new(Window::new(from, until), all.copied().collect());
        let Some(gap) = first(&taken, need) else {
            return Err(self.reason(desks, desk, wish, (from, until, need), &shared));
        };
        let slack = gap.to - gap.from - need;
        let most = slack.0.min(WANDER.0) / Span::MINUTE.0;
        let wander = Span::mins((luck % (most.max(0) as u64 + 1)) as i64);
        let at = gap.from + jitter + wander;
        self.take(desks, desk, &wish.task, (at, jitter, length));
        Ok(Placed {
            wish: wish.clone(),
            at,
            jitter,
        })
    }

    /// What other desks take of the resources of a task, with the distance that is kept.
    fn others(&self, desks: &[Desk], desk: usize, task: &Task) -> Vec<((Ts, Ts), Untrusted)> {
        if !ahead::changes(task) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for resource in &task.resources {
            let takings = self.resources.get(resource.exact());
            for taking in takings.into_iter().flatten().filter(|t| t.desk != desk) {
                let spacing = desks[desk].spacing.max(taking.spacing);
                let apart = spacing.unwrap_or_default().max(Span::MINUTE);
                let stretch = (taking.from - apart, taking.to + apart);
                found.push((stretch, resource.clone()));
            }
        }
        found
    }

    /// Which of the constraints is in the way.
    fn reason(
        &self,
        desks: &[Desk],
        desk: usize,
        wish: &Wish,
        (from, until, need): (Ts, Ts, Span),
        shared: &[((Ts, Ts), Untrusted)],
    ) -> Why {
        let alone = Taken::new(Window::new(from, until), self.used[desk].taken(from, until));
        if first(&alone, need).is_some()
            && let Some((_, name)) = shared.first()
        {
            return Why::Resource(name.shown_within(32));
        }
        let end = desks[desk].window.to;
        let all_day = Taken::new(Window::new(from, end), self.used[desk].taken(from, end));
        match wish.deadline {
            Some(deadline) if first(&all_day, need).is_some() => Why::Deadline(deadline),
            Some(_) | None => Why::NoRoom(need),
        }
    }
}

impl Used {
    fn new(desk: &Desk) -> Self {
        let quiet = quiet::stretches(desk.zone, &desk.quiet, desk.window);
        let open = Taken::new(desk.window, quiet.clone()).free();
        let mut closed = quiet;
        closed.extend(outside(desk));
        Self {
            busy: Vec::new(),
            closed,
            limits: desk.limits.iter().map(|limit| (limit.clone(), 0)).collect(),
            work: Span::ZERO,
            most_work: Span(open.0 / 100 * CROWDED),
        }
    }

    fn allows(&self, task: &Task) -> Result<(), Why> {
        for (limit, spent) in &self.limits {
            let wants = wants(task, limit);
            if wants > 0 && spent + wants > limit.most {
                return Err(Why::Limit {
                    action: limit.action.shown_within(32),
                    most: limit.most,
                });
            }
        }
        let work = task.estimate.unwrap_or_default();
        if work > Span::ZERO && self.work + work > self.most_work {
            return Err(Why::Full);
        }
        Ok(())
    }

    fn taken(&self, from: Ts, until: Ts) -> Vec<(Ts, Ts)> {
        let all = self.busy.iter().chain(&self.closed);
        all.filter(|(start, end)| *end > from && *start < until)
            .copied()
            .collect()
    }
}

/// How much of a limit a task spends.
fn wants(task: &Task, limit: &Limit) -> u32 {
    if limit.action.exact() == TASKS {
        return 1;
    }
    let uses = task.uses.iter();
    uses.filter(|one| one.action == limit.action)
        .map(|one| one.most)
        .sum()
}

/// What lies outside working hours.
fn outside(desk: &Desk) -> Vec<(Ts, Ts)> {
    if desk.hours.is_empty() {
        return Vec::new();
    }
    let hours: Vec<Quiet> = desk
        .hours
        .iter()
        .filter(|hours| hours.from != hours.to || hours.to != ClockTime(0))
        .copied()
        .collect();
    let worked = quiet::stretches(desk.zone, &hours, desk.window);
    Taken::new(desk.window, worked)
        .gaps()
        .map(|gap| (gap.from, gap.to))
        .collect()
}

/// The first free stretch that is long enough, from a whole minute on.
fn first(taken: &Taken, need: Span) -> Option<Window> {
    taken
        .gaps()
        .map(|gap| {
            let minute = Span::MINUTE.0;
            let from = (gap.from.0 + minute - 1).div_euclid(minute) * minute;
            Window::new(Ts(from), gap.to)
        })
        .find(|gap| gap.to - gap.from >= need)
}
