//! The day of one agent by itself.

use super::{DayAhead, Fault, Issue};
use crate::domain::action::Tier;
use crate::domain::facts::PlanVersion;
use crate::domain::finding::Severity;
use crate::domain::schedule::{Limit, Schedule};
use crate::domain::task::Task;
use crate::domain::time::{Span, Ts};
use crate::plan::ahead::{self, Fire};
use crate::plan::calendar::{Calendar, Window};
use crate::plan::cron::Pattern;
use crate::plan::free::Taken;

/// The action that caps tasks themselves.
pub const TASKS: &str = "tasks";
/// Of the hours that are not quiet, in hundredths.
pub const CROWDED: i64 = 90;
/// Names in one sentence.
const MOST_NAMES: usize = 4;
/// A rule that gives no slot within this gives none: four years and a leap day.
const EVER: Span = Span::days(4 * 366);

/// Everything wrong with it.
pub fn own<'a>(day: &DayAhead<'a>) -> Vec<Issue<'a>> {
    let mut found = Vec::new();
    for version in &day.versions {
        over_capacity(day, version, &mut found);
        undeclared(version, &mut found);
        dead(day, version, &mut found);
    }
    crowded(day, &mut found);
    quiet(day, &mut found);
    order(day, &mut found);
    found
}

/// How much of an action the slots of a day spend.
pub fn spent<'a>(fires: impl Iterator<Item = &'a Task>, action: &str) -> u32 {
    let of_task = |task: &Task| -> u32 {
        if action == TASKS {
            return 1;
        }
        let uses = task.uses.iter().filter(|u| u.action.exact() == action);
        uses.map(|u| u.most).sum()
    };
    fires.map(of_task).sum()
}

fn over_capacity<'a>(day: &DayAhead<'a>, version: &'a PlanVersion, found: &mut Vec<Issue<'a>>) {
    let due = || day.fires.iter().filter(|fire| !fire.quiet);
    for limit in &version.plan.limits {
        let planned = spent(due().map(|fire| fire.task), limit.action.exact());
        if planned > limit.most {
            found.push(Issue {
                fault: Fault::OverCapacity,
                severity: made_for(version),
                task: None,
                version,
                says: too_much(planned, limit),
                free: None,
            });
        }
    }
}

fn too_much(planned: u32, limit: &Limit) -> String {
    let action = limit.action.shown_within(32);
    format!("{planned} {action} planned for a limit of {}", limit.most)
}

/// What somebody wrote for that very day needs somebody to change it. What a standing plan asks for every day is told
/// on every day.
fn made_for(version: &PlanVersion) -> Severity {
    match version.plan.date {
        Some(_) => Severity::Warning,
        None => Severity::Info,
    }
}

fn names(tasks: &[&Task]) -> String {
    let shown: Vec<String> = tasks
        .iter()
        .take(MOST_NAMES)
        .map(|task| task.id.to_string())
        .collect();
    let rest = tasks.len().saturating_sub(MOST_NAMES);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// What others of the same plan declare, and these do not: a plan that never speaks of it is not asked for it.
fn undeclared<'a>(version: &'a PlanVersion, found: &mut Vec<Issue<'a>>) {
    let on: Vec<&Task> = version
        .plan
        .tasks
        .iter()
        .filter(|task| ahead::is_on(task))
        .collect();
    let mut tell = |fault: Fault, lacking: Vec<&Task>, what: &str| {
        if lacking.is_empty() {
            return;
        }
        let says = format!(
            "{} of {} {what}: {}",
            lacking.len(),
            on.len(),
            names(&lacking)
        );
        found.push(Issue {
            fault,
            severity: Severity::Info,
            task: None,
            version,
            says,
            free: None,
        });
    };
    let lacking = |has: &dyn Fn(&Task) -> bool| -> Vec<&Task> {
        if on.iter().any(|task| has(task)) {
            on.iter().copied().filter(|task| !has(task)).collect()
        } else {
            Vec::new()
        }
    };
    tell(
        Fault::NoTier,
        lacking(&|task| task.tier.is_some()),
        "tasks name no tier",
    );
    tell(
        Fault::NoCriteria,
        lacking(&|task| !task.done_criteria.is_empty()),
        "tasks do not say when they are done",
    );
    let unguarded = |task: &&&Task| {
        task.tier == Some(Tier::Mutating) && task.key.is_none() && task.resources.is_empty()
    };
    tell(
        Fault::Unguarded,
        on.iter().filter(unguarded).copied().collect(),
        "tasks change something with neither key nor resource",
    );
}

fn dead<'a>(day: &DayAhead<'a>, version: &'a PlanVersion, found: &mut Vec<Issue<'a>>) {
    // Plans mostly name tasks in the order they are due: each is looked for behind the one before it first.
    let mut place = 0;
    for task in version.plan.tasks.iter().filter(|task| ahead::is_on(task)) {
        let Some(Schedule::Cron { expr, zone }) = &task.schedule else {
            continue;
        };
        let fires = (place..day.fires.len()).chain(0..place);
        let mut fires = fires.filter(|&at| day.fires[at].task.id == task.id);
        if let Some(at) = fires.next() {
            place = at;
            continue;
        }
        let (severity, says) = match Pattern::parse(expr.exact()) {
            None => (Severity::Info, "cannot be read"),
            Some(pattern) => {
                let ever = Window::new(day.window.from, day.window.from + EVER);
                if pattern.fires_within(&Calendar::new(zone.unwrap_or(day.zone), ever)) {
                    continue;
                }
                (Severity::Warning, "no day ever meets")
            }
        };
        found.push(Issue {
            fault: Fault::Dead,
            severity,
            task: Some(task),
            version,
            says: format!("{}: its rule {} {says}", task.id, expr.shown_within(32)),
            free: None,
        });
    }
}

fn crowded<'a>(day: &DayAhead<'a>, found: &mut Vec<Issue<'a>>) {
    let Some(version) = day.versions.first() else {
        return;
    };
    let open = Taken::new(day.window, day.quiet.clone()).free();
    let due = day.fires.iter().filter(|fire| !fire.quiet);
    let work = due.fold(Span::ZERO, |sum, fire| {
        sum + fire.task.estimate.unwrap_or_default()
    });
    if work.0 <= 0 || work.0.saturating_mul(100) <= open.0.saturating_mul(CROWDED) {
        return;
    }
    let severity = if work > open {
        made_for(version)
    } else {
        Severity::Info
    };
    found.push(Issue {
        fault: Fault::Crowded,
        severity,
        task: None,
        version,
        says: format!("{work} of work in {open} that are not quiet"),
        free: None,
    });
}

/// A slot in quiet hours is never due. A rule that fires around the clock means it so; a single slot does not.
fn quiet<'a>(day: &DayAhead<'a>, found: &mut Vec<Issue<'a>>) {
    for fire in day.fires.iter().filter(|fire| fire.quiet) {
        let mut same = day
            .fires
            .iter()
            .filter(|other| other.task.id == fire.task.id);
        let first = same.clone().next().is_some_and(|first| first.at == fire.at);
        if !first || !same.all(|other| other.quiet) {
            continue;
        }
        let severity = if fire.task.due.is_some() {
            made_for(fire.version)
        } else {
            Severity::Info
        };
        found.push(Issue {
            fault: Fault::Quiet,
            severity,
            task: Some(fire.task),
            version: fire.version,
            says: format!(
                "{} is due {} in quiet hours, so it will not run",
                fire.task.id,
                day.zone.hhmm(fire.at)
            ),
            free: room_for(day, fire),
        });
    }
}

/// A start near its own at which the agent has nothing else to do.
pub fn room_for(day: &DayAhead<'_>, fire: &Fire<'_>) -> Option<Ts> {
    let own = fire.stretch();
    let busy = day
        .fires
        .iter()
        .filter(|other| !other.quiet && other.task.id != fire.task.id)
        .map(|other| (other.stretch().from, other.stretch().to))
        .chain(day.quiet.iter().copied())
        .collect();
    let start = Taken::new(day.window, busy).nearest(own.to - own.from, own.from)?;
    Some(start + fire.task.jitter)
}

/// A task that begins before what it waits for can be over, where both fire once that day.
fn order<'a>(day: &DayAhead<'a>, found: &mut Vec<Issue<'a>>) {
    let only = |name: &str| {
        let mut mine = day
            .fires
            .iter()
            .filter(|fire| fire.task.id.as_str() == name);
        let first = mine.next()?;
        mine.next().is_none().then_some(first)
    };
    for fire in &day.fires {
        for on in &fire.task.depends_on {
            let (Some(before), Some(_)) = (only(on.as_str()), only(fire.task.id.as_str())) else {
                continue;
            };
            let over = before.at - before.task.jitter + before.task.estimate.unwrap_or_default();
            if fire.at + fire.task.jitter >= over {
                continue;
            }
            found.push(Issue {
                fault: Fault::Order,
                severity: made_for(fire.version),
                task: Some(fire.task),
                version: fire.version,
                says: format!(
                    "{} is due {}, before {on} is over at {}",
                    fire.task.id,
                    day.zone.hhmm(fire.at),
                    day.zone.hhmm(over)
                ),
                free: None,
            });
        }
    }
}
