//! The locks in which an agent has a part: holder, age, renewals, who waits.

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::lock::{LockState, LockView};
use crate::domain::time::{Age, Ts, Zone};
use crate::view::Mark;

use super::Line;

pub(super) fn locks(fleet: &Fleet, agent: &AgentView, now: Ts, lines: &mut Vec<Line>) {
    let named = |lock: &LockView| {
        let holds = lock.holder.as_ref();
        lock.agent == agent.id
            || holds.is_some_and(|holder| holder.exact() == agent.id.as_str())
            || lock.waiting.iter().any(|(waits, _)| *waits == agent.id)
    };
    let mine: Vec<&LockView> = fleet.locks.iter().filter(|lock| named(lock)).collect();
    if mine.is_empty() {
        return;
    }
    lines.push(Line::section("locks"));
    for lock in mine {
        let mark = match lock.state {
            LockState::Held if lock.waiting.is_empty() => Mark::Ok,
            LockState::Held | LockState::RanOut(_) | LockState::LeftBehind(_) => Mark::Late,
            LockState::HolderGone(_) => Mark::Stale,
        };
        let place = Some(lock.evidence.locus);
        let age = Age::at(now, lock.since).to_string();
        let line = Line::entry(mark, age, text(lock, now, fleet.zone()));
        lines.push(line.found_at(place, Some(lock.since)));
    }
}

/// `linkedin held by social (run r1), renewed 3×, last 09:10, ttl 10m; b/like waits`
fn text(lock: &LockView, now: Ts, zone: Zone) -> String {
    let holder = lock.holder.as_ref();
    let holder = holder.map_or_else(|| lock.agent.to_string(), |holder| holder.shown_within(32));
    let run = lock.run.as_ref();
    let run = run.map_or_else(String::new, |run| format!(" (run {run})"));
    let renewed = match (lock.renewals, lock.renewed) {
        (_, None) => "not renewed".to_owned(),
        (0, Some(at)) => format!("renewed {}", zone.told(at, now)),
        (n, Some(at)) => format!("renewed {n}×, last {}", zone.told(at, now)),
    };
    let ttl = lock
        .ttl
        .map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
    let state = match lock.state {
        LockState::Held => String::new(),
        LockState::RanOut(at) => format!(", ran out {}", zone.told(at, now)),
        LockState::LeftBehind(at) => {
            format!(", left behind by a run that ended {}", zone.told(at, now))
        }
        LockState::HolderGone(pid) => format!(", orphaned: process {pid} is gone"),
    };
    let waits: Vec<String> = lock
        .waiting
        .iter()
        .take(4)
        .map(|(agent, task)| format!("{agent}/{task}"))
        .collect();
    let waits = match waits.len() {
        0 => String::new(),
        1 => format!("; {} waits", waits[0]),
        _ => format!("; {} wait", waits.join(", ")),
    };
    format!(
        "{} held by {holder}{run}, {renewed}{ttl}{state}{waits}",
        lock.resource.shown_within(32)
    )
}
