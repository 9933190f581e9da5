//! What lies directly in a folder: which of its files an agent's are, and its folders.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{FoundFile, Search, makes_an_agent};
use crate::domain::time::Day;
use crate::parse::classify::{PASSED_FOLDERS, reader_for};
use crate::parse::timestamp::day_in_name;
use crate::sys::file::{Kind, open_beneath, stat};

/// Files of one folder that are looked at; a folder of a hundred thousand tiny files is no agent's log.
pub(super) const MOST_FILES: usize = 2_000;
/// As many of them where they are named like logs: ten of them a day for five years.
const MOST_LOGS: usize = 20_000;
/// Entries of one folder that are listed, besides logs and plans.
const MOST_ENTRIES: usize = 20_000;
/// Bytes of a file's head that decide its reader.
const HEAD: usize = 8_192;

impl Search<'_> {
    /// The files directly at a place of an agent's folder.
    pub(super) fn files_in(&mut self, folder: &Path, at: &str) -> Vec<FoundFile> {
        let place = folder.join(at);
        let mut names: Vec<String> = self
            .entries(&place)
            .into_iter()
            .filter(|(name, kind)| {
                *kind != Kind::Folder || Path::new(name).extension().is_some_and(|e| e == "jsonl")
            })
            .map(|(name, _)| name)
            .collect();
        // Newest dated files first, so that a cut keeps today.
        names.sort_unstable_by(|a, b| b.cmp(a));
        if names.len() > MOST_FILES {
            // A log is never crowded out by files of other names.
            names.sort_by_key(|name| !self.is_named_like_one(name));
            let logs = names.partition_point(|name| self.is_named_like_one(name));
            let most = logs.clamp(MOST_FILES, MOST_LOGS);
            if names.len() > most {
                self.found.problems.push(format!(
                    "{}: {} files, only {most} are looked at",
                    place.display(),
                    names.len()
                ));
                names.truncate(most);
            }
            names.sort_unstable_by(|a, b| b.cmp(a));
        }
        if let Some(oldest) = self.oldest {
            pass_over_old(&mut names, oldest);
        }
        let relative = |name: String| match at {
            "" => name,
            _ => format!("{at}/{name}"),
        };
        names
            .into_iter()
            .rev()
            .filter_map(|name| self.file(folder, relative(name)))
            .collect()
    }

    /// Whether the name alone says that it is an agent's log or plan.
    fn is_named_like_one(&self, name: &str) -> bool {
        reader_for(name, &[], &self.config.vocabulary)
            .is_some_and(|(reader, _)| makes_an_agent(reader))
    }

    pub(super) fn file(&mut self, root: &Path, relative: String) -> Option<FoundFile> {
        let path = root.join(&relative);
        if self
            .ignored
            .iter()
            .any(|pattern| pattern.matches(&relative))
        {
            return None;
        }
        if let Some(reader) = (self.known)(&path) {
            return Some(FoundFile {
                path,
                relative,
                reader,
                why: "as before",
            });
        }
        // By name alone first: most files of a folder are nobody's log and are never opened.
        let (by_name, why) = reader_for(&relative, &[], &self.config.vocabulary).unzip();
        let head = match open_beneath(root, &relative).and_then(|file| head_of(&file)) {
            Ok(head) => head,
            Err(error) => {
                if by_name.is_some_and(makes_an_agent) {
                    self.problem(&path, &error);
                    return by_name.map(|reader| FoundFile {
                        path,
                        relative,
                        reader,
                        why: why.unwrap_or("by its name"),
                    });
                }
                return None;
            }
        };
        let Some((reader, why)) = reader_for(&relative, &head, &self.config.vocabulary) else {
            self.found.undecided.push(path);
            return None;
        };
        Some(FoundFile {
            path,
            relative,
            reader,
            why,
        })
    }

    /// The folders in a place that most agents do not have.
    pub(super) fn folders_in_if_there(&mut self, folder: &Path) -> Vec<PathBuf> {
        if !folder.is_dir() {
            return Vec::new();
        }
        self.found.folders.push(folder.to_path_buf());
        self.folders_in(folder)
    }

    pub(super) fn folders_in(&mut self, folder: &Path) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self
            .entries(folder)
            .into_iter()
            .filter(|(name, kind)| {
                *kind == Kind::Folder && !PASSED_FOLDERS.contains(&name.as_str())
            })
            .map(|(name, _)| folder.join(name))
            .collect();
        folders.sort();
        folders
    }

    fn entries(&mut self, folder: &Path) -> Vec<(String, Kind)> {
        let listing = match std::fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) => {
                self.problem(folder, &error);
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for entry in listing.flatten() {
            // A name that is not UTF-8 cannot be shown or configured without lying about it.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if entries.len() >= MOST_ENTRIES && !self.is_named_like_one(&name) {
                continue;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let kind = if kind.is_symlink() {
                stat(&entry.path()).map_or(Kind::Special, |s| s.kind)
            } else {
                kind_of(kind)
            };
            entries.push((name, kind));
        }
        entries
    }
}

/// Leaves out files of days before `oldest`, but for the newest of each series: names that differ by digits alone.
fn pass_over_old(names: &mut Vec<String>, oldest: Day) {
    let series = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let mut newest: BTreeMap<String, Day> = BTreeMap::new();
    for name in names.iter() {
        if let Some(day) = day_in_name(name) {
            let known = newest.entry(series(name)).or_insert(day);
            *known = day.max(*known);
        }
    }
    names.retain(|name| {
        day_in_name(name).is_none_or(|day| {
            day >= oldest
                || newest
                    .get(&series(name))
                    .is_some_and(|newest| *newest == day)
        })
    });
}

fn kind_of(kind: std::fs::FileType) -> Kind {
    match kind {
        k if k.is_dir() => Kind::Folder,
        k if k.is_file() => Kind::Regular,
        _ => Kind::Special,
    }
}

fn head_of(file: &File) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Discovery, discover, discover_newest, nothing_known};
    use super::*;
    use crate::config::Config;
    use crate::domain::time::Zone;

    fn names(found: &Discovery) -> Vec<&str> {
        let files = found.agents.iter().flat_map(|agent| &agent.files);
        files.map(|file| file.relative.as_str()).collect()
    }

    #[test]
    fn a_first_sight_passes_over_old_days_but_for_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let social = folder.path().join("social");
        let files = [
            "INSIGHTS.md",
            "schedule.json",
            "heartbeat/2026-11-18.jsonl",
            "heartbeat/2026-11-19.jsonl",
            "heartbeat/2026-11-20.jsonl",
            "schedule/2026-10-01.json",
            "schedule/2026-10-02.json",
            "schedule/weekly-2026-09-28.json",
        ];
        for file in files {
            let path = social.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{\"tasks\":[]}\n").unwrap();
        }
        let (roots, config) = (
            [folder.path().to_path_buf()],
            Config::default_for(Zone::UTC),
        );
        assert_eq!(names(&discover(&roots, &config, &nothing_known)), files);
        let oldest = Day::new(2026, 11, 19).unwrap();
        let newest = discover_newest(&roots, &config, &nothing_known, oldest);
        let old = ["heartbeat/2026-11-18.jsonl", "schedule/2026-10-01.json"];
        let kept = files.iter().filter(|file| !old.contains(file));
        assert_eq!(names(&newest), kept.copied().collect::<Vec<_>>());
        let all = discover(&roots, &config, &nothing_known);
        assert_eq!(newest.folders, all.folders, "the same folders are watched");
    }
}
