//! The operator's own commands: to start or stop a run, or to look whether an action has been done.
//!
//! Argument vectors from the operator's config, never a shell and nothing from an agent's file. Each runs in a process group of
//! its own, not in an agent's folder, and is ended with its group when its time is over.

use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Desk, Effect, Ended, Step};
use crate::domain::text::{clean_within, decode};
use crate::sys::gate::Call;

/// What of the output is kept: its end, in bytes.
const OUTPUT: u64 = 4096;
/// What of it is shown, in columns.
const SHOWN: usize = 200;
/// Pauses between two looks whether it has ended grow from the first to the second.
const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_millis(50);
/// From being asked to end to being ended.
const GRACE: Duration = Duration::from_secs(2);

/// What a command may see of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surrounding {
    /// What rounds was started with: a service manager finds its user's session there.
    Own,
    /// `PATH` alone.
    Cleared,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub end: End,
    /// The last line that it wrote, fit to be shown.
    pub said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

impl Ran {
    pub fn sentence(&self) -> String {
        let said = if self.said.is_empty() {
            String::new()
        } else {
            format!(": {}", self.said)
        };
        match self.end {
            End::Exit(0) => format!("the command ended well{said}"),
            End::Exit(code) => format!("the command ended with {code}{said}"),
            End::Signal(signal) => format!("the command was ended by signal {signal}{said}"),
            End::TimedOut => format!("the command was ended, its time was over{said}"),
        }
    }
}

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

#[derive(Debug)]
struct Running {
    child: Child,
    output: File,
    until: Instant,
    /// Asked to end.
    asked: Option<Instant>,
    pause: Duration,
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
        let state = std::mem::replace(&mut self.state, State::Start);
        self.state = match state {
            State::Start => self.start(desk),
            State::Running(running) => watch(desk, running),
            State::Over(ended) => State::Over(ended),
        };
        match &self.state {
            State::Over(ended) => Step::Ended(ended.clone()),
            State::Running(running) => Step::Wait(desk.now + running.pause),
            State::Start => Step::Wait(desk.now),
        }
    }

    fn start(&self, desk: &mut Desk<'_>) -> State {
        let started = desk.gate.through(Call::ProgramStart, || self.spawn());
        match started {
            Ok((child, output)) => State::Running(Box::new(Running {
                child,
                output,
                until: desk.now + self.timeout,
                asked: None,
                pause: SHORT,
            })),
            Err(error) => {
                let program = self.argv.first().map_or("", String::as_str);
                State::Over(Ended::Failed(format!(
                    "{} could not be started: {error}",
                    clean_within(program, 60)
                )))
            }
        }
    }

    fn spawn(&self) -> io::Result<(Child, File)> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the command is empty",
            ));
        };
        let output = tempfile::tempfile()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .process_group(0);
        if self.surrounding == Surrounding::Cleared {
            command.env_clear().env("PATH", PATH);
        }
        Ok((command.spawn()?, output))
    }
}

/// Where a cleared environment looks for programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

fn watch(desk: &mut Desk<'_>, mut running: Box<Running>) -> State {
    let asked = desk
        .gate
        .through(Call::ProgramAsk, || running.child.try_wait());
    // Not being able to ask is no answer: it is asked again until its time is over.
    let Ok(Some(status)) = asked else {
        if desk.now >= running.until {
            running.end(desk.now);
        }
        running.pause = (running.pause * 2).min(LONG);
        return State::Running(running);
    };
    let end = if running.asked.is_some() {
        End::TimedOut
    } else {
        end_of(status)
    };
    let said = last_line(&running.output);
    State::Over(Ended::Done(Effect::Program(Ran { end, said })))
}

impl Running {
    /// Asks the whole group to end, and ends it where it does not.
    fn end(&mut self, now: Instant) {
        let signal = match self.asked {
            None => {
                self.asked = Some(now);
                Signal::TERM
            }
            Some(asked) if now >= asked + GRACE => Signal::KILL,
            Some(_) => return,
        };
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group
            && let Err(error) = kill_process_group(group, signal)
        {
            tracing::debug!(%error, "a command could not be ended");
        }
    }
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => End::Signal(0),
    }
}

fn last_line(output: &File) -> String {
    let size = output.metadata().map_or(0, |meta| meta.len());
    let from = size.saturating_sub(OUTPUT);
    let bytes = crate::sys::file::read_at(output, from, OUTPUT as usize).unwrap_or_default();
    let text = decode(&bytes);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    clean_within(line.unwrap_or_default(), SHOWN)
}
