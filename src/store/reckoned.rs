//! `reckoned/<day>`: what became of the slots of a day that is over, as its board told at midnight. A cache: to judge a
//! board of the past takes a tenth of a second, and a week has seven.
//!
//! Each agent's entry carries a mark of everything that its verdict was made of. Where the mark differs, a late line came or
//! a plan was changed, and the day is judged again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::numbered::Numbered;
use super::{StoreError, days, versions};
use crate::domain::id::AgentId;
use crate::domain::retro::AgentDay;
use crate::domain::time::{Day, Span, Ts};

/// Raised with every change of the rules or of the form.
const FORM: u32 = 1;
/// Days are kept as long as the weeks of a trend reach.
const KEPT: usize = 80;
/// As far back as a board looks for runs.
const BEFORE: Span = Span::hours(36);
/// As long may a later line explain what a plan says.
const AFTER: Span = Span::hours(48);

/// One agent's day, and the mark of what it was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub agent: AgentId,
    pub mark: u64,
    pub day: AgentDay,
}

/// The folder in the state folder.
#[derive(Clone, Debug)]
pub struct Reckoned(PathBuf);

impl Reckoned {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("reckoned"))
    }

    /// What was kept of a day; nothing where it cannot be read.
    pub fn read(&self, day: Day) -> HashMap<AgentId, Entry> {
        let bytes = std::fs::read(self.0.join(day.to_string())).unwrap_or_default();
        let read = postcard::from_bytes::<(u32, Vec<Entry>)>(&bytes).ok();
        let entries = read.filter(|(form, _)| *form == FORM);
        let entries = entries.map(|(_, entries)| entries).unwrap_or_default();
        entries
            .into_iter()
            .map(|entry| (entry.agent.clone(), entry))
            .collect()
    }

    /// Keeps a day. Whole or not at all; what cannot be kept is made again the next time.
    pub fn keep(&self, day: Day, entries: &[Entry]) -> Result<(), StoreError> {
        let failed = || format!("cannot keep a day in {}", self.0.display());
        let Ok(bytes) = postcard::to_stdvec(&(FORM, entries)) else {
            return Ok(());
        };
        versions::put(&self.0, &day.to_string(), &bytes).map_err(StoreError::io(failed()))?;
        self.forget_old().map_err(StoreError::io(failed()))
    }

    fn forget_old(&self) -> std::io::Result<()> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)?
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        names.sort();
        let over = names.len().saturating_sub(KEPT);
        for name in &names[..over] {
            std::fs::remove_file(self.0.join(name))?;
        }
        Ok(())
    }
}

/// What the verdict of a day that begins and ends so is made of, by agent. `known` is what is not written in the mirror: the
/// policy, and when nobody looked.
pub fn marks(
    connection: &Connection,
    (from, to): (Ts, Ts),
    known: &str,
) -> Result<Numbered<i64, u64>, StoreError> {
    let mut marks: Numbered<i64, u64> = Numbered::default();
    let late = plans(connection, to, &mut marks)?;
    let (first, last) = ((from - BEFORE).hour_index(), to.hour_index());
    let after = (to + AFTER).hour_index();
    days::hours(connection, (first, after), |one| {
        if one.hour < last || late.get(&one.agent).is_some_and(|late| *late) {
            let text = format!("{}{:?}", one.hour, one.tally);
            add(&mut marks, one.agent, text.as_bytes());
        }
    })?;
    let mut steps = connection
        .prepare_cached("SELECT count(*) FROM step WHERE agent = ?1 AND at > ?2 AND at <= ?3")?;
    let version = format!("{FORM}{}{known}", env!("CARGO_PKG_VERSION"));
    for (agent, mark) in &mut marks {
        let since = from - Span::hours(24);
        let count: i64 = steps.query_row(params![agent, since.0, to.0], |row| row.get(0))?;
        let text = format!("{count}{version}");
        *mark = mark.wrapping_add(xxh3_64(text.as_bytes()));
    }
    Ok(marks)
}

/// Takes in the versions of plans up to a moment. Whether one of them was read late comes back: then a later line counts, too.
fn plans(
    connection: &Connection,
    to: Ts,
    marks: &mut Numbered<i64, u64>,
) -> Result<Numbered<i64, bool>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT agent, known, hash, generated FROM plan WHERE known < ?1")?;
    let mut rows = query.query([to.0])?;
    let mut late: Numbered<i64, bool> = Numbered::default();
    while let Some(row) = rows.next()? {
        let (agent, known): (i64, i64) = (row.get(0)?, row.get(1)?);
        let hash = row.get_ref(2)?.as_bytes().map_err(rusqlite::Error::from)?;
        add(marks, agent, &[&known.to_le_bytes(), hash].concat());
        let generated: Option<i64> = row.get(3)?;
        *late.entry(agent).or_default() |= generated.is_none_or(|made| made == known);
    }
    Ok(late)
}

/// In any order.
fn add(marks: &mut Numbered<i64, u64>, agent: i64, bytes: &[u8]) {
    let mark = marks.entry(agent).or_default();
    *mark = mark.wrapping_add(xxh3_64(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_was_kept_reads_back_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Reckoned::in_state(folder.path());
        let first = Day::new(2026, 1, 1).unwrap();
        let entry = Entry {
            agent: AgentId::from("social"),
            mark: 7,
            day: AgentDay::default(),
        };
        for n in 0..=KEPT as i64 {
            kept.keep(first.plus(n), std::slice::from_ref(&entry))
                .unwrap();
        }
        assert!(kept.read(first).is_empty(), "the oldest is gone");
        let read = kept.read(first.plus(1));
        assert_eq!(read.get(&entry.agent), Some(&entry));
    }

    #[test]
    fn what_is_damaged_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Reckoned::in_state(folder.path());
        let day = Day::new(2026, 1, 1).unwrap();
        kept.keep(day, &[]).unwrap();
        std::fs::write(folder.path().join("reckoned/2026-01-01"), b"\xff\xff\xff").unwrap();
        assert!(kept.read(day).is_empty());
    }
}
