//! The ledger: what is asked of it, what it answers, and the operation under the cursor.

use std::sync::Arc;

use crate::domain::log::LogFilter;
use crate::domain::ordered::Journal;
use crate::reader::Query;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Pane};
use crate::view::ledger;

use super::history;

/// The least that is read at once; three screens where that is more.
const LEAST: usize = 60;

/// Asks for the newest operations: after every snapshot while they are on the screen, and for more as the cursor comes near
/// the end of those that were read.
pub fn ask_for_missing(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.pane != Pane::Ledger {
        return;
    }
    let window = (usize::from(model.screen.body.height) * 3).max(LEAST);
    let rows = (model.ledger_cursor() / window + 2) * window;
    let filter = history::filter_of(model, Pane::Ledger);
    let wanted = (model.live.version, filter, rows);
    if model.ledger.asked_for.as_ref() == Some(&wanted) {
        return;
    }
    let (_, filter, rows) = wanted.clone();
    model.ledger.asked_for = Some(wanted);
    effects.push(Effect::Ask(Query::Ledger { filter, rows }));
}

/// An answer; one to a question that does not stand any more is dropped.
pub fn answered(model: &mut Model, filter: &LogFilter, journal: Journal) {
    let asked = model.ledger.asked_for.as_ref();
    if asked.is_some_and(|(_, wanted, _)| wanted == filter) {
        model.ledger.journal = Some(journal);
        let at = model.ledger_cursor();
        model.select_order(at);
    }
}

/// Something was ordered: the answer of before holds no more.
pub fn outdated(model: &mut Model) {
    model.ledger.asked_for = None;
}

/// The operation under the cursor in full.
pub fn rebuild(model: &mut Model) {
    let fleet = Arc::clone(model.fleet());
    let now = model.now();
    let Some(lines) = model.ordered().map(|one| ledger::about(one, &fleet, now)) else {
        model.ledger.sheet.clear();
        return;
    };
    let lines = model.fitted(lines, model.ledger_desk().detail.width, 10);
    let rows = model.sheet_rows();
    model.ledger.sheet.show(lines, rows);
    let at = model.ledger_cursor();
    model.select_order(at);
}
