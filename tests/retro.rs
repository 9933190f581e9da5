//! The week of a small fleet: equal to a count over its files, and what was kept of a day never outlives its grounds.

mod fleet;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

use fleet::Place;
use rounds::demo::{self, Spec};
use rounds::domain::page::{Page, Query, RunningDay};
use rounds::domain::retro::{Week, WeekFacts};
use rounds::domain::time::{Ts, Zone};
use rounds::keeper::{OneShot, RetroWord};
use rounds::sys::clock::Clock;

/// A Friday morning.
const UNTIL: Ts = Ts(1_774_595_400_000);

fn open(place: &Place) -> OneShot {
    let mut setup = place.setup();
    setup.clock = Clock::Fixed(UNTIL);
    OneShot::open(setup).expect("the fleet is mirrored")
}

fn ask(shot: &mut OneShot, week: Week) -> Arc<WeekFacts> {
    let query = Query::Week {
        week,
        at: UNTIL,
        running: RunningDay::Judged,
    };
    match shot.ask(query) {
        Page::Week(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn demo_fleet() -> Place {
    let place = Place::new();
    std::fs::remove_dir_all(place.agent()).expect("the empty folder goes");
    let spec = Spec::new(UNTIL, Zone::UTC);
    demo::write(&place.fleet(), &spec, |_| {}).expect("a fleet is written");
    place
}

fn last_week() -> Week {
    let this = Week::of(Zone::UTC.day_of(UNTIL), Zone::UTC);
    this.plus(-1, Zone::UTC)
}

/// Ok, and all that ended well or badly, line by line.
fn naive(place: &Place, week: Week) -> BTreeMap<String, (u32, u32)> {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let logs = ["*/heartbeat.jsonl", "*/heartbeat/*.jsonl"];
    let logs = logs.iter().flat_map(|pattern| {
        glob::glob(&place.fleet().join(pattern).to_string_lossy()).expect("a pattern")
    });
    for path in logs.flatten() {
        let text = String::from_utf8_lossy(&std::fs::read(path).expect("a log")).into_owned();
        for line in text.lines() {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let word = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            let at = chrono::DateTime::parse_from_rfc3339(&word("ts"));
            let within = |ms: i64| ms >= week.from.0 && ms < week.to.0;
            if !at.is_ok_and(|at| within(at.timestamp_millis())) {
                continue;
            }
            let known = counts.entry(word("agent")).or_default();
            match word("status").as_str() {
                "ok" => (known.0, known.1) = (known.0 + 1, known.1 + 1),
                "partial" | "failed" => known.1 += 1,
                _ => {}
            }
        }
    }
    counts
}

#[test]
fn success_is_what_counting_the_files_gives() {
    let place = demo_fleet();
    let week = last_week();
    let facts = ask(&mut open(&place), week);
    let mut compared = 0;
    for (name, (ok, all)) in naive(&place, week) {
        let one = facts.agents.iter().find(|one| one.agent.as_str() == name);
        let Some(one) = one else { continue };
        let runs = one.week.runs;
        assert_eq!(
            (runs.ok, runs.ok + runs.partial + runs.failed),
            (ok, all),
            "{name}"
        );
        compared += usize::from(all > 0);
    }
    assert!(compared >= 5, "{compared} agents compared");
}

/// An agent that owes the digest of a Wednesday: it ran before and after it.
fn owing() -> Place {
    let place = Place::new();
    let plan = place.agent().join("schedule");
    std::fs::create_dir_all(&plan).expect("the folder of plans");
    let text = r#"{"agent":"social","date":"2026-03-18","tz":"UTC","generated":"2026-03-17T23:00:00Z","tasks":[{"id":"digest","due":"2026-03-18T10:00:00Z"}]}"#;
    std::fs::write(plan.join("2026-03-18.json"), text).expect("a plan");
    let run = |day: u32, hour: u32| {
        format!(
            "{{\"ts\":\"2026-03-{day}T{hour:02}:01:00Z\",\"agent\":\"social\",\"task\":\"inbox\",\"status\":\"ok\",\"started\":\"2026-03-{day}T{hour:02}:00:00Z\"}}\n"
        )
    };
    let lines: String = (17..20)
        .flat_map(|day| [6, 8, 12, 14].map(|hour| run(day, hour)))
        .collect();
    std::fs::write(place.log(), lines).expect("a log");
    place
}

#[test]
fn what_was_kept_of_a_day_is_judged_again_when_a_late_line_comes() {
    let place = owing();
    let week = last_week();
    let first = ask(&mut open(&place), week);
    let again = ask(&mut open(&place), week);
    assert_eq!(first.agents, again.agents, "what was kept says the same");
    let kept = glob::glob(&place.state().join("**/reckoned/*").to_string_lossy());
    assert_eq!(kept.expect("a pattern").count(), 7);
    let missing = |facts: &WeekFacts| {
        let slots = facts.agents[0].reckoning.iter();
        slots
            .map(rounds::domain::retro::Reckoning::missing)
            .sum::<u32>()
    };
    assert_eq!(missing(&first), 1);
    let line = "{\"ts\":\"2026-03-18T10:03:00Z\",\"agent\":\"social\",\"task\":\"digest\",\"status\":\"ok\",\"started\":\"2026-03-18T10:01:00Z\"}\n";
    let mut log = OpenOptions::new()
        .append(true)
        .open(place.log())
        .expect("a log");
    log.write_all(line.as_bytes()).expect("a late line");
    let later = ask(&mut open(&place), week);
    assert_eq!(missing(&later), 0, "{:?}", later.agents[0].reckoning);
}

#[test]
fn a_gap_is_closed_with_a_reason_and_a_note_is_kept() {
    let place = demo_fleet();
    let mut shot = open(&place);
    let week = last_week();
    let word = |why: &str| RetroWord::Judge {
        gap: "gap/a/b/1".to_owned(),
        agent: "a".into(),
        verdict: rounds::domain::retro::VerdictKind::Closed,
        why: why.to_owned(),
    };
    assert!(shot.retro(word(" ")).is_err(), "a gap closes with a reason");
    assert!(shot.retro(word("the relay was down")).is_ok());
    let text = "- [ ] fewer agents".to_owned();
    let note = RetroWord::Note {
        week: week.name(),
        text: text.clone(),
    };
    assert!(shot.retro(note).is_ok());
    let said = ask(&mut shot, week).said.clone();
    let verdict = said.verdicts.get("gap/a/b/1").expect("a verdict");
    assert_eq!(verdict.why.exact(), "the relay was down");
    let note = said.notes.get(&week.name()).expect("the note");
    assert_eq!(note.exact(), text);
}

#[test]
fn a_flagged_gap_stays_in_the_queue_until_it_is_closed() {
    let place = owing();
    let slot = Ts(1_773_828_000_000);
    let word = |verdict| RetroWord::Judge {
        gap: rounds::domain::retro::gap_id(&"social".into(), &"digest".into(), slot),
        agent: "social".into(),
        verdict,
        why: "who made the plan?".to_owned(),
    };
    let flagged = |shot: &mut OneShot| {
        let fleet = shot.fleet(None).expect("a board");
        let told = fleet
            .told
            .iter()
            .filter(|told| told.finding.kind == rounds::domain::finding::FindingKind::Flagged);
        let told: Vec<String> = told.map(|told| told.finding.sentence.clone()).collect();
        told
    };
    let mut shot = open(&place);
    assert_eq!(flagged(&mut shot), [""; 0]);
    shot.retro(word(rounds::domain::retro::VerdictKind::Flagged))
        .expect("it is kept");
    let told = flagged(&mut shot);
    assert!(
        told.len() == 1 && told[0].ends_with("is unaccounted for, and flagged: who made the plan?"),
        "{told:?}"
    );
    drop(shot);
    let mut shot = open(&place);
    assert_eq!(flagged(&mut shot), told, "another rounds tells it, too");
    shot.retro(word(rounds::domain::retro::VerdictKind::Closed))
        .expect("it is kept");
    assert_eq!(flagged(&mut shot), [""; 0]);
}
