//! Running a command of the operator's: an argument vector, no shell, a time after which it is ended.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Bytes of its complaints that are kept.
const MOST_SAID: u64 = 2_000;
/// How often its end is looked for.
const LOOK: Duration = Duration::from_millis(10);

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// With this status and the beginning of its standard error.
    Ended {
        code: Option<i32>,
        said: String,
    },
    /// It was ended, with everything it had started.
    TookTooLong,
    NotStarted(String),
}

impl Ran {
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Ended { code: Some(0), .. })
    }
}

/// Runs it in a process group of its own, gives it `input`, and waits for `limit` at most.
pub fn run(argv: &[String], input: &[u8], limit: Duration) -> Ran {
    let Some((program, arguments)) = argv.split_first() else {
        return Ran::NotStarted("no program is named".to_owned());
    };
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return Ran::NotStarted(error.to_string()),
    };
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Who does not read its input has no use for it.
            stdin.map(|mut pipe| pipe.write_all(input))
        });
        let said = scope.spawn(|| {
            let mut said = Vec::new();
            let pipe = stderr.map(|pipe| pipe.take(MOST_SAID));
            pipe.map(|mut pipe| pipe.read_to_end(&mut said));
            String::from_utf8_lossy(&said).into_owned()
        });
        let status = wait(&mut child, limit);
        // What it left behind would hold the pipes open.
        end(&child);
        let said = said.join().unwrap_or_default();
        let Some(status) = status else {
            let _ = child.wait();
            return Ran::TookTooLong;
        };
        let code = status.code();
        Ran::Ended { code, said }
    })
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::park_timeout(LOOK);
    }
}

/// Ends it and everything of its group.
fn end(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(line: &str, input: &str, limit: u64) -> Ran {
        let argv = ["sh", "-c", line].map(str::to_owned);
        run(&argv, input.as_bytes(), Duration::from_millis(limit))
    }

    #[test]
    fn it_gets_its_input_and_says_how_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("got");
        let line = format!("cat > {}; echo oops >&2; exit 3", file.display());
        let ran = sh(&line, "hello", 10_000);
        let said = "oops\n".to_owned();
        assert_eq!(
            ran,
            Ran::Ended {
                code: Some(3),
                said
            }
        );
        assert_eq!(std::fs::read_to_string(file).unwrap(), "hello");
    }

    #[test]
    fn it_is_ended_with_all_it_started() {
        let begun = Instant::now();
        assert_eq!(sh("sleep 60 & sleep 60", "", 100), Ran::TookTooLong);
        assert!(sh("sleep 60 & exit 0", "", 10_000).is_good());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn who_reads_nothing_and_who_is_not_there() {
        assert!(sh("exit 0", &"x".repeat(1 << 20), 10_000).is_good());
        let none = run(&["/nowhere/at/all".to_owned()], b"", LOOK);
        assert!(matches!(none, Ran::NotStarted(_)));
        assert!(matches!(run(&[], b"", LOOK), Ran::NotStarted(_)));
    }
}
