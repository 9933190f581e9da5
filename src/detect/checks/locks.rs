//! `lock`: it outlived its time, or its holder's run.

use super::Draft;
use crate::detect::judgement::Judgement;
use crate::detect::runs::Run;
use crate::domain::facts::LockFact;
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::id::Locus;
use crate::domain::policy::Source;
use crate::domain::time::{Span, Ts};

/// How long a run may take to give its lock back after its last line.
const SETTLE: Span = Span::secs(60);

pub fn check(of: &Judgement<'_>) -> Vec<Finding> {
    of.case
        .facts
        .locks
        .iter()
        .filter_map(|fact| about(of, fact))
        .collect()
}

/// When each lock outlives its time, or its run.
pub fn limits(of: &Judgement<'_>) -> Vec<Ts> {
    let mut limits = Vec::new();
    for fact in &of.case.facts.locks {
        let taken = fact.lock.renewed.or(fact.lock.acquired);
        let taken = taken.unwrap_or(fact.modified);
        limits.extend(fact.lock.ttl.map(|ttl| taken + ttl + Span(1)));
        limits.extend(holder_ended(of, fact).map(|end| end + SETTLE + Span(1)));
    }
    limits
}

fn about(of: &Judgement<'_>, fact: &LockFact) -> Option<Finding> {
    let lock = &fact.lock;
    let now = of.case.now;
    let taken = lock.renewed.or(lock.acquired).unwrap_or(fact.modified);
    if taken > now {
        return None;
    }
    let expired = lock.ttl.map(|ttl| taken + ttl).filter(|&end| now > end);
    let left = holder_ended(of, fact).filter(|&end| now > end + SETTLE);
    let resource = lock.resource.shown_within(32);
    let (since, what, limit) = match (expired, left) {
        (Some(end), _) => (
            end,
            format!("the lock on {resource} ran out {}", of.case.when(end)),
            format!("ttl {}", lock.ttl.unwrap_or_default()),
        ),
        (None, Some(end)) => (
            end,
            format!(
                "the lock on {resource} was left behind: its run ended {}",
                of.case.when(end)
            ),
            format!("{SETTLE} to give it back"),
        ),
        (None, None) => return None,
    };
    let holder = lock
        .holder
        .as_ref()
        .map(|holder| format!(", held by {}", holder.shown_within(32)))
        .unwrap_or_default();
    let locus = Locus {
        file: fact.file,
        line: 1,
        ..Locus::default()
    };
    let found = Draft::new(of, FindingKind::Lock, Severity::Warning, since)
        .says(format!("{what}{holder}"))
        .limit(limit, Source::Declared)
        .shows(Some(of.case.evidence(locus, resource)))
        .clears("when it is released or renewed");
    Some(found)
}

fn holder_ended(of: &Judgement<'_>, fact: &LockFact) -> Option<Ts> {
    let id = fact.lock.run.as_ref()?;
    let mut mine = of.runs.iter().filter(|run| run.id() == Some(id));
    mine.next_back().and_then(Run::ended)
}
