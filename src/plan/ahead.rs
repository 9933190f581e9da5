//! What will really fire on a day: every slot of every plan in force, with the stretch of time it may take.

use super::calendar::{Calendar, Window};
use super::expand::Read;
use super::owed::{self, Horizon, Slot};
use super::quick::ByName;
use crate::domain::action::Tier;
use crate::domain::facts::PlanVersion;
use crate::domain::schedule::Quiet;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::time::{Day, Span, Ts, Zone};

/// One slot of a day ahead.
#[derive(Clone, Copy, Debug)]
pub struct Fire<'a> {
    pub task: &'a Task,
    pub version: &'a PlanVersion,
    pub at: Ts,
    /// It lies in quiet hours: it will not be due.
    pub quiet: bool,
}

impl Fire<'_> {
    pub fn stretch(&self) -> Window {
        stretch(self.task, self.at)
    }
}

/// The stretch that a task due at a moment may take: from its earliest start to the end of its latest run, as estimated.
pub fn stretch(task: &Task, at: Ts) -> Window {
    let estimate = task.estimate.unwrap_or_default().max(Span::ZERO);
    Window::new(at - task.jitter, at + task.jitter + estimate)
}

/// Whether a task is asked for at all.
pub fn is_on(task: &Task) -> bool {
    let over = matches!(
        task.status,
        TaskStatus::Off | TaskStatus::Done | TaskStatus::Skipped
    );
    task.enabled && !task.on_demand && task.held.is_none() && !over
}

/// Whether a task may change the resources it names.
pub fn changes(task: &Task) -> bool {
    !task.shared && task.tier != Some(Tier::ReadOnly)
}

/// When the version that holds a task was made.
pub fn made(version: &PlanVersion) -> Ts {
    version.plan.generated.map_or(version.known, |at| at.at)
}

/// What is asked about a stretch of days of one agent.
pub struct Ask<'a> {
    pub within: Window,
    pub now: Ts,
    /// Of agents whose plan names none.
    pub zone: Zone,
    /// The operator's quiet hours, beside the plan's own.
    pub quiet: &'a [Quiet],
    /// Starts of runs by task, ascending: an interval without an anchor counts from them.
    pub starts: &'a ByName<'a, Vec<Ts>>,
}

/// Every slot within it by the plans known now, by time. What is off, held or done is left out.
pub fn fires<'a>(plans: &'a [PlanVersion], ask: &Ask<'_>) -> Vec<Fire<'a>> {
    let days = Window::new(ask.within.from, ask.within.to + owed::BEYOND);
    let horizon = Horizon {
        zone: ask.zone,
        calendar: &Calendar::new(ask.zone, days),
        now: ask.now,
        back: ask.within.from,
        yesterday: ask.within.from,
        wanted: &|_| ask.within.from,
        until: ask.within.to,
        quiet: ask.quiet,
        starts: ask.starts,
    };
    fires_of(
        &owed::owed(&Read::known(plans, ask.now), &horizon),
        ask.within,
    )
}

/// Those of slots that lie within a window and are asked for, by time.
pub fn fires_of<'a>(slots: &[Slot<'a>], within: Window) -> Vec<Fire<'a>> {
    let mut fires: Vec<Fire<'a>> = Vec::with_capacity(slots.len() / 2);
    fires.extend(slots.iter().filter_map(|slot| {
        let at = slot.at.filter(|&at| within.holds(at) && is_on(slot.task))?;
        Some(Fire {
            task: slot.task,
            version: slot.declared_plan,
            at,
            quiet: slot.quiet,
        })
    }));
    fires.sort_by(|a, b| (a.at, a.task.id.as_str()).cmp(&(b.at, b.task.id.as_str())));
    fires
}

/// The versions that count on a day: the newest for that day, and the newest of each standing plan.
pub fn in_force(plans: &[PlanVersion], day: Day, now: Ts) -> Vec<&PlanVersion> {
    let mut found: Vec<&PlanVersion> = Vec::new();
    let known = &plans[..plans.partition_point(|version| version.known <= now)];
    for version in known.iter().rev() {
        let counts = version.plan.date.is_none_or(|date| date == day);
        let replaced = found.iter().any(|newer| {
            newer.plan.date == version.plan.date
                && (version.plan.date.is_some() || newer.file == version.file)
        });
        if counts && !replaced {
            found.push(version);
        }
    }
    found
}
