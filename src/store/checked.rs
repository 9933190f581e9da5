//! `checks/NAME.json`: which cases the last check of a name told, so that the next one tells only what is new.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// Longest name of a check, in bytes.
const MOST_NAME: usize = 64;

/// The memory of one named check.
#[derive(Clone, Debug)]
pub struct Checked(PathBuf);

impl Checked {
    /// A name is a file name of letters, digits, `-`, `_` and `.`; others are refused with `None`.
    pub fn in_state(state: &Path, name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let good = !name.is_empty()
            && name.len() <= MOST_NAME
            && !name.starts_with('.')
            && name.chars().all(plain);
        good.then(|| Self(state.join("checks").join(format!("{name}.json"))))
    }

    /// The ids that were told; none where nothing was, or where the memory is damaged: then all is told again.
    pub fn told(&self) -> Result<BTreeSet<String>, StoreError> {
        match std::fs::read(&self.0) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(self.failed("read")(error)),
        }
    }

    /// Replaces the memory in one step.
    pub fn remember(&self, told: &BTreeSet<String>) -> Result<(), StoreError> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let text = serde_json::to_vec(told).map_err(|error| self.failed("write")(error.into()))?;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(self.failed("write"))?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(self.failed("write"))?;
        file.write_all(&text).map_err(self.failed("write"))?;
        let kept = file.persist(&self.0);
        kept.map(drop)
            .map_err(|error| self.failed("write")(error.error))
    }

    fn failed(&self, what: &str) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
        StoreError::io(format!("cannot {what} {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_remembers_for_its_owner_alone() {
        let state = tempfile::tempdir().unwrap();
        let mail = Checked::in_state(state.path(), "mail").unwrap();
        assert!(mail.told().unwrap().is_empty());
        let told = BTreeSet::from(["a".to_owned()]);
        mail.remember(&told).unwrap();
        assert_eq!(mail.told().unwrap(), told);
        let file = state.path().join("checks/mail.json");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&file, "torn [").unwrap();
        assert!(mail.told().unwrap().is_empty());
    }

    #[test]
    fn a_name_is_no_path() {
        let state = Path::new("/nowhere");
        for name in ["", "../x", "a/b", ".x", "a b", &"x".repeat(65)] {
            assert!(Checked::in_state(state, name).is_none(), "{name}");
        }
    }
}
