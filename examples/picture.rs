//! The picture in the README: the control room on the simulated fleet, as it stands at one fixed moment.
//!
//! `cargo run --example picture > assets/standup.svg` writes it; `cargo test` compares it.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use rounds::config::Config;
use rounds::demo::{self, Spec};
use rounds::domain::time::{Ts, Zone};
use rounds::keeper::{OneShot, Setup};
use rounds::sys::clock::Clock;
use rounds::ui::caps::Caps;
use rounds::ui::{Options, Room, picture};

/// Friday 2026-03-27, 07:10 UTC.
pub const NOW: Ts = Ts(1_774_595_400_000);
pub const COLUMNS: u16 = 98;
pub const ROWS: u16 = 27;

fn main() -> Result<(), Box<dyn Error>> {
    io::stdout().write_all(svg()?.as_bytes())?;
    Ok(())
}

/// Writes the fleet of `rounds demo` into the folder, and says how it is opened by this clock.
pub fn setup(folder: &Path, clock: Clock) -> Result<Setup, Box<dyn Error>> {
    let fleet = folder.join("fleet");
    demo::write(&fleet, &Spec::new(NOW, Zone::UTC), |_| {})?;
    Ok(Setup {
        config: Config::default_for(Zone::UTC),
        roots: vec![fleet],
        state_dir: folder.join("state"),
        clock,
        read_only: false,
    })
}

/// Reads and judges the fleet, and draws one frame.
pub fn svg() -> Result<String, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let setup = setup(dir.path(), Clock::Fixed(NOW))?;
    let board = OneShot::open(setup)?.fleet(None)?;
    let mut room = Room::new((COLUMNS, ROWS), board, NOW, Options::new(Caps::FULL));
    room.draw(&mut io::sink())?;
    Ok(picture::svg(room.shown()))
}
