//! The list of the board: which rows there are, in which order, and where the cursor stands.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::fleet::{AgentView, Fleet, RowState};
use crate::domain::id::AgentId;
use crate::ui::layout::{self, Board, Form, Progress, Wants};
use crate::ui::pane;
use crate::view::standup;

use super::{Calls, Model, Pane};

/// One line of the standup list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Agent(AgentId),
    /// Healthy rows in one line.
    Fold(Vec<AgentId>),
}

/// What is under the cursor, by name: nothing moves under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    Agent(AgentId),
    Fold,
}

/// Whether healthy rows may be folded into one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Folding {
    #[default]
    WhereNeeded,
    Never,
}

#[derive(Debug, Default)]
pub struct Standup {
    /// Every agent of the fleet, in the order of the list.
    pub order: Vec<AgentId>,
    pub marked: HashSet<AgentId>,
    /// The operator has begun to move: rows stay where they are.
    pub settled: bool,
    pub items: Vec<Item>,
    pub selected: Option<Selected>,
    pub top: usize,
    pub folding: Folding,
    /// Widest name, in columns.
    pub name_width: usize,
    /// Widest plan, in columns: one form for all rows, as wide as it must be.
    pub plan_width: u16,
}

impl Model {
    pub fn selected_agent(&self) -> Option<&AgentId> {
        match &self.standup.selected {
            Some(Selected::Agent(id)) => Some(id),
            Some(Selected::Fold) | None => None,
        }
    }

    /// Agents in trouble, in the order of the list.
    pub fn troubled(&self) -> impl Iterator<Item = &AgentId> {
        self.standup
            .order
            .iter()
            .filter(|id| self.agent(id).is_some_and(|agent| agent.row.is_trouble()))
    }

    /// Lays the same views out in another way.
    pub fn reform(&mut self, form: Form) {
        self.form = form;
        self.board_changed();
    }

    /// Another board is on the screen: find everything again by name.
    pub fn board_changed(&mut self) {
        let fleet = Arc::clone(self.fleet());
        let places = || fleet.agents.iter().zip(0..);
        let is_known = |(agent, at): (&Arc<AgentView>, usize)| {
            self.index.get(&agent.id).is_some_and(|known| *known == at)
        };
        // Agents seldom come or go.
        if self.index.len() != fleet.agents.len() || !places().all(is_known) {
            let places = places().map(|(agent, at)| (agent.id.clone(), at));
            self.index = places.collect();
        }
        self.order(&fleet);
        let widest = fleet
            .agents
            .iter()
            .map(|agent| agent.id.as_str().len())
            .max();
        self.standup.name_width = widest.unwrap_or(0).clamp(5, 32);
        self.news
            .retain(|id| fleet.agent(id).is_some_and(|agent| agent.row.is_trouble()));
        self.standup.marked.retain(|id| self.index.contains_key(id));
        self.relist();
        // Who hears the screen keeps the order in mind: once everything is read, it stays.
        let read = fleet.settled && fleet.health.filling.is_none() && !fleet.agents.is_empty();
        self.standup.settled |= self.form == Form::Lines && read;
    }

    /// Rows stay where they are once the operator has begun to move; agents that are new come last, worst first.
    fn order(&mut self, fleet: &Fleet) {
        let ranked = standup::ranked(fleet);
        if !self.standup.settled {
            self.standup.order = ranked;
            return;
        }
        let mut order = std::mem::take(&mut self.standup.order);
        order.retain(|id| self.index.contains_key(id));
        if order.len() < ranked.len() {
            let known: HashSet<&AgentId> = order.iter().collect();
            let new: Vec<AgentId> = ranked
                .iter()
                .filter(|id| !known.contains(id))
                .cloned()
                .collect();
            order.extend(new);
        }
        self.standup.order = order;
    }

    /// Lays the screen out and builds the list: after a new board, another size, another filter.
    pub fn relist(&mut self) {
        let fleet = Arc::clone(self.fleet());
        let filling = if fleet.health.filling.is_some() {
            Progress::Shown
        } else {
            Progress::Hidden
        };
        self.screen = match self.form {
            Form::Grid => layout::screen(self.size.0, self.size.1, filling),
            Form::Lines => layout::lines(self.size.0, self.size.1),
        };
        let now = self.now();
        self.calls = Calls::of(&fleet, now, usize::from(self.size.1), Some(&self.calls));
        let filter = &self.filters[Pane::Standup as usize].filter;
        let kept: Vec<(&AgentId, RowState)> = self
            .standup
            .order
            .iter()
            .filter_map(|id| {
                let agent = fleet.agents.get(*self.index.get(id)?)?;
                filter.matches(agent, now).then_some((id, agent.row))
            })
            .collect();
        let stay = kept
            .iter()
            .filter(|(_, row)| !standup::foldable(*row))
            .count();
        let foldable = kept.len() - stay;
        let least = stay + usize::from(foldable > 0);
        let wants = |calls| Wants {
            rows: kept.len(),
            least,
            calls,
        };
        self.board = match self.form {
            // What is said instead of a list wants the room.
            Form::Grid if fleet.agents.is_empty() => Board {
                list: self.screen.body,
                ..Board::default()
            },
            Form::Grid => {
                layout::board(self.screen.body, wants(pane::standup::wanted_digest(self)))
            }
            Form::Lines => Board {
                list: self.screen.body,
                ..Board::default()
            },
        };
        let room = self.board.rows();
        let all = self.standup.folding == Folding::Never
            || kept.len() <= room
            || foldable < 2
            || !filter.is_empty();
        let open = if all {
            foldable
        } else {
            room.saturating_sub(stay + 1).min(foldable)
        };
        self.standup.items = fold(&kept, open, self.selected_agent());
        self.standup.plan_width = self.widest_plan();
        self.reselect();
        // Nobody sees the queue from another pane: it is put in order when its pane is.
        self.queue.outdated = true;
        if self.pane == Pane::Queue {
            self.requeue();
        }
    }

    fn widest_plan(&self) -> u16 {
        let views = |ids: &[AgentId]| {
            let agents = ids.iter().filter_map(|id| self.agent(id));
            standup::plan_width(agents.map(AsRef::as_ref))
        };
        let plans = self.standup.items.iter().map(|item| match item {
            Item::Agent(id) => views(std::slice::from_ref(id)),
            Item::Fold(ids) => views(ids),
        });
        plans.max().unwrap_or(0) as u16
    }

    fn reselect(&mut self) {
        let found = self
            .standup
            .selected
            .as_ref()
            .is_some_and(|selected| self.position(selected).is_some());
        if !found {
            let hidden =
                matches!(&self.standup.selected, Some(Selected::Agent(id)) if self.folded(id));
            self.standup.selected = if hidden {
                Some(Selected::Fold)
            } else {
                self.standup.items.first().map(select)
            };
        }
        if !self.standup.settled {
            self.standup.selected = self.standup.items.first().map(select);
        }
        let at = self.cursor();
        self.standup.top = layout::scrolled(
            self.standup.top,
            at,
            self.board.rows(),
            self.standup.items.len(),
        );
    }

    fn folded(&self, id: &AgentId) -> bool {
        self.standup
            .items
            .iter()
            .any(|item| matches!(item, Item::Fold(ids) if ids.contains(id)))
    }

    fn position(&self, selected: &Selected) -> Option<usize> {
        self.standup
            .items
            .iter()
            .position(|item| match (item, selected) {
                (Item::Agent(id), Selected::Agent(wanted)) => id == wanted,
                (Item::Fold(_), Selected::Fold) => true,
                (Item::Agent(_), Selected::Fold) | (Item::Fold(_), Selected::Agent(_)) => false,
            })
    }

    /// The place of the cursor in the list.
    pub fn cursor(&self) -> usize {
        self.standup
            .selected
            .as_ref()
            .and_then(|selected| self.position(selected))
            .unwrap_or(0)
    }

    /// Puts the cursor on a place of the list, as near as there is one.
    pub fn select(&mut self, at: usize) {
        let last = self.standup.items.len().saturating_sub(1);
        let at = at.min(last);
        self.standup.selected = self.standup.items.get(at).map(select);
        self.standup.top = layout::scrolled(
            self.standup.top,
            at,
            self.board.rows(),
            self.standup.items.len(),
        );
    }

    /// Puts the cursor on an agent wherever it is, out of the fold if need be.
    pub fn select_agent(&mut self, id: &AgentId) {
        self.standup.selected = Some(Selected::Agent(id.clone()));
        self.relist();
    }
}

fn select(item: &Item) -> Selected {
    match item {
        Item::Agent(id) => Selected::Agent(id.clone()),
        Item::Fold(_) => Selected::Fold,
    }
}

/// Rows in order; of the healthy ones the first `open` stay, and the one under the cursor. The others become the last line.
fn fold(kept: &[(&AgentId, RowState)], open: usize, selected: Option<&AgentId>) -> Vec<Item> {
    let healthy = kept.iter().filter(|(_, row)| standup::foldable(*row));
    let place = selected.and_then(|id| healthy.clone().position(|(other, _)| *other == id));
    let open = if place.is_some_and(|place| place >= open) {
        open.saturating_sub(1)
    } else {
        open
    };
    let mut items = Vec::with_capacity(kept.len());
    let mut hidden = Vec::new();
    let mut open = open;
    for (id, row) in kept {
        if standup::foldable(*row) {
            if open == 0 && selected != Some(*id) {
                hidden.push((*id).clone());
                continue;
            }
            open = open.saturating_sub(1);
        }
        items.push(Item::Agent((*id).clone()));
    }
    if !hidden.is_empty() {
        items.push(Item::Fold(hidden));
    }
    items
}
