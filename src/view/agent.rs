//! Everything known about one agent, in reading order: what is wrong, today's tasks, what happened, why, the files.

mod files;
mod tasks;

use crate::domain::finding::{Finding, FindingKind};
use crate::domain::fleet::{AgentView, Event, Fleet, TaskState};
use crate::domain::id::Locus;
use crate::domain::log::LogRow;
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts, Zone};

pub use files::bytes;
use files::files;
use tasks::tasks;

use super::wrap::wrap;
use super::{Mark, digest, log, standup};

/// How a line is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens a part of the page.
    Section,
    /// A label and its value.
    Fact,
    /// Something that happened or is, with its mark.
    Entry(Mark),
    /// Goes on from the line above.
    More,
}

/// One line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    /// The label of a fact, the time of an entry.
    pub label: String,
    pub text: String,
    /// Where it is written, so that it opens in one key.
    pub locus: Option<Locus>,
    pub at: Option<Ts>,
}

impl Line {
    fn section(text: &str) -> Self {
        Self {
            kind: Kind::Section,
            label: String::new(),
            text: text.to_owned(),
            locus: None,
            at: None,
        }
    }
    fn fact(label: &str, text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Fact,
            label: label.to_owned(),
            text: text.into(),
            locus: None,
            at: None,
        }
    }
    fn more(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::More,
            label: String::new(),
            text: text.into(),
            locus: None,
            at: None,
        }
    }
    fn entry(mark: Mark, label: String, text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Entry(mark),
            label,
            text: text.into(),
            locus: None,
            at: None,
        }
    }
    fn found_at(mut self, locus: Option<Locus>, at: Option<Ts>) -> Self {
        self.locus = locus;
        self.at = at;
        self
    }
}

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
fn own<'a>(fleet: &'a Fleet, agent: &'a AgentView) -> Vec<&'a Finding> {
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
            .found_at(proof.map(|proof| proof.locus), Some(finding.since)),
        );
        if let Some(proof) = proof {
            let place = format!("{}:{}", proof.file, proof.locus.line);
            lines.push(Line::more(place).found_at(Some(proof.locus), Some(finding.since)));
        }
    }
}

fn numbers(fleet: &Fleet, agent: &AgentView, now: Ts, lines: &mut Vec<Line>) {
    let zone = fleet.zone();
    let since = standup::clock(fleet.since, now, zone);
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
            .map_or("unknown".to_owned(), |at| standup::clock(at, now, zone)),
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
        Some(at) => format!(
            "{}, {} ago",
            standup::clock(at, now, zone),
            Age::at(now, at)
        )
        .replace("now ago", "now"),
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
        Line::entry(line.mark, standup::clock(row.at, now, zone), text)
            .found_at(Some(row.locus), Some(row.at))
    });
    lines.collect()
}

fn told(event: &Event, now: Ts, zone: Zone) -> Line {
    let happening = standup::happening(event, now, zone);
    Line::entry(happening.mark, happening.time, happening.text)
        .found_at(happening.locus, Some(event.at))
}

fn reasons(agent: &AgentView, now: Ts, zone: Zone, lines: &mut Vec<Line>) {
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
            standup::clock(at, now, zone)
        )));
    }
}

/// The reasoning behind an agent's state, healthy or not: the `why` of the screen.
pub fn why(fleet: &Fleet, agent: &AgentView, now: Ts) -> Vec<Line> {
    let zone = fleet.zone();
    let mut lines = Vec::new();
    for finding in own(fleet, agent) {
        lines.push(Line::entry(
            digest::mark(finding, Some(agent.row)),
            Age::at(now, finding.since).to_string(),
            clean(&finding.sentence),
        ));
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
            lines.push(Line::fact("shown", super::told::shown(fleet, told)));
        }
    }
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

/// Sentences go on over as many lines as they need.
pub fn wrapped(lines: Vec<Line>, width: usize) -> Vec<Line> {
    let mut all = Vec::new();
    for line in lines {
        for (i, part) in wrap(&line.text, width).into_iter().enumerate() {
            let mut next = Line {
                text: part,
                ..line.clone()
            };
            if i > 0 {
                next.label.clear();
                next.kind = Kind::More;
            }
            all.push(next);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fleet::TaskView;
    use crate::view::fixture;

    fn text(lines: &[Line]) -> String {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.label, line.text))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn the_page_opens_with_what_is_wrong_and_every_entry_has_its_place() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&"publisher".into()).unwrap();
        let page = page(&fleet, agent, None, fleet.at);
        assert_eq!(page[0].kind, Kind::Entry(Mark::Fail));
        assert!(page[0].locus.is_some());
        let text = text(&page);
        for told in [
            "SMTP 451",
            "7 planned: 5 done",
            "every 30m (learned from 20 gaps)",
            "heartbeat.jsonl 1.3 MB",
        ] {
            assert!(text.contains(told), "{told} in\n{text}");
        }
    }

    #[test]
    fn a_timeline_replaces_the_events() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&"social".into()).unwrap();
        let rows = fixture::log(4);
        let text = text(&page(&fleet, agent, Some(&rows), fleet.at));
        assert!(text.contains("×"), "equal beats are folded:\n{text}");
        assert!(!text.contains("as planned"));
    }

    #[test]
    fn why_answers_for_healthy_agents_too() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&"social".into()).unwrap();
        let text = text(&why(&fleet, agent, fleet.at));
        assert!(text.contains("expected every 30m"), "{text}");
        assert!(
            text.contains("without news this changes at 07:41"),
            "{text}"
        );
    }

    #[test]
    fn many_tasks_of_a_quiet_state_share_a_line() {
        let fleet = fixture::fleet();
        let mut agent = (**fleet.agent(&"social".into()).unwrap()).clone();
        let task = agent.tasks[0].clone();
        agent.tasks = (0..9)
            .map(|n| TaskView {
                id: format!("reply-{n}").as_str().into(),
                ..task.clone()
            })
            .collect();
        let text = text(&page(&fleet, &agent, None, fleet.at));
        assert!(text.contains("9 done: reply-0, reply-1"), "{text}");
    }

    #[test]
    fn what_no_run_proves_is_not_simply_done() {
        let fleet = fixture::fleet();
        let mut agent = (**fleet.agent(&"social".into()).unwrap()).clone();
        let before = text(&page(&fleet, &agent, None, fleet.at));
        assert!(!before.contains("unproven"), "{before}");
        agent.tasks[0].run = None;
        let after = text(&page(&fleet, &agent, None, fleet.at));
        assert!(after.contains("morning done (unproven)"), "{after}");
        assert!(
            after.contains("(1 unproven: no run is on record)"),
            "{after}"
        );
    }

    #[test]
    fn open_gaps_of_yesterday_are_told_beside_today() {
        let mut fleet = fixture::fleet();
        let gap = fleet
            .findings
            .iter()
            .find(|found| found.kind == FindingKind::SkippedSilently);
        let mut gap = Finding::clone(gap.unwrap());
        gap.since = fixture::at(0, 0) - crate::domain::time::Span::HOUR;
        fleet.findings.push(std::sync::Arc::new(gap));
        let agent = fleet.agent(&"drafter".into()).unwrap();
        let text = text(&page(&fleet, agent, None, fleet.at));
        assert!(text.contains("; +1 gap of yesterday"), "{text}");
    }

    #[test]
    fn damage_is_named() {
        let fleet = fixture::fleet();
        let agent = fleet.agent(&"drafter".into()).unwrap();
        let text = text(&page(&fleet, agent, None, fleet.at));
        assert!(text.contains("1 damaged, last: line 212 torn"), "{text}");
    }
}
