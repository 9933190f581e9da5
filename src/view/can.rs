//! What can be done about a finding, by its kind: the verbs that apply, and why the others do not.
//!
//! This is what the kind alone says. The plan, the tier of a task and the state of its claim decide when a verb is carried
//! out, and may refuse it then.

use crate::domain::finding::{Finding, FindingKind};
use crate::domain::verb::Verb;

/// The verbs that a kind decides about.
pub const JUDGED: [Verb; 9] = [
    Verb::Reclaim,
    Verb::Retry,
    Verb::Skip,
    Verb::Hold,
    Verb::Stop,
    Verb::Approve,
    Verb::Done,
    Verb::Acknowledge,
    Verb::Note,
];

/// A verb that does not apply, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    pub verb: Verb,
    pub why: &'static str,
}

/// What a finding asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// A slot or a run of a task did not end as it should.
    Undone,
    /// A claim whose run is gone.
    Abandoned,
    /// A claim whose run still writes.
    Hanging,
    /// A step waits for a yes.
    Asking,
    /// The agent waits for its operator.
    Waiting,
    /// Two truths about a task.
    Contradicted,
    /// It was done twice, or too close to something else.
    Doubled,
    /// It was done, or said to be, and not as it should.
    Doubtful,
    /// The agent as a whole.
    Whole,
    /// A file, a plan, a clock, or rounds itself: nothing a verb could mend.
    Outside,
}

fn case(kind: FindingKind) -> Case {
    match kind {
        FindingKind::SkippedSilently
        | FindingKind::Missed
        | FindingKind::Late
        | FindingKind::Failed
        | FindingKind::UnfinishedRun
        | FindingKind::FailureStreak
        | FindingKind::SkippedNoReason
        | FindingKind::SkipStreak
        | FindingKind::NotPickedUp
        | FindingKind::DependencyBroken
        | FindingKind::WalIncomplete => Case::Undone,
        FindingKind::PhantomClaim | FindingKind::Orphaned | FindingKind::Silent => Case::Abandoned,
        FindingKind::Stuck => Case::Hanging,
        FindingKind::Approval => Case::Asking,
        FindingKind::NeedsHuman | FindingKind::ReviewWaiting | FindingKind::HandoffMissing => {
            Case::Waiting
        }
        FindingKind::Conflicted
        | FindingKind::Drift
        | FindingKind::ZombieWrite
        | FindingKind::DoubleClaim
        | FindingKind::LostUpdate => Case::Contradicted,
        FindingKind::DuplicateAction | FindingKind::Collision => Case::Doubled,
        FindingKind::UnprovenDone
        | FindingKind::QuietShrink
        | FindingKind::SameTargets
        | FindingKind::EmptySuccess
        | FindingKind::RunLength => Case::Doubtful,
        FindingKind::AgentLate
        | FindingKind::AgentStale
        | FindingKind::AgentDown
        | FindingKind::Outage => Case::Whole,
        FindingKind::OverCapacity
        | FindingKind::PlanLint
        | FindingKind::Vanished
        | FindingKind::StalePlan
        | FindingKind::StaleInsights
        | FindingKind::Lock
        | FindingKind::Asleep
        | FindingKind::Flagged
        | FindingKind::DamagedFile
        | FindingKind::Unreadable
        | FindingKind::Clock
        | FindingKind::Blind => Case::Outside,
    }
}

/// Why a verb does not apply to a case; `None`: it does.
fn why_not(case: Case, verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Reclaim => match case {
            Case::Abandoned => None,
            Case::Hanging => Some("its run still writes: stop it first"),
            Case::Contradicted => Some("two truths about one task: settle them first"),
            Case::Undone
            | Case::Asking
            | Case::Waiting
            | Case::Doubled
            | Case::Doubtful
            | Case::Whole
            | Case::Outside => Some("no claim of a lost run stands behind it"),
        },
        Verb::Retry => match case {
            Case::Undone | Case::Doubtful => None,
            Case::Abandoned => Some("it is claimed: reclaim it first"),
            Case::Hanging => Some("its run still writes"),
            Case::Asking => Some("its step waits for a yes: approve it"),
            Case::Waiting => Some("it waits for an answer, not for another try"),
            Case::Contradicted => Some("nothing is tried again while two truths stand"),
            Case::Doubled => Some("it was done already"),
            Case::Whole => Some("it names no task"),
            Case::Outside => Some("it is not about a run"),
        },
        Verb::Skip => match case {
            Case::Undone
            | Case::Abandoned
            | Case::Hanging
            | Case::Asking
            | Case::Waiting
            | Case::Contradicted
            | Case::Doubled
            | Case::Doubtful => None,
            Case::Whole | Case::Outside => Some("it names no task"),
        },
        Verb::Hold => match case {
            Case::Outside => Some("holding the agent would not mend it"),
            Case::Undone
            | Case::Abandoned
            | Case::Hanging
            | Case::Asking
            | Case::Waiting
            | Case::Contradicted
            | Case::Doubled
            | Case::Doubtful
            | Case::Whole => None,
        },
        Verb::Stop => (case != Case::Hanging).then_some("no run of it is known to go on"),
        Verb::Approve => (case != Case::Asking).then_some("no step of it waits for a yes"),
        Verb::Done => match case {
            Case::Undone | Case::Abandoned | Case::Contradicted => None,
            Case::Hanging => Some("its run still writes"),
            Case::Asking | Case::Waiting => {
                Some("it waits for you, and nothing shows that it is done")
            }
            Case::Doubled | Case::Doubtful => Some("the log calls it done already"),
            Case::Whole | Case::Outside => Some("it names no task"),
        },
        Verb::Acknowledge
        | Verb::Note
        | Verb::Release
        | Verb::Run
        | Verb::Snooze
        | Verb::Handoff
        | Verb::Undo => None,
    }
}

/// Why a verb does not apply to a finding; `None`: it does.
pub fn refused(finding: &Finding, verb: Verb) -> Option<&'static str> {
    let on_tasks = matches!(
        verb,
        Verb::Reclaim | Verb::Retry | Verb::Skip | Verb::Stop | Verb::Approve | Verb::Done
    );
    if finding.kind == FindingKind::Blind && verb == Verb::Note {
        return Some("nothing about an agent is known while rounds does not see");
    }
    why_not(case(finding.kind), verb)
        .or_else(|| (on_tasks && finding.task.is_none()).then_some("it names no task"))
}

/// The verbs that apply, in the order of the table.
pub fn operations(finding: &Finding) -> Vec<Verb> {
    let applies = |verb: &Verb| refused(finding, *verb).is_none();
    JUDGED.into_iter().filter(applies).collect()
}

/// The verbs that do not, each with its reason.
pub fn refusals(finding: &Finding) -> Vec<Refused> {
    let refused = |verb| refused(finding, verb).map(|why| Refused { verb, why });
    JUDGED.into_iter().filter_map(refused).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Blast, Severity};
    use crate::domain::time::Ts;

    fn found(kind: FindingKind, task: Option<&str>) -> Finding {
        Finding {
            kind,
            severity: Severity::Critical,
            agent: "a".into(),
            task: task.map(Into::into),
            since: Ts(0),
            blast: Blast::None,
            sentence: String::new(),
            threshold: None,
            evidence: Vec::new(),
            clears: String::new(),
        }
    }

    #[test]
    fn every_verb_applies_or_says_why_not() {
        for &kind in FindingKind::ALL {
            let found = found(kind, Some("t"));
            let (can, cannot) = (operations(&found), refusals(&found));
            assert_eq!(can.len() + cannot.len(), JUDGED.len(), "{kind:?}");
            assert!(
                can.contains(&Verb::Acknowledge),
                "{kind:?} can be acknowledged"
            );
        }
    }

    #[test]
    fn a_claim_is_taken_only_from_a_run_that_is_gone() {
        for &kind in FindingKind::ALL {
            let lost = matches!(
                kind,
                FindingKind::PhantomClaim | FindingKind::Orphaned | FindingKind::Silent
            );
            let can = operations(&found(kind, Some("t")));
            assert_eq!(can.contains(&Verb::Reclaim), lost, "{kind:?}");
            assert!(!(lost && can.contains(&Verb::Retry)), "{kind:?}");
        }
    }

    #[test]
    fn what_names_no_task_is_held_or_acknowledged() {
        let can = operations(&found(FindingKind::Failed, None));
        assert_eq!(can, [Verb::Hold, Verb::Acknowledge, Verb::Note]);
    }
}
