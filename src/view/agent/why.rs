//! The reasoning behind a state, healthy or not.

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::id::TaskId;
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts, Zone};
use crate::view::{digest, queue};

use super::{Line, own, task_lines};

pub(super) fn reasons(agent: &AgentView, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
    lines.push(Line::section("why it is shown so"));
    lines.extend(
        agent
            .reasoning
            .lines
            .iter()
            .map(|line| Line::more(clean(line))),
    );
    if let Some(at) = agent.reasoning.changes_at {
        lines.push(Line::more(format!(
            "without news this changes at {}",
            zone.told(at, now)
        )));
    }
}

/// The reasoning behind an agent's state, healthy or not: the `why` of the screen.
pub fn why(fleet: &Fleet, agent: &AgentView, now: Ts) -> Vec<Line> {
    let zone = fleet.zone();
    let mut lines = Vec::new();
    for finding in own(fleet, agent) {
        let age = Age::at(now, finding.since).to_string();
        let mark = digest::mark(finding, Some(agent.row));
        let head = Line::entry(mark, age, clean(&finding.sentence));
        lines.push(head.found_at(None, Some(finding.since)));
        if let Some(threshold) = &finding.threshold {
            let source = threshold.source.word();
            lines.push(Line::fact(
                "limit",
                format!("{} ({source})", clean(&threshold.text)),
            ));
        }
        for proof in &finding.evidence {
            let place = format!("{}:{}  {}", proof.file, proof.locus.line, proof.text);
            lines.push(Line::fact("proof", place).found_at(Some(proof.locus), Some(finding.since)));
        }
        lines.push(Line::fact("clears", clean(&finding.clears)));
        if let Some(told) = fleet.told_of(finding) {
            lines.push(Line::fact("shown", crate::view::told::shown(fleet, told)));
        }
    }
    super::locks::locks(fleet, agent, now, &mut lines);
    super::proven::proven(agent, None, now, zone, &mut lines);
    reasons(agent, now, zone, &mut lines);
    if let Some(threshold) = &agent.reasoning.threshold {
        let source = threshold.source.word();
        lines.push(Line::fact(
            "limit",
            format!("{} ({source})", clean(&threshold.text)),
        ));
    }
    for proof in &agent.reasoning.evidence {
        let place = format!("{}:{}  {}", proof.file, proof.locus.line, proof.text);
        lines.push(Line::fact("proof", place).found_at(Some(proof.locus), None));
    }
    lines
}

/// The reasoning behind one task: what was found about it, its window and claim, and the state of its agent.
pub fn why_task(fleet: &Fleet, agent: &AgentView, task: &TaskId, now: Ts) -> Vec<Line> {
    let zone = fleet.zone();
    let mut lines = queue::about_task(fleet, (&agent.id, task), now);
    for view in agent.every_task().filter(|view| view.id == *task) {
        let slot = view.slot.map(|at| zone.told(at, now));
        lines.push(Line::entry(
            view.state.into(),
            slot.unwrap_or_default(),
            view.state.word(),
        ));
        task_lines(view, now, zone, &mut lines);
    }
    super::proven(agent, Some(task), now, zone, &mut lines);
    reasons(agent, now, zone, &mut lines);
    lines
}
