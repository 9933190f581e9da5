//! One case in full: what was found, the proof line by line, the limit and where it comes from, why not sooner, what clears
//! it.

use crate::domain::finding::{Evidence, Finding, FindingKind, Severity};
use crate::domain::fleet::Fleet;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::offer::Offer;
use crate::domain::text::clean;
use crate::domain::time::{Age, Span, Ts, Zone};
use crate::domain::told::Told;
use crate::view::agent::{Kind, Line, task_lines};
use crate::view::{Mark, digest};

use super::{Group, Waiting, said};

/// Lines of proof shown of the case that speaks for the line, and of each of the others.
const MOST_PROOFS: usize = 6;
const MOST_OTHERS: usize = 2;

/// After a third failure in a row. It stays advice: nothing is taken from an agent by itself.
const DEMOTE: &str =
    "demote it: hold it (H) and let no run go unwatched until one has succeeded under your eyes";

/// Everything about the cases of one line. The first of them in full, the others by sentence and proof.
pub fn about(group: &Group<'_>, offers: &[Offer], fleet: &Fleet, now: Ts) -> Vec<Line> {
    let mut lines = Vec::new();
    for (i, told) in group.cases.iter().enumerate() {
        let found = &told.finding;
        head(told, fleet, now, &mut lines);
        let most = if i == 0 { MOST_PROOFS } else { MOST_OTHERS };
        let zone = fleet.zone();
        lines.extend(
            found
                .evidence
                .iter()
                .take(most)
                .map(|proof| proof_line(proof, now, zone)),
        );
        if let Some(more) = found
            .evidence
            .len()
            .checked_sub(most)
            .filter(|more| *more > 0)
        {
            lines.push(Line::more(format!("and {more} more lines of proof")));
        }
        if i == 0 {
            reasons(told, fleet, now, &mut lines);
            possible(offers, &mut lines);
        }
    }
    lines
}

/// What was found about one task, whatever the operator said about it.
pub fn about_task(fleet: &Fleet, (agent, task): (&AgentId, &TaskId), now: Ts) -> Vec<Line> {
    let own = fleet
        .told
        .iter()
        .filter(|told| told.finding.agent == *agent && told.finding.task.as_ref() == Some(task));
    let mut cases: Vec<&Told> = own.collect();
    cases.sort_by(|a, b| super::order(&a.finding).cmp(&super::order(&b.finding)));
    if cases.is_empty() {
        return Vec::new();
    }
    let cause = super::Cause::Task(agent.clone(), task.clone());
    about(&Group { cause, cases }, &[], fleet, now)
}

fn head(told: &Told, fleet: &Fleet, now: Ts, lines: &mut Vec<Line>) {
    let found = &told.finding;
    let state = fleet.agent(&found.agent).map(|agent| agent.row);
    let age = Age::at(now, found.since).to_string();
    let sentence = sentence(found);
    lines.push(
        Line::entry(digest::mark(found, state), age, sentence)
            .found_at(None, Some(found.since))
            .about(&found.agent, found.task.as_ref()),
    );
    if let Some(said) = said(told, fleet, now) {
        lines.push(Line::fact("you", said));
    }
    if told.flaps {
        lines.push(Line::fact(
            "flaps",
            "it came and went three times within the hour",
        ));
    }
}

fn sentence(found: &Finding) -> String {
    let severity = match found.severity {
        Severity::Critical => "critical: ",
        Severity::Warning | Severity::Info => "",
    };
    format!("{severity}{}", clean(&found.sentence))
}

/// `05:58:11  wal.jsonl:212   s3 done, run 01JQE2`
fn proof_line(proof: &Evidence, now: Ts, zone: Zone) -> Line {
    let at = proof.at.map(|at| {
        if zone.day_of(at) == zone.day_of(now) {
            zone.hhmmss(at)
        } else {
            zone.told(at, now)
        }
    });
    let place = if proof.locus.line == 0 {
        proof.file.to_string()
    } else {
        format!("{}:{}", proof.file, proof.locus.line)
    };
    Line {
        kind: Kind::Proof,
        label: at.unwrap_or_default(),
        text: format!("{place}  {}", proof.text),
        locus: Some(proof.locus),
        at: proof.at,
        opens: None,
    }
}

fn reasons(told: &Told, fleet: &Fleet, now: Ts, lines: &mut Vec<Line>) {
    let found = &told.finding;
    if found.kind == FindingKind::FailureStreak {
        lines.push(Line::fact("advise", DEMOTE));
    }
    if let Some(threshold) = &found.threshold {
        let source = threshold.source.word();
        lines.push(Line::fact(
            "limit",
            format!("{} ({source})", clean(&threshold.text)),
        ));
    }
    lines.push(Line::fact("since", not_sooner(told, fleet, now)));
    if !found.clears.is_empty() {
        lines.push(Line::fact("clears", clean(&found.clears)));
    }
}

/// What can be done, in one line, and why the rest cannot, in one each.
fn possible(offers: &[Offer], lines: &mut Vec<Line>) {
    let open = offers.iter().filter(|offer| offer.is_open());
    let open: Vec<&str> = open.map(|offer| offer.verb.word()).collect();
    if !open.is_empty() {
        lines.push(Line::fact("can", open.join(", ")));
    }
    let refused = offers.iter().filter_map(|offer| {
        let why = offer.refused.as_deref()?;
        Some(format!("{}: {}", offer.verb.word(), clean(why)))
    });
    for (i, text) in refused.enumerate() {
        lines.push(Line::fact(if i == 0 { "not" } else { "" }, text));
    }
}

/// Why it was not told sooner: what has a limit is told once that has passed, though it began before; the rest of what lies
/// between is how long it took to see it.
fn not_sooner(told: &Told, fleet: &Fleet, now: Ts) -> String {
    let found = &told.finding;
    let zone = fleet.zone();
    let began = zone.told(found.since, now);
    let why = match &found.threshold {
        Some(_) => format!("{began}, told once the limit had passed"),
        None => format!("{began}, when it happened"),
    };
    let late = told.at - found.since;
    if late < Span::MINUTE || told.at >= fleet.at {
        return why;
    }
    let told_at = zone.told(told.at, now);
    format!("{why}; told here {told_at}, {} later", Age(late))
}

/// A task that waits for its agent: what is known about it.
pub fn waiting_for(waiting: &Waiting<'_>, fleet: &Fleet, now: Ts) -> Vec<Line> {
    let since = fleet.zone().told(waiting.task.since, now);
    let text = format!("asked for {since}; {} has not begun it", waiting.agent.id);
    let age = Age::at(now, waiting.task.since).to_string();
    let (agent, task) = (&waiting.agent.id, Some(&waiting.task.id));
    let mut lines = vec![Line::entry(Mark::Wait, age, text).about(agent, task)];
    task_lines(waiting.task, now, fleet.zone(), &mut lines);
    lines
}
