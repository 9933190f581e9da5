//! From a line on disk to bytes on the terminal, and what a room at rest costs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::place::{Place, now};
use crate::process::used;
use crate::room::{Room, Told};
use crate::table::{Table, median, part};

const WIDE: (u16, u16) = (200, 50);
const NARROW: (u16, u16) = (80, 24);

pub fn appends(place: &Place, samples: u64, table: &mut Table) {
    let room = Room::open(place, WIDE, Told::ByTheSystem);
    let (mut times, mut sizes, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..samples {
        room.quiet(Duration::from_millis(60));
        let begun = place.append(n as usize, n);
        let Some((at, size)) = room.first(Duration::from_secs(3)) else {
            continue; // Its row is below the screen's end and nothing above changed.
        };
        times.push(at - begun);
        let (mut more, mut bytes) = (1_u64, size);
        while let Some((_, size)) = room.first(Duration::from_millis(25)) {
            more += 1;
            bytes += size;
        }
        sizes.push(bytes as u64);
        reads.push(more);
    }
    println!("{} of {samples} appends showed on the screen", times.len());
    let (p50, p99) = (part(&mut times, 50), part(&mut times, 99));
    let what = "append -> bytes on the pty";
    table.time(&format!("{what}, p50"), p50, Duration::from_micros(1_300));
    table.time(&format!("{what}, p99"), p99, Duration::from_millis(5));
    let bytes = part(&mut sizes, 50);
    let figure = format!("{bytes} B");
    table.row("one update, bytes p50", figure, "<= 200 B", bytes <= 200);
    let reads = part(&mut reads, 50);
    table.row(
        "one update, reads of the pty p50",
        format!("{reads}"),
        "1",
        reads == 1,
    );
    let rounds = (0..10).map(|round| {
        room.quiet(Duration::from_millis(300));
        let begun = Instant::now();
        for agent in 0..place.folders.len().min(50) {
            place.append(agent, 1_000_000 + round * 100 + agent as u64);
        }
        let mut last = begun;
        while let Some((at, _)) = room.first(Duration::from_millis(250)) {
            last = at;
        }
        last - begun
    });
    let took = median(rounds.collect());
    table.time(
        "50 agents at once, last byte",
        took,
        Duration::from_millis(25),
    );
    room.close();
}

/// Ten thousand lines a second from all agents, and among them every tenth of a second one that is looked for.
pub fn storm(place: &Place, table: &mut Table) {
    const LASTS: Duration = Duration::from_secs(3);
    let mut room = Room::open(place, WIDE, Told::ByTheSystem);
    // The log shows each line as it comes.
    room.press(b"5");
    room.quiet(Duration::from_millis(500));
    let mut screen = room.screen();
    room.press(b"\x0c");
    room.shows(&mut screen, Duration::from_millis(500), |_| false);
    let begun = Instant::now();
    let (mut n, mut times, mut unseen) = (3_000_000_u64, Vec::new(), 0);
    while begun.elapsed() < LASTS {
        let mut marked = (begun, String::new());
        for _ in 0..20 {
            for _ in 0..50 {
                n += 1;
                // Of lines of one millisecond that of the last agent stands last.
                let at = place.append((n as usize - 1) % 50, n);
                marked = (at, format!("message {n}"));
            }
            let due = begun + Duration::from_micros((n - 3_000_000) * 100);
            std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
        }
        let seen = |text: &str| text.contains(&marked.1);
        match room.shows(&mut screen, Duration::from_secs(1), seen) {
            Some(at) => times.push(at.saturating_duration_since(marked.0)),
            None => unseen += 1,
        }
    }
    println!(
        "storm: {} lines in {:.1} s, {} looked for, {unseen} not seen within a second",
        n - 3_000_000,
        begun.elapsed().as_secs_f64(),
        times.len() + unseen
    );
    let took = part(&mut times, 50);
    table.time(
        "10,000 lines a second, the last of 1,000 shown",
        took,
        Duration::from_millis(60),
    );
    room.close();
}

pub fn polled(place: &Place, table: &mut Table) {
    let room = Room::open(place, WIDE, Told::ByLooking);
    let mut times: Vec<Duration> = (0..8)
        .filter_map(|n| {
            room.quiet(Duration::from_millis(100 + n * 70));
            let begun = place.append(n as usize, 2_000_000 + n);
            room.first(Duration::from_secs(6)).map(|(at, _)| at - begun)
        })
        .collect();
    let worst = part(&mut times, 100);
    table.time(
        "without notifications, worst of 8",
        worst,
        Duration::from_millis(2_500),
    );
    room.close();
}

/// A room that nobody touches and nothing happens in; `cpu_goal` in percent of one core.
pub fn idle(place: &Place, span: Duration, cpu_goal: f64, table: &mut Table) {
    let room = Room::open(place, WIDE, Told::ByTheSystem);
    room.quiet(Duration::from_secs(6));
    let before = used(room.pid());
    let begun = Instant::now();
    let (mut at_minutes, mut between, mut minutes) = (0, 0, BTreeSet::new());
    while begun.elapsed() < span {
        if let Some((_, bytes)) = room.first(span.saturating_sub(begun.elapsed())) {
            // Ages and clock change together, at the minute; verdicts when they fall due.
            if now().0 % 60_000 < 1_500 {
                at_minutes += bytes;
                minutes.insert(now().0 / 60_000);
            } else {
                between += bytes;
            }
        }
    }
    let after = used(room.pid());
    room.close();
    let secs = begun.elapsed().as_secs_f64();
    let cpu = (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / secs * 100.0;
    let who = format!("idle, {} agents", place.folders.len());
    let what = format!("{who}: processor");
    table.row(
        &what,
        format!("{cpu:.3} %"),
        &format!("<= {cpu_goal} %"),
        cpu <= cpu_goal,
    );
    let wakes = (after.wakes - before.wakes) as f64 / secs;
    let what = format!("{who}: wake-ups a second");
    table.row(&what, format!("{wakes:.2}"), "<= 1", wakes <= 1.0);
    let what = format!("{who}: bytes between minutes");
    table.row(&what, format!("{between} B"), "0 B", between == 0);
    // One minute more may turn in the time than it is long.
    let a_minute = at_minutes as f64 / minutes.len().max(1) as f64;
    let what = format!("{who}: bytes a minute");
    table.row(
        &what,
        format!("{a_minute:.0} B"),
        "<= 1000 B",
        a_minute <= 1_000.0,
    );
    if place.folders.len() <= 50 {
        table.megabytes("memory after a warm start", after.resident, 16);
        println!(
            "of it not backed by files: {:.1} MB",
            after.own as f64 / 1e6
        );
    }
}

pub fn cursor(place: &Place, table: &mut Table) {
    let mut room = Room::open(place, NARROW, Told::ByTheSystem);
    let (mut sizes, mut times) = (Vec::new(), Vec::new());
    for n in 0..40 {
        room.quiet(Duration::from_millis(80));
        let begun = Instant::now();
        room.press(if n % 16 < 8 { b"j" } else { b"k" });
        let Some((at, size)) = room.first(Duration::from_secs(2)) else {
            continue;
        };
        times.push(at - begun);
        let mut bytes = size;
        while let Some((_, size)) = room.first(Duration::from_millis(25)) {
            bytes += size;
        }
        sizes.push(bytes as u64);
    }
    let bytes = part(&mut sizes, 50);
    let figure = format!("{bytes} B");
    table.row(
        "cursor move at 80x24, bytes p50",
        figure,
        "<= 400 B",
        bytes <= 400,
    );
    let took = part(&mut times, 50);
    table.time(
        "key -> bytes on the pty, p50",
        took,
        Duration::from_millis(5),
    );
    room.close();
}
