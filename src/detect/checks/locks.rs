//! `lock`: it outlived its time, its holder's run, or its holder's process.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::facts::{FileState, LockFact};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::heartbeat::Process;
use crate::domain::id::Locus;
use crate::domain::lock::{LockState, LockView};
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

/// How long a run may take to give its lock back after its last line.
const SETTLE: Span = Span::secs(60);

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    views(of)
        .iter()
        .filter_map(|view| about(of, view))
        .collect()
}

/// When each lock outlives its time, or its run.
pub fn limits(of: &Judgement<'_>) -> Vec<Ts> {
    let mut limits = Vec::new();
    for fact in there(of) {
        limits.extend(fact.lock.ttl.map(|ttl| taken(fact) + ttl + Span(1)));
        limits.extend(holder_ended(of, fact).map(|end| end + SETTLE + Span(1)));
    }
    limits
}

/// Every lock that is there, as it stands.
pub fn views(of: &Judgement<'_>) -> Vec<LockView> {
    there(of).map(|fact| view(of, fact)).collect()
}

/// Locks that were not given back and had been taken by now.
fn there<'a>(of: &'a Judgement<'_>) -> impl Iterator<Item = &'a LockFact> {
    let facts = of.case.facts;
    facts.locks.iter().filter(move |fact| {
        let given_back = facts.file(fact.file).is_none_or(|file| match file.state {
            FileState::Gone { since } => since <= of.case.now,
            FileState::Good | FileState::Torn { .. } | FileState::Unreadable { .. } => false,
        });
        !given_back && taken(fact) <= of.case.now
    })
}

/// When it was last said to be held.
fn taken(fact: &LockFact) -> Ts {
    let lock = &fact.lock;
    lock.renewed.or(lock.acquired).unwrap_or(fact.modified)
}

fn view(of: &Judgement<'_>, fact: &LockFact) -> LockView {
    let (lock, now) = (&fact.lock, of.case.now);
    let ended = lock.ttl.map(|ttl| taken(fact) + ttl);
    let left = holder_ended(of, fact).filter(|&end| now > end + SETTLE);
    let state = match (ended.filter(|&end| now > end), left, gone(of, fact)) {
        (_, _, Some(pid)) => LockState::HolderGone(pid),
        (Some(end), _, None) => LockState::RanOut(end),
        (None, Some(end), None) => LockState::LeftBehind(end),
        (None, None, None) => LockState::Held,
    };
    let locus = Locus {
        file: fact.file,
        line: 1,
        ..Locus::default()
    };
    LockView {
        agent: of.case.facts.id.clone(),
        resource: lock.resource.clone(),
        holder: lock.holder.clone(),
        run: lock.run.clone(),
        since: lock.acquired.unwrap_or(taken(fact)),
        renewed: lock.renewed,
        renewals: fact.renewals,
        ttl: lock.ttl,
        state,
        waiting: Vec::new(),
        evidence: of
            .case
            .evidence(locus, lock.resource.shown_within(32))
            .written(taken(fact)),
    }
}

fn about(of: &Judgement<'_>, view: &LockView) -> Option<Finding> {
    let resource = view.resource.shown_within(32);
    let when = |at| of.case.when(at);
    let (since, what, limit) = match view.state {
        LockState::Held => return None,
        LockState::RanOut(end) => (
            end,
            format!("the lock on {resource} ran out {}", when(end)),
            format!("ttl {} and not renewed", view.ttl.unwrap_or_default()),
        ),
        LockState::LeftBehind(end) => (
            end,
            format!(
                "the lock on {resource} was left behind: its run ended {}",
                when(end)
            ),
            format!("{SETTLE} to give it back"),
        ),
        LockState::HolderGone(pid) => (
            view.renewed.unwrap_or(view.since),
            format!("the lock on {resource} is orphaned: process {pid} is gone"),
            "its process runs".to_owned(),
        ),
    };
    let holder = view.holder.as_ref();
    let holder = holder.map(|holder| format!(", held by {}", holder.shown_within(32)));
    let source = match view.state {
        LockState::RanOut(_) => Source::Declared,
        LockState::Held | LockState::LeftBehind(_) | LockState::HolderGone(_) => Source::Default,
    };
    let found = Draft::new(of, FindingKind::Lock, Severity::Warning, since)
        .says(format!("{what}{}", holder.unwrap_or_default()))
        .limit(limit, source)
        .shows(Some(view.evidence.clone()))
        .clears("when it is released or renewed");
    Some(found)
}

/// The process that holds it, where that is gone.
fn gone(of: &Judgement<'_>, fact: &LockFact) -> Option<u32> {
    let by_run = || -> Option<Process> {
        let run = holder_run(of, fact)?;
        run.opening?.extra.as_ref()?.process.clone()
    };
    let process = fact.lock.process.clone().or_else(by_run)?;
    let is_gone = of.case.facts.gone.contains(&process);
    is_gone.then_some(process.pid)
}

fn holder_run<'a, 'b>(of: &'b Judgement<'a>, fact: &LockFact) -> Option<&'b Run<'a>> {
    of.run_named(fact.lock.run.as_ref()?)
}

fn holder_ended(of: &Judgement<'_>, fact: &LockFact) -> Option<Ts> {
    holder_run(of, fact).and_then(Run::ended)
}
