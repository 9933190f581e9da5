//! What the system says of a process.

use std::fs;
use std::process::Child;
use std::time::Duration;

/// What a process used so far: processor time, voluntary context switches of all threads, resident bytes and those of them
/// that no file backs.
pub struct Used {
    pub cpu: Duration,
    pub wakes: u64,
    pub resident: u64,
    pub own: u64,
}

pub fn used(pid: u32) -> Used {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks: u64 = [11, 12]
        .iter()
        .filter_map(|at| fields.get(*at)?.parse::<u64>().ok())
        .sum();
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten();
    let wakes = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("status")).ok())
        .filter_map(|text| field(&text, "voluntary_ctxt_switches:"))
        .sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kilobytes = |name: &str| field(&status, name).unwrap_or(0) * 1_024;
    Used {
        cpu: Duration::from_millis(ticks * 10),
        wakes,
        resident: kilobytes("VmRSS:"),
        own: kilobytes("RssAnon:"),
    }
}

/// Waits for a process to end: whether it did well, and the most memory it ever held.
pub fn peak(mut child: Child) -> (bool, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        peak = peak.max(field(&text, "VmHWM:").unwrap_or(0) * 1_024);
        if let Some(status) = child.try_wait().expect("rounds is waited for") {
            return (status.code().is_some_and(|code| code < 2), peak);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    })
}
