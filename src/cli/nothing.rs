//! What is said where no agent is found.

use super::Failure;
use crate::domain::text::clean;
use crate::domain::time::{Ts, Zone};
use crate::watch::discover::Discovery;

/// Where was looked, what would have counted, what to do.
pub fn nothing_found(found: &Discovery) -> Failure {
    nothing_at(&found.looked_at, &found.problems)
}

/// As [`nothing_found`], from its parts.
pub fn nothing_at(looked_at: &[String], problems: &[String]) -> Failure {
    let mut what = String::from("no agents found");
    for place in looked_at {
        what.push_str("\n  looked at: ");
        what.push_str(&clean(place));
    }
    for problem in problems {
        what.push_str("\n  problem: ");
        what.push_str(&clean(problem));
    }
    what.push_str("\n  an agent is a folder with a heartbeat log, a plan or a write-ahead log in it, in its children, or in agents/, bots/ or profiles/");
    Failure::new(what)
        .remedy("rounds PATH, with the folder that holds the agents")
        .remedy("rounds doctor PATH, to see how its files are read")
        .remedy("rounds demo, for a simulated fleet")
}

/// Agents there are, but nothing of them was known at the moment that is asked about.
pub fn nothing_known(at: Ts, first: Option<Ts>, zone: Zone) -> Failure {
    let said = |at: Ts| format!("{} {}", &zone.weekday_hhmm(at)[..3], zone.date_hhmm(at));
    let what = format!("nothing is known as of {}", said(at));
    match first {
        Some(first) => Failure::new(format!("{what}; the first line is of {}", said(first)))
            .remedy("--at TIME, with a later moment"),
        None => Failure::new(format!(
            "{what}; no agent has written a line that rounds knows"
        ))
        .remedy("--at TIME, with a later moment")
        .remedy("rounds doctor PATH, to see how the files are read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_before_the_history_is_not_called_a_place_without_agents() {
        let (at, first) = (Ts(1_774_569_600_000), Ts(1_774_653_600_000));
        let known = nothing_known(at, Some(first), Zone::UTC).what;
        assert_eq!(
            known,
            "nothing is known as of Fri 2026-03-27 00:00; the first line is of Fri 2026-03-27 23:20"
        );
        assert!(
            !nothing_known(at, None, Zone::UTC)
                .what
                .contains("no agents found")
        );
    }
}
