//! A terminal that goes away while its input is read: the line drops, the window is closed.
//!
//! The system says so by SIGHUP, and input ends. crossterm reads on at the end of input without ever returning, and then
//! nobody hears the signal: the room would go on for ever, at the full cost of a processor. So somebody waits for the end of
//! the terminal alone, and puts silence in its place.

use std::io;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};
use rustix::stdio::dup2_stdin;

/// Waits beside the room, at no cost while the terminal is there.
pub fn listen() -> io::Result<()> {
    let waiting = thread::Builder::new().name("hangup".to_owned());
    waiting.spawn(|| {
        if is_gone()
            && let Err(error) = leave()
        {
            tracing::warn!(%error, "the terminal went away, and its input could not be ended");
        }
    })?;
    Ok(())
}

/// Whether it went away; otherwise nothing can be waited for here.
fn is_gone() -> bool {
    let input = io::stdin();
    loop {
        // Asked for nothing, the system tells of the end all the same.
        let mut ends = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut ends, None) {
            Ok(_) => {
                let told = ends[0].revents();
                return told.intersects(PollFlags::HUP | PollFlags::ERR);
            }
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Whoever reads finds that there is nothing to read yet, comes back, and hears the signal.
fn leave() -> io::Result<()> {
    let (silence, other_end) = io::pipe()?;
    fcntl_setfl(&silence, OFlags::NONBLOCK)?;
    dup2_stdin(&silence)?;
    // Closed, it would be an end of input again.
    std::mem::forget(other_end);
    kill_process(getpid(), Signal::HUP)?;
    Ok(())
}
