//! `kill -9` at every system call of an operation, and at random moments of whole processes: each decision is carried out or not
//! at all, and the ledger knows which.
//!
//! Small by default; `ROUNDS_LARGE=1 cargo test --release --test operations_killed -- --nocapture` is the large run. The processes
//! that are killed are this test binary, started again.

mod operate;

use std::path::Path;
use std::process::{Command, Stdio};

use operate::{AT, Place, carry, job, ledger, reading};
use rounds::apply::{Desk, Level, Patience, resolve};
use rounds::ops::{Landed, Verb};
use rounds::store::ledger::Who;
use rounds::store::operation::Whole;
use rounds::sys::gate::{Call, Gate, Pass};

const WORKER: &str = "ROUNDS_KILL_WORKER";
const LEVELS: [Level; 3] = [Level::A, Level::B, Level::C];

fn die() -> ! {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
        .expect("killed");
    loop {
        std::thread::park();
    }
}

/// Not a test of its own: the process that is killed. It carries out operations `from`…, alternately holding and releasing
/// `t1`, and ends at the given call of the first of them; 0 is never.
#[test]
fn worker_process() {
    let Ok(order) = std::env::var(WORKER) else {
        return;
    };
    let words: Vec<&str> = order.split('|').collect();
    let [dir, level, from, count, turn, agent] = words[..] else {
        panic!("six words");
    };
    let number = |word: &str| word.parse::<u64>().expect("a number");
    let best = LEVELS[number(level) as usize];
    let (agent_folder, state) = (Path::new(dir).join("drafter"), Path::new(dir).join("state"));
    let turn = number(turn);
    let (mut calls, mut acted) = (0, false);
    let plan = agent_folder.join(operate::PLAN);
    // Read before: whoever opens a leased file waits, and this process holds the lease.
    let text = std::fs::read_to_string(&plan).expect("read");
    let agent = agent.to_owned();
    let mut gate = Gate::guarded(move |call| {
        calls += 1;
        if calls == turn {
            die();
        }
        // An agent that replaces the file right before it is exchanged, so that putting back is killed too.
        if agent == "busy" && call == Call::Exchange && !acted {
            acted = true;
            let temp = plan.with_extension("tmp");
            std::fs::write(&temp, text.replace("1.50", "2.50")).expect("written");
            std::fs::rename(temp, &plan).expect("renamed");
        }
        Pass::On
    });
    for number in number(from)..number(from) + number(count) {
        let verb = if number % 2 == 1 {
            Verb::Hold
        } else {
            Verb::Release
        };
        let job = job(&agent_folder, &format!("OP{number:06}"), verb, "t1");
        carry(job, &state, best, &mut gate, |_| {});
    }
}

fn start(
    place: &Place,
    level: usize,
    from: u64,
    count: u64,
    turn: u64,
    agent: &str,
) -> std::process::Child {
    let dir = place.dir.path().display();
    Command::new(std::env::current_exe().expect("itself"))
        .args(["--exact", "worker_process", "--quiet"])
        .env(
            WORKER,
            format!("{dir}|{level}|{from}|{count}|{turn}|{agent}"),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started")
}

/// What the next rounds does first.
fn resolve_open(place: &Place) {
    let mut gate = Gate::open();
    let mut desk = Desk {
        now: std::time::Instant::now(),
        at: AT,
        gate: &mut gate,
        patience: Patience::default(),
        best: Level::A,
    };
    resolve::open_intents(&mut desk, &ledger(&place.state()), &reading()).expect("resolved");
}

/// The decision stands in the file as the ledger says, the file is whole, and nothing is open.
fn check(place: &Place, at: &str) -> (u64, u64) {
    let operations: Vec<Whole> = ledger(&place.state()).operations().expect("read");
    let text = place.text();
    serde_json::from_str::<serde_json::Value>(&text)
        .unwrap_or_else(|error| panic!("{at}: the plan is whole: {error}: {text}"));
    let (mut done, mut not) = (0, 0);
    let mut standing = None;
    for whole in &operations {
        match whole.landed() {
            Landed::Done => {
                done += 1;
                standing = Some(&whole.intent);
            }
            Landed::NotApplied => not += 1,
            other @ (Landed::Open | Landed::Conflicted | Landed::Unknown) => {
                panic!(
                    "{at}: {} is {other:?}: {:?}",
                    whole.intent.op, whole.outcome
                )
            }
        }
    }
    if let Some(intent) = standing {
        assert!(text.contains(intent.op.as_str()), "{at}: {text}");
        let held = intent.request.verb == Verb::Hold;
        assert_eq!(text.contains("\"held\""), held, "{at}: {text}");
    } else {
        assert!(!text.contains("last_op"), "{at}: {text}");
    }
    let broken = ledger(&place.state()).verify().expect("read");
    // A line that was cut by the end of the process is closed and named; no other is.
    assert!(
        broken.iter().all(|b| b.what == "not a ledger entry"),
        "{at}: {broken:?}"
    );
    (done, not)
}

#[test]
fn a_kill_at_any_call_leaves_a_decision_done_or_not_done() {
    let (mut kills, mut done, mut not) = (0, 0, 0);
    for (level, agent) in [
        (0, "calm"),
        (0, "busy"),
        (1, "calm"),
        (1, "busy"),
        (2, "calm"),
    ] {
        for turn in 1.. {
            let place = Place::new(3);
            let mut child = start(&place, level, 1, 1, turn, agent);
            let ended = child.wait().expect("ended");
            resolve_open(&place);
            let at = format!("{:?} {agent} call {turn}", LEVELS[level]);
            let (one, other) = check(&place, &at);
            if agent == "busy" && ended.code().is_none() {
                // The agent's own write stands, whatever was killed.
                let wrote = place.text().contains("2.50");
                let kept = std::fs::read_dir(place.agent().join(".rounds"));
                let somewhere = kept.is_ok_and(|mut kept| {
                    kept.any(|entry| {
                        let path = entry.expect("listed").path();
                        std::fs::read_to_string(path).is_ok_and(|text| text.contains("2.50"))
                    })
                });
                assert!(wrote || !somewhere, "{at}: the agent's write was displaced");
            }
            (done, not) = (done + one, not + other);
            if ended.success() {
                break;
            }
            kills += 1;
            // And the next operation finds a free way.
            let next = carry(
                job(&place.agent(), "NEXT", Verb::Hold, "t2"),
                &place.state(),
                LEVELS[level],
                &mut Gate::open(),
                |_| {},
            );
            assert_eq!(
                next.outcome.landed,
                Landed::Done,
                "{at}: {:?}",
                next.outcome
            );
        }
    }
    println!(
        "kill at every call: {kills} kills, {done} decisions done, {not} not done, 0 lost, 0 half applied; no seed"
    );
    assert!(kills > 150, "{kills}");
}

fn large() -> bool {
    std::env::var_os("ROUNDS_LARGE").is_some()
}

#[test]
fn kills_at_random_moments_lose_no_decision() {
    let (wanted, seed) = (if large() { 2_000 } else { 25 }, 7_u64);
    let mut random = seed;
    let (mut done, mut not) = (0, 0);
    let place = Place::new(3);
    for turn in 0..wanted {
        let from = ledger(&place.state()).operations().expect("read").len() as u64 + 1;
        let mut child = start(&place, turn % 3, from, 200, 0, "calm");
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let until = std::time::Instant::now()
            + std::time::Duration::from_micros(3_000 + (random >> 33) % 40_000);
        while std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        resolve_open(&place);
        (done, not) = check(&place, &format!("kill {turn}"));
    }
    println!(
        "kill at random: {wanted} kills, {done} decisions done, {not} not done, 0 lost, 0 half applied; seed {seed}"
    );
    assert!(done > wanted as u64 / 2, "{done} of {wanted}");
}

#[test]
fn who_is_gone_is_not_waited_for() {
    let place = Place::new(3);
    let mut child = start(&place, 0, 1, 1, 30, "calm");
    child.wait().expect("ended");
    resolve_open(&place);
    let whole = ledger(&place.state()).operations().expect("read");
    assert_eq!(
        whole[0].who,
        Who::default(),
        "the ledger keeps who began it"
    );
}
