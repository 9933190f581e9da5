//! How a command ends, and what it says when it cannot do what was asked.

use std::fmt;
use std::process::ExitCode;

use crate::config::ConfigErrors;

/// The exit status; the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and everything was read.
    Done,
    /// Done, and what was asked about is not in order: `check` found something that counts, `lint` and `doctor` found
    /// mistakes.
    Found,
    /// Not done, or not on everything: bad arguments or config, nothing there, a source that cannot be read.
    Failed,
}

/// For help and the man page.
pub const EXIT_HELP: &str = "\
Exit status:
  0  done, and everything was read
  1  done, and check found a warning or worse; lint or doctor found mistakes
  2  not done, or not on everything: bad arguments or config, nothing to read, or a source that cannot be read";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Found => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Why a command did not do what was asked, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed, where, and why.
    pub what: String,
    /// What to do, one way a line.
    pub remedies: Vec<String>,
}

impl Failure {
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedies: Vec::new(),
        }
    }

    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for remedy in &self.remedies {
            write!(f, "\n  try: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::new(format!("the config has mistakes\n{errors}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(format!("cannot write the answer: {error}"))
    }
}
