//! Everything known about one agent, in reading order: what is wrong, today's tasks, what happened, why, the files.

mod files;
mod line;
mod locks;
mod numbers;
mod proven;
mod task;
mod tasks;
mod why;

use crate::domain::finding::Finding;
use crate::domain::fleet::{AgentView, Event, Fleet};
use crate::domain::log::LogRow;
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts, Zone};

use super::{digest, log, standup};

pub use files::bytes;
pub use line::{Kind, Line, Target, wrapped};
pub use proven::proven;
pub use task::{Known, task_lines, task_page, task_title};
pub use why::{why, why_task};

use files::files;
use numbers::numbers;
use tasks::tasks;
use why::reasons;

/// So much of what happened stands before the reasons and the files; the rest comes last.
const LATEST: usize = 12;

/// The whole page. `timeline` is the newest part of the agent's log, oldest first; until it is there, the events of the
/// snapshot stand in.
pub fn page(fleet: &Fleet, agent: &AgentView, timeline: Option<&[LogRow]>, now: Ts) -> Vec<Line> {
    let zone = fleet.zone();
    let mut lines = Vec::new();
    trouble(fleet, agent, now, &mut lines);
    numbers(fleet, agent, now, &mut lines);
    tasks(agent, now, zone, &mut lines);
    locks::locks(fleet, agent, now, &mut lines);
    proven(agent, None, now, zone, &mut lines);
    let mut story = happened(agent, timeline, now, zone);
    let earlier = story.split_off(story.len().min(LATEST));
    lines.push(Line::section("what happened"));
    lines.extend(story);
    reasons(agent, now, zone, &mut lines);
    files(agent, now, &mut lines);
    if !earlier.is_empty() {
        lines.push(Line::section("earlier"));
        lines.extend(earlier);
    }
    lines
}

/// The title of the page: `publisher  fail 1h08`.
pub fn title(agent: &AgentView, now: Ts) -> String {
    let row = standup::row(agent, now, agent.zone.value);
    [row.name.as_str(), row.word, row.lasting.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What speaks for the agent first, then the others as they come: worst first.
pub fn own<'a>(fleet: &'a Fleet, agent: &'a AgentView) -> Vec<&'a Finding> {
    let mut own: Vec<&Finding> = fleet
        .findings
        .iter()
        .map(AsRef::as_ref)
        .filter(|finding| finding.agent == agent.id)
        .collect();
    let lead = agent.row.lead(own.iter().copied());
    own.sort_by_key(|finding| !lead.is_some_and(|lead| std::ptr::eq(lead, *finding)));
    own
}

fn trouble(fleet: &Fleet, agent: &AgentView, now: Ts, lines: &mut Vec<Line>) {
    for finding in own(fleet, agent) {
        let proof = finding.evidence.first();
        let age = Age::at(now, finding.since).to_string();
        lines.push(
            Line::entry(
                digest::mark(finding, Some(agent.row)),
                age,
                clean(&finding.sentence),
            )
            .found_at(proof.map(|proof| proof.locus), Some(finding.since))
            .about(&agent.id, finding.task.as_ref()),
        );
        if let Some(proof) = proof {
            let place = format!("{}:{}", proof.file, proof.locus.line);
            lines.push(Line::more(place).found_at(Some(proof.locus), Some(finding.since)));
        }
    }
}

/// Newest first.
fn happened(agent: &AgentView, timeline: Option<&[LogRow]>, now: Ts, zone: Zone) -> Vec<Line> {
    let Some(rows) = timeline.filter(|rows| !rows.is_empty()) else {
        return agent
            .events
            .iter()
            .map(|event| told(event, now, zone))
            .collect();
    };
    let folds = log::fold(rows);
    let lines = folds.iter().rev().map(|fold| {
        let row = &rows[fold.last];
        let line = log::line(row, fold.count, zone);
        let task = line.task;
        let colon = if task.is_empty() { "" } else { ": " };
        let gap = if line.times.is_empty() { "" } else { " " };
        let text = format!("{task}{colon}{}{gap}{}", line.text, line.times);
        Line::entry(line.mark, zone.told(row.at, now), text).found_at(Some(row.locus), Some(row.at))
    });
    lines.collect()
}

fn told(event: &Event, now: Ts, zone: Zone) -> Line {
    let happening = standup::happening(event, now, zone);
    Line::entry(happening.mark, happening.time, happening.text)
        .found_at(happening.locus, Some(event.at))
}

#[cfg(test)]
mod tests;
