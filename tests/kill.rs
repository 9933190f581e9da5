//! Lines against `kill -9`: while an agent writes, rotates, truncates and rewrites its log, the process that mirrors it is
//! killed at random moments. At the end every line shows exactly once.
//!
//! `cargo test --test kill` kills a few dozen times; `ROUNDS_LARGE=1` a thousand times in each scenario. `ROUNDS_SEED=N`
//! repeats the writer's and the killer's choices of a run.

mod fleet;

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fleet::{Dice, Misses, Place, append, beat, message, misses};

/// What an agent does to its log, besides appending to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    Append,
    /// A line comes in several writes.
    Partial,
    /// `heartbeat.jsonl` becomes `.1`, `.1` becomes `.2`.
    Rotate,
    /// `heartbeat.jsonl` becomes `heartbeat-N.jsonl`, for ever.
    RotateDated,
    /// Copied to a dated name in several writes, then cut to nothing.
    CopyTruncate,
    Truncate,
    /// The same file is written again from its start, without its head.
    Rewrite,
    /// The head is dropped by a new file renamed over the old one.
    Prune,
    /// Removed and created again, so that the file system may give the same inode.
    Recreate,
    /// A new day file each time, in `heartbeat/`.
    DayFiles,
}

const ALL: [Scenario; 10] = [
    Scenario::Append,
    Scenario::Partial,
    Scenario::Rotate,
    Scenario::RotateDated,
    Scenario::CopyTruncate,
    Scenario::Truncate,
    Scenario::Rewrite,
    Scenario::Prune,
    Scenario::Recreate,
    Scenario::DayFiles,
];

/// Lines past which a log is cut by the scenarios that cut.
const LONG: usize = 60;

/// The agent, in this process.
struct Writer<'a> {
    place: &'a Place,
    scenario: Scenario,
    dice: Dice,
    /// Lines written so far; their numbers are their order.
    written: u32,
    /// The lines that stand in the log now.
    standing: Vec<(u32, String)>,
    /// Lines below this number are in the mirror for sure: only they may be destroyed.
    mirrored: u32,
    turns: u32,
}

impl<'a> Writer<'a> {
    fn new(place: &'a Place, scenario: Scenario, seed: u64) -> Self {
        Self {
            place,
            scenario,
            dice: Dice(seed),
            written: 0,
            standing: Vec::new(),
            mirrored: 0,
            turns: 0,
        }
    }

    fn log(&self) -> PathBuf {
        match self.scenario {
            Scenario::DayFiles => self.place.agent().join(format!(
                "heartbeat/2026-01-{:02}.jsonl",
                1 + self.turns % 28
            )),
            _ => self.place.log(),
        }
    }

    fn line(&mut self) -> String {
        let line = beat(self.written, fleet::now());
        self.standing.push((self.written, line.clone()));
        self.written += 1;
        line
    }

    /// Some lines, and now and then the scenario's own trick.
    fn step(&mut self) {
        for _ in 0..=self.dice.below(4) {
            let line = self.line();
            match self.scenario {
                Scenario::Partial => self.in_pieces(&line),
                _ => append(&self.log(), line),
            }
        }
        if self.dice.one_in(4) {
            self.trick();
        }
        fleet::pause(Duration::from_micros(self.dice.below(2_500)));
    }

    fn in_pieces(&mut self, line: &str) {
        let mut log = fleet::appender(&self.log());
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            let cut = (1 + self.dice.below(80) as usize).min(rest.len());
            log.write_all(&rest[..cut]).expect("a piece");
            rest = &rest[cut..];
            fleet::pause(Duration::from_micros(self.dice.below(700)));
        }
    }

    fn trick(&mut self) {
        self.turns += 1;
        let log = self.log();
        match self.scenario {
            Scenario::Append | Scenario::Partial => {}
            Scenario::DayFiles => self.standing.clear(),
            Scenario::Rotate => {
                // What the oldest name holds is destroyed.
                if log.with_extension("jsonl.2").exists() {
                    self.catch_up();
                }
                for (from, to) in [("jsonl.1", "jsonl.2"), ("jsonl", "jsonl.1")] {
                    let _ = fs::rename(log.with_extension(from), log.with_extension(to));
                }
                self.standing.clear();
            }
            Scenario::RotateDated => {
                let dated = self
                    .place
                    .agent()
                    .join(format!("heartbeat-{}.jsonl", self.turns));
                fs::rename(&log, dated).expect("rotation");
                self.standing.clear();
            }
            Scenario::CopyTruncate => self.copy_and_truncate(),
            Scenario::Truncate => {
                self.catch_up();
                fs::write(&log, "").expect("truncation");
                self.standing.clear();
            }
            Scenario::Recreate => {
                self.catch_up();
                fs::remove_file(&log).expect("removal");
                self.standing.clear();
                let line = self.line();
                append(&log, line);
            }
            Scenario::Rewrite => self.rewrite(),
            Scenario::Prune => {
                let kept = self.without_head();
                let new = log.with_extension("tmp");
                fs::write(&new, kept).expect("the pruned log");
                fs::rename(new, &log).expect("rename over");
            }
        }
    }

    fn copy_and_truncate(&mut self) {
        let log = self.log();
        let text = fs::read(&log).expect("the log");
        let copy = self
            .place
            .agent()
            .join(format!("heartbeat-{}.jsonl", self.turns));
        let mut to = fleet::appender(&copy);
        for piece in text.chunks(1 + self.dice.below(4_000) as usize) {
            to.write_all(piece).expect("the copy");
            fleet::pause(Duration::from_micros(self.dice.below(900)));
        }
        fs::write(&log, "").expect("truncation");
        self.standing.clear();
    }

    /// Writes over the file from its start, in two writes; what is left of the old text is cut off between them.
    fn rewrite(&mut self) {
        let kept = self.without_head();
        let log = fs::OpenOptions::new()
            .write(true)
            .open(self.log())
            .expect("the log");
        log.set_len(0).expect("cut");
        let (first, second) = kept.as_bytes().split_at(kept.len() / 2);
        log.write_all_at(first, 0).expect("the first half");
        fleet::pause(Duration::from_micros(self.dice.below(900)));
        log.write_all_at(second, first.len() as u64)
            .expect("the second half");
    }

    /// The log without its oldest lines, of which only mirrored ones go.
    fn without_head(&mut self) -> String {
        if self.standing.len() > LONG {
            self.catch_up();
        }
        let mirrored = self.mirrored;
        let keep = self.dice.below(LONG as u64 / 2) as usize;
        let from = self.standing.len().saturating_sub(keep);
        let mut place = 0;
        self.standing.retain(|(n, _)| {
            place += 1;
            place > from || *n >= mirrored
        });
        self.standing
            .iter()
            .map(|(_, line)| line.as_str())
            .collect()
    }

    fn lines(&self) -> Vec<String> {
        (0..self.written).map(message).collect()
    }

    fn misses(&self) -> Misses {
        misses(&self.place.messages(), &self.lines())
    }

    /// Waits until what was written is mirrored, whoever mirrors.
    fn catch_up(&mut self) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let misses = self.misses();
            if misses.lost.is_empty() {
                break;
            }
            assert!(
                Instant::now() < until,
                "{:?}: not mirrored after 20 s: {misses:?}",
                self.scenario
            );
        }
        self.mirrored = self.written;
    }
}

struct Outcome {
    kills: u32,
    lines: u32,
    misses: Misses,
}

fn run(scenario: Scenario, kills: u32, seed: u64) -> Outcome {
    let place = Place::new();
    fs::create_dir_all(place.agent().join("heartbeat")).expect("the folder of day files");
    let mut writer = Writer::new(&place, scenario, seed);
    let mut dice = Dice(seed ^ 0x5eed);
    writer.step();
    for _ in 0..kills {
        let mut child = place.follower();
        let until = Instant::now() + Duration::from_millis(3 + dice.below(90));
        while Instant::now() < until {
            writer.step();
        }
        let ended = child.try_wait().expect("it can be asked");
        let said = fs::read_to_string(place.said()).unwrap_or_default();
        // It may have started in the moment in which the only log was away.
        assert!(
            ended.is_none() || said.contains("no agents found"),
            "{scenario:?}: it ended by itself: {said}"
        );
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
        // Some things happen while nobody looks.
        if dice.one_in(3) {
            writer.step();
        }
    }
    Outcome {
        kills,
        lines: writer.written,
        misses: writer.misses(),
    }
}

#[test]
fn every_line_shows_once_whatever_is_killed_when() {
    let kills = if fleet::large() { 1_000 } else { 6 };
    let seed = fleet::seed();
    let begun = Instant::now();
    let (mut lines, mut killed) = (0, 0);
    let mut failures = Vec::new();
    for scenario in ALL {
        let outcome = run(scenario, kills, seed.wrapping_add(scenario as u64));
        lines += outcome.lines;
        killed += outcome.kills;
        if outcome.misses != Misses::default() {
            failures.push(format!(
                "{scenario:?}: of {} lines lost {} {:?}, doubled {} {:?}",
                outcome.lines,
                outcome.misses.lost.len(),
                outcome.misses.lost.iter().take(5).collect::<Vec<_>>(),
                outcome.misses.doubled.len(),
                outcome.misses.doubled.iter().take(5).collect::<Vec<_>>(),
            ));
        }
    }
    println!(
        "tail harness: {killed} kills over {} scenarios, {lines} lines, {} scenarios with lost or doubled lines, {:.1} s, seed {seed}",
        ALL.len(),
        failures.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(failures.is_empty(), "seed {seed}\n{}", failures.join("\n"));
}

/// An owner that is suspended loses the mirror to the next one, and must not go on where it was when it wakes.
#[test]
fn an_owner_that_wakes_after_another_took_over_doubles_nothing() {
    let place = Place::new();
    let mut writer = Writer::new(&place, Scenario::Append, 7);
    writer.step();
    let mut first = place.follower();
    writer.catch_up();
    signal(&first, rustix::process::Signal::STOP);
    // Notifications wait for it while it sleeps.
    writer.step();
    let mut second = place.follower();
    writer.catch_up();
    writer.step();
    writer.catch_up();
    signal(&first, rustix::process::Signal::CONT);
    for _ in 0..20 {
        writer.step();
    }
    writer.catch_up();
    for child in [&mut first, &mut second] {
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
    }
    assert_eq!(writer.misses(), Misses::default());
}

fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).expect("the signal");
}
