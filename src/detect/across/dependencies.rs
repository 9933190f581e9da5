//! `dependency_broken`: what a task waits for was done and the task did not follow; or it ran before its input was
//! there. The link is named.

use std::sync::Arc;

use super::{Across, Found, head};
use crate::detect::Judged;
use crate::detect::needs::{Ended, Need};
use crate::domain::finding::{Evidence, Finding, FindingKind, Severity, Threshold};
use crate::domain::fleet::TaskState;
use crate::domain::heartbeat::RunStatus;
use crate::domain::id::AgentId;
use crate::domain::link::{End, Link, LinkKind};
use crate::domain::policy::Source;
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// An input this old belongs to an earlier round.
const FRESH: Span = Span::DAY;

/// Links before the broken one that are told.
const MOST_LINKS: usize = 4;

pub fn check(across: &Across<'_>, found: &mut Found) {
    for one in across.judged {
        let mut newest: Vec<Finding> = Vec::new();
        for need in &one.trace.needs {
            let input = Input::of(across, one, need);
            let broken = ran_before(across, &one.view.id, need, &input)
                .or_else(|| did_not_follow(across, &one.view.id, need, &input));
            let Some(broken) = broken else { continue };
            newest.retain(|known| known.task != broken.task);
            found.links.push(link(need, &input, &broken));
            newest.push(broken);
        }
        found.findings.append(&mut newest);
    }
}

/// What a task waits for.
struct Input<'a> {
    /// As the waiting agent would say it: `fetch`, or `other/fetch`.
    name: String,
    owner: &'a Judged,
    /// Good ends of it, oldest first.
    ends: Vec<&'a Ended>,
}

impl<'a> Input<'a> {
    /// The agent's own task, else the named agent's, else anyone's.
    fn of(across: &'a Across<'_>, agent: &'a Judged, need: &Need) -> Self {
        let name = need.on.as_str();
        let (wanted, task) = match name.split_once('/').or_else(|| name.split_once(':')) {
            Some((agent, task)) => (Some(agent), task),
            None => (None, name),
        };
        let own = good_ends(agent, name);
        if own.is_empty() {
            let others = across.judged.iter().map(Arc::as_ref).filter(|other| {
                let id = &other.view.id;
                *id != agent.view.id && wanted.is_none_or(|wanted| id.as_str() == wanted)
            });
            for owner in others {
                let ends = good_ends(owner, task);
                if !ends.is_empty() {
                    let name = format!("{}/{task}", owner.view.id);
                    return Self { name, owner, ends };
                }
            }
        }
        Self {
            name: need.on.to_string(),
            owner: agent,
            ends: own,
        }
    }
}

fn good_ends<'a>(of: &'a Judged, task: &str) -> Vec<&'a Ended> {
    let ended = of.trace.ended.iter();
    ended
        .filter(|end| end.task.as_str() == task)
        .filter(|end| matches!(end.status, RunStatus::Ok | RunStatus::Partial))
        .collect()
}

/// One link of the way to the broken one: a run that was done in time.
struct Done {
    says: String,
    line: Evidence,
}

/// The way to an input that was done: what it waited for itself, oldest first, and the input last.
fn way(across: &Across<'_>, input: &Input<'_>, end: &Ended) -> Vec<Done> {
    let mut way = vec![done(across, input, end)];
    let needs = input.owner.trace.needs.iter();
    let mut waited = needs
        .filter(|need| need.task == end.task && need.begun == Some(end.begun))
        .collect::<Vec<_>>();
    let mut owner = input.owner;
    while let Some(need) = waited.pop() {
        let before = Input::of(across, owner, need);
        let begun = need.begun.unwrap_or(need.slot);
        let Some(end) = before.ends.iter().rev().find(|end| end.ended <= begun) else {
            continue;
        };
        way.insert(0, done(across, &before, end));
        if way.len() > MOST_LINKS {
            break;
        }
        owner = before.owner;
        let needs = owner.trace.needs.iter();
        waited = needs
            .filter(|need| need.task == end.task && need.begun == Some(end.begun))
            .collect();
    }
    way
}

fn done(across: &Across<'_>, input: &Input<'_>, end: &Ended) -> Done {
    let says = format!("{} was done {}", input.name, across.when(end.ended));
    let mut logs = input.owner.trace.logs.iter();
    let file = logs.find(|(id, _)| *id == end.line.file);
    let line = Evidence {
        file: file.map_or_else(|| Untrusted::from("?"), |(_, name)| name.clone()),
        locus: end.line,
        at: Some(end.ended),
        text: Untrusted::from(says.clone()),
    };
    Done { says, line }
}

/// The link that did not fire: from the end of what is waited for to the slot that waits.
fn link(need: &Need, input: &Input<'_>, broken: &Finding) -> Link {
    Link {
        kind: LinkKind::Dependency,
        from: End {
            agent: input.owner.view.id.clone(),
            task: Some(need.on.clone()),
            at: input.ends.last().map_or(need.slot, |end| end.ended),
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
    input: &Input<'_>,
) -> Option<Finding> {
    let begun = need.begun?;
    let earliest = need.before.unwrap_or(begun - FRESH).max(begun - FRESH);
    let mut ends = input.ends.iter();
    if ends.any(|end| end.ended > earliest && end.ended <= begun) {
        return None;
    }
    let mut ends = input.ends.iter();
    let late = ends.find(|end| end.ended > begun && end.ended - begun < FRESH)?;
    let late = done(across, input, late);
    let mut finding = broken(agent, need, begun);
    let looked = format!("{} looked {}", need.task, across.when(begun));
    finding.sentence = format!("{looked}, {}", late.says);
    let line = need.looked.iter().map(|line| Evidence {
        text: Untrusted::from(looked.clone()),
        ..line.clone()
    });
    finding.evidence = line.chain([late.line, need.planned.clone()]).collect();
    "with the next slot that runs after its input".clone_into(&mut finding.clears);
    Some(finding)
}

fn did_not_follow(
    across: &Across<'_>,
    agent: &AgentId,
    need: &Need,
    input: &Input<'_>,
) -> Option<Finding> {
    if !matches!(need.state, TaskState::Missed | TaskState::SkippedSilently) {
        return None;
    }
    let earliest = need
        .before
        .unwrap_or(need.slot - FRESH)
        .max(need.slot - FRESH);
    let mut ends = input.ends.iter().rev();
    let end = ends.find(|end| end.ended > earliest && end.ended <= need.deadline)?;
    let way = way(across, input, end);
    let says: Vec<&str> = way.iter().map(|link| link.says.as_str()).collect();
    let mut finding = broken(agent, need, need.slot);
    finding.sentence = format!(
        "{}, and {} (due {}) did not follow",
        says.join(", "),
        need.task,
        across.when(need.slot)
    );
    finding.evidence = way.into_iter().map(|link| link.line).collect();
    finding.evidence.push(need.planned.clone());
    "when it runs".clone_into(&mut finding.clears);
    Some(finding)
}

fn broken(agent: &AgentId, need: &Need, since: Ts) -> Finding {
    let kind = FindingKind::DependencyBroken;
    let mut finding = head(kind, Severity::Critical, agent, Some(&need.task), since);
    finding.threshold = Some(declared(need));
    finding
}
