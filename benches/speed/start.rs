//! Starts: from nothing, from a warm mirror, and what they take.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rounds::domain::time::{Span, Ts, Zone};
use rounds::store::{days, open};

use crate::place::{Place, now, size};
use crate::process::{peak, used};
use crate::room::{Room, Told};
use crate::table::{Table, median, ms};

const WIDE: (u16, u16) = (200, 50);
/// This many agents on the screen are a frame that can be read.
const ENOUGH: usize = 15;

/// Everything mirrored from nothing, in a process of its own so that its peak memory is its own.
pub fn cold(place: &Place, table: &mut Table) {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            place.forget();
            first_frame(place)
        })
        .collect();
    let first = crate::table::part(&mut times, 50);
    let what = "cold start: first frame with the agents";
    table.time(what, first, Duration::from_millis(30));

    place.forget();
    let begun = Instant::now();
    let child = place.command(&["standup", "--json"]).spawn();
    let (well, peak) = peak(child.expect("rounds starts"));
    let took = begun.elapsed();
    assert!(well, "the cold start succeeds");
    let rate = place.bytes as f64 / 1e6 / took.as_secs_f64();
    let what = "cold start: everything mirrored";
    table.row(
        what,
        format!("{rate:.0} MB/s"),
        ">= 182 MB/s",
        rate >= 182.0,
    );
    table.megabytes("cold start: peak memory", peak, 128);
    let mirror: u64 = place.mirror().iter().map(|path| size(path)).sum();
    let share = mirror as f64 / place.bytes as f64;
    let what = "mirror against logs";
    table.row(what, format!("{share:.3}"), "<= 0.25", share <= 0.25);
}

/// From the start of the program to the first frame that shows the agents.
pub fn first_frame(place: &Place) -> Duration {
    let begun = Instant::now();
    let room = Room::start(place, WIDE, Told::ByTheSystem);
    let seen = room.shows_agents(place, ENOUGH);
    room.close();
    seen.map_or(Duration::ZERO, |at| at - begun)
}

pub fn warm(place: &Place, table: &mut Table) {
    place.warm();
    let run = |args: &[&str]| {
        let begun = Instant::now();
        let status = place.command(args).status().expect("rounds runs");
        assert!(status.success(), "{args:?} succeeds");
        begun.elapsed()
    };
    let goal = Duration::from_millis(15);
    let text = median((0..15).map(|_| run(&["standup"])).collect());
    table.time("warm standup, whole process", text, goal);
    let json = median((0..15).map(|_| run(&["standup", "--json"])).collect());
    table.time("warm standup --json, whole process", json, goal);
    let evicted = (0..5).map(|_| {
        Place::evict(&place.mirror());
        run(&["standup"])
    });
    let what = "the same with the mirror out of memory";
    table.time(what, median(evicted.collect()), Duration::from_millis(60));
    let first = median((0..9).map(|_| first_frame(place)).collect());
    table.time("warm start: first full frame", first, goal);
    success(place, table);
}

/// The success rate of every agent in the last seven days.
fn success(place: &Place, table: &mut Table) {
    let mirror = place.mirror();
    let mirror = mirror.iter().find(|path| path.ends_with("mirror.db"));
    let connection = open::open_reader(mirror.expect("the mirror")).expect("it opens");
    let today: Ts = Zone::UTC.start_of(Zone::UTC.day_of(now()));
    let week = (today - Span::days(7), today);
    let times = (0..101).map(|_| {
        let begun = Instant::now();
        let found = days::tallies(&connection, week).expect("the week is read");
        assert!(!found.is_empty());
        begun.elapsed()
    });
    let took = median(times.collect());
    table.time(
        "week's success rate of every agent",
        took,
        Duration::from_millis(1),
    );
}

/// A room that was opened on logs nobody had read yet, a minute later.
pub fn memory_after_cold(place: &Place, table: &mut Table) {
    place.forget();
    let room = Room::open(place, WIDE, Told::ByTheSystem);
    room.quiet(Duration::from_secs(5));
    let until = Instant::now() + Duration::from_mins(1);
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        room.first(left);
    }
    let held = used(room.pid()).resident;
    room.close();
    table.megabytes("memory a minute after a cold load", held, 24);
}

/// What a newcomer downloads or builds.
pub fn program(table: &mut Table) {
    let program = Path::new(env!("CARGO_BIN_EXE_rounds"));
    let bare = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripped");
    // Benchmarks keep the symbols that a release leaves out.
    let stripped = Command::new("strip")
        .arg("-o")
        .args([bare.as_path(), program])
        .status();
    let is_bare = stripped.is_ok_and(|status| status.success());
    let bytes = size(if is_bare { &bare } else { program });
    table.megabytes("the program on disk", bytes, 8);
}

/// What a user would take instead, on the same data.
pub fn peers(place: &Place) {
    let files = place.logs();
    for (tool, args) in [
        ("jq", vec!["-c", "select(.status==\"failed\") | .agent"]),
        ("grep", vec!["-c", "failed"]),
    ] {
        let begun = Instant::now();
        let ran = Command::new(tool)
            .args(&args)
            .args(&files)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if ran.is_ok_and(|status| status.code().is_some_and(|code| code < 2)) {
            println!(
                "beside it: {tool} {:?} over the same files: {}",
                args.join(" "),
                ms(begun.elapsed())
            );
        }
    }
}
