//! How safely a file can be changed where it lies. Tables of file systems are wrong somewhere, so it is tried.

use std::fs::File;
use std::io;
use std::path::Path;

use super::Level;
use crate::sys::folder::{Folder, is_unsupported};
use crate::sys::lease;

/// The level at which a file of `agent`, open here for reading, can be changed. Two empty files in a folder that is gone
/// again at the end are exchanged beside it; the file itself is not touched. An error: nothing can be written there.
pub fn level(agent: &Path, relative: &str, file: File) -> io::Result<Level> {
    let path = agent.join(relative);
    let beside = path.parent().unwrap_or(agent);
    let names = tempfile::Builder::new()
        .prefix(".rounds-tries-")
        .tempdir_in(beside)?;
    for name in ["one", "other"] {
        File::create_new(names.path().join(name))?;
    }
    let folder = Folder::open(names.path())?;
    match folder.exchange("one", &folder, "other") {
        Ok(()) if lease::is_possible(file) => Ok(Level::A),
        Ok(()) => Ok(Level::B),
        Err(error) if is_unsupported(&error) => Ok(Level::C),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn trying_leaves_nothing_behind() {
        let agent = tempfile::tempdir().unwrap();
        fs::create_dir(agent.path().join("plans")).unwrap();
        let plan = agent.path().join("plans/schedule.json");
        fs::write(&plan, "{}").unwrap();
        let open = || File::open(&plan).unwrap();
        let found = level(agent.path(), "plans/schedule.json", open()).unwrap();
        assert!(found <= Level::C);
        assert_eq!(fs::read(&plan).unwrap(), b"{}");
        assert_eq!(fs::read_dir(agent.path().join("plans")).unwrap().count(), 1);

        let held = open();
        if found == Level::A {
            let again = level(agent.path(), "plans/schedule.json", open());
            assert_eq!(again.unwrap(), Level::A, "who has it open changes no level");
        }
        drop(held);
        let closed = fs::Permissions::from_mode(0o500);
        fs::set_permissions(agent.path().join("plans"), closed).unwrap();
        let told = level(agent.path(), "plans/schedule.json", open());
        let root = rustix::process::geteuid().is_root();
        assert!(root || told.is_err());
    }
}
