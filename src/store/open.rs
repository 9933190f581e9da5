//! Opening the mirror: settings, quarantine of a damaged one, a newer one left alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::schema::{TABLES, VERSION};

/// The first SQLite without the WAL-reset corruption bug.
const LEAST_SQLITE: i32 = 3_051_003;

/// How long a short write of another rounds is waited for.
const BUSY: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("this build carries SQLite {0}, which can corrupt its log: 3.51.3 or newer is needed")]
    OldSqlite(&'static str),
    #[error(
        "{0} was made by a newer rounds (format {1}): move it away, or choose another state folder with --state-dir"
    )]
    Newer(PathBuf, i32),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An open mirror and what was unusual about opening it.
#[derive(Debug)]
pub struct Opened {
    pub connection: Connection,
    pub path: PathBuf,
    /// Sentences for the operator.
    pub notices: Vec<String>,
}

/// Opens the mirror in a state folder for writing. A damaged one is put aside and a new one begun; one of another version
/// is rebuilt, but a newer one is left alone and a mirror of our own is kept beside it.
pub fn open(folder: &Path) -> Result<Opened, OpenError> {
    if rusqlite::version_number() < LEAST_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    let path = folder.join("mirror.db");
    match prepare(&path) {
        Ok(Prepared::Ready(connection)) => Ok(Opened {
            connection,
            path,
            notices: Vec::new(),
        }),
        Ok(Prepared::Newer(version)) => beside_newer(folder, version),
        Err(StoreError::Corrupt(why)) => rebuild(path, &why),
        Err(error) => Err(error.into()),
    }
}

fn beside_newer(folder: &Path, version: i32) -> Result<Opened, OpenError> {
    let path = folder.join(format!("mirror-v{VERSION}.db"));
    let notice = format!(
        "mirror.db was made by a newer rounds (format {version}, this one knows {VERSION}): kept as it is, using one beside it"
    );
    match prepare(&path)? {
        Prepared::Ready(connection) => Ok(Opened {
            connection,
            path,
            notices: vec![notice],
        }),
        Prepared::Newer(version) => Err(OpenError::Newer(path, version)),
    }
}

fn rebuild(path: PathBuf, why: &str) -> Result<Opened, OpenError> {
    let aside = quarantine(&path).map_err(StoreError::io(format!(
        "cannot put the damaged {} aside",
        path.display()
    )))?;
    tracing::warn!(%why, aside = %aside.display(), "mirror damaged, rebuilding");
    let notice = format!(
        "the mirror was damaged and is rebuilt from the agents' files (the old one: {})",
        aside.display()
    );
    match prepare(&path)? {
        Prepared::Ready(connection) => Ok(Opened {
            connection,
            path,
            notices: vec![notice],
        }),
        Prepared::Newer(version) => Err(OpenError::Newer(path, version)),
    }
}

/// Opens a mirror for reading only. It must exist.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection
        .execute_batch("PRAGMA query_only=1; PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY;")?;
    steady(&connection)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// A query plan must not depend on what is bound to its statement: some would be parsed and planned anew at every use.
fn steady(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// What stood at the path.
enum Prepared {
    Ready(Connection),
    /// Made by a rounds of this format, which we do not know.
    Newer(i32),
}

fn prepare(path: &Path) -> Result<Prepared, StoreError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Closing must not wait for the disk: the log is folded in by whoever writes next, or by a room that ends.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    steady(&connection)?;
    let version = version(&connection)?;
    if version > VERSION {
        return Ok(Prepared::Newer(version));
    }
    // 64 MiB caps what the log keeps on disk; the cache is small because rows are clustered by what screens ask for.
    connection.execute_batch(
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;",
    )?;
    if version == VERSION {
        return Ok(Prepared::Ready(connection));
    }
    // Two may start at once: whoever comes second finds the tables made.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let found = self::version(&connection)?;
    if found == VERSION {
        connection.execute_batch("COMMIT")?;
        return Ok(Prepared::Ready(connection));
    }
    if found != 0 || has_tables(&connection)? {
        drop(connection);
        remove(path)?;
        return prepare(path);
    }
    connection.execute_batch(&format!("{TABLES} PRAGMA user_version={VERSION}; COMMIT;"))?;
    Ok(Prepared::Ready(connection))
}

fn version(connection: &Connection) -> Result<i32, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn has_tables(connection: &Connection) -> Result<bool, StoreError> {
    Ok(
        connection.query_row("SELECT count(*) > 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })?,
    )
}

fn companions(path: &Path) -> [PathBuf; 3] {
    let with = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    [path.to_path_buf(), with("-wal"), with("-shm")]
}

fn remove(path: &Path) -> Result<(), StoreError> {
    for file in companions(path) {
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(format!(
                    "cannot remove the outdated {}",
                    file.display()
                ))(e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts a damaged mirror aside under the first free name, with its log, for whoever wants to look.
pub fn quarantine(path: &Path) -> std::io::Result<PathBuf> {
    let free = (1..1_000)
        .map(|n| PathBuf::from(format!("{}.damaged-{n}", path.display())))
        .find(|p| !p.exists());
    let aside = free.unwrap_or_else(|| PathBuf::from(format!("{}.damaged", path.display())));
    let [main, wal, shm] = companions(path);
    std::fs::rename(main, &aside)?;
    for (file, suffix) in [(wal, "-wal"), (shm, "-shm")] {
        match std::fs::rename(&file, format!("{}{suffix}", aside.display())) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(aside)
}
