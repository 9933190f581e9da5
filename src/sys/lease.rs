//! Write leases: the kernel's word that nobody else has a file open, and its promise to hold back whoever opens it next.
//!
//! Linux only, and only for a file of one's own (or with `CAP_LEASE`). Elsewhere [`take`] says [`Unavailable`](Taken::Unavailable).
//! The calls have no safe wrapper in the crates that are used here, so there is `unsafe` code here.

use std::fs::File;
use std::io;

/// What came of asking for a lease.
#[derive(Debug)]
pub enum Taken {
    Held(Lease),
    /// Somebody else has the file open.
    Busy,
    /// Not on this system, file system or file.
    Unavailable,
}

/// A write lease on a file. Who opens the file meanwhile waits until this is dropped.
#[derive(Debug)]
pub struct Lease(File);

impl Lease {
    /// The leased file: reading it through any other descriptor would break the lease.
    pub fn file(&self) -> &File {
        &self.0
    }

    /// Whether somebody waits to open the file.
    pub fn is_wanted(&self) -> io::Result<bool> {
        Ok(platform::kind(&self.0)? != platform::WRITE)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Closing the descriptor, which follows at once, lets go as well.
        if let Err(error) = platform::set(&self.0, platform::NONE) {
            tracing::debug!(%error, "a lease ended with its file");
        }
    }
}

/// Whether the kernel gives leases on this file: asked for, and let go of at once. That somebody has it open is no no.
pub fn is_possible(file: File) -> bool {
    match take(file) {
        Ok(Taken::Held(_) | Taken::Busy) => true,
        Ok(Taken::Unavailable) | Err(_) => false,
    }
}

/// Asks for the write lease on a file that was opened for reading.
pub fn take(file: File) -> io::Result<Taken> {
    match platform::set(&file, platform::WRITE) {
        Ok(()) => Ok(Taken::Held(Lease(file))),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock => Ok(Taken::Busy),
            io::ErrorKind::InvalidInput
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::Unsupported => Ok(Taken::Unavailable),
            _ if platform::means_none(&error) => Ok(Taken::Unavailable),
            _ => Err(error),
        },
    }
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "fcntl(F_SETLEASE) and ignoring SIGIO have no safe wrapper; both take no pointer"
)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::sync::Once;

    pub const WRITE: i32 = libc::F_WRLCK;
    pub const NONE: i32 = libc::F_UNLCK;

    static QUIET: Once = Once::new();

    /// The kernel announces a wanted lease with SIGIO, which would end the process. It is asked instead, where it matters.
    fn ignore_announcements() {
        QUIET.call_once(|| {
            // SAFETY: `signal` with SIG_IGN installs no handler and touches no memory of ours.
            unsafe {
                libc::signal(libc::SIGIO, libc::SIG_IGN);
            }
        });
    }

    pub fn set(file: &File, kind: i32) -> io::Result<()> {
        ignore_announcements();
        // SAFETY: the descriptor is open for as long as `file` is borrowed; the argument is an integer.
        let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) };
        if done == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    pub fn kind(file: &File) -> io::Result<i32> {
        // SAFETY: as above; the call takes no argument.
        let kind = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLEASE) };
        if kind == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(kind)
    }

    /// Further ways in which file systems say that they know no leases.
    pub fn means_none(error: &io::Error) -> bool {
        matches!(
            error.raw_os_error(),
            Some(libc::ENOLCK | libc::ENOSYS | libc::EOPNOTSUPP | libc::ENOTTY)
        )
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::fs::File;
    use std::io;

    pub const WRITE: i32 = 1;
    pub const NONE: i32 = 2;

    pub fn set(_file: &File, _kind: i32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn kind(_file: &File) -> io::Result<i32> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn means_none(_error: &io::Error) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::path::Path;

    fn held(path: &Path) -> Option<Lease> {
        match take(File::open(path).unwrap()).unwrap() {
            Taken::Held(lease) => Some(lease),
            Taken::Busy | Taken::Unavailable => None,
        }
    }

    #[test]
    fn a_file_that_somebody_has_open_gives_no_lease() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan");
        std::fs::write(&path, "x").unwrap();
        let open = File::open(&path).unwrap();
        assert!(matches!(
            take(File::open(&path).unwrap()).unwrap(),
            Taken::Busy
        ));
        drop(open);
        assert!(held(&path).is_some());
    }

    #[test]
    fn who_opens_a_leased_file_waits_and_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan");
        std::fs::write(&path, "old").unwrap();
        let lease = held(&path).unwrap();
        assert!(!lease.is_wanted().unwrap());
        let other = path.clone();
        let writer = std::thread::spawn(move || {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(other)
                .unwrap();
            file.write_all(b"new").unwrap();
        });
        while !lease.is_wanted().unwrap() {
            std::thread::yield_now();
        }
        assert_eq!(
            crate::sys::file::read_at(lease.file(), 0, 10).unwrap(),
            b"old",
            "nothing is written while the lease is held"
        );
        drop(lease);
        writer.join().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }
}
