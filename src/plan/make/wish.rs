//! What a backlog asks for on one day.

use super::{Desk, Left, Origin, Why, Wish};
use crate::domain::backlog::{Backlog, Entry, Repeat, When};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{Day, Ts, Zone};
use crate::plan::calendar::{Calendar, Window};
use crate::plan::cron::Pattern;

/// A backlog and whose folder it lies in.
pub struct Source<'a> {
    pub backlog: &'a Backlog,
    /// None: the fleet's.
    pub owner: Option<&'a AgentId>,
}

/// What is asked for, and what is not offered to anybody.
#[derive(Debug, Default)]
pub struct Offer {
    pub wishes: Vec<Wish>,
    pub left: Vec<Left>,
}

/// The wishes of a day. What is over, or not for that day, is passed over in silence.
pub fn wishes(source: &Source<'_>, desks: &[Desk]) -> Offer {
    let mut offer = Offer::default();
    for entry in &source.backlog.entries {
        if let Err(why) = one(source, entry, desks, &mut offer.wishes) {
            offer.left.push(Left {
                agent: who(source, entry, desks),
                task: entry.task.id.clone(),
                why,
            });
        }
    }
    offer
}

fn one(
    source: &Source<'_>,
    entry: &Entry,
    desks: &[Desk],
    wishes: &mut Vec<Wish>,
) -> Result<(), Why> {
    let task = &entry.task;
    if !task.enabled || task.on_demand || is_over(task) {
        return Ok(());
    }
    if task.held.is_some() {
        return Err(Why::Held);
    }
    if let Some(word) = in_hand(task.status) {
        return Err(Why::Status(word));
    }
    let agent = who(source, entry, desks).ok_or(Why::Nobody)?;
    let desk = desks.iter().find(|desk| desk.agent == agent);
    let desk = desk.ok_or_else(|| Why::Stranger(agent.clone()))?;
    if entry.repeat == Repeat::Once && desk.done.contains(&task.id) {
        return Ok(());
    }
    let zone = source.backlog.zone.unwrap_or(desk.zone);
    let not_before = entry.not_before.map(|when| begins(when, desk.day, zone));
    if not_before.is_some_and(|at| at >= desk.window.to) {
        return Ok(());
    }
    let deadline = entry.deadline.map(|when| ends(when, desk.day, zone));
    let begun = |not_before: Option<Ts>| not_before.max(Some(desk.window.from));
    if let Some(at) = deadline.filter(|at| Some(*at) <= begun(not_before)) {
        return Err(Why::Overdue(at));
    }
    let times = occurrences(&entry.repeat, desk, zone)?;
    let several = times.len() > 1;
    for at in times {
        wishes.push(Wish {
            task: named(task, &entry.repeat, desk.day, at.filter(|_| several), zone),
            agent: agent.clone(),
            origin: if entry.repeat == Repeat::Once {
                Origin::Backlog
            } else {
                Origin::Repeats
            },
            not_before: not_before.max(at),
            deadline,
            members: Vec::new(),
        });
    }
    Ok(())
}

fn is_over(task: &Task) -> bool {
    matches!(
        task.status,
        TaskStatus::Done | TaskStatus::Skipped | TaskStatus::Off
    )
}

/// Somebody has it in hand, or something went wrong: not for a plan to decide.
fn in_hand(status: TaskStatus) -> Option<&'static str> {
    match status {
        TaskStatus::Claimed => Some("claimed"),
        TaskStatus::Running => Some("running"),
        TaskStatus::Review => Some("in review"),
        TaskStatus::Failed => Some("failed"),
        TaskStatus::Blocked => Some("blocked"),
        TaskStatus::Unknown => Some("something rounds does not know"),
        TaskStatus::Pending | TaskStatus::Done | TaskStatus::Skipped | TaskStatus::Off => None,
    }
}

/// Named on the task, by the heading it stands under, by the file, or by the folder it lies in.
fn who(source: &Source<'_>, entry: &Entry, desks: &[Desk]) -> Option<AgentId> {
    let heading = entry.section.as_ref().and_then(|section| {
        let named = |desk: &&Desk| desk.agent.as_str().eq_ignore_ascii_case(section.exact());
        desks.iter().find(named).map(|desk| desk.agent.clone())
    });
    entry
        .agent
        .clone()
        .or(heading)
        .or_else(|| source.backlog.agent.clone())
        .or_else(|| source.owner.cloned())
}

/// The earliest start that it stands for.
fn begins(when: When, day: Day, zone: Zone) -> Ts {
    match when {
        When::At(stamp) => stamp.at,
        When::Day(on) => zone.start_of(on),
        When::Weekday(on) => zone.start_of(coming(on, day)),
        When::Clock(clock) => zone.at(day, clock),
    }
}

/// The latest end that it stands for.
fn ends(when: When, day: Day, zone: Zone) -> Ts {
    match when {
        When::At(stamp) => stamp.at,
        When::Day(on) => zone.end_of(on),
        When::Weekday(on) => zone.end_of(coming(on, day)),
        When::Clock(clock) => zone.at(day, clock),
    }
}

fn coming(weekday: u32, day: Day) -> Day {
    day.plus(i64::from((weekday + 7 - day.weekday()) % 7))
}

/// The times of the day from which it is wanted; one without a time is wanted at any.
fn occurrences(repeat: &Repeat, desk: &Desk, zone: Zone) -> Result<Vec<Option<Ts>>, Why> {
    let day = desk.day;
    let today = match repeat {
        Repeat::Once => true,
        Repeat::Weekdays(days) => days & (1 << day.weekday()) != 0,
        Repeat::Monthly(on) => {
            let last = day.plus(1).of_month() == 1;
            day.of_month() == *on || last && day.of_month() < *on
        }
        Repeat::Cron(expr) => {
            let pattern = Pattern::parse(expr.exact()).ok_or(Why::Unclear)?;
            let window = Window::new(zone.start_of(day), zone.end_of(day));
            let mut slots = Vec::new();
            pattern.slots(&Calendar::new(zone, window), window, &mut slots);
            return Ok(slots.into_iter().map(Some).collect());
        }
        Repeat::Unclear(_) => return Err(Why::Unclear),
    };
    Ok(if today { vec![None] } else { Vec::new() })
}

/// What repeats has a key of its own for each day, where it has one at all: the day is what makes it another doing.
fn named(task: &Task, repeat: &Repeat, day: Day, slot: Option<Ts>, zone: Zone) -> Task {
    let mut task = task.clone();
    if *repeat == Repeat::Once {
        return task;
    }
    let clock = slot.map(|at| zone.hhmm(at));
    if let Some(clock) = &clock {
        task.id = TaskId::new(format!("{}-{}", task.id.as_str(), clock.replace(':', "")));
    }
    if let Some(key) = &task.key {
        let clock = clock.map(|clock| format!("T{clock}")).unwrap_or_default();
        task.key = Some(Untrusted::from(format!("{}:{day}{clock}", key.exact())));
    }
    task
}
