//! The room over a real sshd on the loopback, behind a line that holds every byte for 150 ms each way: bytes for each action,
//! the time from a key to its frame, a connection that is lost, and the room inside tmux and screen.
//!
//! `cargo test --release --test over_ssh -- --nocapture --test-threads=1` prints the figures; `ROUNDS_LARGE=1` takes more
//! samples and a whole idle minute. Where no sshd is installed, or it does not start, this says so and does nothing; a
//! superuser needs `/run/sshd` for it.

#![expect(
    clippy::print_stdout,
    reason = "a harness prints its figures, and why it does nothing"
)]

mod fleet;
mod terminal;

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use fleet::{large, now, seed};
use portable_pty::CommandBuilder;
use rounds::demo::{self, Spec};
use rounds::domain::time::Zone;
use terminal::pty::{self, Pty};

/// One way.
const DELAY: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(30);
/// So long without a byte is quiet: longer than the line holds anything.
const QUIET: Duration = Duration::from_millis(900);
const SIZE: (u16, u16) = (80, 24);

/// Where a program is, by the usual folders.
fn program(name: &str) -> Option<PathBuf> {
    let folders = [
        "/usr/sbin",
        "/usr/bin",
        "/bin",
        "/usr/local/bin",
        "/usr/local/sbin",
    ];
    let mut paths = folders.iter().map(|folder| Path::new(folder).join(name));
    paths.find(|path| path.exists())
}

/// Bytes on the wire.
#[derive(Debug, Default)]
struct Count {
    down: AtomicU64,
    up: AtomicU64,
}

/// A line that holds every byte.
struct Line {
    port: u16,
    count: Arc<Count>,
}

impl Line {
    fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = listener.local_addr().expect("its address").port();
        let count = Arc::new(Count::default());
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                let pair = |stream: &TcpStream| stream.try_clone().expect("a second handle");
                held(
                    pair(&client),
                    pair(&server),
                    Arc::clone(&counted),
                    |count| &count.up,
                );
                held(server, client, Arc::clone(&counted), |count| &count.down);
            }
        });
        Self { port: own, count }
    }

    fn sent(&self) -> (u64, u64) {
        (
            self.count.down.load(Ordering::SeqCst),
            self.count.up.load(Ordering::SeqCst),
        )
    }
}

/// One direction: each piece goes on when it was held long enough.
fn held(mut from: TcpStream, mut to: TcpStream, count: Arc<Count>, of: fn(&Count) -> &AtomicU64) {
    let (pieces, waiting) = sync_channel::<(Instant, Vec<u8>)>(4_096);
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            of(&count).fetch_add(n as u64, Ordering::SeqCst);
            if pieces
                .send((Instant::now() + DELAY, bytes[..n].to_vec()))
                .is_err()
            {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, piece) in waiting {
            // This is the line itself: it waits, as a long one would.
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// An sshd of our own with a key of its own, and a demo fleet behind it.
struct Host {
    folder: tempfile::TempDir,
    sshd: Child,
    line: Line,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}

impl Host {
    /// Nothing where there is no sshd; the reason is printed.
    fn open() -> Option<Self> {
        let skip = |why: &str| {
            println!("over_ssh: skipped, {why}");
            None
        };
        let (Some(sshd), Some(keygen), Some(_)) =
            (program("sshd"), program("ssh-keygen"), program("ssh"))
        else {
            return skip("no sshd, ssh and ssh-keygen are installed");
        };
        let folder = tempfile::tempdir().expect("a folder");
        for key in ["host", "user"] {
            let made = Command::new(&keygen)
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.path().join(key))
                .status();
            assert!(made.is_ok_and(|status| status.success()), "a key is made");
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|one| one.local_addr())
            .expect("a free port")
            .port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
             PrintMotd no\nPrintLastLog no\n",
            at("host"),
            at("user.pub"),
        );
        fs::write(folder.path().join("sshd_config"), config).expect("a config");
        let tried = Command::new(&sshd)
            .arg("-t")
            .arg("-f")
            .arg(at("sshd_config"))
            .output()
            .expect("sshd runs");
        if !tried.status.success() {
            return skip(String::from_utf8_lossy(&tried.stderr).trim());
        }
        let child = Command::new(&sshd)
            .args(["-D", "-f"])
            .arg(at("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sshd starts");
        let spec = Spec {
            agents: 14,
            seed: seed(),
            ..Spec::new(now(), Zone::UTC)
        };
        demo::write(&folder.path().join("fleet"), &spec, |_| {}).expect("a fleet");
        fs::write(folder.path().join("config.toml"), "").expect("an empty config");
        fs::create_dir(folder.path().join("screen")).expect("a folder");
        fs::set_permissions(
            folder.path().join("screen"),
            fs::Permissions::from_mode(0o700),
        )
        .expect("its own");
        let host = Self {
            line: Line::to(port),
            folder,
            sshd: child,
        };
        Self::listens(port);
        Some(host)
    }

    fn listens(port: u16) {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "sshd does not listen");
            thread::yield_now();
        }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The program with its places, as a shell reads it.
    fn rounds(&self, what: &str) -> String {
        format!(
            "env LANG=C.UTF-8 HOME={} ROUNDS_STATE_DIR={} ROUNDS_CONFIG={} {} --path {} {what}",
            self.folder.path().display(),
            self.at("state"),
            self.at("config.toml"),
            env!("CARGO_BIN_EXE_rounds"),
            self.at("fleet"),
        )
    }

    fn ssh(&self, command: &str) -> Session {
        let mut ssh = CommandBuilder::new("ssh");
        let (port, key) = (self.line.port.to_string(), self.at("user"));
        ssh.args(["-tt", "-p", &port, "-i", &key, "-F", "none"]);
        for option in [
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "LogLevel=ERROR",
        ] {
            ssh.args(["-o", option]);
        }
        ssh.args(["127.0.0.1", command]);
        ssh.env("TERM", "xterm-256color");
        Session {
            pty: Pty::open(ssh, SIZE),
            screen: pty::screen(SIZE),
        }
    }

    /// One line of an agent's.
    fn append(&self, n: u64) -> Instant {
        let log = Path::new(&self.at("fleet")).join("translator/heartbeat.jsonl");
        let line = format!(
            "{{\"ts\":\"{}\",\"run_id\":\"x{n}\",\"task\":\"strings\",\"status\":\"ok\",\"did\":[\"word {n}\"],\"msg\":\"word {n}\"}}\n",
            now().rfc3339()
        );
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log");
        let at = Instant::now();
        log.write_all(line.as_bytes()).expect("a line");
        at
    }

    /// The running rooms of this host.
    fn rooms(&self) -> usize {
        let state = self.at("fleet");
        let all = fs::read_dir("/proc").expect("processes").flatten();
        all.filter(|one| {
            let line = fs::read(one.path().join("cmdline")).unwrap_or_default();
            let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
            first == env!("CARGO_BIN_EXE_rounds").as_bytes()
                && String::from_utf8_lossy(&line).contains(&state)
        })
        .count()
    }

    fn until_rooms(&self, wanted: usize) {
        let end = Instant::now() + PATIENCE;
        while self.rooms() != wanted {
            assert!(Instant::now() < end, "{} rooms, not {wanted}", self.rooms());
            thread::yield_now();
        }
    }

    /// What a fresh mirror and the one that was used say of the same moment.
    fn standup(&self, state: &str) -> serde_json::Value {
        let said = Command::new(env!("CARGO_BIN_EXE_rounds"))
            .args(["standup", "--json", "--since", "1h", "--path"])
            .arg(self.at("fleet"))
            .env("ROUNDS_STATE_DIR", self.at(state))
            .env("ROUNDS_CONFIG", self.at("config.toml"))
            .output()
            .expect("rounds runs");
        let all: serde_json::Value = serde_json::from_slice(&said.stdout).expect("one document");
        all["totals"].clone()
    }
}

/// A terminal with ssh in it.
struct Session {
    pty: Pty,
    screen: vt100::Parser,
}

/// What came: how many bytes, and when the first and the last did.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    bytes: u64,
    first: Option<Instant>,
}

impl Session {
    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn shows(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.pty.output.recv_timeout(left) {
                Ok((_, bytes)) => self.screen.process(&bytes),
                Err(error) => panic!("{text}: {error}; on the screen:\n{}", self.text()),
            }
        }
    }

    /// Everything until it is quiet for so long.
    fn settle(&mut self, quiet: Duration) -> Came {
        let mut came = Came::default();
        while let Ok((at, bytes)) = self.pty.output.recv_timeout(quiet) {
            came.bytes += bytes.len() as u64;
            came.first.get_or_insert(at);
            self.screen.process(&bytes);
        }
        came
    }

    fn press(&mut self, keys: &str) -> Instant {
        let at = Instant::now();
        self.pty.press(keys.as_bytes());
        at
    }

    fn kill(mut self) {
        self.pty.child.kill().expect("ssh is killed");
        self.pty.child.wait().expect("it ended");
    }

    fn ends(mut self) {
        let end = Instant::now() + PATIENCE;
        while self.pty.child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < end, "does not end:\n{}", self.text());
            self.settle(Duration::from_millis(50));
        }
    }
}

/// The middle of what was measured.
fn median(all: &mut [u64]) -> u64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// An action of the operator's, and what takes it back.
struct Act {
    name: &'static str,
    key: &'static str,
    back: &'static str,
}

const ACTS: [Act; 4] = [
    Act {
        name: "cursor move",
        key: "j",
        back: "k",
    },
    Act {
        name: "pane switch",
        key: "2",
        back: "1",
    },
    Act {
        name: "open page",
        key: "\r",
        back: "\u{1b}",
    },
    Act {
        name: "help",
        key: "?",
        back: "\u{1b}",
    },
];

/// What was measured of one kind of action.
#[derive(Default)]
struct Measured {
    drawn: Vec<u64>,
    down: Vec<u64>,
    up: Vec<u64>,
    /// Beyond the line, in microseconds.
    late: Vec<u64>,
}

impl Measured {
    /// Does something, and takes in what follows from it.
    fn take(
        &mut self,
        host: &Host,
        session: &mut Session,
        act: impl FnOnce(&mut Session) -> Instant,
    ) {
        let before = host.line.sent();
        let begun = act(session);
        let came = session.settle(QUIET);
        let after = host.line.sent();
        self.drawn.push(came.bytes);
        self.down.push(after.0 - before.0);
        self.up.push(after.1 - before.1);
        if let Some(first) = came.first {
            let took = first.duration_since(begun);
            self.late
                .push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }

    /// `ways`: how often the line lies between the action and its first byte.
    fn print(&mut self, name: &str, ways: u32) {
        let line = u64::try_from((DELAY * ways).as_micros()).unwrap_or(u64::MAX);
        let late = median(&mut self.late).saturating_sub(line) as f64 / 1e3;
        println!(
            "over_ssh: {name:<14} {:>6} bytes drawn, {:>6} down and {:>4} up on the wire, {late:.1} ms beyond the line",
            median(&mut self.drawn),
            median(&mut self.down),
            median(&mut self.up),
        );
    }
}

#[test]
fn bytes_and_time_of_every_action() {
    let Some(host) = Host::open() else { return };
    let forms: &[&str] = if large() { &["", "--plain"] } else { &[""] };
    for form in forms {
        let mut session = host.ssh(&host.rounds(form));
        session.shows("publisher");
        session.settle(QUIET * 2);
        println!(
            "over_ssh: 14 agents at 80x24 {form}, 150 ms each way, medians; seed {}",
            seed()
        );
        let times = if large() { 20 } else { 1 };
        for act in &ACTS {
            let mut measured = Measured::default();
            for _ in 0..times {
                measured.take(&host, &mut session, |session| session.press(act.key));
                session.press(act.back);
                session.settle(QUIET);
            }
            measured.print(act.name, 2);
        }
        let mut measured = Measured::default();
        for n in 0..times {
            measured.take(&host, &mut session, |_| host.append(n));
        }
        measured.print("agent's update", 1);
        idle(&host, &mut session);
        session.press("q");
        session.ends();
        host.until_rooms(0);
    }
}

/// Nothing is done, for two seconds or a minute.
fn idle(host: &Host, session: &mut Session) {
    let long = Duration::from_secs(if large() { 60 } else { 2 });
    let before = host.line.sent();
    let end = Instant::now() + long;
    let mut drawn = 0;
    while let Ok((_, piece)) = session
        .pty
        .output
        .recv_timeout(end.saturating_duration_since(Instant::now()))
    {
        drawn += piece.len();
        session.screen.process(&piece);
    }
    let after = host.line.sent();
    println!(
        "over_ssh: idle {:>2} s      {drawn:>6} bytes drawn, {:>6} down and {:>4} up on the wire",
        long.as_secs(),
        after.0 - before.0,
        after.1 - before.1
    );
    // Ages change with the minute; nothing else does.
    assert!(drawn < 2_000, "an idle room wrote {drawn} bytes");
}

#[test]
fn a_lost_connection_ends_the_room_and_the_next_one_opens() {
    let Some(host) = Host::open() else { return };
    let mut session = host.ssh(&host.rounds(""));
    session.shows("publisher");
    host.until_rooms(1);
    session.press("5");
    session.shows("following");
    host.append(1);
    session.shows("word 1");
    session.kill();
    host.until_rooms(0);
    host.append(2);
    assert_eq!(
        host.standup("state"),
        host.standup("fresh"),
        "the mirror is not whole"
    );
    let mut session = host.ssh(&host.rounds(""));
    session.shows("publisher");
    session.press("5");
    session.shows("word 2");
    session.press("q");
    session.ends();
    println!(
        "over_ssh: a killed client ends its room; the mirror is whole and the next room opens"
    );
}

/// The room inside a multiplexer: it outlives the connection, and is there when the operator comes back.
fn outlives(name: &str, command: &str, host: &Host) {
    let mut session = host.ssh(command);
    session.shows("publisher");
    host.until_rooms(1);
    session.kill();
    let mut session = host.ssh(command);
    session.shows("publisher");
    assert_eq!(host.rooms(), 1, "{name}: the same room");
    session.press("4");
    session.shows("for you");
    session.press("q");
    host.until_rooms(0);
    session.ends();
    println!("over_ssh: inside {name} the room lives on");
}

#[test]
fn inside_tmux_and_screen_it_lives_on() {
    let Some(host) = Host::open() else { return };
    if program("tmux").is_some() {
        let socket = host.at("tmux");
        let command = format!(
            "LANG=C.UTF-8 tmux -u -f /dev/null -S {socket} new-session -A -s r '{}'",
            host.rounds("")
        );
        outlives("tmux", &command, &host);
    } else {
        println!("over_ssh: no tmux is installed");
    }
    if program("screen").is_some() {
        let command = format!(
            "env LANG=C.UTF-8 SCREENDIR={} screen -U -c /dev/null -S r -d -RR {}",
            host.at("screen"),
            host.rounds("")
        );
        outlives("screen", &command, &host);
    } else {
        println!("over_ssh: no screen is installed");
    }
}
