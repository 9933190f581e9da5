//! Two processes order conflicting things of the same task at the same moment: one takes effect, the other is told by whom and
//! when.
//!
//! Small by default; `ROUNDS_LARGE=1 cargo test --release --test duel -- --nocapture` is the large run.

mod operate;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use operate::{Place, carry, job, ledger};
use rounds::apply::{Level, Stage};
use rounds::ops::{Landed, Verb};
use rounds::sys::gate::Gate;

const FIGHTER: &str = "ROUNDS_DUEL_FIGHTER";

/// Not a test of its own: one of the two. For every line `OP verb` it decides from what it sees, waits for the word to go, and
/// carries it out.
#[test]
fn fighter_process() {
    let Ok(order) = std::env::var(FIGHTER) else {
        return;
    };
    let (dir, state) = order.split_once('|').expect("two words");
    let (agent, state) = (Path::new(dir).join("drafter"), Path::new(dir).join(state));
    let mut lines = std::io::stdin().lines();
    while let Some(Ok(line)) = lines.next() {
        let (op, verb) = line.split_once(' ').expect("two words");
        let verb = Verb::named(verb).expect("a verb");
        let job = job(&agent, op, verb, "t1");
        eprintln!("ready");
        lines.next();
        // The other is a process of its own: what it holds it lets go in real time.
        let brought = carry(job, &state, Level::A, &mut Gate::open(), |stage| {
            if let Stage::Wait(until) = stage {
                let wait = until.saturating_duration_since(Instant::now());
                std::thread::sleep(wait.min(Duration::from_millis(5)));
            }
        });
        let outcome = brought.outcome;
        eprintln!("{:?} {}", outcome.landed, outcome.sentence);
    }
}

struct Fighter {
    child: Child,
    order: ChildStdin,
    said: std::io::Lines<BufReader<std::process::ChildStderr>>,
    _out: Option<ChildStdout>,
}

impl Fighter {
    fn new(place: &Place, state: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("itself"))
            .args(["--exact", "fighter_process", "--quiet", "--nocapture"])
            .env(FIGHTER, format!("{}|{state}", place.dir.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        Self {
            order: child.stdin.take().expect("an input"),
            said: BufReader::new(child.stderr.take().expect("an output")).lines(),
            _out: None,
            child,
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.order, "{line}").expect("said");
    }

    fn hear(&mut self) -> String {
        self.said.next().expect("it speaks").expect("text")
    }
}

#[test]
fn of_two_conflicting_operations_one_takes_effect_and_the_other_is_told() {
    let wanted = if std::env::var_os("ROUNDS_LARGE").is_some() {
        2_000
    } else {
        40
    };
    let mut told = 0;
    // Every second pair shares a ledger, as one user's do; the others are of two users, each with a state of its own.
    for (shared, pairs) in [("state", wanted / 2), ("other", wanted - wanted / 2)] {
        let place = Place::new(3);
        std::fs::create_dir_all(place.dir.path().join("other")).expect("made");
        let mut fighters = [Fighter::new(&place, "state"), Fighter::new(&place, shared)];
        for pair in 0..pairs {
            let verb = if pair % 2 == 0 { "hold" } else { "release" };
            for (at, fighter) in fighters.iter_mut().enumerate() {
                fighter.say(&format!("OP{pair}x{at} {verb}"));
            }
            for fighter in &mut fighters {
                assert_eq!(fighter.hear(), "ready");
            }
            for fighter in &mut fighters {
                fighter.say("go");
            }
            let heard: Vec<String> = fighters.iter_mut().map(Fighter::hear).collect();
            let done = |said: &&String| said.starts_with(&format!("{:?}", Landed::Done));
            assert_eq!(heard.iter().filter(done).count(), 1, "{pair}: {heard:?}");
            let other = heard.iter().find(|said| !done(said)).expect("two");
            let past = Verb::named(verb).expect("a verb").past();
            assert!(
                other.contains(&format!("uid 0 {past} this")) && other.contains("ago"),
                "{pair}: {heard:?}"
            );
            let winner = heard.iter().position(|said| done(&said)).expect("one");
            assert!(
                place.text().contains(&format!("OP{pair}x{winner}")),
                "{pair}"
            );
            told += 1;
        }
        for fighter in fighters {
            drop(fighter.order);
            let mut child = fighter.child;
            child.wait().expect("ended");
        }
        let operations = ledger(&place.state()).operations().expect("read");
        assert!(
            operations
                .iter()
                .all(|whole| whole.landed() != Landed::Open)
        );
    }
    println!(
        "duel: {wanted} pairs, {wanted} took effect once, {told} times the other was told who and when; no seed"
    );
}
