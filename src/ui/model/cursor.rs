//! What is under the cursor: the agent or the task it is about, and where it is written.

use crate::domain::id::{AgentId, Locus};
use crate::ui::command::Place;
use crate::view::agent::{Line, Target};
use crate::view::pulse;

use super::{Model, Pane, Sheet};

impl Model {
    /// The agent that commands act on: the list's, or that of the log's line.
    pub fn subject(&self) -> Option<&AgentId> {
        if self.walk.is_some() {
            let opens = self
                .walk_lines()
                .iter()
                .find_map(|line| line.opens.as_ref())?;
            return self
                .index
                .contains_key(&opens.agent)
                .then_some(&opens.agent);
        }
        if let Some(reading) = &self.reading {
            return reading.agent().filter(|id| self.index.contains_key(*id));
        }
        match self.pane {
            Pane::Standup => self.selected_agent(),
            Pane::Sprint | Pane::Retro => {
                let id = self.line_agent()?;
                self.index.get_key_value(&id).map(|(id, _)| id)
            }
            Pane::Queue => self.queue_agent(),
            Pane::Log => self
                .log_row()
                .map(|row| &row.agent)
                .filter(|id| self.index.contains_key(*id)),
            Pane::Ledger => self
                .ordered()
                .map(|one| &one.agent)
                .filter(|id| self.index.contains_key(*id)),
        }
    }

    /// Where the thing under the cursor is written.
    pub fn locus(&self) -> Option<Locus> {
        match self.base() {
            Place::Walk => self.walk_lines().iter().find_map(|line| line.locus),
            Place::Log => self.log_row().map(|row| row.locus),
            Place::Detail | Place::WeekPage => self.sheet().line().and_then(|line| line.locus),
            Place::Queue => {
                let mut lines = self.queue.sheet.lines.iter();
                lines.find_map(|line| line.locus)
            }
            Place::Retro | Place::Insights | Place::Ledger => None,
            Place::Sprint => {
                let agent = self.line_agent()?;
                self.agent(&agent)?.headline_locus
            }
            Place::Standup
            | Place::Reading
            | Place::Menu
            | Place::Palette
            | Place::Filter
            | Place::Preview
            | Place::Editor => {
                let agent = self.agent(self.selected_agent()?)?;
                let finding = pulse::lead_of(self.fleet(), agent, self.now());
                let proof = finding.and_then(|finding| finding.evidence.first());
                proof
                    .map(|proof| proof.locus)
                    .or(agent.headline_locus)
                    .or(agent.last_locus)
            }
        }
    }

    fn walk_lines(&self) -> &[Line] {
        self.walk.as_ref().map_or(&[], |walk| walk.lines.as_slice())
    }

    /// The lines that are read beside or beneath the list of this pane.
    pub fn sheet(&self) -> &Sheet {
        match self.pane {
            Pane::Queue => &self.queue.sheet,
            Pane::Ledger => &self.ledger.sheet,
            Pane::Retro => &self.retro.sheet,
            Pane::Standup | Pane::Sprint | Pane::Log => &self.page.sheet,
        }
    }

    pub fn sheet_mut(&mut self) -> &mut Sheet {
        match self.pane {
            Pane::Queue => &mut self.queue.sheet,
            Pane::Ledger => &mut self.ledger.sheet,
            Pane::Retro => &mut self.retro.sheet,
            Pane::Standup | Pane::Sprint | Pane::Log => &mut self.page.sheet,
        }
    }

    /// Lines of it on the screen.
    pub fn sheet_rows(&self) -> usize {
        let area = match self.pane {
            Pane::Queue => self.desk().detail,
            Pane::Ledger => self.ledger_desk().detail,
            Pane::Retro => self.retro_desk().detail,
            Pane::Standup | Pane::Sprint | Pane::Log => self.page_area(),
        };
        usize::from(area.height.saturating_sub(1))
    }

    /// The agent that the line of the queue under the cursor is about.
    fn queue_agent(&self) -> Option<&AgentId> {
        let opens = self
            .queue
            .sheet
            .lines
            .iter()
            .find_map(|line| line.opens.as_ref())?;
        self.index
            .contains_key(&opens.agent)
            .then_some(&opens.agent)
    }

    /// What the thing under the cursor is about: a task where it is about one.
    pub fn target(&self) -> Option<Target> {
        let whole = |agent: &AgentId| Target {
            agent: agent.clone(),
            task: None,
        };
        if self.walk.is_some() {
            let mut lines = self.walk_lines().iter();
            return lines.find_map(|line| line.opens.clone());
        }
        if self.reading.is_some() {
            return self.subject().map(whole);
        }
        match self.pane {
            Pane::Queue => {
                let sheet = &self.queue.sheet;
                let own = sheet.line().filter(|_| sheet.focused);
                let opens = own.and_then(|line| line.opens.as_ref());
                let first = || sheet.lines.iter().find_map(|line| line.opens.as_ref());
                opens.or_else(first).cloned()
            }
            Pane::Sprint | Pane::Retro => self.subject().map(whole),
            Pane::Ledger => {
                let task = self.ordered().and_then(|one| one.task.clone());
                self.subject().map(|agent| Target {
                    task,
                    ..whole(agent)
                })
            }
            Pane::Standup => {
                let agent = self.selected_agent()?;
                let own = self.page.sheet.line().filter(|_| self.page.sheet.focused);
                let task = self.page.task.clone();
                let task = task.or_else(|| own?.opens.as_ref()?.task.clone());
                Some(Target {
                    task,
                    ..whole(agent)
                })
            }
            Pane::Log => {
                let row = self.log_row()?;
                let known = self.index.contains_key(&row.agent);
                known.then(|| Target {
                    agent: row.agent.clone(),
                    task: None,
                })
            }
        }
    }
}
