//! `rounds edit`: one of an agent's own files in an editor, written back by the rules of every other order.

use std::io::{IsTerminal, Read};
use std::path::Path;

use super::args::Args;
use super::engine::Engine;
use super::operate::{exit, one};
use super::orders::{Edit, Operate};
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer, out};
use crate::domain::id::AgentId;
use crate::domain::text::clean_within;
use crate::ops::{Begin, Drafted, Request, Verb, Wanted};
use crate::paths;
use crate::report::operated::Operated;
use crate::ui::term;

pub fn run(asked: &Edit, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    if place.at.is_some() {
        return Err(Failure::new("what is edited is edited now").remedy("without --at"));
    }
    let text = asked.with.as_deref().map(text_of).transpose()?;
    let mut engine = Engine::open(&place)?;
    let fleet = engine.board(None)?;
    let agent = AgentId::from(asked.agent.as_str());
    if fleet.agents.iter().all(|view| view.id != agent) {
        let shown = clean_within(&asked.agent, 64);
        return Err(Failure::new(format!("there is no agent {shown} here"))
            .remedy("rounds standup, which names them all"));
    }
    let wanted = asked.file.clone().map_or(Wanted::Plan, Wanted::Named);
    let begin = if asked.anew || text.is_some() {
        Begin::Anew
    } else {
        Begin::TakeUp
    };
    let draft = engine.draft(&agent, &wanted, begin)?;
    match text {
        Some(text) => engine.fill_draft(&draft.name, &text)?,
        None => in_editor(&draft)?,
    }
    let request = Request {
        draft: Some(draft.name.clone()),
        reason: asked.how.reason.clone(),
        ..Request::new(engine.new_op(), Verb::Edit, agent)
    };
    let order = Operate {
        how: asked.how.clone(),
        ..Operate::default()
    };
    let mut done = Operated {
        at: fleet.at,
        verb: Verb::Edit.word(),
        dry_run: asked.how.dry_run,
        ones: Vec::new(),
    };
    let look = here.terminal.look(args.global.color, &place.config.ui);
    let one = one(&mut engine, request, &order, look)?;
    if asked.how.dry_run && asked.with.is_some() {
        engine.drop_draft(&draft.name);
    }
    let ended = exit(&one);
    if !asked.how.json {
        answer(&one.text(look))?;
    }
    done.ones.push(one);
    if asked.how.json {
        answer(&done.json())?;
    }
    Ok(ended)
}

fn text_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if path == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text).map(|_| text)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| {
        let shown = paths::shorten(path, None);
        Failure::new(format!("{shown} cannot be read: {error}")).remedy("--with a file, or -")
    })
}

/// Opens the draft and waits until the editor has left.
fn in_editor(draft: &Drafted) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("an editor wants a terminal").remedy("--with FILE"));
    }
    if draft.again {
        out::complain("this is the draft you left; --anew begins with the file as it is");
    }
    term::in_editor(&draft.path)
        .map_err(|error| Failure::new(error.to_string()).remedy("export EDITOR=vi, or --with FILE"))
}
