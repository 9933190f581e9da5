//! The stream of events and the fleet that lives on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{MORNING, files, is_heartbeat, spec};
use crate::demo::{Event, Incident, Length, Live, Log, Spec, agent_name, events, write};
use crate::domain::time::{Span, Ts};

#[test]
fn events_come_in_order_and_go_on_behind_the_end() {
    let spec = Spec {
        length: Length::Days(3),
        ..spec()
    };
    let mut last = Ts(i64::MIN);
    let mut behind = 0;
    for (at, agent, _) in events(&spec).take_while(|(at, ..)| *at < MORNING + Span::days(2)) {
        assert!(at >= last && agent < 14);
        last = at;
        behind += usize::from(at > MORNING);
    }
    assert!(behind > 2_000, "{behind}");
}

/// What the events say that the agents have written into their heartbeat logs by a moment, and what went wrong live.
fn told(spec: &Spec, until: Ts) -> (Vec<String>, Vec<Incident>) {
    let mut logs = vec![String::new(); spec.agents];
    let mut incidents = Vec::new();
    for (at, agent, event) in events(spec).take_while(|(at, ..)| *at <= until) {
        match event {
            Event::Append {
                log: Log::Heartbeat,
                bytes,
            } => logs[agent].push_str(&bytes),
            Event::Incident(incident) if at > spec.until => incidents.push(incident),
            _ => {}
        }
    }
    (logs, incidents)
}

/// The heartbeat log of an agent over all its files, oldest first.
fn log_of(dir: &Path, agent: usize) -> String {
    let mut parts: Vec<(PathBuf, Vec<u8>)> = files(&dir.join(agent_name(agent)))
        .into_iter()
        .filter(|(path, _)| is_heartbeat(path))
        .collect();
    // The rotated file comes first.
    parts.sort_by_key(|(path, _)| (path.extension() != Some("1".as_ref()), path.clone()));
    parts
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect()
}

#[test]
fn the_live_fleet_continues_the_written_history_to_the_byte() {
    let dir = TempDir::new().unwrap();
    let spec = Spec {
        length: Length::Days(2),
        ..spec()
    };
    write(dir.path(), &spec, |_| {}).unwrap();
    let later = MORNING + Span::hours(2);
    let (logs, incidents) = told(&spec, later);
    let live = Live::start(dir.path(), &spec, 60.0, move || later).unwrap();
    let all = || {
        (0..spec.agents)
            .map(|agent| log_of(dir.path(), agent))
            .collect::<Vec<_>>()
    };
    let begun = Instant::now();
    while (all() != logs || live.incidents().len() < incidents.len())
        && begun.elapsed().as_secs() < 10
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(live.incidents(), incidents);
    live.stop().unwrap();
    assert!(all() == logs, "logs differ from what was told");
}

#[test]
fn the_first_two_hours_show_every_kind_of_change() {
    let (logs, incidents) = told(&spec(), MORNING + Span::hours(2));
    for kind in [
        "failed",
        "damaged_file",
        "rotated",
        "clock",
        "needs_human",
        "unfinished_run",
        "lost_update",
        "collision",
    ] {
        assert!(incidents.iter().any(|i| i.kind == kind), "{kind}");
    }
    let audit = &logs[3];
    let picked_up = |line: &&str| line.contains("\"task\":\"links\",\"status\":\"ok\"");
    assert_eq!(
        audit.lines().filter(picked_up).count(),
        1,
        "the late task was picked up"
    );
}

#[test]
fn the_live_fleet_follows_its_clock_and_stops_at_once() {
    let dir = TempDir::new().unwrap();
    let spec = Spec {
        length: Length::Days(1),
        ..spec()
    };
    write(dir.path(), &spec, |_| {}).unwrap();
    let before = files(dir.path());
    let clock = Arc::new(AtomicI64::new(MORNING.0));
    let hands = Arc::clone(&clock);
    let live = Live::start(dir.path(), &spec, 1.0, move || {
        Ts(hands.load(Ordering::Relaxed))
    })
    .unwrap();
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(files(dir.path()), before, "the clock stands still");
    clock.fetch_add(Span::mins(30).0, Ordering::Relaxed);
    let begun = Instant::now();
    while files(dir.path()) == before && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_ne!(
        files(dir.path()),
        before,
        "half an hour later somebody has written"
    );
    let begun = Instant::now();
    live.stop().unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "{:?}",
        begun.elapsed()
    );
}
