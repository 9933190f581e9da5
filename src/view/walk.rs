//! The rounds: one problem after another, worst first, each with what an operator must know to decide; and what came of it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::domain::fleet::Fleet;
use crate::domain::offer::Offer;
use crate::domain::time::{Span, Ts};

use super::agent::{Kind, Line};
use super::queue::{self, Cause, Group, Queue};

/// Lines of proof of one stop.
const PROOFS: usize = 3;

/// One problem on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub cause: Cause,
    /// `publisher/newsletter`
    pub subject: String,
    /// What was found, as it was when the rounds came by.
    pub sentence: String,
    /// What became of it; nothing while it still needs a person.
    pub outcome: Option<String>,
}

impl Stop {
    pub fn of(group: &Group<'_>) -> Self {
        Self {
            cause: group.cause.clone(),
            subject: queue::subject(group),
            sentence: crate::domain::text::clean(&group.lead().sentence).into_owned(),
            outcome: None,
        }
    }
}

/// What one screen of the rounds tells: the case, three lines of proof, the limit, since when, what clears it; and by one line
/// each what else is wrong there.
pub fn lines(group: &Group<'_>, offers: &[Offer], fleet: &Fleet, now: Ts) -> Vec<Line> {
    let mut proofs = 0;
    let mut heads = 0;
    let mut kept = Vec::new();
    for line in queue::about(group, offers, fleet, now) {
        let is_proof = line.kind == Kind::Proof;
        heads += usize::from(matches!(line.kind, Kind::Entry(_)));
        proofs += usize::from(is_proof);
        let further = heads > 1 && !matches!(line.kind, Kind::Entry(_));
        if !further && (!is_proof || proofs <= PROOFS) {
            kept.push(line);
        }
    }
    kept
}

/// Says of each stop what became of it: set aside, waiting on its agent, or gone. Nothing while it calls.
pub fn judge(stops: &mut [Stop], queue: &Queue<'_>, fleet: &Fleet, now: Ts) {
    let calls: HashSet<&Cause> = queue.calls.iter().map(|group| &group.cause).collect();
    let aside = queue.aside.iter().map(|group| (&group.cause, group));
    let aside: HashMap<&Cause, &Group<'_>> = aside.collect();
    for stop in stops {
        stop.outcome = if calls.contains(&stop.cause) {
            None
        } else if let Some(group) = aside.get(&stop.cause) {
            let said = queue::said(group.cases[0], fleet, now);
            Some(said.unwrap_or_else(|| "set aside".to_owned()))
        } else {
            Some(left(stop, queue).to_owned())
        };
    }
}

fn left(stop: &Stop, queue: &Queue<'_>) -> &'static str {
    let waits = queue.waiting.iter().any(|waiting| match &stop.cause {
        Cause::Task(agent, task) => waiting.agent.id == *agent && waiting.task.id == *task,
        Cause::Silence(agent) | Cause::Agent(agent, _) => waiting.agent.id == *agent,
        Cause::Everywhere(_) => false,
    });
    if waits {
        "asked for, awaiting its agent"
    } else {
        "told no more"
    }
}

/// `7 handled in 4:10, 1 waiting on you`
pub fn verdict(stops: &[Stop], took: Span) -> String {
    let handled = stops.iter().filter(|stop| stop.outcome.is_some()).count();
    let seconds = took.0.max(0) / 1_000;
    format!(
        "{handled} handled in {}:{:02}, {} waiting on you",
        seconds / 60,
        seconds % 60,
        stops.len() - handled
    )
}

/// The end of the rounds as text, to be copied: the verdict, then every stop with what became of it.
pub fn summary(stops: &[Stop], took: Span) -> String {
    let mut text = verdict(stops, took);
    for stop in stops {
        let outcome = stop.outcome.as_deref().unwrap_or("waiting on you");
        // Writing into a String cannot fail.
        let _ = write!(text, "\n- {}: {} ({outcome})", stop.subject, stop.sentence);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::told::Said;
    use crate::view::fixture;

    #[test]
    fn a_stop_has_three_lines_of_proof_at_most() {
        let mut fleet = fixture::fleet();
        let mut found = (*fleet.told[0].finding).clone();
        found.evidence = vec![found.evidence[0].clone(); 7];
        fleet.told[0].finding = std::sync::Arc::new(found);
        let queue = queue::queue(&fleet, fleet.at);
        let lines = lines(&queue.calls[0], &[], &fleet, fleet.at);
        let proofs = lines.iter().filter(|line| line.kind == Kind::Proof);
        assert_eq!(proofs.count(), 3);
    }

    #[test]
    fn what_was_said_or_has_gone_is_handled() {
        let mut fleet = fixture::fleet();
        let mut stops: Vec<Stop> = queue::queue(&fleet, fleet.at)
            .calls
            .iter()
            .map(Stop::of)
            .collect();
        fleet.told.remove(1);
        fleet.told[0].said = Some(Said::Acknowledged);
        let queue = queue::queue(&fleet, fleet.at);
        judge(&mut stops, &queue, &fleet, fleet.at);
        let outcomes: Vec<Option<&str>> =
            stops.iter().map(|stop| stop.outcome.as_deref()).collect();
        assert_eq!(
            outcomes,
            [Some("acknowledged"), Some("told no more"), None, None]
        );
        let text = summary(&stops, Span::secs(250));
        assert!(
            text.starts_with("2 handled in 4:10, 2 waiting on you\n- publisher/newsletter: "),
            "{text}"
        );
        assert!(
            text.contains("drafter/digest: digest skipped silently"),
            "{text}"
        );
    }
}
