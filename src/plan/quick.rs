//! Looking up by name, fast: names are hashed by a few multiplications instead of the standard library's flood-proof hash. The tables
//! live for one judging of one agent, so an agent that floods one slows nobody but itself, and that by microseconds.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// An odd number without a pattern: the golden ratio as a fraction of 2⁶⁴.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Default)]
pub struct Quick(u64);

impl Quick {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(MIX);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word) ^ MIX);
        }
        let mut last = 0;
        for byte in rest {
            last = last << 8 | u64::from(*byte);
        }
        // The length tells texts apart that end in zeros.
        self.mix(last ^ MIX.rotate_left(bytes.len() as u32));
    }
    fn write_u8(&mut self, _: u8) {}
}

pub type ByName<'a, V> = HashMap<&'a str, V, BuildHasherDefault<Quick>>;

pub type Names<'a> = HashSet<&'a str, BuildHasherDefault<Quick>>;
