//! From a line on disk to bytes on the terminal, and what an idle room costs: the real program in a pty.
//!
//! `cargo bench --bench latency` runs on a small fleet; `ROUNDS_LARGE=1 cargo bench --bench latency` on the million lines of
//! the promises (the data set of the `speed` benchmark). Every row says the figure, the goal, and whether it is met.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rounds::demo::{self, Length, Spec};
use rounds::domain::time::{Ts, Zone};
use rounds::sys::clock::Clock;

const AGENTS: usize = 50;

fn main() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let place = Place::make(if large { 1_000_000 } else { 20_000 });
    place.warm();
    let mut table = Table::default();
    first_frames(&place, &mut table);
    let samples = if large { 1_000 } else { 300 };
    appends(&place, samples, &mut table);
    polled(&place, &mut table);
    idle(
        &place,
        Duration::from_secs(if large { 180 } else { 65 }),
        &mut table,
    );
    cursor(&place, &mut table);
    table.print();
}

struct Place {
    base: PathBuf,
    folders: Vec<PathBuf>,
}

impl Place {
    fn make(beats: u64) -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("latency-{beats}"));
        if base.exists() {
            fs::remove_dir_all(&base).expect("the last run's fleet is removed");
        }
        let spec = Spec {
            agents: AGENTS,
            length: Length::Beats(beats),
            ..Spec::new(now(), Zone::UTC)
        };
        demo::write(&base.join("fleet"), &spec, |_| {}).expect("the fleet is written");
        fs::write(base.join("config.toml"), "").expect("an empty config");
        let mut folders: Vec<PathBuf> = fs::read_dir(base.join("fleet"))
            .expect("the fleet")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        Self { base, folders }
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

    /// Mirrors everything, and caches the facts.
    fn warm(&self) {
        for _ in 0..2 {
            let status = Command::new(env!("CARGO_BIN_EXE_rounds"))
                .args(["standup", "--json", "--path"])
                .arg(self.base.join("fleet"))
                .env("ROUNDS_STATE_DIR", self.base.join("state"))
                .env("ROUNDS_CONFIG", self.base.join("config.toml"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .status();
            assert!(
                status.expect("rounds runs").code().is_some_and(|c| c < 2),
                "the fleet is mirrored"
            );
        }
    }

    fn append(&self, agent: usize, n: u64) -> Instant {
        let line = format!(
            "{{\"ts\":\"{}\",\"run_id\":\"x{n}\",\"task\":\"bench\",\"status\":\"{}\",\"did\":[\"thing {n}\"],\"msg\":\"message {n}\"}}\n",
            now().rfc3339(),
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
}

fn now() -> Ts {
    Clock::System.now()
}

/// The program in a pty; what it writes comes with the moment it was read.
struct Room {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
}

impl Room {
    fn open(place: &Place, columns: u16, rows: u16, notify: bool) -> Self {
        let room = Self::start(place, columns, rows, notify);
        room.quiet(Duration::from_millis(2_500));
        room
    }

    fn start(place: &Place, columns: u16, rows: u16, notify: bool) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rounds"));
        command.arg(place.base.join("fleet"));
        command.env("ROUNDS_STATE_DIR", place.base.join("state"));
        command.env("ROUNDS_CONFIG", place.base.join("config.toml"));
        command.env("TERM", "xterm-256color");
        command.env("TZ", "UTC");
        if !notify {
            command.env("ROUNDS_NO_NOTIFY", "1");
        }
        let child = pair.slave.spawn_command(command).expect("rounds starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (send, output) = sync_channel(100_000);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(got) = reader.read(&mut bytes) {
                if got == 0 || send.send((Instant::now(), bytes[..got].to_vec())).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            output,
        }
    }

    /// When this many of the agents are on the screen.
    fn shows(&self, place: &Place, most: usize) -> Option<Instant> {
        let cells = |n| NonZero::new(n).expect("not zero");
        let mut screen = vt100::Parser::new(cells(50), cells(200), 0);
        let names: Vec<String> = place
            .folders
            .iter()
            .filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
            .collect();
        while let Ok((at, bytes)) = self.output.recv_timeout(Duration::from_secs(20)) {
            screen.process(&bytes);
            let text = screen.screen().contents();
            if names.iter().filter(|name| text.contains(*name)).count() >= most {
                return Some(at);
            }
        }
        None
    }

    /// Waits until nothing was written for a while; how many bytes came before.
    fn quiet(&self, span: Duration) -> usize {
        let mut bytes = 0;
        while let Ok((_, got)) = self.output.recv_timeout(span) {
            bytes += got.len();
        }
        bytes
    }

    fn first(&self, limit: Duration) -> Option<(Instant, usize)> {
        match self.output.recv_timeout(limit) {
            Ok((at, bytes)) => Some((at, bytes.len())),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("rounds ended"),
        }
    }

    fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    fn close(mut self) {
        let _ = self.keys.write_all(b"q");
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until && !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.quiet(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.master);
    }
}

/// From the start of the program to the first frame that shows the agents: with a warm mirror, and with none.
fn first_frames(place: &Place, table: &mut Table) {
    const ENOUGH: usize = 15;
    let first = || {
        let begun = Instant::now();
        let room = Room::start(place, 200, 50, true);
        let seen = room.shows(place, ENOUGH);
        room.close();
        seen.map_or(Duration::ZERO, |at| at - begun)
    };
    let mut warm: Vec<Duration> = (0..9).map(|_| first()).collect();
    table.time(
        "warm start -> first full frame, median",
        part(&mut warm, 50),
        15_000,
    );
    let mut cold: Vec<Duration> = (0..3)
        .map(|_| {
            fs::remove_dir_all(place.base.join("state")).expect("the state is removed");
            first()
        })
        .collect();
    table.time(
        "cold start -> first frame with the agents, median",
        part(&mut cold, 50),
        30_000,
    );
    place.warm();
}

fn appends(place: &Place, samples: u64, table: &mut Table) {
    let room = Room::open(place, 200, 50, true);
    let (mut times, mut sizes, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..samples {
        room.quiet(Duration::from_millis(60));
        let begun = place.append(n as usize, n);
        let Some((at, size)) = room.first(Duration::from_secs(3)) else {
            continue; // Its row is below the screen's end and nothing above changed.
        };
        times.push(at - begun);
        let (mut more, mut bytes) = (1_u64, size);
        while let Some((_, size)) = room.first(Duration::from_millis(25)) {
            more += 1;
            bytes += size;
        }
        sizes.push(bytes as u64);
        writes.push(more);
    }
    let seen = times.len() as f64 / samples as f64;
    table.row(
        "appends that showed on screen",
        format!("{:.0} %", seen * 100.0),
        "-",
        true,
    );
    let (p50, p99) = (part(&mut times, 50), part(&mut times, 99));
    table.time("append -> bytes on the pty, p50", p50, 1_300);
    table.time("append -> bytes on the pty, p99", p99, 5_000);
    let bytes = part(&mut sizes, 50);
    table.row(
        "one update, bytes p50",
        format!("{bytes} B"),
        "<= 200 B",
        bytes <= 200,
    );
    let reads = part(&mut writes, 50);
    table.row(
        "one update, reads of the pty p50",
        format!("{reads}"),
        "1",
        reads == 1,
    );
    let mut rounds: Vec<Duration> = (0..10)
        .map(|round| {
            room.quiet(Duration::from_millis(300));
            let begun = Instant::now();
            for agent in 0..AGENTS {
                place.append(agent, 1_000_000 + round * 100 + agent as u64);
            }
            let mut last = begun;
            while let Some((at, _)) = room.first(Duration::from_millis(250)) {
                last = at;
            }
            last - begun
        })
        .collect();
    table.time(
        "50 agents at once, last byte, median",
        part(&mut rounds, 50),
        25_000,
    );
    room.close();
}

fn polled(place: &Place, table: &mut Table) {
    let room = Room::open(place, 200, 50, false);
    let mut times: Vec<Duration> = (0..8)
        .filter_map(|n| {
            room.quiet(Duration::from_millis(100 + n * 70));
            let begun = place.append(n as usize, 2_000_000 + n);
            room.first(Duration::from_secs(6)).map(|(at, _)| at - begun)
        })
        .collect();
    table.time(
        "without notifications, worst of 8",
        part(&mut times, 100),
        2_500_000,
    );
    room.close();
}

/// What a process used so far: processor time, voluntary context switches of all threads, resident bytes.
struct Used {
    cpu: Duration,
    wakes: u64,
    resident: u64,
}

fn used(pid: u32) -> Used {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks: u64 = [11, 12]
        .iter()
        .filter_map(|at| fields.get(*at)?.parse::<u64>().ok())
        .sum();
    let field = |text: &str, name: &str| {
        text.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.split_whitespace().next()?.parse::<u64>().ok()
        })
    };
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten();
    let wakes = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("status")).ok())
        .filter_map(|text| field(&text, "voluntary_ctxt_switches:"))
        .sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Used {
        cpu: Duration::from_millis(ticks * 10),
        wakes,
        resident: field(&status, "VmRSS:").unwrap_or(0) * 1_024,
    }
}

fn idle(place: &Place, span: Duration, table: &mut Table) {
    let room = Room::open(place, 200, 50, true);
    room.quiet(Duration::from_secs(6));
    let before = used(room.pid());
    let begun = Instant::now();
    let (mut at_minutes, mut between) = (0, 0);
    while begun.elapsed() < span {
        if let Some((_, bytes)) = room.first(span.saturating_sub(begun.elapsed())) {
            // Ages and clock change together, at the minute; verdicts when they fall due.
            if now().0 % 60_000 < 1_500 {
                at_minutes += bytes;
            } else {
                between += bytes;
            }
        }
    }
    let after = used(room.pid());
    let secs = begun.elapsed().as_secs_f64();
    let cpu = (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / secs * 100.0;
    table.row(
        "idle: processor",
        format!("{cpu:.3} %"),
        "<= 0.05 %",
        cpu <= 0.05,
    );
    let wakes = (after.wakes - before.wakes) as f64 / secs;
    table.row(
        "idle: wake-ups a second",
        format!("{wakes:.2}"),
        "<= 1",
        wakes <= 1.0,
    );
    table.row(
        "idle: bytes between minutes",
        format!("{between} B"),
        "0 B",
        between == 0,
    );
    let a_minute = at_minutes as f64 / (secs / 60.0);
    table.row(
        "idle: bytes a minute",
        format!("{a_minute:.0} B"),
        "<= 1000 B",
        a_minute <= 1_000.0,
    );
    table.row(
        "memory after a warm start",
        format!("{:.1} MB", after.resident as f64 / 1e6),
        "<= 16 MB",
        after.resident <= 16_000_000,
    );
    room.close();
}

fn cursor(place: &Place, table: &mut Table) {
    let mut room = Room::open(place, 80, 24, true);
    let (mut sizes, mut times) = (Vec::new(), Vec::new());
    for n in 0..40 {
        room.quiet(Duration::from_millis(80));
        let begun = Instant::now();
        let key: &[u8] = if n % 16 < 8 { b"j" } else { b"k" };
        room.keys.write_all(key).expect("a key");
        let Some((at, size)) = room.first(Duration::from_secs(2)) else {
            continue;
        };
        times.push(at - begun);
        let mut bytes = size;
        while let Some((_, size)) = room.first(Duration::from_millis(25)) {
            bytes += size;
        }
        sizes.push(bytes as u64);
    }
    let bytes = part(&mut sizes, 50);
    table.row(
        "cursor move at 80x24, bytes p50",
        format!("{bytes} B"),
        "<= 400 B",
        bytes <= 400,
    );
    table.time("key -> bytes on the pty, p50", part(&mut times, 50), 5_000);
    room.close();
}

/// The value below which this many of a hundred lie.
fn part<T: Ord + Copy + Default>(values: &mut [T], percent: usize) -> T {
    values.sort();
    let at = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or_default()
}

#[derive(Default)]
struct Table(Vec<(String, String, String, bool)>);

impl Table {
    fn row(&mut self, what: &str, figure: String, goal: &str, met: bool) {
        println!("{what}: {figure} (goal {goal})");
        self.0.push((what.to_owned(), figure, goal.to_owned(), met));
    }

    fn time(&mut self, what: &str, took: Duration, goal_us: u64) {
        let figure = format!("{:.2} ms", took.as_secs_f64() * 1e3);
        let goal = format!("<= {} ms", goal_us as f64 / 1e3);
        let met = took > Duration::ZERO && took <= Duration::from_micros(goal_us);
        self.row(what, figure, &goal, met);
    }

    fn print(&self) {
        println!("\n{:<44} {:>12} {:>12}", "what", "figure", "goal");
        for (what, figure, goal, met) in &self.0 {
            println!(
                "{what:<44} {figure:>12} {goal:>12}  {}",
                if *met { "met" } else { "MISSED" }
            );
        }
    }
}
