//! Verdicts on made-up histories from seeds: what must be found is found, and ordinary fleets stay silent.
//!
//! Small by default. `ROUNDS_LARGE=1 cargo test --release --test verdicts -- --nocapture` runs the figures of the
//! promises. Each harness prints one line with its figure and seed, and fails where it misses.

#![expect(clippy::print_stdout, reason = "a harness prints its figures")]

mod blind;
mod claims;
mod files;
mod folder;
mod kinds;
mod labelled;
mod labels;
mod live;
mod made;
mod ordinary;
mod reports;
#[expect(dead_code, reason = "the unit tests use more of it")]
#[path = "../../src/detect/scenario.rs"]
mod scenario;
mod slots;

use rounds::{detect, domain};

fn is_large() -> bool {
    let named = std::env::var("ROUNDS_VERDICTS").is_ok_and(|size| size == "large");
    named || std::env::var_os("ROUNDS_LARGE").is_some_and(|size| size != "0")
}
