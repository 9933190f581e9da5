//! A scheduler's live database, read from a private copy.
//!
//! Opening a database that another program writes takes locks in its folder and may run its recovery: it is never done.
//! Database and write-ahead log are copied into the state folder, the copy is opened, and what it says of jobs is handed
//! out as the JSON that the same scheduler kept in a file before.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::{Map, Value, json};

use super::versions::name_of;
use crate::sys::file::{Stat, open_beneath, read_at, stat, stat_open};

/// Largest database that is copied, in bytes, its write-ahead log apart.
pub const MOST_BYTES: u64 = 256 << 20;
/// Most jobs taken from one.
const MOST_JOBS: usize = 10_000;
/// Tries to copy both files while nothing writes.
const TRIES: usize = 3;

/// The jobs of a database beneath an agent's folder as `{"jobs": […]}`.
///
/// # Errors
/// What the system or the database says, where it cannot be copied or holds no jobs.
pub fn jobs(folder: &Path, relative: &str, state: &Path) -> io::Result<Vec<u8>> {
    let copy = Copy::of(folder, relative, state)?;
    let read = read(&copy.database).map_err(io::Error::other);
    serde_json::to_vec(&json!({ "jobs": read? })).map_err(io::Error::other)
}

/// Whether a file is such a database, by its name.
pub fn is_database(path: &str) -> bool {
    let end = path.rsplit('.').next().unwrap_or("");
    matches!(end, "sqlite" | "sqlite3" | "db")
}

/// What is written to a database goes to its write-ahead log first: it has changed when that has.
#[must_use]
pub fn with_log(path: &Path, own: Stat) -> Stat {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| is_database(name)) else {
        return own;
    };
    match stat(&path.with_file_name(format!("{name}-wal"))) {
        Ok(log) => Stat {
            size: own.size + log.size,
            modified_ns: own.modified_ns.max(log.modified_ns),
            changed_ns: own.changed_ns.max(log.changed_ns),
            ..own
        },
        Err(_) => own,
    }
}

/// Both files in a folder of their own, gone when dropped.
struct Copy {
    folder: PathBuf,
    database: PathBuf,
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::debug!(%error, "a private copy stays until the next one");
        }
    }
}

impl Copy {
    fn of(folder: &Path, relative: &str, state: &Path) -> io::Result<Self> {
        let name = name_of(folder.join(relative).as_os_str().as_encoded_bytes());
        let own = state
            .join("copies")
            .join(format!("{}-{}", &name[..16], std::process::id()));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&own)?;
        let copy = Self {
            database: own.join("copy.sqlite"),
            folder: own,
        };
        let log = format!("{relative}-wal");
        for _ in 0..TRIES {
            let before = (seen(folder, relative)?, seen(folder, &log).ok());
            let database = whole(folder, relative)?;
            let ahead = match before.1 {
                Some(_) => Some(whole(folder, &log)?),
                None => None,
            };
            if before != (seen(folder, relative)?, seen(folder, &log).ok()) {
                continue;
            }
            put(&copy.database, &database)?;
            if let Some(ahead) = ahead {
                put(&copy.folder.join("copy.sqlite-wal"), &ahead)?;
            }
            return Ok(copy);
        }
        Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "it is written all the time; the next look tries again",
        ))
    }
}

/// What changes when a file does.
fn seen(folder: &Path, relative: &str) -> io::Result<(u64, u64, i64)> {
    let stat = stat_open(&open_beneath(folder, relative)?)?;
    Ok((stat.ino, stat.size, stat.modified_ns))
}

fn whole(folder: &Path, relative: &str) -> io::Result<Vec<u8>> {
    let file = open_beneath(folder, relative)?;
    let size = stat_open(&file)?.size;
    if size > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("{} MiB, more than is copied", size >> 20),
        ));
    }
    read_at(&file, 0, size as usize)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)
}

/// The jobs as objects, whatever columns this version of the scheduler has.
fn read(database: &Path) -> rusqlite::Result<Vec<Value>> {
    // The copy is ours: its write-ahead log may be recovered into it.
    let db = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let mut statement = db.prepare("SELECT * FROM cron_jobs")?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        if jobs.len() >= MOST_JOBS {
            break;
        }
        jobs.push(job(row, &names)?);
    }
    Ok(jobs)
}

/// The job as the scheduler keeps it whole, with what its columns know better.
fn job(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Value> {
    let mut columns = Map::new();
    for (index, name) in names.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null | ValueRef::Blob(_) => continue,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
        };
        columns.insert(name.clone(), value);
    }
    let object = |name: &str| {
        let text = columns.get(name)?.as_str()?;
        serde_json::from_str::<Map<String, Value>>(text).ok()
    };
    let mut job = object("job_json")
        .or_else(|| object("data"))
        .unwrap_or_default();
    let mut state = object("state_json").unwrap_or_default();
    let move_in = |to: &mut Map<String, Value>, from: &str, name: &str| {
        if let Some(value) = columns.get(from).filter(|_| !to.contains_key(name)) {
            to.insert(name.to_owned(), value.clone());
        }
    };
    for (from, name) in [
        ("job_id", "id"),
        ("id", "id"),
        ("name", "name"),
        ("agent_id", "agentId"),
        ("session_key", "sessionKey"),
    ] {
        move_in(&mut job, from, name);
    }
    for (from, name) in [
        ("last_run_at_ms", "lastRunAtMs"),
        ("running_at_ms", "runningAtMs"),
        ("last_run_status", "lastStatus"),
        ("last_duration_ms", "lastDurationMs"),
        ("last_error", "lastError"),
        ("last_delivery_error", "lastDeliveryError"),
        ("last_delivery_status", "lastDeliveryStatus"),
    ] {
        move_in(&mut state, from, name);
    }
    if let Some(on) = columns.get("enabled").and_then(Value::as_i64) {
        job.insert("enabled".to_owned(), json!(on != 0));
    }
    if !job.contains_key("schedule") {
        job.insert("schedule".to_owned(), schedule(&columns));
    }
    if !job.contains_key("state") || !state.is_empty() {
        job.insert("state".to_owned(), Value::Object(state));
    }
    Ok(Value::Object(job))
}

/// The rule from its columns, where the job is not kept whole.
fn schedule(columns: &Map<String, Value>) -> Value {
    let mut rule = Map::new();
    for (from, name) in [
        ("schedule_kind", "kind"),
        ("schedule_expr", "expr"),
        ("schedule_tz", "tz"),
        ("every_ms", "everyMs"),
        ("anchor_ms", "anchorMs"),
        ("at", "at"),
    ] {
        if let Some(value) = columns.get(from) {
            rule.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that another program holds open, with its newest rows in the write-ahead log only.
    fn live(folder: &Path) -> Connection {
        fs::create_dir_all(folder.join("state")).expect("a folder");
        let db = Connection::open(folder.join("state/openclaw.sqlite")).expect("a database");
        db.pragma_update(None, "journal_mode", "WAL").expect("WAL");
        db.execute_batch(
            "CREATE TABLE cron_jobs (store_key TEXT, job_id TEXT, name TEXT, agent_id TEXT, enabled INTEGER,
               schedule_kind TEXT, schedule_expr TEXT, schedule_tz TEXT, job_json TEXT, state_json TEXT, last_run_at_ms INTEGER);
             INSERT INTO cron_jobs VALUES ('a', 'j1', 'Brief', 'scout', 1, 'cron', '0 7 * * *', 'Europe/Kyiv', NULL,
               '{\"lastRunAtMs\":1774692000000,\"lastStatus\":\"ok\"}', NULL);
             INSERT INTO cron_jobs VALUES ('a', 'j2', 'Tidy', NULL, 0, 'every', NULL, NULL,
               '{\"id\":\"j2\",\"schedule\":{\"kind\":\"every\",\"everyMs\":3600000}}', '{}', 1774692000000);",
        )
        .expect("rows");
        db
    }

    #[test]
    fn a_live_database_is_copied_and_never_touched() {
        let tmp = tempfile::tempdir().expect("a folder");
        let (home, state) = (tmp.path().join("home"), tmp.path().join("own"));
        let writer = live(&home);
        let listed = || {
            let mut names: Vec<_> = fs::read_dir(home.join("state"))
                .expect("listed")
                .map(|entry| entry.expect("an entry"))
                .map(|entry| (entry.file_name(), entry.metadata().expect("a stat").len()))
                .collect();
            names.sort();
            names
        };
        let before = listed();
        let bytes = jobs(&home, "state/openclaw.sqlite", &state).expect("read");
        assert_eq!(listed(), before, "nothing in its folder changed");
        let said: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(said["jobs"][0]["id"], "j1");
        assert_eq!(said["jobs"][0]["schedule"]["expr"], "0 7 * * *");
        assert_eq!(said["jobs"][0]["state"]["lastStatus"], "ok");
        assert_eq!(said["jobs"][1]["enabled"], false);
        assert_eq!(
            said["jobs"][1]["state"]["lastRunAtMs"],
            1_774_692_000_000_i64
        );
        let left = fs::read_dir(state.join("copies")).expect("listed").count();
        assert_eq!(left, 0, "the copy is gone");
        drop(writer);
    }

    #[test]
    fn a_database_without_jobs_says_so() {
        let tmp = tempfile::tempdir().expect("a folder");
        let db = Connection::open(tmp.path().join("other.sqlite")).expect("a database");
        db.execute_batch("CREATE TABLE notes (text TEXT)")
            .expect("a table");
        let error = jobs(tmp.path(), "other.sqlite", &tmp.path().join("own"));
        assert!(error.is_err_and(|error| error.to_string().contains("cron_jobs")));
    }
}
