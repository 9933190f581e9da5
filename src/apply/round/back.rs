//! Undoing an exchange that brought out what an agent had just written.

use std::io::{self, Seek};

use super::{Attempt, BACK, Moved, NEW, Round, TRIES, named_as};
use crate::apply::place::{MOST_BYTES, ROUNDS};
use crate::sys::gate::{Call, Gate};
use crate::sys::lease::Lease;

impl Round<'_> {
    /// Undoes an exchange: what came out gets its name back. `known` is what it holds, where that is known.
    ///
    /// A program that read the new file in between would write over what came out without having seen it. Where a lease shields the
    /// new file there is no such program: it waited, and reads what came out. Elsewhere what came out is kept as a copy too: read
    /// before it gets its name back, and once more after, for a write that was going on.
    pub(super) fn put_back(
        &self,
        gate: &mut Gate,
        shield: Option<&Lease>,
        known: Option<Vec<u8>>,
    ) -> Attempt {
        let (out, file) = match known {
            Some(bytes) => (Some(bytes), None),
            None => self.read_out(gate).ok().unzip(),
        };
        let moved = match self.change_back(gate) {
            Ok(moved) => moved,
            Err(stuck) => return Attempt::Stuck(stuck),
        };
        let Some(shield) = shield else {
            let after =
                file.and_then(|file| gate.read_whole(Call::TempRead, &file, MOST_BYTES).ok());
            let copies = self.keep_copies(gate, out, after);
            return Attempt::Moved(match moved {
                Moved::Kept(names) => Moved::Kept([names, copies].concat()),
                Moved::WasOut { holds, .. } => Moved::WasOut { holds, copies },
                Moved::Untouched => Moved::Untouched,
            });
        };
        match (moved, out) {
            (Moved::WasOut { copies, .. }, Some(out)) if fill(gate, shield, &out).is_ok() => {
                Attempt::Moved(Moved::WasOut { holds: out, copies })
            }
            (moved, _) => Attempt::Moved(moved),
        }
    }

    /// Keeps the versions of a file that was away for a moment; how many could be kept shows in what comes back.
    fn keep_copies(
        &self,
        gate: &mut Gate,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
    ) -> Vec<String> {
        let after = after.filter(|after| before.as_ref() != Some(after));
        let mut names = Vec::new();
        for bytes in [before, after].into_iter().flatten() {
            let name = format!("{}{BACK}", named_as(&self.temp.name, NEW, &bytes));
            let kept = gate
                .through(Call::TempMake, || self.place.own.make_file(&name))
                .and_then(|file| gate.write_all(Call::TempWrite, &file, &bytes));
            match kept {
                Ok(()) => names.push(name),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => names.push(name),
                Err(error) => tracing::warn!(%error, name, "a copy could not be kept"),
            }
        }
        names
    }

    fn change_back(&self, gate: &mut Gate) -> Result<Moved, String> {
        let mut failed = None;
        for _ in 0..TRIES {
            match self.swap(gate) {
                Ok(()) => return self.after_changing_back(gate),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // The agent moved our file away and has not put its own there yet: what came out takes the free name.
                    let (place, temp) = (self.place, &self.temp.name);
                    let linked = gate.through(Call::PutBack, || {
                        place.own.link(temp, &place.folder, &place.name)
                    });
                    if linked.is_ok() {
                        self.forget(gate, temp);
                        return Ok(self.was_out());
                    }
                }
                Err(error) => failed = Some(error),
            }
        }
        let why = failed.map_or_else(String::new, |error| format!(" ({error})"));
        Err(format!(
            "the agent wrote at the same moment, and its version could not be put back{why}: it is kept as {}/{}",
            ROUNDS, self.temp.name
        ))
    }

    fn was_out(&self) -> Moved {
        Moved::WasOut {
            holds: self.temp.bytes.clone(),
            copies: Vec::new(),
        }
    }

    fn after_changing_back(&self, gate: &mut Gate) -> Result<Moved, String> {
        let out = gate.through(Call::TargetStat, || self.place.own.stat_of(&self.temp.name));
        let is_ours = match out {
            Ok(Some(stat)) => (stat.st_dev, stat.st_ino) == (self.temp.dev, self.temp.ino),
            Ok(None) | Err(_) => true,
        };
        if is_ours {
            return Ok(self.was_out());
        }
        // The agent replaced our file before the exchange: its newest version gets the name, the one before is kept.
        match self.swap(gate).or_else(|_| self.swap(gate)) {
            Ok(()) => Ok(Moved::Kept(vec![self.temp.name.clone()])),
            Err(error) => Err(format!(
                "the agent wrote twice at the same moment, and its last version could not be put back ({error}): it is kept as {}/{}",
                ROUNDS, self.temp.name
            )),
        }
    }
}

/// Gives the leased file these bytes: who waits for it reads them.
fn fill(gate: &mut Gate, shield: &Lease, bytes: &[u8]) -> io::Result<()> {
    let mut file = shield.file();
    file.rewind()?;
    gate.write_all(Call::TempWrite, file, bytes)?;
    file.set_len(bytes.len() as u64)
}
