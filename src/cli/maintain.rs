//! `rounds maintain`

use super::ack::{finish, how, length};
use super::args::{Args, Maintain};
use super::engine::Engine;
use super::place::{MAKE_WRITABLE, Place};
use super::{Exit, Failure, Surroundings};
use crate::domain::id::AgentId;
use crate::domain::time::Span;
use crate::report::said::{Outcome, Said};

pub fn run(asked: &Maintain, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &args.paths, here)?;
    place.writable("what is said is kept in the ledger", MAKE_WRITABLE)?;
    if place.at.is_some() {
        return Err(Failure::new("maintenance begins now").remedy("without --at"));
    }
    let length = match asked.length.as_str() {
        "off" => Span::ZERO,
        text => length(text)?,
    };
    let mut engine = Engine::open(&place)?;
    let now = engine.board(None)?.at;
    let agent = asked.agent.as_deref().map(AgentId::from);
    let until = now + length;
    let outcome = Outcome {
        id: None,
        agent: agent.as_ref().map(ToString::to_string),
        sentence: engine.maintain(agent, until, how(asked.saying.dry_run)),
    };
    let said = Said {
        at: now,
        dry_run: asked.saying.dry_run,
        word: "maintenance",
        until: (until > now).then_some(until),
        outcomes: vec![outcome],
    };
    let look = here.terminal.look(args.global.color, &place.config.ui);
    finish(&said, &asked.saying, look)
}
