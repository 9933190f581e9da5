//! What an agent did since the mark, in numbers.

use crate::domain::finding::FindingKind;
use crate::domain::fleet::{AgentView, Fleet, TaskState};
use crate::domain::time::{Age, Ts, Zone};

use super::{Line, own};

pub(super) fn numbers(fleet: &Fleet, agent: &AgentView, now: Ts, lines: &mut Vec<Line>) {
    let zone = fleet.zone();
    let since = zone.told(fleet.since, now);
    lines.push(Line::section(&format!("since {since}")));
    let counts = agent.counts;
    lines.push(Line::fact(
        "items",
        format!(
            "{} did, {} skipped, {} failed",
            counts.did, counts.skipped, counts.failed
        ),
    ));
    lines.push(Line::fact("runs", runs(agent)));
    lines.push(Line::fact("plan", plan(fleet, agent, now)));
    lines.push(
        Line::fact("last", moment(agent.last_beat, now, zone))
            .found_at(agent.last_locus, agent.last_beat),
    );
    lines.push(Line::fact(
        "next",
        agent
            .next_due
            .map_or("unknown".to_owned(), |at| zone.told(at, now)),
    ));
    lines.push(Line::fact("rhythm", rhythm(agent)));
}

fn runs(agent: &AgentView) -> String {
    let runs = &agent.runs;
    let parts = [
        (runs.ok, "ok"),
        (runs.partial, "partial"),
        (runs.failed, "failed"),
        (runs.skipped, "skipped"),
        (runs.running, "running"),
        (runs.unfinished, "unfinished"),
        (runs.unknown, "unknown"),
    ];
    listed(&parts, "none")
}

/// The tally of today, and the gaps of earlier days that are still open.
fn plan(fleet: &Fleet, agent: &AgentView, now: Ts) -> String {
    let today = of_today(agent);
    match earlier_gaps(fleet, agent, now) {
        0 => today,
        1 => format!("{today}; +1 gap of yesterday"),
        n => format!("{today}; +{n} gaps of yesterday"),
    }
}

fn earlier_gaps(fleet: &Fleet, agent: &AgentView, now: Ts) -> usize {
    let zone = agent.zone.value;
    let gaps = [FindingKind::SkippedSilently, FindingKind::Missed];
    own(fleet, agent)
        .iter()
        .filter(|finding| gaps.contains(&finding.kind))
        .filter(|finding| zone.day_of(finding.since) < zone.day_of(now))
        .count()
}

fn of_today(agent: &AgentView) -> String {
    let tally = &agent.tally;
    if agent.unjudged {
        return format!(
            "not judged: its runs name no task ({} slots)",
            tally.unjudged
        );
    }
    if tally.planned == 0 {
        return "none for today".to_owned();
    }
    let parts = [
        (tally.done, "done"),
        (tally.skipped, "skipped"),
        (tally.failed, "failed"),
        (tally.skipped_silently, "skipped silently"),
        (tally.missed, "missed"),
        (tally.late, "late"),
        (tally.running, "running"),
        (tally.review, "in review"),
        (tally.held, "held"),
        (tally.due, "due"),
        (tally.upcoming, "upcoming"),
    ];
    let unproven = agent
        .tasks
        .iter()
        .filter(|task| task.state == TaskState::Done && task.run.is_none())
        .count();
    let unproven = match unproven {
        0 => String::new(),
        n => format!(" ({n} unproven: no run is on record)"),
    };
    format!(
        "{} planned: {}{unproven}",
        tally.planned,
        listed(&parts, "none")
    )
}

fn listed(parts: &[(u32, &str)], none: &str) -> String {
    let said: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if said.is_empty() {
        none.to_owned()
    } else {
        said.join(", ")
    }
}

fn moment(at: Option<Ts>, now: Ts, zone: Zone) -> String {
    match at {
        Some(at) => {
            format!("{}, {} ago", zone.told(at, now), Age::at(now, at)).replace("now ago", "now")
        }
        None => "never seen".to_owned(),
    }
}

fn rhythm(agent: &AgentView) -> String {
    match agent.cadence {
        Some(cadence) if cadence.samples > 0 => format!(
            "every {} ({} from {} gaps)",
            cadence.every,
            cadence.source.word(),
            cadence.samples
        ),
        Some(cadence) => format!("every {} ({})", cadence.every, cadence.source.word()),
        None => "not known yet".to_owned(),
    }
}
