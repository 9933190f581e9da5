//! Where a change is made: the folder of the file, and rounds' own folder beside it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Stat;

use crate::domain::text::clean_within;
use crate::store::versions::name_of;
use crate::sys::folder::{Folder, is_regular};
use crate::sys::gate::{Call, Gate};

/// Rounds' own folder in an agent's: locks, new files before they take their place, and old ones for a day after.
pub const ROUNDS: &str = ".rounds";
/// Larger plans are not read, so they are not changed either.
pub const MOST_BYTES: usize = 4 << 20;

/// The two open folders of a change.
#[derive(Debug)]
pub struct Place {
    /// The agent's folder.
    pub agent: PathBuf,
    /// The file, beneath the agent's folder.
    pub relative: String,
    /// The folder that holds the file.
    pub folder: Folder,
    /// Its name in that folder.
    pub name: String,
    /// Rounds' own folder, on the same file system.
    pub own: Folder,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Version {
    pub bytes: Vec<u8>,
    pub dev: u64,
    pub ino: u64,
    pub modified: (i64, i64),
}

impl Version {
    pub fn hash(&self) -> String {
        name_of(&self.bytes)
    }

    /// The stat is of this very file, not written since as far as times tell.
    pub fn is(&self, stat: &Stat) -> bool {
        self.is_inode(stat)
            && self.bytes.len() as i64 == stat.st_size
            && self.modified == modified(stat)
    }

    pub fn is_inode(&self, stat: &Stat) -> bool {
        (self.dev, self.ino) == (stat.st_dev, stat.st_ino)
    }
}

fn modified(stat: &Stat) -> (i64, i64) {
    (stat.st_mtime, stat.st_mtime_nsec as i64)
}

/// What reading a file until it is stable gave.
pub enum Read {
    Whole(Version, File),
    /// It changed while it was read, or has no name this moment.
    Moving,
}

impl Place {
    /// Opens both folders; makes rounds' own where it is missing.
    pub fn open(gate: &mut Gate, agent: &Path, relative: &str) -> io::Result<Self> {
        let path = Path::new(relative);
        let plain = path
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        let name = path.file_name().and_then(|name| name.to_str());
        let (true, Some(name)) = (plain, name) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path leads out of the agent's folder",
            ));
        };
        let root = gate
            .through(Call::FolderOpen, || Folder::open(agent))
            .map_err(|error| told(&error, agent, None))?;
        let mut folder = gate.through(Call::FolderOpen, || Folder::open(agent))?;
        for part in path.parent().into_iter().flat_map(Path::components) {
            let part = part.as_os_str().to_str().unwrap_or_default();
            folder = gate.through(Call::FolderOpen, || folder.open_in(part))?;
        }
        // Beside the file where the agent's folder is on another file system.
        let near = if folder.stat()?.st_dev == root.stat()?.st_dev {
            &root
        } else {
            &folder
        };
        let owner = near.stat()?.st_uid;
        let own = own_folder(gate, near).map_err(|error| told(&error, agent, Some(owner)))?;
        if let Err(error) = own.is_writable() {
            let owner = own.stat()?.st_uid;
            return Err(io::Error::new(
                error.kind(),
                format!(
                    "{ROUNDS} in the agent's folder belongs to uid {owner} and cannot be written here ({error})"
                ),
            ));
        }
        Ok(Self {
            agent: agent.to_path_buf(),
            relative: relative.to_owned(),
            name: name.to_owned(),
            own,
            folder,
        })
    }

    /// Reads the file in one stable piece.
    pub fn read(&self, gate: &mut Gate) -> io::Result<Read> {
        let before = gate.through(Call::TargetStat, || self.folder.stat_of(&self.name))?;
        let Some(before) = before else {
            return Ok(Read::Moving);
        };
        if !is_regular(&before) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file (a link, pipe, device or folder is never changed)",
            ));
        }
        if self.is_named_elsewhere(&before)? {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it has a second name (a hard link), which would keep the old text: give each name a file of its own",
            ));
        }
        let opened = gate.through(Call::TargetOpen, || self.folder.open_file(&self.name));
        let file = match opened {
            Err(error) if is_moment(&error) => return Ok(Read::Moving),
            opened => opened?,
        };
        let bytes = gate.read_whole(Call::TargetRead, &file, MOST_BYTES)?;
        let version = Version {
            bytes,
            dev: before.st_dev,
            ino: before.st_ino,
            modified: modified(&before),
        };
        let after = gate.through(Call::TargetStat, || self.folder.stat_of(&self.name))?;
        match after {
            Some(after) if version.is(&after) => Ok(Read::Whole(version, file)),
            Some(_) | None => Ok(Read::Moving),
        }
    }

    /// An agent that writes through another name would not meet the change. A name that a killed rounds left in its own folder
    /// is none.
    fn is_named_elsewhere(&self, stat: &Stat) -> io::Result<bool> {
        if stat.st_nlink < 2 {
            return Ok(false);
        }
        let mut own: i128 = 0;
        for name in self.own.names()? {
            let same = |own: &Stat| (own.st_dev, own.st_ino) == (stat.st_dev, stat.st_ino);
            own += i128::from(self.own.stat_of(&name)?.as_ref().is_some_and(same));
        }
        Ok(i128::from(stat.st_nlink) > own + 1)
    }

    /// Makes names durable in both folders.
    pub fn sync(&self, gate: &mut Gate) -> io::Result<()> {
        gate.through(Call::FolderSync, || self.folder.sync())?;
        gate.through(Call::FolderSync, || self.own.sync())
    }
}

/// What could not be done, where, and what would make it possible.
fn told(error: &io::Error, agent: &Path, owner: Option<u32>) -> io::Error {
    let folder = clean_within(&agent.to_string_lossy(), 120);
    let what = match owner {
        Some(_) => format!("{ROUNDS} cannot be made in {folder}"),
        None => format!("{folder} cannot be opened"),
    };
    let remedy = match (error.kind(), owner) {
        (io::ErrorKind::PermissionDenied, Some(owner)) => {
            format!(
                "; the folder belongs to uid {owner}: run rounds as that user, or let this one write there"
            )
        }
        (_, Some(_) | None) => String::new(),
    };
    io::Error::new(error.kind(), format!("{what} ({error}){remedy}"))
}

/// The name is away for a moment, or another rounds holds a lease.
pub fn is_moment(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::WouldBlock
    )
}

/// Rounds' own folder in another: no link, and open to the same users.
pub fn own_folder(gate: &mut Gate, near: &Folder) -> io::Result<Folder> {
    match gate.through(Call::FolderOpen, || near.open_in(ROUNDS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match gate.through(Call::FolderMake, || near.make_in(ROUNDS)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    gate.through(Call::FolderOpen, || near.open_in(ROUNDS))
}
