//! Opening, stating and locking files without following anything out of an agent's folder.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path};

#[cfg(target_os = "linux")]
use rustix::fs::{CWD, Mode, ResolveFlags, StatxFlags};
use rustix::fs::{FlockOperation, OFlags};

use crate::domain::time::Ts;

/// Identity and size of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    pub dev: u64,
    pub ino: u64,
    /// Birth time in ns where the file system records one.
    pub born: Option<i64>,
    pub size: u64,
    /// Modification and change time in ns: both, because a writer can set the first back.
    pub modified_ns: i64,
    pub changed_ns: i64,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Regular,
    Folder,
    /// A FIFO, device, socket or link: never opened.
    Special,
}

impl Stat {
    pub fn modified(&self) -> Ts {
        Ts(self.modified_ns.div_euclid(1_000_000))
    }

    fn of(meta: &std::fs::Metadata, born: Option<i64>) -> Self {
        let kind = match meta.file_type() {
            t if t.is_file() => Kind::Regular,
            t if t.is_dir() => Kind::Folder,
            _ => Kind::Special,
        };
        Self {
            dev: meta.dev(),
            ino: meta.ino(),
            born,
            size: meta.size(),
            modified_ns: meta
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.mtime_nsec()),
            changed_ns: meta
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.ctime_nsec()),
            kind,
        }
    }
}

/// Stat of a path, following links (a linked agent folder is the operator's choice).
pub fn stat(path: &Path) -> io::Result<Stat> {
    if let Some(stat) = statx(path) {
        return stat;
    }
    std::fs::metadata(path).map(|meta| Stat::of(&meta, None))
}

/// One system call with the birth time. `None`: not on this machine.
#[cfg(target_os = "linux")]
fn statx(path: &Path) -> Option<io::Result<Stat>> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    let got = match rustix::fs::statx(CWD, path, rustix::fs::AtFlags::empty(), wanted) {
        Ok(got) => got,
        Err(rustix::io::Errno::NOSYS) => return None,
        Err(errno) => return Some(Err(errno.into())),
    };
    let ns = |t: &rustix::fs::StatxTimestamp| {
        t.tv_sec
            .saturating_mul(1_000_000_000)
            .saturating_add(i64::from(t.tv_nsec))
    };
    let has_birth = got.stx_mask & StatxFlags::BTIME.bits() != 0;
    let kind = match rustix::fs::FileType::from_raw_mode(rustix::fs::RawMode::from(got.stx_mode)) {
        rustix::fs::FileType::RegularFile => Kind::Regular,
        rustix::fs::FileType::Directory => Kind::Folder,
        _ => Kind::Special,
    };
    Some(Ok(Stat {
        dev: rustix::fs::makedev(got.stx_dev_major, got.stx_dev_minor),
        ino: got.stx_ino,
        born: has_birth.then(|| ns(&got.stx_btime)),
        size: got.stx_size,
        modified_ns: ns(&got.stx_mtime),
        changed_ns: ns(&got.stx_ctime),
        kind,
    }))
}

#[cfg(not(target_os = "linux"))]
fn statx(_path: &Path) -> Option<io::Result<Stat>> {
    None
}

/// Opens `relative` for reading beneath `root`: no way out through `..`, links or magic links; nothing but a regular file.
pub fn open_beneath(root: &Path, relative: &str) -> io::Result<File> {
    let path = Path::new(relative);
    if path
        .components()
        .any(|c| !matches!(c, Component::Normal(_) | Component::CurDir))
    {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path leads out of the agent's folder",
        ));
    }
    let file = match open_resolved(root, path) {
        Some(opened) => File::from(opened?),
        None => open_portable(root, path)?,
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file (a pipe, device or folder is never read)",
        ));
    }
    Ok(file)
}

/// The kernel's own guarantee. `None`: not on this machine.
#[cfg(target_os = "linux")]
fn open_resolved(root: &Path, path: &Path) -> Option<io::Result<OwnedFd>> {
    let folder = match rustix::fs::open(
        root,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        Ok(folder) => folder,
        Err(errno) => return Some(Err(errno.into())),
    };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    match rustix::fs::openat2(
        &folder,
        path,
        flags,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
    ) {
        Ok(fd) => Some(Ok(fd)),
        Err(rustix::io::Errno::NOSYS) => None,
        Err(errno) => Some(Err(errno.into())),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_resolved(_root: &Path, _path: &Path) -> Option<io::Result<OwnedFd>> {
    None
}

/// Resolves the path first and compares: enough against mistakes, and against links that stay as they are.
fn open_portable(root: &Path, path: &Path) -> io::Result<File> {
    let root = root.canonicalize()?;
    let full = root.join(path).canonicalize()?;
    if !full.starts_with(&root) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path leads out of the agent's folder",
        ));
    }
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(full)
}

/// Stat of an open file.
pub fn stat_open(file: &File) -> io::Result<Stat> {
    let meta = file.metadata()?;
    let born = meta
        .created()
        .ok()
        .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    Ok(Stat::of(&meta, born.map(|d| d.as_nanos() as i64)))
}

/// Reads up to `len` bytes at `offset`; fewer at the end of the file.
pub fn read_at(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let got = read_into(file, offset, &mut bytes)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Fills `bytes` from `offset`; the count is short only at the end of the file.
pub fn read_into(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < bytes.len() {
        match file.read_at(&mut bytes[got..], offset + got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// Tries to take an exclusive lock that ends with the process. `false`: somebody else holds it.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Waits for an exclusive lock that ends with the file handle.
pub fn lock(file: &File) -> io::Result<()> {
    loop {
        match rustix::fs::flock(file, FlockOperation::LockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Really elapsed since an open file was written.
pub fn age_of(file: &File) -> io::Result<std::time::Duration> {
    Ok(super::clock::age(file.metadata()?.modified()?))
}

/// Really elapsed since anything of an open file changed, its name included.
pub fn changed_age(file: &File) -> io::Result<std::time::Duration> {
    let meta = file.metadata()?;
    let changed = std::time::Duration::new(
        meta.ctime().unsigned_abs(),
        meta.ctime_nsec().unsigned_abs() as u32,
    );
    Ok(super::clock::age(std::time::UNIX_EPOCH + changed))
}

/// Opens a file of rounds' own for appending, readable by its owner only.
pub fn append_private(path: &Path) -> io::Result<File> {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_opening_refuse_what_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("agent");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        std::fs::write(root.join("log"), "inside").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("out")).unwrap();
        std::os::unix::fs::symlink("log", root.join("in")).unwrap();

        assert!(open_beneath(&root, "log").is_ok());
        assert!(open_beneath(&root, "in").is_ok());
        for bad in ["../secret", "out", "/etc/passwd", "."] {
            assert!(open_beneath(&root, bad).is_err(), "{bad} must be refused");
        }
        assert!(open_portable(&root, Path::new("in")).is_ok());
        assert!(open_portable(&root, Path::new("out")).is_err());
    }

    #[test]
    fn a_pipe_is_refused_and_never_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(dir.path().join("log"))
            .status()
            .unwrap();
        assert!(made.success());
        assert!(open_beneath(dir.path(), "log").is_err());
    }
}
