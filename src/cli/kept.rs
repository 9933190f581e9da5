//! `rounds kept`: the versions of files that orders replaced, for a day.

use super::args::Args;
use super::engine::Engine;
use super::orders::Kept;
use super::out::complain;
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::finding::Finding;
use crate::domain::fleet::Fleet;
use crate::domain::id::AgentId;
use crate::domain::page::Compared;
use crate::domain::text::clean_within;
use crate::report::{Look, kept as report};

pub fn run(asked: &Kept, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    let look = here.terminal.look(args.global.color, &place.config.ui);
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
        let lost = lost(&fleet, &agents, &mut engine);
        answer(&if asked.json {
            report::lost_json(&lost, fleet.at)
        } else {
            overwritten(&lost, &fleet, look)
        })?;
        return Ok(Exit::Done);
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
            (Some(_), Some(copy)) => text.push_str(&report::compared(copy, look)),
            (Some(_), None) | (None, _) => text.push_str(&report::list(agent, copies, look)),
        }
    }
    if text.is_empty() {
        text.push_str("nothing is kept: no order changed a file within a day\n");
    }
    answer(&text)?;
    Ok(Exit::Done)
}

/// What the lost updates of these agents took, and what is there now. One that cannot be compared is told and left out.
fn lost<'a>(
    fleet: &'a Fleet,
    agents: &[AgentId],
    engine: &mut Engine,
) -> Vec<(&'a Finding, Compared)> {
    let mut all = Vec::new();
    let theirs = fleet.findings.iter();
    for found in theirs.filter(|found| agents.contains(&found.agent)) {
        if let Some(lost) = found.lost() {
            let file = clean_within(&lost.file.shown(), 120);
            match engine.lost(lost) {
                Ok(compared) => all.push((found.as_ref(), *compared)),
                Err(why) => complain(&format!("{}: {file}: {}", found.agent, why.what)),
            }
        }
    }
    all
}

fn overwritten(all: &[(&Finding, Compared)], fleet: &Fleet, look: Look) -> String {
    if all.is_empty() {
        return "nothing that was overwritten is known\n".to_owned();
    }
    let told = all
        .iter()
        .map(|(found, compared)| report::lost(found, compared, fleet.zone(), look));
    told.collect::<Vec<_>>().join("\n")
}
