//! The lines of the queue, in an order that stays once the operator has begun to move, and the one under the cursor.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::fleet::Fleet;
use crate::domain::id::{AgentId, TaskId};
use crate::ui::layout::{self, Form};
use crate::view::queue::{self, Cause, Group, Queue, Waiting};

use super::{Folding, Model, Pane, Sheet};

/// One line, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    Call(Cause),
    Waiting(AgentId, TaskId),
    /// So many are set aside and not shown.
    Fold(usize),
    Aside(Cause),
}

#[derive(Debug)]
pub struct QueueList {
    /// Every cause that calls, in the order of the list.
    pub order: Vec<Cause>,
    pub items: Vec<Entry>,
    pub selected: Option<Entry>,
    /// Where that stood: what follows takes its place when it is gone.
    pub at: usize,
    pub top: usize,
    /// Whether what is set aside is folded into one line.
    pub aside: Folding,
    /// The case under the cursor in full.
    pub sheet: Sheet,
    pub marked: HashSet<Cause>,
    /// Another board came since its lines were found.
    pub outdated: bool,
}

impl Default for QueueList {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            items: Vec::new(),
            selected: None,
            at: 0,
            top: 0,
            aside: Folding::WhereNeeded,
            sheet: Sheet::default(),
            marked: HashSet::new(),
            outdated: true,
        }
    }
}

/// What an entry stands for on the board that is shown.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    Group(Group<'a>),
    Waiting(Waiting<'a>),
}

impl Model {
    /// Finds the lines again on another board, with another filter or another moment.
    pub fn requeue(&mut self) {
        self.queue.outdated = false;
        let fleet = Arc::clone(self.fleet());
        let now = self.now();
        let queue = queue::queue(&fleet, now);
        self.reorder(&queue);
        let filter = &self.filters[Pane::Queue as usize].filter;
        let fits = |group: &Group<'_>| filter.matches_group(group, &fleet, now);
        let shown: HashSet<&Cause> = queue
            .calls
            .iter()
            .filter(|group| fits(group))
            .map(|group| &group.cause)
            .collect();
        let calls = self
            .queue
            .order
            .iter()
            .filter(|cause| shown.contains(cause));
        let mut items: Vec<Entry> = calls.cloned().map(Entry::Call).collect();
        let waiting = queue
            .waiting
            .iter()
            .filter(|waiting| filter.matches(waiting.agent, now));
        items.extend(
            waiting
                .map(|waiting| Entry::Waiting(waiting.agent.id.clone(), waiting.task.id.clone())),
        );
        let aside: Vec<&Group<'_>> = queue.aside.iter().filter(|group| fits(group)).collect();
        if self.queue.aside == Folding::Never {
            items.extend(aside.iter().map(|group| Entry::Aside(group.cause.clone())));
        } else if !aside.is_empty() {
            items.push(Entry::Fold(aside.len()));
        }
        self.queue.marked.retain(|cause| shown.contains(cause));
        self.queue.items = items;
        self.reselect_entry();
    }

    fn reorder(&mut self, queue: &Queue<'_>) {
        let natural = || queue.calls.iter().map(|group| group.cause.clone());
        if !self.standup.settled {
            self.queue.order = natural().collect();
            return;
        }
        let stands: HashSet<&Cause> = queue.calls.iter().map(|group| &group.cause).collect();
        self.queue.order.retain(|cause| stands.contains(cause));
        let known: HashSet<Cause> = self.queue.order.iter().cloned().collect();
        self.queue
            .order
            .extend(natural().filter(|cause| !known.contains(cause)));
    }

    /// Where the selected line went, the one that took its place is selected.
    fn reselect_entry(&mut self) {
        let place = self.entry_at();
        let at = place.unwrap_or_else(|| {
            let fold = self
                .queue
                .items
                .iter()
                .position(|item| matches!(item, Entry::Fold(_)));
            match (&self.queue.selected, fold) {
                (Some(Entry::Fold(_) | Entry::Aside(_)), Some(at)) => at,
                _ => self.queue.at,
            }
        });
        self.select_entry(if self.standup.settled { at } else { 0 });
    }

    fn entry_at(&self) -> Option<usize> {
        let selected = self.queue.selected.as_ref()?;
        self.queue.items.iter().position(|item| item == selected)
    }

    /// The place of the cursor in the list.
    pub fn queue_cursor(&self) -> usize {
        self.entry_at().unwrap_or(0)
    }

    /// Puts the cursor on a line, as near as there is one.
    pub fn select_entry(&mut self, at: usize) {
        let last = self.queue.items.len().saturating_sub(1);
        let at = at.min(last);
        let rows = self.queue_rows();
        let queue = &mut self.queue;
        queue.selected = queue.items.get(at).cloned();
        queue.at = at;
        queue.top = layout::scrolled(queue.top, at, rows, queue.items.len());
    }

    /// Rows of the list on the screen.
    pub fn queue_rows(&self) -> usize {
        usize::from(self.desk().list.height.saturating_sub(1))
    }

    pub fn desk(&self) -> layout::Desk {
        if self.form == Form::Lines {
            return layout::Desk::in_turn(self.screen.body);
        }
        layout::desk(
            self.screen.body,
            self.queue.items.len(),
            self.queue.sheet.lines.len(),
        )
    }

    /// What a line stands for on the board that is shown.
    pub fn found<'a>(&self, fleet: &'a Fleet, entry: &Entry) -> Option<Found<'a>> {
        let queue = queue::queue(fleet, self.now());
        found_in(queue, entry)
    }
}

/// What a line of this queue stands for.
pub fn found_in<'a>(queue: Queue<'a>, entry: &Entry) -> Option<Found<'a>> {
    let group = |groups: Vec<Group<'a>>, cause: &Cause| {
        let mut groups = groups.into_iter();
        groups.find(|group| group.cause == *cause).map(Found::Group)
    };
    match entry {
        Entry::Call(cause) => group(queue.calls, cause),
        Entry::Aside(cause) => group(queue.aside, cause),
        Entry::Waiting(agent, task) => {
            let mut waiting = queue.waiting.into_iter();
            let same = |one: &Waiting<'_>| one.agent.id == *agent && one.task.id == *task;
            waiting.find(same).map(Found::Waiting)
        }
        Entry::Fold(_) => None,
    }
}
