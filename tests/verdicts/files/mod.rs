//! Labelled fleets through the whole way: written as files, mirrored, and judged as of a moment just before and just after
//! each limit. Every label names the kind, the severity, the agent, the task and the moment since when.

mod amounts;
mod claims;
mod documents;
mod ordinary;
mod reports;
mod slots;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::domain::time::{Day, Span, Ts};
use crate::folder::{Folder, merged};
use crate::is_large;
use crate::made::Rng;

/// A fleet, and what stands at which moment.
pub struct Case {
    pub fleet: Folder,
    pub moments: Vec<(Ts, Vec<String>)>,
}

pub type Maker = fn(Folder) -> Case;

const ZONES: &[&str] = &["UTC", "Europe/Kyiv", "America/New_York", "Asia/Kolkata"];

pub const CASES: &[(&str, Maker)] = &[
    ("a slot that nobody served", slots::missed),
    ("a slot passed over", slots::passed_over),
    ("a weekly rule", slots::weekly),
    ("an agent that writes at its end", slots::at_its_end),
    ("an agent that names no task", slots::nameless),
    ("a failure", reports::failure),
    ("failures in a row", reports::failures),
    ("skips in a row", reports::skips),
    ("a skip without a word", reports::wordless),
    ("done without proof", reports::unproven),
    ("a phantom", claims::phantom),
    ("an orphan", claims::orphan),
    ("a run that only says it lives", claims::stuck),
    ("a zombie", claims::zombie),
    ("plan against log", claims::drift),
    ("one task, two claims", claims::two_claims),
    ("a claim that moved", claims::moved),
    ("a question", reports::question),
    ("a question of an outbox", documents::outbox),
    ("done by a tracking file", reports::tracked),
    ("a lock that is waited for", documents::waited_for),
    ("one lock, two holders", documents::locked_twice),
    ("a yes that is waited for", reports::approval),
    ("asked for after a failure", claims::asked_for),
    ("a review", claims::review),
    ("an input that was there", slots::dependency),
    ("a run without an end", reports::endless),
    ("a step left open", reports::open_step),
    ("fewer than usual", amounts::shrink),
    ("fewer than promised", amounts::floor),
    ("nothing at all", amounts::empty),
    ("the same few targets", amounts::targets),
    ("sent twice", reports::twice),
    ("two on one resource", amounts::collision),
    ("more than the limit", amounts::capacity),
    ("no plan for today", documents::no_plan),
    ("nothing learned", documents::learned),
    ("a damaged line", documents::damaged),
    ("a lock past its time", documents::lock),
    ("many fall silent at once", slots::outage),
    ("a flag", claims::flag),
    ("status by hindsight", slots::hindsight),
    ("a plan newer than its log", slots::unpacked),
    ("ordinary days", ordinary::ordinary),
];

fn read_only() -> Value {
    json!({"tier": "read-only"})
}

fn with(more: Value) -> Value {
    merged(read_only(), &more)
}

/// An agent with one daily task at 10:00 that it kept for six days; today's plan says `more` of it.
fn daily(fleet: &mut Folder, more: &Value) -> Ts {
    fleet.history("social", &[("digest", "10:00", read_only())]);
    let slot = fleet.at("10:00");
    let task = merged(
        json!({"id": "digest", "due": fleet.stamp(slot)}),
        &with(more.clone()),
    );
    fleet.plan("social", 0, &json!({"tasks": [task]}));
    slot
}

fn told(what: &str, since: Ts) -> String {
    format!("{what} {}", since.rfc3339())
}

/// Nothing until the limit, and this right after it.
fn after(fleet: Folder, limit: Ts, what: &str, since: Ts) -> Case {
    let label = told(what, since);
    Case {
        moments: vec![(limit, vec![]), (limit + Span::SECOND, vec![label])],
        fleet,
    }
}

/// Nothing a second before the moment, and this from then on.
fn upon(fleet: Folder, moment: Ts, what: &str, since: Ts) -> Case {
    after(fleet, moment - Span::SECOND, what, since)
}

#[test]
fn labelled_fleets_are_judged_as_labelled_through_their_files() {
    let rounds = if is_large() { 60 } else { 1 };
    let next = AtomicU64::new(0);
    let (judged, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let round = next.fetch_add(1, Ordering::Relaxed);
            if round >= rounds {
                break;
            }
            let (all, bad) = one_round(&mut Rng(23 + round));
            judged.fetch_add(all, Ordering::Relaxed);
            wrong.fetch_add(bad, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let (judged, wrong) = (judged.into_inner(), wrong.into_inner());
    println!(
        "labelled fleets through files: {judged} judgements, {wrong} wrong (seeds 23 to {})",
        22 + rounds
    );
    assert_eq!(wrong, 0, "judged otherwise than labelled");
}

/// Every case once, in some zone on some day: how many judgements, and how many of them wrong.
fn one_round(rng: &mut Rng) -> (usize, usize) {
    let (mut judged, mut wrong) = (0, 0);
    for (name, make) in CASES {
        // Wednesdays that no clock change touches, and Sundays that one does are told apart elsewhere.
        let day = Day::new(2026, 3, 18).expect("a day");
        let day = day.plus(-7 * rng.within(0, 9));
        let zone = rng.pick(ZONES);
        let case = make(Folder::new(zone, day));
        for (at, labels) in &case.moments {
            judged += 1;
            let labels: BTreeSet<String> = labels.iter().cloned().collect();
            let found = case.fleet.judged(*at);
            if !case.fleet.has_status() {
                let then = case.fleet.judged_then(*at);
                assert_eq!(found, then, "{name}: what came later changes nothing");
            }
            if found != labels {
                wrong += 1;
                println!("  {name} at {} ({zone}, {day})", at.rfc3339());
                println!("    labelled {labels:?}\n    found    {found:?}");
            }
        }
    }
    (judged, wrong)
}
