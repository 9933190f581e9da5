//! Where the keys go, and what a command can know of it.

use crate::ui::command::{CommandId, Ctx, Place, Reason, find};
use crate::ui::update::{operate, retro, said};

use super::{Model, Overlay, Pane};

impl Model {
    /// Nothing lies over the panes and nothing is being typed: what arrives late may open.
    pub fn is_clear(&self) -> bool {
        self.overlay.is_none() && !self.filter().editing
    }

    /// Where the keys go.
    pub fn place(&self) -> Place {
        match &self.overlay {
            Some(Overlay::Palette { .. }) => Place::Palette,
            Some(Overlay::Help { .. } | Overlay::Why { .. } | Overlay::Report { .. }) => {
                Place::Reading
            }
            Some(Overlay::Choose { .. }) => Place::Menu,
            Some(Overlay::Preview(_)) => Place::Preview,
            Some(Overlay::Editor(_)) => Place::Editor,
            None if self.filter().editing => Place::Filter,
            None => self.base(),
        }
    }

    /// Where the keys go beneath all overlays.
    pub fn base(&self) -> Place {
        if self.walk.is_some() {
            return Place::Walk;
        }
        if self.reading.is_some() {
            return Place::Insights;
        }
        match self.pane {
            Pane::Standup if self.page.sheet.focused => Place::Detail,
            Pane::Queue if self.queue.sheet.focused => Place::Detail,
            Pane::Retro if self.retro.sheet.focused => Place::WeekPage,
            Pane::Ledger if self.ledger.sheet.focused => Place::Detail,
            Pane::Standup => Place::Standup,
            Pane::Sprint => Place::Sprint,
            Pane::Retro => Place::Retro,
            Pane::Queue => Place::Queue,
            Pane::Log => Place::Log,
            Pane::Ledger => Place::Ledger,
        }
    }

    pub fn ctx(&self, place: Place) -> Ctx {
        let rows = match place {
            Place::Standup | Place::Filter => self.standup.items.len(),
            Place::Queue => self.queue.items.len(),
            Place::Sprint | Place::Retro => self.named_lines().0.len(),
            Place::Walk => self.walk.as_ref().map_or(0, |walk| walk.stops.len()),
            Place::Insights => self.reading.as_ref().map_or(0, |one| one.agents.len()),
            Place::Detail | Place::WeekPage => self.sheet().lines.len(),
            Place::Log => self.log.folds.len(),
            Place::Ledger => self.orders().len(),
            Place::Menu => match &self.overlay {
                Some(Overlay::Choose { choices, .. }) => choices.len(),
                _ => 0,
            },
            Place::Reading | Place::Palette | Place::Preview | Place::Editor => 0,
        };
        Ctx {
            place,
            rows,
            agent: self.subject().is_some(),
            written: self.locus().is_some(),
            opens: self.sheet().line().is_some_and(|line| line.opens.is_some()),
            troubled: self.jumps(),
            cases: said::cases(self).len() + retro::cases(self),
            lost: said::lost(self).is_some(),
            calls: self.calls.count,
            past: self.past.is_some(),
            frozen: self.frozen.is_some(),
            stopped: self.stopped.is_some(),
            undoable: if self.pane == Pane::Ledger && self.walk.is_none() {
                self.ordered().is_some()
            } else {
                self.undo.is_some() || self.former_mark.is_some()
            },
            targets: operate::targets(self).len(),
            mode: self.mode,
        }
    }

    pub fn enabled(&self, id: CommandId, place: Place) -> Result<(), Reason> {
        (find(id).enabled)(&self.ctx(place))
    }

    /// How many findings `n` can go to from here.
    fn jumps(&self) -> usize {
        if let Some(walk) = &self.walk {
            return walk.stops.len();
        }
        match self.pane {
            Pane::Standup => self.troubled().count(),
            Pane::Sprint | Pane::Ledger => 0,
            Pane::Retro => self.unread().len(),
            Pane::Queue => self.queue.order.len(),
            Pane::Log => self.log.folds.len(),
        }
    }
}
