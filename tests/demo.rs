//! The simulated fleet misbehaves in every way the rules name: what was made to go wrong is found, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rounds::config::Config;
use rounds::demo::{self, Incident, Spec};
use rounds::domain::facts::{FileFacts, FileState};
use rounds::domain::finding::{Finding, FindingKind, Severity};
use rounds::domain::fleet::Fleet;
use rounds::domain::time::{Span, Ts, Zone};
use rounds::keeper::{self, OneShot, Order, Setup};
use rounds::reader::Page;
use rounds::sys::clock::Clock;
use tokio::runtime::{self, Runtime};

/// Saturday 2026-03-28, 07:10 in Kyiv.
const MORNING: Ts = Ts(1_774_674_600_000);

/// Long enough for a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Kinds that no file of an agent shows by itself, each with the reason.
const NOT_IN_FILES: &[(FindingKind, &str)] = &[
    (
        FindingKind::Asleep,
        "the machine sleeps, not the fleet: only a room that slept with it records that",
    ),
    (
        FindingKind::Blind,
        "rounds itself cannot see: a log that nobody may open would be a demo that shows nothing",
    ),
];

fn spec() -> Spec {
    Spec::new(MORNING, Zone::parse("Europe/Kyiv").expect("a zone"))
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn fleet(&self) -> PathBuf {
        self.0.path().join("fleet")
    }

    fn setup(&self, now: Ts) -> Setup {
        Setup {
            config: Config::default_for(spec().zone),
            roots: vec![self.fleet()],
            state_dir: self.0.path().join("state"),
            clock: Clock::Fixed(now),
            read_only: false,
        }
    }

    fn open(&self, now: Ts) -> OneShot {
        OneShot::open(self.setup(now)).expect("rounds starts")
    }
}

fn past(rounds: &mut OneShot, at: Ts) -> Vec<Arc<Finding>> {
    match rounds.past(at, None) {
        Page::Past(fleet) => fleet.findings.clone(),
        other => panic!("{other:?}"),
    }
}

/// How long after it began a case is looked for: a line later, within a lease, within the longest patience there is.
fn moments(since: Ts) -> Vec<Ts> {
    let minutes = [1, 10, 45, 75, 130, 200, 300, 540, 1_200, 14 * 24 * 60 + 120];
    minutes.map(|after| since + Span::mins(after)).to_vec()
}

fn kind(incident: &Incident) -> Option<FindingKind> {
    FindingKind::parse(incident.kind)
}

/// A case of this kind at this agent, or at nobody in particular where many agents make one.
fn tells(found: &Finding, incident: &Incident) -> bool {
    let of_many = matches!(
        found.kind,
        FindingKind::Outage
            | FindingKind::FailureStreak
            | FindingKind::Collision
            | FindingKind::DoubleClaim
    );
    let same = found.agent.as_str() == incident.agent;
    kind(incident) == Some(found.kind) && (same || of_many)
}

#[test]
fn what_was_made_to_go_wrong_is_found() {
    let place = Place::new();
    let summary = demo::write(&place.fleet(), &spec(), |_| {}).expect("written");
    let mut rounds = place.open(MORNING);
    let mut judged: BTreeMap<Ts, Vec<Arc<Finding>>> = BTreeMap::new();
    let (mut shown, mut silent) = (BTreeSet::new(), Vec::new());
    for incident in &summary.incidents {
        let Some(kind) = kind(incident) else { continue };
        let mut moments = moments(incident.since);
        if incident.open {
            moments.insert(0, MORNING);
        }
        let found = moments.into_iter().filter(|at| *at <= MORNING).any(|at| {
            let board = judged.entry(at).or_insert_with(|| past(&mut rounds, at));
            board.iter().any(|found| tells(found, incident))
        });
        if found {
            shown.insert(kind);
        } else {
            silent.push(format!("{} {}", incident.agent, incident.kind));
        }
    }
    assert_eq!(silent, Vec::<String>::new(), "planted, and not found");
    shown.extend(live(&place));
    let closed: BTreeSet<FindingKind> = NOT_IN_FILES.iter().map(|(kind, _)| *kind).collect();
    assert!(
        NOT_IN_FILES.iter().all(|(_, why)| !why.is_empty()),
        "each has its reason"
    );
    let missing: Vec<&str> = FindingKind::ALL
        .iter()
        .filter(|kind| !shown.contains(kind) && !closed.contains(kind))
        .map(|kind| kind.word())
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "no agent of the demo shows it");
    let also: Vec<_> = closed.intersection(&shown).collect();
    assert!(also.is_empty(), "shown after all: {also:?}");
}

/// The first two hours of the fleet that goes on, seen every two minutes by a room that stays open.
fn live(place: &Place) -> BTreeSet<FindingKind> {
    static NOW: AtomicI64 = AtomicI64::new(MORNING.0);
    let setup = Setup {
        clock: Clock::Moved(&NOW),
        ..place.setup(MORNING)
    };
    let mut running = keeper::start(setup).expect("the room opens");
    let runtime = runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let (mut shown, mut incidents) = (BTreeSet::new(), Vec::<Incident>::new());
    for minutes in (0..=126).step_by(2) {
        let (last, now) = (
            MORNING + Span::mins(minutes - 2),
            MORNING + Span::mins(minutes),
        );
        NOW.store(now.0, Ordering::Relaxed);
        if minutes > 0 {
            incidents.extend(demo::play(&place.fleet(), &spec(), last, now).expect("it goes on"));
        }
        // What stood still for two minutes was blind; with the next look it sees again.
        look(&mut running, &runtime, now);
        NOW.store(now.0 + 1_000, Ordering::Relaxed);
        let board = look(&mut running, &runtime, now + Span::SECOND);
        if incidents.iter().any(|one| one.kind == "damaged_file") {
            // A plan that is written anew is given two real seconds to be whole.
            runtime.block_on(torn(&mut running));
        }
        shown.extend(board.findings.iter().map(|found| found.kind));
        incidents.retain(|incident: &Incident| {
            let found = board.findings.iter().any(|found| tells(found, incident));
            kind(incident).is_some() && !found
        });
    }
    let silent: Vec<String> = incidents
        .iter()
        .map(|one| format!("{} {}", one.agent, one.kind))
        .collect();
    assert_eq!(silent, Vec::<String>::new(), "happened, and not found");
    shown
}

/// The first board on which a file does not parse.
async fn torn(running: &mut keeper::Running) {
    let is_torn = |file: &FileFacts| matches!(file.state, FileState::Torn { .. });
    let whole = |fleet: &Arc<Fleet>| fleet.agents.iter().any(|one| one.files.iter().any(is_torn));
    let seen = tokio::time::timeout(LIMIT, running.fleet.wait_for(whole)).await;
    seen.expect("in time").expect("the keeper lives");
}

/// The board after everything was looked at again.
fn look(running: &mut keeper::Running, runtime: &Runtime, now: Ts) -> Arc<Fleet> {
    running.orders.send(Order::Rescan).expect("room for it");
    let whole = |fleet: &Arc<Fleet>| fleet.at >= now && fleet.health.filling.is_none();
    runtime.block_on(async {
        running.replies.recv().await.expect("the keeper lives");
        let seen = tokio::time::timeout(LIMIT, running.fleet.wait_for(whole)).await;
        Arc::clone(&seen.expect("in time").expect("the keeper lives"))
    })
}

/// What follows from a case of another kind: the slots of a time in which nobody ran, the end of what went wrong.
fn follows(found: &Finding, incident: &Incident) -> bool {
    use FindingKind as Kind;
    let follows: &[Kind] = match kind(incident) {
        Some(Kind::Outage) => &[Kind::SkippedSilently, Kind::Missed, Kind::AgentDown],
        Some(Kind::Silent) => &[Kind::Orphaned],
        Some(Kind::Orphaned) => &[Kind::WalIncomplete],
        Some(Kind::DamagedFile) => &[Kind::UnfinishedRun],
        _ => &[],
    };
    follows.contains(&found.kind)
}

/// Every seven hours of four weeks: who has a finding has a case of that kind, or one that it follows from; a mishap of every
/// week is a failed run.
#[test]
fn who_was_left_alone_stays_silent() {
    let place = Place::new();
    let summary = demo::write(&place.fleet(), &spec(), |_| {}).expect("written");
    let mut rounds = place.open(MORNING);
    let mut strangers = BTreeSet::new();
    for back in 0..96 {
        let at = MORNING - Span::hours(7 * back);
        for found in past(&mut rounds, at) {
            let mut cases = summary.incidents.iter();
            let expected = cases.any(|case| tells(&found, case) || follows(&found, case));
            let mishap = found.kind == FindingKind::Failed;
            if !expected && !mishap && found.severity > Severity::Info {
                strangers.insert(format!("{} {}", found.agent, found.sentence));
            }
        }
    }
    assert_eq!(strangers, BTreeSet::new());
}
