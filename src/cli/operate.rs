//! The verbs: `rounds hold`, `rounds retry` and the others, by the same rules as the control room.

use std::io::{BufRead, IsTerminal, Write};

use super::args::{Args, Command};
use super::engine::Engine;
use super::orders::{Handoff, Operate};
use super::place::Place;
use super::{Exit, Failure, Surroundings, answer};
use crate::domain::id::{AgentId, OpId, TaskId};
use crate::domain::text::clean_within;
use crate::ops::{Answer, Ask, Confirm, Landed, Letter, LetterKind, Plan, Refusal, Request, Verb};
use crate::report::Look;
use crate::report::operated::{One, Operated, said};

/// What a verb takes besides the subjects.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    pub key: Option<String>,
    pub undoes: Option<String>,
    pub copy: Option<String>,
    pub letter: Option<Letter>,
    /// As it was written; read in the screen's zone.
    pub due: Option<String>,
}

/// What a hand-off says.
fn letter(asked: &Handoff) -> Letter {
    Letter {
        kind: LetterKind::Handoff,
        text: asked.operate.how.reason.clone().unwrap_or_default(),
        to: asked.to.as_deref().map(AgentId::from),
        done: asked.done.clone(),
        pending: asked.pending.clone(),
        gotchas: asked.mind.clone(),
    }
}

/// Runs the command of a verb; the others are no orders.
pub fn ordered(command: &Command, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let none = Extra::default();
    let plain = |verb, asked| run(verb, asked, &none, args, here);
    match command {
        Command::Reclaim(asked) => plain(Verb::Reclaim, asked),
        Command::Retry(asked) => {
            let extra = Extra {
                due: asked.due.clone(),
                ..none
            };
            run(Verb::Retry, &asked.operate, &extra, args, here)
        }
        Command::Skip(asked) => plain(Verb::Skip, asked),
        Command::Hold(asked) => plain(Verb::Hold, asked),
        Command::Release(asked) => plain(Verb::Release, asked),
        Command::Run(asked) => plain(Verb::Run, asked),
        Command::Stop(asked) => plain(Verb::Stop, asked),
        Command::Done(asked) => plain(Verb::Done, asked),
        Command::Approve(asked) => {
            let extra = Extra {
                key: asked.key.clone(),
                ..none
            };
            run(Verb::Approve, &asked.operate, &extra, args, here)
        }
        Command::Undo(asked) => {
            let extra = Extra {
                undoes: asked.op.clone(),
                ..none
            };
            run(Verb::Undo, &asked.operate, &extra, args, here)
        }
        Command::Merge(asked) => {
            let extra = Extra {
                copy: asked.copy.clone(),
                ..none
            };
            run(Verb::Merge, &asked.operate, &extra, args, here)
        }
        Command::Note(asked) => {
            let text = asked.operate.how.reason.clone().unwrap_or_default();
            let extra = Extra {
                letter: asked.inbox.then(|| Letter {
                    text,
                    ..Letter::default()
                }),
                ..none
            };
            run(Verb::Note, &asked.operate, &extra, args, here)
        }
        Command::Handoff(asked) => {
            let extra = Extra {
                letter: Some(letter(asked)),
                ..none
            };
            run(Verb::Handoff, &asked.operate, &extra, args, here)
        }
        Command::Standup(_)
        | Command::Retro(_)
        | Command::Sprint(_)
        | Command::Plan(_)
        | Command::Check(_)
        | Command::Watch(_)
        | Command::Ack(_)
        | Command::Maintain(_)
        | Command::Kept(_)
        | Command::Edit(_)
        | Command::Ledger(_)
        | Command::Why(_)
        | Command::Log(_)
        | Command::Lint(_)
        | Command::Init(_)
        | Command::Doctor(_)
        | Command::Demo(_)
        | Command::Completions(_)
        | Command::Man => Err(Failure::new("this command orders nothing")),
    }
}

fn run(
    verb: Verb,
    asked: &Operate,
    extra: &Extra,
    args: &Args,
    here: &Surroundings,
) -> Result<Exit, Failure> {
    let place = Place::find(&args.global, &[], here)?;
    if place.at.is_some() {
        return Err(Failure::new("what is done is done now").remedy("without --at"));
    }
    let due = extra
        .due
        .as_deref()
        .map(|text| super::when::ahead(text, place.now, place.zone))
        .transpose()
        .map_err(|why| {
            Failure::new(format!("--due: {why}")).remedy("14:20, 2h, 2026-03-28T07:10:00Z")
        })?;
    let look = here.terminal.look(args.global.color, &place.config.ui);
    let mut engine = Engine::open(&place)?;
    let fleet = engine.board(None)?;
    let mut done = Operated {
        at: fleet.at,
        verb: verb.word(),
        dry_run: asked.how.dry_run,
        ones: Vec::new(),
    };
    for subject in &asked.subjects {
        let request = request(verb, subject, asked, extra, &fleet, engine.new_op())?;
        let one = one(&mut engine, Request { due, ..request }, asked, look)?;
        if !asked.how.json {
            answer(&one.text(look))?;
        }
        done.ones.push(one);
    }
    if asked.how.json {
        answer(&done.json())?;
    }
    Ok(done
        .ones
        .iter()
        .map(exit)
        .max_by_key(|exit| rank(*exit))
        .unwrap_or(Exit::Done))
}

pub(super) fn exit(one: &One) -> Exit {
    match one.landed {
        Some(Landed::Done) => Exit::Done,
        None if one.refused.is_none() => Exit::Done,
        None | Some(Landed::NotApplied) => Exit::Found,
        Some(Landed::Open | Landed::Conflicted | Landed::Unknown) => Exit::Failed,
    }
}

fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Done => 0,
        Exit::Found => 1,
        Exit::Failed => 2,
    }
}

/// An agent, or a task of one. The longest agent's name that fits wins, since names may hold a slash.
fn request(
    verb: Verb,
    subject: &str,
    asked: &Operate,
    extra: &Extra,
    fleet: &crate::domain::fleet::Fleet,
    op: OpId,
) -> Result<Request, Failure> {
    let fits = |agent: &&AgentId| {
        let rest = subject.strip_prefix(agent.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let agents = fleet.agents.iter().map(|view| &view.id).filter(fits);
    let Some(agent) = agents.max_by_key(|agent| agent.as_str().len()) else {
        let shown = clean_within(subject, 64);
        return Err(Failure::new(format!("there is no agent for {shown}"))
            .remedy("rounds standup, which names them all"));
    };
    let task = subject[agent.as_str().len()..].strip_prefix('/');
    Ok(Request {
        task: task.map(TaskId::from),
        reason: asked.how.reason.clone(),
        key: extra.key.clone(),
        copy: extra.copy.clone(),
        undoes: extra.undoes.as_deref().map(OpId::from),
        letter: extra.letter.clone(),
        ..Request::new(op, verb, agent.clone())
    })
}

pub(super) fn one(
    engine: &mut Engine,
    request: Request,
    asked: &Operate,
    look: Look,
) -> Result<One, Failure> {
    let subject = match &request.task {
        Some(task) => format!("{}/{task}", request.agent),
        None => request.agent.to_string(),
    };
    let mut one = One::new(request.op.to_string(), subject);
    let plan = match engine.would(&request) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(one.refuse(&flagged(refusal, request.verb))),
    };
    one.plan(&plan);
    if asked.how.dry_run {
        return Ok(one);
    }
    let given = confirm(&plan, &one, asked, look)?;
    if let Err(why) = plan.level.admits(&given) {
        return Ok(one.refuse(&Refusal::new(why).but(said(&plan.level))));
    }
    match engine.carry(plan) {
        Ok(carried) => {
            one.landed = Some(carried.landed);
            one.sentence = carried.sentence;
            one.level = carried.level;
            one.verified = carried.verified;
            Ok(one)
        }
        Err(refusal) => Ok(one.refuse(&refusal)),
    }
}

/// Where an order lacks words, the option that takes them.
fn flagged(refusal: Refusal, verb: Verb) -> Refusal {
    let (Some(ask), None) = (refusal.asks, &refusal.possible) else {
        return refusal;
    };
    let flag = match ask {
        Ask::Letter if verb == Verb::Handoff => "--done TEXT, --pending TEXT or --mind TEXT",
        Ask::Letter | Ask::Reason => "--reason TEXT",
        Ask::Step | Ask::Until | Ask::Check => return refusal,
    };
    refusal.but(flag)
}

/// What was said on the command line; on a terminal what is missing is asked for. The default is no.
fn confirm(plan: &Plan, one: &One, asked: &Operate, look: Look) -> Result<Answer, Failure> {
    let mut given = Answer {
        yes: asked.how.yes,
        code: asked.how.code.clone(),
        outside: asked.checked_outside,
    };
    let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !asks || asked.how.json || plan.level.admits(&given).is_ok() {
        return Ok(given);
    }
    let question = match &plan.level {
        Confirm::None => return Ok(given),
        Confirm::Yes => "y / N: ".to_owned(),
        Confirm::Code(code) => format!("type {} to do it: ", code.text()),
        Confirm::CodeAndOutside(code) => format!(
            "look outside whether it was done; type {} if it was not: ",
            code.text()
        ),
    };
    let mut errors = std::io::stderr().lock();
    write!(errors, "{}{question}", one.preview(look))?;
    errors.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let said = line.trim();
    match &plan.level {
        Confirm::None | Confirm::Yes => given.yes = matches!(said, "y" | "Y" | "yes"),
        Confirm::Code(_) => given.code = Some(said.to_owned()),
        Confirm::CodeAndOutside(_) => {
            given.code = Some(said.to_owned());
            given.outside = true;
        }
    }
    Ok(given)
}
