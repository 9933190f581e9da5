//! The program in a pty; what it writes comes with the moment it was read.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::place::Place;

/// How a room learns that a file changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    ByTheSystem,
    ByLooking,
}

pub struct Room {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    size: (u16, u16),
}

impl Room {
    /// One that is at rest.
    pub fn open(place: &Place, size: (u16, u16), told: Told) -> Self {
        let room = Self::start(place, size, told);
        room.quiet(Duration::from_millis(2_500));
        room
    }

    pub fn start(place: &Place, size: (u16, u16), told: Told) -> Self {
        let cells = PtySize {
            rows: size.1,
            cols: size.0,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(cells).expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rounds"));
        command.arg(&place.fleet);
        for (key, value) in place.surroundings() {
            command.env(key, value);
        }
        command.env_remove("ROUNDS_CONFIG");
        if told == Told::ByLooking {
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
            size,
        }
    }

    /// A screen that is fed with what the program writes.
    pub fn screen(&self) -> vt100::Parser {
        let cells = |n| NonZero::new(n).expect("not zero");
        vt100::Parser::new(cells(self.size.1), cells(self.size.0), 0)
    }

    /// When the screen first shows what is wanted; nothing within `limit` is none.
    pub fn shows(
        &self,
        screen: &mut vt100::Parser,
        limit: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Instant> {
        let until = Instant::now() + limit;
        while let Ok((at, bytes)) = self
            .output
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            screen.process(&bytes);
            if wanted(&screen.screen().contents()) {
                return Some(at);
            }
        }
        None
    }

    /// When this many of the agents were on the screen first. What was written is looked at once the room is quiet: a screen
    /// that is drawn beside it would take a processor from the start that is measured.
    pub fn shows_agents(&self, place: &Place, most: usize) -> Option<Instant> {
        let names: Vec<&str> = place
            .folders
            .iter()
            .filter_map(|folder| folder.file_name()?.to_str())
            .collect();
        let mut written = Vec::new();
        let mut patience = Duration::from_mins(1);
        while let Ok(chunk) = self.output.recv_timeout(patience) {
            written.push(chunk);
            patience = Duration::from_secs(1);
        }
        let mut screen = self.screen();
        written.into_iter().find_map(|(at, bytes)| {
            screen.process(&bytes);
            let text = screen.screen().contents();
            (names.iter().filter(|name| text.contains(*name)).count() >= most).then_some(at)
        })
    }

    /// Waits until nothing was written for a while; how many bytes came before.
    pub fn quiet(&self, span: Duration) -> usize {
        let mut bytes = 0;
        while let Ok((_, got)) = self.output.recv_timeout(span) {
            bytes += got.len();
        }
        bytes
    }

    pub fn first(&self, limit: Duration) -> Option<(Instant, usize)> {
        match self.output.recv_timeout(limit) {
            Ok((at, bytes)) => Some((at, bytes.len())),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("rounds ended"),
        }
    }

    pub fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("a key");
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    pub fn close(mut self) {
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
