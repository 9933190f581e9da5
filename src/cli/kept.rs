//! `rounds kept`: the versions of files that orders replaced, for a day.

use super::args::Args;
use super::engine::Engine;
use super::orders::Kept;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::fleet::Fleet;
use crate::domain::id::AgentId;
use crate::domain::text::clean_within;
use crate::report::kept as report;

pub fn run(asked: &Kept, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    let mut engine = Engine::open(&place)?;
    let fleet = engine.board(None)?;
    let wanted = asked.agent.as_deref().map(AgentId::from);
    let agents: Vec<AgentId> = fleet
        .agents
        .iter()
        .map(|view| view.id.clone())
        .filter(|id| wanted.as_ref().is_none_or(|wanted| wanted == id))
        .collect();
    if let (Some(wanted), true) = (&wanted, agents.is_empty()) {
        return Err(Failure::new(format!("there is no agent {wanted} here"))
            .remedy("rounds standup, which names them all"));
    }
    if asked.lost {
        return lost(&fleet, &agents, &mut engine);
    }
    let mut kept = Vec::new();
    for agent in agents {
        let mut copies = engine.copies(&agent)?;
        if let Some(name) = &asked.copy {
            copies.retain(|copy| copy.name == *name);
            if copies.is_empty() {
                let shown = clean_within(name, 120);
                return Err(Failure::new(format!("nothing is kept as {shown}"))
                    .remedy(format!("rounds kept {agent}, which lists them")));
            }
        }
        kept.push((agent, copies));
    }
    if asked.json {
        let depth = match asked.copy {
            Some(_) => report::Depth::Compared,
            None => report::Depth::List,
        };
        answer(&report::json(&kept, fleet.at, depth))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for (agent, copies) in &kept {
        match (&asked.copy, copies.first()) {
            (Some(_), Some(copy)) => text.push_str(&report::compared(copy)),
            (Some(_), None) | (None, _) => text.push_str(&report::list(agent, copies)),
        }
    }
    if text.is_empty() {
        text.push_str("nothing is kept: no order changed a file within a day\n");
    }
    answer(&text)?;
    Ok(Exit::Done)
}

/// What the lost updates of these agents took, beside what is there now.
fn lost(fleet: &Fleet, agents: &[AgentId], engine: &mut Engine) -> Result<Exit, Failure> {
    let mut told = Vec::new();
    let theirs = fleet.findings.iter();
    for found in theirs.filter(|found| agents.contains(&found.agent)) {
        if let Some(lost) = found.lost() {
            let compared = engine.lost(lost)?;
            told.push(report::lost(found, &compared, fleet.zone()));
        }
    }
    if told.is_empty() {
        told.push("nothing that was overwritten is known\n".to_owned());
    }
    answer(&told.join("\n"))?;
    Ok(Exit::Done)
}
