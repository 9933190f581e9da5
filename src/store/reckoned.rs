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

/// What the verdicts of some days are made of, read once for all of them.
#[derive(Debug, Default)]
pub struct Grounds {
    /// Agent, hour, and the mark of its counts.
    hours: Vec<(i64, i64, u64)>,
    /// Agent, from when it was known, the mark of the version, and whether nobody saw it come.
    plans: Vec<(i64, i64, u64, bool)>,
}

impl Grounds {
    /// For days in [from, to).
    pub fn read(connection: &Connection, (from, to): (Ts, Ts)) -> Result<Self, StoreError> {
        let mut grounds = Self::default();
        let hours = ((from - BEFORE).hour_index(), (to + AFTER).hour_index());
        days::hours(connection, hours, |one| {
            grounds.hours.push((one.agent, one.hour, one.mark));
        })?;
        let mut query = connection
            .prepare_cached("SELECT agent, known, hash, generated FROM plan WHERE known < ?1")?;
        let mut rows = query.query([to.0])?;
        while let Some(row) = rows.next()? {
            let (agent, known): (i64, i64) = (row.get(0)?, row.get(1)?);
            let hash = row.get_ref(2)?.as_bytes().map_err(rusqlite::Error::from)?;
            let generated: Option<i64> = row.get(3)?;
            let late = generated.is_none_or(|made| made == known);
            let mark = xxh3_64(hash).wrapping_mul(known as u64 | 1);
            grounds.plans.push((agent, known, mark, late));
        }
        Ok(grounds)
    }

    /// The marks of a day, by agent. `known` is what is not written in the mirror: the policy, and when nobody looked.
    pub fn marks(
        &self,
        connection: &Connection,
        (from, to): (Ts, Ts),
        known: &str,
    ) -> Result<Numbered<i64, u64>, StoreError> {
        let mut marks: Numbered<i64, u64> = Numbered::default();
        let mut late: Numbered<i64, bool> = Numbered::default();
        for (agent, _, mark, came_late) in self.plans.iter().filter(|plan| plan.1 < to.0) {
            add(&mut marks, *agent, *mark);
            *late.entry(*agent).or_default() |= came_late;
        }
        let (first, last) = ((from - BEFORE).hour_index(), to.hour_index());
        let after = (to + AFTER).hour_index();
        for (agent, hour, mark) in &self.hours {
            // A later line may explain what a plan says that nobody saw come.
            let explains = *hour < after && late.get(agent).is_some_and(|late| *late);
            if *hour >= first && (*hour < last || explains) {
                add(&mut marks, *agent, mark.wrapping_mul(*hour as u64 | 1));
            }
        }
        let mut steps = connection.prepare_cached(
            "SELECT count(*) FROM step WHERE agent = ?1 AND at > ?2 AND at <= ?3",
        )?;
        let version = format!("{FORM}{}{known}", env!("CARGO_PKG_VERSION"));
        let version = xxh3_64(version.as_bytes());
        for (agent, mark) in &mut marks {
            let since = from - Span::hours(24);
            let count: i64 = steps.query_row(params![agent, since.0, to.0], |row| row.get(0))?;
            *mark = mark.wrapping_add(version).wrapping_add(count as u64);
        }
        Ok(marks)
    }
}

/// In any order.
fn add(marks: &mut Numbered<i64, u64>, agent: i64, more: u64) {
    let mark = marks.entry(agent).or_default();
    *mark = mark.wrapping_add(more);
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
