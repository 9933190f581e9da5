//! A program on a pseudo terminal.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Pieces of output that may wait for the test; past it the program waits, as it does for a slow line.
const PIECES: usize = 4_096;

/// The program, its terminal, and what it writes there, each piece with the moment it came.
pub struct Pty {
    pub child: Box<dyn Child + Send + Sync>,
    pub output: Receiver<(Instant, Vec<u8>)>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
}

impl Pty {
    /// Starts the program on a terminal of so many columns and rows.
    pub fn open(command: CommandBuilder, size: (u16, u16)) -> Self {
        let pair = native_pty_system()
            .openpty(cells(size))
            .expect("a pseudo terminal");
        let child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (send, output) = sync_channel(PIECES);
        thread::spawn(move || {
            let mut bytes = [0; 16_384];
            // The end of a pseudo terminal is an error on Linux.
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if send.send((Instant::now(), bytes[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            output,
            keys: pair.master.take_writer().expect("a writer"),
            master: pair.master,
        }
    }

    pub fn press(&mut self, keys: &[u8]) {
        self.keys
            .write_all(keys)
            .and_then(|()| self.keys.flush())
            .expect("the terminal takes keys");
    }

    pub fn resize(&self, size: (u16, u16)) {
        self.master.resize(cells(size)).expect("a resize");
    }
}

fn cells((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// `rounds` with nothing in its environment but a terminal, and at home in this folder.
pub fn rounds(home: &Path) -> CommandBuilder {
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
    command.env("HOME", home);
    command
}

/// What a terminal of this size shows of what it gets.
pub fn screen((columns, rows): (u16, u16)) -> vt100::Parser {
    let cells = |n| NonZero::new(n).expect("not zero");
    vt100::Parser::new(cells(rows), cells(columns), 0)
}
