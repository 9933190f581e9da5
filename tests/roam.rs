//! Keys in no order at all, in a real room on a fleet that goes on writing: nothing panics, the cursor stays on something, Esc
//! leads home, no frame holds what does not belong on a terminal, and every order that came about is in a ledger that verifies.
//!
//! `cargo test --test roam` presses a few thousand keys; `ROUNDS_LARGE=1 cargo test --release --test roam -- --nocapture` a hundred thousand.

mod fleet;
mod terminal;
mod visit;

use std::fs;
use std::time::Duration;

use fleet::{Dice, Place, append, beat, large, now, seed};
use rounds::demo::{Spec, Trouble, write};
use rounds::domain::time::Zone;
use rounds::store::ledger::Ledger;
use rounds::ui::caps::Caps;
use rounds::ui::command::{COMMANDS, Place as Focus};
use rounds::ui::msg::Msg;
use terminal::{Sink, offence};
use visit::Visit;

/// Every key of every command, and what fingers hit beside them.
fn keys() -> Vec<String> {
    let named = COMMANDS.iter().flat_map(|command| command.keys.iter());
    let mut keys: Vec<String> = named.map(|key| (*key).to_owned()).collect();
    let beside = [
        "y",
        "n",
        "N",
        "z",
        "Q",
        "é",
        "日",
        "f7",
        "alt-x",
        "delete",
        "backspace",
        "ctrl-w",
        "ctrl-j",
        "space",
        "-",
        "0",
        "7",
    ];
    keys.extend(beside.map(str::to_owned));
    keys.sort();
    keys.dedup();
    keys
}

const SIZES: &[(u16, u16)] = &[
    (80, 24),
    (120, 40),
    (200, 50),
    (40, 12),
    (50, 20),
    (20, 3),
    (1, 1),
    (250, 80),
];

fn home(visit: &mut Visit, pressed: usize) {
    for _ in 0..12 {
        visit.press("esc");
        visit.drain();
    }
    let model = &visit.room.model;
    let place = model.place();
    let base = [
        Focus::Standup,
        Focus::Sprint,
        Focus::Retro,
        Focus::Queue,
        Focus::Log,
    ];
    assert!(
        base.contains(&place) || place == Focus::Ledger,
        "after {pressed} keys Esc leads to {place:?}"
    );
    assert!(
        model.past.is_none() && model.frozen.is_none(),
        "after {pressed} keys"
    );
}

/// As long as a keeper takes to answer, and not every key has an answer.
const KEEPER: Duration = Duration::from_millis(250);

/// An order as an operator gives one: a key on a row of the queue, a look at the preview, y or a reason.
fn order(visit: &mut Visit, dice: &mut Dice) {
    for _ in 0..6 {
        visit.press("esc");
    }
    visit.press("4");
    for _ in 0..dice.below(8) {
        visit.press("j");
    }
    let keys = ["s", "H", "a", "r", "c", "m"];
    visit.press(keys[dice.below(keys.len() as u64) as usize]);
    visit.answer(KEEPER);
    for key in ["o", "k", "enter", "y"] {
        visit.press(key);
        visit.drain();
    }
    visit.answer(KEEPER);
}

fn check(visit: &Visit, pressed: usize) {
    let model = &visit.room.model;
    let standup = &model.standup;
    assert_eq!(
        standup.items.is_empty(),
        standup.selected.is_none(),
        "after {pressed} keys"
    );
    if let Some(id) = model.selected_agent() {
        assert!(
            model.agent(id).is_some(),
            "after {pressed} keys the cursor is on nobody"
        );
    }
    let sheet = &model.page.sheet;
    assert!(
        sheet.lines.is_empty() || sheet.at < sheet.lines.len(),
        "after {pressed} keys"
    );
}

#[test]
fn keys_in_no_order_do_no_harm() {
    let place = Place::new();
    let demo = Spec {
        trouble: Trouble::Everything,
        ..Spec::new(now(), Zone::UTC)
    };
    fs::remove_dir(place.agent()).expect("the demo makes its own");
    write(&place.fleet(), &demo, |_| {}).expect("the fleet is written");
    let (wanted, seed) = (if large() { 100_000 } else { 3_000 }, seed());
    println!("roam: seed {seed}");
    let mut dice = Dice(seed);
    let keys = keys();
    let mut visit = Visit::open(place.setup(), (80, 24), Caps::FULL);
    let (mut frames, mut bytes) = (0, 0);
    for pressed in 0..wanted {
        visit.press(&keys[dice.below(keys.len() as u64) as usize]);
        match dice.below(40) {
            0 => {
                let (width, height) = SIZES[dice.below(SIZES.len() as u64) as usize];
                visit.send(Msg::Resize(width, height));
            }
            1 => append(&place.log(), beat(pressed as u32, now())),
            2 => visit.paste("pasted \u{1b}]52;c;eA==\u{7} \u{202e}text\n"),
            3 => visit.send(Msg::Tick(now())),
            4 => order(&mut visit, &mut dice),
            5 if dice.one_in(10) => {
                let _ = fs::remove_file(place.log());
            }
            _ => {}
        }
        visit.drain();
        check(&visit, pressed);
        let frame = visit.draw();
        if !frame.is_empty() {
            frames += 1;
            bytes += frame.len();
            assert_eq!(
                offence(&frame, Sink::Frame),
                None,
                "after {pressed} keys, seed {seed}"
            );
        }
        if pressed % 250 == 249 {
            home(&mut visit, pressed);
        }
    }
    home(&mut visit, wanted);
    for text in &visit.copied {
        assert!(
            !text
                .chars()
                .any(|c| (c.is_control() && c != '\n') || terminal::is_hidden(c)),
            "{text:?}"
        );
    }
    visit.close();
    let ledger = Ledger::in_state(&place.state());
    let broken = ledger.verify().expect("the ledger is read");
    assert_eq!(broken.len(), 0, "seed {seed}");
    let lines = ledger.lines().expect("the ledger is read");
    assert!(lines > 0, "no order came about, seed {seed}");
    println!(
        "roam: {wanted} keys, {frames} frames, {bytes} bytes, {lines} lines in the ledger, whole: 0 panics, 0 sequences outside the list; seed {seed}"
    );
}
