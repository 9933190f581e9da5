//! The files of the fleet as the mirror knows them: one row per generation of a file.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::StoreError;
use crate::domain::facts::FileRole;
use crate::domain::id::FileId;

/// What makes one generation of a file, and how far it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRow {
    pub id: FileId,
    /// The mirror's number of the agent whose folder it lies in.
    pub agent: i64,
    /// The agent's folder.
    pub root: Arc<str>,
    /// Beneath it.
    pub relative: String,
    /// [`Reader::word`](crate::parse::Reader::word).
    pub reader: Arc<str>,
    /// False: rotated away, rewritten or removed. Its rows stay, its text may be gone.
    pub live: bool,
    pub dev: u64,
    pub ino: u64,
    pub born: Option<i64>,
    pub head_len: u32,
    pub head_hash: i64,
    /// As of the last look.
    pub size: u64,
    pub modified_ns: i64,
    pub changed_ns: i64,
    /// Everything before is in the mirror for good.
    pub offset: u64,
    /// Line number at `offset`.
    pub line: u32,
    pub anchor_len: u32,
    pub anchor_hash: i64,
    /// What the parser carries over from before `offset`.
    pub carry: String,
    /// SHA-256 of a file that is read whole.
    pub hash: String,
    pub damaged: u32,
    pub damage: Option<String>,
    /// When the first damage was read.
    pub damage_at: Option<i64>,
    /// Why the last look failed, as JSON of [`FileState`](crate::domain::facts::FileState); empty when it did not.
    pub state: String,
}

impl FileRow {
    /// What the file is to its agent, by the word of its reader.
    pub fn role(&self) -> FileRole {
        match &*self.reader {
            "plan" => FileRole::Plan,
            "insights" => FileRole::Insights,
            "write-ahead log" => FileRole::Wal,
            "lock" => FileRole::Lock,
            "modification time" => FileRole::LifeSign,
            "tracking file" | "document" => FileRole::Document,
            _ => FileRole::Log,
        }
    }
}

const COLUMNS: &str = "id, agent, root, relative, reader, live, dev, ino, born, head_len, head_hash, size, modified, changed, offset, line, anchor_len, anchor_hash, carry, hash, damaged, damage, damage_at, state";

/// Writes a row whole.
pub fn put(connection: &Connection, file: &FileRow) -> Result<(), StoreError> {
    let mut put = connection.prepare_cached(&format!(
        "INSERT OR REPLACE INTO file({COLUMNS}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)"
    ))?;
    put.execute(params![
        file.id.0,
        file.agent,
        &*file.root,
        file.relative,
        &*file.reader,
        file.live,
        file.dev as i64,
        file.ino as i64,
        file.born,
        file.head_len,
        file.head_hash,
        file.size as i64,
        file.modified_ns,
        file.changed_ns,
        file.offset as i64,
        file.line,
        file.anchor_len,
        file.anchor_hash,
        file.carry,
        file.hash,
        file.damaged,
        file.damage,
        file.damage_at,
        file.state
    ])?;
    Ok(())
}

/// Texts that many rows share, each kept once.
#[derive(Default)]
struct Shared(Vec<Arc<str>>);

impl Shared {
    /// The newest of the shared texts come first: rows of one agent mostly lie together.
    fn text(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
        let text = row.get_ref(column)?.as_str()?;
        let known = self.0.iter().rev().take(16).find(|known| ***known == *text);
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let text: Arc<str> = text.into();
        self.0.push(text.clone());
        Ok(text)
    }
}

fn read(row: &Row<'_>, shared: &mut Shared) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        id: FileId(row.get(0)?),
        agent: row.get(1)?,
        root: shared.text(row, 2)?,
        relative: row.get(3)?,
        reader: shared.text(row, 4)?,
        live: row.get(5)?,
        dev: row.get::<_, i64>(6)? as u64,
        ino: row.get::<_, i64>(7)? as u64,
        born: row.get(8)?,
        head_len: row.get(9)?,
        head_hash: row.get(10)?,
        size: row.get::<_, i64>(11)? as u64,
        modified_ns: row.get(12)?,
        changed_ns: row.get(13)?,
        offset: row.get::<_, i64>(14)? as u64,
        line: row.get(15)?,
        anchor_len: row.get(16)?,
        anchor_hash: row.get(17)?,
        carry: row.get(18)?,
        hash: row.get(19)?,
        damaged: row.get(20)?,
        damage: row.get(21)?,
        damage_at: row.get(22)?,
        state: row.get(23)?,
    })
}

/// All generations, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<FileRow>, StoreError> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM file ORDER BY id"))?;
    let mut shared = Shared::default();
    let rows = query.query_map([], |row| read(row, &mut shared))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Live files that are damaged, or that the last look could not read.
pub fn troubled(connection: &Connection) -> Result<Vec<FileRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM file WHERE live AND (damaged > 0 OR state <> '')"
    ))?;
    let mut shared = Shared::default();
    let rows = query.query_map([], |row| read(row, &mut shared))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All generations of an agent's files, oldest first.
pub fn of_agent(connection: &Connection, agent: i64) -> Result<Vec<FileRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM file WHERE agent = ?1 ORDER BY id"
    ))?;
    let mut shared = Shared::default();
    let rows = query.query_map([agent], |row| read(row, &mut shared))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn one(connection: &Connection, id: FileId) -> Result<Option<FileRow>, StoreError> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM file WHERE id = ?1"))?;
    let mut rows = query.query_map([id.0], |row| read(row, &mut Shared::default()))?;
    Ok(rows.next().transpose()?)
}
