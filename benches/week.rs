//! The retro of a week, measured on one data set and compared with what counting the files by hand gives.
//!
//! `cargo bench --bench week` uses 60,000 lines; `ROUNDS_LARGE=1 cargo bench --bench week` the million of the promises. Every
//! row says the figure, the goal, and whether it is met.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rounds::config::Config;
use rounds::demo::{self, Length, Spec};
use rounds::domain::page::{Page, Query, RunningDay};
use rounds::domain::retro::Week;
use rounds::domain::time::{Ts, Zone};
use rounds::keeper::{OneShot, Setup};
use rounds::store::names::agent_rows;
use rounds::store::{days, open};
use rounds::sys::clock::Clock;

/// The moment at which the data set ends: a Friday morning.
const UNTIL: Ts = Ts(1_774_595_400_000);

fn main() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let beats = if large { 1_000_000 } else { 60_000 };
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("week-{beats}"));
    let (fleet, state) = (base.join("fleet"), base.join("state"));
    if !base.join("written").exists() {
        let spec = Spec {
            agents: 50,
            length: Length::Beats(beats),
            ..Spec::new(UNTIL, Zone::UTC)
        };
        demo::write(&fleet, &spec, |_| {}).expect("the data set is written");
        std::fs::write(base.join("written"), "").expect("the data set is marked");
    }
    let setup = || Setup {
        config: Config::default_for(Zone::UTC),
        roots: vec![fleet.clone()],
        state_dir: state.clone(),
        clock: Clock::Fixed(UNTIL),
        read_only: false,
    };
    let mut shot = OneShot::open(setup()).expect("everything is mirrored");
    println!("{beats} lines, 50 agents, seed 7, in {}", fleet.display());
    let zone = Zone::UTC;
    let this = Week::of(zone.day_of(UNTIL), zone);
    for (name, week) in [
        ("this week", this),
        ("the week before", this.plus(-1, zone)),
    ] {
        let first = ask(&mut shot, week);
        let warm = median((0..15).map(|_| ask(&mut shot, week)).collect());
        println!("retro of {name}: the first {}", ms(first));
        row(&format!("retro of {name}"), warm, Duration::from_millis(50));
    }
    let mirror = mirror_of(&state);
    let week = this.plus(-1, zone);
    let connection = open::open_reader(&mirror).expect("the mirror opens");
    let names = agent_rows(&connection).expect("the agents");
    let count = || days::tallies(&connection, (week.from, week.to)).expect("the week is read");
    let took = median(
        (0..101)
            .map(|_| {
                let begun = Instant::now();
                assert!(!count().is_empty());
                begun.elapsed()
            })
            .collect(),
    );
    row(
        "success of every agent in a week",
        took,
        Duration::from_millis(1),
    );
    let counted = count();
    let by_name: BTreeMap<String, Option<u32>> = names
        .iter()
        .map(|(id, name, ..)| {
            let tally = counted.get(id).copied().unwrap_or_default();
            (name.to_string(), tally.success())
        })
        .collect();
    let naive = naive(&fleet, week);
    let same = naive
        .iter()
        .all(|(name, rate)| by_name.get(name) == Some(rate));
    println!(
        "{:<52} {} agents compared  {}",
        "equal to a count over the files",
        naive.len(),
        if same { "met" } else { "MISSED" }
    );
}

fn ask(shot: &mut OneShot, week: Week) -> Duration {
    let begun = Instant::now();
    let page = shot.ask(Query::Week {
        week,
        at: UNTIL,
        running: RunningDay::AtHand,
    });
    assert!(matches!(page, Page::Week(_)), "{page:?}");
    begun.elapsed()
}

fn mirror_of(state: &Path) -> PathBuf {
    let pattern = state.join("**/mirror.db");
    let mut found = glob::glob(&pattern.to_string_lossy()).expect("a pattern");
    found.find_map(Result::ok).expect("a mirror")
}

fn ms(d: Duration) -> String {
    format!("{:.3} ms", d.as_secs_f64() * 1e3)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn row(what: &str, took: Duration, goal: Duration) {
    let met = if took <= goal { "met" } else { "MISSED" };
    println!(
        "{what:<52} {:>12}  <= {} ms  {met}",
        ms(took),
        goal.as_millis()
    );
}

/// What anybody would count: lines by status within the week.
fn naive(fleet: &Path, week: Week) -> BTreeMap<String, Option<u32>> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let logs = |pattern: &str| glob::glob(&fleet.join(pattern).to_string_lossy());
    let all = ["*/heartbeat.jsonl", "*/heartbeat/*.jsonl"];
    for path in all
        .iter()
        .flat_map(|one| logs(one).expect("a pattern").flatten())
    {
        let file = std::fs::File::open(&path).expect("a log");
        for line in BufReader::new(file).lines().map_while(Result::ok) {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(&line) else {
                continue;
            };
            let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
            let (Some(at), Some(agent), Some(status)) = (text("ts"), text("agent"), text("status"))
            else {
                continue;
            };
            let at = chrono::DateTime::parse_from_rfc3339(at).map(|at| at.timestamp_millis());
            if !at.is_ok_and(|at| at >= week.from.0 && at < week.to.0) {
                continue;
            }
            let known = counts.entry(agent.to_owned()).or_default();
            match status {
                "ok" => (known.0, known.1) = (known.0 + 1, known.1 + 1),
                "partial" | "failed" => known.1 += 1,
                _ => {}
            }
        }
    }
    let rate = |(ok, all): (u64, u64)| (all > 0).then(|| (ok * 100 / all) as u32);
    counts
        .into_iter()
        .map(|(name, both)| (name, rate(both)))
        .collect()
}
