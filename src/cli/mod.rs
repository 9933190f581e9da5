//! The command line: one file a command. Same rules, same views as the control room.

mod ack;
pub mod args;
mod check;
mod completions;
mod crontab;
mod demo;
mod doctor;
mod edit;
mod engine;
mod failure;
mod init;
mod inspect;
mod journal;
mod kept;
mod ledger;
mod lint;
mod log;
mod maintain;
pub mod man;
mod nothing;
mod operate;
pub mod orders;
mod out;
mod place;
mod plan;
mod progress;
pub mod reference;
mod retro;
mod room;
mod sprint;
mod standup;
mod surroundings;
mod watch;
pub mod when;
mod why;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::domain::text::clean;
use args::{Args, Command};
pub use failure::{Exit, Failure};
pub use surroundings::Surroundings;

/// Runs the process: arguments in, exit status out. Every error has been told when this returns.
pub fn main() -> ExitCode {
    // Whatever rounds makes is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    crate::sys::memory::divide();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    match run(&args, &Surroundings::read()) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let failure = match args.command.as_ref().and_then(folder_for_an_agent) {
                Some(folder) => failure.remedy(format!(
                    "--path {}: an agent is named here, and a folder goes there",
                    clean(folder)
                )),
                None => failure,
            };
            out::complain(&failure.to_string());
            Exit::Failed.into()
        }
    }
}

/// Many commands take a folder where others take the name of an agent: fingers mix them up.
fn folder_for_an_agent(command: &Command) -> Option<&str> {
    let is_folder = |name: &&str| name.contains('/') && Path::new(name).is_dir();
    command.agents().into_iter().find(is_folder)
}

/// Help and version go to standard output, mistakes to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match out::write(&error.render().to_string()) {
                Ok(_) => Exit::Done.into(),
                Err(_) => Exit::Failed.into(),
            }
        }
        _ => {
            let text = error.render().to_string();
            out::complain(text.strip_prefix("error: ").unwrap_or(&text));
            Exit::Failed.into()
        }
    }
}

fn run(args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    match &args.command {
        Some(Command::Lint(lint)) => lint::run(lint, args, here),
        Some(Command::Doctor(doctor)) => doctor::run(doctor, args, here),
        Some(Command::Init(init)) => init::run(init, args, here),
        Some(Command::Completions(completions)) => completions::run(completions),
        Some(Command::Man) => man::run(),
        Some(Command::Standup(asked)) => standup::run(asked, args, here),
        Some(Command::Check(asked)) => check::run(asked, args, here),
        Some(Command::Ack(asked)) => ack::run(asked, args, here),
        Some(Command::Maintain(asked)) => maintain::run(asked, args, here),
        Some(Command::Watch(asked)) => watch::run(asked, args, here),
        Some(Command::Why(asked)) => why::run(asked, args, here),
        Some(Command::Log(asked)) => log::run(asked, args, here),
        Some(Command::Retro(asked)) => retro::run(asked, args, here),
        Some(Command::Sprint(asked)) => sprint::run(asked, args, here),
        Some(Command::Plan(asked)) => plan::run(asked, args, here),
        Some(Command::Demo(asked)) => demo::run(asked, args, here),
        Some(Command::Kept(asked)) => kept::run(asked, args, here),
        Some(Command::Edit(asked)) => edit::run(asked, args, here),
        Some(Command::Ledger(asked)) => ledger::run(asked, args, here),
        Some(ordered) => operate::ordered(ordered, args, here),
        None => room::run(args, here),
    }
}

/// Writes an answer; a reader who has left early is none of our business.
fn answer(text: &str) -> Result<(), Failure> {
    out::write(text)?;
    Ok(())
}
