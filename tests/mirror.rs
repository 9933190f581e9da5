//! The mirror against real files: what is appended, rotated, truncated and rewritten shows exactly once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rounds::config::Config;
use rounds::domain::time::Zone;
use rounds::keeper::{OneShot, Setup};
use rounds::reader::{Anchor, LogFilter, LogKind, LogRow, Page, Query};
use rounds::sys::clock::Clock;

struct Fleet {
    dir: tempfile::TempDir,
}

impl Fleet {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(dir.path().join("fleet/social")).expect("the agent's folder");
        Self { dir }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("fleet/social/heartbeat.jsonl")
    }

    #[expect(
        clippy::unused_self,
        reason = "the fleet is written to, whatever the file"
    )]
    fn append(&self, path: &Path, numbers: std::ops::Range<u32>) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the log");
        for n in numbers {
            file.write_all(line(n).as_bytes()).expect("a line");
        }
    }

    fn setup(&self) -> Setup {
        Setup {
            config: Config::default_for(Zone::UTC),
            roots: vec![self.dir.path().join("fleet")],
            state_dir: self.dir.path().join("state"),
            clock: Clock::System,
            read_only: false,
        }
    }

    /// Every beat that rounds knows, by one more process.
    fn beats(&self) -> Vec<LogRow> {
        let mut rounds = OneShot::open(self.setup()).expect("rounds starts");
        let query = Query::Log {
            filter: LogFilter::default(),
            anchor: Anchor::Tail,
            rows: 100_000,
        };
        let Page::Log { rows, .. } = rounds.ask(query) else {
            panic!("a log page")
        };
        rows.into_iter()
            .filter(|row| row.kind == LogKind::Beat)
            .collect()
    }

    fn messages(&self) -> Vec<String> {
        let mut messages: Vec<String> = self
            .beats()
            .iter()
            .map(|row| row.text.exact().to_owned())
            .collect();
        messages.sort();
        messages
    }
}

fn line(n: u32) -> String {
    let (m, s) = (n / 60 % 60, n % 60);
    format!(
        "{{\"ts\":\"2026-03-28T10:{m:02}:{s:02}Z\",\"status\":\"ok\",\"run_id\":\"r{n}\",\"task\":\"t\",\"did\":[\"d{n}\"],\"msg\":\"m{n:04}\"}}\n"
    )
}

fn expected(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("m{n:04}")).collect()
}

#[test]
fn appended_lines_show_once_over_many_starts() {
    let fleet = Fleet::new();
    for n in 0..5 {
        fleet.append(&fleet.log(), n * 10..n * 10 + 10);
        assert_eq!(fleet.messages(), expected(0..n * 10 + 10));
    }
}

#[test]
fn a_partial_line_waits_for_its_end() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..3);
    let whole = line(3);
    let mut file = OpenOptions::new()
        .append(true)
        .open(fleet.log())
        .expect("the log");
    file.write_all(&whole.as_bytes()[..40])
        .expect("half a line");
    assert_eq!(fleet.messages(), expected(0..3));
    file.write_all(&whole.as_bytes()[40..])
        .expect("the other half");
    assert_eq!(fleet.messages(), expected(0..4));
}

#[test]
fn a_rotated_log_is_drained_under_its_new_name() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..10);
    assert_eq!(fleet.messages(), expected(0..10));
    fleet.append(&fleet.log(), 10..15);
    fs::rename(fleet.log(), fleet.log().with_extension("jsonl.1")).expect("rotation");
    fleet.append(&fleet.log(), 15..20);
    assert_eq!(fleet.messages(), expected(0..20));
}

#[test]
fn a_truncated_log_loses_nothing_that_was_seen() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..10);
    assert_eq!(fleet.messages(), expected(0..10));
    fs::write(fleet.log(), "").expect("truncation");
    fleet.append(&fleet.log(), 10..12);
    assert_eq!(fleet.messages(), expected(0..12));
}

#[test]
fn copy_and_truncate_shows_nothing_twice() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..10);
    assert_eq!(fleet.messages(), expected(0..10));
    fs::copy(fleet.log(), fleet.log().with_extension("jsonl.1")).expect("copy");
    assert_eq!(fleet.messages(), expected(0..10));
    fs::write(fleet.log(), line(10)).expect("truncation");
    assert_eq!(fleet.messages(), expected(0..11));
}

#[test]
fn a_head_pruned_by_rename_is_recognised() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..100);
    assert_eq!(fleet.messages(), expected(0..100));
    let kept: String = (50..100).map(line).collect();
    let temp = fleet.dir.path().join("fleet/social/new.tmp");
    fs::write(&temp, kept).expect("the pruned log");
    fs::rename(&temp, fleet.log()).expect("rename over");
    fleet.append(&fleet.log(), 100..105);
    assert_eq!(fleet.messages(), expected(0..105));
}

#[test]
fn a_rebuilt_mirror_says_the_same() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..30);
    fleet.beats();
    fs::rename(fleet.log(), fleet.log().with_extension("jsonl.1")).expect("rotation");
    fleet.append(&fleet.log(), 30..50);
    let incremental = fleet.messages();
    fs::remove_file(fleet.dir.path().join("state/mirror.db")).expect("the mirror");
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(fleet.dir.path().join(format!("state/mirror.db{suffix}")));
    }
    assert_eq!(fleet.messages(), incremental);
}

#[test]
fn a_damaged_mirror_is_put_aside_and_rebuilt() {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..30);
    fleet.beats();
    fs::write(
        fleet.dir.path().join("state/mirror.db"),
        b"this is no database at all, not even nearly",
    )
    .expect("damage");
    assert_eq!(fleet.messages(), expected(0..30));
    assert!(fleet.dir.path().join("state/mirror.db.damaged-1").exists());
}

/// What an agent that prints prints in one run.
const PRINTED: [&str; 4] = [
    "2026-03-28T10:00:00Z === HEARTBEAT START ===\n",
    "2026-03-28T10:00:05Z fetched 3 pages\n",
    "2026-03-28T10:00:09Z ERROR: HTTP 500 from the feed\n",
    "2026-03-28T10:01:00Z === HEARTBEAT END ===\n",
];

/// When, how and what a log says that grows by these pieces, looked at after each of them; and that a rebuilt mirror says
/// the same.
fn told(pieces: &[String]) -> Vec<(String, String, String)> {
    let fleet = Fleet::new();
    fleet.append(&fleet.log(), 0..1);
    let log = fleet.dir.path().join("fleet/social/agent.log");
    let told = || {
        let rows = fleet.beats().into_iter();
        let row = |row: LogRow| {
            (
                row.at.rfc3339(),
                row.status.word().to_owned(),
                row.text.exact().to_owned(),
            )
        };
        let printed = rows.filter(|row| row.task.as_ref().is_none_or(|task| task.as_str() != "t"));
        let mut told: Vec<_> = printed.map(row).collect();
        told.sort();
        told
    };
    for piece in pieces {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .expect("the log");
        file.write_all(piece.as_bytes()).expect("a piece");
        told();
    }
    let grown = told();
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(fleet.dir.path().join(format!("state/mirror.db{suffix}")));
    }
    assert_eq!(told(), grown);
    grown
}

#[test]
fn a_block_that_is_printed_twice_is_told_once() {
    let once = told(&[PRINTED.concat()]);
    assert_eq!(once.len(), 4);
    assert!(once.iter().any(|(_, status, _)| status == "failed"));
    let by_block = [PRINTED.concat(), PRINTED.concat()];
    assert_eq!(told(&by_block), once);
    let by_line = PRINTED.map(|line| line.repeat(2));
    assert_eq!(told(&[by_line.concat()]), once);
    assert_eq!(told(&by_line), once);
    let looked_at_each: Vec<String> = PRINTED
        .into_iter()
        .chain(PRINTED)
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(told(&looked_at_each), once);
}

#[test]
fn the_same_text_at_another_time_is_another_run() {
    let later = PRINTED.concat().replace("T10:", "T11:");
    assert_eq!(told(&[PRINTED.concat(), later]).len(), 8);
}
