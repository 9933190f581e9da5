//! The day as lanes or as columns: which face is shown, how close, and which lane is under the cursor.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::domain::id::AgentId;
use crate::domain::retro::{Week, WeekFacts};
use crate::domain::time::{Span, Ts};
use crate::ui::layout::{self, Desk, Form};
use crate::ui::pane::sprint as lanes;
use crate::view::retro;
use crate::view::sprint::{Scale, has_lane};

use super::{Model, Sheet};

/// How a day is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    #[default]
    Lanes,
    /// pending, claimed, running, review, done
    Columns,
}

/// How much of the day the axis spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zoom {
    #[default]
    Day,
    Half,
    Quarter,
    Hours3,
}

impl Zoom {
    const ALL: [Self; 4] = [Self::Day, Self::Half, Self::Quarter, Self::Hours3];

    pub fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Half => 12,
            Self::Quarter => 6,
            Self::Hours3 => 3,
        }
    }

    #[must_use]
    pub fn closer(self) -> Self {
        Self::ALL[(self as usize + 1).min(Self::ALL.len() - 1)]
    }

    #[must_use]
    pub fn wider(self) -> Self {
        Self::ALL[(self as usize).saturating_sub(1)]
    }
}

#[derive(Debug, Default)]
pub struct Sprint {
    pub face: Face,
    pub zoom: Zoom,
    /// Quarters of the window that the axis was moved by.
    pub moved: i64,
    /// The lane under the cursor.
    pub selected: Option<AgentId>,
    /// The first lane that is shown.
    pub top: usize,
}

#[derive(Debug, Default)]
pub struct Retro {
    /// None: the week of the moment that is shown.
    pub week: Option<Week>,
    pub facts: Option<Arc<WeekFacts>>,
    /// The week and the hour that were last asked for.
    pub asked_for: Option<(Week, i64)>,
    pub selected: Option<AgentId>,
    /// The first line that is shown.
    pub top: usize,
    /// The week of the agent under the cursor, line by line.
    pub sheet: Sheet,
    /// Something was said that the facts do not know of yet.
    pub spoke: bool,
}

/// Lines above the agents: what the week is, and what the columns are where there is room to say it.
pub fn headed(height: u16) -> u16 {
    if height >= 12 { 2 } else { 1 }
}

/// Lines of agents in a body of this height: at most half of it where there is a sheet beneath.
pub fn shown(height: u16, count: usize) -> usize {
    let room = usize::from(height.saturating_sub(headed(height)));
    let most = if height >= 12 { room / 2 } else { room };
    count.min(most.max(1))
}

impl Model {
    /// Where the lines of the retro stand, and the week of the one under the cursor beneath them.
    pub fn retro_desk(&self) -> Desk {
        if self.form == Form::Lines {
            return Desk::in_turn(self.screen.body);
        }
        let area = self.screen.body;
        let rows = self.retro_order().len();
        let list = (shown(area.height, rows) as u16 + headed(area.height)).min(area.height);
        Desk::beneath(area, list)
    }

    /// Agents that have a lane: by name.
    pub fn laned(&self) -> Vec<AgentId> {
        let agents = self.fleet().agents.iter();
        agents
            .filter(|agent| has_lane(agent))
            .map(|agent| agent.id.clone())
            .collect()
    }

    /// The axis of so many columns.
    pub fn axis(&self, columns: u16) -> Scale {
        let (zone, now) = (self.fleet().zone(), self.now());
        if self.sprint.zoom == Zoom::Day {
            return Scale::day(zone, now, columns);
        }
        let length = Span::hours(self.sprint.zoom.hours());
        let moved = Span(length.0 / 4).times(self.sprint.moved);
        Scale::around(now + moved, length, columns)
    }

    /// The week that the retro shows.
    pub fn week(&self) -> Week {
        let zone = self.fleet().zone();
        self.retro
            .week
            .unwrap_or_else(|| Week::of(zone.day_of(self.now()), zone))
    }

    /// Names of the retro's lines, in their order.
    pub fn retro_order(&self) -> Vec<AgentId> {
        let facts = self.retro.facts.as_deref();
        let rows = facts.map(retro::rows).unwrap_or_default();
        rows.into_iter().map(|row| row.agent).collect()
    }

    /// The names of the pane's lines, and the one under the cursor.
    pub fn named_lines(&self) -> (Vec<AgentId>, Option<usize>) {
        let (names, selected) = match self.pane {
            super::Pane::Retro => (self.retro_order(), &self.retro.selected),
            super::Pane::Sprint
            | super::Pane::Standup
            | super::Pane::Queue
            | super::Pane::Log
            | super::Pane::Ledger => (self.laned(), &self.sprint.selected),
        };
        let at = selected
            .as_ref()
            .and_then(|id| names.iter().position(|name| name == id))
            .or_else(|| (!names.is_empty()).then_some(0));
        (names, at)
    }

    pub fn select_line(&mut self, at: usize) {
        let (names, _) = self.named_lines();
        let chosen = names.get(at.min(names.len().saturating_sub(1))).cloned();
        match self.pane {
            super::Pane::Retro => self.retro.selected = chosen,
            super::Pane::Sprint
            | super::Pane::Standup
            | super::Pane::Queue
            | super::Pane::Log
            | super::Pane::Ledger => {
                self.sprint.selected = chosen;
            }
        }
        let top = self.lines_top();
        match self.pane {
            super::Pane::Retro => self.retro.top = top,
            super::Pane::Sprint
            | super::Pane::Standup
            | super::Pane::Queue
            | super::Pane::Log
            | super::Pane::Ledger => self.sprint.top = top,
        }
    }

    /// Where the lines of sprint or retro stand, with one line above the first. The columns of the sprint have none.
    pub fn lines_area(&self) -> Rect {
        let body = self.screen.body;
        if self.pane != super::Pane::Retro && self.sprint.face == Face::Columns {
            return Rect::default();
        }
        let above = match (self.form, self.pane) {
            (Form::Grid, super::Pane::Retro) => headed(body.height) - 1,
            _ => 0,
        };
        let high = self.lines_rows().saturating_add(1);
        let room = body.height.saturating_sub(above);
        Rect {
            y: body.y + above,
            height: u16::try_from(high).unwrap_or(u16::MAX).min(room),
            ..body
        }
    }

    /// How many of them are shown.
    pub fn lines_rows(&self) -> usize {
        let (height, count) = (self.screen.body.height, self.named_lines().0.len());
        match (self.form, self.pane) {
            (Form::Grid, super::Pane::Retro) => shown(height, count),
            (Form::Grid, _) => lanes::rows(height, count),
            (Form::Lines, super::Pane::Retro) => usize::from(height.saturating_sub(1)),
            (Form::Lines, _) => lanes::lines(self),
        }
    }

    /// The first of them that is shown: the list stays where it is while the cursor is on it.
    pub fn lines_top(&self) -> usize {
        let (names, at) = self.named_lines();
        let (at, rows) = (at.unwrap_or_default(), self.lines_rows());
        let top = match self.pane {
            super::Pane::Retro => self.retro.top,
            _ => self.sprint.top,
        };
        match self.form {
            Form::Grid => layout::scrolled(top, at, rows, names.len()),
            Form::Lines => layout::paged(at, rows),
        }
    }

    /// Agents whose insights were not read as they stand, in the order of the lines.
    pub fn unread(&self) -> Vec<AgentId> {
        let Some(facts) = self.retro.facts.as_deref() else {
            return Vec::new();
        };
        let rows = retro::rows(facts).into_iter();
        rows.filter(|row| matches!(row.insight, retro::Insights::Unread(_)))
            .map(|row| row.agent)
            .collect()
    }

    pub fn line_agent(&self) -> Option<AgentId> {
        let (names, at) = self.named_lines();
        names.get(at?).cloned()
    }

    /// The week that has to be asked for, if any: another than was asked, or an hour went by.
    pub fn wanted_week(&self) -> Option<(Week, Ts)> {
        let (week, now) = (self.week(), self.now());
        let hour = now.hour_index();
        (self.retro.asked_for != Some((week, hour))).then_some((week, now))
    }
}
