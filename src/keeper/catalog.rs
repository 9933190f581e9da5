//! Which files and agents the keeper follows.

mod found;
mod told;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::tracked::Tracked;
use crate::domain::facts::FileState;
use crate::domain::id::{AgentId, FileId};
use crate::parse::Reader;
use crate::store::StoreError;
use crate::store::files::{self, FileRow};
use crate::store::mirror::Mirror;
use crate::store::names::agent_rows;

/// A path, ordered by its bytes: one comparison of memory, where `Path` goes from name to name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place(Arc<Path>);

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_os_str().cmp(other.0.as_os_str())
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<OsStr> for Place {
    fn borrow(&self) -> &OsStr {
        self.0.as_os_str()
    }
}

/// All files by path, and agents by the mirror's number.
#[derive(Debug, Default)]
pub struct Catalog {
    files: BTreeMap<Place, Tracked>,
    /// The paths of `files` by agent, so that one agent's change costs what that agent has.
    of_agent: HashMap<i64, BTreeSet<Place>>,
    /// Of `files` those that are not well: nearly always none.
    troubled: BTreeSet<Place>,
    pub names: BTreeMap<i64, (AgentId, String)>,
    /// Agents whose folder was found this time; others of the mirror are history.
    pub present: BTreeSet<i64>,
    /// Folders whose change can bring new files.
    pub folders: BTreeSet<PathBuf>,
    /// Files that no reader takes as they are.
    pub undecided: Vec<PathBuf>,
    pub looked_at: Vec<String>,
    pub problems: Vec<String>,
    /// Rows of the mirror that no path has claimed yet, by path.
    unclaimed: BTreeMap<Place, FileRow>,
    owners: HashMap<FileId, i64>,
    knows_files: bool,
    /// A file came or was looked at since it was last decided which are calm.
    pub(super) has_changed: bool,
}

fn reader_of(word: &str) -> Option<Reader> {
    Reader::ALL.into_iter().find(|reader| reader.word() == word)
}

fn path_of(row: &FileRow) -> Place {
    let mut path = PathBuf::with_capacity(row.root.len() + 1 + row.relative.len());
    path.push(&*row.root);
    path.push(&row.relative);
    Place(path.into())
}

impl Catalog {
    /// What the mirror knows.
    pub fn load(mirror: &Mirror) -> Result<Self, StoreError> {
        let mut catalog = Self::of_names(mirror)?;
        catalog.know_files(|| files::all(mirror.connection()))?;
        Ok(catalog)
    }

    /// The agents that the mirror knows, and none of their files yet.
    pub fn of_names(mirror: &Mirror) -> Result<Self, StoreError> {
        let mut catalog = Self::default();
        catalog.learn_names(mirror)?;
        Ok(catalog)
    }

    /// Learns which files are not well: what a board says of its files before they are known.
    pub fn glimpse(&mut self, mirror: &Mirror) -> Result<(), StoreError> {
        if self.knows_files {
            return Ok(());
        }
        let troubled = files::troubled(mirror.connection())?;
        let placed = troubled.into_iter().map(|row| (path_of(&row), row));
        self.unclaimed = placed.collect();
        Ok(())
    }

    /// Takes over the files that the mirror knows, where that was not done yet.
    pub fn know_files(
        &mut self,
        read: impl FnOnce() -> Result<Vec<FileRow>, StoreError>,
    ) -> Result<(), StoreError> {
        if self.knows_files {
            return Ok(());
        }
        let rows = read()?;
        // Of a glimpse.
        self.unclaimed.clear();
        for row in rows {
            self.owners.insert(row.id, row.agent);
            if row.live {
                self.unclaimed.insert(path_of(&row), row);
            }
        }
        self.knows_files = true;
        Ok(())
    }

    /// Reads again what the process that mirrors has made of an agent's files.
    pub fn relearn(&mut self, mirror: &Mirror, agent: i64) -> Result<(), StoreError> {
        self.unclaimed.retain(|_, row| row.agent != agent);
        for row in files::of_agent(mirror.connection(), agent)? {
            self.owners.insert(row.id, agent);
            let place = path_of(&row);
            if row.live && !self.files.contains_key(&place) {
                self.unclaimed.insert(place, row);
            }
        }
        Ok(())
    }

    pub fn learn_names(&mut self, mirror: &Mirror) -> Result<(), StoreError> {
        for (id, name, folder, _) in agent_rows(mirror.connection())? {
            self.names.insert(id, (name, folder));
        }
        Ok(())
    }

    /// Live files of the mirror that this process does not follow itself.
    pub fn unclaimed(&self) -> impl Iterator<Item = (&Path, &FileRow)> {
        self.unclaimed.iter().map(|(place, row)| (&*place.0, row))
    }

    /// Live files of the mirror, whoever follows them.
    pub fn rows(&self) -> impl Iterator<Item = &FileRow> {
        let followed = self.files.values().map(|tracked| &tracked.row);
        followed.chain(self.unclaimed.values())
    }

    /// The reader of a file that need not be recognised again.
    pub fn reader(&self, path: &Path) -> Option<Reader> {
        let name = path.as_os_str();
        let followed = self.files.get(name).map(|tracked| tracked.reader);
        followed.or_else(|| reader_of(&self.unclaimed.get(name)?.reader))
    }

    /// The files this process follows, by path.
    pub fn files(&self) -> impl Iterator<Item = &Tracked> {
        self.files.values()
    }

    /// How many files are followed, by this process or by the one whose mirror it reads.
    pub fn len(&self) -> usize {
        if self.files.is_empty() {
            self.unclaimed.len()
        } else {
            self.files.len()
        }
    }

    pub fn get(&self, path: &Path) -> Option<&Tracked> {
        self.files.get(path.as_os_str())
    }

    /// Takes a file out to be looked at; [`put`](Self::put) brings it back.
    pub fn take_out(&mut self, path: &Path) -> Option<Tracked> {
        self.files.remove(path.as_os_str())
    }

    /// Follows a file: a new one, one that was looked at, or a log that moved to another name.
    pub fn put(&mut self, tracked: Tracked) {
        self.has_changed = true;
        let path = Place(tracked.path.clone());
        self.owners.insert(tracked.row.id, tracked.row.agent);
        self.of_agent
            .entry(tracked.row.agent)
            .or_default()
            .insert(path.clone());
        if tracked.row.damaged > 0 || tracked.state != FileState::Good || tracked.torn.is_some() {
            self.troubled.insert(path.clone());
        } else {
            self.troubled.remove(&path);
        }
        self.files.insert(path, tracked);
    }

    pub fn each(&mut self, change: impl FnMut(&mut Tracked)) {
        self.files.values_mut().for_each(change);
    }

    fn files_of(&self, agent: i64) -> impl Iterator<Item = &Tracked> {
        let paths = self.of_agent.get(&agent).into_iter().flatten();
        paths.filter_map(|path| self.files.get(path))
    }

    /// The agent in whose folder a file lies.
    pub fn owner(&self, file: FileId) -> Option<i64> {
        self.owners.get(&file).copied()
    }
}

/// How the last look at a file ended, as its row keeps it.
fn state_of(row: &FileRow) -> FileState {
    if row.state.is_empty() {
        return FileState::Good;
    }
    serde_json::from_str(&row.state).unwrap_or(FileState::Good)
}

/// Goes on with a file of the mirror. What was appended while nobody looked is history.
fn resume(row: FileRow, path: Arc<Path>, agent: AgentId, reader: Reader) -> Tracked {
    Tracked {
        path,
        agent,
        reader,
        state: state_of(&row),
        row,
        torn: None,
        live: false,
        may_be_known: false,
        calm: false,
    }
}
