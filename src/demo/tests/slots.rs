//! What the plans owe is served, each slot once.

use super::*;

/// Runs by (task, slot), as (slots, distinct slots), on one day of the fleet's zone.
fn slots_of(agent: &str, day: Day) -> (usize, usize) {
    let until = kyiv().end_of(day) + Span::DAY;
    let spec = Spec {
        until,
        length: Length::Days(4),
        agents: 10,
        trouble: Trouble::None,
        ..spec()
    };
    let (dir, _) = written(&spec);
    let (lines, _) = beats(dir.path(), agent);
    let mut slots = Vec::new();
    for beat in lines.iter().filter(|beat| beat["status"] == "running") {
        let due = chrono::DateTime::parse_from_rfc3339(beat["due"].as_str().unwrap()).unwrap();
        if kyiv().day_of(Ts(due.timestamp_millis())) == day {
            slots.push((beat["task"].to_string(), due.timestamp_millis()));
        }
    }
    let all = slots.len();
    slots.sort();
    slots.dedup();
    (all, slots.len())
}

#[test]
fn days_of_the_clock_change_have_each_slot_once() {
    let (spring, autumn) = (
        Day::new(2026, 3, 29).unwrap(),
        Day::new(2026, 10, 25).unwrap(),
    );
    // Hourly and three daily tasks, and the four-hourly verify and one snapshot (02:30; the gap is 03:00 to 04:00).
    assert_eq!(slots_of("social", spring), (23 + 3, 23 + 3));
    assert_eq!(slots_of("social", autumn), (25 + 3, 25 + 3));
    assert_eq!(slots_of("codewatch", spring), (23 * 6 + 1, 23 * 6 + 1));
    assert_eq!(slots_of("codewatch", autumn), (25 * 6 + 1, 25 * 6 + 1));
    assert_eq!(slots_of("backup", spring), (5, 5));
    assert_eq!(
        slots_of("social", Day::new(2026, 3, 27).unwrap()),
        (24 + 3, 24 + 3)
    );
}

/// How many dated tasks of an agent's plans are due before the morning; each must have one end in the log.
fn dated_and_served(dir: &Path, agent: &str) -> usize {
    let (lines, _) = beats(dir, agent);
    let ended = |id: &Value, due: &str| {
        let served = |b: &&Value| b["task"] == *id && b["due"] == due && b["status"] != "running";
        lines.iter().filter(served).count()
    };
    let mut dated = 0;
    for (path, bytes) in files(&dir.join(agent)) {
        if !path.to_string_lossy().contains("schedule") {
            continue;
        }
        let plan: Value = serde_json::from_slice(&bytes).unwrap();
        for task in plan["tasks"].as_array().unwrap() {
            let Some(due) = task["due"].as_str().filter(|due| *due < "2026-03-28T06:45") else {
                continue;
            };
            assert_eq!(ended(&task["id"], due), 1, "{agent} {task}");
            assert!(
                task["status"] == "done" || task["status"] == "skipped",
                "{agent} {task}"
            );
            dated += 1;
        }
    }
    dated
}

/// What a plan owes by a moment is in the log: every dated task and every instant of a recurring one.
#[test]
fn a_healthy_fleet_owes_nothing() {
    let spec = Spec {
        trouble: Trouble::None,
        length: Length::Days(6),
        ..spec()
    };
    let (dir, _) = written(&spec);
    for agent in [
        "social",
        "codewatch",
        "drafter",
        "audit",
        "publisher",
        "outreach",
        "digest",
    ] {
        let dated = dated_and_served(dir.path(), agent);
        assert!(
            dated > 0 || ["social", "codewatch"].contains(&agent),
            "{agent}"
        );
    }
    let (lines, _) = beats(dir.path(), "codewatch");
    let of_friday = |b: &&Value| {
        b["due"].as_str().unwrap().starts_with("2026-03-27") && b["status"] != "running"
    };
    assert_eq!(lines.iter().filter(of_friday).count(), 24 * 6 + 1);
}

/// Two runs that change the same resource keep apart, except where a collision is planted.
#[test]
fn resources_are_shared_in_peace() {
    let spec = Spec {
        agents: 28,
        length: Length::Days(7),
        ..spec()
    };
    let (dir, summary) = written(&spec);
    let mut used: HashMap<String, Vec<(String, String, String)>> = HashMap::new();
    for agent in &summary.agents {
        let (lines, _) = beats(dir.path(), agent);
        for beat in lines
            .iter()
            .filter(|b| b["resource"].is_string() && b["status"] != "running")
        {
            let word = |name: &str| beat[name].as_str().unwrap().to_owned();
            used.entry(word("resource")).or_default().push((
                word("started"),
                word("ts"),
                word("task"),
            ));
        }
    }
    let mut overlaps = 0;
    for runs in used.values_mut() {
        runs.sort();
        for pair in runs.windows(2) {
            if pair[1].0 < pair[0].1 {
                assert!(
                    [&pair[0].2, &pair[1].2]
                        .iter()
                        .any(|task| task.contains("follow-speakers")),
                    "{pair:?}"
                );
                overlaps += 1;
            }
        }
    }
    assert!((1..=3).contains(&overlaps), "{overlaps}");
}
