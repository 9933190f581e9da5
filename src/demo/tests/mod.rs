mod live;
mod slots;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::domain::time::Day;

/// Saturday 2026-03-28 07:10 in Kyiv, a night before the clocks go forward.
const MORNING: Ts = Ts(1_774_674_600_000);

fn kyiv() -> Zone {
    Zone::parse("Europe/Kyiv").unwrap()
}

fn spec() -> Spec {
    Spec::new(MORNING, kyiv())
}

fn written(spec: &Spec) -> (TempDir, Summary) {
    let dir = TempDir::new().unwrap();
    let summary = write(dir.path(), spec, |_| {}).unwrap();
    (dir, summary)
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_owned();
                // A fleet that lives gives locks back meanwhile.
                if let Ok(bytes) = fs::read(&path) {
                    found.insert(name, bytes);
                }
            }
        }
    }
    found
}

fn is_heartbeat(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("heartbeat") && text.contains(".jsonl")
}

/// Every heartbeat of an agent that is valid JSON, and how many lines are not.
fn beats(dir: &Path, agent: &str) -> (Vec<Value>, usize) {
    let mut good = Vec::new();
    let mut bad = 0;
    for (path, bytes) in files(&dir.join(agent)) {
        if is_heartbeat(&path) {
            for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                match serde_json::from_slice(line) {
                    Ok(value) => good.push(value),
                    Err(_) => bad += 1,
                }
            }
        }
    }
    (good, bad)
}

fn plan(dir: &Path, path: &str) -> Value {
    serde_json::from_slice(&fs::read(dir.join(path)).unwrap()).unwrap()
}

fn task<'a>(plan: &'a Value, id: &str) -> &'a Value {
    let tasks = plan["tasks"].as_array().unwrap();
    tasks.iter().find(|task| task["id"] == id).unwrap()
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let spec = Spec {
        length: Length::Days(5),
        ..spec()
    };
    let ((a, first), (b, second)) = (written(&spec), written(&spec));
    assert_eq!(first, second);
    assert_eq!(files(a.path()), files(b.path()));
    let (c, _) = written(&Spec { seed: 8, ..spec });
    assert_ne!(files(a.path()), files(c.path()));
}

#[test]
fn a_first_look_is_fourteen_agents_and_few_lines() {
    let (dir, summary) = written(&spec());
    assert_eq!(summary.agents.len(), 14);
    assert!(
        summary.lines > 5_000 && summary.lines < 70_000,
        "{}",
        summary.lines
    );
    let on_disk: usize = files(dir.path()).values().map(Vec::len).sum();
    assert_eq!(on_disk as u64, summary.bytes);
    assert_eq!(files(dir.path()).len(), summary.files);
}

#[test]
fn beats_are_exactly_as_many_as_asked_for() {
    for (agents, beats) in [(50, 20_011), (14, 40_000), (3, 17), (1, 1), (20, 0)] {
        let spec = Spec {
            agents,
            length: Length::Beats(beats),
            ..spec()
        };
        let (dir, summary) = written(&spec);
        let mut lines = 0;
        for (path, text) in files(dir.path()) {
            if is_heartbeat(&path) {
                lines += memchr::memchr_iter(b'\n', &text).count() as u64;
            }
        }
        assert_eq!((lines, summary.lines), (beats, beats), "{agents} agents");
    }
}

/// The stress size is 437 bytes a line; twenty thousand lines an agent are its density.
#[test]
fn a_dense_line_is_about_437_bytes_long() {
    let spec = Spec {
        agents: 14,
        length: Length::Beats(140_000),
        ..spec()
    };
    let (mut lines, mut bytes) = (0, 0);
    let late = Events::from(Arc::new(world::World::new(spec)), MORNING - Span::days(3));
    for (_, _, event) in late.take_while(|(at, ..)| *at <= MORNING) {
        if let Event::Append {
            log: Log::Heartbeat,
            bytes: text,
        } = event
        {
            lines += 1;
            bytes += text.len();
        }
    }
    assert!(
        (400..460).contains(&(bytes / lines)),
        "{} bytes a line",
        bytes / lines
    );
}

#[test]
fn every_line_outside_the_planted_damage_is_a_heartbeat_of_the_contract() {
    let (dir, summary) = written(&spec());
    let statuses = [
        "running",
        "ok",
        "partial",
        "skipped",
        "failed",
        "needs_human",
    ];
    for agent in &summary.agents {
        let (good, bad) = beats(dir.path(), agent);
        let torn = summary
            .incidents
            .iter()
            .filter(|i| i.kind == "damaged_file" && i.agent == *agent);
        assert_eq!(bad, torn.count(), "{agent}");
        assert!(!good.is_empty());
        for beat in good {
            assert_eq!(beat["agent"], agent.as_str());
            assert!(statuses.contains(&beat["status"].as_str().unwrap()));
            let at = chrono::DateTime::parse_from_rfc3339(beat["ts"].as_str().unwrap()).unwrap();
            let at = Ts(at.timestamp_millis());
            assert!(at.0 >= summary.from.0 - 1_000 && at <= MORNING);
            assert!(beat["run_id"].as_str().unwrap().len() == 11);
        }
    }
}

#[test]
fn plans_and_wal_parse_and_ids_are_unique() {
    let (dir, _) = written(&Spec {
        agents: 28,
        ..spec()
    });
    let mut plans = 0;
    for (path, bytes) in files(dir.path()) {
        let text = path.to_string_lossy();
        if text.contains("schedule") {
            let plan: Value = serde_json::from_slice(&bytes).unwrap();
            let tasks = plan["tasks"].as_array().unwrap();
            let mut ids: Vec<&str> = tasks.iter().map(|t| t["id"].as_str().unwrap()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), tasks.len(), "{text}");
            assert!(plan["generated"].is_string() && plan["tz"].is_string());
            plans += 1;
        }
        if text.contains("wal.jsonl") {
            for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                let step: Value = serde_json::from_slice(line).unwrap();
                assert!(step["key"].is_string() && step["status"].is_string());
            }
        }
    }
    assert!(plans > 100, "{plans}");
}

#[test]
fn the_board_is_the_same_morning_at_any_time_of_day() {
    for minutes in (0..24 * 60).step_by(217) {
        let until = MORNING + Span::mins(minutes);
        let spec = Spec {
            until,
            length: Length::Days(6),
            ..spec()
        };
        let (_, summary) = written(&spec);
        let mut open: Vec<(&str, &str)> = summary
            .incidents
            .iter()
            .filter(|i| i.open)
            .map(|i| (i.agent.as_str(), i.kind))
            .collect();
        open.sort_unstable();
        let expected = [
            ("audit", "late"),
            ("drafter", "skipped_silently"),
            ("invoices", "paused"),
            ("mail-bot", "lock"),
            ("mail-bot", "orphaned"),
            ("outreach", "over_capacity"),
            ("outreach", "plan_lint"),
            ("outreach", "skip_streak"),
            ("outreach", "unproven_done"),
            ("outreach", "unproven_done"),
            ("publisher", "duplicate_action"),
            ("publisher", "failure_streak"),
            ("publisher", "phantom_claim"),
            ("publisher", "wal_incomplete"),
            ("translator", "quiet_shrink"),
            ("translator", "stale_insights"),
        ];
        assert_eq!(open, expected, "until {}", kyiv().rfc3339(until));
    }
}

#[test]
fn what_stands_on_the_board_is_in_the_files() {
    let (dir, _) = written(&spec());
    let dir = dir.path();
    let today = "schedule/2026-03-28.json";
    let drafter = plan(dir, &format!("drafter/{today}"));
    assert_eq!(task(&drafter, "digest")["due"], "2026-03-28T06:15:00+02:00");
    let (lines, _) = beats(dir, "drafter");
    let since = |beat: &&Value| beat["ts"].as_str().unwrap() > "2026-03-28T06:15";
    assert!(
        !lines
            .iter()
            .filter(since)
            .any(|beat| beat["task"] == "digest")
    );
    assert!(
        lines
            .iter()
            .filter(since)
            .any(|beat| beat["status"] == "ok")
    );

    let publisher = plan(dir, &format!("publisher/{today}"));
    assert_eq!(task(&publisher, "crosspost")["status"], "claimed");
    let (lines, _) = beats(dir, "publisher");
    let refused = lines
        .iter()
        .filter(|b| b["task"] == "publish-article" && b["status"] == "failed");
    assert_eq!(
        refused
            .filter(|b| b["failed"][0]["why"] == "HTTP 429")
            .count(),
        3
    );
    assert!(!lines.iter().any(|beat| beat["task"] == "crosspost"));

    let outreach = plan(dir, &format!("outreach/{today}"));
    assert!(outreach["tasks"].as_array().unwrap().len() >= 12);
    assert_eq!(outreach["limits"]["tasks"], 8);
    let (lines, _) = beats(dir, "outreach");
    let claims = |b: &&Value| b["skipped"].as_array().is_some_and(|s| s.len() == 41);
    assert_eq!(lines.iter().filter(claims).count(), 1);

    let audit = plan(dir, &format!("audit/{today}"));
    assert_eq!(task(&audit, "links")["status"], "pending");
    assert!(dir.join("mail-bot/locks/mailbox.lock").exists());
    let mail = plan(dir, &format!("mail-bot/{today}"));
    assert_eq!(task(&mail, "inbox-late")["status"], "running");
    let (lines, _) = beats(dir, "mail-bot");
    assert_eq!(lines.last().unwrap()["ts"], "2026-03-28T03:57:33+02:00");
}

#[test]
fn one_key_of_the_newsletter_is_done_by_two_runs() {
    let (dir, _) = written(&spec());
    let wal = fs::read_to_string(dir.path().join("publisher/wal.jsonl")).unwrap();
    let mut runs: HashMap<String, Vec<String>> = HashMap::new();
    let (mut open, mut last) = (0, String::new());
    for line in wal.lines() {
        let step: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| step[name].as_str().unwrap().to_owned();
        if word("status") == "done" {
            runs.entry(word("key")).or_default().push(word("run_id"));
        }
        if word("task") == "publish-article" && word("status") == "intended" {
            (open, last) = (open + 1, word("step"));
        }
    }
    let twice: Vec<_> = runs.iter().filter(|(_, runs)| runs.len() > 1).collect();
    assert_eq!(twice.len(), 7);
    assert!(
        twice
            .iter()
            .all(|(key, runs)| key.starts_with("newsletter-") && runs[0] != runs[1])
    );
    assert_eq!(
        (open, last.as_str()),
        (7, "s5"),
        "two refused first steps, then five"
    );
}

#[test]
fn everything_adds_damage_that_stands() {
    let (dir, summary) = written(&Spec {
        trouble: Trouble::Everything,
        ..spec()
    });
    let plan = fs::read(dir.path().join("social/schedule.json")).unwrap();
    assert!(serde_json::from_slice::<Value>(&plan).is_err());
    for (kind, agent) in [
        ("needs_human", "support"),
        ("damaged_file", "trends"),
        ("clock", "translator"),
        ("unfinished_run", "codewatch"),
    ] {
        assert!(
            summary
                .incidents
                .iter()
                .any(|i| i.open && i.kind == kind && i.agent == agent),
            "{kind}"
        );
    }
    let (lines, _) = beats(dir.path(), "translator");
    assert!(
        lines
            .iter()
            .any(|beat| beat["ts"].as_str().unwrap().starts_with("2025-"))
    );
    assert_eq!(beats(dir.path(), "trends").1, 1);
}

#[test]
fn a_fleet_without_trouble_has_none() {
    let (dir, summary) = written(&Spec {
        trouble: Trouble::None,
        ..spec()
    });
    assert_eq!(summary.incidents, []);
    for agent in &summary.agents {
        assert_eq!(beats(dir.path(), agent).1, 0, "{agent}");
    }
}

#[test]
fn a_folder_that_holds_agents_is_refused() {
    let (dir, _) = written(&Spec {
        length: Length::Days(1),
        ..spec()
    });
    let error = write(dir.path(), &spec(), |_| {}).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
}

#[test]
fn names_beyond_fourteen_follow_a_scheme() {
    assert_eq!(agent_name(0), "social");
    assert_eq!(agent_name(14), "social-2");
    assert_eq!(agent_name(29), "codewatch-3");
    let (_, summary) = written(&Spec {
        agents: 50,
        length: Length::Days(1),
        ..spec()
    });
    let expected: Vec<String> = (0..50).map(agent_name).collect();
    assert_eq!(summary.agents, expected);
}
