//! A small fleet on disk, and rounds looking at it: what the harnesses share.
#![allow(
    dead_code,
    reason = "each harness is a crate of its own and uses a part of this"
)]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rounds::config::Config;
use rounds::domain::log::LogKey;
use rounds::domain::time::{Ts, Zone};
use rounds::keeper::{OneShot, Setup};
use rounds::reader::{Anchor, LogFilter, LogKind, LogRow, Page, Query};
use rounds::sys::clock::Clock;

/// Whether the large run is wanted.
pub fn large() -> bool {
    std::env::var_os("ROUNDS_LARGE").is_some()
}

/// The run's seed, which is printed: `ROUNDS_SEED`, else a new one for every large run and always the same for a small
/// one, so that a change that is red is red because of the change.
pub fn seed() -> u64 {
    std::env::var("ROUNDS_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| if large() { now().0 as u64 } else { 1 })
}

pub fn now() -> Ts {
    Clock::System.now()
}

/// A zone in which it is noon of the day in UTC: shortly before midnight the day would end before what is planned comes.
pub fn noon() -> &'static str {
    static NOON: OnceLock<String> = OnceLock::new();
    NOON.get_or_init(|| {
        let hour = now().0 / 3_600_000 % 24;
        format!("Etc/GMT{:+}", hour - 12)
    })
}

/// Small numbers in an order that a seed repeats (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n` - 1.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A folder `fleet` of agents and a folder `state` beside it.
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    /// With one agent's empty folder.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(dir.path().join("fleet/social")).expect("the agent's folder");
        fs::write(dir.path().join("config.toml"), "").expect("an empty config");
        Self { dir }
    }

    pub fn fleet(&self) -> PathBuf {
        self.dir.path().join("fleet")
    }

    pub fn agent(&self) -> PathBuf {
        self.fleet().join("social")
    }

    pub fn log(&self) -> PathBuf {
        self.agent().join("heartbeat.jsonl")
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn setup(&self) -> Setup {
        Setup {
            config: Config::default_for(Zone::UTC),
            roots: vec![self.fleet()],
            state_dir: self.state(),
            clock: Clock::System,
            read_only: false,
        }
    }

    /// The program on this place, with nothing of the machine's config.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command
            .args(args)
            .arg("--path")
            .arg(self.fleet())
            .env("ROUNDS_STATE_DIR", self.state())
            .env("ROUNDS_CONFIG", self.dir.path().join("config.toml"))
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// A process that mirrors until it is killed.
    pub fn follower(&self) -> Child {
        self.command(&["log", "--follow", "--json", "-n", "0"])
            .stdout(Stdio::null())
            .stderr(File::create(self.said()).expect("a file"))
            .spawn()
            .expect("rounds starts")
    }

    /// What the follower said to standard error.
    pub fn said(&self) -> PathBuf {
        self.dir.path().join("said")
    }

    pub fn open(&self) -> OneShot {
        OneShot::open(self.setup()).expect("rounds starts")
    }

    /// Every row of the merged log, oldest page last, by one more reader.
    pub fn rows(&self) -> Vec<LogRow> {
        Self::rows_with(self.setup())
    }

    pub fn rows_with(setup: Setup) -> Vec<LogRow> {
        let mut rounds = OneShot::open(setup).expect("rounds starts");
        let mut anchor = Anchor::Tail;
        let mut all = Vec::new();
        loop {
            let query = Query::Log {
                filter: LogFilter::default(),
                anchor,
                rows: 20_000,
            };
            let Page::Log { rows, older, .. } = rounds.ask(query) else {
                panic!("a log page")
            };
            let Some(first) = rows.first().filter(|_| older) else {
                all.extend(rows);
                return all;
            };
            anchor = Anchor::Before(LogKey::of(first));
            all.extend(rows);
        }
    }

    /// The messages of all beats, sorted: a line that shows twice is in it twice.
    pub fn messages(&self) -> Vec<String> {
        let beats = self
            .rows()
            .into_iter()
            .filter(|row| row.kind == LogKind::Beat);
        let mut messages: Vec<String> = beats.map(|row| row.text.exact().to_owned()).collect();
        messages.sort();
        messages
    }

    /// Removes the mirror, and nothing else of the state.
    pub fn forget_mirror(&self) {
        for name in ["mirror.db", "mirror.db-wal", "mirror.db-shm"] {
            let _ = fs::remove_file(self.state().join(name));
        }
    }
}

/// A heartbeat at a moment, recognisable by its number.
pub fn beat(n: u32, at: Ts) -> String {
    format!(
        "{{\"ts\":\"{}\",\"status\":\"ok\",\"run_id\":\"r{n}\",\"task\":\"t\",\"did\":[\"did number {n}\"],\"msg\":\"m{n:06}\"}}\n",
        at.rfc3339()
    )
}

pub fn message(n: u32) -> String {
    format!("m{n:06}")
}

pub fn messages(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(message).collect()
}

pub fn append(path: &Path, text: impl AsRef<[u8]>) {
    appender(path).write_all(text.as_ref()).expect("a line");
}

pub fn appender(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the log")
}

pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// What was expected and is not there, and what is there too often or was never written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Misses {
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
}

/// Compares what shows with what was written once each.
pub fn misses(shown: &[String], written: &[String]) -> Misses {
    let mut times: HashMap<&str, u32> = HashMap::new();
    for message in shown {
        *times.entry(message).or_default() += 1;
    }
    let mut misses = Misses::default();
    for message in written {
        match times.get(message.as_str()) {
            None => misses.lost.push(message.clone()),
            Some(1) => {}
            Some(_) => misses.doubled.push(message.clone()),
        }
    }
    misses
}
