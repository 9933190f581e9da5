//! What a walk through the roots found, and what the mirror knows of it.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::super::ingest::track;
use super::{Catalog, Place, reader_of, resume, state_of};
use crate::domain::facts::FileState;
use crate::domain::id::AgentId;
use crate::domain::time::{Span, Ts};
use crate::parse::Reader;
use crate::store::StoreError;
use crate::store::files::FileRow;
use crate::store::mirror::Mirror;
use crate::sys::file::{Stat, stat};
use crate::watch::discover::Discovery;

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

impl Catalog {
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
}
