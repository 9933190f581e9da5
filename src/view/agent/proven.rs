//! What was skipped as already done, with what shows it.

use crate::domain::fleet::AgentView;
use crate::domain::time::{Ts, Zone};
use crate::view::{Mark, standup};

use super::Line;

pub(super) fn proven(agent: &AgentView, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
    if agent.proven.is_empty() {
        return;
    }
    lines.push(Line::section("already done, and what shows it"));
    for one in &agent.proven {
        let when = one.proof.at;
        let when = when.map_or_else(String::new, |at| {
            format!(" {}", standup::clock(at, now, zone))
        });
        let text = format!("{}: {}{when}", one.what.shown_within(48), one.proof.shown());
        let skipped = Line::entry(Mark::Skip, standup::clock(one.at, now, zone), text);
        lines.push(skipped.found_at(Some(one.skip), Some(one.at)));
        if let Some(place) = &one.place {
            let text = format!("{}:{}", place.file, place.locus.line);
            lines.push(Line::fact("proof", text).found_at(Some(place.locus), one.proof.at));
        }
    }
}
