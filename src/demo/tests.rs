use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

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
                found.insert(name, fs::read(&path).unwrap());
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
    let begun = Instant::now();
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
    eprintln!(
        "{} lines, {} bytes, {} files in {:?}",
        summary.lines,
        summary.bytes,
        summary.files,
        begun.elapsed()
    );
}

#[test]
fn beats_are_exactly_as_many_as_asked_for_and_about_437_bytes_long() {
    for (agents, beats) in [(50, 20_011), (14, 40_000), (3, 17), (1, 1), (20, 0)] {
        let spec = Spec {
            agents,
            length: Length::Beats(beats),
            ..spec()
        };
        let begun = Instant::now();
        let (dir, summary) = written(&spec);
        let (mut lines, mut bytes) = (0, 0);
        for (path, text) in files(dir.path()) {
            if is_heartbeat(&path) {
                lines += text.iter().filter(|b| **b == b'\n').count() as u64;
                bytes += text.len() as u64;
            }
        }
        assert_eq!((lines, summary.lines), (beats, beats), "{agents} agents");
        if beats > 10_000 {
            let mean = bytes / lines;
            eprintln!("{agents} {beats}: mean {mean} {:?}", begun.elapsed());
            assert!((425..450).contains(&mean), "{mean} bytes a line");
        }
    }
}
