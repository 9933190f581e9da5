//! The program itself on a pseudo terminal: what an operator's terminal gets, and what is left of it afterwards.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// Pieces of output that may wait for the test; past it the terminal waits, as a slow line would.
const CHUNKS: usize = 4_096;

/// `rounds` on a fleet in a temporary folder.
struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    /// Everything that came out so far.
    sent: Vec<u8>,
    screen: vt100::Parser,
    folder: TempDir,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn screen(columns: u16, rows: u16) -> vt100::Parser {
    let cells = |n| NonZero::new(n).expect("not zero");
    vt100::Parser::new(cells(rows), cells(columns), 0)
}

/// Two agents, each with one beat a minute ago.
fn fleet(folder: &Path) {
    for agent in ["social", "watcher"] {
        fs::create_dir_all(folder.join("fleet").join(agent)).expect("a folder");
        append(folder, agent, "first words");
    }
}

/// One line, as an agent writes it: one write at the end of the file.
fn append(folder: &Path, agent: &str, text: &str) {
    let path = folder.join("fleet").join(agent).join("heartbeat.jsonl");
    let now = rounds::sys::clock::Clock::System.now().rfc3339();
    let line =
        format!("{{\"ts\":\"{now}\",\"status\":\"ok\",\"did\":[\"{text}\"],\"msg\":\"{text}\"}}\n");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a file");
    file.write_all(line.as_bytes()).expect("a write");
}

impl Session {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more in its environment.
    fn start_with(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fleet(folder.path());
        let pair = native_pty_system()
            .openpty(size(80, 24))
            .expect("a pseudo terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rounds"));
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
            ("TZ", "UTC"),
        ] {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.env("HOME", folder.path());
        command.args([
            "--state-dir".as_ref(),
            folder.path().join("state").as_os_str(),
        ]);
        command.arg(folder.path().join("fleet"));
        let child = pair.slave.spawn_command(command).expect("rounds starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, output) = sync_channel(CHUNKS);
        std::thread::spawn(move || {
            let mut bytes = [0; 8_192];
            while let Ok(n) = reader.read(&mut bytes) {
                if n == 0 || sender.send(bytes[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Self {
            child,
            master: pair.master,
            keys,
            output,
            sent: Vec::new(),
            screen: screen(80, 24),
            folder,
        }
    }

    /// Takes in output until `done`, or fails with what is on the screen.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) if done(self) => return,
                Err(error) => panic!("{what}: {error}; on the screen:\n{}", self.text()),
            }
        }
    }

    fn shows(&mut self, text: &str) {
        self.until(text, |session| session.text().contains(text));
    }

    fn take(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().expect("a process");
        let pid = rustix::process::Pid::from_raw(id.cast_signed()).expect("a process");
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }

    /// Waits for the end, and checks that the terminal was given back whole.
    fn ends_whole(mut self) {
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("a child").is_none() {
            assert!(
                Instant::now() < end,
                "does not end; on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.take(&bytes);
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pastes are still bracketed");
    }
}

#[test]
fn starts_sees_an_append_and_quits() {
    let mut session = Session::start();
    session.shows("social");
    session.shows("first words");
    let folder = session.folder.path().to_owned();
    append(&folder, "social", "second words");
    session.shows("second words");
    session.press("q");
    session.ends_whole();
}

#[test]
fn without_notifications_an_append_shows_with_the_sweep() {
    let mut session = Session::start_with(&[("ROUNDS_NO_NOTIFY", "1")]);
    session.shows("first words");
    let folder = session.folder.path().to_owned();
    append(&folder, "social", "second words");
    session.shows("second words");
    session.press("q");
    session.ends_whole();
}

#[test]
fn idle_writes_nothing() {
    let mut session = Session::start();
    session.shows("first words");
    let quiet = |session: &mut Session| session.output.recv_timeout(Duration::from_millis(1_500));
    let end = Instant::now() + PATIENCE;
    // The start settles, and a minute may turn meanwhile.
    while let Ok(bytes) = quiet(&mut session) {
        session.take(&bytes);
        assert!(Instant::now() < end, "never quiet");
    }
    session.press("q");
    session.ends_whole();
}

#[test]
fn termination_and_hangup_leave_the_terminal_whole() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let mut session = Session::start();
        session.shows("first words");
        session.signal(signal);
        session.ends_whole();
    }
}

#[test]
fn a_resize_is_followed() {
    let mut session = Session::start();
    session.shows("first words");
    session.master.resize(size(120, 30)).expect("a resize");
    session.screen = screen(120, 30);
    session.shows("rhythm");
    session.press("q");
    session.ends_whole();
}

#[test]
fn a_key_storm_ends_with_quit() {
    let mut session = Session::start();
    session.shows("first words");
    for _ in 0..20 {
        session.press("jkGg\t\t?\u{1b}");
        std::thread::sleep(Duration::from_millis(5));
    }
    session.press("\u{3}");
    std::thread::sleep(Duration::from_millis(50));
    session.press("\u{3}");
    session.ends_whole();
}

#[test]
fn hostile_messages_do_nothing_to_the_terminal() {
    let mut session = Session::start();
    session.shows("first words");
    let folder = session.folder.path().to_owned();
    append(&folder, "watcher", "\\u001b]0;owned\\u0007\\u001b[2Jevil");
    session.shows("evil");
    session.press("q");
    let mut sent = std::mem::take(&mut session.sent);
    session.ends_whole();
    sent.retain(|byte| *byte != b'\n');
    let text = String::from_utf8_lossy(&sent);
    assert!(!text.contains("\u{1b}]0;owned"), "a title was set");
    assert!(!text.contains("\u{1b}[2J"), "the screen was cleared");
}
