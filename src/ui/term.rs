//! The real terminal: set up and restored by one guard, whatever ends the program.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Command as Program, ExitStatus};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event as Raw, EventStream, MouseButton,
    MouseEvent, MouseEventKind,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{cursor, execute};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::hangup;
use super::msg::Touch;
use super::run::{Event, Screen};

/// The terminal is ours: raw mode, alternate screen. Seen by the panic hook.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The terminal reports the mouse.
static MOUSE: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Whether there is a terminal on both sides.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether the terminal's own cursor is seen: it stands where a reader shall read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    Hidden,
    Shown,
}

/// Whether clicks and the wheel are reported. While they are, the terminal's own selection wants shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Off,
    On,
}

/// What rounds asks of a terminal beside the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    pub cursor: Cursor,
    pub mouse: Mouse,
}

/// Presses and the wheel, with places of any size; never movements, which would fill a slow line.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

fn take(wishes: Wishes) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    execute!(out, EnterAlternateScreen, EnableBracketedPaste)?;
    if wishes.mouse == Mouse::On {
        MOUSE.store(true, Ordering::SeqCst);
        out.write_all(MOUSE_ON)?;
    }
    match wishes.cursor {
        Cursor::Hidden => execute!(out, cursor::Hide),
        Cursor::Shown => execute!(out, cursor::Show),
    }
}

/// Gives the terminal back as it was. Safe to call at any time, from the panic hook too.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Every step is tried: a terminal that is gone refuses them all, and nobody is left to tell.
    let mut out = io::stdout();
    let deaf = if MOUSE.swap(false, Ordering::SeqCst) {
        out.write_all(MOUSE_OFF)
    } else {
        Ok(())
    };
    let left = execute!(
        out,
        DisableBracketedPaste,
        cursor::Show,
        LeaveAlternateScreen
    );
    let cooked = disable_raw_mode();
    if let Err(error) = deaf.and(left).and(cooked) {
        tracing::warn!(%error, "the terminal could not be restored in full");
    }
}

/// A panic is logged, the terminal restored, then the former hook reports it.
fn hook_panics() {
    HOOK.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            tracing::error!(panic = %panic, "panicked");
            // Another thread's panic is caught and shown by its owner; a report on the screen would only tear it.
            let main = std::thread::current().name() == Some("main");
            if main {
                restore();
            }
            if main || !TAKEN.load(Ordering::SeqCst) {
                former(panic);
            }
        }));
    });
}

/// The terminal rounds was started on. Dropping it restores the terminal.
pub struct Terminal {
    out: io::Stdout,
    wishes: Wishes,
    events: Option<EventStream>,
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    resume: Signal,
}

impl Terminal {
    /// Takes the terminal. Must be called inside a tokio runtime.
    pub fn open(wishes: Wishes) -> io::Result<Self> {
        hook_panics();
        let terminal = Self {
            out: io::stdout(),
            wishes,
            events: Some(EventStream::new()),
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        };
        take(wishes)?;
        hangup::listen()?;
        Ok(terminal)
    }

    /// Gives the terminal away while `what` runs. The event stream is closed meanwhile: it would eat the other's keys.
    fn lend(&mut self, what: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.events = None;
        restore();
        let outcome = what();
        take(self.wishes)?;
        self.events = Some(EventStream::new());
        outcome
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.events = None;
        restore();
    }
}

impl Screen for Terminal {
    fn size(&self) -> (u16, u16) {
        size().unwrap_or((80, 24))
    }

    fn sink(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    async fn event(&mut self) -> Event {
        let Some(events) = self.events.as_mut() else {
            return Event::End("no input");
        };
        loop {
            let raw = tokio::select! {
                biased;
                _ = self.terminate.recv() => return Event::End("SIGTERM"),
                _ = self.hangup.recv() => return Event::End("SIGHUP"),
                _ = self.interrupt.recv() => return Event::End("SIGINT"),
                _ = self.resume.recv() => {
                    // The shell has put its own modes back meanwhile.
                    restore();
                    return if take(self.wishes).is_ok() { Event::Disturbed } else { Event::End("no terminal") };
                }
                raw = events.next() => raw,
            };
            match raw {
                Some(Ok(Raw::Key(key))) => return Event::Key(key),
                Some(Ok(Raw::Paste(text))) => return Event::Paste(text),
                Some(Ok(Raw::Resize(width, height))) => return Event::Resize(width, height),
                Some(Ok(Raw::Mouse(mouse))) => {
                    if let Some(touch) = touch(mouse) {
                        return Event::Touch(touch);
                    }
                }
                Some(Ok(Raw::FocusGained | Raw::FocusLost)) => {}
                Some(Err(_)) | None => return Event::End("no input"),
            }
        }
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.lend(|| {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::TSTP)
                .map_err(io::Error::from)
        })
    }

    fn show(&mut self, path: &Path, line: u32) -> io::Result<()> {
        let words =
            editor(|name| std::env::var(name).ok()).unwrap_or_else(|| vec!["less".to_owned()]);
        self.lend(|| {
            let mut program = program(&words)?;
            program.arg(format!("+{line}")).arg(path);
            run(&words, program).map(drop)
        })
    }

    fn edit(&mut self, path: &Path) -> io::Result<()> {
        self.lend(|| in_editor(path))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.out, CopyToClipboard::to_clipboard_from(text))
    }
}

/// The left button and the wheel; nothing else means anything.
fn touch(mouse: MouseEvent) -> Option<Touch> {
    let (x, y) = (mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Touch::Click(x, y)),
        MouseEventKind::ScrollUp => Some(Touch::Up(x, y)),
        MouseEventKind::ScrollDown => Some(Touch::Down(x, y)),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}

fn program(words: &[String]) -> io::Result<Program> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| io::Error::other(NO_EDITOR))?;
    let mut made = Program::new(program);
    made.args(arguments);
    Ok(made)
}

fn run(words: &[String], mut program: Program) -> io::Result<ExitStatus> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", words[0]));
    program.status().map_err(named)
}

/// Opens a draft in the operator's editor and waits until it has left.
///
/// # Errors
/// There is no editor, it cannot be started, or it ended with a failure.
pub fn in_editor(path: &Path) -> io::Result<()> {
    let words = editor(|name| std::env::var(name).ok());
    let words = words.ok_or_else(|| io::Error::other(NO_EDITOR))?;
    let mut program = program(&words)?;
    program.arg(path);
    let status = run(&words, program)?;
    if status.success() {
        return Ok(());
    }
    let program = &words[0];
    Err(io::Error::other(format!(
        "{program} ended with {status}; your draft is kept"
    )))
}

/// What is said where there is no editor.
const NO_EDITOR: &str = "neither $VISUAL nor $EDITOR names a program";

/// `$VISUAL`, else `$EDITOR`, in words: no shell is involved.
fn editor(env: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let mut named = ["VISUAL", "EDITOR"].iter().filter_map(|name| env(name));
    let value = named.find(|value| !value.trim().is_empty())?;
    Some(value.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_is_taken_from_the_environment_in_words() {
        let of = |set: &[(&str, &str)]| {
            editor(|name| {
                let mut set = set.iter();
                set.find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("EDITOR", "vim -R")]).unwrap(), ["vim", "-R"]);
        assert_eq!(
            of(&[("EDITOR", "vi"), ("VISUAL", "code -w")]).unwrap(),
            ["code", "-w"]
        );
        assert_eq!(of(&[("VISUAL", " ")]), None);
    }
}
