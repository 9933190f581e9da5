//! A day as swimlanes: what was planned when, and what became of it; and the same as columns of states.
//!
//! ```text
//!            06        07    │   08        09
//! publisher  ✗━          ·⧗· │  ·.·                 5/7  post 4/6
//! social     ✓━━  ✓━         │↻━━━                  8/8
//! ```
//!
//! A window is dots from the earliest to the latest start, a run is a bar on it, and the sign stands where it is due.

use super::Mark;
use crate::domain::fleet::{AgentView, Fleet, TaskState, TaskView};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::link::Link;
use crate::domain::text::clean;
use crate::domain::time::{Age, Span, Ts, Zone};

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

/// A stretch of time on a row of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub from: Ts,
    /// What one cell stands for; at least a second.
    pub cell: Span,
    pub columns: u16,
}

impl Scale {
    /// The whole day that a moment lies in.
    pub fn day(zone: Zone, at: Ts, columns: u16) -> Self {
        let day = zone.day_of(at);
        let (from, to) = (zone.start_of(day), zone.end_of(day));
        Self {
            from,
            cell: Span(((to - from).0 / i64::from(columns.max(1))).max(1_000)),
            columns,
        }
    }

    /// A window of some hours around a moment, with a third of it behind.
    pub fn around(at: Ts, length: Span, columns: u16) -> Self {
        let cell = Span((length.0 / i64::from(columns.max(1))).max(1_000));
        let from = at - Span(length.0 / 3);
        Self {
            from: Ts(from.0.div_euclid(cell.0) * cell.0),
            cell,
            columns,
        }
    }

    pub fn to(&self) -> Ts {
        self.from + self.cell.times(i64::from(self.columns))
    }

    /// The cell of a moment; none where it lies outside.
    pub fn cell_of(&self, at: Ts) -> Option<u16> {
        let cell = (at - self.from).0.div_euclid(self.cell.0);
        u16::try_from(cell).ok().filter(|cell| *cell < self.columns)
    }

    /// Hours that fit as labels of two digits: the cell of each, and what it says.
    pub fn hours(&self, zone: Zone) -> Vec<(u16, String)> {
        let per_hour = (Span::HOUR.0 / self.cell.0).max(1);
        let every = [1, 2, 3, 6, 12]
            .into_iter()
            .find(|hours| per_hour * hours >= 4)
            .unwrap_or(24);
        let mut found: Vec<(u16, String)> = Vec::new();
        let mut at = Ts((self.from.0.div_euclid(Span::MINUTE.0 * 15)) * Span::MINUTE.0 * 15);
        while at < self.to() {
            let clock = zone.clock_of(at).0;
            let on = clock.is_multiple_of(3_600) && i64::from(clock / 3_600) % every == 0;
            if let Some(cell) = self.cell_of(at).filter(|_| on)
                && cell + 2 <= self.columns
                && found.last().is_none_or(|(last, _)| cell >= last + 3)
            {
                found.push((cell, format!("{:02}", clock / 3_600)));
            }
            at = at + Span::mins(15);
        }
        found
    }
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

/// Where work stands, in the order in which it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Pending,
    Claimed,
    Running,
    Review,
    Done,
}

impl Stage {
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Claimed,
        Self::Running,
        Self::Review,
        Self::Done,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Review => "review",
            Self::Done => "done",
        }
    }

    /// The column of a state. What is off stands in none.
    pub fn of(state: TaskState) -> Option<Self> {
        match state {
            TaskState::Off => None,
            TaskState::Blind
            | TaskState::Held
            | TaskState::AwaitingAgent
            | TaskState::SkippedSilently
            | TaskState::Missed
            | TaskState::Late
            | TaskState::Due
            | TaskState::Upcoming
            | TaskState::Unjudged => Some(Self::Pending),
            TaskState::Claimed | TaskState::PhantomClaim => Some(Self::Claimed),
            TaskState::Running
            | TaskState::Orphaned
            | TaskState::Silent
            | TaskState::Stuck
            | TaskState::Conflicted => Some(Self::Running),
            TaskState::Review => Some(Self::Review),
            TaskState::Done | TaskState::Failed | TaskState::Skipped => Some(Self::Done),
        }
    }
}

/// One card of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub agent: AgentId,
    pub task: TaskId,
    /// What people call the task, sanitised.
    pub title: String,
    pub mark: Mark,
    /// Since when it stands in this column.
    pub since: Ts,
    pub age: String,
    /// Equal slots of the same task, this one included.
    pub count: u32,
    /// The one who did the work would review it.
    pub reviews_itself: bool,
}

impl Card {
    /// `social/article ×3`, sanitised.
    pub fn name(&self) -> String {
        match self.count {
            ..=1 => format!("{}/{}", self.agent, self.title),
            count => format!("{}/{} ×{count}", self.agent, self.title),
        }
    }
}

/// The day's tasks by where they stand; in each column the worst first, then the oldest, equal slots folded. Work in
/// progress is what lies between the first and the last.
pub fn columns(fleet: &Fleet) -> [Vec<Card>; 5] {
    let mut columns: [Vec<Card>; 5] = Default::default();
    for agent in &fleet.agents {
        for task in &agent.tasks {
            let Some(stage) = Stage::of(task.state) else {
                continue;
            };
            let card = card(agent, task, fleet.at);
            let column = &mut columns[stage as usize];
            let same = |known: &&mut Card| {
                (&known.agent, &known.task, known.mark) == (&card.agent, &card.task, card.mark)
            };
            // Slots of one agent come together, so looking back over its own is looking far enough.
            let mine = column
                .iter_mut()
                .rev()
                .take_while(|known| known.agent == card.agent);
            match mine.into_iter().find(same) {
                Some(known) => known.count += 1,
                None => column.push(card),
            }
        }
    }
    for column in &mut columns {
        column.sort_by(|a, b| (a.mark, a.since, &a.agent).cmp(&(b.mark, b.since, &b.agent)));
    }
    columns
}

fn card(agent: &AgentView, task: &TaskView, now: Ts) -> Card {
    let author = task.claim.as_ref().and_then(|claim| claim.by.as_ref());
    let author = author.unwrap_or(&agent.id);
    let reviewer = task.declared.task().and_then(|task| task.reviewer.as_ref());
    let since = task.since.min(now);
    Card {
        agent: agent.id.clone(),
        task: task.id.clone(),
        title: task.name(),
        mark: task.state.into(),
        since,
        age: if task.since >= now {
            String::new()
        } else {
            Age::at(now, since).to_string()
        },
        count: 1,
        reviews_itself: reviewer == Some(author),
    }
}

/// The links of the day as sentences, worst first.
pub fn links(fleet: &Fleet) -> Vec<(Mark, String)> {
    let mut links: Vec<&Link> = fleet.links.iter().collect();
    links.sort_by_key(|link| (link.kind, link.to.at));
    links
        .into_iter()
        .map(|link| {
            let mark = match link.kind {
                crate::domain::link::LinkKind::Collision => Mark::Fail,
                crate::domain::link::LinkKind::Spacing => Mark::Late,
                crate::domain::link::LinkKind::Dependency => Mark::Gap,
            };
            (mark, clean(&link.says).into_owned())
        })
        .collect()
}

/// How many slots a column holds.
pub fn slots(column: &[Card]) -> u32 {
    column.iter().map(|card| card.count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn at(minutes: i64) -> Ts {
        Ts(0) + Span::mins(minutes)
    }

    fn bar(due: i64, jitter: i64, run: Option<(i64, Option<i64>)>) -> SlotBar {
        SlotBar {
            task: TaskId::from("t"),
            name: String::new(),
            mark: if run.is_some() { Mark::Ok } else { Mark::Wait },
            state: TaskState::Done,
            due: at(due),
            jitter: Span::mins(jitter),
            estimate: Some(Span::mins(20)),
            run: run.map(|(from, to)| (at(from), to.map(at))),
        }
    }

    fn lane_of(slots: Vec<SlotBar>) -> Lane {
        Lane {
            agent: AgentId::from("a"),
            name: "a".to_owned(),
            mark: Mark::Ok,
            done: 0,
            planned: 0,
            bars: Vec::new(),
            slots,
        }
    }

    fn drawn(lane: &Lane, columns: u16, now: i64) -> String {
        let scale = Scale {
            from: at(0),
            cell: Span::mins(10),
            columns,
        };
        let ink = |cell: Cell| match cell.ink {
            Ink::Empty => ' ',
            Ink::Window => '.',
            Ink::Ran => '=',
            Ink::Over => '#',
            Ink::Due => 'D',
        };
        cells(lane, &scale, at(now)).into_iter().map(ink).collect()
    }

    #[test]
    fn windows_runs_and_what_runs_for_too_long() {
        assert_eq!(
            drawn(&lane_of(vec![bar(50, 20, None)]), 10, 0),
            "   ..D..  "
        );
        let ran = lane_of(vec![bar(20, 0, Some((25, Some(64))))]);
        assert_eq!(drawn(&ran, 10, 90), "  D=###   ");
        let runs = lane_of(vec![bar(20, 0, Some((30, None)))]);
        assert_eq!(drawn(&runs, 10, 79), "  D==###  ", "until now");
        assert!(runs.slots[0].is_over(at(79)) && !runs.slots[0].is_over(at(50)));
        assert_eq!(runs.slots[0].length(at(79)).as_deref(), Some("49m of 20m"));
        let outside = lane_of(vec![bar(500, 5, None), bar(95, 30, None)]);
        assert_eq!(drawn(&outside, 10, 0), "      ...D", "cut at the edge");
    }

    #[test]
    fn the_worse_of_two_in_one_cell_is_seen() {
        let mut failed = bar(22, 0, None);
        failed.mark = Mark::Fail;
        let lane = lane_of(vec![failed, bar(24, 0, None)]);
        let scale = Scale {
            from: at(0),
            cell: Span::mins(10),
            columns: 5,
        };
        assert_eq!(cells(&lane, &scale, at(0))[2].mark, Some(Mark::Fail));
    }

    #[test]
    fn a_day_fills_its_columns_also_when_the_clock_changes() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        for (day, hours) in [
            ((2026, 3, 29), 23),
            ((2026, 3, 28), 24),
            ((2026, 10, 25), 25),
        ] {
            let day = crate::domain::time::Day::new(day.0, day.1, day.2).unwrap();
            let scale = Scale::day(zone, zone.start_of(day), 100);
            assert_eq!(scale.cell.0, hours * Span::HOUR.0 / 100);
            let labels = scale.hours(zone);
            assert_eq!(labels[0], (0, "00".to_owned()));
            assert!(
                labels.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 3),
                "{labels:?}"
            );
        }
        let close = Scale::around(
            zone.start_of(crate::domain::time::Day::new(2026, 3, 28).unwrap()),
            Span::hours(2),
            120,
        );
        assert_eq!(close.cell, Span::MINUTE);
        assert_eq!(close.hours(zone).len(), 2);
    }

    #[test]
    fn every_slot_stands_in_one_column_and_equal_ones_are_folded() {
        let fleet = fixture::fleet();
        let columns = columns(&fleet);
        let all: u32 = columns.iter().map(|column| slots(column)).sum();
        let tasks: usize = fleet.agents.iter().map(|agent| agent.tasks.len()).sum();
        assert_eq!(all as usize, tasks);
        assert_eq!(columns[0][0].mark, Mark::Gap, "the worst comes first");
        let mut twice = fleet.clone();
        let agent = &mut twice.agents[0];
        let mut more = AgentView::clone(agent);
        more.tasks = vec![more.tasks[0].clone(), more.tasks[0].clone()];
        *agent = std::sync::Arc::new(more);
        let folded = super::columns(&twice);
        assert!(
            folded
                .iter()
                .flatten()
                .any(|card| card.name().ends_with("×2"))
        );
    }
}
