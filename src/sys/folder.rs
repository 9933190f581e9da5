//! An open folder: names in it are made, exchanged and removed through its descriptor, so that renaming the folder, or putting a
//! link in its place, leads nowhere else.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid, statat,
};
use rustix::io::Errno;

/// An open folder.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder; a link to one is followed (a linked agent folder is the operator's choice).
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(CWD, path, flags, Mode::empty())?))
    }

    /// Opens a folder in this one, which is no link.
    pub fn open_in(&self, name: &str) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(
            &self.0,
            name,
            flags,
            Mode::empty(),
        )?))
    }

    /// Makes a folder in this one, open to the same users as this one is, whatever the umask. Where root makes it, it is given to
    /// whom this one belongs: the agent's own user has to be able to work in it afterwards.
    pub fn make_in(&self, name: &str) -> io::Result<()> {
        let own = self.stat()?;
        let mode = Mode::from_raw_mode(own.st_mode & 0o7777);
        rustix::fs::mkdirat(&self.0, name, mode)?;
        let made = self.open_in(name)?;
        let (uid, gid) = (Uid::from_raw(own.st_uid), Gid::from_raw(own.st_gid));
        // Who is not root keeps it; the group is given away where the user belongs to it.
        let given = rustix::fs::fchown(&made.0, Some(uid), Some(gid))
            .or_else(|_| rustix::fs::fchown(&made.0, None, Some(gid)));
        if let Err(error) = given {
            tracing::debug!(%error, "a folder belongs to another user than the one around it");
        }
        Ok(rustix::fs::fchmod(&made.0, mode)?)
    }

    /// Whether this user may make and remove names in it.
    pub fn is_writable(&self) -> io::Result<()> {
        let (access, flags) = (Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS);
        Ok(rustix::fs::accessat(&self.0, ".", access, flags)?)
    }

    pub fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    pub fn stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.0)?)
    }

    /// Stat of a name, not following a link. `None`: no such name.
    pub fn stat_of(&self, name: &str) -> io::Result<Option<Stat>> {
        match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Opens a regular file for reading, never a link, pipe or device.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        regular(File::from(file))
    }

    /// Opens a regular file for appending; one that is not there is made with `mode`.
    pub fn append_to(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(mode))?;
        regular(File::from(file))
    }

    /// Makes a file that was not there, private until its mode is set.
    pub fn make_file(&self, name: &str) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let private = Mode::from_raw_mode(0o600);
        Ok(File::from(rustix::fs::openat(
            &self.0, name, flags, private,
        )?))
    }

    pub fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Two names change places in one step.
    pub fn exchange(&self, name: &str, other: &Self, its: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(
            &self.0,
            name,
            &other.0,
            its,
            RenameFlags::EXCHANGE,
        )?)
    }

    /// Moves a name, over whatever has the new one.
    pub fn rename(&self, name: &str, other: &Self, its: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, name, &other.0, its)?)
    }

    /// Gives a file a second name, which must be free.
    pub fn link(&self, name: &str, other: &Self, its: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(
            &self.0,
            name,
            &other.0,
            its,
            AtFlags::empty(),
        )?)
    }

    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    /// Names in this folder, hidden ones too.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().to_str()
                && name != "."
                && name != ".."
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file (a link, pipe, device or folder is never changed)",
    ))
}

/// Whether a stat is of a regular file.
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Whether an error says that this file system cannot do such a thing at all.
pub fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn names_change_places_and_links_are_not_followed() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = Folder::open(tmp.path()).unwrap();
        folder.make_in(".rounds").unwrap();
        let own = folder.open_in(".rounds").unwrap();
        std::fs::write(tmp.path().join("plan"), "old").unwrap();
        std::fs::write(tmp.path().join(".rounds/new"), "new").unwrap();
        folder.exchange("plan", &own, "new").unwrap();
        assert_eq!(std::fs::read(tmp.path().join("plan")).unwrap(), b"new");
        assert_eq!(own.names().unwrap(), ["new"]);
        std::os::unix::fs::symlink("plan", tmp.path().join("link")).unwrap();
        assert!(folder.open_file("link").is_err());
        assert!(folder.make_file("plan").is_err(), "never over a file");
        assert!(folder.stat_of("none").unwrap().is_none());
    }

    #[test]
    fn a_folder_within_is_open_to_whom_the_outer_one_is() {
        let tmp = tempfile::tempdir().unwrap();
        let mode = std::fs::Permissions::from_mode(0o770);
        std::fs::set_permissions(tmp.path(), mode).unwrap();
        Folder::open(tmp.path()).unwrap().make_in("in").unwrap();
        let made = std::fs::metadata(tmp.path().join("in")).unwrap();
        assert_eq!(made.permissions().mode() & 0o777, 0o770);
    }
}
