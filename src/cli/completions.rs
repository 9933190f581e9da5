//! `rounds completions SHELL`

use clap::CommandFactory;

use super::args::{Args, Completions};
use super::{Exit, Failure, answer};

pub fn run(asked: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut Args::command(), "rounds", &mut script);
    answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
