//! Files that nobody will write again, most likely: the day files of last month, and rotated logs.
//!
//! A file is calm when it is one of a series (its name has a number) that has gone on: two of the series come after it by
//! name, or a newer one lies beside it and it was written long before the newest of the fleet.

use std::collections::HashMap;
use std::path::Path;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::catalog::Catalog;
use super::tracked::Tracked;
use crate::domain::facts::FileState;

/// A file written this long before the newest of the fleet, in nanoseconds, may be calm.
const CALM_NS: i64 = 36 * 3_600 * 1_000_000_000;

/// What a path has in common with others, as hashes: a start asks it of every file there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sums {
    folder: u64,
    /// Files of one series have their folder in common, and their name without its numbers.
    series: Option<u64>,
}

impl Sums {
    fn of(path: &Path, common: &mut Vec<u8>) -> Self {
        let folder = path
            .parent()
            .map_or(&[][..], |folder| folder.as_os_str().as_encoded_bytes());
        let folder = xxh3_64(folder);
        let name = path
            .file_name()
            .map_or(&[][..], |name| name.as_encoded_bytes());
        common.clear();
        for &byte in name {
            match byte {
                b'0'..=b'9' if common.ends_with(b"#") => {}
                b'0'..=b'9' => common.push(b'#'),
                byte => common.push(byte),
            }
        }
        let has_number = name.iter().any(u8::is_ascii_digit);
        Self {
            folder,
            series: has_number.then(|| xxh3_64_with_seed(common, folder)),
        }
    }
}

impl Catalog {
    /// Decides anew which files are calm, where any has changed since the last time.
    pub fn calm_down(&mut self) {
        if std::mem::take(&mut self.has_changed) {
            let calm = calm(self);
            let mut calm = calm.into_iter();
            self.each(|tracked| tracked.calm = calm.next().unwrap_or_default());
        }
    }
}

/// For each file, in the order of their paths.
fn calm(catalog: &Catalog) -> Vec<bool> {
    let mut common = Vec::new();
    let mut sums: Vec<Sums> = Vec::with_capacity(catalog.len());
    let mut newest: HashMap<u64, i64> = HashMap::new();
    let mut last: HashMap<u64, [usize; 2]> = HashMap::new();
    let mut of_all = 0;
    for (at, tracked) in catalog.files().enumerate() {
        let place = Sums::of(&tracked.path, &mut common);
        let written = tracked.row.modified_ns;
        of_all = of_all.max(written);
        let beside = newest.entry(place.folder).or_insert(written);
        *beside = written.max(*beside);
        if let Some(series) = place.series {
            let [before, newest] = last.entry(series).or_insert([at; 2]);
            *before = std::mem::replace(newest, at);
        }
        sums.push(place);
    }
    let is_calm = |(at, tracked): (usize, &Tracked)| {
        let place = &sums[at];
        let Some(last) = place.series.and_then(|series| last.get(&series)) else {
            return false;
        };
        let written = tracked.row.modified_ns;
        let is_old = written < of_all - CALM_NS
            && newest
                .get(&place.folder)
                .is_some_and(|&newest| written < newest);
        (is_old || !last.contains(&at)) && tracked.state == FileState::Good && tracked.row.ino != 0
    };
    catalog.files().enumerate().map(is_calm).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::keeper::engine::Engine;
    use crate::keeper::fixture::owner;

    #[test]
    fn of_a_series_the_last_two_stay_in_use_and_what_is_old_beside_a_newer_one_is_calm() {
        let folder = tempfile::tempdir().unwrap();
        let agent = folder.path().join("fleet/social");
        fs::create_dir_all(agent.join("schedule")).unwrap();
        let plan = |day: u32| agent.join(format!("schedule/2026-11-{day:02}.json"));
        let write = |day: u32| {
            let text = format!("{{\"date\":\"2026-11-{day:02}\",\"tasks\":[]}}");
            fs::write(plan(day), text).unwrap();
        };
        fs::write(agent.join("heartbeat.jsonl"), "{\"status\":\"ok\"}\n").unwrap();
        (1..=4).for_each(write);
        let mut engine = owner(folder.path());
        let calm = |engine: &mut Engine| -> Vec<String> {
            engine.discover().unwrap();
            engine.sweep(crate::keeper::sweep::Share::All).unwrap();
            engine.catalog.calm_down();
            let files = engine.catalog.files().filter(|tracked| tracked.calm);
            let names = files.filter_map(|tracked| tracked.path.file_name());
            names
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(calm(&mut engine), ["2026-11-01.json", "2026-11-02.json"]);
        write(5);
        let three = ["2026-11-01.json", "2026-11-02.json", "2026-11-03.json"];
        assert_eq!(calm(&mut engine), three);
        // Written again long ago, as an unpacked archive is: not the newest beside it, nor of this week.
        let fourth = fs::OpenOptions::new().append(true).open(plan(4)).unwrap();
        let written = fourth.metadata().unwrap().modified().unwrap();
        fourth
            .set_modified(written - Duration::from_hours(48))
            .unwrap();
        assert_eq!(calm(&mut engine)[..3], three);
        assert_eq!(calm(&mut engine).len(), 4, "the one before the last is old");
    }

    #[test]
    fn files_of_a_series_differ_by_numbers_alone() {
        let series = |path: &str| Sums::of(Path::new(path), &mut Vec::new()).series;
        assert_eq!(series("a/2026-03-28.jsonl"), series("a/2025-12-01.jsonl"));
        assert_ne!(series("a/2026-03-28.jsonl"), series("b/2026-03-28.jsonl"));
        assert_ne!(series("a/log.1"), series("a/wal.1"));
        assert_eq!(series("a/heartbeat.jsonl"), None);
    }
}
