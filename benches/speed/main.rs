//! Every speed promise, measured in one run on one data set and printed with its goal.
//!
//! `cargo bench --bench speed` uses 60,000 lines and three minutes; `ROUNDS_LARGE=1 cargo bench --bench speed` the million of
//! the promises (437 MB under `target/`) and for growth ten million lines of a thousand agents (5 GB). Tools that are
//! installed (`jq`, `grep`) are measured on the same data beside it. Machines are noisy: compare runs of one machine, and of an
//! hour of like speed (the lines "the machine now").

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod live;
mod machine;
mod place;
mod process;
mod room;
mod start;
mod table;

use std::time::Duration;

use place::Place;
use table::Table;

fn main() {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let mut table = Table::default();
    let (beats, samples) = if large {
        (1_000_000, 1_000)
    } else {
        (60_000, 200)
    };
    let place = Place::make("speed", 50, beats);
    machine::tell();
    start::cold(&place, &mut table);
    start::warm(&place, &mut table);
    machine::tell();
    live::appends(&place, samples, &mut table);
    live::storm(&place, &mut table);
    live::polled(&place, &mut table);
    machine::tell();
    live::idle(&place, Duration::from_mins(1), 0.05, &mut table);
    live::cursor(&place, &mut table);
    start::memory_after_cold(&place, &mut table);
    start::program(&mut table);
    start::peers(&place);
    grown(if large { 10_000_000 } else { 100_000 }, &mut table);
    table.print();
}

/// A thousand agents: cost follows what is on the screen, not history. The draw itself is in `benches/draw.rs`.
fn grown(beats: u64, table: &mut Table) {
    let place = Place::make("speed-grown", 1_000, beats);
    place.warm();
    let first = table::median((0..5).map(|_| start::first_frame(&place)).collect());
    let what = "1,000 agents: first full frame";
    table.time(what, first, Duration::from_millis(60));
    live::idle(&place, Duration::from_mins(1), 0.3, table);
}
