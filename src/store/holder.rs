//! Who holds the mirror, as the mirror itself says, and whether others wrote to it.

use rusqlite::{Connection, OptionalExtension};

use super::StoreError;

/// The token of the process that mirrors.
pub fn owner(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT value FROM meta WHERE key = 'owner'")?;
    Ok(query.query_row([], |row| row.get(0)).optional()?)
}

/// Changes whenever another connection has written.
pub fn data_version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}

/// The first number that no file has.
pub fn next_file(connection: &Connection) -> Result<u32, StoreError> {
    Ok(
        connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM file", [], |row| {
            row.get(0)
        })?,
    )
}

#[cfg(test)]
mod tests {
    use crate::store::{Mirror, StoreError};

    fn put_owner(mirror: &Mirror, token: &str) {
        mirror
            .connection()
            .execute(
                "INSERT OR REPLACE INTO meta(key, value) VALUES('owner', ?1)",
                [token],
            )
            .unwrap();
    }

    #[test]
    fn a_former_owner_writes_nothing_more() {
        let state = tempfile::tempdir().unwrap();
        let (mut first, _) = Mirror::open(state.path()).unwrap();
        put_owner(&first, "first");
        first.taken("first").unwrap();
        first.begin().unwrap();
        first.commit().unwrap();
        let (second, _) = Mirror::open(state.path()).unwrap();
        put_owner(&second, "second");
        assert!(matches!(first.begin(), Err(StoreError::Deposed)));
        put_owner(&second, "first");
        assert!(first.begin().is_ok(), "the refused transaction is over");
    }

    #[test]
    fn who_takes_the_mirror_reads_again_what_others_wrote() {
        let state = tempfile::tempdir().unwrap();
        let (mut late, _) = Mirror::open(state.path()).unwrap();
        assert!(!late.taken("late").unwrap(), "nobody else wrote");
        let (mut other, _) = Mirror::open(state.path()).unwrap();
        let row = crate::store::files::FileRow {
            id: other.new_file(),
            ..crate::store::files::FileRow::default()
        };
        other.begin().unwrap();
        other.put_file(&row).unwrap();
        other.commit().unwrap();
        assert!(late.taken("late").unwrap());
        assert!(late.new_file() > row.id, "a number is given once");
    }
}
