//! Which slots an agent owes: plan versions by date, standing plans, and what stays owed when a plan is made anew.
//!
//! A slot counts by the version in force at its instant. So what was past when a plan was made anew stays owed by the
//! old version, and what comes later follows the new one. The status of a task is always the newest word about it.

use std::hash::BuildHasherDefault;

use super::calendar::{Calendar, Window};
use super::expand::{self, Began, Firing, Read};
use super::quick::ByName;
use crate::domain::facts::PlanVersion;
use crate::domain::id::{FileId, TaskId};
use crate::domain::schedule::{Quiet, Schedule};
use crate::domain::task::Task;
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::domain::verb::Verb;

/// Slots behind the horizon are looked at this far, so that the last one within knows the one after it.
pub const BEYOND: Span = Span::DAY;
/// One instant at which one task is due, or a task without any.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// The newest word about the task.
    pub task: &'a Task,
    /// The version in which that word stands.
    pub plan: &'a PlanVersion,
    /// The task as the version in force at this slot had it: its jitter, estimate and criteria.
    pub declared: &'a Task,
    pub declared_plan: &'a PlanVersion,
    pub at: Option<Ts>,
    /// The next slot of the same task.
    pub next: Option<Ts>,
    /// The time between slots, where the task recurs: to the next one, else from the one before. Of a task that fires
    /// once within the horizon it is at least what is left of that.
    pub interval: Option<Span>,
    /// It lies in quiet hours: not due.
    pub quiet: bool,
}

/// What the expansion needs besides the plans.
pub struct Horizon<'a> {
    /// Of agents whose plan names none.
    pub zone: Zone,
    /// Of that zone, at least from `back` to a day beyond `until`.
    pub calendar: &'a Calendar,
    pub now: Ts,
    /// As far back as any slot is judged.
    pub back: Ts,
    /// As far back as slots of tasks that fire often are judged.
    pub yesterday: Ts,
    /// As far back as slots of a task are wanted; some before it may come along.
    pub wanted: &'a dyn Fn(&TaskId) -> Ts,
    pub until: Ts,
    /// The operator's quiet hours, beside the plan's own.
    pub quiet: &'a [Quiet],
    /// Starts of runs by task, ascending.
    pub starts: &'a ByName<'a, Vec<Ts>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Dated(Day),
    Standing(FileId),
}

/// Every slot owed within the horizon by the versions known then, task by task, each in order of time.
pub fn owed<'a>(known: &[Read<'a>], horizon: &Horizon<'_>) -> Vec<Slot<'a>> {
    let mut groups: Vec<(Group, Vec<&Read<'a>>)> = Vec::new();
    for read in known {
        let group = match read.version.plan.date {
            Some(day) => Group::Dated(day),
            None => Group::Standing(read.version.file),
        };
        match groups.iter_mut().find(|(other, _)| *other == group) {
            Some((_, versions)) => versions.push(read),
            None => groups.push((group, vec![read])),
        }
    }
    let mut bench = Bench {
        calendars: Calendars {
            window: Window::new(horizon.back, horizon.until + BEYOND),
            own: horizon.calendar,
            others: Vec::new(),
        },
        moments: Vec::new(),
        in_order: groups.len() <= 1,
        slots: Vec::with_capacity(128),
    };
    for (group, versions) in &groups {
        bench.of_group(*group, versions, horizon);
    }
    bench.put_together(horizon)
}

/// Tells each slot of a task of the next one, and how far apart they are.
fn link(mine: &mut [Slot<'_>], known_until: Ts) {
    let (mut next, mut i) = (None, mine.len());
    while let Some((slot, before)) = mine[..i].split_last_mut() {
        let before = before.last().and_then(|before| before.at);
        slot.next = next;
        slot.interval = interval(slot, before, known_until);
        (next, i) = (slot.at, i - 1);
    }
}

fn interval(slot: &Slot<'_>, before: Option<Ts>, known_until: Ts) -> Option<Span> {
    let at = slot.at.filter(|_| expand::recurs(slot.declared))?;
    if let Some(Schedule::Every { every, .. }) = slot.declared.schedule {
        return Some(every);
    }
    let known = slot.next.map(|next| next - at);
    let known = known.or_else(|| Some(at - before?));
    Some(known.unwrap_or(known_until - at))
}

/// The operator asked for it at another time: the time it had is not owed any more. An agent that moves a time which has
/// passed excuses nothing.
fn was_moved(slot: &Slot<'_>, at: Ts) -> bool {
    let asked = slot.task.last_op.as_ref();
    let by_operator = asked.is_some_and(|op| op.verb.exact() == Verb::Retry.word());
    let due = slot.task.due.map(|due| due.at);
    by_operator && !expand::recurs(slot.declared) && due.is_some_and(|due| due != at)
}

fn put_in_order(slots: &mut Vec<Slot<'_>>) {
    slots.sort_by(|a, b| {
        (a.task.id.as_str(), a.at)
            .cmp(&(b.task.id.as_str(), b.at))
            // A dated plan speaks for its day before a standing one.
            .then_with(|| b.plan.plan.date.is_some().cmp(&a.plan.plan.date.is_some()))
    });
    slots.dedup_by(|b, a| a.at == b.at && a.task.id == b.task.id);
}

struct Calendars<'c> {
    window: Window,
    own: &'c Calendar,
    others: Vec<Calendar>,
}

impl Calendars<'_> {
    fn of(&mut self, zone: Zone) -> &Calendar {
        if zone == self.own.zone {
            return self.own;
        }
        let known = self.others.iter().position(|other| other.zone == zone);
        let at = known.unwrap_or_else(|| {
            self.others.push(Calendar::new(zone, self.window));
            self.others.len() - 1
        });
        &self.others[at]
    }
}

/// What the expansion of all groups uses and fills.
struct Bench<'a, 'c> {
    calendars: Calendars<'c>,
    /// Those of one task.
    moments: Vec<Ts>,
    /// One version that names each task once gives its slots task by task already: they are told of each other at once.
    in_order: bool,
    slots: Vec<Slot<'a>>,
}

impl<'a> Bench<'a, '_> {
    fn of_group(&mut self, group: Group, versions: &[&Read<'a>], horizon: &Horizon<'_>) {
        let newest = newest_words(versions);
        self.in_order &= versions.len() == 1 && newest.len() == versions[0].tasks.len();
        let mut timeless: Vec<&TaskId> = Vec::new();
        for (i, read) in versions.iter().enumerate() {
            let version = read.version;
            let zone = version.plan.zone.unwrap_or(horizon.zone);
            let from = match (i, group) {
                (0, Group::Dated(_)) => Ts(i64::MIN / 2),
                (0, Group::Standing(_)) | (1.., _) => version.known,
            };
            let last = i + 1 == versions.len();
            let to = versions
                .get(i + 1)
                .map_or(Ts(i64::MAX / 2), |next| next.version.known);
            let force = Window::new(from, to);
            if force.and(self.calendars.window).is_empty() {
                continue;
            }
            let day = match group {
                Group::Dated(day) => Some(Window::new(zone.start_of(day), zone.end_of(day))),
                Group::Standing(_) => None,
            };
            for firing in &read.tasks {
                let task = firing.task;
                let (word, plan) = if self.in_order {
                    (task, version)
                } else if let Some(&newest) = newest.get(task.id.as_str()) {
                    newest
                } else {
                    continue;
                };
                let base = Slot {
                    task: word,
                    plan,
                    declared: task,
                    declared_plan: version,
                    at: None,
                    next: None,
                    interval: None,
                    quiet: false,
                };
                if task.due.is_some() || task.schedule.is_some() {
                    let within = span_of(firing, day, horizon).and(force);
                    self.of_task(base, firing, within, horizon);
                } else if last && !is_past(group, version, horizon) && !timeless.contains(&&task.id)
                {
                    timeless.push(&task.id);
                    self.slots.push(base);
                }
            }
        }
    }

    /// The slots of one task while one version was in force.
    fn of_task(
        &mut self,
        base: Slot<'a>,
        firing: &Firing<'a>,
        within: Window,
        horizon: &Horizon<'_>,
    ) {
        let version = base.declared_plan;
        let zone = version.plan.zone.unwrap_or(horizon.zone);
        let starts = horizon.starts.get(base.declared.id.as_str());
        let began = Began {
            starts: starts.map_or(&[], Vec::as_slice),
            generated: Some(version.plan.generated.map_or(version.known, |at| at.at)),
        };
        firing.slots(self.calendars.of(zone), within, began, &mut self.moments);
        self.moments.retain(|&at| !was_moved(&base, at));
        let begin = self.slots.len();
        let slots = self.moments.iter().map(|&at| Slot {
            at: Some(at),
            quiet: is_quiet(zone, &version.plan.quiet, at)
                || is_quiet(horizon.zone, horizon.quiet, at),
            ..base
        });
        self.slots.extend(slots);
        if self.in_order {
            link(&mut self.slots[begin..], self.calendars.window.to);
            let within = self.moments.partition_point(|&at| at < horizon.until);
            self.slots.truncate(begin + within);
        }
    }

    /// All of them, task by task.
    fn put_together(self, horizon: &Horizon<'_>) -> Vec<Slot<'a>> {
        let mut slots = self.slots;
        if !self.in_order {
            put_in_order(&mut slots);
            for mine in slots.chunk_by_mut(|a, b| a.task.id == b.task.id) {
                link(mine, self.calendars.window.to);
            }
            slots.retain(|slot| slot.at.is_none_or(|at| at < horizon.until));
        }
        slots
    }
}

/// The newest word about each task, and the version in which it stands.
fn newest_words<'a>(versions: &[&Read<'a>]) -> ByName<'a, (&'a Task, &'a PlanVersion)> {
    let most = versions.iter().map(|read| read.tasks.len()).max();
    let most = most.unwrap_or_default();
    let mut newest = ByName::with_capacity_and_hasher(most, BuildHasherDefault::default());
    for read in versions.iter().rev() {
        for Firing { task, .. } in &read.tasks {
            newest
                .entry(task.id.as_str())
                .or_insert((*task, read.version));
        }
    }
    newest
}

/// A plan for a day that is over: what it names without a time is no longer asked for.
fn is_past(group: Group, version: &PlanVersion, horizon: &Horizon<'_>) -> bool {
    let zone = version.plan.zone.unwrap_or(horizon.zone);
    match group {
        Group::Dated(day) => day < zone.day_of(horizon.now),
        Group::Standing(_) => false,
    }
}

/// Where slots of a task are looked for: dated plans speak for their own day, busy tasks are judged since yesterday. With
/// what is wanted comes a day beyond it, so that the last slot knows the next, and the day before it, so that the first
/// knows how long ago the one before it was: but for what comes every day, where that is never asked.
fn span_of(firing: &Firing<'_>, day: Option<Window>, horizon: &Horizon<'_>) -> Window {
    let every_day = day.is_none() && firing.is_every_day();
    let before = if every_day { Span::ZERO } else { Span::DAY };
    let ahead = horizon.until + BEYOND;
    if !firing.recurs() {
        return Window::new(horizon.back, ahead);
    }
    let from = if firing.is_sparse() {
        let wanted = (horizon.wanted)(&firing.task.id);
        horizon.back.max(wanted - before)
    } else {
        horizon.yesterday
    };
    let all = Window::new(from, ahead);
    day.map_or(all, |day| all.and(day))
}

/// Whether a moment lies in quiet hours.
pub fn is_quiet(zone: Zone, quiet: &[Quiet], at: Ts) -> bool {
    if quiet.is_empty() {
        return false;
    }
    let clock = zone.clock_of(at);
    quiet.iter().any(|hours| {
        if hours.to <= hours.from {
            clock >= hours.from || clock < hours.to
        } else {
            clock >= hours.from && clock < hours.to
        }
    })
}
