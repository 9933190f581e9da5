//! The one passage of every system call that carries out an operation.
//!
//! In the program it is open. Tests stand in it: they let any one call fail, write short, or end the process there, so that
//! each of them is seen to leave the old file or the new one.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::io::Errno;

/// A system call of an operation, named by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    LedgerOpen,
    LedgerLock,
    LedgerRead,
    LedgerWrite,
    LedgerSync,
    FolderOpen,
    FolderMake,
    FolderSync,
    LockMake,
    LockWrite,
    LockRead,
    LockRemove,
    TargetStat,
    TargetOpen,
    TargetRead,
    TempMake,
    TempWrite,
    TempOwner,
    TempMode,
    TempAttributes,
    TempSync,
    TempRead,
    TempRemove,
    LeaseTake,
    LeaseAsk,
    LeaseRelease,
    Exchange,
    Aside,
    PutBack,
    AppendOpen,
    AppendReserve,
    AppendWrite,
    AppendSync,
    ProgramStart,
    ProgramAsk,
}

/// What a call is let do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    On,
    /// It fails without having been made.
    Fail(Errno),
    /// A write takes so many bytes only.
    Short(usize),
}

/// Who stands in the passage.
type Guard = Box<dyn FnMut(Call) -> Pass + Send>;

/// The passage. See the module.
#[derive(Default)]
pub struct Gate(Option<Guard>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Gate(guarded)"
        } else {
            "Gate(open)"
        })
    }
}

impl Gate {
    /// Nobody stands in it.
    pub fn open() -> Self {
        Self(None)
    }

    /// Asks `guard` before every call.
    pub fn guarded(guard: impl FnMut(Call) -> Pass + Send + 'static) -> Self {
        Self(Some(Box::new(guard)))
    }

    fn ask(&mut self, call: Call) -> Pass {
        self.0.as_mut().map_or(Pass::On, |guard| guard(call))
    }

    /// Makes a call; one that was interrupted is made again.
    pub fn through<T>(
        &mut self,
        call: Call,
        mut act: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let done = match self.ask(call) {
                Pass::On | Pass::Short(_) => act(),
                Pass::Fail(errno) => Err(errno.into()),
            };
            match done {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// One `write`. The count may be short, as the system's own may.
    pub fn write(&mut self, call: Call, mut file: &File, bytes: &[u8]) -> io::Result<usize> {
        use io::Write;
        loop {
            let done = match self.ask(call) {
                Pass::On => file.write(bytes),
                Pass::Fail(errno) => Err(errno.into()),
                Pass::Short(most) => file.write(&bytes[..most.min(bytes.len())]),
            };
            match done {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// Writes everything, however short the single writes are.
    pub fn write_all(&mut self, call: Call, file: &File, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write(call, file, &bytes[done..])? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                n => done += n,
            }
        }
        Ok(())
    }

    /// Reads a whole file from its beginning, at most `most` bytes of it.
    pub fn read_whole(&mut self, call: Call, file: &File, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut piece = vec![0; 64 * 1024];
        loop {
            let at = bytes.len() as u64;
            let got = self.through(call, || file.read_at(&mut piece, at))?;
            if got == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&piece[..got]);
            if bytes.len() > most {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "the file is larger than rounds changes",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_call_is_made_again_and_a_short_write_goes_on() {
        let mut turns = 0;
        let mut gate = Gate::guarded(move |_| {
            turns += 1;
            match turns {
                1 => Pass::Fail(Errno::INTR),
                2 => Pass::Short(3),
                _ => Pass::On,
            }
        });
        let file = tempfile::tempfile().unwrap();
        gate.write_all(Call::TempWrite, &file, b"whole").unwrap();
        assert_eq!(
            gate.read_whole(Call::TempRead, &file, 100).unwrap(),
            b"whole"
        );
        assert!(gate.read_whole(Call::TempRead, &file, 4).is_err());
    }

    #[test]
    fn a_refused_call_is_not_made() {
        let mut gate = Gate::guarded(|_| Pass::Fail(Errno::NOSPC));
        let mut made = false;
        let done = gate.through(Call::Exchange, || {
            made = true;
            Ok(())
        });
        assert_eq!(done.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!made);
    }
}
