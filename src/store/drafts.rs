//! Drafts: private copies of agents' files that the operator changes in an editor, each with what it was made from.
//! `drafts/<name>/` in the state folder holds the copy under the file's own name, so that an editor knows what it is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::text::clean;
use crate::domain::time::{Span, Ts};

/// What it was made from, and of which file it is a copy.
const BASE: &str = ".base";
const OF: &str = ".of.json";
/// How long a draft stays that was never written.
const KEPT: Span = Span::days(30);

/// Which file a draft is of, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    pub agent: String,
    /// The agent's folder; absolute.
    pub root: String,
    /// Beneath it.
    pub relative: String,
    pub at: Ts,
}

impl Of {
    /// The same file, whenever it was copied.
    fn is_same_file(&self, other: &Self) -> bool {
        (&self.root, &self.relative) == (&other.root, &other.relative)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub of: Of,
    /// The copy that is changed.
    pub path: PathBuf,
    folder: PathBuf,
}

impl Draft {
    /// What it was made from.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn base(&self) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(BASE))
    }

    /// As the operator left it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn text(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }
}

/// The folder of drafts in a state folder.
#[derive(Clone, Debug)]
pub struct Drafts(PathBuf);

impl Drafts {
    pub fn in_state(state: &Path) -> Self {
        Self(state.join("drafts"))
    }

    /// A copy to be changed. Those that nobody wrote within a month go.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(&self, name: &str, of: Of, base: &[u8]) -> io::Result<Draft> {
        for old in self.all().filter(|draft| draft.of.at < of.at - KEPT) {
            let _ = fs::remove_dir_all(old.folder);
        }
        let folder = self.0.join(name);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        private(&folder.join(BASE))?.write_all(base)?;
        let text = serde_json::to_vec(&of).map_err(io::Error::other)?;
        private(&folder.join(OF))?.write_all(&text)?;
        let path = folder.join(file_name(&of.relative));
        private(&path)?.write_all(base)?;
        let name = name.to_owned();
        Ok(Draft {
            name,
            of,
            path,
            folder,
        })
    }

    /// Another text than an editor's.
    ///
    /// # Errors
    /// It is not there, or cannot be written.
    pub fn fill(&self, name: &str, text: &[u8]) -> io::Result<()> {
        let draft = self.named(name).ok_or(io::ErrorKind::NotFound)?;
        fs::write(draft.path, text)
    }

    /// Nobody wants it any more.
    pub fn remove(&self, name: &str) {
        if let Some(draft) = self.named(name) {
            // What stays goes within a month.
            let _ = fs::remove_dir_all(draft.folder);
        }
    }

    /// By its name.
    pub fn named(&self, name: &str) -> Option<Draft> {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let folder = self
            .0
            .join(Some(name).filter(|_| is_name && !name.is_empty())?);
        let of: Of = serde_json::from_slice(&fs::read(folder.join(OF)).ok()?).ok()?;
        Some(Draft {
            name: name.to_owned(),
            path: folder.join(file_name(&of.relative)),
            of,
            folder,
        })
    }

    /// The newest of a file that says something new and was not written yet.
    pub fn open(&self, of: &Of, is_written: impl Fn(&str) -> bool) -> Option<Draft> {
        let changed = |draft: &Draft| match (draft.text(), draft.base()) {
            (Ok(text), Ok(base)) => text != base,
            (Ok(_), Err(_)) | (Err(_), _) => false,
        };
        let mine = self.all().filter(|draft| draft.of.is_same_file(of));
        mine.filter(|draft| !is_written(&draft.name) && changed(draft))
            .max_by(|a, b| (a.of.at, &a.name).cmp(&(b.of.at, &b.name)))
    }

    /// Every one that is there.
    pub fn all(&self) -> impl Iterator<Item = Draft> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.filter_map(|entry| self.named(entry.file_name().to_str()?))
    }
}

/// As the file is called, without what a terminal or a file system would stumble over.
fn file_name(relative: &str) -> String {
    let last = relative.rsplit('/').next().unwrap_or_default();
    let name = clean(last).replace('/', "_");
    format!("draft-{}", name.trim_start_matches('.'))
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn of(at: i64) -> Of {
        Of {
            agent: "drafter".to_owned(),
            root: "/fleet/drafter".to_owned(),
            relative: "schedule/2026-03-28.json".to_owned(),
            at: Ts(at),
        }
    }

    #[test]
    fn a_draft_is_private_and_the_newest_that_says_something_is_taken_up() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::in_state(state.path());
        let first = drafts.begin("A1", of(1), b"{}").unwrap();
        assert!(first.path.ends_with("draft-2026-03-28.json"));
        for path in [&first.path, &first.folder.join(BASE)] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(drafts.open(&of(2), |_| false), None, "it says nothing new");
        fs::write(&first.path, "{\"a\":1}").unwrap();
        assert_eq!(drafts.open(&of(2), |_| false), Some(first.clone()));
        assert_eq!(drafts.open(&of(2), |name| name == "A1"), None);
        assert_eq!(first.base().unwrap(), b"{}");
        assert_eq!(drafts.named("A1"), Some(first));
        assert_eq!(drafts.named("../A1"), None);
    }

    #[test]
    fn what_nobody_wrote_within_a_month_goes() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::in_state(state.path());
        drafts.begin("A1", of(0), b"{}").unwrap();
        drafts.begin("A2", of(KEPT.0), b"{}").unwrap();
        assert!(drafts.named("A1").is_some(), "a month is not over");
        drafts.begin("A3", of(KEPT.0 + 1), b"{}").unwrap();
        assert_eq!(drafts.named("A1"), None);
        assert!(drafts.named("A2").is_some());
    }
}
