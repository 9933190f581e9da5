//! A file of the fleet as the keeper follows it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::domain::facts::{FileFacts, FileRole, FileState};
use crate::domain::id::AgentId;
use crate::domain::text::Untrusted;
use crate::domain::time::Ts;
use crate::parse::Reader;
use crate::store::files::FileRow;
use crate::sys::clock::Clock;
use crate::sys::file::Stat;

/// One live file: its row, and what only this process knows.
#[derive(Clone, Debug)]
pub struct Tracked {
    pub path: Arc<Path>,
    pub agent: AgentId,
    pub reader: Reader,
    pub row: FileRow,
    pub state: FileState,
    /// A rewritten file that did not parse: when it was first seen so. It is retried for two seconds.
    pub torn: Option<Instant>,
    /// It was read before, or the agent's other files were: what comes now arrives live.
    pub live: bool,
    /// It is new under this name while the agent is known: its records may be known too.
    pub may_be_known: bool,
    /// It is hardly ever written any more: see [`calm`](super::calm).
    pub calm: bool,
}

impl Tracked {
    /// The stat is that of the last reading: nothing to do.
    pub fn is_unchanged(&self, stat: &Stat) -> bool {
        let row = &self.row;
        row.ino != 0
            && (stat.dev, stat.ino, stat.size) == (row.dev, row.ino, row.size)
            && (stat.modified_ns, stat.changed_ns) == (row.modified_ns, row.changed_ns)
            && match self.state {
                FileState::Good => true,
                // It had its two seconds: only a change can mend it.
                FileState::Torn { .. } => self.torn.is_none(),
                FileState::Unreadable { .. } | FileState::Gone { .. } => false,
            }
    }

    /// The state as it is kept in the row.
    pub fn state_text(&self) -> String {
        match &self.state {
            FileState::Good => String::new(),
            state => serde_json::to_string(state).unwrap_or_default(),
        }
    }

    /// The modification time on our clock.
    pub fn modified(&self, clock: &Clock) -> Ts {
        clock.of_file(Ts(self.row.modified_ns.div_euclid(1_000_000)))
    }

    pub fn facts(&self, clock: &Clock, shown_path: &str) -> FileFacts {
        FileFacts {
            id: self.row.id,
            path: Untrusted::from(shown_path),
            role: role(self.reader),
            size: self.row.size,
            modified: self.modified(clock),
            state: self.state.clone(),
            damaged: self.row.damaged,
            damage: self.row.damage.as_deref().map(Untrusted::from),
            damage_at: self.row.damage_at.map(Ts),
        }
    }
}

pub fn role(reader: Reader) -> FileRole {
    match reader {
        Reader::Json | Reader::Text | Reader::Markdown | Reader::Snapshot => FileRole::Log,
        Reader::Plan | Reader::CronStore => FileRole::Plan,
        Reader::Insights => FileRole::Insights,
        Reader::Wal => FileRole::Wal,
        Reader::Lock => FileRole::Lock,
        Reader::LifeSign => FileRole::LifeSign,
        Reader::Tracking | Reader::Document => FileRole::Document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::files::FileRow;

    #[test]
    fn a_row_knows_its_role_by_the_readers_word() {
        for reader in [
            Reader::Json,
            Reader::Wal,
            Reader::Plan,
            Reader::Snapshot,
            Reader::Text,
            Reader::Markdown,
            Reader::Insights,
            Reader::Lock,
            Reader::LifeSign,
            Reader::Tracking,
            Reader::Document,
        ] {
            let row = FileRow {
                reader: reader.word().into(),
                ..FileRow::default()
            };
            assert_eq!(row.role(), role(reader), "{}", reader.word());
        }
    }
}
