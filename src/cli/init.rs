//! `rounds init`: looks at the place and writes a commented config.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Args, Init};
use super::{Exit, Failure, Surroundings, answer};
use crate::config::EXAMPLE;

pub fn run(asked: &Init, _args: &Args, _here: &Surroundings) -> Result<Exit, Failure> {
    if asked.print {
        answer(EXAMPLE)?;
    }
    Ok(Exit::Done)
}
