//! Writes the picture of the control room that the README shows: `cargo run --example picture > assets/standup.svg`.

use std::io::{self, Write};
use std::sync::Arc;

use rounds::ui::caps::Caps;
use rounds::ui::{Options, Room, picture};
use rounds::view::fixture;

fn main() -> io::Result<()> {
    let fleet = Arc::new(fixture::fleet());
    let mut room = Room::new((92, 26), fleet, fixture::now(), Options::new(Caps::FULL));
    room.draw(&mut io::sink())?;
    io::stdout().write_all(picture::svg(room.shown()).as_bytes())
}
