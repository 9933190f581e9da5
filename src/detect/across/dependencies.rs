//! `dependency_broken`: what a task waits for was done and the task did not follow; or it ran before its input was
//! there. The link is named.

use super::{Across, Found, head};
use crate::detect::trace::{Ended, Need};
use crate::domain::finding::{Finding, FindingKind, Severity, Threshold};
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::AgentId;
use crate::domain::link::{End, Link, LinkKind};
use crate::domain::policy::Source;
use crate::domain::time::Span;

/// An input this old belongs to an earlier round.
const FRESH: Span = Span::DAY;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for one in across.judged {
        let mut newest: Vec<Finding> = Vec::new();
        for need in &one.trace.needs {
            let (whose, inputs) = inputs(across, &one.view.id, need);
            let broken = ran_before(across, &one.view.id, need, &whose, &inputs)
                .or_else(|| did_not_follow(across, &one.view.id, need, &whose, &inputs));
            let Some(broken) = broken else { continue };
            newest.retain(|known| known.task != broken.task);
            found.links.push(link(need, &whose, &inputs, &broken));
            newest.push(broken);
        }
        found.findings.append(&mut newest);
    }
}

/// Good ends of the task that is waited for, oldest first: the agent's own, else the named agent's, else anyone's.
fn inputs<'a>(across: &'a Across<'_>, agent: &AgentId, need: &Need) -> (String, Vec<&'a Ended>) {
    let name = need.on.as_str();
    let (wanted, task) = match name.split_once('/').or_else(|| name.split_once(':')) {
        Some((agent, task)) => (Some(agent), task),
        None => (None, name),
    };
    let ends_of = |agent: &AgentId, task: &str| -> Vec<&'a Ended> {
        across
            .judged
            .iter()
            .filter(|one| one.view.id == *agent)
            .flat_map(|one| &one.trace.ended)
            .filter(|end| end.task.as_str() == task)
            .filter(|end| matches!(end.status, RunStatus::Ok | RunStatus::Partial))
            .collect()
    };
    let own = ends_of(agent, name);
    if !own.is_empty() {
        return (need.on.to_string(), own);
    }
    let others = across
        .judged
        .iter()
        .map(|one| &one.view.id)
        .filter(|id| *id != agent && wanted.is_none_or(|wanted| id.as_str() == wanted));
    for other in others {
        let ends = ends_of(other, task);
        if !ends.is_empty() {
            return (format!("{other}/{}", need.on), ends);
        }
    }
    (need.on.to_string(), Vec::new())
}

/// The link that did not fire: from the end of what is waited for to the slot that waits.
fn link(need: &Need, whose: &str, inputs: &[&Ended], broken: &Finding) -> Link {
    let owner = whose.split_once('/').map(|(agent, _)| AgentId::from(agent));
    Link {
        kind: LinkKind::Dependency,
        from: End {
            agent: owner.unwrap_or_else(|| broken.agent.clone()),
            task: Some(need.on.clone()),
            at: inputs.last().map_or(need.slot, |end| end.ended),
        },
        to: End {
            agent: broken.agent.clone(),
            task: Some(need.task.clone()),
            at: need.begun.unwrap_or(need.slot),
        },
        resource: None,
        says: format!("{}: {}", broken.agent, broken.sentence),
    }
}

fn declared(need: &Need) -> Threshold {
    Threshold {
        text: format!("{} depends_on {}", need.task, need.on),
        source: Source::Declared,
    }
}

fn ran_before(
    across: &Across<'_>,
    agent: &AgentId,
    need: &Need,
    whose: &str,
    inputs: &[&Ended],
) -> Option<Finding> {
    let begun = need.begun?;
    let earliest = need.before.unwrap_or(begun - FRESH).max(begun - FRESH);
    let there = inputs
        .iter()
        .any(|end| end.ended > earliest && end.ended <= begun);
    let late = inputs
        .iter()
        .find(|end| end.ended > begun && end.ended - begun < FRESH)?;
    if there {
        return None;
    }
    let mut finding = head(
        FindingKind::DependencyBroken,
        Severity::Critical,
        agent,
        Some(&need.task),
        begun,
    );
    finding.sentence = format!(
        "{} looked {}, {whose} was done {}",
        need.task,
        across.when(begun),
        across.when(late.ended)
    );
    finding.evidence = vec![need.evidence.clone()];
    finding.threshold = Some(declared(need));
    "with the next slot that runs after its input".clone_into(&mut finding.clears);
    Some(finding)
}

fn did_not_follow(
    across: &Across<'_>,
    agent: &AgentId,
    need: &Need,
    whose: &str,
    inputs: &[&Ended],
) -> Option<Finding> {
    if !matches!(need.state, TaskState::Missed | TaskState::SkippedSilently) {
        return None;
    }
    let earliest = need
        .before
        .unwrap_or(need.slot - FRESH)
        .max(need.slot - FRESH);
    let input = inputs
        .iter()
        .rev()
        .find(|end| end.ended > earliest && end.ended <= need.deadline)?;
    let mut finding = head(
        FindingKind::DependencyBroken,
        Severity::Critical,
        agent,
        Some(&need.task),
        need.slot,
    );
    finding.sentence = format!(
        "{whose} was done {}, and {} (due {}) did not follow",
        across.when(input.ended),
        need.task,
        across.when(need.slot)
    );
    finding.evidence = vec![need.evidence.clone()];
    finding.threshold = Some(declared(need));
    "when it runs".clone_into(&mut finding.clears);
    Some(finding)
}
