//! The whole-file check of a mirror.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{ErrorCode, InterruptHandle};

use super::StoreError;
use super::open::open_reader;

/// One check, that whoever asked for it may end early: a room that closes does not wait for it.
#[derive(Default)]
pub struct Check {
    state: Mutex<Checked>,
}

#[derive(Default)]
enum Checked {
    #[default]
    NotBegun,
    Running(InterruptHandle),
    Stopped,
}

impl Check {
    pub fn run(&self, path: &Path) -> Result<(), StoreError> {
        let connection = open_reader(path)?;
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*state, Checked::Stopped) {
                return Ok(());
            }
            *state = Checked::Running(connection.get_interrupt_handle());
        }
        let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        let verdict: String = match verdict {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                return Ok(());
            }
            verdict => verdict?,
        };
        if verdict == "ok" {
            Ok(())
        } else {
            Err(StoreError::Corrupt(verdict))
        }
    }

    /// Ends it, whichever thread runs it. Said again until it has ended: the database hears it only within a statement.
    pub fn stop(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            Checked::NotBegun => *state = Checked::Stopped,
            Checked::Running(running) => running.interrupt(),
            Checked::Stopped => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Mirror;

    #[test]
    fn a_check_that_is_stopped_ends_without_a_verdict() {
        let folder = tempfile::tempdir().unwrap();
        let (mirror, _) = Mirror::open(folder.path()).unwrap();
        assert!(Check::default().run(&mirror.path).is_ok());
        let check = Check::default();
        check.stop();
        let missing = folder.path().join("none.db");
        assert!(check.run(&missing).is_err());
        assert!(check.run(&mirror.path).is_ok(), "it does not even begin");
    }
}
