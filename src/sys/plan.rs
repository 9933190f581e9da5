//! Putting a new plan where an agent reads it: whole or not at all, and never over one that nobody looked at.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags};

/// Why a plan was not put in its place.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Somebody else wrote there meanwhile: it stays as it is.
    #[error("it changed meanwhile and was left as it is")]
    Changed,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes `text` to `path`. `seen` is what stood there when it was decided: None means nothing did. Anything else that
/// stands there now stays. The folder is made where it is missing.
///
/// The text lies on disk before it takes the name. What is replaced is compared after the exchange, so that a write in
/// between is given back, not lost.
///
/// # Errors
/// It changed, or the file system refuses.
pub fn put(path: &Path, text: &str, seen: Option<&[u8]>) -> Result<(), PutError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    if !folder.exists() {
        std::fs::create_dir(folder)?;
        alike(folder, folder.parent().unwrap_or(folder), 0o777)?;
    }
    let mut file = tempfile::Builder::new()
        .prefix(".rounds-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    alike(file.path(), folder, 0o666)?;
    file.as_file().sync_all()?;
    match seen {
        None => appear(file.path(), path)?,
        Some(seen) => exchange(file.path(), path, seen)?,
    }
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Who can read the folder can read the plan: the operator's own mask is for the operator's own files.
fn alike(path: &Path, folder: &Path, most: u32) -> io::Result<()> {
    let mode = std::fs::metadata(folder)?.permissions().mode() & most;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | 0o600))
}

fn appear(from: &Path, to: &Path) -> Result<(), PutError> {
    let said = match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            std::fs::hard_link(from, to).map(|()| drop(std::fs::remove_file(from)))
        }
        said => said.map_err(io::Error::from),
    };
    match said {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(PutError::Changed),
        said => Ok(said?),
    }
}

fn exchange(from: &Path, to: &Path, seen: &[u8]) -> Result<(), PutError> {
    let swap = || rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE);
    match swap() {
        Ok(()) => {}
        Err(rustix::io::Errno::NOENT) => return Err(PutError::Changed),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            // Without an exchange the last look is all there is.
            if std::fs::read(to)? != seen {
                return Err(PutError::Changed);
            }
            std::fs::rename(from, to)?;
            return Ok(());
        }
        Err(errno) => return Err(io::Error::from(errno).into()),
    }
    // What lay there lies under the temporary name now, which is removed with it.
    if std::fs::read(from)? == seen {
        return Ok(());
    }
    swap().map_err(io::Error::from)?;
    Err(PutError::Changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().to_string_lossy().into_owned()
        };
        entries.map(name).collect()
    }

    #[test]
    fn a_new_plan_appears_whole_and_nothing_else_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("schedule/2026-03-29.json");
        put(&path, "{}", None).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}");
        assert_eq!(names(&dir.path().join("schedule")), ["2026-03-29.json"]);
    }

    #[test]
    fn what_somebody_else_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("2026-03-29.json");
        std::fs::write(&path, "theirs").unwrap();
        assert!(matches!(put(&path, "ours", None), Err(PutError::Changed)));
        let other = put(&path, "ours", Some(b"as it was"));
        assert!(matches!(other, Err(PutError::Changed)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
        put(&path, "ours", Some(b"theirs")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ours");
        assert_eq!(names(dir.path()), ["2026-03-29.json"]);
    }

    #[test]
    fn a_plan_is_as_open_as_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("agent");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        put(&folder.join("schedule/2026-03-29.json"), "{}", None).unwrap();
        let mode = |path: &str| {
            let meta = std::fs::metadata(folder.join(path)).unwrap();
            meta.permissions().mode() & 0o777
        };
        assert_eq!(
            (mode("schedule"), mode("schedule/2026-03-29.json")),
            (0o755, 0o644)
        );
    }
}
