//! Hostile text in every place where an agent can put some: names, ids, reasons, keys, damaged lines, plans, locks, notes. In every
//! pane, page, report and command, not one control sequence outside the list of `terminal` and no hidden character gets out.
//!
//! `cargo test --test hostile` writes two megabytes of it; `ROUNDS_LARGE=1 cargo test --release --test hostile -- --nocapture` fifty, through
//! every pane in memory and on a pseudo terminal, and through every report and command.

mod fleet;
mod terminal;
mod visit;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use fleet::{Dice, Place, append, large, now};
use rounds::domain::time::Ts;
use rounds::ui::caps::Caps;
use terminal::pty::{self, Pty};
use terminal::{Sink, offence};
use visit::Visit;

const INTRODUCERS: &[&[u8]] = &[
    b"\x1b[",
    b"\x1b]",
    b"\x1bP",
    b"\x1b_",
    b"\x1b^",
    b"\x1bX",
    "\u{9b}".as_bytes(),
    "\u{9d}".as_bytes(),
    "\u{90}".as_bytes(),
    b"\x9b",
    b"\x9d",
    b"\x90",
];

const BODIES: &[&[u8]] = &[
    b"2J",
    b"3J",
    b"H",
    b"1;1H",
    b"?1049h",
    b"?1049l",
    b"?25l",
    b"6n",
    b"5n",
    b"c",
    b">c",
    b"=c",
    b"21t",
    b"20t",
    b"8;1;1t",
    b"3;0;0t",
    b"?2004l",
    b"?1000h",
    b"?1003h",
    b"?1006h",
    b"?69h",
    b"1;1r",
    b"5i",
    b"4i",
    b"?5i",
    b"!p",
    b"?3h",
    b"99999999b",
    b"8m",
    b"5m",
    b"31m",
    b"6 q",
    b"?2026h",
    b"0;title",
    b"2;title",
    b"52;c;cm0gLXJmIH4K",
    b"52;p;?",
    b"8;;file:///etc/passwd",
    b"8;;http://evil.example",
    b"50;#3",
    b"4;1;?",
    b"10;?",
    b"11;#000000",
    b"104",
    b"1337;File=name=eA==;inline=1:eA==",
    b"1337;RequestUpload=format=tgz",
    b"1337;CopyToClipboard=",
    b"777;notify;a;b",
    b"9;run me",
    b"9;4;1;50",
    b"7;file://host/tmp",
    b"133;A",
    b"666;x",
    b"$q\"p",
    b"+q544e",
    b"=1s",
    b"tmux;\x1b\x1b]0;x",
    b"q#0;2;0;0;0",
    b"Gf=100,a=T;AAAA",
    b"1;2;3{",
    b"@kitty-cmd{}",
];

const ENDS: &[&[u8]] = &[b"\x07", b"\x1b\\", "\u{9c}".as_bytes(), b"\x18", b""];

/// Single characters and short strings that hide, turn around, overwrite or flood.
const ODD: &[&str] = &[
    "\r",
    "\u{8}\u{8}\u{8}",
    "\u{7}",
    "\u{0}",
    "\u{7f}",
    "\u{1b}c",
    "\u{1b}7",
    "\u{1b}#8",
    "\u{1b}%G",
    "\u{1b}(0",
    "\u{e}",
    "\u{f}",
    "\u{1b}N",
    "\u{1b}=",
    "\u{85}",
    "\u{84}",
    "\u{8d}",
    "\u{202e}gpj.exe",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{ad}",
    "\u{61c}",
    "\u{180e}",
    "\u{2028}",
    "\u{2029}",
    "\u{e0041}\u{e0042}",
    "\u{fff9}",
    "\u{3164}",
    "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}",
    "\u{fe0f}",
    "\t\t\t",
    "\n",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "👨\u{200d}👩\u{200d}👧",
    "日本語の名前",
    "שלום",
    "\u{fdfd}",
    "\u{ffff}",
    "\u{10ffff}",
];

fn attacks() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = ODD
        .iter()
        .map(|odd| format!("a{odd}b").into_bytes())
        .collect();
    for (i, introducer) in INTRODUCERS.iter().enumerate() {
        for (j, body) in BODIES.iter().enumerate() {
            // Each pair with two of the ends: over all pairs every body meets every end.
            for end in [
                ENDS[(i + j) % ENDS.len()],
                ENDS[(i * 2 + j + 1) % ENDS.len()],
            ] {
                all.push([b"x".as_slice(), introducer, body, end, b"y"].concat());
            }
        }
    }
    all
}

struct Fleet<'a> {
    attacks: &'a [Vec<u8>],
    dice: Dice,
    at: Ts,
}

impl Fleet<'_> {
    fn raw(&mut self) -> &[u8] {
        &self.attacks[self.dice.below(self.attacks.len() as u64) as usize]
    }

    /// As JSON would hold it.
    fn text(&mut self) -> String {
        let text = String::from_utf8_lossy(self.raw()).into_owned();
        let (a, b) = text.split_at(text.floor_char_boundary(text.len() / 2));
        serde_json::json!(format!("{a} word {b}")).to_string()
    }

    /// With every control character in it as it is, which is no JSON.
    fn line(&mut self) -> Vec<u8> {
        let mut line = self.raw().to_vec();
        line.retain(|byte| *byte != b'\n');
        line
    }

    fn beat(&mut self, agent: &str) -> String {
        self.at = Ts(self.at.0 + 20_000);
        let ts = self.at.rfc3339();
        let status = ["ok", "failed", "partial", "skipped", "running"][self.dice.below(5) as usize];
        let status = if self.dice.one_in(15) {
            self.text()
        } else {
            format!("\"{status}\"")
        };
        format!(
            "{{\"ts\":\"{ts}\",\"agent\":{agent},\"run_id\":{},\"task\":{},\"status\":{status},\"did\":[{}],\"skipped\":[{{\"what\":{},\"why\":{}}}],\
             \"failed\":[{{\"what\":{},\"why\":{},\"key\":{},\"target\":{}}}],\"resource\":{},\"msg\":{},\"model\":{},\"error_type\":{}}}\n",
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
            self.text(),
        )
    }

    fn plan(&mut self, agent: &str) -> String {
        let tasks: Vec<String> = (0..8)
            .map(|n| {
                let due = Ts(now().0 + (n - 5) * 1_800_000).rfc3339();
                let status = ["pending", "claimed", "failed", "review"][self.dice.below(4) as usize];
                format!(
                    "{{\"id\":{},\"title\":{},\"due\":\"{due}\",\"tier\":\"mutating\",\"resource\":[{}],\"key\":{},\"status\":\"{status}\",\
                     \"claim\":{{\"by\":{},\"run\":{},\"at\":\"{due}\",\"epoch\":1,\"lease_s\":600}},\"depends_on\":[{}],\"done_criteria\":[{}]}}",
                    self.text(), self.text(), self.text(), self.text(), self.text(), self.text(), self.text(), self.text(),
                )
            })
            .collect();
        format!(
            "{{\"agent\":{agent},\"tz\":\"UTC\",\"limits\":{{\"tasks\":3}},\"tasks\":[{}]}}",
            tasks.join(",")
        )
    }

    fn agent(&mut self, folder: &Path, bytes: usize) -> usize {
        fs::create_dir_all(folder.join("locks")).expect("a folder");
        let agent = self.text();
        self.at = Ts(now().0 - 20_000 * (bytes as i64 / 700 + 1));
        let mut log = Vec::new();
        while log.len() < bytes {
            log.extend(self.beat(&agent).into_bytes());
            if self.dice.one_in(9) {
                log.extend(self.line());
                log.push(b'\n');
            }
        }
        append(&folder.join("heartbeat.jsonl"), &log);
        append(&folder.join("schedule.json"), self.plan(&agent));
        for _ in 0..20 {
            let ts = now().rfc3339();
            let step = format!(
                "{{\"ts\":\"{ts}\",\"run_id\":{},\"task\":{},\"step\":{},\"do\":{},\"target\":{},\"tier\":\"mutating\",\"key\":{},\"status\":\"intended\",\"why\":{}}}\n",
                self.text(),
                self.text(),
                self.text(),
                self.text(),
                self.text(),
                self.text(),
                self.text(),
            );
            append(&folder.join("wal.jsonl"), step);
        }
        let lock = format!(
            "{{\"holder\":{},\"run_id\":{},\"acquired\":\"{}\",\"ttl_s\":1}}",
            self.text(),
            self.text(),
            self.at.rfc3339()
        );
        append(&folder.join("locks/site.lock"), lock);
        let day = &now().rfc3339()[..10];
        let mut insights = format!("# INSIGHTS\n## {day}\n### Worked\n").into_bytes();
        for heading in ["", "### Didn't\n", "### Change\n"] {
            insights.extend(heading.bytes());
            for _ in 0..5 {
                insights.extend(b"- [ ] ");
                insights.extend(self.line());
                insights.extend(b" #tag\n");
            }
        }
        append(&folder.join("INSIGHTS.md"), insights);
        log.len()
    }
}

/// Agents whose folders are attacks, too, as far as a file system takes them.
fn write(place: &Place, attacks: &[Vec<u8>], wanted: usize) -> usize {
    let mut fleet = Fleet {
        attacks,
        dice: Dice(7),
        at: now(),
    };
    let mut bytes = 0;
    for n in 0..16 {
        let mut name = format!("a{n}-").into_bytes();
        name.extend(fleet.raw());
        name.retain(|byte| *byte != b'/' && *byte != 0);
        name.truncate(60);
        bytes += fleet.agent(&place.fleet().join(OsStr::from_bytes(&name)), wanted / 16);
    }
    bytes
}

/// Every pane and page by its keys, with the answers of the keeper taken in.
const TOUR: &[&str] = &[
    "j", "j", "enter", "j", "j", "w", "esc", "enter", "esc", "esc", "x", "esc", "2", "v", "j", "j",
    "enter", "esc", "v", "3", "j", "j", "enter", "esc", "4", "j", "w", "esc", "x", "esc", "r",
    "esc", "c", "esc", "s", "esc", "H", "esc", "m", "esc", "a", "esc", "j", "enter", "j", "esc",
    "5", "k", "k", "enter", "esc", "6", "j", "enter", "esc", "1", "R", "n", "n", "esc", "esc", "/",
    "x", "esc", ":", "a", "esc", "?", "esc", "y", "[", "]", "esc", "n", "n",
];

/// Bytes of hostile text.
fn wanted(small: usize) -> usize {
    if large() { 50_000_000 } else { small }
}

#[test]
fn nothing_hostile_reaches_the_screen() {
    let begun = Instant::now();
    let attacks = attacks();
    assert!(attacks.len() >= 1_000, "{}", attacks.len());
    let place = Place::new();
    let bytes = write(&place, &attacks, wanted(2_000_000));
    let mut visit = Visit::open(place.setup(), (120, 40), Caps::FULL);
    let (mut frames, mut shown) = (0, 0);
    for (width, height) in [(120, 40), (80, 24), (200, 50), (40, 12)] {
        visit.send(rounds::ui::msg::Msg::Resize(width, height));
        for key in TOUR {
            visit.press(key);
            visit.answer(Duration::from_millis(20));
            let frame = visit.draw();
            frames += usize::from(!frame.is_empty());
            shown += frame.len();
            assert_eq!(
                offence(&frame, Sink::Frame),
                None,
                "after {key} at {width}x{height}"
            );
        }
    }
    for text in &visit.copied {
        assert_eq!(offence(text.as_bytes(), Sink::Report), None, "copied");
    }
    visit.close();
    println!(
        "hostile: {} attacks in {bytes} bytes, {frames} frames of {shown} bytes: 0 sequences outside the list, {:?}",
        attacks.len(),
        begun.elapsed()
    );
}

const REPORTS: &[&[&str]] = &[
    &["standup"],
    &["standup", "--json"],
    &["standup", "--md"],
    &["check"],
    &["check", "--json"],
    &["log", "-n", "400"],
    &["log", "--json", "-n", "400"],
    &["sprint"],
    &["sprint", "--json"],
    &["retro"],
    &["retro", "--json"],
    &["retro", "--md"],
    &["plan"],
    &["doctor"],
    &["ledger"],
    &["ledger", "verify"],
    &["lint"],
    &["kept"],
    &["kept", "--lost", "--plain"],
    &["kept", "--lost", "--json"],
    &["check", "--min", "info"],
    &["sprint", "--storm"],
    &["doctor", "--json"],
];

#[test]
fn nothing_hostile_is_printed() {
    let place = Place::new();
    let attacks = attacks();
    let begun = Instant::now();
    let bytes = write(&place, &attacks, wanted(1_000_000));
    let mut told = 0;
    for report in REPORTS {
        for colour in ["always", "never"] {
            let mut command = place.command(report);
            command.args(["--color", colour]);
            command
                .env_remove("NO_COLOR")
                .env("TERM", "xterm-256color")
                .env("LANG", "C.UTF-8");
            let output = command.output().expect("rounds runs");
            for bytes in [&output.stdout, &output.stderr] {
                told += bytes.len();
                assert_eq!(offence(bytes, Sink::Report), None, "{report:?} {colour}");
            }
            assert!(
                !output.stdout.is_empty(),
                "{report:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    println!(
        "hostile: {} reports of {told} bytes on {bytes} bytes: 0 sequences outside the list, {:?}",
        REPORTS.len() * 2,
        begun.elapsed()
    );
}

/// Mistakes name what is wrong, and what is wrong may be hostile.
#[test]
fn nothing_hostile_is_in_an_error() {
    let place = Place::new();
    append(&place.log(), fleet::beat(0, now()));
    for attack in attacks().iter().step_by(37) {
        let attack: Vec<u8> = attack.iter().copied().filter(|byte| *byte != 0).collect();
        let mut config = b"[agents.\"".to_vec();
        config.extend(&attack);
        config.extend(b"\"]\nnothing = \"");
        config.extend(&attack);
        config.extend(b"\"\n");
        fs::write(place.dir.path().join("config.toml"), config).expect("a config");
        let mut commands = vec![place.command(&["check"])];
        fs::write(place.dir.path().join("config.toml.none"), "").expect("a config");
        for args in [["why"], ["log"], ["reclaim"], ["lint"]] {
            let mut command = place.command(&args);
            command
                .arg(OsStr::from_bytes(&attack))
                .env("ROUNDS_CONFIG", place.dir.path().join("config.toml.none"));
            commands.push(command);
        }
        for mut command in commands {
            let output = command.output().expect("rounds runs");
            for bytes in [&output.stdout, &output.stderr] {
                assert_eq!(offence(bytes, Sink::Report), None, "{command:?}");
            }
        }
    }
}

/// What a program writes to a pseudo terminal of this size while keys are typed, one when the one before has been answered.
struct Session {
    pty: Pty,
    seen: Vec<u8>,
}

/// Nothing more is coming: several frames' time.
const QUIET: Duration = Duration::from_millis(90);
/// Nothing is coming at all: whatever it does, it says something sooner.
const PATIENCE: Duration = Duration::from_mins(2);

impl Session {
    fn open(place: &Place, args: &[&str], size: (u16, u16)) -> Self {
        let mut command = pty::rounds(place.dir.path());
        command.env("ROUNDS_STATE_DIR", place.state());
        // What an editor makes of a file is its own affair; this one shows nothing and waits for nobody.
        for name in ["VISUAL", "EDITOR"] {
            command.env(name, "true");
        }
        command.args(args);
        command.arg("--path");
        command.arg(place.fleet());
        Self {
            pty: Pty::open(command, size),
            seen: Vec::new(),
        }
    }

    /// Takes in what is written until it is quiet, the first of it with more patience.
    fn settle(&mut self, first: Duration) {
        let mut patience = first;
        while let Ok((_, bytes)) = self.pty.output.recv_timeout(patience) {
            self.seen.extend(bytes);
            patience = QUIET;
        }
    }

    fn press(&mut self, key: &[u8]) {
        self.pty.press(key);
        self.settle(QUIET * 2);
    }

    /// All that was written, and whether the program ended well by itself.
    fn end(mut self) -> (Vec<u8>, bool) {
        loop {
            match self.pty.output.recv_timeout(PATIENCE) {
                Ok((_, bytes)) => self.seen.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.pty.child.kill().expect("it is stopped");
                    return (self.seen, false);
                }
            }
        }
        let ended = self.pty.child.wait().expect("ended").success();
        (self.seen, ended)
    }
}

fn bytes_of(key: &str) -> &[u8] {
    match key {
        "enter" => b"\r",
        "esc" => b"\x1b",
        key => key.as_bytes(),
    }
}

/// The program itself on a pseudo terminal, with the screen it takes and gives back.
#[test]
fn nothing_hostile_reaches_a_terminal() {
    let (place, begun) = (Place::new(), Instant::now());
    let bytes = write(&place, &attacks(), wanted(500_000));
    let mut session = Session::open(&place, &[], (200, 50));
    session.settle(Duration::from_mins(2));
    let sizes: &[(u16, u16)] = if large() {
        &[(200, 50), (80, 24), (40, 12)]
    } else {
        &[(80, 24)]
    };
    let mut keys = 0;
    for size in sizes {
        session.pty.resize(*size);
        session.settle(QUIET * 2);
        // `y` writes to the clipboard, which the tour in memory looks at.
        for key in TOUR.iter().filter(|key| **key != "y") {
            session.press(bytes_of(key));
            keys += 1;
        }
    }
    for key in [b"\x1b", b"\x1b", b"\x1b", b"q"] {
        session.press(key);
    }
    let (seen, ended) = session.end();
    assert!(ended, "it ended as it should");
    assert_eq!(offence(&seen, Sink::Session), None);
    assert!(seen.len() > 2_000, "{}", seen.len());
    println!(
        "hostile: {keys} keys on a terminal over {bytes} bytes, {} written: 0 sequences outside the list, {:?}",
        seen.len(),
        begun.elapsed()
    );
}

/// Every report as an operator gets it, on a terminal.
#[test]
fn nothing_hostile_is_printed_on_a_terminal() {
    let (place, begun) = (Place::new(), Instant::now());
    let bytes = write(&place, &attacks(), wanted(300_000));
    let mut told = 0;
    for report in REPORTS {
        let (seen, _) = Session::open(&place, report, (120, 50)).end();
        told += seen.len();
        assert_eq!(offence(&seen, Sink::Session), None, "{report:?}");
        let text = String::from_utf8_lossy(&seen);
        let screen = ["\x1b[?1049h", "\x1b[2J", "\x1b[?25l"];
        assert!(
            screen.iter().all(|taken| !text.contains(taken)),
            "{report:?}"
        );
    }
    println!(
        "hostile: {} reports on a terminal over {bytes} bytes, {told} written: 0 sequences outside the list, {:?}",
        REPORTS.len(),
        begun.elapsed()
    );
}
