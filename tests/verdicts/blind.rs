//! Blindness: whoever cannot be seen is grey within ten seconds, whatever its plan and its log would make of it otherwise.
//! The clock is a parameter of the verdict, so that nobody waits.

use std::sync::Arc;

use crate::detect::{Judged, judge_fleet};
use crate::domain::agent::AgentState;
use crate::domain::facts::{FileRole, FileState};
use crate::domain::finding::{FindingKind, Severity};
use crate::domain::fleet::{Fleet, Health, RowState};
use crate::domain::time::{Span, Ts};
use crate::is_large;
use crate::labels::LABELS;
use crate::made::Rng;
use crate::scenario::Scenario;

/// The promise.
const WITHIN: Span = Span::secs(10);

/// Why nothing is seen any more.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// Whoever looks has stopped: a dead watcher, a file system that hangs.
    NoLook,
    /// The same since the machine woke.
    NoLookSinceWake,
    /// A log or a plan that the next look could not open.
    Refused(FileRole),
}

const CAUSES: [Cause; 4] = [
    Cause::NoLook,
    Cause::NoLookSinceWake,
    Cause::Refused(FileRole::Log),
    Cause::Refused(FileRole::Plan),
];

fn fleet(history: &Scenario, judged: Judged) -> Fleet {
    let (sight, now) = (&history.sight, history.now);
    let one = vec![Arc::new(judged)];
    judge_fleet(one, sight, now, &history.policy, Health::default(), now)
}

/// Takes the sight at a moment. What comes back is the last moment at which it may still be thought to see.
fn darken(history: &mut Scenario, cause: Cause, at: Ts, rng: &mut Rng) -> Ts {
    // A sweep comes at least this often where the promise holds.
    history.sight.period = Span(rng.within(500, 3_300));
    match cause {
        Cause::NoLook => {
            history.sight.last_look = at;
            at + WITHIN
        }
        Cause::NoLookSinceWake => {
            history.sight.last_look = at - Span::mins(rng.within(1, 600));
            history.sight.woke = Some(at);
            at + WITHIN
        }
        Cause::Refused(role) => {
            let mut files = history.facts.files.iter_mut();
            let file = files.find(|file| file.role == role);
            file.expect("each has one of each").state = FileState::Unreadable {
                since: at,
                what: "no permission".to_owned(),
            };
            at - Span(1)
        }
    }
}

/// Everything that is shown says so, and nothing is claimed beside it.
fn is_grey(history: &Scenario, judged: Judged, cause: Cause) -> Result<(), String> {
    let view = Arc::clone(&judged.view);
    let fleet = fleet(history, judged);
    if view.state != AgentState::Blind || view.row != RowState::Blind {
        return Err(format!("{:?}, shown as {:?}", view.state, view.row));
    }
    let told = |found: &FindingKind| fleet.findings.iter().any(|one| one.kind == *found);
    let critical = fleet
        .findings
        .iter()
        .any(|one| one.severity == Severity::Critical);
    let names_it = match cause {
        Cause::NoLook | Cause::NoLookSinceWake => told(&FindingKind::Blind),
        Cause::Refused(_) => told(&FindingKind::Unreadable) || told(&FindingKind::Blind),
    };
    if !names_it || !critical && matches!(cause, Cause::NoLook | Cause::NoLookSinceWake) {
        return Err("no finding says so".to_owned());
    }
    let claims = [
        FindingKind::AgentStale,
        FindingKind::AgentDown,
        FindingKind::AgentLate,
    ];
    match claims.iter().find(|kind| told(kind)) {
        Some(kind) => Err(format!("it is called {}", kind.word())),
        None => Ok(()),
    }
}

#[test]
fn whoever_cannot_be_seen_is_grey_within_ten_seconds() {
    let cases = if is_large() { 10_000 } else { 500 };
    let mut rng = Rng(5);
    let (mut grey, mut wrong) = (0, Vec::new());
    for n in 0..cases {
        // Histories of every kind of trouble, at the moment at which it stands.
        let mut label = LABELS[n % LABELS.len()](&mut rng);
        let cause = CAUSES[n / LABELS.len() % CAUSES.len()];
        let history = &mut label.history;
        history.sight.woke = None;
        let last = darken(history, cause, label.after, &mut rng);
        history.now = last;
        if matches!(cause, Cause::NoLook | Cause::NoLookSinceWake) {
            let early = history.judge().view.state == AgentState::Blind;
            assert!(!early, "case {n}, {cause:?}: blind before the limit");
        }
        history.now = last + Span(1);
        match is_grey(history, history.judge(), cause) {
            Ok(()) => grey += 1,
            Err(why) => wrong.push(format!("case {n}, {cause:?}: {why}")),
        }
    }
    println!("blind within 10 s: grey in {grey} of {cases} (seed 5)");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
