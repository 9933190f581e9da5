//! Whose a file is and who may use it, carried over from one file to the one that takes its place.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Gid, Mode, Timespec, Timestamps, UTIME_NOW, Uid, XattrFlags, fchmod, fchown,
    fgetxattr, flistxattr, fsetxattr, utimensat,
};
use rustix::io::Errno;

use super::gate::{Call, Gate};

/// Why a file cannot be given to whom the old one belonged.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The owner would lose the right to write.
    #[error(
        "it belongs to uid {0}, and this user cannot make a file of that user's: run rounds as that user"
    )]
    Owner(u32),
    #[error("its access rules cannot be kept: {0}")]
    Access(io::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Sets when a file was read and written last to now. Its bytes are left alone.
pub fn touch(path: &Path) -> io::Result<()> {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    Ok(utimensat(CWD, path, &times, AtFlags::empty())?)
}

/// Access control lists: a file without them would be open to others than the old one was.
const ACCESS: &str = "system.posix_acl_access";

/// Gives `new` the owner, group, mode and extended attributes of `old`.
///
/// Attributes that only the system may set are left to it; an access list must be kept.
pub fn carry_over(gate: &mut Gate, old: &File, new: &File) -> Result<(), NotKept> {
    let was = rustix::fs::fstat(old).map_err(io::Error::from)?;
    let is = rustix::fs::fstat(new).map_err(io::Error::from)?;
    if (was.st_uid, was.st_gid) != (is.st_uid, is.st_gid) {
        let given = gate.through(Call::TempOwner, || {
            let (uid, gid) = (Uid::from_raw(was.st_uid), Gid::from_raw(was.st_gid));
            Ok(fchown(new, Some(uid), Some(gid))?)
        });
        match given {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                keep_group(gate, new, was.st_uid, was.st_gid, was.st_mode)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    gate.through(Call::TempMode, || {
        Ok(fchmod(new, Mode::from_raw_mode(was.st_mode & 0o7777))?)
    })?;
    attributes(gate, old, new)
}

/// A folder that several users share: the group keeps its right to write, so the owner loses nothing.
fn keep_group(gate: &mut Gate, new: &File, uid: u32, gid: u32, mode: u32) -> Result<(), NotKept> {
    let kept = gate.through(Call::TempOwner, || {
        Ok(fchown(new, None, Some(Gid::from_raw(gid)))?)
    });
    match kept {
        Ok(()) if mode & 0o020 != 0 => Ok(()),
        Ok(()) | Err(_) => Err(NotKept::Owner(uid)),
    }
}

fn attributes(gate: &mut Gate, old: &File, new: &File) -> Result<(), NotKept> {
    let mut names = vec![0; 64 * 1024];
    let listed = gate.through(Call::TempAttributes, || {
        match flistxattr(old, names.as_mut_slice()) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(0),
            listed => Ok(listed?),
        }
    })?;
    for name in names[..listed]
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let copied = gate.through(Call::TempAttributes, || {
            let mut value = vec![0; 64 * 1024];
            let len = fgetxattr(old, name, value.as_mut_slice())?;
            Ok(fsetxattr(new, name, &value[..len], XattrFlags::empty())?)
        });
        match copied {
            Err(error) if name == ACCESS.as_bytes() => return Err(NotKept::Access(error)),
            Err(error) if name.starts_with(b"user.") => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn mode_and_attributes_are_kept() {
        let tmp = tempfile::tempdir().unwrap();
        let at = |name: &str| tmp.path().join(name);
        let old = File::create(at("old")).unwrap();
        old.set_permissions(std::fs::Permissions::from_mode(0o640))
            .unwrap();
        let tagged = fsetxattr(&old, "user.team", b"blue", XattrFlags::empty()).is_ok();
        let new = File::create(at("new")).unwrap();
        carry_over(&mut Gate::open(), &old, &new).unwrap();
        let meta = std::fs::metadata(at("new")).unwrap();
        assert_eq!(meta.permissions().mode() & 0o7777, 0o640);
        assert_eq!(meta.uid(), std::fs::metadata(at("old")).unwrap().uid());
        if tagged {
            let mut value = [0; 16];
            let len = fgetxattr(&new, "user.team", value.as_mut_slice()).unwrap();
            assert_eq!(&value[..len], b"blue");
        }
    }
}
