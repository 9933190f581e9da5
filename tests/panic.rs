//! A panic leaves the terminal whole: this program opens the terminal as the room does, inside a pseudo terminal of its own,
//! and panics there.

mod terminal;

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rounds::ui::term::{Cursor, Mouse, Terminal, Wishes};
use terminal::pty::Pty;

/// Says to the program that it is the one inside, and where to panic.
const INSIDE: &str = "ROUNDS_TEST_PANICS";
const PATIENCE: Duration = Duration::from_secs(20);
const ENTERED: &str = "\u{1b}[?1049h";
const LEFT: &str = "\u{1b}[?1049l";
const HEARS: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const DEAF: &str = "\u{1b}[?1006l\u{1b}[?1000l";
const CURSOR: &str = "\u{1b}[?25h";

fn main() {
    match std::env::var(INSIDE).as_deref() {
        Ok("screen") => inside(|| panic!("the screen fails")),
        Ok("keeper") => inside(|| {
            let thread = std::thread::spawn(|| panic!("the keeper fails"));
            assert!(thread.join().is_err(), "it panicked");
        }),
        _ => outside(),
    }
}

fn inside(fail: fn()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let wishes = Wishes {
            cursor: Cursor::Hidden,
            mouse: Mouse::On,
        };
        let terminal = Terminal::open(wishes).expect("the terminal is taken");
        fail();
        drop(terminal);
    });
}

fn outside() {
    let sent = output_of("screen");
    let left = sent
        .rfind(LEFT)
        .unwrap_or_else(|| panic!("the screen is left: {sent:?}"));
    assert!(sent[..left].contains(ENTERED), "it was entered: {sent:?}");
    assert!(sent.contains(CURSOR), "the cursor shows: {sent:?}");
    let deaf = sent
        .find(DEAF)
        .unwrap_or_else(|| panic!("the mouse is still reported: {sent:?}"));
    assert!(sent[..deaf].contains(HEARS), "it was reported: {sent:?}");
    let report = sent[left..]
        .find("the screen fails")
        .unwrap_or_else(|| panic!("the report comes after it: {sent:?}"));
    assert!(
        sent[left + report..].starts_with("the screen fails\r\n"),
        "lines begin at the left again: {sent:?}"
    );

    let sent = output_of("keeper");
    assert!(
        !sent.contains("the keeper fails"),
        "another thread's report does not tear the screen: {sent:?}"
    );
    assert!(
        sent.contains(ENTERED) && sent.contains(LEFT),
        "the room goes on to its end: {sent:?}"
    );
}

/// Everything the program wrote to its terminal until it ended.
fn output_of(which: &str) -> String {
    let mut command = CommandBuilder::new(std::env::current_exe().expect("this program"));
    command.env(INSIDE, which);
    command.env("TERM", "xterm-256color");
    command.env("RUST_BACKTRACE", "0");
    let mut pty = Pty::open(command, (80, 24));
    let (mut all, end) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match pty.output.recv_timeout(left) {
            Ok((_, bytes)) => all.extend(bytes),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                pty.child.kill().expect("it is ended");
                panic!("it ends by itself: {:?}", String::from_utf8_lossy(&all));
            }
        }
    }
    pty.child.wait().expect("it ended");
    String::from_utf8_lossy(&all).into_owned()
}
