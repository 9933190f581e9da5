//! One operation at a time in an agent's folder: a lock file that names its holder.
//!
//! It guards rounds against rounds only; what guards the agent's writes is the exchange. So a lock that was broken by mistake
//! costs a second attempt and loses nothing.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::Hand;
use crate::sys::clock;
use crate::sys::file::age_of;
use crate::sys::folder::{Folder, is_unsupported};
use crate::sys::gate::{Call, Gate};
use crate::sys::process;

const NAME: &str = "lock";
/// A lock without a readable holder is a torn one once it is so old.
const TORN: Duration = Duration::from_secs(10);
/// A lock of another machine, whose processes cannot be asked for, is past its time.
const AFAR: Duration = Duration::from_mins(10);

/// What came of asking for the lock.
#[derive(Debug)]
pub enum Asked {
    Taken,
    /// Somebody holds it; who, where that can be read.
    Held(Option<Hand>),
}

/// Takes the lock where it is free, or where its holder is gone.
///
/// It is written under another name first, so that whoever finds a lock finds its holder in it.
pub fn take(gate: &mut Gate, own: &Folder, hand: &Hand) -> io::Result<Asked> {
    let name = format!("{}.{}.lock", hand.op.as_str(), clock::nanos());
    let file = gate.through(Call::LockMake, || own.make_file(&name))?;
    let linked = fill(gate, own, &file, hand)
        .and_then(|()| gate.through(Call::LockMake, || own.link(&name, own, NAME)));
    let removed = gate.through(Call::LockRemove, || own.remove_file(&name));
    match linked {
        Ok(()) => removed.map(|()| Asked::Taken),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => held(gate, own, hand),
        Err(error) if is_unsupported(&error) => take_bare(gate, own, hand),
        Err(error) => Err(error),
    }
}

/// Where files cannot have two names: the lock is empty for a moment.
fn take_bare(gate: &mut Gate, own: &Folder, hand: &Hand) -> io::Result<Asked> {
    match gate.through(Call::LockMake, || own.make_file(NAME)) {
        Ok(file) => {
            if let Err(error) = fill(gate, own, &file, hand) {
                own.remove_file(NAME)?;
                return Err(error);
            }
            Ok(Asked::Taken)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => held(gate, own, hand),
        Err(error) => Err(error),
    }
}

/// Readable for whoever may use the folder: another user's rounds must be able to say who holds it.
fn fill(gate: &mut Gate, own: &Folder, file: &File, hand: &Hand) -> io::Result<()> {
    let text = serde_json::to_string(hand).map_err(io::Error::from)?;
    let shared = rustix::fs::Mode::from_raw_mode(own.stat()?.st_mode & 0o666);
    gate.write_all(Call::LockWrite, file, text.as_bytes())?;
    Ok(rustix::fs::fchmod(file, shared)?)
}

fn held(gate: &mut Gate, own: &Folder, hand: &Hand) -> io::Result<Asked> {
    let file = match gate.through(Call::LockRead, || own.open_file(NAME)) {
        Ok(file) => file,
        // It was let go this moment.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Asked::Held(None)),
        Err(error) => return Err(error),
    };
    let bytes = gate.read_whole(Call::LockRead, &file, 4096)?;
    let age = age_of(&file)?;
    let holder = serde_json::from_slice::<Hand>(&bytes).ok();
    let is_over = match &holder {
        None => age >= TORN,
        Some(holder) if holder.host != hand.host => age >= AFAR,
        Some(holder) => process::is_gone(holder.pid, holder.pid_started),
    };
    if is_over {
        break_stale(gate, own, hand, &bytes)?;
        return take(gate, own, hand);
    }
    Ok(Asked::Held(holder))
}

/// Takes a lock out of the way, and only the one that was looked at.
fn break_stale(gate: &mut Gate, own: &Folder, hand: &Hand, stale: &[u8]) -> io::Result<()> {
    let aside = format!("{}.{}.lock", hand.op.as_str(), clock::nanos());
    match gate.through(Call::LockRemove, || own.rename(NAME, own, &aside)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        moved => moved?,
    }
    let file = gate.through(Call::LockRead, || own.open_file(&aside))?;
    let taken = gate.read_whole(Call::LockRead, &file, 4096)?;
    if taken != stale {
        // Somebody else broke it first and holds the lock now: it goes back.
        match gate.through(Call::LockMake, || own.link(&aside, own, NAME)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    gate.through(Call::LockRemove, || own.remove_file(&aside))
}

/// Lets go of the lock, if it still is this hand's.
pub fn release(gate: &mut Gate, own: &Folder, hand: &Hand) -> io::Result<()> {
    let file = match gate.through(Call::LockRead, || own.open_file(NAME)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let bytes = gate.read_whole(Call::LockRead, &file, 4096)?;
    if serde_json::from_slice::<Hand>(&bytes).is_ok_and(|holder| holder == *hand) {
        gate.through(Call::LockRemove, || own.remove_file(NAME))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OpId;

    fn hand(op: &str, pid: u32) -> Hand {
        Hand {
            op: OpId::from(op),
            verb: "skip".to_owned(),
            uid: 1001,
            tty: Some("tty3".to_owned()),
            host: "here".to_owned(),
            pid,
            pid_started: process::started(pid),
        }
    }

    #[test]
    fn one_holds_it_and_the_other_is_told_who() {
        let dir = tempfile::tempdir().unwrap();
        let own = Folder::open(dir.path()).unwrap();
        let mut gate = Gate::open();
        let (first, second) = (hand("1", std::process::id()), hand("2", std::process::id()));
        assert!(matches!(take(&mut gate, &own, &first), Ok(Asked::Taken)));
        let Asked::Held(holder) = take(&mut gate, &own, &second).unwrap() else {
            panic!("it is held");
        };
        assert_eq!(holder, Some(first.clone()));
        release(&mut gate, &own, &second).unwrap();
        assert!(matches!(take(&mut gate, &own, &second), Ok(Asked::Held(_))));
        release(&mut gate, &own, &first).unwrap();
        assert!(matches!(take(&mut gate, &own, &second), Ok(Asked::Taken)));
    }

    #[test]
    fn a_lock_of_a_process_that_is_gone_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        let own = Folder::open(dir.path()).unwrap();
        let mut gate = Gate::open();
        let gone = hand("1", i32::MAX as u32 - 1);
        let again = Hand {
            pid_started: Some(1),
            ..hand("1", std::process::id())
        };
        for dead in [gone, again] {
            assert!(matches!(take(&mut gate, &own, &dead), Ok(Asked::Taken)));
            let next = hand("2", std::process::id());
            assert!(matches!(take(&mut gate, &own, &next), Ok(Asked::Taken)));
            release(&mut gate, &own, &next).unwrap();
            assert_eq!(own.names().unwrap(), Vec::<String>::new());
        }
    }
}
