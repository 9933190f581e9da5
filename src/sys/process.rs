//! Processes by number: whether one still is who it was, and which of them have a file open.

use std::path::Path;

use rustix::process::{Pid, test_kill_process};

/// When a process began, in the kernel's own ticks: with the number it names a process for as long as the machine runs.
pub fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything, brackets too.
    let after = &stat[stat.rfind(')')? + 1..];
    after.split_whitespace().nth(19)?.parse().ok()
}

/// When the process of this number began, in milliseconds of the real clock. Nothing where there is none, or where the system
/// does not tell.
pub fn began(pid: u32) -> Option<i64> {
    let ticks = i64::try_from(started(pid)?).ok()?;
    let each = i64::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(booted()? + ticks.checked_mul(1_000)?.checked_div(each)?)
}

/// When the machine began to run, in milliseconds of the real clock.
pub fn booted() -> Option<i64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse::<i64>().ok()?.checked_mul(1_000)
}

/// The name this machine goes by.
pub fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// Whether the process of this number is gone for certain: another one has its number, or nobody.
pub fn is_gone(pid: u32, began: Option<u64>) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return true;
    };
    if matches!(test_kill_process(number), Err(rustix::io::Errno::SRCH)) {
        return true;
    }
    matches!((began, started(pid)), (Some(then), Some(now)) if then != now)
}

/// Another process that has this file open, as far as this user may look. Nothing where the system has no `/proc`.
pub fn who_has_open(dev: u64, ino: u64) -> Option<u32> {
    let own = std::process::id();
    let pids = std::fs::read_dir("/proc").ok()?.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse::<u32>().ok()
    });
    pids.filter(|pid| *pid != own)
        .find(|pid| has_open(Path::new(&format!("/proc/{pid}/fd")), dev, ino))
}

fn has_open(descriptors: &Path, dev: u64, ino: u64) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(descriptors) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        std::fs::metadata(entry.path())
            .is_ok_and(|meta| meta.is_file() && meta.dev() == dev && meta.ino() == ino)
    })
}

/// The terminal this process talks to (`tty3`, `pts/2`); nothing for one that has none.
pub fn terminal() -> Option<String> {
    use std::os::fd::AsFd;
    let (input, errors) = (std::io::stdin(), std::io::stderr());
    let name = [input.as_fd(), errors.as_fd()]
        .into_iter()
        .find_map(|fd| rustix::termios::ttyname(fd, Vec::new()).ok())?;
    let name = name.to_str().ok()?;
    Some(name.strip_prefix("/dev/").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;
    use std::process::{Command, Stdio};

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_lives_and_a_number_given_anew_is_somebody_else() {
        let own = std::process::id();
        let began = started(own);
        assert!(began.is_some());
        assert!(!is_gone(own, began));
        assert!(is_gone(own, began.map(|ticks| ticks + 1)));
        assert!(is_gone(i32::MAX as u32 - 1, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_began_after_the_machine_did() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let born = began(child.id()).unwrap();
        assert!(booted().unwrap() < born);
        let elapsed = crate::sys::clock::Clock::System.now().0 - born;
        assert!((-2_000..60_000).contains(&elapsed), "{elapsed} ms ago");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(began(child.id()), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_holds_a_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan");
        std::fs::write(&path, "x").unwrap();
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!(who_has_open(meta.dev(), meta.ino()), None);
        let mut child = Command::new("cat")
            .stdin(std::fs::File::open(&path).unwrap())
            .arg("-")
            .arg("/dev/zero")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert_eq!(who_has_open(meta.dev(), meta.ino()), Some(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
