//! One line at the end of a log of the agent's: one `write` with `O_APPEND`, as the agents themselves do it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{Desk, Effect, Ended, Hand, Step};
use crate::sys::folder::Folder;
use crate::sys::gate::{Call, Gate};

/// How far back the operation is looked for, in bytes.
const TAIL: u64 = 1 << 20;
/// Tries for a log whose last line has no end: its agent may be writing it.
const TORN_TRIES: u32 = 10;

/// Whether a log that is not there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Made,
    Refused,
}

/// A line on its way to the end of a log.
#[derive(Debug)]
pub struct AppendLine {
    hand: Hand,
    agent: PathBuf,
    relative: String,
    /// Without its line end; it holds the operation's id.
    line: String,
    missing: Missing,
    torn: u32,
    ended: Option<Ended>,
}

impl AppendLine {
    pub fn new(
        hand: Hand,
        agent: PathBuf,
        relative: String,
        line: String,
        missing: Missing,
    ) -> Self {
        Self {
            hand,
            agent,
            relative,
            line,
            missing,
            torn: 0,
            ended: None,
        }
    }

    pub fn step(&mut self, desk: &mut Desk<'_>) -> Step {
        if let Some(ended) = &self.ended {
            return Step::Ended(ended.clone());
        }
        let ended = match self.append(desk) {
            Ok(Some(ended)) => ended,
            Ok(None) => {
                self.torn += 1;
                return Step::Wait(desk.now + desk.patience.torn / TORN_TRIES);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ended::Refused(format!(
                "there is no {} to append to",
                crate::domain::text::clean_within(&self.relative, 60)
            )),
            Err(error) => Ended::Failed(format!("nothing was written: {error}")),
        };
        self.ended = Some(ended.clone());
        Step::Ended(ended)
    }

    /// Nothing comes back where the last line is still being written.
    fn append(&self, desk: &mut Desk<'_>) -> io::Result<Option<Ended>> {
        let gate = &mut *desk.gate;
        let file = self.open(gate)?;
        let size = gate.through(Call::TargetStat, || Ok(file.metadata()?.len()))?;
        let tail = tail(gate, &file, size)?;
        if memchr::memmem::find(&tail, self.hand.op.as_str().as_bytes()).is_some() {
            return Ok(Some(Ended::Already));
        }
        let is_torn = tail.last().is_some_and(|byte| *byte != b'\n');
        if is_torn && self.torn < TORN_TRIES {
            return Ok(None);
        }
        // A line that was never finished is ended, so that this one stands alone.
        let start = if is_torn { "\n" } else { "" };
        let text = format!("{start}{}\n", self.line);
        reserve(gate, &file, size, text.len() as u64)?;
        Ok(Some(write(gate, &file, text.as_bytes())?))
    }

    fn open(&self, gate: &mut Gate) -> io::Result<File> {
        let path = Path::new(&self.relative);
        let mut folder = gate.through(Call::FolderOpen, || Folder::open(&self.agent))?;
        let parts = path.parent().into_iter().flat_map(Path::components);
        for part in parts {
            let part = part.as_os_str().to_str().unwrap_or_default();
            folder = gate.through(Call::FolderOpen, || folder.open_in(part))?;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or(io::ErrorKind::InvalidInput)?;
        if self.missing == Missing::Refused && folder.stat_of(name)?.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        // Open to the same users as the folder is: the agent must be able to read it.
        let mode = folder.stat()?.st_mode & 0o666;
        let is_new = folder.stat_of(name)?.is_none();
        let file = gate.through(Call::AppendOpen, || folder.append_to(name, mode))?;
        if is_new {
            rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(mode))?;
        }
        Ok(file)
    }
}

fn tail(gate: &mut Gate, file: &File, size: u64) -> io::Result<Vec<u8>> {
    let from = size.saturating_sub(TAIL);
    let mut bytes = vec![0; (size - from) as usize];
    let mut done = 0;
    while done < bytes.len() {
        let at = from + done as u64;
        let got = gate.through(Call::TargetRead, || file.read_at(&mut bytes[done..], at))?;
        if got == 0 {
            break;
        }
        done += got;
    }
    bytes.truncate(done);
    Ok(bytes)
}

/// Asks for the space first, so that a full disk refuses the whole line and not its end.
#[cfg(target_os = "linux")]
fn reserve(gate: &mut Gate, file: &File, size: u64, len: u64) -> io::Result<()> {
    use rustix::fs::FallocateFlags;
    use rustix::io::Errno;
    gate.through(Call::AppendReserve, || {
        match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, size, len) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    })
}

/// Elsewhere the write itself finds out.
#[cfg(not(target_os = "linux"))]
fn reserve(_gate: &mut Gate, _file: &File, _size: u64, _len: u64) -> io::Result<()> {
    Ok(())
}

fn write(gate: &mut Gate, file: &File, text: &[u8]) -> io::Result<Ended> {
    let mut done = gate.write(Call::AppendWrite, file, text)?;
    while done < text.len() {
        match gate.write(Call::AppendWrite, file, &text[done..]) {
            Ok(n) if n > 0 => done += n,
            Ok(_) | Err(_) => {
                // The next writer's line must not be glued to the fragment.
                let ended = gate.write(Call::AppendWrite, file, b"\n").is_ok();
                let rest = if ended {
                    "the fragment stands on a line of its own"
                } else {
                    "the log's last line is a fragment"
                };
                return Ok(Ended::Conflicted(format!(
                    "only {done} of {} bytes of the line could be written; {rest}",
                    text.len()
                )));
            }
        }
    }
    let mut notes = Vec::new();
    if let Err(error) = gate.through(Call::AppendSync, || file.sync_all()) {
        notes.push(format!(
            "the line stands, but the disk does not confirm it ({error})"
        ));
    }
    Ok(Ended::Done(Effect::Line(notes)))
}
