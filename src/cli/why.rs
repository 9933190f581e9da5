//! `rounds why AGENT[/TASK]`

use std::fmt::Write as _;

use super::args::{Args, Why};
use super::engine::Engine;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::config::suggest::nearest;
use crate::domain::agent::AgentState;
use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::text::clean_within;
use crate::report::why::{self as report, Subject};

pub fn run(asked: &Why, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let paths: Vec<_> = args.paths.iter().chain(&asked.paths).cloned().collect();
    let place = Place::find(&args.global, &paths, here)?;
    let mut engine = Engine::open(&place)?;
    let fleet = engine.board(None)?;
    let (agent, task) = find(&fleet, &asked.subject)?;
    let subject = Subject {
        agent,
        task: task.as_ref(),
    };
    let text = if asked.json {
        report::json(&engine.with_offers(&fleet), subject)
    } else {
        report::text(
            &fleet,
            subject,
            here.terminal.look(args.global.color, &place.config.ui),
        )
    };
    answer(&text)?;
    Ok(match agent.state {
        AgentState::Blind => Exit::Failed,
        AgentState::Paused
        | AgentState::Down
        | AgentState::Stale
        | AgentState::Late
        | AgentState::Unknown
        | AgentState::Ok => Exit::Done,
    })
}

/// An agent of this name, else the agent and the task on both sides of a `/` (names may hold one).
fn find<'a>(fleet: &'a Fleet, subject: &str) -> Result<(&'a AgentView, Option<TaskId>), Failure> {
    if let Some(agent) = fleet.agent(&AgentId::from(subject)) {
        return Ok((agent, None));
    }
    for (at, _) in subject.match_indices('/') {
        if let Some(agent) = fleet.agent(&AgentId::from(&subject[..at])) {
            return task(agent, &subject[at + 1..]).map(|task| (agent.as_ref(), Some(task)));
        }
    }
    let name = subject.split('/').next().unwrap_or(subject);
    let names = fleet.agents.iter().map(|agent| agent.id.as_str());
    let failure = Failure::new(format!("there is no agent {}", clean_within(subject, 64)));
    Err(match nearest(name, names) {
        Some(near) => failure.remedy(format!("rounds why {}", clean_within(near, 64))),
        None => failure.remedy(format!(
            "one of {}",
            listed(fleet.agents.iter().map(|agent| agent.id.to_string()))
        )),
    })
}

fn task(agent: &AgentView, name: &str) -> Result<TaskId, Failure> {
    let mut names: Vec<&TaskId> = agent.every_task().map(|task| &task.id).collect();
    names.sort();
    names.dedup();
    if let Some(found) = names.iter().find(|id| id.as_str() == name) {
        return Ok((*found).clone());
    }
    let failure = Failure::new(format!(
        "{} has no task {}",
        agent.id,
        clean_within(name, 64)
    ));
    Err(match nearest(name, names.iter().map(|id| id.as_str())) {
        Some(near) => failure.remedy(format!(
            "rounds why {}/{}",
            agent.id,
            clean_within(near, 64)
        )),
        None if names.is_empty() => {
            failure.remedy(format!("rounds why {}: its plan names no task", agent.id))
        }
        None => failure.remedy(format!(
            "one of {}",
            listed(names.iter().map(ToString::to_string))
        )),
    })
}

/// The first twelve names.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    const MOST: usize = 12;
    let rest = names.len().saturating_sub(MOST);
    let mut text = names.take(MOST).collect::<Vec<_>>().join(", ");
    if rest > 0 {
        let _ = write!(text, " and {rest} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn said(subject: &str) -> String {
        match find(&fixture::fleet(), subject) {
            Ok((agent, task)) => format!("{} {task:?}", agent.id),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn finds_agents_and_their_tasks() {
        assert_eq!(said("publisher"), "publisher None");
        assert_eq!(
            said("publisher/newsletter"),
            "publisher Some(TaskId(newsletter))"
        );
    }

    #[test]
    fn says_what_was_probably_meant() {
        assert!(said("publihser").contains("rounds why publisher"));
        assert!(said("publisher/newsleter").contains("rounds why publisher/newsletter"));
        assert!(said("nobody").contains("and 2 more"), "{}", said("nobody"));
    }
}
