//! Running a command of the operator's: an argument vector, no shell, a time after which it is ended.
//!
//! Each runs in a process group of its own, outside every agent's folder. Who starts one asks for its end when it suits
//! ([`Running::ask`]), or waits for it ([`run`]).

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::domain::text::{clean_within, decode};

/// What of the output is read: its end, in bytes.
const OUTPUT: u64 = 4096;
/// What of it is shown, in columns.
const SHOWN: usize = 200;
/// Pauses between two looks whether it has ended grow from the first to the second.
const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_millis(50);
/// From being asked to end to being ended.
const GRACE: Duration = Duration::from_secs(2);
/// Where a cleared environment looks for programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

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
    /// Its time was over: it was ended, with everything it had started.
    TimedOut,
}

impl Ran {
    pub fn is_good(&self) -> bool {
        self.end == End::Exit(0)
    }

    /// `the command ended with 3: no such job`
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
pub struct Running {
    child: Child,
    output: File,
    until: Instant,
    /// Asked to end.
    asked: Option<Instant>,
    pause: Duration,
}

impl Running {
    /// Starts it. It reads `input`, and nothing else of ours.
    ///
    /// # Errors
    /// There is no such program, or it may not be run.
    pub fn start(
        argv: &[String],
        surrounding: Surrounding,
        input: &[u8],
        until: Instant,
    ) -> io::Result<Self> {
        let Some((program, arguments)) = argv.split_first() else {
            let empty = io::Error::new(io::ErrorKind::InvalidInput, "the command is empty");
            return Err(empty);
        };
        let output = tempfile::tempfile()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir("/")
            .stdin(stdin(input)?)
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .process_group(0);
        if surrounding == Surrounding::Cleared {
            command.env_clear().env("PATH", PATH);
        }
        Ok(Self {
            child: command.spawn()?,
            output,
            until,
            asked: None,
            pause: SHORT,
        })
    }

    /// Asks whether it has ended; ends it where its time is over.
    ///
    /// # Errors
    /// The system gives no answer: that says nothing of the command.
    pub fn ask(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// It goes on: the pause until it is asked again.
    pub fn goes_on(&mut self, now: Instant) -> Duration {
        if now >= self.until {
            self.end(now);
        }
        self.pause = (self.pause * 2).min(LONG);
        self.pause
    }

    /// It has ended.
    pub fn ended(&self, status: ExitStatus) -> Ran {
        let end = match (self.asked, status.code(), status.signal()) {
            (Some(_), ..) => {
                // Who asks for an end does not leave half of it running.
                self.signal(Signal::KILL);
                End::TimedOut
            }
            (None, Some(code), _) => End::Exit(code),
            (None, None, signal) => End::Signal(signal.unwrap_or(0)),
        };
        let said = last_line(&self.output);
        Ran { end, said }
    }

    /// Asks the whole group to end, and ends it where it does not.
    fn end(&mut self, now: Instant) {
        match self.asked {
            None => {
                self.asked = Some(now);
                self.signal(Signal::TERM);
            }
            Some(asked) if now >= asked + GRACE => self.signal(Signal::KILL),
            Some(_) => {}
        }
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group
            && let Err(error) = kill_process_group(group, signal)
        {
            tracing::debug!(%error, "a command could not be ended");
        }
    }
}

/// Runs it with rounds' own environment, and waits for its end: `limit` at most, and the grace of being asked to end.
///
/// # Errors
/// It could not be started.
pub fn run(argv: &[String], input: &[u8], limit: Duration) -> io::Result<Ran> {
    let until = Instant::now() + limit;
    let mut running = Running::start(argv, Surrounding::Own, input, until)?;
    loop {
        if let Ok(Some(status)) = running.ask() {
            return Ok(running.ended(status));
        }
        let pause = running.goes_on(Instant::now());
        std::thread::park_timeout(pause);
    }
}

/// What a program prints, its first `most` bytes; none where it ends badly or its time is over.
///
/// # Errors
/// It could not be started, or what it printed cannot be read.
pub fn printed(argv: &[String], limit: Duration, most: usize) -> io::Result<Option<Vec<u8>>> {
    let until = Instant::now() + limit;
    let mut running = Running::start(argv, Surrounding::Own, b"", until)?;
    loop {
        if let Ok(Some(status)) = running.ask() {
            let ran = running.ended(status);
            let bytes = super::file::read_at(&running.output, 0, most)?;
            return Ok(ran.is_good().then_some(bytes));
        }
        let pause = running.goes_on(Instant::now());
        std::thread::park_timeout(pause);
    }
}

/// A file that has no name holds what it reads: whoever does not read it holds up nobody.
fn stdin(input: &[u8]) -> io::Result<Stdio> {
    if input.is_empty() {
        return Ok(Stdio::null());
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(input)?;
    file.rewind()?;
    Ok(file.into())
}

fn last_line(output: &File) -> String {
    let size = output.metadata().map_or(0, |meta| meta.len());
    let from = size.saturating_sub(OUTPUT);
    let bytes = super::file::read_at(output, from, OUTPUT as usize).unwrap_or_default();
    let text = decode(&bytes);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    clean_within(line.unwrap_or_default(), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(line: &str, input: &str, limit: u64) -> Ran {
        let argv = ["sh", "-c", line].map(str::to_owned);
        run(&argv, input.as_bytes(), Duration::from_millis(limit)).unwrap()
    }

    #[test]
    fn it_gets_its_input_and_says_how_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("got");
        let line = format!("cat > {}; echo oops >&2; exit 3", file.display());
        let ran = sh(&line, "hello", 10_000);
        assert_eq!((ran.end, ran.said.as_str()), (End::Exit(3), "oops"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "hello");
    }

    #[test]
    fn it_is_ended_with_all_it_started() {
        let begun = Instant::now();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let stubborn = "trap '' TERM; echo $$ > PID.new; mv PID.new PID; sleep 60";
        let stubborn = stubborn.replace("PID", &file.display().to_string());
        let line = format!("sh -c \"{}\" & sleep 60", stubborn.replace('$', "\\$"));
        assert_eq!(sh(&line, "", 300).end, End::TimedOut);
        let pid: i32 = std::fs::read_to_string(file)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let pid = Pid::from_raw(pid).unwrap();
        // Who was killed is gone, or waits to be buried.
        let gone = || match std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        {
            Ok(stat) => stat.contains(") Z"),
            Err(_) => true,
        };
        while !gone() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it runs on");
            std::thread::park_timeout(SHORT);
        }
        assert!(sh("sleep 1 & exit 0", "", 10_000).is_good());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn who_reads_nothing_and_who_is_not_there() {
        assert!(sh("exit 0", &"x".repeat(1 << 20), 10_000).is_good());
        let limit = Duration::from_secs(1);
        assert!(run(&["/nowhere/at/all".to_owned()], b"", limit).is_err());
        assert!(run(&[], b"", limit).is_err());
    }
}
