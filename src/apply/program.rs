//! The operator's own commands as steps: to start or stop a run, or to look whether an action has been done.
//!
//! Argument vectors from the operator's config, never a shell and nothing from an agent's file; [`crate::sys::run`] runs them.

use std::time::Duration;

use super::{Desk, Effect, Ended, Step};
use crate::domain::text::clean_within;
use crate::sys::gate::Call;
use crate::sys::run::{Running, Surrounding};

/// A command on its way.
#[derive(Debug)]
pub struct Program {
    argv: Vec<String>,
    timeout: Duration,
    surrounding: Surrounding,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Running(Box<Running>),
    Over(Ended),
}

impl Program {
    pub fn new(argv: Vec<String>, timeout: Duration, surrounding: Surrounding) -> Self {
        Self {
            argv,
            timeout,
            surrounding,
            state: State::Start,
        }
    }

    pub fn step(&mut self, desk: &mut Desk<'_>) -> Step {
        match &mut self.state {
            State::Start => {
                self.state = self.start(desk);
                match &self.state {
                    State::Over(ended) => Step::Ended(ended.clone()),
                    State::Start | State::Running(_) => Step::Wait(desk.now),
                }
            }
            State::Running(running) => {
                let asked = desk.gate.through(Call::ProgramAsk, || running.ask());
                // Not being able to ask is no answer: it is asked again until its time is over.
                let Ok(Some(status)) = asked else {
                    return Step::Wait(desk.now + running.goes_on(desk.now));
                };
                let ended = Ended::Done(Effect::Program(running.ended(status)));
                self.state = State::Over(ended.clone());
                Step::Ended(ended)
            }
            State::Over(ended) => Step::Ended(ended.clone()),
        }
    }

    fn start(&self, desk: &mut Desk<'_>) -> State {
        let until = desk.now + self.timeout;
        let started = desk.gate.through(Call::ProgramStart, || {
            Running::start(&self.argv, self.surrounding, b"", until)
        });
        match started {
            Ok(running) => State::Running(Box::new(running)),
            Err(error) => {
                let program = self.argv.first().map_or("", String::as_str);
                State::Over(Ended::Failed(format!(
                    "{} could not be started: {error}",
                    clean_within(program, 60)
                )))
            }
        }
    }
}
