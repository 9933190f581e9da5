//! One frame of the control room: `cargo bench --bench draw`. The goal is 0.3 ms for 50 agents at 200×50.

use std::io;
use std::sync::Arc;

use divan::Bencher;
use rounds::ui::caps::Caps;
use rounds::ui::keymap::Key;
use rounds::ui::layout::Form;
use rounds::ui::msg::Msg;
use rounds::ui::{Options, Room};
use rounds::view::fixture;

fn main() {
    divan::main();
}

fn room(agents: usize) -> Room {
    let fleet = Arc::new(fixture::fleet_of(agents));
    let mut room = Room::new((200, 50), fleet, fixture::now(), Options::new(Caps::FULL));
    room.handle(Msg::Tick(fixture::now()));
    room
}

/// Nothing changed: most parts are kept, the rest is laid out and compared, and nothing is sent.
#[divan::bench(args = [14, 50, 1_000])]
fn unchanged(bencher: Bencher<'_, '_>, agents: usize) {
    let mut room = room(agents);
    bencher.bench_local(|| room.draw(&mut io::sink()));
}

/// Every cell is sent.
#[divan::bench(args = [14, 50, 1_000])]
fn whole(bencher: Bencher<'_, '_>, agents: usize) {
    let mut room = room(agents);
    bencher.bench_local(|| {
        room.repaint();
        room.draw(&mut io::sink())
    });
}

/// The day of 50 agents with 40 tasks each as lanes and as columns; the goal is 1 ms.
#[divan::bench(args = ["lanes", "columns"])]
fn sprint(bencher: Bencher<'_, '_>, face: &str) {
    let fleet = Arc::new(fixture::day_of(50, 40));
    let mut room = Room::new((200, 50), fleet, fixture::now(), Options::new(Caps::FULL));
    let keys = if face == "lanes" { "2" } else { "2 v" };
    for key in keys.split(' ') {
        room.press(Key::parse(key).expect("a key").event());
    }
    bencher.bench_local(|| {
        room.repaint();
        room.draw(&mut io::sink())
    });
}

/// The day of 500 agents with 25 tasks each, as lanes, as columns, and the board in lines of words.
#[divan::bench(args = ["2", "2 v", "1"])]
fn five_hundred(bencher: Bencher<'_, '_>, keys: &str) {
    let fleet = Arc::new(fixture::day_of(500, 25));
    let mut options = Options::new(Caps::FULL);
    if keys == "1" {
        options.form = Form::Lines;
    }
    let mut room = Room::new((200, 50), fleet, fixture::now(), options);
    for key in keys.split(' ') {
        room.press(Key::parse(key).expect("a key").event());
    }
    bencher.bench_local(|| {
        room.repaint();
        room.draw(&mut io::sink())
    });
}

/// A snapshot is taken in.
#[divan::bench(args = [14, 50, 1_000])]
fn snapshot(bencher: Bencher<'_, '_>, agents: usize) {
    let mut room = room(agents);
    let fleet = Arc::new(fixture::fleet_of(agents));
    bencher.bench_local(|| room.handle(Msg::Fleet(Arc::clone(&fleet))).len());
}
