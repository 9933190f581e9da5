//! What rounds keeps: the mirror (SQLite, a cache), the ledger and the versions (append-only, for ever).
//!
//! Only the keeper, the reader and the command line may name this module.

pub mod batch;
pub mod beats;
pub mod cached;
pub mod checked;
pub mod days;
mod entry;
pub mod evidence;
pub mod files;
pub mod foreign;
mod hindsight;
pub mod holder;
pub mod idle;
pub mod intake;
pub mod item;
pub mod ledger;
pub mod log;
pub mod mirror;
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
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            Some(ErrorCode::DiskFull) => Self::Full,
            _ if is_not_ours(&error) => Self::Corrupt(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

/// Tables that are missing and values that rounds never writes: damage that the database itself cannot see.
fn is_not_ours(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::Utf8Error(..)
    ) || error.to_string().contains("no such ")
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
