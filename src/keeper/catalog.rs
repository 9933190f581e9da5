//! Which files and agents the keeper follows.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::ingest::track;
use super::tracked::Tracked;
use crate::domain::facts::{FileFacts, FileState};
use crate::domain::id::{AgentId, FileId};
use crate::domain::text::{Untrusted, clean_within};
use crate::domain::time::{Span, Ts};
use crate::parse::Reader;
use crate::store::StoreError;
use crate::store::files::{self, FileRow};
use crate::store::mirror::Mirror;
use crate::store::names::agent_rows;
use crate::sys::clock::Clock;
use crate::sys::file::{Stat, stat};
use crate::watch::discover::Discovery;

/// A file that does not parse for longer is a source that cannot be read.
const UNREADABLE: Span = Span::secs(10);

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

/// The file is as it was when it was read to its end.
fn is_as_read(row: &FileRow, stat: &Stat) -> bool {
    (stat.dev, stat.ino, stat.size) == (row.dev, row.ino, row.size)
        && (stat.modified_ns, stat.changed_ns) == (row.modified_ns, row.changed_ns)
}

/// So long it is told that a file went while nobody looked.
const MISSED: Span = Span::days(8);

/// What was found, to be asked for one place after another.
struct Finds<'a> {
    files: HashSet<&'a OsStr, Xxh3DefaultBuilder>,
    folders: HashSet<&'a OsStr, Xxh3DefaultBuilder>,
    looked_at: &'a [String],
}

impl<'a> Finds<'a> {
    fn of(found: &'a Discovery) -> Self {
        let files = found.agents.iter().flat_map(|agent| &agent.files);
        let folders = found.agents.iter().map(|agent| agent.folder.as_os_str());
        Self {
            files: files.map(|file| file.path.as_os_str()).collect(),
            folders: folders.collect(),
            looked_at: &found.looked_at,
        }
    }

    fn lies_beneath(&self, row: &FileRow) -> bool {
        self.folders.contains(OsStr::new(&*row.root))
    }

    /// A file that was read and is no more, beneath a place that was looked at. It stays followed: that it is gone is news,
    /// where a log of another day is not.
    fn misses(&self, place: &Place, row: &FileRow, now: Ts) -> bool {
        let here = |root: &String| Path::new(&*row.root).starts_with(root);
        let lately = || match state_of(row) {
            FileState::Gone { since } => now - since < MISSED,
            FileState::Good | FileState::Torn { .. } | FileState::Unreadable { .. } => true,
        };
        !self.files.contains(place.0.as_os_str())
            && is_to_stay(row)
            && lately()
            && self.looked_at.iter().any(here)
            && stat(&place.0).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    }
}

/// Not for a day, and no page of a series: whoever writes it keeps it.
fn is_to_stay(row: &FileRow) -> bool {
    let reader = [
        Reader::CronStore,
        Reader::Json,
        Reader::Plan,
        Reader::Insights,
    ]
    .into_iter()
    .find(|reader| *row.reader == *reader.word());
    match reader {
        Some(Reader::CronStore) => true,
        Some(_) => !row.relative.contains(|c: char| c.is_ascii_digit()),
        None => false,
    }
}

fn is_lock(row: &FileRow) -> bool {
    *row.reader == *Reader::Lock.word()
}

/// A lock that is known to be given back: it comes and goes, and that it is not there is no news.
fn is_released(row: &FileRow) -> bool {
    is_lock(row) && matches!(state_of(row), FileState::Gone { .. })
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

    /// Whether what was found is just what the mirror has read: same files, same places, same stats.
    pub fn matches(&self, found: &Discovery, now: Ts) -> bool {
        let files = found.agents.iter().flat_map(|agent| &agent.files);
        let mut count = 0;
        for file in files {
            count += 1;
            let row = self.unclaimed.get(file.path.as_os_str());
            if !row.is_some_and(|row| {
                *row.reader == *file.reader.word()
                    && stat(&file.path).is_ok_and(|s| is_as_read(row, &s))
            }) {
                return false;
            }
        }
        let (finds, mut rows) = (Finds::of(found), self.unclaimed.iter());
        if rows.any(|(place, row)| row.state.is_empty() && finds.misses(place, row, now)) {
            return false;
        }
        let known = self.unclaimed.values();
        count
            == known
                .filter(|row| finds.lies_beneath(row) && !is_released(row))
                .count()
    }

    /// Takes over what was found. Paths that are new are returned.
    pub fn take(
        &mut self,
        found: Discovery,
        mirror: &mut Mirror,
        now: Ts,
    ) -> Result<Vec<Arc<Path>>, StoreError> {
        let mut new = Vec::new();
        self.present.clear();
        let finds = Finds::of(&found);
        let rows = self.unclaimed.iter();
        let gone = rows.filter(|(place, row)| finds.misses(place, row, now));
        let gone: Vec<Place> = gone.map(|(place, _)| place.clone()).collect();
        for place in gone {
            let Some(row) = self.unclaimed.remove(place.0.as_os_str()) else {
                continue;
            };
            self.present.insert(row.agent);
            let name = self.names.get(&row.agent).map(|(name, _)| name.clone());
            let agent = name.unwrap_or_else(|| AgentId::from(""));
            new.push(place.0.clone());
            let reader = reader_of(&row.reader).unwrap_or(Reader::CronStore);
            self.put(resume(row, place.0, agent, reader));
        }
        self.take_locks(|row| finds.lies_beneath(row));
        for agent in found.agents {
            let folder = agent.folder.display().to_string();
            let id = mirror.agent(&agent.id, &folder)?;
            self.present.insert(id);
            self.names
                .entry(id)
                .or_insert_with(|| (agent.id.clone(), folder.clone()))
                .1
                .clone_from(&folder);
            for file in agent.files {
                if self.files.contains_key(file.path.as_os_str()) {
                    continue;
                }
                let row = self
                    .unclaimed
                    .remove(file.path.as_os_str())
                    .filter(|row| row.agent == id && *row.reader == *file.reader.word());
                let path: Arc<Path> = file.path.into();
                let tracked = match row {
                    Some(row) => resume(row, path.clone(), agent.id.clone(), file.reader),
                    None => track(
                        mirror,
                        path.clone(),
                        folder.clone(),
                        file.relative,
                        (id, agent.id.clone()),
                        file.reader,
                    ),
                };
                new.push(path);
                self.put(tracked);
            }
        }
        self.folders = found.folders.into_iter().collect();
        self.undecided = found.undecided;
        self.calm_down();
        self.looked_at = found.looked_at;
        self.problems = found.problems;
        Ok(new)
    }

    /// Follows the locks that were there when nobody looked any more: those that are gone have been given back.
    fn take_locks(&mut self, beneath: impl Fn(&FileRow) -> bool) {
        let held = self.unclaimed.iter();
        let held: Vec<Place> = held
            .filter(|(_, row)| is_lock(row) && !is_released(row) && beneath(row))
            .map(|(place, _)| place.clone())
            .collect();
        for place in held {
            let Some(row) = self.unclaimed.remove(place.0.as_os_str()) else {
                continue;
            };
            if let Some((agent, _)) = self.names.get(&row.agent) {
                let agent = agent.clone();
                self.put(resume(row, place.0, agent, Reader::Lock));
            }
        }
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

    /// The files of an agent, as its facts have them.
    pub fn facts_of(&self, agent: i64, clock: &Clock, roots: &[PathBuf]) -> Vec<FileFacts> {
        let facts = |tracked: &Tracked| tracked.facts(clock, &shown(&tracked.path, roots));
        // Where another process mirrors, its rows stand in for files this one does not follow.
        let rows = self.unclaimed.iter().filter(|(_, row)| row.agent == agent);
        let followed = rows.filter_map(|(path, row)| {
            let reader = reader_of(&row.reader)?;
            let (row, path) = (row.clone(), path.0.clone());
            Some(facts(&resume(row, path, AgentId::from(""), reader)))
        });
        self.files_of(agent).map(facts).chain(followed).collect()
    }

    /// How people know a file of any agent.
    pub fn shown_name(&self, file: FileId, roots: &[PathBuf]) -> Option<Untrusted> {
        let own = self.files_of(self.owner(file)?);
        let mut own = own.filter(|tracked| tracked.row.id == file);
        let own = own.next().map(|tracked| &*tracked.path);
        let rows = || self.unclaimed.iter().find(|(_, row)| row.id == file);
        let path = own.or_else(|| rows().map(|(place, _)| &*place.0))?;
        Some(Untrusted::from(shown(path, roots)))
    }

    /// When the newest of an agent's own files changed.
    pub fn last_change(&self, agent: i64, clock: &Clock) -> Option<Ts> {
        let followed = self.files_of(agent).map(|tracked| &tracked.row);
        let rows = self.unclaimed.values().filter(|row| row.agent == agent);
        let newest = followed.chain(rows).map(|row| row.modified_ns).max();
        let newest = newest.filter(|at| *at > 0)?;
        Some(clock.of_file(Ts(newest.div_euclid(1_000_000))))
    }

    /// Files with damage, for the header.
    pub fn damaged(&self) -> u32 {
        if self.files.is_empty() {
            let damaged = self.unclaimed.values().filter(|row| row.damaged > 0);
            return damaged.count() as u32;
        }
        self.troubled()
            .filter(|t| t.row.damaged > 0 || matches!(t.state, FileState::Torn { .. }))
            .count() as u32
    }

    /// Files with damage, or that cannot be read, or that are retried.
    pub fn troubled(&self) -> impl Iterator<Item = &Tracked> {
        self.troubled.iter().filter_map(|path| self.files.get(path))
    }

    /// Sources that cannot be read, each with its reason, by what this process or the one that mirrors has seen.
    pub fn blind(&self, roots: &[PathBuf], now: Ts) -> Vec<String> {
        let own = self.troubled().map(|t| (&*t.path, t.state.clone()));
        let rows = self
            .unclaimed
            .iter()
            .filter(|(_, row)| !row.state.is_empty());
        let rows = rows.map(|(place, row)| (&*place.0, state_of(row)));
        let (mut blind, mut named) = (Vec::new(), Vec::new());
        for (path, state) in own.chain(rows) {
            let what = match state {
                FileState::Unreadable { what, .. } => what,
                FileState::Torn { what, since } if now - since > UNREADABLE => {
                    format!("does not parse, {what}")
                }
                FileState::Torn { .. } | FileState::Good | FileState::Gone { .. } => continue,
            };
            named.push(path.display().to_string());
            blind.push(clean_within(
                &format!("{}: {what}", shown(path, roots)),
                160,
            ));
        }
        let others = self
            .problems
            .iter()
            .filter(|p| !named.iter().any(|n| p.starts_with(n)));
        blind.extend(others.map(|p| clean_within(p, 160)));
        blind
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

/// A path as people know it: from the root it lies beneath.
pub fn shown(path: &Path, roots: &[PathBuf]) -> String {
    let beneath = roots.iter().find_map(|root| path.strip_prefix(root).ok());
    beneath
        .filter(|rest| !rest.as_os_str().is_empty())
        .unwrap_or(path)
        .display()
        .to_string()
}
