//! The speed promises, measured in one run on one data set and printed with their goals.
//!
//! `cargo bench --bench speed` uses 60,000 lines; `ROUNDS_LARGE=1 cargo bench --bench speed` the million of the promises
//! (437 MB, written once under `target/`). Every row says the figure, the goal, and whether it is met; tools that are
//! installed (`jq`, `grep`) are measured on the same data beside it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rounds::config::Config;
use rounds::demo::{self, Length, Spec};
use rounds::domain::time::{Ts, Zone};
use rounds::keeper::{self, OneShot, Setup};
use rounds::sys::clock::Clock;

/// The moment at which the data set ends: a Friday morning.
const UNTIL: Ts = Ts(1_774_595_400_000);

fn main() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let beats = if large { 1_000_000 } else { 60_000 };
    let place = Place::make(beats);
    println!(
        "{beats} lines, {:.1} MB, 50 agents, seed 7, in {}",
        place.bytes as f64 / 1e6,
        place.fleet.display()
    );
    let mut table = Table::default();
    cold(&place, &mut table);
    first_sight(&place, &mut table);
    warm(&place, &mut table);
    room(&place, &mut table);
    memory(&place, &mut table);
    peers(&place);
    table.print();
}

struct Place {
    fleet: PathBuf,
    state: PathBuf,
    bytes: u64,
}

impl Place {
    fn make(beats: u64) -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("speed-{beats}"));
        let fleet = base.join("fleet");
        if !base.join("written").exists() {
            let spec = Spec {
                agents: 50,
                length: Length::Beats(beats),
                ..Spec::new(UNTIL, Zone::UTC)
            };
            demo::write(&fleet, &spec, |_| {}).expect("the data set is written");
            std::fs::write(base.join("written"), "").expect("the data set is marked");
        }
        let bytes = logs(&fleet)
            .iter()
            .map(|path| std::fs::metadata(path).map_or(0, |m| m.len()))
            .sum();
        Self {
            fleet,
            state: base.join("state"),
            bytes,
        }
    }

    fn setup(&self) -> Setup {
        Setup {
            config: Config::default_for(Zone::UTC),
            roots: vec![self.fleet.clone()],
            state_dir: self.state.clone(),
            clock: Clock::Fixed(UNTIL),
            read_only: false,
        }
    }

    /// Bytes of the mirror that a command has made: its place in the state folder has a name of its own.
    fn mirrored(&self) -> u64 {
        let pattern = self.state.join("**/mirror.db");
        let found = glob::glob(&pattern.to_string_lossy()).expect("a pattern");
        let bytes: u64 = found
            .flatten()
            .map(|path| std::fs::metadata(path).map_or(0, |m| m.len()))
            .sum();
        assert!(bytes > 0, "a mirror was made");
        bytes
    }

    fn forget(&self) {
        if self.state.exists() {
            std::fs::remove_dir_all(&self.state).expect("the state is removed");
        }
    }
}

/// Every heartbeat log of the fleet.
fn logs(fleet: &Path) -> Vec<PathBuf> {
    let pattern = fleet.join("*/heartbeat*");
    let mut found = Vec::new();
    for path in glob::glob(&pattern.to_string_lossy())
        .expect("a pattern")
        .flatten()
    {
        if path.is_dir() {
            found.extend(
                std::fs::read_dir(path)
                    .expect("a folder")
                    .flatten()
                    .map(|entry| entry.path()),
            );
        } else {
            found.push(path);
        }
    }
    found
}

#[derive(Default)]
struct Table(Vec<(String, String, String, bool)>);

impl Table {
    fn row(&mut self, what: &str, figure: String, goal: &str, met: bool) {
        self.0.push((what.to_owned(), figure, goal.to_owned(), met));
    }

    fn print(&self) {
        println!("\n{:<58} {:>16} {:>14}", "what", "figure", "goal");
        for (what, figure, goal, met) in &self.0 {
            println!(
                "{what:<58} {figure:>16} {goal:>14}  {}",
                if *met { "met" } else { "MISSED" }
            );
        }
    }
}

fn ms(d: Duration) -> String {
    format!("{:.2} ms", d.as_secs_f64() * 1e3)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Everything mirrored from nothing, in a process of its own so that its peak memory is its own.
fn cold(place: &Place, table: &mut Table) {
    place.forget();
    let begun = Instant::now();
    let (status, peak) = run_measured(place, &["standup", "--json"]);
    let took = begun.elapsed();
    assert!(status, "the cold start succeeds");
    let rate = place.bytes as f64 / 1e6 / took.as_secs_f64();
    table.row(
        "cold start: everything mirrored",
        format!("{rate:.0} MB/s"),
        ">= 182 MB/s",
        rate >= 182.0,
    );
    table.row(
        "cold start: peak memory",
        format!("{:.0} MB", peak as f64 / 1e6),
        "<= 128 MB",
        peak <= 128_000_000,
    );
    let share = place.mirrored() as f64 / place.bytes as f64;
    table.row(
        "mirror against logs",
        format!("{share:.3}"),
        "<= 0.25",
        share <= 0.25,
    );
}

/// Runs the program on the place; its success and its peak resident memory in bytes.
fn run_measured(place: &Place, args: &[&str]) -> (bool, u64) {
    let mut child = command(place, args)
        .stdout(Stdio::null())
        .spawn()
        .expect("rounds starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kb = text.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        });
        peak = peak.max(kb.unwrap_or(0) * 1_024);
        if let Some(status) = child.try_wait().expect("rounds is waited for") {
            return (status.success() || status.code() == Some(1), peak);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn command(place: &Place, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
    command
        .args(args)
        .arg(&place.fleet)
        .env("ROUNDS_STATE_DIR", &place.state)
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    command
        .env_remove("ROUNDS_CONFIG")
        .env("HOME", &place.state)
        .env_remove("XDG_CONFIG_HOME");
    command
}

/// The first snapshot of a cold start: each agent's newest state from the ends of the logs.
fn first_sight(place: &Place, table: &mut Table) {
    let mut times = Vec::new();
    for _ in 0..5 {
        place.forget();
        let begun = Instant::now();
        let mut running = keeper::start(place.setup()).expect("the room starts");
        wait_for(&mut running.fleet, |fleet| fleet.agents.len() >= 50);
        times.push(begun.elapsed());
        running.stop();
    }
    let took = median(times);
    table.row(
        "cold start: first snapshot of 50 agents",
        ms(took),
        "<= 30 ms",
        took <= Duration::from_millis(30),
    );
}

type FleetWatch = tokio::sync::watch::Receiver<std::sync::Arc<rounds::domain::fleet::Fleet>>;

fn wait_for(
    fleet: &mut FleetWatch,
    ready: impl FnMut(&std::sync::Arc<rounds::domain::fleet::Fleet>) -> bool,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async { fleet.wait_for(ready).await.map(drop) })
        .expect("a snapshot");
}

fn warm(place: &Place, table: &mut Table) {
    drop(OneShot::open(place.setup()).expect("everything is mirrored"));
    drop(OneShot::open(place.setup()).expect("facts are cached"));
    for (name, args) in [
        ("warm standup, whole process", vec!["standup"]),
        (
            "warm standup --json, whole process",
            vec!["standup", "--json"],
        ),
    ] {
        let times = (0..15).map(|_| {
            let begun = Instant::now();
            let status = command(place, &args)
                .stdout(Stdio::null())
                .status()
                .expect("rounds runs");
            assert!(status.success(), "{name} succeeds");
            begun.elapsed()
        });
        let took = median(times.collect());
        table.row(
            name,
            ms(took),
            "<= 15 ms",
            took <= Duration::from_millis(15),
        );
    }
}

/// A room on a warm mirror: its first snapshot, then a line appended to it, then fifty at once.
fn room(place: &Place, table: &mut Table) {
    let begun = Instant::now();
    let mut running = keeper::start(place.setup()).expect("the room starts");
    wait_for(&mut running.fleet, |fleet| fleet.agents.len() >= 50);
    let took = begun.elapsed();
    table.row(
        "warm room: first snapshot of 50 agents",
        ms(took),
        "<= 10 ms",
        took <= Duration::from_millis(10),
    );
    running.stop();
}

/// What a room on a warm mirror holds once it is quiet, as the system counts it and without the program's own pages.
fn memory(place: &Place, table: &mut Table) {
    let pty = portable_pty::native_pty_system()
        .openpty(portable_pty::PtySize {
            rows: 50,
            cols: 200,
            pixel_width: 0,
            pixel_height: 0,
        })
        .expect("a pseudo-terminal");
    let mut program = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_rounds"));
    program.arg(&place.fleet);
    program.env("ROUNDS_STATE_DIR", &place.state);
    program.env("HOME", &place.state);
    program.env("TERM", "xterm-256color");
    program.env_remove("ROUNDS_CONFIG");
    let mut child = pty.slave.spawn_command(program).expect("rounds starts");
    let mut screen = pty.master.try_clone_reader().expect("the screen");
    std::thread::spawn(move || std::io::copy(&mut screen, &mut std::io::sink()));
    // Facts are saved, and what loading took is let go, after five quiet seconds.
    std::thread::park_timeout(Duration::from_secs(9));
    let pid = child.process_id().expect("its number");
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    child.kill().expect("rounds ends");
    let held = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name));
        let kb = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kb.unwrap_or(0.0) * 1_024.0 / 1e6
    };
    let (all, own) = (held("Rss:"), held("Anonymous:"));
    table.row(
        "warm room: memory (without file pages)",
        format!("{all:.1} MB ({own:.1})"),
        "<= 16 MB",
        all <= 16.0,
    );
}

/// What a user would take instead, on the same data.
fn peers(place: &Place) {
    let files = logs(&place.fleet);
    for (tool, args) in [
        ("jq", vec!["-c", "select(.status==\"failed\") | .agent"]),
        ("grep", vec!["-c", "failed"]),
    ] {
        let begun = Instant::now();
        let ran = Command::new(tool)
            .args(&args)
            .args(&files)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if ran.is_ok() {
            println!(
                "beside it: {tool} {:?} over the same files: {}",
                args.join(" "),
                ms(begun.elapsed())
            );
        }
    }
}
