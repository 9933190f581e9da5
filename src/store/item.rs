//! Interned items: equal items are stored once, and a heartbeat holds their numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::StoreError;
use super::numbered::Numbered;
use crate::domain::action::Tier;
use crate::domain::heartbeat::{Item, Retry};
use crate::domain::id::ItemId;
use crate::domain::text::{Lent, Untrusted};

/// The second finds the few items that say what they are about, however many there are.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS item_hash ON item(hash);
CREATE INDEX IF NOT EXISTS item_topic ON item(id) WHERE what GLOB '*#[^0-9 ]*' OR rest LIKE '%\"target\"%'";
/// As the index has it, word for word.
const TOPICAL: &str =
    "SELECT id, what, rest FROM item WHERE what GLOB '*#[^0-9 ]*' OR rest LIKE '%\"target\"%'";

/// Most entries of the number cache (about 3 MB); past it the cache begins anew, and the index answers.
const MOST_CACHED: usize = 100_000;

/// Where an item is found again: a hash with a seed of this mirror, so that no agent can make two texts collide.
pub fn hash(item: &Item<Lent<'_>>, seed: u64) -> i64 {
    let mut hash = xxh3_64_with_seed(item.what.exact().as_bytes(), seed);
    // Each part is hashed with what stands before it and its place, so that none can pass for another.
    for (place, part) in [(1, &item.why), (2, &item.key), (3, &item.target)] {
        if let Some(text) = part {
            hash = xxh3_64_with_seed(text.exact().as_bytes(), hash.wrapping_add(place));
        }
    }
    if item.tier.is_some() || item.retry.is_some() {
        let tier = item.tier.map_or(0, |t| t as u8 + 1);
        let retry = item.retry.map_or(0, |r| r as u8 + 1);
        hash = xxh3_64_with_seed(&[tier, retry], hash.wrapping_add(4));
    }
    hash as i64
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
pub(super) struct AsIs(u64);

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
    /// The index of hashes is known to be there: a bulk load makes it at its end, and may have been killed before.
    indexed: bool,
}

impl Interner {
    pub fn load(connection: &Connection) -> Result<Self, StoreError> {
        let last: Option<i64> =
            connection.query_row("SELECT max(id) FROM item", [], |row| row.get(0))?;
        Ok(Self {
            next: last.unwrap_or(0) + 1,
            ..Self::default()
        })
    }

    /// How many items there are.
    pub fn count(&self) -> usize {
        (self.next - 1) as usize
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
        self.index(connection)?;
        let mut find = connection.prepare_cached("SELECT id FROM item WHERE hash = ?1")?;
        let found: Option<i64> = find.query_row([hash], |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => id,
            None => self.add(connection, item, hash)?.0,
        };
        if self.known.len() >= MOST_CACHED {
            self.known.clear();
        }
        self.known.insert(hash, id);
        Ok(ItemId(id))
    }

    /// Gives an item that is surely new its number.
    pub fn add(
        &mut self,
        connection: &Connection,
        item: &Item,
        hash: i64,
    ) -> Result<ItemId, StoreError> {
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
        Ok(ItemId(id))
    }

    /// Makes the index of hashes where it is not there.
    pub fn index(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.indexed {
            connection.execute_batch(INDEX)?;
            self.indexed = true;
        }
        Ok(())
    }

    /// Lets the indexes go for a bulk load into an empty table: made at the end it costs a quarter.
    pub fn unindex(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.count() == 0 {
            connection
                .execute_batch("DROP INDEX IF EXISTS item_hash; DROP INDEX IF EXISTS item_topic")?;
            self.indexed = false;
        }
        Ok(())
    }

    /// Forgets what is kept in memory.
    pub fn forget(&mut self) {
        self.known = HashMap::default();
        self.indexed = false;
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

/// What an item says it is about: its `#tags`, and its target.
pub fn topics(connection: &Connection) -> Result<Numbered<i64, Vec<Untrusted>>, StoreError> {
    let mut query = connection.prepare_cached(TOPICAL)?;
    let mut rows = query.query([])?;
    let mut found: Numbered<i64, Vec<Untrusted>> = Numbered::default();
    while let Some(row) = rows.next()? {
        let (what, rest): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        let mut topics: Vec<Untrusted> = tags(&what).map(Untrusted::from).collect();
        let rest = rest.and_then(|rest| serde_json::from_str::<Rest>(&rest).ok());
        topics.extend(rest.and_then(|rest| rest.target));
        if !topics.is_empty() {
            found.insert(row.get(0)?, topics);
        }
    }
    Ok(found)
}

/// `#timing` and the like, in small letters. A number behind the sign is one of an issue, not a topic.
fn tags(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter_map(|word| {
        let name = word.strip_prefix('#')?;
        let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
        let named = name.chars().any(char::is_alphabetic);
        named.then(|| format!("#{}", name.to_lowercase()))
    })
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Untrusted> {
    Ok(Untrusted::from(row.get_ref(column)?.as_str()?))
}

fn optional_text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Untrusted>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Untrusted::from))
}
