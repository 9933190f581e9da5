//! `watch.json`: what `rounds watch` handed over last, so that a restart repeats nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::StoreError;

#[derive(Clone, Debug)]
pub struct Watched(PathBuf);

impl Watched {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("watch.json"))
    }

    /// What was kept; nothing the first time.
    pub fn load(&self) -> Option<String> {
        std::fs::read_to_string(&self.0).ok()
    }

    /// Replaces it in one step.
    pub fn save(&self, text: &str) -> Result<(), StoreError> {
        let failed = || StoreError::io(format!("cannot write {}", self.0.display()));
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
        file.write_all(text.as_bytes()).map_err(failed())?;
        let kept = file.persist(&self.0);
        kept.map(drop).map_err(|error| failed()(error.error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_replaced_whole() {
        let state = tempfile::tempdir().unwrap();
        let watched = Watched::in_state(state.path());
        assert_eq!(watched.load(), None);
        watched.save("a much longer text").unwrap();
        watched.save("b").unwrap();
        assert_eq!(watched.load().as_deref(), Some("b"));
    }
}
