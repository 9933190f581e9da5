//! A day as swimlanes: what was planned when, and what became of it; and the same as columns of states.
//!
//! ```text
//!            06        07    │   08        09
//! publisher  ✗━          ·⧗· │  ·.·                 5/7  post 4/6
//! social     ✓━━  ✓━         │↻━━━                  8/8
//! ```
//!
//! A window is dots from the earliest to the latest start, a run is a bar on it, and the sign stands where it is due.

mod columns;
mod links;
mod scale;

use super::Mark;
use crate::domain::fleet::{AgentView, Fleet, TaskState, TaskView};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::time::{Span, Ts};

pub use columns::{Card, Stage, columns, shares, slots};
pub use links::{Join, joins, links};
pub use scale::Scale;

/// One slot on its lane.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotBar {
    pub task: TaskId,
    /// What people call it, sanitised.
    pub name: String,
    pub mark: Mark,
    pub state: TaskState,
    pub due: Ts,
    pub jitter: Span,
    pub estimate: Option<Span>,
    pub run: Option<(Ts, Option<Ts>)>,
}

impl SlotBar {
    /// From when to when something of it shows.
    fn reach(&self, now: Ts) -> (Ts, Ts) {
        let (mut from, mut to) = (self.due - self.jitter, self.due + self.jitter);
        if let Some((begun, end)) = self.run {
            from = from.min(begun);
            to = to.max(end.unwrap_or(now));
        }
        (from, to)
    }

    /// How long it runs or ran, against its estimate: `42m of 20m`.
    pub fn length(&self, now: Ts) -> Option<String> {
        let (begun, end) = self.run?;
        let ran = minutes(end.unwrap_or(now) - begun);
        Some(match self.estimate {
            Some(estimate) => format!("{ran} of {estimate}"),
            None => ran.to_string(),
        })
    }

    /// It has run for longer than was estimated.
    pub fn is_over(&self, now: Ts) -> bool {
        let ran = self.run.map(|(begun, end)| end.unwrap_or(now) - begun);
        matches!((ran, self.estimate), (Some(ran), Some(estimate)) if ran > estimate)
    }
}

fn minutes(span: Span) -> Span {
    if span < Span::MINUTE {
        return Span(span.0.max(0) / 1_000 * 1_000);
    }
    Span(span.0 / Span::MINUTE.0 * Span::MINUTE.0)
}

/// A limit of the day: `12 / 8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub action: String,
    pub planned: u32,
    pub most: u32,
}

impl Bar {
    pub fn is_over(&self) -> bool {
        self.planned > self.most
    }
}

/// One agent's day.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub agent: AgentId,
    pub name: String,
    pub mark: Mark,
    pub done: u32,
    pub planned: u32,
    pub bars: Vec<Bar>,
    /// By time.
    pub slots: Vec<SlotBar>,
}

/// Whether an agent has a lane: without any slot there is none.
pub fn has_lane(agent: &AgentView) -> bool {
    let mut tasks = agent.tasks.iter();
    tasks.any(|task| task.slot.is_some() && task.state != TaskState::Off)
}

/// The lane of an agent; nothing for one without any slot.
pub fn lane(agent: &AgentView) -> Option<Lane> {
    let slots: Vec<SlotBar> = agent.tasks.iter().filter_map(slot).collect();
    if slots.is_empty() {
        return None;
    }
    Some(Lane {
        agent: agent.id.clone(),
        name: agent.id.to_string(),
        mark: agent.row.into(),
        done: agent.tally.done,
        planned: agent.tally.planned,
        bars: agent
            .capacity
            .iter()
            .map(|one| Bar {
                action: one.action.shown_within(16),
                planned: one.planned,
                most: one.most,
            })
            .collect(),
        slots,
    })
}

fn slot(task: &TaskView) -> Option<SlotBar> {
    let due = task.slot.filter(|_| task.state != TaskState::Off)?;
    Some(SlotBar {
        task: task.id.clone(),
        name: task.name(),
        mark: task.state.into(),
        state: task.state,
        due,
        jitter: task.jitter,
        estimate: task.declared.task().and_then(|task| task.estimate),
        run: task.run.as_ref().map(|run| (run.start, run.end)),
    })
}

/// Every lane of the fleet: by name.
pub fn lanes(fleet: &Fleet) -> Vec<Lane> {
    fleet
        .agents
        .iter()
        .filter_map(|agent| lane(agent))
        .collect()
}

/// What one cell of a lane shows. Later ones cover earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    #[default]
    Empty,
    /// It may begin here.
    Window,
    /// It ran here.
    Ran,
    /// It ran here, past its estimate.
    Over,
    /// It is due here.
    Due,
}

/// One cell of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub ink: Ink,
    pub mark: Option<Mark>,
}

/// A lane as cells. What is worse covers what is better.
pub fn cells(lane: &Lane, scale: &Scale, now: Ts) -> Vec<Cell> {
    let mut row = vec![Cell::default(); usize::from(scale.columns)];
    for slot in &lane.slots {
        let (from, to) = slot.reach(now);
        if to < scale.from || from >= scale.to() {
            continue;
        }
        let stretch = |from: Ts, to: Ts, ink: Ink, row: &mut [Cell]| {
            let first = (from - scale.from).0.div_euclid(scale.cell.0).max(0);
            let last = (to - scale.from).0.div_euclid(scale.cell.0);
            let last = last.min(i64::from(scale.columns) - 1);
            for cell in first..=last {
                put(row, cell as usize, ink, slot.mark);
            }
        };
        if slot.jitter > Span::ZERO {
            let (from, to) = (slot.due - slot.jitter, slot.due + slot.jitter);
            stretch(from, to, Ink::Window, &mut row);
        }
        if let Some((begun, end)) = slot.run {
            let end = end.unwrap_or(now);
            let until = slot
                .estimate
                .map_or(end, |estimate| (begun + estimate).min(end));
            stretch(begun, until, Ink::Ran, &mut row);
            if until < end {
                stretch(until, end, Ink::Over, &mut row);
            }
        }
        if let Some(cell) = scale.cell_of(slot.due) {
            put(&mut row, usize::from(cell), Ink::Due, slot.mark);
        }
    }
    row
}

fn put(row: &mut [Cell], at: usize, ink: Ink, mark: Mark) {
    let Some(cell) = row.get_mut(at) else { return };
    let worse = cell.mark.is_none_or(|known| mark < known);
    if ink > cell.ink || ink == cell.ink && worse {
        *cell = Cell {
            ink,
            mark: Some(mark),
        };
    }
}

#[cfg(test)]
mod tests;
