//! The slots of one task.

use std::sync::Arc;

use super::calendar::{Calendar, Window};
use super::cron::Pattern;
use crate::domain::facts::PlanVersion;
use crate::domain::schedule::Schedule;
use crate::domain::task::Task;
use crate::domain::time::{Span, Ts, Zone};

/// Most slots one task may give within a window: one a minute for eight days.
const MOST_SLOTS: usize = 11_520;

/// What an `every` without an anchor counts from: the starts of that task's runs, ascending, and the moment the plan
/// was made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Began<'a> {
    pub starts: &'a [Ts],
    pub generated: Option<Ts>,
}

/// A task that fires at most this often a day is sparse.
const SPARSE_PER_DAY: usize = 4;

/// A task with its pattern, which is looked up once.
pub struct Firing<'a> {
    pub task: &'a Task,
    /// Of a schedule that is a pattern and can be read.
    pattern: Option<Arc<Pattern>>,
}

impl<'a> Firing<'a> {
    pub fn of(task: &'a Task) -> Self {
        let pattern = pattern_of(task).and_then(Pattern::parse);
        Self { task, pattern }
    }

    fn of_all(tasks: &'a [Task]) -> Vec<Self> {
        let patterns = Pattern::parse_all(tasks.iter().map(pattern_of));
        let firing = tasks.iter().zip(patterns);
        firing
            .map(|(task, pattern)| Self { task, pattern })
            .collect()
    }

    /// Leaves in `out` every instant within the window at which the task is due, ascending, and nothing else.
    pub fn slots(&self, calendar: &Calendar, window: Window, began: Began<'_>, out: &mut Vec<Ts>) {
        out.clear();
        if window.is_empty() {
            return;
        }
        if let Some(due) = self.task.due {
            out.extend(Some(due.at).filter(|&at| window.holds(at)));
            return;
        }
        match &self.task.schedule {
            Some(Schedule::At(at)) if window.holds(*at) => out.push(*at),
            Some(Schedule::Cron { zone, .. }) => {
                let Some(pattern) = &self.pattern else {
                    return;
                };
                match zone {
                    Some(zone) if *zone != calendar.zone => {
                        pattern.slots(&Calendar::new(*zone, window), window, out);
                    }
                    _ => pattern.slots(calendar, window, out),
                }
            }
            Some(Schedule::Every { every, anchor }) if every.0 > 0 => match anchor {
                Some(anchor) => anchored(*anchor, *every, window, out),
                None => since_start(*every, window, began, out),
            },
            None | Some(Schedule::At(_) | Schedule::Every { .. }) => {}
        }
    }

    pub fn recurs(&self) -> bool {
        recurs(self.task)
    }

    /// It fires a few times a day at most.
    pub fn is_sparse(&self) -> bool {
        match &self.task.schedule {
            Some(Schedule::Every { every, .. }) => {
                every.0.saturating_mul(SPARSE_PER_DAY as i64) >= Span::DAY.0
            }
            Some(Schedule::Cron { .. }) => self
                .pattern
                .as_ref()
                .is_some_and(|pattern| pattern.per_day() <= SPARSE_PER_DAY),
            Some(Schedule::At(_)) | None => true,
        }
    }

    /// It fires at the same times every day.
    pub fn is_every_day(&self) -> bool {
        let pattern = self.pattern.as_ref();
        self.task.due.is_none() && pattern.is_some_and(|pattern| pattern.daily().is_some())
    }

    /// Its pattern, where that is all it fires by and its days are those of the zone.
    pub fn pattern_in(&self, zone: Zone) -> Option<&Pattern> {
        let Some(Schedule::Cron { zone: own, .. }) = &self.task.schedule else {
            return None;
        };
        let here = self.task.due.is_none() && own.is_none_or(|own| own == zone);
        self.pattern.as_deref().filter(|_| here)
    }
}

fn pattern_of(task: &Task) -> Option<&str> {
    match &task.schedule {
        Some(Schedule::Cron { expr, .. }) => Some(expr.exact()),
        None | Some(Schedule::Every { .. } | Schedule::At(_)) => None,
    }
}

/// A version of a plan with the patterns of its tasks, in the order of its tasks.
pub struct Read<'a> {
    pub version: &'a PlanVersion,
    pub tasks: Vec<Firing<'a>>,
}

impl<'a> Read<'a> {
    /// The versions that are known at a moment.
    pub fn known(plans: &'a [PlanVersion], now: Ts) -> Vec<Self> {
        let known = &plans[..plans.partition_point(|version| version.known <= now)];
        let read = known.iter().map(|version| Self {
            version,
            tasks: Firing::of_all(&version.plan.tasks),
        });
        read.collect()
    }
}

/// Every instant within the window at which the task is due, ascending.
pub fn slots(task: &Task, calendar: &Calendar, window: Window, began: Began<'_>) -> Vec<Ts> {
    let mut out = Vec::new();
    Firing::of(task).slots(calendar, window, began, &mut out);
    out
}

/// Whether more slots may come by themselves.
pub fn recurs(task: &Task) -> bool {
    task.due.is_none()
        && match &task.schedule {
            Some(Schedule::Cron { .. } | Schedule::Every { .. }) => true,
            Some(Schedule::At(_)) | None => false,
        }
}

fn anchored(anchor: Ts, every: Span, window: Window, out: &mut Vec<Ts>) {
    let steps = (window.from.0.saturating_sub(anchor.0) + every.0 - 1).div_euclid(every.0);
    let mut at = anchor + every.times(steps);
    while at < window.to && out.len() < MOST_SLOTS {
        if at >= window.from {
            out.push(at);
        }
        at = at + every;
    }
}

/// Each start answers the slot that the start before promised, and promises the next. Where a start came early its
/// slot was then, where it came after several intervals the slots between stand unanswered.
fn since_start(every: Span, window: Window, began: Began<'_>, out: &mut Vec<Ts>) {
    let known = began
        .starts
        .partition_point(|&start| start < window.from - every.times(2));
    let mut last = began
        .starts
        .get(known.wrapping_sub(1))
        .copied()
        .or(began.generated);
    for &start in &began.starts[known..] {
        if start >= window.to {
            break;
        }
        if let Some(last) = last {
            promised(
                last,
                every,
                Window::new(window.from, start.min(window.to)),
                out,
            );
            let answered = out
                .last()
                .is_some_and(|&slot| start - slot < every && slot > last);
            if !answered && window.holds(start) {
                out.push(start);
            }
        } else if window.holds(start) {
            out.push(start);
        }
        last = Some(start);
    }
    if let Some(last) = last {
        promised(last, every, window, out);
    }
}

fn promised(last: Ts, every: Span, window: Window, out: &mut Vec<Ts>) {
    let skip = (window.from.0.saturating_sub(last.0))
        .div_euclid(every.0)
        .max(1);
    let mut at = last + every.times(skip);
    while at < window.to && out.len() < MOST_SLOTS {
        if at >= window.from {
            out.push(at);
        }
        at = at + every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(every: Span, anchor: Option<Ts>) -> Task {
        let mut task = Task::named("t".into());
        task.schedule = Some(Schedule::Every { every, anchor });
        task
    }

    fn minutes(
        task: &Task,
        from: i64,
        to: i64,
        starts: &[i64],
        generated: Option<i64>,
    ) -> Vec<i64> {
        let at = |m: i64| Ts(m * 60_000);
        let window = Window::new(at(from), at(to));
        let starts: Vec<Ts> = starts.iter().map(|&m| at(m)).collect();
        let began = Began {
            starts: &starts,
            generated: generated.map(at),
        };
        slots(task, &Calendar::new(Zone::UTC, window), window, began)
            .into_iter()
            .map(|t| t.0 / 60_000)
            .collect()
    }

    #[test]
    fn an_anchor_counts_from_itself() {
        let task = every(Span::mins(30), Some(Ts(5 * 60_000)));
        assert_eq!(minutes(&task, 0, 70, &[], None), [5, 35, 65]);
        assert_eq!(minutes(&task, 1_000, 1_060, &[], None), [1_025, 1_055]);
    }

    #[test]
    fn without_an_anchor_each_start_promises_the_next() {
        let task = every(Span::mins(30), None);
        // 100 came two minutes late for 98 (68 + 30), then nothing more.
        assert_eq!(
            minutes(&task, 0, 200, &[38, 68, 100], Some(8)),
            [38, 68, 98, 130, 160, 190]
        );
        // Two intervals without a start stand unanswered.
        assert_eq!(
            minutes(&task, 0, 140, &[10, 105], None),
            [10, 40, 70, 100, 135]
        );
        // An early start was its own slot.
        assert_eq!(minutes(&task, 0, 60, &[10, 35], None), [10, 35]);
        assert!(
            minutes(&task, 0, 200, &[], None).is_empty(),
            "nothing to count from"
        );
    }
}
