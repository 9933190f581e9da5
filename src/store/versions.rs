//! Every observed version of a plan, of insights and of snapshots, kept by content: `versions/<sha256>`.

use std::collections::HashSet;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::domain::hash::sha256;
use crate::domain::time::Ts;
use crate::sys::file::stat;

/// The name a version is kept under.
pub fn name_of(bytes: &[u8]) -> String {
    sha256(bytes)
}

/// Puts a file into a private folder, whole or not at all: temp file, then rename.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let temp = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temp)?;
    file.write_all(bytes)?;
    std::fs::rename(&temp, folder.join(name))
}

/// The folder of versions in a state folder.
#[derive(Clone, Debug)]
pub struct Versions(PathBuf);

impl Versions {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("versions"))
    }

    /// The state folder they lie in.
    pub fn state(&self) -> &Path {
        self.0.parent().unwrap_or(&self.0)
    }

    /// Keeps the bytes; a version that is there already costs one stat. Whole or not at all: temp file, then rename.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.0.join(name);
        if path.exists() {
            return Ok(());
        }
        let failed = format!("cannot keep a version in {}", self.0.display());
        put(&self.0, name, bytes).map_err(StoreError::io(failed))
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.0.join(name);
        std::fs::read(&path).map_err(StoreError::io(format!(
            "cannot read the version {}",
            path.display()
        )))
    }

    /// The version whose name begins like this, where there is exactly one.
    pub fn beginning(&self, start: &str) -> Option<Vec<u8>> {
        let entries = std::fs::read_dir(&self.0).ok()?;
        let mut names = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.starts_with(start).then_some(name)
        });
        match (names.next(), names.next()) {
            (Some(name), None) => self.read(&name).ok(),
            _ => None,
        }
    }

    /// Removes versions kept before a moment, but none that a file still holds. How many went.
    pub fn prune(&self, before: Ts, in_use: &HashSet<&str>) -> usize {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return 0;
        };
        let outdated = entries.flatten().map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| !in_use.contains(name))
                && stat(path).is_ok_and(|stat| stat.modified() < before)
        });
        outdated
            .filter(|path| std::fs::remove_file(path).is_ok())
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::sys::clock::Clock;

    #[test]
    fn outdated_versions_go_and_what_a_file_holds_stays() {
        let state = tempfile::tempdir().unwrap();
        let versions = Versions::in_state(state.path());
        let names = [b"one", b"two"].map(|bytes| {
            let name = name_of(bytes);
            versions.keep(&name, bytes).unwrap();
            name
        });
        let now = Clock::System.now();
        let in_use = HashSet::from([names[0].as_str()]);
        assert_eq!(versions.prune(now - Span::DAY, &in_use), 0);
        assert_eq!(versions.prune(now + Span::DAY, &in_use), 1);
        assert!(versions.read(&names[0]).is_ok());
        assert!(versions.read(&names[1]).is_err());
    }
}
