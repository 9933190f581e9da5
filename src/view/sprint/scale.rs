//! An axis of time, cell by cell.

use crate::domain::time::{Span, Ts, Zone};

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
