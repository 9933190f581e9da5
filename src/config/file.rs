//! The config file itself: read within bounds, and with a look at who may change it.

use std::fs;
use std::io;
use std::path::Path;

use super::problem::{ConfigErrors, Warning};

/// More is no config, and is not read.
const LARGEST: u64 = 1024 * 1024;

/// The text of a config file.
pub fn read(path: &Path) -> Result<String, ConfigErrors> {
    let refuse = |found: String, remedy: &str| ConfigErrors::whole(path, found, remedy.to_owned());
    let meta = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
    if !meta.is_file() {
        return Err(refuse(
            "this is not a file".to_owned(),
            "name the config file itself",
        ));
    }
    if meta.len() > LARGEST {
        let found = format!("{} bytes; a config has at most {LARGEST}", meta.len());
        return Err(refuse(found, "is this the right file?"));
    }
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refuse(format!("not UTF-8 at byte {at}"), "save it as UTF-8")
    })
}

fn cannot_read(path: &Path, error: &io::Error) -> ConfigErrors {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => {
            "`rounds init` writes one; without --config and $ROUNDS_CONFIG none is needed"
        }
        io::ErrorKind::PermissionDenied => "give yourself permission to read it",
        _ => "check the path",
    };
    ConfigErrors::whole(
        path,
        format!("cannot be read: {}", reason(error)),
        remedy.to_owned(),
    )
}

/// What the system says, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
}

/// A config names commands and paths: others should not be able to change it.
pub fn exposure(path: &Path) -> Option<Warning> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let meta = fs::metadata(path).ok()?;
    let mode = meta.permissions().mode();
    let sentence = if mode & 0o022 != 0 {
        format!(
            "others may write this file (mode {:03o}): chmod go-w it",
            mode & 0o777
        )
    } else if ![0, rustix::process::getuid().as_raw()].contains(&meta.uid()) {
        format!("this file belongs to uid {}, not to you", meta.uid())
    } else {
        return None;
    };
    Some(Warning { line: 0, sentence })
}
