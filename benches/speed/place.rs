//! A fleet that ends now, with a state folder of its own.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rounds::demo::{self, Length, Spec};
use rounds::domain::time::{Ts, Zone};
use rounds::sys::clock::Clock;

pub struct Place {
    pub fleet: PathBuf,
    pub state: PathBuf,
    pub folders: Vec<PathBuf>,
    pub bytes: u64,
}

impl Place {
    /// Written anew for every run: live figures want a fleet whose last line is of now.
    pub fn make(name: &str, agents: usize, beats: u64) -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if base.exists() {
            fs::remove_dir_all(&base).expect("the last run's fleet is removed");
        }
        let fleet = base.join("fleet");
        let spec = Spec {
            agents,
            length: Length::Beats(beats),
            ..Spec::new(now(), Zone::UTC)
        };
        demo::write(&fleet, &spec, |_| {}).expect("the fleet is written");
        // What was just written goes to the disk before anything is measured, not beside it.
        rustix::fs::sync();
        let state = base.join("state");
        let mut folders: Vec<PathBuf> = fs::read_dir(&fleet)
            .expect("the fleet")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        let mut place = Self {
            fleet,
            state,
            folders,
            bytes: 0,
        };
        let sizes = place.logs().into_iter().map(|path| size(&path));
        place.bytes = sizes.sum();
        println!(
            "{beats} lines, {:.1} MB, {agents} agents, seed {}, in {}",
            place.bytes as f64 / 1e6,
            spec.seed,
            place.fleet.display()
        );
        place
    }

    /// Every heartbeat log of the fleet.
    pub fn logs(&self) -> Vec<PathBuf> {
        let found = ["*/heartbeat.jsonl", "*/heartbeat*.jsonl*", "*/heartbeat/*"];
        let mut found: Vec<PathBuf> = found
            .iter()
            .flat_map(|pattern| glob::glob(&self.fleet.join(pattern).to_string_lossy()))
            .flat_map(Iterator::flatten)
            .filter(|path| path.is_file())
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// The files of the mirror that a command has made: its place in the state folder has a name of its own.
    pub fn mirror(&self) -> Vec<PathBuf> {
        let pattern = self.state.join("**/mirror.db*");
        let found = glob::glob(&pattern.to_string_lossy()).expect("a pattern");
        let found: Vec<PathBuf> = found.flatten().collect();
        assert!(!found.is_empty(), "a mirror was made");
        found
    }

    pub fn forget(&self) {
        if self.state.exists() {
            fs::remove_dir_all(&self.state).expect("the state is removed");
        }
    }

    /// Takes files out of the system's memory, as a night does.
    pub fn evict(files: &[PathBuf]) {
        for path in files {
            let file = File::open(path).expect("a file");
            file.sync_all().expect("it is written");
            let advice = rustix::fs::Advice::DontNeed;
            rustix::fs::fadvise(&file, 0, None, advice).expect("the system takes advice");
        }
    }

    /// A command of the program on this fleet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command.args(args).arg(&self.fleet);
        for (key, value) in self.surroundings() {
            command.env(key, value);
        }
        command
            .env_remove("ROUNDS_CONFIG")
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    pub fn surroundings(&self) -> [(&'static str, PathBuf); 4] {
        let home = self.state.parent().expect("it has a place");
        [
            ("ROUNDS_STATE_DIR", self.state.clone()),
            ("HOME", home.to_path_buf()),
            ("TZ", PathBuf::from("UTC")),
            ("TERM", PathBuf::from("xterm-256color")),
        ]
    }

    /// Mirrors everything, and caches the facts. What that wrote is on the disk before anything is measured.
    pub fn warm(&self) {
        for _ in 0..2 {
            let status = self.command(&["standup"]).status();
            let code = status.expect("rounds runs").code();
            assert!(code.is_some_and(|code| code < 2), "the fleet is mirrored");
        }
        rustix::fs::sync();
    }

    /// One more line of an agent; when it was written.
    pub fn append(&self, agent: usize, n: u64) -> Instant {
        // To the millisecond, so that lines stand in the order in which they came.
        let now = now();
        let (seconds, millis) = (&now.rfc3339()[..19], now.0 % 1_000);
        let line = format!(
            "{{\"ts\":\"{seconds}.{millis:03}Z\",\"run_id\":\"x{n}\",\"task\":\"bench\",\"status\":\"{}\",\"did\":[\"thing {n}\"],\"msg\":\"message {n}\"}}\n",
            if n.is_multiple_of(2) { "ok" } else { "failed" },
        );
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log(agent))
            .expect("the log");
        let at = Instant::now();
        log.write_all(line.as_bytes()).expect("a line");
        at
    }

    fn log(&self, agent: usize) -> PathBuf {
        let folder = &self.folders[agent % self.folders.len()];
        let days = folder.join("heartbeat");
        if days.is_dir() {
            days.join(format!("{}.jsonl", &now().rfc3339()[..10]))
        } else {
            folder.join("heartbeat.jsonl")
        }
    }
}

pub fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

pub fn now() -> Ts {
    Clock::System.now()
}
