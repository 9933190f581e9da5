//! A keeper on a folder of its own, for tests.

use std::path::Path;

use super::Setup;
use super::engine::Engine;
use crate::config::Config;
use crate::domain::time::Zone;
use crate::sys::clock::Clock;

/// An engine on `fleet` with its state in `state`, both beneath this folder.
pub fn engine(folder: &Path) -> Engine {
    let state_dir = folder.join("state");
    std::fs::create_dir_all(folder.join("fleet")).expect("a folder for the fleet");
    std::fs::create_dir_all(&state_dir).expect("a folder for the state");
    let setup = Setup {
        config: Config::default_for(Zone::UTC),
        roots: vec![folder.join("fleet")],
        state_dir,
        clock: Clock::System,
        read_only: false,
    };
    Engine::open(setup, Vec::new()).expect("a keeper on an empty folder")
}

/// The same, with its mirror taken.
pub fn owner(folder: &Path) -> Engine {
    let mut engine = engine(folder);
    assert!(engine.take().expect("a mirror"), "nobody else has it");
    engine
}
