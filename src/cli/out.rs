//! The way out: standard output and error, in as few writes as there are answers.

use std::io::{self, ErrorKind, Write};

/// Writes an answer with one write and no buffer left behind.
///
/// # Errors
/// What the system said, except that a reader who left early (`| head`) is [`Gone`](Written::Gone), not an error.
pub fn write(text: &str) -> io::Result<Written> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Written::Whole),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Written::Gone),
        Err(error) => Err(error),
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Whole,
    /// Nobody reads any more: time to end, quietly.
    Gone,
}

/// Writes a message for people. Where even that fails there is nobody to tell.
pub fn complain(text: &str) {
    let line = format!("rounds: {}\n", text.trim_end());
    let _ = io::stderr().lock().write_all(line.as_bytes());
}
