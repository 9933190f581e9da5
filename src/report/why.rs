//! The reasoning behind a verdict, healthy or not: which signal, how old, which threshold from where, when it would fire.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::sign::{faint, fitted, left, paint, sign_of, strong};
use super::wire::{self, WireEvidence, WireFinding};
use super::{Look, standup::is_complete};
use crate::domain::finding::Finding;
use crate::domain::fleet::{AgentView, Fleet, Proven, TaskState, TaskView};
use crate::domain::id::TaskId;
use crate::domain::text::clean;
use crate::domain::time::{Age, Ts, Zone};
use crate::view::{Mark, agent as page, told};

/// An agent, or one task of it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub agent: &'a AgentView,
    pub task: Option<&'a TaskId>,
}

impl<'a> Subject<'a> {
    /// The slots that are meant: of an agent today's.
    fn tasks(&self) -> impl Iterator<Item = &'a TaskView> {
        let wanted = self.task;
        let before = self
            .agent
            .other_days
            .iter()
            .filter(move |_| wanted.is_some());
        let tasks = self.agent.tasks.iter().chain(before);
        tasks.filter(move |task| wanted.is_none_or(|id| &task.id == id))
    }

    /// Its skips that call themselves done, with what shows it.
    fn proven(&self) -> impl Iterator<Item = &'a Proven> {
        let wanted = self.task;
        let shown = self.agent.proven.iter();
        shown.filter(move |one| wanted.is_none() || one.task.as_ref() == wanted)
    }

    fn has(&self, finding: &Finding) -> bool {
        let of_task = |id| finding.task.as_ref() == Some(id);
        finding.agent == self.agent.id && self.task.is_none_or(of_task)
    }
}

/// For people.
pub fn text(fleet: &Fleet, subject: Subject<'_>, look: Look) -> String {
    let mut out = String::with_capacity(1_024);
    let (now, zone, agent) = (fleet.at, fleet.zone(), subject.agent);
    let mark = subject
        .tasks()
        .find(|_| subject.task.is_some())
        .map_or_else(|| agent.row.into(), |task| Mark::from(task.state));
    let sign = sign_of(mark, look);
    paint(&mut out, look, mark, sign);
    out.push(' ');
    if let Some(task) = subject.task {
        strong(&mut out, look, &format!("{}/{task}", agent.id));
        out.push('\n');
        for task in subject.tasks() {
            slot(&mut out, task, 1, now, zone, look);
        }
        findings(&mut out, fleet, subject, look);
        let mut shown = Vec::new();
        page::proven(agent, Some(task), now, zone, &mut shown);
        told_lines(&mut out, shown, look);
        if let Some(at) = agent.reasoning.changes_at {
            fact(&mut out, "changes", &zone.told(at, now), look);
        }
    } else {
        strong(&mut out, look, &page::title(agent, now));
        let _ = writeln!(out, "  {}", clean(&agent.headline));
        for (task, n) in folded(subject.tasks()) {
            slot(&mut out, task, n, now, zone, look);
        }
        told_lines(&mut out, page::why(fleet, agent, now), look);
    }
    fact(&mut out, "folder", &agent.folder.shown(), look);
    fitted(out, look)
}

fn told_lines(out: &mut String, lines: Vec<page::Line>, look: Look) {
    for line in lines {
        match line.kind {
            page::Kind::Section => {
                let _ = writeln!(out, "\n{}", line.text);
            }
            page::Kind::Fact | page::Kind::Proof => fact(out, &line.label, &line.text, look),
            page::Kind::More => fact(out, "", &line.text, look),
            page::Kind::Entry(mark) => {
                out.push('\n');
                paint(out, look, mark, sign_of(mark, look));
                let _ = writeln!(out, " {:<8}{}", line.label, line.text);
            }
        }
    }
}

fn findings(out: &mut String, fleet: &Fleet, subject: Subject<'_>, look: Look) {
    for (finding, told) in fleet.cases() {
        if !subject.has(finding) {
            continue;
        }
        let mark = finding.kind.into();
        out.push('\n');
        paint(out, look, mark, sign_of(mark, look));
        let age = Age::at(fleet.at, finding.since).to_string();
        let _ = writeln!(out, " {age:<8}{}", clean(&finding.sentence));
        if let Some(threshold) = &finding.threshold {
            fact(out, "limit", &wire::threshold(threshold), look);
        }
        for proof in &finding.evidence {
            let place = format!("{}:{}  {}", proof.file, proof.locus.line, proof.text);
            fact(out, "proof", &place, look);
        }
        fact(out, "clears", &clean(&finding.clears), look);
        if let Some(told) = told {
            fact(out, "shown", &told::shown(fleet, told), look);
        }
    }
}

fn fact(out: &mut String, label: &str, text: &str, look: Look) {
    let mut padded = String::from("  ");
    left(&mut padded, label, 8);
    faint(out, look, &padded);
    let _ = writeln!(out, "{text}");
}

/// Slots of one task in one state become one line, at the place of the first: the latest of them, and how many.
fn folded<'a>(tasks: impl Iterator<Item = &'a TaskView>) -> Vec<(&'a TaskView, u32)> {
    let mut folds: Vec<(&TaskView, u32)> = Vec::new();
    for task in tasks {
        let known = folds
            .iter_mut()
            .find(|(first, _)| first.id == task.id && first.state == task.state);
        match known {
            Some((latest, n)) => {
                // What is still to come is told by the next slot, what was by the last one.
                if !matches!(task.state, TaskState::Due | TaskState::Upcoming) {
                    *latest = task;
                }
                *n += 1;
            }
            None => folds.push((task, 1)),
        }
    }
    folds
}

fn slot(out: &mut String, task: &TaskView, count: u32, now: Ts, zone: Zone, look: Look) {
    let mark = Mark::from(task.state);
    out.push_str("  ");
    paint(out, look, mark, sign_of(mark, look));
    let _ = write!(out, " {}: {}", task.id, task.state.word());
    if count > 1 {
        let _ = write!(out, " ×{count}");
    }
    if let Some(slot) = task.slot {
        let late = slot + task.jitter + task.grace.value;
        let (due, until) = (zone.told(slot, now), zone.told(late, now));
        let (grace, source) = (task.grace.value, task.grace.source.word());
        let _ = write!(
            out,
            ", due {due}, in time until {until} ({grace} grace, {source})"
        );
    }
    if let Some(run) = &task.run {
        let start = zone.told(run.start, now);
        let _ = write!(out, ", run began {start}: {}", run.status.word());
    }
    if let Some(why) = task.why.as_ref().filter(|why| !why.is_empty()) {
        let _ = write!(out, ", {why}");
    }
    out.push('\n');
}

/// `rounds.why/1`
pub fn json(fleet: &Fleet, subject: Subject<'_>) -> String {
    let agent = subject.agent;
    let zone = fleet.zone();
    let answer = Why {
        schema: "rounds.why/1",
        at: fleet.at.rfc3339(),
        complete: is_complete(fleet),
        agent: agent.id.to_string(),
        task: subject.task.map(ToString::to_string),
        zone: zone.to_string(),
        state: agent.state.word(),
        row: agent.row.word(),
        since: wire::moment(agent.since),
        last_beat: wire::moment(agent.last_beat),
        next_due: wire::moment(agent.next_due),
        cadence_s: agent.cadence.map(|cadence| cadence.every.0 / 1_000),
        cadence_source: agent.cadence.map(|cadence| cadence.source.word()),
        reasons: agent
            .reasoning
            .lines
            .iter()
            .map(|line| clean(line))
            .collect(),
        threshold: agent.reasoning.threshold.as_ref().map(wire::threshold),
        evidence: agent.reasoning.evidence.iter().map(Into::into).collect(),
        changes_at: wire::moment(agent.reasoning.changes_at),
        tasks: subject.tasks().map(Into::into).collect(),
        proven: subject.proven().map(Into::into).collect(),
        findings: wire::findings(fleet, |finding| subject.has(finding)),
    };
    let mut out = wire::line(&answer);
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Why<'a> {
    schema: &'static str,
    at: String,
    complete: bool,
    agent: String,
    task: Option<String>,
    zone: String,
    state: &'static str,
    row: &'static str,
    since: Option<String>,
    last_beat: Option<String>,
    next_due: Option<String>,
    cadence_s: Option<i64>,
    cadence_source: Option<&'static str>,
    reasons: Vec<Cow<'a, str>>,
    threshold: Option<String>,
    evidence: Vec<WireEvidence<'a>>,
    changes_at: Option<String>,
    tasks: Vec<WireTask<'a>>,
    proven: Vec<WireProven<'a>>,
    findings: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireProven<'a> {
    what: Cow<'a, str>,
    task: Option<String>,
    at: String,
    by: &'static str,
    run: Option<String>,
    step: Option<Cow<'a, str>>,
    done: Option<String>,
    evidence: Option<WireEvidence<'a>>,
}

impl<'a> From<&'a Proven> for WireProven<'a> {
    fn from(one: &'a Proven) -> Self {
        Self {
            what: one.what.shown(),
            task: one.task.as_ref().map(ToString::to_string),
            at: one.at.rfc3339(),
            by: one.proof.by.word(),
            run: one.proof.run.as_ref().map(ToString::to_string),
            step: one.proof.step.as_ref().map(|step| step.shown()),
            done: wire::moment(one.proof.at),
            evidence: one.place.as_ref().map(Into::into),
        }
    }
}

#[derive(Serialize)]
struct WireTask<'a> {
    task: String,
    title: Option<Cow<'a, str>>,
    state: &'static str,
    since: String,
    slot: Option<String>,
    jitter_s: i64,
    grace_s: i64,
    grace_source: &'static str,
    run: Option<String>,
    run_status: Option<&'static str>,
    started: Option<String>,
    ended: Option<String>,
    tier: Option<&'static str>,
    why: Option<Cow<'a, str>>,
}

impl<'a> From<&'a TaskView> for WireTask<'a> {
    fn from(task: &'a TaskView) -> Self {
        let run = task.run.as_ref();
        Self {
            task: task.id.to_string(),
            title: task.title.as_ref().map(|title| title.shown()),
            state: task.state.word(),
            since: task.since.rfc3339(),
            slot: wire::moment(task.slot),
            jitter_s: task.jitter.0 / 1_000,
            grace_s: task.grace.value.0 / 1_000,
            grace_source: task.grace.source.word(),
            run: run.and_then(|run| run.id.as_ref()).map(ToString::to_string),
            run_status: run.map(|run| run.status.word()),
            started: run.map(|run| run.start.rfc3339()),
            ended: run.and_then(|run| wire::moment(run.end)),
            tier: task.tier.map(crate::domain::action::Tier::word),
            why: task.why.as_ref().map(|why| why.shown()),
        }
    }
}
