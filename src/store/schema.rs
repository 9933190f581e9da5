//! The tables of the mirror. Any change of shape raises [`VERSION`]: an older mirror is dropped and rebuilt.

/// `user_version` of the mirror this program writes.
pub const VERSION: i32 = 7;

/// Rows are lean: what screens need, and where the raw line stands.
///
/// - `beat` holds an agent's hour (UTC) in parts of up to 256 packed records, see [`segment`](super::segment). Its id is
///   agent, hour and part in one number (see [`beats`](super::beats)), so that "the last of an agent" and "this hour" are
///   one seek, a bulk load in order always appends at the right edge, and a row may fill its page.
/// - `hour` folds what an agent did in one hour (UTC): counts, and its items with their counts.
/// - `day` holds the counts of an agent's hours of one day (UTC) in one row: a week of the fleet is one range of it.
/// - `learned` holds when an agent's INSIGHTS were touched: by its file times that were seen, and by the days it names.
/// - `asked` holds the questions of outboxes, `entry` what tracking files ever listed and since when, `tracked` how they changed.
/// - `facts` caches what verdicts are made of, so that a start reads one row per agent; it counts only while `rev` equals
///   the agent's.
pub const TABLES: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE agent(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folder TEXT NOT NULL, rev INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE task(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE item(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, what TEXT NOT NULL, why TEXT, rest TEXT) STRICT;
CREATE TABLE file(
  id INTEGER PRIMARY KEY, agent INTEGER NOT NULL, root TEXT NOT NULL, relative TEXT NOT NULL, reader TEXT NOT NULL,
  live INTEGER NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL, born INTEGER, head_len INTEGER NOT NULL, head_hash INTEGER NOT NULL,
  size INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
  anchor_len INTEGER NOT NULL, anchor_hash INTEGER NOT NULL, carry TEXT NOT NULL, hash TEXT NOT NULL,
  damaged INTEGER NOT NULL, damage TEXT, damage_at INTEGER, state TEXT NOT NULL) STRICT;
CREATE TABLE beat(id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE provisional(file INTEGER NOT NULL, agent INTEGER NOT NULL, at INTEGER NOT NULL, offset INTEGER NOT NULL,
  PRIMARY KEY(file, agent, at, offset)) STRICT, WITHOUT ROWID;
CREATE TABLE hour(agent INTEGER NOT NULL, hour INTEGER NOT NULL, tally BLOB NOT NULL, items BLOB NOT NULL, PRIMARY KEY(agent, hour)) STRICT, WITHOUT ROWID;
CREATE TABLE day(day INTEGER NOT NULL, agent INTEGER NOT NULL, hours BLOB NOT NULL, PRIMARY KEY(day, agent)) STRICT, WITHOUT ROWID;
CREATE TABLE step(agent INTEGER NOT NULL, at INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, len INTEGER NOT NULL,
  line INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(agent, at, file, offset)) STRICT, WITHOUT ROWID;
CREATE TABLE plan(agent INTEGER NOT NULL, known INTEGER NOT NULL, hash TEXT NOT NULL, file INTEGER NOT NULL, day INTEGER, generated INTEGER,
  body BLOB NOT NULL,
  PRIMARY KEY(agent, known, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE note(agent INTEGER NOT NULL, at INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY(agent, at, file, offset, text)) STRICT, WITHOUT ROWID;
CREATE TABLE learned(agent INTEGER NOT NULL, file INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(agent, file, at)) STRICT, WITHOUT ROWID;
CREATE TABLE lock(file INTEGER PRIMARY KEY, agent INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE asked(file INTEGER PRIMARY KEY, agent INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE entry(agent INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(agent, name)) STRICT, WITHOUT ROWID;
CREATE TABLE tracked(agent INTEGER NOT NULL, at INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY(agent, at, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE facts(agent INTEGER PRIMARY KEY, rev INTEGER NOT NULL, body BLOB NOT NULL, beats BLOB NOT NULL) STRICT;
";
