//! The queue under the cursor: the case in full, marks, and jumping from one line to the next.

use std::sync::Arc;

use crate::ui::model::{Entry, Folding, Found, Model};
use crate::view::queue;

use super::act::Direction;

pub fn rebuild(model: &mut Model) {
    let fleet = Arc::clone(model.fleet());
    let entry = model.queue.selected.clone();
    let found = entry.as_ref().and_then(|entry| model.found(&fleet, entry));
    let now = model.now();
    let here = super::offers::subject(model);
    let offers = model.offers.about(here.as_ref());
    let lines = match found {
        Some(Found::Group(group)) => queue::about(&group, offers, &fleet, now),
        Some(Found::Waiting(waiting)) => queue::waiting_for(&waiting, &fleet, now),
        None => Vec::new(),
    };
    if lines.is_empty() {
        model.queue.sheet.clear();
        return;
    }
    let lines = model.fitted(lines, model.desk().detail.width, 10);
    let rows = model.sheet_rows();
    model.queue.sheet.show(lines, rows);
}

pub fn open(model: &mut Model) {
    match &model.queue.selected {
        Some(Entry::Fold(_)) => {
            model.queue.aside = Folding::Never;
            let at = model.queue_cursor();
            model.requeue();
            model.select_entry(at);
        }
        Some(Entry::Call(_) | Entry::Waiting(..) | Entry::Aside(_)) => model.queue.sheet.focus(),
        None => {}
    }
}

/// The next line that calls, around the end.
pub fn jump(model: &mut Model, direction: Direction) {
    let calls: Vec<usize> = model
        .queue
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| matches!(item, Entry::Call(_)))
        .map(|(at, _)| at)
        .collect();
    let here = model.queue_cursor();
    let next = match direction {
        Direction::Forward => calls.iter().find(|at| **at > here).or(calls.first()),
        Direction::Back => calls.iter().rev().find(|at| **at < here).or(calls.last()),
    };
    if let Some(at) = next {
        model.select_entry(*at);
    }
}

/// Marks the line or takes its mark away, and goes on.
pub fn mark(model: &mut Model) {
    if let Some(Entry::Call(cause)) = model.queue.selected.clone()
        && !model.queue.marked.remove(&cause)
    {
        model.queue.marked.insert(cause);
    }
    let at = model.queue_cursor();
    model.select_entry(at + 1);
}

pub fn mark_all(model: &mut Model) {
    let shown = model.queue.items.iter().filter_map(|item| match item {
        Entry::Call(cause) => Some(cause.clone()),
        Entry::Waiting(..) | Entry::Fold(_) | Entry::Aside(_) => None,
    });
    let shown: std::collections::HashSet<_> = shown.collect();
    let all = shown == model.queue.marked;
    model.queue.marked = if all {
        std::collections::HashSet::new()
    } else {
        shown
    };
}
