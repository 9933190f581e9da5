//! The program itself on a pseudo terminal: what an operator's terminal gets, and what is left of it afterwards.

mod terminal;

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use portable_pty::{PtySize, native_pty_system};
use tempfile::TempDir;
use terminal::pty::{self, Pty};

const PATIENCE: Duration = Duration::from_secs(20);

const SIZE: (u16, u16) = (80, 24);

/// `rounds` on a fleet in a temporary folder.
struct Session {
    pty: Pty,
    /// Everything that came out so far.
    sent: Vec<u8>,
    screen: vt100::Parser,
    folder: TempDir,
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

    /// The room for those who hear it.
    fn start_plain() -> Self {
        Self::start_as(&[], &["--plain".into()])
    }

    /// With more in its environment.
    fn start_with(more: &[(&str, &str)]) -> Self {
        Self::start_as(more, &[])
    }

    fn start_as(more: &[(&str, &str)], options: &[OsString]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fleet(folder.path());
        Self::start_in(folder, more, options)
    }

    fn start_in(folder: TempDir, more: &[(&str, &str)], options: &[OsString]) -> Self {
        let state = folder.path().join("state").into_os_string();
        let roots = folder.path().join("fleet").into_os_string();
        let mut arguments = options.to_vec();
        arguments.extend(["--state-dir".into(), state, roots]);
        Self::run(folder, more, &arguments)
    }

    /// The program with these arguments, at home in the folder.
    fn run(folder: TempDir, more: &[(&str, &str)], arguments: &[OsString]) -> Self {
        let mut command = pty::rounds(folder.path());
        for (name, value) in more {
            command.env(name, value);
        }
        command.args(arguments);
        Self {
            pty: Pty::open(command, SIZE),
            sent: Vec::new(),
            screen: pty::screen(SIZE),
            folder,
        }
    }

    /// Takes in output until `done`, or fails with what is on the screen.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while self.is_within_a_frame() || !done(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.pty.output.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) if done(self) => return,
                Err(error) => panic!("{what}: {error}; on the screen:\n{}", self.text()),
            }
        }
    }

    /// A frame came in part: half a name is on the screen.
    fn is_within_a_frame(&self) -> bool {
        let last = |mark: &[u8]| self.sent.windows(mark.len()).rposition(|one| one == mark);
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }

    fn shows(&mut self, text: &str) {
        self.until(text, |session| session.text().contains(text));
    }

    /// Writes nothing for so long as nothing happens. The start settles, and a minute may turn meanwhile.
    fn falls_silent(&mut self) {
        let (quiet, end) = (Duration::from_millis(1_500), Instant::now() + PATIENCE);
        while let Ok((_, bytes)) = self.pty.output.recv_timeout(quiet) {
            self.take(&bytes);
            assert!(Instant::now() < end, "never quiet");
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.pty.press(keys.as_bytes());
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = self.pty.child.process_id().expect("a process");
        let pid = rustix::process::Pid::from_raw(id.cast_signed()).expect("a process");
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }

    /// Waits for the end, and checks that the terminal was given back whole.
    fn ends_whole(mut self) {
        let end = Instant::now() + PATIENCE;
        while self.pty.child.try_wait().expect("a child").is_none() {
            assert!(
                Instant::now() < end,
                "does not end; on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        while let Ok((_, bytes)) = self.pty.output.recv_timeout(Duration::from_millis(200)) {
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
fn a_first_start_writes_nothing_beside_the_screen() {
    let sent = sent_in_one_visit();
    let before = sent.split("\u{1b}[?1049h").next();
    assert_eq!(before, Some(""), "before the screen was taken");
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
    session.falls_silent();
    session.press("q");
    session.ends_whole();
}

#[test]
fn plain_leaves_the_cursor_on_the_line_and_is_silent_at_rest() {
    let mut session = Session::start_plain();
    session.shows("social: ok");
    session.falls_silent();
    let read = |session: &Session| {
        let screen = session.screen.screen();
        assert!(!screen.hide_cursor(), "a reader has no cursor to follow");
        let line = usize::from(screen.cursor_position().0);
        session
            .text()
            .lines()
            .nth(line)
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        read(&session).starts_with("social: ok"),
        "{}",
        read(&session)
    );
    session.press("j");
    session.until("the next line", |session| {
        read(session).starts_with("watcher: ok")
    });
    session.press("q");
    session.ends_whole();
}

const MOUSE: [&str; 2] = ["\u{1b}[?1000h\u{1b}[?1006h", "\u{1b}[?1006l\u{1b}[?1000l"];

/// Takes in what is left, and says what was sent in all.
fn all_of(mut session: Session) -> String {
    while let Ok((_, bytes)) = session.pty.output.recv_timeout(PATIENCE) {
        session.take(&bytes);
    }
    let sent = String::from_utf8_lossy(&session.sent).into_owned();
    session.ends_whole();
    sent
}

/// Comes, looks and leaves.
fn sent_in_one_visit() -> String {
    let mut session = Session::start();
    session.shows("first words");
    session.press("q");
    all_of(session)
}

#[test]
fn without_the_option_nothing_is_asked_about_the_mouse() {
    let sent = sent_in_one_visit();
    for part in ["?1000", "?1002", "?1003", "?1006", "?1015"] {
        assert!(!sent.contains(part), "{part}");
    }
}

#[test]
fn with_the_option_a_click_selects_and_the_mouse_is_given_back() {
    for end in ["q", "TERM"] {
        let folder = tempfile::tempdir().expect("a folder");
        fleet(folder.path());
        let config = folder.path().join("config.toml");
        fs::write(&config, "[ui]\nmouse = true\n").expect("a config");
        let mut session =
            Session::start_in(folder, &[], &["--config".into(), config.into_os_string()]);
        session.shows("first words");
        let line = session
            .text()
            .lines()
            .position(|line| line.contains("watcher"));
        let line = line.expect("an agent") + 1;
        session.press(&format!("\u{1b}[<0;6;{line}M\u{1b}[<0;6;{line}m"));
        session.shows("▸✓ watcher");
        // Away to the shell and back: it is given away and taken again.
        session.press("\u{1a}");
        let times = |session: &Session, what: &str| {
            String::from_utf8_lossy(&session.sent).matches(what).count()
        };
        session.until("the terminal is lent", |session| {
            times(session, MOUSE[1]) == 1
        });
        session.signal(rustix::process::Signal::CONT);
        session.until("the terminal is taken again", |session| {
            times(session, MOUSE[0]) >= 2
        });
        session.shows("watcher");
        match end {
            "q" => session.press("q"),
            _ => session.signal(rustix::process::Signal::TERM),
        }
        let sent = all_of(session);
        let (on, off) = (sent.rfind(MOUSE[0]), sent.rfind(MOUSE[1]));
        assert!(on < off, "the mouse stays on after {end}");
        assert!(!sent.contains("?1003"), "movements would fill a slow line");
    }
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
    session.pty.resize((120, 30));
    session.screen = pty::screen((120, 30));
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

impl Session {
    /// Goes on in the rounds until this is the problem on the screen.
    fn stop_at(&mut self, subject: &str) {
        let title = format!("\u{2500} {subject} \u{2500}");
        for _ in 0..40 {
            let before = self.place();
            if self.text().contains(&title) {
                return;
            }
            self.press("n");
            self.until("the next stop", |session| session.place() != before);
        }
        panic!("{subject} is no stop of the rounds:\n{}", self.text());
    }

    /// The subject and its number. How many there are may change meanwhile.
    fn place(&self) -> String {
        let text = self.text();
        let line = text.lines().nth(2).unwrap_or_default();
        line.split_once(" of ")
            .map_or(line, |(place, _)| place)
            .to_owned()
    }

    /// What the screen says can be done here is ordered with the key it shows, and confirmed as it asks.
    fn orders(&mut self, verb: &str, key: &str) {
        let can = |session: &Self| {
            let text = session.text();
            let line = text.lines().find(|line| line.starts_with(" can "));
            line.is_some_and(|line| line.contains(verb))
        };
        self.until(&format!("{verb} is possible"), can);
        self.shows(&format!(" {key}      {verb}"));
        self.press(key);
        // Whatever is asked is answered as the screen says, until it says how to undo what was done.
        for _ in 0..6 {
            self.until("a question, or that it is done", |session| {
                session.question().is_some()
            });
            let asked = self.question();
            let Some(Question::Asks(answer)) = &asked else {
                return;
            };
            self.press(answer);
            self.until("the next question", |session| session.question() != asked);
        }
        panic!("{verb} is asked for without end:\n{}", self.text());
    }

    /// What the screen asks for.
    fn question(&self) -> Option<Question> {
        let text = self.text();
        let asks = |keys: &str| Some(Question::Asks(keys.to_owned()));
        if text.contains("u to undo") {
            return Some(Question::Over);
        }
        if text.contains("y carries it out") {
            return asks("y");
        }
        if text.contains("Enter goes on") {
            return asks("morning rounds\r");
        }
        if text.contains("[ ] tab: I have checked outside") {
            return asks("\t");
        }
        let (_, code) = text.split_once("type ")?;
        let (code, rest) = code.split_once(' ')?;
        let waits = rest.starts_with("and Enter to carry it out") && code.len() == 4;
        waits.then(|| Question::Asks(format!("{code}\r")))
    }
}

/// What stands between an order and its effect.
#[derive(PartialEq, Eq)]
enum Question {
    /// The keys that answer it.
    Asks(String),
    /// Nothing: it is done.
    Over,
}

#[test]
fn a_newcomer_resolves_three_incidents_of_the_demo_by_what_is_on_the_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::run(folder, &[], &["demo".into()]);
    session.shows("R make the rounds");
    session.press("R");
    session.until("the first stop", |session| {
        let text = session.text();
        let line = text.lines().nth(2);
        line.is_some_and(|line| line.ends_with(" \u{2500}") && line.contains(" 1 of "))
    });
    // Steps that were never done, of a run that failed: the pre-check says so, and they are asked for with the same keys.
    session.stop_at("publisher/publish-article");
    session.orders("retry", "r");
    // A claim whose run is gone in the middle of a mutating step.
    session.stop_at("mail-bot/inbox-late");
    session.orders("reclaim", "c");
    // A slot that nobody served.
    session.stop_at("drafter/digest");
    session.orders("retry", "r");
    // The ledger tells that the agents took all three up.
    session.press("\u{1b}");
    session.shows("the standup mark stays");
    session.press("6");
    session.until("all are taken up and done", |session| {
        let text = session.text();
        let done = |subject: &str| {
            let mut lines = text.lines();
            lines.any(|line| {
                line.contains(subject) && line.contains("picked up") && line.contains("done")
            })
        };
        [
            "publisher/publish-article",
            "mail-bot/inbox-late",
            "drafter/digest",
        ]
        .into_iter()
        .all(done)
    });
    session.press("q");
    session.ends_whole();
}

/// The line drops in the middle of whatever is written: nobody reads any more, and the room must not go on without a screen.
#[test]
fn a_terminal_that_goes_away_ends_the_room() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        fleet(folder.path());
        let (rows, cols) = (SIZE.1, SIZE.0);
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = pty::rounds(folder.path());
        command.arg("--state-dir");
        command.arg(folder.path().join("state"));
        command.arg(folder.path().join("fleet"));
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (mut sent, mut bytes) = (Vec::new(), [0; 4_096]);
        while !String::from_utf8_lossy(&sent).contains("social") {
            let n = reader.read(&mut bytes).expect("a frame");
            sent.extend_from_slice(&bytes[..n]);
        }
        drop(reader);
        drop(pair.master);
        let end = Instant::now() + PATIENCE;
        while child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < end, "it goes on without a terminal");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
