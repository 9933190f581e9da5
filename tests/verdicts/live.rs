//! What only stands now, through real files: processes that are gone, files that were rewritten while rounds looked on,
//! sleeps that were recorded.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};

use rounds::store::seen::{Seen, SeenLog};
use rounds::sys::{clock::Clock, process};
use serde_json::{Value, json};

use crate::domain::finding::FindingKind;
use crate::domain::time::{Day, Span, Ts, Zone};
use crate::folder::Folder;

fn now() -> Ts {
    Clock::System.now()
}

fn child() -> Child {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).spawn().expect("a process")
}

fn dead() -> u32 {
    let mut child = child();
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    child.id()
}

/// Agents on the day of half an hour ago.
fn fleet() -> Folder {
    Folder::new("UTC", Zone::UTC.day_of(now() - Span::mins(31)))
}

fn kinds(fleet: &Folder) -> BTreeSet<&'static str> {
    let cold = fleet.found_now();
    let warm = fleet.found_now();
    let words = |found: &[std::sync::Arc<crate::domain::finding::Finding>]| {
        found
            .iter()
            .map(|one| one.kind.word())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(words(&cold), words(&warm), "a second look says the same");
    words(&warm)
}

/// A claim half an hour old whose run wrote a minute later and never again.
fn claimed(who: &Value) -> Folder {
    let mut fleet = fleet();
    let at = now() - Span::mins(30);
    let mut claim =
        json!({"by": "social", "run": "rX", "at": fleet.stamp(at), "epoch": 1, "lease_s": 600});
    let more = who.as_object().cloned().unwrap_or_default();
    claim.as_object_mut().expect("an object").extend(more);
    let task = json!({"id": "digest", "due": fleet.stamp(at), "status": "running", "claim": claim, "tier": "read-only"});
    fleet.plan("social", 0, &json!({"tasks": [task]}));
    let line = json!({"run_id": "rX", "task": "digest"});
    fleet.beat("social", at + Span::MINUTE, "running", &line);
    fleet
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_gone_makes_an_orphan_of_a_silent_run() {
    let host = process::host();
    let mut living = child();
    let started = |at: Ts| Zone::UTC.rfc3339(at);
    let of = |pid: u32, at: Ts, host: &str| {
        claimed(&json!({"pid": pid, "pid_started": started(at), "host": host}))
    };
    for (fleet, expected, why) in [
        (of(living.id(), now(), &host), "silent", "its process lives"),
        (of(dead(), now(), &host), "orphaned", "its process is gone"),
        (
            of(std::process::id(), now() - Span::DAY, &host),
            "orphaned",
            "another has its number",
        ),
        (
            of(dead(), now(), "elsewhere"),
            "silent",
            "another machine is not asked",
        ),
        (
            claimed(&json!({"pid": dead(), "host": host})),
            "silent",
            "without its start it is nobody",
        ),
    ] {
        let found = kinds(&fleet);
        let states: Vec<_> = ["silent", "orphaned"]
            .into_iter()
            .filter(|kind| found.contains(kind))
            .collect();
        assert_eq!(states, [expected], "{why}");
    }
    living.kill().expect("it can be ended");
    living.wait().expect("it ends");
}

#[cfg(target_os = "linux")]
#[test]
fn a_lock_of_a_process_that_is_gone_is_orphaned() {
    let mut living = child();
    for (pid, expected) in [(living.id(), false), (dead(), true)] {
        let mut fleet = fleet();
        let at = now() - Span::mins(5);
        fleet.run("social", "watch", at, "ok", &json!({"did": ["x"]}));
        let held = json!({"holder": "social", "run_id": "rX", "acquired": fleet.stamp(at), "pid": pid,
            "pid_started": fleet.stamp(now()), "host": process::host()});
        fleet.write("social", "locks/linkedin.lock", &held.to_string());
        assert_eq!(kinds(&fleet).contains("lock"), expected);
    }
    living.kill().expect("it can be ended");
    living.wait().expect("it ends");
}

#[test]
fn a_lock_that_was_given_back_is_over() {
    let mut fleet = fleet();
    let at = now() - Span::mins(20);
    fleet.run("social", "watch", at, "ok", &json!({"did": ["x"]}));
    let held =
        json!({"holder": "social", "run_id": "rX", "acquired": fleet.stamp(at), "ttl_s": 60});
    fleet.write("social", "locks/linkedin.lock", &held.to_string());
    assert!(kinds(&fleet).contains("lock"), "it ran out");
    fs::remove_file(fleet.path("social/locks/linkedin.lock")).expect("it was there");
    assert!(!kinds(&fleet).contains("lock"), "it was given back");
}

#[test]
fn a_tracking_file_that_loses_an_entry_is_found_and_the_lost_version_is_kept() {
    let mut fleet = fleet();
    fleet.run(
        "social",
        "watch",
        now() - Span::mins(5),
        "ok",
        &json!({"did": ["x"]}),
    );
    let versions = [r#"["a"]"#, r#"["a","b"]"#, r#"["a","c"]"#];
    for (n, text) in versions.iter().enumerate() {
        fleet.write("social", "posted.json", text);
        let lost = kinds(&fleet).contains("lost_update");
        assert_eq!(lost, n == 2, "{text}");
    }
    let found = fleet.found_now();
    let lost = found.iter().find(|one| one.kind == FindingKind::LostUpdate);
    let lost = lost.expect("it stands");
    assert!(
        lost.sentence.contains("posted.json: b"),
        "{}",
        lost.sentence
    );
    let kept: Vec<String> = lost
        .evidence
        .iter()
        .filter_map(|proof| proof.text.exact().split_once("versions/"))
        .map(|(_, name)| {
            fs::read_to_string(fleet.state().join("versions").join(name)).expect("it is kept")
        })
        .collect();
    assert_eq!(kept, [versions[1], versions[2]], "both can be compared");
}

#[test]
fn a_mirror_that_is_made_anew_knows_the_plans_that_were_there() {
    let mut fleet = fleet();
    let at = now() - Span::mins(5);
    fleet.run("social", "watch", at, "ok", &json!({"did": ["x"]}));
    let due = fleet.stamp(now() + Span::mins(30));
    let made = fleet.stamp(now() - Span::HOUR);
    let plan = |digest: &str, post: &str| {
        let task = |id, status| json!({"id": id, "due": due, "status": status});
        json!({"generated": made, "tasks": [task("digest", digest), task("post", post)]})
    };
    let lost = |fleet: &Folder| {
        let found = fleet.found_now();
        let mut lost = found.into_iter();
        lost.find(|one| one.kind == FindingKind::LostUpdate)
            .map(|one| (one.since, one.sentence.clone(), one.evidence.clone()))
    };
    for (n, plan) in [
        plan("pending", "pending"),
        plan("done", "pending"),
        plan("pending", "done"),
    ]
    .iter()
    .enumerate()
    {
        fleet.write("social", "schedule.json", &plan.to_string());
        assert_eq!(lost(&fleet).is_some(), n == 2);
    }
    let before = lost(&fleet);
    for again in 1..3 {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(fleet.state().join(format!("mirror.db{suffix}")));
        }
        assert_eq!(lost(&fleet), before, "made anew {again} times");
    }
}

#[test]
fn a_tracking_file_that_is_tidied_up_loses_nothing() {
    let mut fleet = fleet();
    fleet.run(
        "social",
        "watch",
        now() - Span::mins(5),
        "ok",
        &json!({"did": ["x"]}),
    );
    // A window that slides, a list that is emptied, an entry that was put in by mistake.
    for text in [
        r#"["a"]"#,
        r#"["a","b"]"#,
        r#"["a","b","c"]"#,
        r#"["b","c"]"#,
        r#"["c","d"]"#,
        r#"["d","e","f"]"#,
        r#"["d","e"]"#,
        "[]",
        r#"["g"]"#,
    ] {
        fleet.write("social", "seen.json", text);
        assert!(!kinds(&fleet).contains("lost_update"), "{text}");
    }
}

#[test]
fn a_sleep_that_was_recorded_excuses_its_slots_and_is_told_once() {
    let day = Day::new(2026, 3, 18).expect("a day");
    let mut fleet = Folder::new("UTC", day);
    for agent in ["a", "b", "c"] {
        fleet.history(agent, &[("digest", "03:00", json!({"tier": "read-only"}))]);
        fleet.run(
            agent,
            "watch",
            fleet.at("08:00"),
            "ok",
            &json!({"did": ["x"]}),
        );
    }
    let at = fleet.at("08:30");
    let cold = tempfile::tempdir().expect("a state folder");
    let awake: Vec<_> = fleet.found(cold.path().to_owned(), at);
    assert!(
        awake
            .iter()
            .any(|one| one.kind == FindingKind::Missed || one.kind == FindingKind::SkippedSilently)
    );
    let slept = Seen::Gap {
        from: fleet.at("02:10"),
        to: fleet.at("07:55"),
        asleep: true,
    };
    SeenLog::in_state(cold.path())
        .append(&slept)
        .expect("it is written");
    let found = fleet.found(cold.path().to_owned(), at);
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.kind.word(), one.sentence.as_str()))
        .collect();
    assert_eq!(
        told,
        [("asleep", "asleep 02:10 to 07:55, 3 slots fell inside")]
    );
    assert_eq!(found[0].evidence.len(), 3);
}
