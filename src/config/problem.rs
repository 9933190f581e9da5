//! What is wrong with a config file: all of it at once, each with its place and its remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::text;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// The table and key, as in `agents.social.grace`.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// What to do about it.
    pub remedy: String,
}

/// Something that loads but is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// From 1; 0 where the file as a whole is meant.
    pub line: u32,
    pub sentence: String,
}

/// Every mistake of one file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    pub file: PathBuf,
    pub problems: Vec<Problem>,
}

impl ConfigErrors {
    /// The file as a whole cannot be used.
    pub fn whole(file: &Path, found: String, remedy: String) -> Self {
        let problem = Problem {
            line: 0,
            column: 0,
            key: String::new(),
            found,
            allowed: String::new(),
            remedy,
        };
        Self {
            file: file.to_owned(),
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = text::clean(&self.file.to_string_lossy()).into_owned();
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            problem.write(&file, f)?;
        }
        if self.problems.len() > 1 {
            write!(f, "\n{} mistakes in {file}", self.problems.len())?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl Problem {
    fn write(&self, file: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{file}")?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.found)?;
        if !self.allowed.is_empty() {
            write!(f, "\n  allowed: {}", self.allowed)?;
        }
        if !self.remedy.is_empty() {
            write!(f, "\n  remedy: {}", self.remedy)?;
        }
        Ok(())
    }
}
