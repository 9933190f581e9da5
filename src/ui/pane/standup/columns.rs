//! Which columns a width has room for, and where they stand.

use crate::ui::widget::Align;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    State,
    /// How long the trouble lasts; for healthy rows the age of the last beat, where that has no column of its own.
    Age,
    Last,
    Next,
    Did,
    Skipped,
    Failed,
    Plan,
    /// The last 24 hours, one cell an hour.
    Strip,
    Happened,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) column: Column,
    pub(super) x: u16,
    pub(super) width: u16,
    pub(super) align: Align,
}

/// The columns that fit into a width, with their places.
pub(super) struct Columns {
    pub(super) name: u16,
    pub(super) places: Vec<Place>,
}

const LEAST_STORY: u16 = 18;

impl Columns {
    pub(super) fn new(width: u16, widest_name: usize, widest_plan: u16) -> Self {
        let most = match width {
            0..50 => 12,
            50..90 => 13,
            _ => 20,
        };
        let name = (widest_name as u16)
            .clamp(5, most)
            .min(width.saturating_sub(3));
        let chosen = chosen(width, name + 4, widest_plan.clamp(5, 7));
        let mut x = name + 4;
        let mut places = Vec::new();
        for (column, wide, align) in chosen {
            places.push(Place {
                column,
                x,
                width: wide,
                align,
            });
            x += wide + 1;
        }
        let story = x + 1;
        if story + LEAST_STORY <= width {
            places.push(Place {
                column: Column::Happened,
                x: story,
                width: width - story,
                align: Align::Left,
            });
        }
        Self { name, places }
    }

    /// Room for the name of a folded line: up to the first column it fills.
    pub(super) fn fold(&self) -> u16 {
        let empty = [Column::State, Column::Age, Column::Last, Column::Next];
        let first = self
            .places
            .iter()
            .find(|place| !empty.contains(&place.column));
        let most = first.map_or(self.name + 12, |place| place.x.saturating_sub(4));
        most.max(self.name)
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.places.iter().any(|place| place.column == column)
    }
}

/// Columns before the story, from left to right: those that matter most are chosen first, as long as they fit behind
/// `used` columns.
fn chosen(width: u16, used: u16, plan_width: u16) -> Vec<(Column, u16, Align)> {
    let mut room = (width + 1).saturating_sub(used + 12);
    let mut fits = |wide: u16| {
        let fits = room >= wide;
        room -= if fits { wide } else { 0 };
        fits
    };
    let (counts, plan, next) = (fits(15), fits(plan_width + 1), fits(6));
    let strip = width >= 120 && fits(25);
    let last = (width >= 96 || room < LEAST_STORY + 2) && room >= 5;
    let all = [
        (true, Column::State, 6, Align::Left),
        (true, Column::Age, 4, Align::Right),
        (last, Column::Last, 4, Align::Right),
        (next, Column::Next, 5, Align::Left),
        (counts, Column::Did, 4, Align::Right),
        (counts, Column::Skipped, 4, Align::Right),
        (counts, Column::Failed, 4, Align::Right),
        (plan, Column::Plan, plan_width, Align::Right),
        (strip, Column::Strip, 24, Align::Left),
    ];
    let taken = all.into_iter().filter(|(taken, ..)| *taken);
    taken
        .map(|(_, column, wide, align)| (column, wide, align))
        .collect()
}

pub(super) fn heading(column: Column) -> &'static str {
    match column {
        Column::State => "state",
        Column::Age => "for",
        Column::Last => "last",
        Column::Next => "next",
        Column::Did => "did",
        Column::Skipped => "skip",
        Column::Failed => "fail",
        Column::Plan => "plan",
        Column::Strip => "24 hours",
        Column::Happened => "what happened",
    }
}
