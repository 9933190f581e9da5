//! What was ordered: a line each, the case in full, and its lineage as one sentence to copy.

use crate::domain::finding::FindingKind;
use crate::domain::fleet::{Fleet, TaskState};
use crate::domain::heartbeat::RunStatus;
use crate::domain::ordered::{Chain, DeltaSign, Journal, Ordered, Standing};
use crate::domain::time::{Age, Ts};

use super::Mark;
use super::agent::Line;

/// Attempts of one task before a person has to look: the ledger's "attempt 2 of 3".
const ATTEMPTS: u64 = 3;

/// One operation as cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub mark: Mark,
    /// When it was ordered.
    pub time: String,
    pub verb: &'static str,
    pub subject: String,
    /// What has become of it.
    pub state: String,
    pub age: String,
}

/// What has become of an operation, with what the board knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    Stands(Standing),
    Waits,
    NotPickedUp,
    PickedUp(Ts, Option<(Ts, RunStatus)>),
}

pub fn came(one: &Ordered, fleet: &Fleet) -> Came {
    if !one.verb.requeues() || !one.standing.holds() {
        return Came::Stands(one.standing);
    }
    if let Some(taken) = one.effect.taken {
        return Came::PickedUp(taken, one.effect.ended);
    }
    let mine = |told: &&crate::domain::told::Told| {
        let found = &told.finding;
        found.kind == FindingKind::NotPickedUp
            && found.agent == one.agent
            && (one.task.is_none() || found.task == one.task)
    };
    if fleet.told.iter().any(|told| mine(&told)) {
        return Came::NotPickedUp;
    }
    // Freed and held, or held since: it waits for the operator.
    if is_held(one, fleet) {
        return Came::Stands(one.standing);
    }
    Came::Waits
}

fn is_held(one: &Ordered, fleet: &Fleet) -> bool {
    let (Some(task), Some(agent)) = (&one.task, fleet.agent(&one.agent)) else {
        return false;
    };
    let mut mine = agent.every_task().filter(|view| view.id == *task);
    mine.any(|view| view.state == TaskState::Held)
}

impl Came {
    fn mark(self) -> Mark {
        match self {
            Self::Stands(Standing::Done | Standing::Verified) => Mark::Ok,
            Self::Stands(Standing::Open) | Self::PickedUp(_, None) => Mark::Run,
            Self::Stands(Standing::Undone(_)) => Mark::Skip,
            Self::Stands(Standing::NotApplied) => Mark::Unknown,
            Self::Stands(Standing::Conflicted | Standing::Unknown) => Mark::Fail,
            Self::Waits => Mark::Wait,
            Self::NotPickedUp => Mark::Gap,
            Self::PickedUp(_, Some((_, status))) => status.into(),
        }
    }

    /// For JSON, and as a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stands(Standing::Open) => "open",
            Self::Stands(Standing::Done) => "done",
            Self::Stands(Standing::Verified) => "verified",
            Self::Stands(Standing::Undone(_)) => "undone",
            Self::Stands(Standing::NotApplied) => "not_applied",
            Self::Stands(Standing::Conflicted) => "conflicted",
            Self::Stands(Standing::Unknown) => "unknown",
            Self::Waits => "awaiting",
            Self::NotPickedUp => "not_picked_up",
            Self::PickedUp(..) => "picked_up",
        }
    }

    /// In words, without the moment of the order.
    fn words(self, fleet: &Fleet, now: Ts) -> String {
        let zone = fleet.zone();
        match self {
            Self::Stands(standing) => match standing {
                Standing::Open => "intent open".to_owned(),
                Standing::Done => "done, not verified yet".to_owned(),
                Standing::Verified => "verified".to_owned(),
                Standing::Undone(at) => format!("undone {}", zone.told(at, now)),
                Standing::NotApplied => "nothing was changed".to_owned(),
                Standing::Conflicted => "in conflict with what an agent wrote".to_owned(),
                Standing::Unknown => "effect not known".to_owned(),
            },
            Self::Waits => "awaiting agent".to_owned(),
            Self::NotPickedUp => "not picked up".to_owned(),
            Self::PickedUp(taken, None) => format!("picked up {}", zone.told(taken, now)),
            Self::PickedUp(taken, Some((at, status))) => format!(
                "picked up {}, {} {}",
                zone.told(taken, now),
                ended(status),
                zone.told(at, now)
            ),
        }
    }
}

fn ended(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Ok => "done",
        RunStatus::Running
        | RunStatus::Partial
        | RunStatus::Skipped
        | RunStatus::Failed
        | RunStatus::Blocked
        | RunStatus::Unknown => status.word(),
    }
}

pub fn row(one: &Ordered, fleet: &Fleet, now: Ts) -> Row {
    let came = came(one, fleet);
    Row {
        mark: came.mark(),
        time: fleet.zone().told(one.at, now),
        verb: one.verb.word(),
        subject: one.subject(),
        state: came.words(fleet, now),
        age: Age::at(now, one.at).to_string(),
    }
}

/// `retried drafter/digest because it was skipped silently at 08:00; tier read-only; by uid 1001 over SSH from 10.0.0.7;
/// attempt 2 of 3; picked up 08:31`
pub fn lineage(one: &Ordered, fleet: &Fleet, now: Ts) -> String {
    let zone = fleet.zone();
    let because = &one.because;
    let mut said = vec![format!("{} {}", one.verb.past(), one.subject())];
    if !because.state.is_empty() {
        said[0].push_str(if because.state == "phantom claim" {
            " because it was a "
        } else {
            " because it was "
        });
        said[0].push_str(&because.state);
        if let Some(since) = because.since {
            said[0].push_str(" at ");
            said[0].push_str(&zone.told(since, now));
        }
    }
    if let Some(reason) = &because.reason {
        said.push(format!("reason \u{201c}{reason}\u{201d}"));
    }
    if !because.tier.is_empty() {
        said.push(format!("tier {}", because.tier));
    }
    said.push(format!("by {} at {}", one.who, zone.told(one.at, now)));
    if let Some(attempt) = because.attempt {
        said.push(format!("attempt {attempt} of {ATTEMPTS}"));
    }
    if !one.level.is_empty() && one.level != "A" {
        said.push(format!("level {}", one.level));
    }
    let came = came(one, fleet);
    if matches!(came, Came::Waits | Came::NotPickedUp | Came::PickedUp(..)) {
        let verified = Came::Stands(one.standing).words(fleet, now);
        said.push(verified);
    }
    said.push(came.words(fleet, now));
    said.join("; ")
}

/// Everything about one operation.
pub fn about(one: &Ordered, fleet: &Fleet, now: Ts) -> Vec<Line> {
    let came = came(one, fleet);
    let age = Age::at(now, one.at).to_string();
    let head = Line::entry(came.mark(), age, lineage(one, fleet, now));
    let head = head.found_at(None, Some(one.at));
    let mut lines = vec![head.about(&one.agent, one.task.as_ref())];
    lines.push(Line::fact("came", one.sentence.as_str()));
    if let Some(undoes) = &one.undoes {
        lines.push(Line::fact("undoes", undoes.to_string()));
    }
    for delta in &one.changed {
        match delta.sign {
            DeltaSign::Of => lines.push(Line::section(&delta.text)),
            DeltaSign::Removed => lines.push(Line::fact("-", delta.text.as_str())),
            DeltaSign::Added => lines.push(Line::fact("+", delta.text.as_str())),
        }
    }
    if let Some(kept) = &one.kept {
        lines.push(Line::fact(
            "kept",
            format!(
                "the file as it was, for a day: `rounds kept {} {kept}` compares it",
                one.agent
            ),
        ));
    }
    lines.push(Line::fact("op", one.op.to_string()));
    lines
}

/// `14 operations, `: before what is said of the chain.
pub fn counted(journal: &Journal) -> String {
    match (journal.all, journal.chain.lines) {
        (0, 0) if journal.chain.broken.is_empty() => "no operations yet".to_owned(),
        (1, _) => "1 operation, ".to_owned(),
        (n, _) => format!("{n} operations, "),
    }
}

/// `chain verified up to line 214`; nothing of an empty one.
pub fn chain(chain: &Chain) -> String {
    match (chain.broken.first(), chain.lines) {
        (Some((line, what)), _) => format!("chain BROKEN at line {line}: {what}"),
        (None, 0) => String::new(),
        (None, lines) => format!("chain verified up to line {lines}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::view::fixture;

    #[test]
    fn an_empty_ledger_is_no_line_of_a_chain() {
        let said = |journal: &Journal| counted(journal) + &chain(&journal.chain);
        let mut journal = Journal::default();
        assert_eq!(said(&journal), "no operations yet");
        journal.chain.lines = 42;
        assert_eq!(said(&journal), "0 operations, chain verified up to line 42");
        journal.chain.lines = 0;
        journal.chain.broken = vec![(1, "is gone".to_owned())];
        assert_eq!(
            said(&journal),
            "0 operations, chain BROKEN at line 1: is gone"
        );
    }

    #[test]
    fn what_was_freed_and_is_held_waits_for_nobody_but_the_operator() {
        let mut fleet = fixture::fleet();
        let orders = fixture::journal(100, 100).orders;
        let mut waiting = orders
            .into_iter()
            .filter(|one| came(one, &fleet) == Came::Waits && one.task.is_some());
        let one = waiting.next().expect("one waits for its agent");
        let agent = fleet.agents.iter_mut().find(|view| view.id == one.agent);
        let agent = Arc::make_mut(agent.expect("it is on the board"));
        let task = agent
            .tasks
            .iter_mut()
            .find(|view| Some(&view.id) == one.task.as_ref());
        task.expect("it is planned").state = TaskState::Held;
        assert_eq!(came(&one, &fleet), Came::Stands(one.standing));
    }
}
