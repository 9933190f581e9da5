//! One attempt to put a new file in the place of the one that was read, at each level.

mod back;

use std::fs::File;
use std::io;

use rustix::fs::fstat;

use super::place::{Place, Version, is_moment};
use super::{Hand, Level};
use crate::store::versions::name_of;
use crate::sys::attributes::{NotKept, carry_over};
use crate::sys::folder::is_unsupported;
use crate::sys::gate::{Call, Gate};
use crate::sys::lease::{self, Lease, Taken};
use crate::sys::process;

/// Times that putting back is tried.
const TRIES: u32 = 3;

/// A new file that waits in rounds' own folder for its turn.
#[derive(Debug)]
pub struct Temp {
    /// Operation, attempt, and the hashes of what it replaces and of itself: enough to tell, after a crash, which of the two
    /// lies there.
    pub name: String,
    pub bytes: Vec<u8>,
    dev: u64,
    ino: u64,
    /// Open for writing, whatever the mode of the file says.
    file: File,
}

/// The name of a file in rounds' own folder.
pub fn name_for(hand: &Hand, attempt: u32, base: &[u8], new: &[u8]) -> String {
    format!(
        "{}.{attempt}.{}.{}",
        hand.op.as_str(),
        short(base),
        short(new)
    )
}

/// Ends the name of a copy of what was put back.
pub const BACK: &str = ".back";

/// Where the hash of what is replaced stands in a name, and the one of what replaces it.
pub const BASE: usize = 2;
pub const NEW: usize = 3;

/// The same name with the hash of other bytes in one of its places.
pub fn named_as(name: &str, place: usize, bytes: &[u8]) -> String {
    let mut parts: Vec<&str> = name.split('.').collect();
    let hash = short(bytes);
    if let Some(part) = parts.get_mut(place) {
        *part = &hash;
    }
    parts.join(".")
}

/// As much of a hash as stands in a name.
pub fn short(bytes: &[u8]) -> String {
    let mut hash = name_of(bytes);
    hash.truncate(16);
    hash
}

/// Writes the new file and makes it durable, with the owner, mode and attributes of the old one.
pub fn prepare(
    gate: &mut Gate,
    place: &Place,
    name: String,
    old: &File,
    bytes: Vec<u8>,
) -> Result<Temp, NotKept> {
    let file = gate.through(Call::TempMake, || place.own.make_file(&name))?;
    let written = (|| {
        gate.write_all(Call::TempWrite, &file, &bytes)?;
        carry_over(gate, old, &file)?;
        gate.through(Call::TempSync, || file.sync_all())?;
        Ok(fstat(&file).map_err(io::Error::from)?)
    })();
    match written {
        Ok(stat) => Ok(Temp {
            name,
            bytes,
            dev: stat.st_dev,
            ino: stat.st_ino,
            file,
        }),
        Err(error) => {
            // What is left is recognised by its name.
            let _ = place.own.remove_file(&name);
            Err(error)
        }
    }
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Attempt {
    /// The new file has the name. `displaced` holds the old one, under this name in rounds' own folder.
    Placed {
        displaced: String,
        notes: Vec<String>,
    },
    /// Somebody else wrote: nothing is changed.
    Moved(Moved),
    /// Somebody has the file open.
    Busy { pid: Option<u32> },
    /// The folder cannot do this level.
    Lower(Level),
    /// Neither done nor undone. The sentence says what lies where.
    Stuck(String),
}

/// Where the files are after somebody else wrote.
#[derive(Debug, PartialEq, Eq)]
pub enum Moved {
    /// The new file never left its place.
    Untouched,
    /// The new file had the name for a moment and is back in rounds' own folder, where it holds `holds`. What was put back is
    /// kept under the names `copies` as well, where nobody could be kept from reading the new file in that moment.
    WasOut { holds: Vec<u8>, copies: Vec<String> },
    /// The agent wrote once more before its earlier version could be put back: that one is kept under these names.
    Kept(Vec<String>),
}

/// Tries once.
pub fn attempt(
    gate: &mut Gate,
    place: &Place,
    base: &Version,
    temp: &Temp,
    level: Level,
) -> io::Result<Attempt> {
    let round = Round { place, base, temp };
    match level {
        Level::A => round.leased(gate),
        Level::B => round.compared(gate),
        Level::C => round.aside(gate),
    }
}

const UNCHANGED: Attempt = Attempt::Moved(Moved::Untouched);

struct Round<'a> {
    place: &'a Place,
    base: &'a Version,
    temp: &'a Temp,
}

impl Round<'_> {
    fn leased(&self, gate: &mut Gate) -> io::Result<Attempt> {
        let lease = match self.lease(gate)? {
            Ok(lease) => lease,
            Err(ended) => return Ok(ended),
        };
        let now = gate.read_whole(Call::TargetRead, lease.file(), super::place::MOST_BYTES)?;
        if now != self.base.bytes {
            return Ok(UNCHANGED);
        }
        let shield = match self.shield(gate)? {
            Ok(shield) => shield,
            Err(ended) => return Ok(ended),
        };
        if let Some(ended) = self.exchange(gate, Some(&shield))? {
            return Ok(ended);
        }
        let known = || Some(self.base.bytes.clone());
        if is_wanted(gate, &lease) {
            return Ok(self.put_back(gate, Some(&shield), known()));
        }
        let notes = self.sync(gate);
        // Who opened the old file while it had its name still waits: it gets what it asked for.
        if is_wanted(gate, &lease) {
            return Ok(self.put_back(gate, Some(&shield), known()));
        }
        Ok(placed(self.temp.name.clone(), notes))
    }

    fn lease(&self, gate: &mut Gate) -> io::Result<Result<Lease, Attempt>> {
        let opened = gate.through(Call::TargetOpen, || {
            self.place.folder.open_file(&self.place.name)
        });
        let file = match opened {
            Err(error) if is_moment(&error) => return Ok(Err(UNCHANGED)),
            opened => opened?,
        };
        let stat = fstat(&file).map_err(io::Error::from)?;
        if !self.base.is_inode(&stat) {
            return Ok(Err(UNCHANGED));
        }
        Self::held(gate, file)
    }

    /// A lease on the new file: who meets it under the name waits until it is known to stay, and reads what was put back where it
    /// does not.
    fn shield(&self, gate: &mut Gate) -> io::Result<Result<Lease, Attempt>> {
        Self::held(gate, self.temp.file.try_clone()?)
    }

    fn held(gate: &mut Gate, file: File) -> io::Result<Result<Lease, Attempt>> {
        let stat = fstat(&file).map_err(io::Error::from)?;
        let mut file = Some(file);
        let taken = gate.through(Call::LeaseTake, || match file.take() {
            Some(file) => lease::take(file),
            None => Ok(Taken::Busy),
        })?;
        Ok(match taken {
            Taken::Held(lease) => Ok(lease),
            Taken::Busy => Err(Attempt::Busy {
                pid: process::who_has_open(stat.st_dev, stat.st_ino),
            }),
            Taken::Unavailable => Err(Attempt::Lower(Level::B)),
        })
    }

    fn compared(&self, gate: &mut Gate) -> io::Result<Attempt> {
        if !self.is_as_read(gate)? {
            return Ok(UNCHANGED);
        }
        if let Some(ended) = self.exchange(gate, None)? {
            return Ok(ended);
        }
        let out = self.read_out(gate).ok().map(|(bytes, _)| bytes);
        if out.as_ref() != Some(&self.base.bytes) {
            return Ok(self.put_back(gate, None, None));
        }
        let notes = self.sync(gate);
        Ok(placed(self.temp.name.clone(), notes))
    }

    /// The file under the name is the one that was read, with the same bytes.
    fn is_as_read(&self, gate: &mut Gate) -> io::Result<bool> {
        Ok(match self.place.read(gate)? {
            super::place::Read::Whole(now, _) => {
                (now.dev, now.ino) == (self.base.dev, self.base.ino) && now.bytes == self.base.bytes
            }
            super::place::Read::Moving => false,
        })
    }

    /// Exchanges the two files. Something comes back where that was not done, or was undone.
    fn exchange(&self, gate: &mut Gate, shield: Option<&Lease>) -> io::Result<Option<Attempt>> {
        match self.swap(gate) {
            Ok(()) => {}
            Err(error) if is_unsupported(&error) => return Ok(Some(Attempt::Lower(Level::C))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(UNCHANGED)),
            Err(error) => return Err(error),
        }
        // Nothing is left undone for want of a look: what cannot be looked at is put back.
        let out = gate.through(Call::TargetStat, || self.place.own.stat_of(&self.temp.name));
        let is_base = out.is_ok_and(|out| out.is_some_and(|stat| self.base.is_inode(&stat)));
        Ok((!is_base).then(|| self.put_back(gate, shield, None)))
    }

    fn swap(&self, gate: &mut Gate) -> io::Result<()> {
        let (place, temp) = (self.place, &self.temp.name);
        gate.through(Call::Exchange, || {
            place.folder.exchange(&place.name, &place.own, temp)
        })
    }

    /// What came out of the exchange.
    fn read_out(&self, gate: &mut Gate) -> io::Result<(Vec<u8>, File)> {
        let name = &self.temp.name;
        let file = gate.through(Call::TempRead, || self.place.own.open_file(name))?;
        let bytes = gate.read_whole(Call::TempRead, &file, super::place::MOST_BYTES)?;
        Ok((bytes, file))
    }

    /// The change stands; that it is not known to be durable is said.
    fn sync(&self, gate: &mut Gate) -> Vec<String> {
        match self.place.sync(gate) {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!(
                "the change stands, but the disk does not confirm it ({error})"
            )],
        }
    }

    /// Moves the original aside and gives the free name to the new file. Each of the two steps is refused rather than writing
    /// over anything; between them the name is free for a few microseconds.
    fn aside(&self, gate: &mut Gate) -> io::Result<Attempt> {
        if !self.is_as_read(gate)? {
            return Ok(UNCHANGED);
        }
        let place = self.place;
        let aside = format!("{}.old", self.temp.name);
        let moved = gate.through(Call::Aside, || {
            place.folder.rename(&place.name, &place.own, &aside)
        });
        match moved {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(UNCHANGED),
            moved => moved?,
        }
        let out = gate.through(Call::TargetStat, || place.own.stat_of(&aside));
        let is_base = out.is_ok_and(|out| out.is_some_and(|stat| self.base.is(&stat)));
        if !is_base {
            return Ok(self.return_aside(gate, &aside, None));
        }
        let linked = gate.through(Call::PutBack, || {
            place.own.link(&self.temp.name, &place.folder, &place.name)
        });
        match linked {
            Ok(()) => {}
            // The agent made a new one in between: that one stands.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Attempt::Moved(Moved::Kept(vec![aside])));
            }
            Err(error) => return Ok(self.return_aside(gate, &aside, Some(&error))),
        }
        let notes = self.sync(gate);
        self.forget(gate, &self.temp.name);
        Ok(placed(aside, notes))
    }

    /// Removes the second name of a file that has its first; left behind, it is recognised.
    fn forget(&self, gate: &mut Gate, name: &str) {
        if let Err(error) = gate.through(Call::TempRemove, || self.place.own.remove_file(name)) {
            tracing::debug!(%error, name, "a second name was left behind");
        }
    }

    /// Gives the original its name back, unless the agent has made a new file.
    fn return_aside(&self, gate: &mut Gate, aside: &str, why: Option<&io::Error>) -> Attempt {
        let place = self.place;
        let mut failed = None;
        for _ in 0..TRIES {
            let back = gate.through(Call::PutBack, || {
                place.own.link(aside, &place.folder, &place.name)
            });
            match back {
                Ok(()) => {
                    return match why {
                        Some(error) if is_unsupported(error) => Attempt::Stuck(
                            "this file system can neither exchange nor link files, so nothing is changed here".to_owned(),
                        ),
                        Some(_) | None => {
                            self.forget(gate, aside);
                            UNCHANGED
                        }
                    };
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Attempt::Moved(Moved::Kept(vec![aside.to_owned()]));
                }
                Err(error) => failed = Some(error),
            }
        }
        // Where names cannot be linked, the file moves back; nothing had the name a moment ago.
        let moved = gate.through(Call::PutBack, || {
            place.own.rename(aside, &place.folder, &place.name)
        });
        let why = failed.map_or_else(String::new, |error| format!(" ({error})"));
        Attempt::Stuck(match moved {
            Ok(()) => format!("this file system cannot link files{why}: nothing was changed"),
            Err(_) => format!(
                "the file could not be put back{why}: it is kept as {}/{aside}",
                super::ROUNDS
            ),
        })
    }
}

fn placed(displaced: String, notes: Vec<String>) -> Attempt {
    Attempt::Placed { displaced, notes }
}

/// Whether somebody waits for the leased file; not being able to ask counts as that.
fn is_wanted(gate: &mut Gate, lease: &Lease) -> bool {
    gate.through(Call::LeaseAsk, || lease.is_wanted())
        .unwrap_or(true)
}
