//! A progress line on standard error, on a terminal only: how much, how fast, how much longer.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two drawings.
const EVERY: Duration = Duration::from_millis(100);

/// Draws nothing in the first 300 ms, and nothing at all into a pipe.
#[derive(Debug)]
pub struct Bar {
    what: &'static str,
    began: Instant,
    drawn: Option<Instant>,
    terminal: bool,
}

impl Bar {
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            began: Instant::now(),
            drawn: None,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// `part` of the whole is done (0 to 1), and so many bytes.
    pub fn at(&mut self, part: f64, bytes: u64) {
        let elapsed = self.began.elapsed();
        let due = self
            .drawn
            .map_or(elapsed > EVERY * 3, |drawn| drawn.elapsed() > EVERY);
        if !self.terminal || !due {
            return;
        }
        self.drawn = Some(Instant::now());
        let line = line(self.what, part, bytes, elapsed);
        let _ = write!(io::stderr().lock(), "\r{line}\u{1b}[K");
    }

    /// Takes the line away.
    pub fn done(self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

fn line(what: &str, part: f64, bytes: u64, elapsed: Duration) -> String {
    const CELLS: usize = 24;
    let part = part.clamp(0.0, 1.0);
    let filled = (part * CELLS as f64) as usize;
    let bar: String = (0..CELLS)
        .map(|cell| if cell < filled { '#' } else { '.' })
        .collect();
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = (bytes as f64 / seconds) as u64;
    let left = if part > 0.01 {
        seconds * (1.0 - part) / part
    } else {
        0.0
    };
    let percent = (part * 100.0) as u32;
    let rate = crate::view::agent::bytes(rate);
    format!("{what} [{bar}] {percent:>3} %, {rate}/s, {left:.0}s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_far_how_fast_and_how_long() {
        let line = line("writing", 0.25, 5_000_000, Duration::from_secs(2));
        assert_eq!(
            line,
            "writing [######..................]  25 %, 2.5 MB/s, 6s left"
        );
    }
}
