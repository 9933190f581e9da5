//! Who mirrors: one process of a user, elected through the mirror itself; any number watch.
//!
//! The owner writes its token into the mirror and touches `owner` in the state folder with every sweep. Who finds that
//! touch older than [`DEAD_AFTER`] (the process ended, or is suspended) takes over by replacing the token; the former
//! owner finds it replaced at its next transaction and becomes a follower.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::domain::time::Ts;
use crate::store::StoreError;
use crate::store::holder::owner as current;
use crate::sys::file::stat;
use crate::sys::{attributes, clock};

/// Sweeps touch the file every 2 s; two missed ones are the end.
pub const DEAD_AFTER: Duration = Duration::from_millis(4_500);

/// This process's claim on the mirror.
#[derive(Clone, Debug)]
pub struct Ownership {
    token: String,
    beat: PathBuf,
}

impl Ownership {
    pub fn new(state: &Path) -> Self {
        Self {
            token: format!("{}-{}", std::process::id(), clock::nanos()),
            beat: Self::sign_in(state),
        }
    }

    /// Takes the mirror where nobody living holds it. `false`: somebody does.
    pub fn take(&self, connection: &Connection) -> Result<bool, StoreError> {
        let before = current(connection)?;
        if before.as_ref().is_some_and(|token| *token != self.token)
            && self.is_alive(before.as_deref())
        {
            return Ok(false);
        }
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let taken = (|| {
            if current(connection)? != before {
                return Ok(false);
            }
            connection.execute(
                "INSERT OR REPLACE INTO meta(key, value) VALUES('owner', ?1)",
                params![self.token],
            )?;
            Ok(true)
        })();
        connection.execute_batch(if matches!(taken, Ok(true)) {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        if matches!(taken, Ok(true)) {
            self.touch();
        }
        taken
    }

    /// What the mirror says while this process owns it.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether this process still is the owner.
    pub fn holds(&self, connection: &Connection) -> Result<bool, StoreError> {
        Ok(current(connection)?.as_deref() == Some(self.token.as_str()))
    }

    /// Whether another living process is the owner.
    pub fn is_elsewhere(&self, connection: &Connection) -> Result<bool, StoreError> {
        let owner = current(connection)?;
        Ok(owner.is_some_and(|token| token != self.token && self.is_alive(Some(&token))))
    }

    /// Where the owner's sign of life lies.
    pub fn sign_in(state: &Path) -> PathBuf {
        state.join("owner")
    }

    /// Says that this process lives.
    pub fn touch(&self) {
        // A time costs no write to the file.
        if attributes::touch(&self.beat).is_err() {
            self.say("");
        }
    }

    /// The same, with a line about how it sees.
    pub fn say(&self, line: &str) {
        if let Err(error) = std::fs::write(&self.beat, format!("{}\n{line}", self.token)) {
            tracing::debug!(%error, "the owner's sign of life could not be written");
        }
    }

    /// Lets go, so that the next one need not wait.
    pub fn release(&self, connection: &Connection) {
        if let Err(error) = connection.execute(
            "DELETE FROM meta WHERE key = 'owner' AND value = ?1",
            params![self.token],
        ) {
            tracing::debug!(%error, "the mirror was not released; the next owner waits a few seconds");
        }
    }

    /// When the last owner looked for the last time, where it ended without letting go.
    pub fn left_at(&self, connection: &Connection) -> Result<Option<Ts>, StoreError> {
        let owner = current(connection)?;
        if owner.is_none() || self.is_alive(owner.as_deref()) {
            return Ok(None);
        }
        Ok(stat(&self.beat).ok().map(|stat| stat.modified()))
    }

    fn is_alive(&self, token: Option<&str>) -> bool {
        let Some(pid) = token
            .and_then(|t| t.split('-').next())
            .and_then(|pid| pid.parse::<i32>().ok())
        else {
            return false;
        };
        let Some(pid) = rustix::process::Pid::from_raw(pid) else {
            return false;
        };
        if matches!(
            rustix::process::test_kill_process(pid),
            Err(rustix::io::Errno::SRCH)
        ) {
            return false;
        }
        let touched = std::fs::metadata(&self.beat).and_then(|meta| meta.modified());
        touched.is_ok_and(|at| clock::age(at) < DEAD_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Mirror;

    #[test]
    fn one_owns_and_the_next_takes_over_what_is_let_go() {
        let state = tempfile::tempdir().unwrap();
        let (mirror, _) = Mirror::open(state.path()).unwrap();
        let first = Ownership::new(state.path());
        let second = Ownership {
            token: format!("{}-2", std::process::id()),
            ..first.clone()
        };
        assert!(first.take(mirror.connection()).unwrap());
        assert!(!second.take(mirror.connection()).unwrap());
        first.release(mirror.connection());
        assert!(second.take(mirror.connection()).unwrap());
        assert!(!first.holds(mirror.connection()).unwrap());
    }

    #[test]
    fn a_dead_owner_is_no_owner() {
        let state = tempfile::tempdir().unwrap();
        let (mirror, _) = Mirror::open(state.path()).unwrap();
        let gone = Ownership {
            token: "2147483646-1".to_owned(),
            ..Ownership::new(state.path())
        };
        assert!(gone.take(mirror.connection()).unwrap());
        assert!(
            Ownership::new(state.path())
                .take(mirror.connection())
                .unwrap()
        );
    }
}
