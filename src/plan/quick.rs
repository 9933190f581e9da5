//! Looking up by name, fast: names are hashed with xxh3 instead of the standard library's flood-proof hash. The tables
//! live for one judging of one agent, so an agent that floods one slows nobody but itself, and that by microseconds.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64_with_seed;

#[derive(Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }
    fn write_u8(&mut self, _: u8) {}
}

pub type ByName<'a, V> = HashMap<&'a str, V, BuildHasherDefault<Quick>>;

pub type Names<'a> = HashSet<&'a str, BuildHasherDefault<Quick>>;
