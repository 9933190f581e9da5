//! What was skipped as already done, with what shows it.

use crate::domain::fleet::AgentView;
use crate::domain::id::TaskId;
use crate::domain::time::{Ts, Zone};
use crate::view::Mark;

use super::Line;

/// Of all its tasks, or of one.
pub fn proven(
    agent: &AgentView,
    task: Option<&TaskId>,
    now: Ts,
    zone: Zone,
    lines: &mut Vec<Line>,
) {
    let of_task = |own: Option<&TaskId>| task.is_none() || own == task;
    let mut shown = agent.proven.iter().filter(|one| of_task(one.task.as_ref()));
    let Some(first) = shown.next() else { return };
    lines.push(Line::section("already done, and what shows it"));
    for one in std::iter::once(first).chain(shown) {
        let when = one.proof.at;
        let when = when.map_or_else(String::new, |at| format!(" {}", zone.told(at, now)));
        let text = format!("{}: {}{when}", one.what.shown_within(48), one.proof.shown());
        let skipped = Line::entry(Mark::Skip, zone.told(one.at, now), text);
        lines.push(skipped.found_at(Some(one.skip), Some(one.at)));
        if let Some(place) = &one.place {
            let text = format!("{}:{}", place.file, place.locus.line);
            lines.push(Line::fact("proof", text).found_at(Some(place.locus), one.proof.at));
        }
    }
}
