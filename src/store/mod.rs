//! What rounds keeps: the mirror (SQLite, a cache), the ledger and the versions (append-only, for ever).
//!
//! Only the keeper, the reader and the command line may name this module.

pub mod batch;
pub mod beats;
mod beside;
pub mod cached;
pub mod changes;
pub mod checked;
pub mod days;
pub mod drafts;
mod entry;
pub mod evidence;
pub mod files;
pub mod foreign;
mod hindsight;
pub mod holder;
pub mod idle;
pub mod intake;
pub mod integrity;
pub mod item;
pub mod ledger;
pub mod log;
pub mod mirror;
pub mod names;
pub mod numbered;
pub mod open;
pub mod operation;
pub mod pack;
mod past;
mod plans;
pub mod query;
pub mod reckoned;
pub mod rollup;
pub mod schema;
pub mod seen;
pub mod segment;
pub mod task_history;
pub mod told;
pub mod versions;
pub mod watched;
pub mod window;

pub use mirror::Mirror;
pub use open::{OpenError, Opened};

/// Any failure of the mirror, told apart by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the mirror is damaged: {0}")]
    Corrupt(String),
    #[error(
        "the disk that holds it is full: free some space there, or choose another folder with --state-dir"
    )]
    Full,
    #[error("another rounds mirrors this fleet now")]
    Deposed,
    #[error("the mirror: {0}")]
    Sql(rusqlite::Error),
    #[error("{what}: {source}")]
    Io {
        what: String,
        source: std::io::Error,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(code) if is_of_the_machine(code) => Self::Sql(error),
            // SQL is ours and tested: what the database makes of it otherwise is what damage has made of the database.
            Some(ErrorCode::Unknown) if !error.to_string().contains("no such ") => Self::Sql(error),
            Some(_) => Self::Corrupt(error.to_string()),
            None if is_not_ours(&error) => Self::Corrupt(error.to_string()),
            None => Self::Sql(error),
        }
    }
}

/// Failures of the disk, of memory or of other users of the file: a mirror made anew would fail in the same way.
fn is_of_the_machine(code: rusqlite::ErrorCode) -> bool {
    use rusqlite::ErrorCode;
    matches!(
        code,
        ErrorCode::PermissionDenied
            | ErrorCode::OperationAborted
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::OperationInterrupted
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::SchemaChanged
            | ErrorCode::NoLargeFileSupport
            | ErrorCode::AuthorizationForStatementDenied
    )
}

/// Values that rounds never writes: damage that the database itself cannot see.
fn is_not_ours(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

impl StoreError {
    /// There is no space left where the state is kept.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            ),
            Self::Corrupt(_) | Self::Deposed | Self::Sql(_) => false,
        }
    }

    /// Wraps an IO error with what was being done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
