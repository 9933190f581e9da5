//! Which of the processes that claims, runs and locks name no longer run.

use super::engine::Engine;
use crate::domain::heartbeat::Process;
use crate::domain::time::{Span, Ts};
use crate::sys::clock::Clock;
use crate::sys::process;

/// A process that began this much later than the one that was named has only its number: agents write down when they began
/// a little after they did, and the real clock may have been set since.
const LATER: Span = Span::MINUTE;

impl Engine {
    /// Asks the machine for every process that a verdict names. `true`: somebody must be judged again.
    pub fn look_at_processes(&mut self) -> bool {
        let clock = self.setup.clock;
        let host = process::host();
        self.board
            .look_at_processes(|named| is_gone(named, &host, &clock))
    }
}

/// Only of a process of this machine whose start is known: what runs elsewhere, in a container too, has numbers of its own.
fn is_gone(named: &Process, host: &str, clock: &Clock) -> bool {
    let (Some(started), Some(on)) = (named.started, &named.host) else {
        return false;
    };
    if on.exact() != host {
        return false;
    }
    if process::is_gone(named.pid, None) {
        return true;
    }
    let began = process::began(named.pid).map(|at| clock.of_file(Ts(at)));
    began.is_some_and(|began| began - started > LATER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Untrusted;

    fn gone(pid: u32, started: Ts, host: &str) -> bool {
        let named = Process {
            pid,
            started: Some(started),
            host: Some(Untrusted::from(host)),
        };
        is_gone(&named, "here", &Clock::System)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_number_given_anew_is_not_believed_and_other_machines_are_not_asked() {
        let own = std::process::id();
        let now = Clock::System.now();
        let nobody = i32::MAX as u32 - 1;
        assert!(!gone(own, now, "here"), "it runs");
        assert!(
            gone(own, now - Span::DAY, "here"),
            "somebody else has its number"
        );
        assert!(gone(nobody, now, "here"));
        assert!(!gone(nobody, now, "there"));
        let unnamed = Process {
            pid: nobody,
            started: None,
            host: Some(Untrusted::from("here")),
        };
        assert!(!is_gone(&unnamed, "here", &Clock::System));
    }
}
