//! What is said where no agent is found.

use super::Failure;
use crate::domain::text::clean;
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
