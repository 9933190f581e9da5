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
        cpu: cpu(pid),
        wakes,
        resident: kilobytes("VmRSS:"),
        own: kilobytes("RssAnon:"),
    }
}

/// What all threads of a process ran so far, those that have ended, too. The system's table of processes counts it in steps
/// of 10 ms; an idle room takes two of them a minute.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "another process's clock has no safe wrapper")]
fn cpu(pid: u32) -> Duration {
    let mut clock = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: both calls write only to what is pointed to, which lives until they return.
    let failed = unsafe {
        libc::clock_getcpuclockid(pid.cast_signed(), &raw mut clock) != 0
            || libc::clock_gettime(clock, &raw mut time) != 0
    };
    assert!(!failed, "the clock of process {pid}");
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Elsewhere nothing tells of another process's time: as with its wake-ups and memory, the figure is nought.
#[cfg(not(target_os = "linux"))]
fn cpu(_: u32) -> Duration {
    Duration::ZERO
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
