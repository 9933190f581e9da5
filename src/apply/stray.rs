//! Files that have lost their name in the agent's folder: what was displaced, and what was put back.
//!
//! An agent that opened one of them before may still write into it. Such a write is looked for, and taken up.

use std::io;

use super::Level;
use super::place::{MOST_BYTES, is_moment};
use crate::sys::folder::Folder;
use crate::sys::gate::{Call, Gate};
use crate::sys::lease::{self, Taken};
use crate::sys::process;

/// What became of a file since it lost its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stray {
    /// As it was; at level A nobody has it open either.
    Quiet,
    /// Somebody has it open.
    Open {
        pid: Option<u32>,
    },
    /// Somebody wrote into it. At level A the writer has closed it.
    Written(Vec<u8>),
    Gone,
}

/// Looks at a file in rounds' own folder that should hold `expected`.
pub fn look(
    gate: &mut Gate,
    own: &Folder,
    name: &str,
    expected: &[u8],
    level: Level,
) -> io::Result<Stray> {
    let file = match gate.through(Call::TargetOpen, || own.open_file(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stray::Gone),
        Err(error) if is_moment(&error) => return Ok(Stray::Open { pid: None }),
        opened => opened?,
    };
    let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
    let bytes = if level == Level::A {
        match gate.through(Call::LeaseTake, || lease::take(file.try_clone()?))? {
            Taken::Held(lease) => gate.read_whole(Call::TempRead, lease.file(), MOST_BYTES)?,
            Taken::Busy => {
                let pid = process::who_has_open(stat.st_dev, stat.st_ino);
                return Ok(Stray::Open { pid });
            }
            Taken::Unavailable => gate.read_whole(Call::TempRead, &file, MOST_BYTES)?,
        }
    } else {
        gate.read_whole(Call::TempRead, &file, MOST_BYTES)?
    };
    Ok(if bytes == expected {
        Stray::Quiet
    } else {
        Stray::Written(bytes)
    })
}
