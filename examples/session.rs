//! The recorded session of the README: a first morning on the simulated fleet, keys in, frames out, as an asciicast.
//!
//! `cargo run --example session > assets/morning.cast` writes it; `cargo test --test docs` plays it again.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rounds::domain::fleet::TaskState;
use rounds::domain::time::Ts;
use rounds::sys::clock::Clock;
use rounds::ui::caps::Caps;
use rounds::ui::command::Place;
use rounds::ui::msg::Msg;

#[path = "../tests/visit/mod.rs"]
mod visit;

/// The same morning on the same screen.
#[expect(dead_code, reason = "the program that draws it")]
pub mod picture;

use picture::{COLUMNS, NOW, ROWS};
use visit::Visit;

/// Long enough for a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn Error>> {
    io::stdout().write_all(cast()?.as_bytes())?;
    Ok(())
}

/// What is waited for after a key, before its frame is drawn.
#[derive(Clone, Copy)]
enum Then {
    Now,
    /// Another place is shown, and the screen says this.
    In(Place, &'static str),
    /// The task that fell silent stands so, the screen says this, and what can be done about it now is known.
    Task(TaskState, &'static str),
    /// The screen says this.
    Says(&'static str),
}

/// The keys of the morning: what is waited for, how long the frame is looked at, in tenths of a second, and what it shows.
const MORNING: &[(&str, Then, u32, &str)] = &[
    ("j", Then::Now, 8, "down the standup, worst first"),
    ("j", Then::Now, 12, "a mail bot that fell silent"),
    (
        "4",
        Then::In(Place::Queue, ""),
        25,
        "the queue: what needs a person",
    ),
    ("j", Then::Now, 6, ""),
    ("j", Then::Now, 6, ""),
    ("j", Then::Now, 6, ""),
    ("j", Then::Now, 20, "a task whose run is gone"),
    (
        "w",
        Then::Says("limit"),
        35,
        "why: the proof, and the limit that was passed",
    ),
    ("esc", Then::Now, 6, ""),
    (
        "c",
        Then::In(Place::Preview, "is not held"),
        35,
        "reclaim: what it would change, to the byte",
    ),
    (
        "y",
        Then::Task(TaskState::Held, "reclaimed"),
        25,
        "done, and it says how to take it back",
    ),
    (
        "u",
        Then::Task(TaskState::Orphaned, "undid"),
        30,
        "taken back: as it was, under the next epoch",
    ),
    (
        "3",
        Then::In(Place::Retro, ""),
        35,
        "the week, on Sunday or whenever",
    ),
    ("j", Then::Now, 6, ""),
    ("j", Then::Now, 20, ""),
    ("1", Then::In(Place::Standup, ""), 20, "and back"),
];

/// The whole session: the same fleet, the same moment, the same frames.
pub fn cast() -> Result<String, Box<dyn Error>> {
    static CLOCK: AtomicI64 = AtomicI64::new(NOW.0);
    CLOCK.store(NOW.0, Ordering::Relaxed);
    let dir = tempfile::tempdir()?;
    let setup = picture::setup(dir.path(), Clock::Moved(&CLOCK))?;
    let mut visit = Visit::open(setup, (COLUMNS, ROWS), Caps::FULL);
    let mut out = format!(
        "{{\"version\":2,\"width\":{COLUMNS},\"height\":{ROWS},\"timestamp\":{},\"title\":\"rounds: a first morning\",\"env\":{{\"TERM\":\"xterm-256color\"}}}}\n",
        NOW.0 / 1_000
    );
    let mut at = 0;
    event(&mut out, at, 'm', "the standup")?;
    event(&mut out, at, 'o', &frame(&mut visit))?;
    at += 30;
    for (key, then, tenths, shows) in MORNING {
        if !shows.is_empty() {
            event(&mut out, at, 'm', shows)?;
        }
        event(&mut out, at, 'i', key)?;
        // A moment passes with every key: two versions of a file are not of the same one.
        let now = CLOCK.fetch_add(50, Ordering::Relaxed) + 50;
        visit.send(Msg::Tick(Ts(now)));
        visit.press(key);
        event(
            &mut out,
            at,
            'o',
            &settled(&mut visit, *then)
                .map_err(|error| io::Error::other(format!("{key}: {error}")))?,
        )?;
        at += tenths;
    }
    visit.close();
    Ok(out)
}

/// Takes in what comes until it is as it should be, and draws it.
fn settled(visit: &mut Visit, then: Then) -> Result<String, Box<dyn Error>> {
    let begun = Instant::now();
    let mut drawn = frame(visit);
    while !is(visit, then) {
        if begun.elapsed() > LIMIT {
            return Err(io::Error::other(format!(
                "nothing came: {:?} {}",
                visit.room.model.place(),
                visit.seen()
            ))
            .into());
        }
        visit.answer(Duration::from_millis(20));
        visit.drain();
        drawn.push_str(&frame(visit));
    }
    Ok(drawn)
}

fn is(visit: &Visit, then: Then) -> bool {
    match then {
        Then::Now => true,
        Then::In(place, word) => visit.room.model.place() == place && visit.seen().contains(word),
        Then::Says(word) => visit.seen().contains(word),
        Then::Task(state, word) => {
            let model = &visit.room.model;
            let mut agents = model.fleet().agents.iter();
            let agent = agents.find(|agent| agent.id.as_str() == "mail-bot");
            let mut tasks = agent.into_iter().flat_map(|agent| agent.every_task());
            let stands = tasks.any(|task| task.id.as_str() == "inbox-late" && task.state == state);
            let asked = model.offers.asked.as_ref().filter(|_| !model.offers.out);
            let known = asked.is_some_and(|(version, _)| *version == model.live.version);
            stands && known && visit.seen().contains(word)
        }
    }
}

fn frame(visit: &mut Visit) -> String {
    String::from_utf8_lossy(&visit.draw()).into_owned()
}

/// One line of an asciicast.
fn event(out: &mut String, tenths: u32, code: char, text: &str) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string(text)?;
    writeln!(out, "[{}.{},\"{code}\",{text}]", tenths / 10, tenths % 10)?;
    Ok(())
}

/// Every screen of a cast, each with the key before it, as a terminal shows it.
pub fn screens(cast: &str) -> Vec<(String, String)> {
    let mut terminal = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
    let (mut key, mut shown) = (String::new(), Vec::new());
    for line in cast.lines().skip(1) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let text = event[2].as_str().unwrap_or_default();
        match event[1].as_str() {
            Some("i") => text.clone_into(&mut key),
            Some("o") => {
                terminal.process(text.as_bytes());
                let screen = terminal.screen().contents();
                let lines: Vec<&str> = screen.lines().map(without_the_hand).collect();
                shown.push((std::mem::take(&mut key), lines.join("\n")));
            }
            _ => {}
        }
    }
    shown
}

/// Who orders, and the name of the order, are others every time.
fn without_the_hand(line: &str) -> &str {
    line.split_once("\"last_op\":{")
        .map_or(line, |(before, _)| before)
        .trim_end()
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}
