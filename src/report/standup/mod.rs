//! The morning standup: who did what, who skipped what, who failed, who went quiet.

mod json;
mod markdown;
mod text;

pub use json::json;
pub use markdown::markdown;
pub use text::{MOST_ITEMS, text};

use crate::domain::fleet::Fleet;
use crate::domain::heartbeat::ItemClass;
use crate::domain::page::{FoldedItem, Items};
use crate::domain::text::plural;

/// Sums over all agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
struct Totals {
    agents: u32,
    runs: u32,
    #[serde(skip)]
    ok: u32,
    did: u32,
    skipped: u32,
    failed: u32,
    unaccounted: u32,
}

impl Totals {
    fn of(fleet: &Fleet) -> Self {
        let mut totals = Self {
            agents: fleet.agents.len() as u32,
            ..Self::default()
        };
        for agent in &fleet.agents {
            totals.runs += agent.runs.total();
            totals.did += agent.counts.did;
            totals.ok += agent.runs.ok;
            totals.skipped += agent.skipped();
            totals.failed += agent.failed();
            totals.unaccounted += agent.tally.unaccounted;
        }
        totals
    }

    /// `14 agents, 47 runs`; where no run names what it did, how many went well.
    fn who(&self) -> String {
        let (agents, runs) = (plural(self.agents, "agent"), plural(self.runs, "run"));
        if self.did == 0 && self.ok > 0 {
            return format!("{agents}, {runs}, {} of them ok", self.ok);
        }
        format!("{agents}, {runs}")
    }
}

/// Every source could be read.
pub fn is_complete(fleet: &Fleet) -> bool {
    fleet.health.blind.is_empty()
        && fleet.health.blind_since.is_none()
        && fleet.health.filling.is_none()
}

fn of_class(items: &Items, class: ItemClass) -> impl Iterator<Item = &FoldedItem> {
    items.list.iter().filter(move |item| item.class == class)
}

#[cfg(test)]
mod tests;
