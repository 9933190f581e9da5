//! The operations that were read of the ledger, and the one under the cursor.

use crate::domain::id::OpId;
use crate::domain::log::LogFilter;
use crate::domain::ordered::{Journal, Ordered};
use crate::ui::layout::{self, Form};

use super::{Model, Sheet};

#[derive(Debug, Default)]
pub struct LedgerList {
    /// Newest first; nothing before the first answer.
    pub journal: Option<Journal>,
    pub selected: Option<OpId>,
    pub top: usize,
    /// The operation under the cursor in full.
    pub sheet: Sheet,
    /// The snapshot, the filter and how many rows were last asked for.
    pub asked_for: Option<(u64, LogFilter, usize)>,
}

impl Model {
    pub fn orders(&self) -> &[Ordered] {
        let journal = self.ledger.journal.as_ref();
        journal.map_or(&[], |journal| journal.orders.as_slice())
    }

    /// The place of the cursor in the list.
    pub fn ledger_cursor(&self) -> usize {
        let selected = self.ledger.selected.as_ref();
        let place = selected.and_then(|op| self.orders().iter().position(|one| one.op == *op));
        place.unwrap_or(0)
    }

    /// The operation under the cursor.
    pub fn ordered(&self) -> Option<&Ordered> {
        self.orders().get(self.ledger_cursor())
    }

    /// Puts the cursor on a line, as near as there is one.
    pub fn select_order(&mut self, at: usize) {
        let count = self.orders().len();
        let at = at.min(count.saturating_sub(1));
        self.ledger.selected = self.orders().get(at).map(|one| one.op.clone());
        let rows = self.ledger_rows();
        self.ledger.top = layout::scrolled(self.ledger.top, at, rows, count);
    }

    /// The list and what is under its cursor.
    pub fn ledger_desk(&self) -> layout::Desk {
        if self.form == Form::Lines {
            return layout::Desk::in_turn(self.screen.body);
        }
        let lines = self.ledger.sheet.lines.len();
        layout::desk(self.screen.body, self.orders().len().max(1), lines)
    }

    /// Rows of the list on the screen.
    pub fn ledger_rows(&self) -> usize {
        usize::from(self.ledger_desk().list.height.saturating_sub(1))
    }
}
