//! `rounds demo`: a simulated fleet, written, alive without a screen, or with the control room on it.

use std::path::{Path, PathBuf};

use super::args::{Args, Demo};
use super::progress::Bar;
use super::{Exit, Failure, Surroundings, answer, out, place, room};
use crate::config::Config;
use crate::demo::{self, Length, Live, Spec, Summary};
use crate::domain::act::{CheckFor, Command};
use crate::domain::action::Tier;
use crate::domain::time::{Span, Ts};
use crate::paths;
use crate::sys::clock::Clock;
use crate::view::agent::bytes;

pub fn run(asked: &Demo, args: &Args, here: &Surroundings) -> Result<Exit, Failure> {
    let (config, _) = place::config(&args.global, here)?;
    let until = match &args.global.at {
        Some(text) => place::moment("--at", Some(text), here.now, here.zone)?.unwrap_or(here.now),
        None => here.now,
    };
    let spec = spec(asked, until, config.policy.zone.value, here);
    match (&asked.write, asked.headless) {
        (Some(dir), false) => {
            let summary = write(dir, &spec)?;
            answer(&written(dir, &summary))?;
            Ok(Exit::Done)
        }
        (Some(dir), true) => headless(dir, asked, &spec),
        (None, true) => {
            let dir = temporary()?;
            headless(dir.path(), asked, &spec)
        }
        (None, false) => in_a_room(asked, args, here, config, &spec),
    }
}

fn spec(asked: &Demo, until: Ts, zone: crate::domain::time::Zone, here: &Surroundings) -> Spec {
    let default = Spec::new(until, zone);
    let length = match (asked.days, asked.beats) {
        (Some(days), _) => Length::Days(days),
        (None, Some(beats)) => Length::Beats(beats),
        (None, None) => default.length,
    };
    let _ = here;
    Spec {
        seed: asked.seed,
        agents: asked.agents as usize,
        length,
        ..default
    }
}

fn write(dir: &Path, spec: &Spec) -> Result<Summary, Failure> {
    let mut bar = Bar::new("writing history");
    let summary = demo::write(dir, spec, |progress| {
        let whole = (progress.until - progress.from).0.max(1) as f64;
        let done = (progress.at - progress.from).0 as f64;
        bar.at(done / whole, progress.bytes);
    });
    bar.done();
    let shown = paths::shorten(dir, None);
    summary.map_err(|error| {
        Failure::new(format!(
            "the simulated fleet cannot be written to {shown}: {error}"
        ))
        .remedy("--write with an empty folder")
    })
}

fn written(dir: &Path, summary: &Summary) -> String {
    let shown = paths::shorten(dir, None);
    format!(
        "wrote {} agents, {} lines, {} in {} files to {shown}\nlook at it: rounds {shown}\n",
        summary.agents.len(),
        summary.lines,
        bytes(summary.bytes),
        summary.files,
    )
}

fn temporary() -> Result<tempfile::TempDir, Failure> {
    let made = tempfile::Builder::new().prefix("rounds-demo-").tempdir();
    made.map_err(|error| {
        Failure::new(format!("no temporary folder can be made: {error}")).remedy("--write DIR")
    })
}

/// Lives until interrupted. The clock runs `speed` times as fast from the moment the history ends.
fn headless(dir: &Path, asked: &Demo, spec: &Spec) -> Result<Exit, Failure> {
    let summary = write(dir, spec)?;
    let clock = Clock::accelerated(asked.speed);
    let live = start(dir, asked, spec, clock)?;
    let shown = paths::shorten(dir, None);
    let speed = asked.speed;
    answer(&format!(
        "{}{speed} times as fast as the clock, until interrupted\n",
        written(dir, &summary)
    ))?;
    wait_for_the_end()
        .map_err(|error| Failure::new(format!("cannot wait for signals: {error}")))?;
    let ended = live.stop();
    ended.map_err(|error| {
        Failure::new(format!(
            "the simulated fleet in {shown} could not go on: {error}"
        ))
    })?;
    Ok(Exit::Done)
}

fn start(dir: &Path, asked: &Demo, spec: &Spec, clock: Clock) -> Result<Live, Failure> {
    let live = Live::start(dir, spec, f64::from(asked.speed), move || clock.now());
    live.map_err(|error| Failure::new(format!("the simulated fleet cannot live: {error}")))
}

/// Returns on an interrupt, a termination or the end of the session.
fn wait_for_the_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        Ok(())
    })
}

/// What the simulated world remembers of what was done to it: the key of every step that was, a line each.
fn remember(fleet: &Path, outside: &Path) -> Result<(), Failure> {
    let kept = |error: std::io::Error| {
        Failure::new(format!("the simulated world cannot be written: {error}"))
            .remedy("--write DIR")
    };
    let mut keys = String::new();
    for agent in std::fs::read_dir(fleet).map_err(kept)?.flatten() {
        let wal = std::fs::read_to_string(agent.path().join("wal.jsonl")).unwrap_or_default();
        for line in wal
            .lines()
            .filter(|line| line.contains("\"status\":\"done\""))
        {
            let step: Option<serde_json::Value> = serde_json::from_str(line).ok();
            if let Some(key) = step.as_ref().and_then(|step| step["key"].as_str()) {
                keys.push_str(key);
                keys.push('\n');
            }
        }
    }
    std::fs::write(outside, keys).map_err(kept)
}

/// The demo's operator has a pre-check, as the config of a real fleet would: whether the key of a mutating step is known
/// outside. An operator's own comes before it.
fn looking_outside(mut config: Config, outside: &Path) -> Config {
    let check = Command {
        argv: ["grep", "-qsxF", "{key}"]
            .into_iter()
            .map(str::to_owned)
            .chain([outside.display().to_string()])
            .collect(),
        timeout: Span::secs(5),
    };
    let checks = &mut config.acts.fleet_checks;
    checks
        .entry(CheckFor::Tier(Tier::Mutating))
        .or_insert(check);
    config
}

/// The control room on a fleet in a temporary folder, which goes when the room is left.
fn in_a_room(
    asked: &Demo,
    args: &Args,
    here: &Surroundings,
    config: Config,
    spec: &Spec,
) -> Result<Exit, Failure> {
    let dir = temporary()?;
    let (fleet, state): (PathBuf, PathBuf) = (dir.path().join("fleet"), dir.path().join("state"));
    write(&fleet, spec)?;
    let clock = Clock::accelerated(asked.speed);
    let live = start(&fleet, asked, spec, clock)?;
    let outside = dir.path().join("outside.log");
    remember(&fleet, &outside)?;
    let demo = room::Visit {
        config: looking_outside(config, &outside),
        roots: vec![fleet],
        state_dir: state,
        read_only: args.global.read_only,
        clock,
    };
    let left = room::open(demo, here, args.global.color);
    if let Err(error) = live.stop() {
        out::complain(&format!("the simulated fleet stopped early: {error}"));
    }
    left
}
