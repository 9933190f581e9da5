//! The state folder: private, or a temporary one where it cannot be written.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where this process keeps its state.
#[derive(Debug)]
pub struct StateDir {
    pub path: PathBuf,
    /// Sentences for the operator: why it is a temporary one.
    pub notices: Vec<String>,
    temporary: Option<TempDir>,
}

impl StateDir {
    /// It is gone when this process ends.
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }
}

/// Makes the folder (0700) and tries it. Where it cannot be written, a temporary folder stands in, and a notice says what
/// that costs.
pub fn prepare(wanted: &Path) -> std::io::Result<StateDir> {
    match make(wanted) {
        Ok(()) => Ok(StateDir {
            path: wanted.to_path_buf(),
            notices: Vec::new(),
            temporary: None,
        }),
        Err(error) => {
            let temporary = TempDir::with_prefix("rounds-")?;
            let notice = format!(
                "{} cannot be written ({error}): history is read anew at each start and marks are not kept; choose another with --state-dir",
                wanted.display()
            );
            Ok(StateDir {
                path: temporary.path().to_path_buf(),
                notices: vec![notice],
                temporary: Some(temporary),
            })
        }
    }
}

/// Makes a private folder, and those above it that are not there yet.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

fn make(folder: &Path) -> std::io::Result<()> {
    make_private(folder)?;
    let mode = std::fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    tempfile::Builder::new()
        .prefix(".try-")
        .tempfile_in(folder)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_even_where_it_was_not() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("state");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(!prepare(&folder).unwrap().is_temporary());
        assert_eq!(
            std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_folder_that_cannot_be_is_replaced_and_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "x").unwrap();
        let state = prepare(&dir.path().join("file/state")).unwrap();
        assert!(state.is_temporary());
        assert!(state.notices[0].contains("--state-dir"));
    }
}
