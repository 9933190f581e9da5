//! `collision`: two agents' runs on one resource, closer than the larger declared spacing. Undeclared, only an overlap
//! or a gap under a minute counts.

use std::collections::BTreeMap;

use super::{Across, Found, head};
use crate::detect::trace::Touch;
use crate::domain::finding::{FindingKind, Severity, Threshold};
use crate::domain::id::AgentId;
use crate::domain::link::{End, Link, LinkKind};
use crate::domain::policy::Source;
use crate::domain::time::Span;

const CLOSE: Span = Span::MINUTE;
/// A collision stays a finding this long.
const REMEMBERED: Span = Span::DAY;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for (_, mut touches) in shared(across) {
        touches.sort_by_key(|(agent, touch)| (touch.start, *agent));
        let before = longest_before(&touches);
        let mut told: Vec<(&AgentId, &AgentId)> = Vec::new();
        for i in (1..touches.len()).rev() {
            let (agent, touch) = touches[i];
            if across.now - touch.start > REMEMBERED {
                break;
            }
            let Some((other, previous)) = before[i].map(|at| touches[at]) else {
                continue;
            };
            let pair = (agent.min(other), agent.max(other));
            let gap = touch.start - previous.end;
            let spacing = previous.spacing.max(touch.spacing);
            if gap >= CLOSE.max(spacing.unwrap_or_default()) || told.contains(&pair) {
                continue;
            }
            told.push(pair);
            tell(across, (other, previous), (agent, touch), spacing, found);
        }
    }
}

/// Touches of what more than one agent touched, by resource. Most resources have one agent, so that only the others are put
/// in order.
fn shared<'a>(across: &'a Across<'_>) -> BTreeMap<&'a str, Vec<(&'a AgentId, &'a Touch)>> {
    let touched = &across.memory.touched;
    let shared = touched.repeated();
    let mut by_resource: BTreeMap<&str, Vec<(&AgentId, &Touch)>> = BTreeMap::new();
    for at in touched.having(&shared) {
        let one = &across.judged[at];
        let touches = one.trace.touches.iter();
        for touch in touches.filter(|touch| shared.may_come_again(touch.number)) {
            let all = by_resource.entry(touch.resource.exact()).or_default();
            all.push((&one.view.id, touch));
        }
    }
    by_resource.retain(|_, all| all.iter().any(|(agent, _)| *agent != all[0].0));
    by_resource
}

/// For each touch the one of another agent before it that ended last, in one pass: either the one that ended last of
/// all, or the one that did of all agents but that one.
fn longest_before(touches: &[(&AgentId, &Touch)]) -> Vec<Option<usize>> {
    let end = |at: usize| touches[at].1.end;
    let (mut longest, mut of_others): (Option<usize>, Option<usize>) = (None, None);
    let mut before = Vec::with_capacity(touches.len());
    for (i, (agent, _)) in touches.iter().enumerate() {
        let is_own = longest.is_some_and(|at| touches[at].0 == *agent);
        before.push(if is_own { of_others } else { longest });
        if longest.is_none_or(|at| end(i) >= end(at)) {
            if !is_own {
                of_others = longest;
            }
            longest = Some(i);
        } else if !is_own && of_others.is_none_or(|at| end(i) >= end(at)) {
            of_others = Some(i);
        }
    }
    before
}

fn tell(
    across: &Across<'_>,
    (other, previous): (&AgentId, &Touch),
    (agent, touch): (&AgentId, &Touch),
    spacing: Option<Span>,
    found: &mut Found,
) {
    let gap = touch.start - previous.end;
    let severity = if gap < CLOSE {
        Severity::Critical
    } else {
        Severity::Warning
    };
    let how = if gap.0 < 0 {
        format!("while {other} still worked on it")
    } else {
        format!("{gap} after {other}")
    };
    let mut finding = head(
        FindingKind::Collision,
        severity,
        agent,
        touch.task.as_ref(),
        touch.start,
    );
    finding.sentence = format!(
        "touched {} {}, {how}",
        touch.resource.shown_within(24),
        across.when(touch.start)
    );
    finding.threshold = Some(match spacing {
        Some(spacing) => Threshold {
            text: format!("{spacing} apart"),
            source: Source::Declared,
        },
        None => Threshold {
            text: format!("{CLOSE} apart"),
            source: Source::Default,
        },
    });
    finding.evidence = vec![previous.evidence.clone(), touch.evidence.clone()];
    "a day after the last one".clone_into(&mut finding.clears);
    let end = |agent: &AgentId, touch: &Touch| End {
        agent: agent.clone(),
        task: touch.task.clone(),
        at: touch.start,
    };
    found.links.push(Link {
        kind: LinkKind::Collision,
        from: end(other, previous),
        to: end(agent, touch),
        resource: Some(touch.resource.clone()),
        says: format!("{agent} {}", finding.sentence),
    });
    found.findings.push(finding);
}
