//! Interned items: equal items are stored once, and a heartbeat holds their numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::StoreError;
use crate::domain::action::Tier;
use crate::domain::heartbeat::{Item, Retry};
use crate::domain::id::ItemId;
use crate::domain::text::Untrusted;

/// Most entries of the number cache (about 3 MB); past it the cache begins anew, and the index answers.
const MOST_CACHED: usize = 100_000;

/// Where an item is found again: a hash with a seed of this mirror, so that no agent can make two texts collide.
pub fn hash(item: &Item, seed: u64) -> i64 {
    let mut state = Xxh3::with_seed(seed);
    for part in [
        Some(&item.what),
        item.why.as_ref(),
        item.key.as_ref(),
        item.target.as_ref(),
    ] {
        match part {
            Some(text) => {
                state.update(&(text.exact().len() as u64 + 1).to_le_bytes());
                state.update(text.exact().as_bytes());
            }
            None => state.update(&0u64.to_le_bytes()),
        }
    }
    let tier = item.tier.map_or(0, |t| t as u8 + 1);
    let retry = item.retry.map_or(0, |r| r as u8 + 1);
    state.update(&[tier, retry]);
    state.digest() as i64
}

#[derive(Serialize, Deserialize)]
struct Rest {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key: Option<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    target: Option<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tier: Option<Tier>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry: Option<Retry>,
}

fn rest(item: &Item) -> Option<String> {
    if item.key.is_none() && item.target.is_none() && item.tier.is_none() && item.retry.is_none() {
        return None;
    }
    let rest = Rest {
        key: item.key.clone(),
        target: item.target.clone(),
        tier: item.tier,
        retry: item.retry,
    };
    serde_json::to_string(&rest).ok()
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64(bytes);
    }
    fn write_i64(&mut self, n: i64) {
        self.0 = n as u64;
    }
}

/// Item numbers of one writer.
#[derive(Debug, Default)]
pub struct Interner {
    known: HashMap<i64, i64, BuildHasherDefault<AsIs>>,
    next: i64,
}

impl Interner {
    pub fn load(connection: &Connection) -> Result<Self, StoreError> {
        let last: Option<i64> =
            connection.query_row("SELECT max(id) FROM item", [], |row| row.get(0))?;
        Ok(Self {
            known: HashMap::default(),
            next: last.unwrap_or(0) + 1,
        })
    }

    /// The number of an item, giving it one if it is new. Within the writer's transaction.
    pub fn intern(
        &mut self,
        connection: &Connection,
        item: &Item,
        hash: i64,
    ) -> Result<ItemId, StoreError> {
        if let Some(id) = self.known.get(&hash) {
            return Ok(ItemId(*id));
        }
        let mut find = connection.prepare_cached("SELECT id FROM item WHERE hash = ?1")?;
        let found: Option<i64> = find.query_row([hash], |row| row.get(0)).optional()?;
        let id = if let Some(id) = found {
            id
        } else {
            let id = self.next;
            let mut add = connection.prepare_cached(
                "INSERT INTO item(id, hash, what, why, rest) VALUES(?1, ?2, ?3, ?4, ?5)",
            )?;
            add.execute(params![
                id,
                hash,
                item.what.exact(),
                item.why.as_ref().map(Untrusted::exact),
                rest(item)
            ])?;
            self.next += 1;
            id
        };
        if self.known.len() >= MOST_CACHED {
            self.known.clear();
        }
        self.known.insert(hash, id);
        Ok(ItemId(id))
    }

    /// Forgets what a rolled back transaction gave.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

/// The text of an item.
pub fn get(connection: &Connection, id: ItemId) -> Result<Option<Item>, StoreError> {
    let mut query = connection.prepare_cached("SELECT what, why, rest FROM item WHERE id = ?1")?;
    let found = query
        .query_row([id.0], |row| {
            let rest: Option<String> = row.get(2)?;
            let mut item = Item {
                what: text(row, 0)?,
                why: optional_text(row, 1)?,
                ..Item::default()
            };
            if let Some(rest) = rest.and_then(|r| serde_json::from_str::<Rest>(&r).ok()) {
                item.key = rest.key;
                item.target = rest.target;
                item.tier = rest.tier;
                item.retry = rest.retry;
            }
            Ok(item)
        })
        .optional()?;
    Ok(found)
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Untrusted> {
    Ok(Untrusted::from(row.get_ref(column)?.as_str()?))
}

fn optional_text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Untrusted>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Untrusted::from))
}
